/**
 * Who would be called for an alert, now and at each step, if nobody answered. Runs the production
 * decisions in memory: the raising, then each wake at its due moment, with a clock of its own. It
 * has no database to write to. What depends on the world is not part of it: a message that fails,
 * a device that confirms, a person who answers.
 */
import type { Alert, NewAlert } from '#alert/alert.ts';
import { type DueKind, type DueSettings, findOverdue } from '#escalation/due.ts';
import type { TimelineEntry } from '#kernel/effect.ts';
import { type Instant, instant } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import {
  type AlertWork,
  createWork,
  type DispatchContext,
  type MadeCall,
  raise,
  wakeAlert,
} from '#app/dispatch.ts';
import { createPreviewIds } from './preview.ts';

export type DrilledCall = MadeCall & {
  readonly at: Instant;
  readonly reason: DueKind | 'raised';
};

export type Drill = {
  /** As it was raised. */
  readonly alert: Alert;
  readonly calls: readonly DrilledCall[];
  /** Steps that would be passed over. */
  readonly skipped: readonly TimelineEntry[];
  /** Null: cut before. */
  readonly end: { readonly at: Instant; readonly status: 'EXPIRED' | 'RESOLVED' } | null;
};

export type DrillBasis = {
  readonly fresh: NewAlert;
  readonly how: Pick<AlertWork, 'policy' | 'snapshotId' | 'config'>;
  readonly settings: DueSettings;
  readonly startsAt: Instant;
};

export function runDrill({ fresh, how, settings, startsAt }: DrillBasis): Drill {
  const calls: DrilledCall[] = [];
  const skipped: TimelineEntry[] = [];
  const ids = createPreviewIds();
  const contextAt = (at: Instant, reason: DrilledCall['reason']): DispatchContext => ({
    ids,
    now: at,
    settings,
    onCall: (made) => void calls.push({ ...made, at, reason }),
  });
  let work = raise(fresh, how, contextAt(startsAt, 'raised'));
  const { alert } = work;
  let now = startsAt;
  for (let wakes = 0; wakes < LIMITS.drillWakesMax; wakes += 1) {
    const { escalation } = work;
    const dueAt = escalation?.dueAt ?? null;
    if (escalation === null || dueAt === null) break;
    if (calls.length >= LIMITS.drillCallsMax) return { alert, calls, skipped, end: null };
    now = instant(Math.max(now, dueAt));
    // As the beat does: each wake is a transaction of its own.
    work = createWork(work);
    const kind = findOverdue(escalation, { ...work, settings }, now) ?? escalation.dueKind;
    wakeAlert(work, contextAt(now, kind ?? 'step'));
    skipped.push(...work.timeline.filter((entry) => entry.kind === 'STEP_SKIPPED'));
  }
  const { status } = work.alert;
  const isOver = status === 'EXPIRED' || status === 'RESOLVED';
  return { alert, calls, skipped, end: isOver ? { at: now, status } : null };
}

/**
 * An imported alert under our policy: what hangs on it and when it is due. Pure.
 *
 * It goes on from where the old program had come. A step counts as fired when the old program
 * really sent it; what is due by then is due at once, by the catch-up of any outage: the highest
 * step fires, the others are recorded as skipped. With `isQuiet` nobody is called for what was due
 * before the import: an alert that has run out expires without a word and stays on the board, the
 * others go on with the next step or repeat, which a person can forestall by answering.
 */
import type { Alert } from '#alert/alert.ts';
import { type DueSettings, findDue, findOverdue } from '#escalation/due.ts';
import type { Escalation } from '#escalation/round.ts';
import type { StoredPolicy } from '#escalation/policy.ts';
import { unreachable } from '#kernel/decision.ts';
import type { TimelineEntry } from '#kernel/effect.ts';
import { alertId, type ProjectId, type SourceId } from '#kernel/id.ts';
import { type Instant, instant, MS_PER_SECOND } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { Policy } from '#kernel/calling/policy.ts';
import { type Principal, TIMER } from '#kernel/principal.ts';
import type { AlertStatus } from '#kernel/words/lifecycle.ts';
import { initialPriority } from '#kernel/words/severity.ts';
import type { ImportedAlert, ImportedEntry } from './imported-alert.ts';

export type ImportBasis = {
  readonly projectId: ProjectId;
  readonly sourceId: SourceId;
  readonly alertKey: string;
  readonly stored: StoredPolicy;
  readonly settings: DueSettings;
  readonly isQuiet: boolean;
  /** Who imports it. */
  readonly by: Principal;
  /** `imported from ...`: where it came from, for the timeline. */
  readonly origin: string;
};

export type PlacedAlert = {
  readonly alert: Alert;
  readonly escalation: Escalation;
  readonly timeline: readonly TimelineEntry[];
};

export function placeImported(
  imported: ImportedAlert,
  basis: ImportBasis,
  now: Instant,
): PlacedAlert {
  const { policy } = basis.stored;
  const alert = createAlert(imported, basis);
  const level = countSteps(policy, imported.sentDelayS);
  const lastRoundAt = findLastRound(imported, now);
  const told = tellHistory(imported, { policy, level, lastRoundAt });
  const escalation: Escalation = {
    projectId: alert.projectId,
    alertId: alert.alertId,
    snapshotId: basis.stored.snapshotId,
    level,
    firedLevel: level,
    round: imported.reminderCount,
    roundCount: imported.reminderCount + 1,
    calledCount: imported.isFirstRoundRecorded ? 1 : 0,
    // What another program sent cannot be sent again by us.
    resentRound: imported.reminderCount,
    calledResponders: [],
    declinedBy: [],
    againLabel: null,
    timedOutAt: null,
    steppedAt: level === 0 ? imported.createdAt : lastRoundAt,
    lastRoundAt,
    dueAt: null,
    dueKind: null,
  };
  const note = [basis.origin, ...imported.warnings].join(' | ').slice(0, LIMITS.detailCharsMax);
  told.push({ at: now, kind: 'NOTE', detail: note.toWellFormed(), by: basis.by });
  const placed = { alert, escalation, timeline: told };
  return planDue(basis.isQuiet ? holdCalls(placed, basis, now) : placed, basis);
}

/** Where no time is recorded: when the last step that it sent was due. */
function findLastRound(imported: ImportedAlert, now: Instant): Instant {
  const { lastNotificationAt, createdAt, sentDelayS } = imported;
  if (lastNotificationAt !== null) return lastNotificationAt;
  return instant(Math.min(now, createdAt + (sentDelayS ?? 0) * MS_PER_SECOND));
}

function createAlert(imported: ImportedAlert, basis: ImportBasis): Alert {
  const {
    warnings: _warnings,
    entries: _entries,
    sentDelayS: _sentDelayS,
    reminderCount: _reminderCount,
    isFirstRoundRecorded: _isFirstRoundRecorded,
    lastNotificationAt: _lastNotificationAt,
    ...known
  } = imported;
  return {
    ...known,
    alertId: alertId(imported.alertId),
    projectId: basis.projectId,
    alertKey: basis.alertKey,
    sourceId: basis.sourceId,
    policyId: basis.stored.policyId,
    version: 1,
    priority: initialPriority(imported.severity),
    fingerprint: null,
    sourceUrl: null,
    occurrenceCount: 1,
    previousAlertId: null,
    assignedTo: null,
    startedAt: null,
    endsAt: null,
    lastEventAt: imported.createdAt,
  };
}

/** Steps of ours that were due no later than the last one that the old program sent. */
function countSteps(policy: Policy, sentDelayS: number | null): number {
  if (sentDelayS === null) return 0;
  return policy.steps.filter((step) => step.delayS <= sentDelayS).length;
}

/** The old program, as the one who did what its record says. */
export const SENTINEL: Principal = {
  principalId: 'sentinel',
  name: 'Sentinel',
  authMethod: 'import',
  role: 'ingest',
  projects: [],
  source: null,
};

/** Rounds get their numbers, and steps that were passed over are told as such. */
function tellHistory(
  imported: ImportedAlert,
  how: { readonly policy: Policy; readonly level: number; readonly lastRoundAt: Instant },
): TimelineEntry[] {
  const timeline: TimelineEntry[] = [];
  let send = 1;
  let told = 0;
  const skipTo = (level: number, at: Instant) => {
    for (; told < level; told += 1) timeline.push(tellSkipped(how.policy, told, at));
  };
  for (const entry of imported.entries) {
    const { stepDelayS } = entry;
    const by = entry.by === null ? SENTINEL : { ...SENTINEL, name: entry.by };
    if (stepDelayS === undefined) {
      timeline.push({ at: entry.at, kind: entry.kind, detail: entry.detail, by });
      continue;
    }
    send += 1;
    const level = countSteps(how.policy, stepDelayS);
    skipTo(level - 1, entry.at);
    told = Math.max(told, level);
    const detail = tellRound(entry, how.policy, { level, send });
    timeline.push({ at: entry.at, kind: 'ESCALATED', detail, by });
  }
  skipTo(how.level, how.lastRoundAt);
  return timeline;
}

function tellSkipped(policy: Policy, index: number, at: Instant): TimelineEntry {
  const label = policy.steps[index]?.label ?? 'step';
  const detail = `${label} | level ${index + 1} | Sentinel did not send it`;
  return { at, kind: 'STEP_SKIPPED', detail, by: SENTINEL };
}

function tellRound(
  entry: ImportedEntry,
  policy: Policy,
  round: { readonly level: number; readonly send: number },
): string {
  const { level, send } = round;
  const step = policy.steps[level - 1];
  const label = step?.label ?? 'reminder';
  const parts = [label, `level ${level}, send #${send}`, 'sent by Sentinel, no receipt'];
  const detail = [...parts, ...(entry.detail === '' ? [] : [entry.detail])].join(' | ');
  return detail.slice(0, LIMITS.detailCharsMax).toWellFormed();
}

function planDue(placed: PlacedAlert, basis: ImportBasis): PlacedAlert {
  const { alert, escalation } = placed;
  const { settings, stored } = basis;
  const due = findDue(escalation, { alert, policy: stored.policy, settings });
  return {
    ...placed,
    escalation: { ...escalation, dueAt: due?.at ?? null, dueKind: due?.kind ?? null },
  };
}

/** Until nothing is due any more; each kind of due is settled once. */
function holdCalls(given: PlacedAlert, basis: ImportBasis, now: Instant): PlacedAlert {
  const { policy } = basis.stored;
  const { settings } = basis;
  let placed = given;
  for (let round = 0; round < LIMITS.effectRoundsMax; round += 1) {
    const kind = findOverdue(placed.escalation, { alert: placed.alert, policy, settings }, now);
    if (kind === null) return placed;
    switch (kind) {
      case 'expire':
      case 'seen_expire':
        placed = endQuietly(placed, 'EXPIRED', now);
        break;
      case 'ack_timeout':
        placed =
          policy.ackTimeoutAction === 'resolve'
            ? endQuietly(placed, 'RESOLVED', now)
            : { ...placed, escalation: { ...placed.escalation, timedOutAt: now } };
        break;
      case 'step':
        placed = skipDueSteps(placed, policy, now);
        break;
      case 'repeat':
        placed = { ...placed, escalation: { ...placed.escalation, steppedAt: now } };
        break;
      // None of these has an imported alert: no end was announced, no round of ours was sent.
      case 'source_end':
      case 'again':
      case 'undelivered':
        return placed;
      default:
        return unreachable(kind, 'due kind');
    }
  }
  return placed;
}

const QUIETLY = 'imported quietly, nobody was told';

function endQuietly(placed: PlacedAlert, to: AlertStatus, now: Instant): PlacedAlert {
  const { alert } = placed;
  const isExpiry = to === 'EXPIRED';
  const why = isExpiry ? 'nobody answered' : 'unconfirmed';
  const detail = `${alert.status} -> ${to} | ${why} | ${QUIETLY}`;
  const entry: TimelineEntry = { at: now, kind: 'STATUS_CHANGED', detail, by: TIMER };
  const marks = isExpiry
    ? { expiredAt: now }
    : { resolvedAt: now, outcome: 'unconfirmed' as const };
  return {
    ...placed,
    alert: { ...alert, ...marks, status: to, updatedAt: now },
    timeline: [...placed.timeline, entry],
  };
}

function skipDueSteps(placed: PlacedAlert, policy: Policy, now: Instant): PlacedAlert {
  const { alert, escalation, timeline } = placed;
  const { level } = escalation;
  const isDue = (delayS: number) => alert.createdAt + delayS * MS_PER_SECOND <= now;
  const dueCount = policy.steps.filter(({ delayS }) => isDue(delayS)).length;
  const skipped = policy.steps.slice(level, dueCount).map(
    (step, index): TimelineEntry => ({
      at: now,
      kind: 'STEP_SKIPPED',
      detail: `${step.label} | level ${level + index + 1} | ${QUIETLY}`,
      by: TIMER,
    }),
  );
  return {
    ...placed,
    escalation: { ...escalation, level: Math.max(level, dueCount), steppedAt: now },
    timeline: [...timeline, ...skipped],
  };
}

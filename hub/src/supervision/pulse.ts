/**
 * When a source counts as silent. Pure. A source is held to `silent_after_s` alone: without it,
 * nothing is expected of it. What it never said counts from when the setting was made.
 */
import type { ProjectId, SourceId } from '#kernel/id.ts';
import { type Instant, instant, MS_PER_SECOND, plusMs } from '#kernel/instant.ts';
import { holdSilence, type Silence } from './silence.ts';

export type SourceRef = { readonly projectId: ProjectId; readonly sourceId: SourceId };

export type SourcePulse = SourceRef & {
  readonly lastHeardAt: Instant | null;
  /** For its signature. */
  readonly lastRefusedAt: Instant | null;
  /** As the source had it when we looked; null = nothing is expected of it. */
  readonly silentAfterS: number | null;
  readonly watchFrom: Instant | null;
  /** An alert says so. */
  readonly silentSince: Instant | null;
  readonly dueAt: Instant | null;
};

export type PulseDecision =
  | { readonly kind: 'silent'; readonly pulse: SourcePulse; readonly silence: Silence }
  | { readonly kind: 'heard' | 'unchanged'; readonly pulse: SourcePulse };

export function decidePulse(
  pulse: SourcePulse,
  look: { readonly now: Instant; readonly listeningSince: Instant },
): PulseDecision {
  const silence = findSourceSilence(pulse);
  const at = silence === null ? null : holdSilence(silence, look.listeningSince);
  if (pulse.silentSince !== null) {
    if (silence !== null && silence.at <= look.now) {
      return { kind: 'unchanged', pulse: { ...pulse, dueAt: null } };
    }
    return { kind: 'heard', pulse: { ...pulse, silentSince: null, dueAt: at } };
  }
  if (silence === null || at === null || at > look.now) {
    return { kind: 'unchanged', pulse: { ...pulse, dueAt: at } };
  }
  return {
    kind: 'silent',
    pulse: { ...pulse, silentSince: silence.since, dueAt: null },
    silence,
  };
}

function findSourceSilence(pulse: SourcePulse): Silence | null {
  const { silentAfterS, lastHeardAt, watchFrom } = pulse;
  if (silentAfterS === null || watchFrom === null) return null;
  const since = instant(Math.max(lastHeardAt ?? watchFrom, watchFrom));
  const at = plusMs(since, silentAfterS * MS_PER_SECOND);
  return { at, since, toldAt: since, what: 'nothing' };
}

/** What the fall-alert manager called out: by its events, by its counters where they say more. */
import { type Instant, instant } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import { readCount } from '#app/import/field-reader.ts';
import type { ImportedAlert, ImportedEntry } from '#app/import/imported-alert.ts';
import type { Reading } from './reading.ts';
import type { OldEvent } from './events.ts';
import { SENTINEL_DELAYS_S } from './words.ts';

export type Rounds = Pick<
  ImportedAlert,
  'lastNotificationAt' | 'reminderCount' | 'isFirstRoundRecorded' | 'sentDelayS' | 'entries'
>;

export type RoundBasis = {
  readonly createdAt: Instant;
  readonly events: readonly OldEvent[];
  /** As they were told so far. */
  readonly entries: readonly ImportedEntry[];
};

export function readRounds(reading: Reading, basis: RoundBasis): Rounds {
  const { fields, time } = reading;
  const { createdAt, entries } = basis;
  const sent = entries.filter(({ stepDelayS }) => stepDelayS !== undefined);
  const firsts = basis.events.filter(({ kind }) => kind === 'NOTIFICATION_SENT');
  const given = fields.take('last_notification_at', 'last_notification', 'derniere_notification');
  const times = [...sent, ...firsts].map(({ at }) => at);
  const lastAt =
    time.read(given, 'last_notification_at', createdAt) ??
    (times.length === 0 ? null : instant(Math.max(...times)));
  const counted = readCount(fields.take('notification_count', 'nb_notifications')) ?? 0;
  const level = readCount(fields.take('escalation_level', 'niveau_escalade')) ?? 0;
  const delays = sent.map(({ stepDelayS }) => stepDelayS ?? 0);
  const sentDelayS = Math.max(delayOfLevel(level), ...delays);
  const added = listMissing(reading, { counted, told: sent.length }).map(
    (): ImportedEntry => ({
      at: lastAt ?? createdAt,
      kind: 'ESCALATED',
      detail: 'counted, but not among its events',
      by: null,
      stepDelayS: sentDelayS,
    }),
  );
  return {
    entries: [...entries, ...added],
    reminderCount: sent.length + added.length,
    isFirstRoundRecorded: firsts.length > 0 || counted > 0 || sent.length > 0,
    lastNotificationAt: lastAt,
    sentDelayS: sentDelayS === 0 ? null : sentDelayS,
  };
}

/** Its level is the index of the last step that it sent, and began at 0: none. */
function delayOfLevel(level: number): number {
  return level === 0 ? 0 : (SENTINEL_DELAYS_S[level] ?? SENTINEL_DELAYS_S.at(-1) ?? 0);
}

/** One entry for each call that is counted and not told. */
function listMissing(
  { warn }: Reading,
  { counted, told }: { readonly counted: number; readonly told: number },
): readonly undefined[] {
  const missing = Math.max(0, counted - 1 - told);
  if (missing === 0) return [];
  if (told + missing > LIMITS.importRoundsMax) {
    warn(`its notification_count ${counted} is more than can be; not believed`);
    return [];
  }
  warn(`its events lack ${missing} of the ${counted} calls that it counts`);
  return Array.from({ length: missing }, () => undefined);
}

/**
 * One alert of the fall-alert manager, as its file has it, read tolerantly: several spellings of
 * a field, words that are no status, times of no zone, fields that nobody knows. Pure.
 *
 * What is odd is a warning, never a fault: only an alert without any time cannot be understood.
 * A status that is no word of ours leaves the alert open, since a silence is a failure; in the
 * history, which holds what was over, it has expired.
 */
import type { Instant } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import { isJsonObject } from '#kernel/syntax/json.ts';
import { type AlertStatus, isOpen } from '#kernel/words/lifecycle.ts';
import { createFieldReader, isList, readText } from '#app/import/field-reader.ts';
import type { Conversion, ImportedAlert, ImportedEntry } from '#app/import/imported-alert.ts';
import { readEvents } from './events.ts';
import { readLife } from './life.ts';
import { readRounds } from './rounds.ts';
import { readDescription } from './description.ts';
import type { Reading, SentinelAlert } from './reading.ts';
import { CREATED_NAMES, readStatus, STATUS_NAMES } from './words.ts';
import { createTimeReader } from '#app/import/time-reader.ts';

export type ConversionSettings = { readonly zone: string; readonly now: Instant };

export function convertSentinelAlert(
  alert: SentinelAlert,
  settings: ConversionSettings,
): Conversion {
  const warnings: string[] = [];
  const warn = (sentence: string) => {
    if (!warnings.includes(sentence)) warnings.push(sentence);
  };
  const fields = createFieldReader(alert.fields);
  const time = createTimeReader({ ...settings, warn });
  const reading: Reading = { alert, fields, time, now: settings.now, warn };
  const createdAt = readCreated(reading);
  if (createdAt === null) return { ok: false, sentence: 'says at no place when it was' };
  const events = readEvents(fields.take('events', 'evenements', 'historique'), {
    createdAt,
    time,
    warn,
  });
  const status = readFinalStatus(reading);
  const life = readLife(reading, { createdAt, events, status });
  const rounds = readRounds(reading, { createdAt, events, entries: life.entries });
  const description = readDescription(alert.alertId, fields, warn);
  const { notes, ...described } = description;
  const entries: ImportedEntry[] = [
    {
      at: createdAt,
      kind: 'CREATED',
      detail: `${described.severity}, raised by Sentinel`,
      by: null,
    },
    ...rounds.entries,
    ...notes.map((detail): ImportedEntry => ({ at: createdAt, kind: 'NOTE', detail, by: null })),
  ];
  const { entries: _told, ...times } = life;
  const converted: ImportedAlert = {
    alertId: alert.alertId,
    status,
    ...described,
    ...times,
    createdAt,
    lastNotificationAt: rounds.lastNotificationAt,
    reminderCount: rounds.reminderCount,
    isFirstRoundRecorded: rounds.isFirstRoundRecorded,
    sentDelayS: rounds.sentDelayS,
    entries: entries.toSorted((one, other) => one.at - other.at),
    warnings: boundWarnings(warnings),
  };
  return { ok: true, alert: converted };
}

function boundWarnings(warnings: readonly string[]): readonly string[] {
  const max = LIMITS.importWarningsMax;
  if (warnings.length <= max) return warnings;
  return [...warnings.slice(0, max), `and ${warnings.length - max} more`];
}

/** Else the first event, else any other time that it has. */
function readCreated({ fields, time, warn, alert }: Reading): Instant | null {
  const given = fields.take(...CREATED_NAMES);
  const at = time.read(given, 'created_at');
  if (at !== null) return at;
  const events = createFieldReader(alert.fields).take('events', 'evenements', 'historique');
  for (const item of isList(events) ? events : []) {
    if (!isJsonObject(item)) continue;
    const when = createFieldReader(item).take('timestamp', 'at', 'time', 'date', 'ts');
    const first = time.read(when, 'the time of event 1');
    if (first === null) continue;
    warn('it does not say when it was created; the time of its first event is taken');
    return first;
  }
  for (const name of ['updated_at', 'last_notification_at', 'last_notification', 'archived_at']) {
    const other = time.read(createFieldReader(alert.fields).take(name), name);
    if (other === null) continue;
    warn(`it does not say when it was created; ${name} is taken`);
    return other;
  }
  return null;
}

function readFinalStatus({ fields, alert, warn }: Reading): AlertStatus {
  const word = readText(fields.take(...STATUS_NAMES), LIMITS.identifierCharsMax);
  const { status, isExact } = readStatus(word ?? '');
  const isArchived = alert.origin === 'history';
  if (status === null) {
    const shown = word === null ? 'it has no status' : `its status "${word}" is no status`;
    warn(`${shown}; imported as ${isArchived ? 'EXPIRED' : 'PENDING'}`);
    return isArchived ? 'EXPIRED' : 'PENDING';
  }
  if (!isExact) warn(`its status "${word}" was read as ${status}`);
  if (!isArchived || !isOpen(status)) return status;
  const ended = status === 'ACKNOWLEDGED' ? 'RESOLVED' : 'EXPIRED';
  warn(`it is in the history and ${status}; imported as ${ended}`);
  return ended;
}

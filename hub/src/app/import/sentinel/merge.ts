/**
 * One list of alerts of both files, each id once. Pure, and the same for the same files, so that
 * a second import names every alert as the first did.
 *
 * The old program archived an alert before it took it out of the active file: after a crash it
 * lay in both. And raising an id again overwrote the alert that had it: then the archive holds
 * another, older one under the same id.
 */
import { sha256Hex } from '#kernel/crypto.ts';
import { ALERT_ID_PATTERN } from '#kernel/id.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '#kernel/syntax/json.ts';
import { createFieldReader } from '#app/import/field-reader.ts';
import { makePlain } from '#app/import/plain-json.ts';
import type { FiledAlert, SentinelOrigin } from './file.ts';
import { CREATED_NAMES, isOver, STATUS_NAMES } from './words.ts';

/** What is sent to the hub. */
export type NamedAlert = {
  readonly alertId: string;
  readonly origin: SentinelOrigin;
  readonly fields: JsonObject;
};

export type ImportNotice = { readonly alertId: string; readonly message: string };

export type MergedAlerts = {
  readonly alerts: readonly NamedAlert[];
  readonly warnings: readonly ImportNotice[];
  /** What cannot be understood at all. */
  readonly invalid: readonly ImportNotice[];
};

export function mergeSentinelFiles(filed: readonly FiledAlert[]): MergedAlerts {
  const warnings: ImportNotice[] = [];
  const invalid: ImportNotice[] = [];
  const byId = new Map<string, NamedAlert[]>();
  for (const alert of filed) {
    const named = nameAlert(alert, warnings);
    if (typeof named === 'string') invalid.push({ alertId: alert.place, message: named });
    else byId.set(named.alertId, [...(byId.get(named.alertId) ?? []), named]);
  }
  const alerts = [...byId.values()].flatMap((sharing) => separate(sharing, warnings));
  return { alerts, warnings, invalid };
}

/** Or why it cannot be: a sentence. */
function nameAlert(alert: FiledAlert, warnings: ImportNotice[]): NamedAlert | string {
  if (!isJsonObject(alert.fields)) return 'is no alert: it has no fields';
  if (alert.id === null || alert.id.trim() === '') return 'has no id';
  const plain = makePlain(alert.fields);
  if (plain === null || !isJsonObject(plain.value)) return 'is too large';
  const given = alert.id.trim();
  const alertId = ALERT_ID_PATTERN.test(given) ? given : rename(given);
  if (alertId !== given) {
    const message = `its id "${shorten(given)}" has characters that an id may not have`;
    warnings.push({ alertId, message });
  }
  for (const message of plain.cuts) warnings.push({ alertId, message });
  return { alertId, origin: alert.origin, fields: plain.value };
}

const ID_KEPT_CHARS = 100;
const ID_HASH_CHARS = 8;
/** A date, a time, and microseconds. */
const CREATED_DIGITS = 20;

/** What may not be in an id becomes a dash; a hash of the whole keeps two of them apart. */
function rename(id: string): string {
  const kept = id.replaceAll(/[^A-Za-z0-9._:-]+/g, '-').slice(0, ID_KEPT_CHARS);
  return `${kept}-${sha256Hex(id.toWellFormed()).slice(0, ID_HASH_CHARS)}`;
}

function shorten(text: string): string {
  return text.slice(0, ID_KEPT_CHARS).toWellFormed();
}

/** The newest keeps the id; what was there under it before gets one of its own. */
function separate(sharing: readonly NamedAlert[], warnings: ImportNotice[]): readonly NamedAlert[] {
  const [only, ...others] = sharing;
  if (only === undefined || others.length === 0) return sharing;
  const episodes = Map.groupBy(sharing, ({ fields }) => readCreated(fields));
  const sorted = [...episodes].toSorted(([one], [other]) => (one < other ? 1 : -1));
  return sorted.map(([created, copies], index) => {
    const kept = copies.reduce(chooseCopy);
    const { alertId } = kept;
    if (copies.length > 1) {
      const message = `was there ${copies.length} times; the one that is furthest on was taken`;
      warnings.push({ alertId, message });
    }
    if (index === 0) return kept;
    const older = nameOlder(alertId, created);
    const message = `the id ${alertId} was used again later; this older alert got an id of its own`;
    warnings.push({ alertId: older, message });
    return { ...kept, alertId: older };
  });
}

function nameOlder(alertId: string, created: string): string {
  return `${alertId.slice(0, ID_KEPT_CHARS)}:${created === '' ? 'undated' : created}`;
}

/** Its digits: a blank for a T is no other moment. */
function readCreated(fields: JsonObject): string {
  const text = textOf(createFieldReader(fields).take(...CREATED_NAMES));
  return text.replaceAll(/[^0-9]/g, '').slice(0, CREATED_DIGITS);
}

/** Of two copies of one alert: the one that is over, else the one that is in the active file. */
function chooseCopy(one: NamedAlert, other: NamedAlert): NamedAlert {
  const [isOneOver, isOtherOver] = [one, other].map(({ fields }) =>
    isOver(textOf(createFieldReader(fields).take(...STATUS_NAMES))),
  );
  if (isOneOver !== isOtherOver) return isOneOver === true ? one : other;
  if (one.origin !== other.origin && isOneOver === true) {
    return one.origin === 'history' ? one : other;
  }
  if (one.origin !== other.origin) return one.origin === 'active' ? one : other;
  return other;
}

function textOf(value: JsonValue): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

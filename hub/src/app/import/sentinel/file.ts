/**
 * The files of the fall-alert manager, as text: `alerts_active.json` (an object, alert id to
 * alert) and `alerts_history.json` (a list). Pure. A file that is damaged or something else is
 * refused whole, with the line and what to do: the old program wrote in place, so a copy that was
 * taken while it ran may end anywhere.
 */
import type { JsonObject, JsonValue } from '#kernel/syntax/json.ts';
import { isJsonObject } from '#kernel/syntax/json.ts';
import { repairJson } from '#app/import/json-repair.ts';

export type SentinelOrigin = 'active' | 'history';

/** One alert as it lies in the file; `id` is what the file calls it, `place` where it is. */
export type FiledAlert = {
  readonly origin: SentinelOrigin;
  readonly id: string | null;
  readonly place: string;
  readonly fields: JsonValue;
};

export type SentinelFile =
  | {
      readonly ok: true;
      readonly alerts: readonly FiledAlert[];
      readonly warnings: readonly string[];
    }
  | { readonly ok: false; readonly sentence: string };

const ADVICE = 'Stop the old program, take the copy again, or use its last good backup.';

export function parseSentinelFile(text: string, origin: SentinelOrigin): SentinelFile {
  const repaired = repairJson(text);
  if (!repaired.ok) {
    const { line, column, what } = repaired;
    const sentence = `line ${line}, column ${column}: ${what}. Nothing was imported. ${ADVICE}`;
    return { ok: false, sentence };
  }
  const json = parseValue(repaired.text);
  const alerts = listAlerts(json, origin);
  if (alerts === null) {
    const wanted = origin === 'active' ? 'an object of alerts by their id' : 'a list of alerts';
    const sentence = `this is no file of the fall-alert manager: it should be ${wanted}, and is \
${describe(json)}. Nothing was imported. Give alerts_active.json first, then alerts_history.json.`;
    return { ok: false, sentence };
  }
  const count = repaired.replacedCount;
  const warnings =
    count === 0 ? [] : [`${count} numbers were NaN or Infinity, which is not JSON; read as null`];
  return { ok: true, alerts, warnings };
}

function parseValue(text: string): JsonValue {
  return JSON.parse(text) as JsonValue;
}

function listAlerts(json: JsonValue, origin: SentinelOrigin): readonly FiledAlert[] | null {
  const held = unwrap(json);
  if (Array.isArray(held)) {
    if (held.length > 0 && !held.some(isAlertLike)) return null;
    return held.map((fields: JsonValue, index) => ({
      origin,
      id: readId(fields),
      place: `entry ${index + 1}`,
      fields,
    }));
  }
  if (!isJsonObject(held)) return null;
  const entries = Object.entries(held);
  if (entries.length > 0 && !entries.some(([, fields]) => isAlertLike(fields))) return null;
  return entries.map(([id, fields]) => ({ origin, id, place: `"${id.slice(0, 80)}"`, fields }));
}

/** `{"alerts": {...}}`, which some versions wrote. */
function unwrap(json: JsonValue): JsonValue {
  if (!isJsonObject(json)) return json;
  const [first, ...others] = Object.entries(json);
  if (first === undefined || others.length > 0) return json;
  const [name, inner] = first;
  const isWrapper = /^(alerts|alertes|active|history|historique)$/.test(name);
  return isWrapper && (Array.isArray(inner) || isJsonObject(inner)) ? inner : json;
}

/** Any of the words that every alert of that program has. */
const TELLING = /^(status|statut|created_at|createdat|date_creation|events|evenements|type)$/i;

function isAlertLike(value: JsonValue): boolean {
  return isJsonObject(value) && Object.keys(value).some((name) => TELLING.test(name));
}

function readId(fields: JsonValue): string | null {
  if (!isJsonObject(fields)) return null;
  for (const name of ['alert_id', 'alertId', 'id', 'alerte_id', 'uuid']) {
    const value = fields[name];
    if (typeof value === 'string' && value.trim() !== '') return value;
    if (typeof value === 'number') return String(value);
  }
  return null;
}

function describe(json: JsonValue): string {
  if (Array.isArray(json)) return 'a list of something else';
  if (isJsonObject(json)) return `an object of something else (${nameKeys(json)})`;
  return json === null ? 'null' : `a ${typeof json}`;
}

const KEYS_SHOWN = 3;

function nameKeys(json: JsonObject): string {
  const names = Object.keys(json).map((name) => name.slice(0, 40));
  return names.slice(0, KEYS_SHOWN).join(', ') + (names.length > KEYS_SHOWN ? ', ...' : '');
}

/**
 * A mapping: what its operator wrote, read into fields and tables of words. Reading never fails:
 * it gives what could be read, and the faults of the rest, which keep a source from being saved.
 * A field that is not named is guessed; one that is null stays empty. Pure.
 */
import { isTimeZone } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { ErrorDetail } from '#kernel/error-codes.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '#kernel/syntax/json.ts';
import { SEVERITIES, type Severity } from '#kernel/words/severity.ts';
import type { Stage } from '#intake/report.ts';
import { type Field, isWord, readField } from './expression.ts';
import { type AddFault, describeUnknown, findUnknownNames, joinPath } from './fault.ts';
import { isList, isPointer, parsePointer, type Pointer } from './pointer.ts';

/** Fields that are one expression each. */
export const PLAIN_FIELDS = [
  'title',
  'content',
  'key',
  'event_id',
  'device_id',
  'camera_id',
  'area_id',
  'url',
  'image',
  'provider',
] as const;
/** Fields that an object may say more about. */
const WORD_FIELDS = ['severity', 'state', 'time'] as const;
const MAP_FIELDS = ['labels', 'annotations'] as const;
export const MAPPING_FIELDS = ['items', ...PLAIN_FIELDS, ...WORD_FIELDS, ...MAP_FIELDS] as const;
export type FieldName = (typeof PLAIN_FIELDS)[number] | (typeof WORD_FIELDS)[number];

/** Undefined: to be guessed. Null: to be left empty. */
type Chosen<Value> = Value | null | undefined;

/** One field for each name, or the object that holds them. */
export type TextsField =
  | { readonly kind: 'each'; readonly fields: readonly (readonly [string, Field])[] }
  | { readonly kind: 'object'; readonly field: Field };

export type Mapping = {
  readonly items: Pointer | null;
  readonly fields: Readonly<Partial<Record<FieldName, Field | null>>>;
  readonly severityWords: ReadonlyMap<string, Severity>;
  /** Empty: the usual words. */
  readonly stateWords: ReadonlyMap<string, Stage>;
  /** Of times that do not say theirs; null = those are not read. */
  readonly zone: string | null;
  readonly labels: Chosen<TextsField>;
  readonly annotations: Chosen<TextsField>;
};

export type MappingReading = {
  readonly mapping: Mapping;
  readonly faults: readonly ErrorDetail[];
};

/** A mapping is stored once and used for every request. */
const readings = new WeakMap<JsonObject, MappingReading>();

export function readMapping(value: JsonObject): MappingReading {
  const known = readings.get(value);
  if (known !== undefined) return known;
  const reading = readAll(value);
  readings.set(value, reading);
  return reading;
}

function readAll(value: JsonObject): MappingReading {
  const faults: ErrorDetail[] = [];
  const addFault: AddFault = (path, message) => {
    if (faults.length < LIMITS.errorDetailsMax) faults.push({ path, message });
  };
  findUnknownNames(value, { path: '', known: MAPPING_FIELDS, addFault });
  const fields: Partial<Record<FieldName, Field | null>> = {};
  for (const name of PLAIN_FIELDS) {
    const given = value[name];
    if (given === undefined) continue;
    fields[name] = given === null ? null : readField(given, name, addFault);
  }
  const severity = readWordField(value, { name: 'severity', more: ['words'], addFault });
  const state = readWordField(value, { name: 'state', more: STATE_LISTS, addFault });
  const time = readWordField(value, { name: 'time', more: ['zone'], addFault });
  if (severity.field !== undefined) fields.severity = severity.field;
  if (state.field !== undefined) fields.state = state.field;
  if (time.field !== undefined) fields.time = time.field;
  const mapping: Mapping = {
    items: readItems(value['items'], addFault),
    fields,
    severityWords: readSeverityWords(severity.more['words'], addFault),
    stateWords: readStateWords(state.more, addFault),
    zone: readZone(time.more['zone'], addFault),
    labels: readTexts(value['labels'], { path: 'labels', countMax: LIMITS.labelsMax, addFault }),
    annotations: readTexts(value['annotations'], {
      path: 'annotations',
      countMax: LIMITS.annotationsMax,
      addFault,
    }),
  };
  return { mapping, faults };
}

function readItems(value: JsonValue | undefined, addFault: AddFault): Pointer | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string' || !isPointer(value)) {
    addFault('items', 'must be a JSON pointer to a list of the body, such as /alerts');
    return null;
  }
  const reading = parsePointer(value);
  if (reading.ok) return reading.pointer;
  addFault('items', reading.message);
  return null;
}

type WordField = { readonly field: Chosen<Field>; readonly more: JsonObject };

/** An expression, or `{from: expression, ...}`. */
function readWordField(
  mapping: JsonObject,
  how: { readonly name: string; readonly more: readonly string[]; readonly addFault: AddFault },
): WordField {
  const { name, more, addFault } = how;
  const value = mapping[name];
  if (value === undefined || value === null) return { field: value, more: {} };
  if (!isJsonObject(value) || Object.hasOwn(value, 'constant')) {
    return { field: readField(value, name, addFault), more: {} };
  }
  findUnknownNames(value, { path: name, known: ['from', ...more], addFault });
  const from = value['from'];
  if (from !== undefined && from !== null) {
    return { field: readField(from, `${name}.from`, addFault), more: value };
  }
  addFault(`${name}.from`, 'is required: a pointer such as /level, or a template');
  return { field: null, more: value };
}

/** Words are compared without their case and the blanks around them. */
export function foldWord(word: string): string {
  return word.trim().toLowerCase();
}

const WORDS_EXPECTED = 'must be an object such as {"5": "critical"}';

function readSeverityWords(
  value: JsonValue | undefined,
  addFault: AddFault,
): ReadonlyMap<string, Severity> {
  const words = new Map<string, Severity>();
  const path = 'severity.words';
  if (value === undefined || value === null) return words;
  if (!isJsonObject(value)) {
    addFault(path, WORDS_EXPECTED);
    return words;
  }
  const entries = Object.entries(value);
  if (entries.length > LIMITS.mappingWordsMax) {
    addFault(path, `must have at most ${LIMITS.mappingWordsMax} entries`);
    return words;
  }
  for (const [word, given] of entries) {
    const severity = SEVERITIES.find((one) => one === given);
    const folded = foldWord(word);
    if (severity === undefined) {
      const says = 'is no severity';
      addFault(
        joinPath(path, word),
        describeUnknown(isWord(given) ? String(given) : '', SEVERITIES, says),
      );
    } else if (words.has(folded)) {
      addFault(joinPath(path, word), 'is given twice, in upper and lower case');
    } else words.set(folded, severity);
  }
  return words;
}

const STATE_LISTS = ['resolved', 'updated', 'heartbeat'] as const;

function readStateWords(value: JsonObject, addFault: AddFault): ReadonlyMap<string, Stage> {
  const words = new Map<string, Stage>();
  for (const stage of STATE_LISTS) {
    const list = value[stage];
    const path = `state.${stage}`;
    if (list === undefined || list === null) continue;
    const given = isList(list) ? list : [list];
    if (given.length > LIMITS.mappingWordsMax) {
      addFault(path, `must have at most ${LIMITS.mappingWordsMax} entries`);
      continue;
    }
    for (const [index, word] of given.entries()) {
      const place = isList(list) ? `${path}[${index}]` : path;
      if (!isWord(word)) {
        addFault(place, 'must be a word, a number, true or false');
        continue;
      }
      const folded = foldWord(String(word));
      if (words.has(folded)) addFault(place, 'is listed already');
      else words.set(folded, stage);
    }
  }
  return words;
}

function readZone(value: JsonValue | undefined, addFault: AddFault): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string' && isTimeZone(value)) return value;
  addFault('time.zone', 'must be the name of a time zone, such as Europe/Rome or UTC');
  return null;
}

function readTexts(
  value: JsonValue | undefined,
  how: { readonly path: string; readonly countMax: number; readonly addFault: AddFault },
): Chosen<TextsField> {
  const { path, countMax, addFault } = how;
  if (value === undefined || value === null) return value;
  if (!isJsonObject(value)) {
    const isAPointer = typeof value === 'string' && isPointer(value);
    const field = isAPointer ? readField(value, path, addFault) : null;
    if (!isAPointer) {
      addFault(path, 'must be an object such as {host: /host}, or a pointer to an object');
    }
    return field === null ? null : { kind: 'object', field };
  }
  const entries = Object.entries(value);
  if (entries.length > countMax) {
    addFault(path, `must have at most ${countMax} entries`);
    return null;
  }
  const fields: (readonly [string, Field])[] = [];
  for (const [name, given] of entries) {
    if (name === '' || name.length > LIMITS.labelNameCharsMax) {
      addFault(path, `names must have 1 to ${LIMITS.labelNameCharsMax} characters`);
      continue;
    }
    const field = given === null ? null : readField(given, joinPath(path, name), addFault);
    if (field !== null) fields.push([name, field]);
  }
  return { kind: 'each', fields };
}

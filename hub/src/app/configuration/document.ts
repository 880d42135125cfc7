/**
 * Reads configuration as code, of the API and of files alike: what the schema says, and what no
 * schema can (two entries of one name), with a suggestion for every misspelt field. Pure.
 */
import {
  parseWire,
  printSchema,
  type WireOutput,
  type WireReading,
  type WireSchema,
} from '#contract/wire.ts';
import type { ErrorDetail } from '#kernel/error-codes.ts';
import { LIMITS } from '#kernel/limits.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '#kernel/syntax/json.ts';
import { findNearest } from '#kernel/syntax/nearest.ts';
import { nameCamera } from '#supervision/device.ts';

export const LISTS = ['sources', 'devices', 'channels', 'responders', 'policies', 'rules'] as const;
export type ListName = (typeof LISTS)[number];

/** What an entry goes by: its name; of a device, its id, which says its box too. */
export function nameEntry(entry: NamedEntry): string {
  const { device_id: id, parent_device_id: box } = entry;
  if (id === undefined) return entry.name ?? '';
  return box === null || box === undefined ? id : nameCamera(box, id);
}

type NamedEntry = {
  readonly name?: string | null | undefined;
  readonly device_id?: string;
  readonly parent_device_id?: string | null;
};

export function readConfig<Schema extends WireSchema>(
  schema: Schema,
  json: unknown,
): WireReading<WireOutput<Schema>> {
  const reading = parseWire(schema, json);
  if (!reading.ok) return { ok: false, details: reading.details.map(suggest(schema)) };
  const details = findRepetitions(reading.value);
  return details.length === 0 ? reading : { ok: false, details };
}

function suggest(schema: WireSchema): (detail: ErrorDetail) => ErrorDetail {
  return (detail) => {
    if (detail.message !== 'unknown field') return detail;
    const parts = splitPath(detail.path);
    const near = findNearest(parts.at(-1) ?? '', listFields(schema, parts.slice(0, -1)));
    if (near === null) return detail;
    return { ...detail, message: `unknown field; did you mean ${near}?` };
  };
}

function splitPath(path: string): readonly string[] {
  return path.match(/[^.[\]]+/g) ?? [];
}

/** What may stand at a place, by the schema as it is printed. */
function listFields(schema: WireSchema, path: readonly string[]): readonly string[] {
  let places: readonly JsonObject[] = [parsePrinted(schema)].flatMap(unfold);
  for (const part of path) {
    places = places
      .map((place) => {
        const fields = place['properties'];
        const field = isJsonObject(fields) && Object.hasOwn(fields, part) ? fields[part] : null;
        return field ?? place['items'] ?? place['additionalProperties'];
      })
      .filter(isJsonObject)
      .flatMap(unfold);
  }
  return places.flatMap(({ properties }) =>
    isJsonObject(properties) ? Object.keys(properties) : [],
  );
}

function parsePrinted(schema: WireSchema): JsonObject {
  return printSchema(schema) as JsonObject;
}

function unfold(place: JsonObject): readonly JsonObject[] {
  const options = place['anyOf'] ?? place['oneOf'];
  return Array.isArray(options) ? options.filter(isJsonObject).flatMap(unfold) : [place];
}

/** Names are how entries are found, so each is there once. */
export function findRepetitions(document: unknown): readonly ErrorDetail[] {
  const projects = listOf(parseParts(document)['projects']);
  const byId = findTwice(projects, 'project_id', 'projects');
  const within = projects.flatMap((project, at) =>
    LISTS.flatMap((list) => {
      const field = list === 'devices' ? 'device_id' : 'name';
      return findTwice(listOf(project[list]), field, `projects[${at}].${list}`);
    }),
  );
  const defaults = projects.flatMap((project, at) =>
    listOf(project['policies'])
      .flatMap((policy, index) => (policy['is_default'] === true ? [index] : []))
      .slice(1)
      .map((index) => ({
        path: `projects[${at}].policies[${index}].is_default`,
        message: 'another policy of the project is its default already',
      })),
  );
  return [...byId, ...within, ...defaults].slice(0, LIMITS.errorDetailsMax);
}

type Parts = Readonly<Record<string, JsonValue | undefined>>;

function parseParts(value: unknown): Parts {
  return value as Parts;
}

function listOf(value: JsonValue | undefined): readonly Parts[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function findTwice(items: readonly Parts[], field: string, path: string): readonly ErrorDetail[] {
  const seen = new Map<JsonValue | undefined, number>();
  return items.flatMap((item, index) => {
    const name = field === 'project_id' ? item[field] : nameEntry(item);
    const first = seen.get(name);
    if (first === undefined) {
      seen.set(name, index);
      return [];
    }
    return [{ path: `${path}[${index}].${field}`, message: `is that of ${path}[${first}] too` }];
  });
}

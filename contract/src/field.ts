/**
 * The fields that bodies are made of, and the envelope of a list. Unknown fields are errors
 * everywhere (`z.strictObject`), so that a misspelt one does not pass as left out.
 */
import * as z from 'zod/mini';
import { WIRE_LIMITS } from './limits.ts';
import { withShape } from '#contract/api/shape.ts';

/** JSON as data; the hub's own type has the same shape. */
export type WireJson = string | number | boolean | null | readonly WireJson[] | WireJsonObject;
export type WireJsonObject = { readonly [key: string]: WireJson };
export type TextMap = Readonly<Record<string, string>>;

/** May be left out or null; both are null. */
export function maybe<Schema extends z.ZodMiniType>(schema: Schema) {
  return z.pipe(
    z.optional(z.nullable(schema)),
    z.transform((value) => value ?? null),
  );
}

/** Required, and not only blanks. */
export function text(charsMax: number) {
  return z.string().check(z.maxLength(charsMax), z.regex(/\S/u, 'must not be empty'));
}

/** An empty text counts as left out: many senders fill what they do not know with it. */
export function maybeText(charsMax: number) {
  return z.pipe(
    z.optional(z.nullable(z.string().check(z.maxLength(charsMax)))),
    z.transform((value) => (value === undefined || value?.trim() === '' ? null : value)),
  );
}

/** What an operator calls a thing: one line. */
export function name() {
  return oneLine(WIRE_LIMITS.nameCharsMax);
}

export function oneLine(charsMax: number) {
  return text(charsMax).check(z.regex(/^\P{Cc}*$/u, 'must not hold control characters'));
}

/** Names of labels, each once. */
export function labelNames() {
  const names = z.array(text(WIRE_LIMITS.labelNameCharsMax));
  return names.check(
    z.minLength(1, 'must name a label, or be null'),
    z.maxLength(WIRE_LIMITS.joinLabelsMax),
    z.refine((given) => new Set(given).size === given.length, 'must name each label once'),
  );
}

export function wholeNumber(min: number, max: number) {
  const message = `must be a whole number from ${min} to ${max}`;
  return z.int(message).check(z.gte(min, message), z.lte(max, message));
}

/** Durations in seconds, as policies and sources have them. */
export function seconds(min = 1) {
  return wholeNumber(min, WIRE_LIMITS.policyDelayMaxS);
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export function id() {
  const message = 'must be an id as Tocsin answers it (a UUID)';
  return withShape(z.string().check(z.regex(UUID, message)), { type: 'string', format: 'uuid' });
}

export function projectId() {
  const message = 'must be 1 to 64 of a-z, 0-9, _ and -, and begin with a letter or digit';
  return z.string().check(z.regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, message));
}

export function timestamp() {
  const message = 'must be an RFC 3339 time of the years 1 to 9999, as 2026-01-31T08:00:00Z';
  const shape = { type: 'string', format: 'date-time' };
  return withShape(z.string().check(z.refine(isTimestamp, message)), shape);
}

const RFC3339 =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})$/;

/** A day that exists, a zone that exists, and a year from 1 to 9999 in UTC. */
export function isTimestamp(value: string): boolean {
  const match = RFC3339.exec(value);
  if (match === null) return false;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map(Number);
  const isDay = month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month);
  if (!isDay || hour > 23 || minute > 59 || second > 60) return false;
  const offsetMinutes = readOffset(match[7] ?? '');
  if (offsetMinutes === null) return false;
  const minuteOfDay = hour * 60 + minute + (second === 60 ? 1 : 0) - offsetMinutes;
  return isInYears(year, minuteOfDay, { month, day });
}

function readOffset(zone: string): number | null {
  if (zone === 'Z' || zone === 'z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(4, 6));
  if (hours > 23 || minutes > 59) return null;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}

/** A zone can push the last day of a year into the next one, and the first one back. */
function isInYears(
  year: number,
  minuteOfDay: number,
  date: { readonly month: number; readonly day: number },
): boolean {
  const isFirst = date.month === 1 && date.day === 1;
  const isLast = date.month === 12 && date.day === 31;
  const back = isFirst && minuteOfDay < 0 ? 1 : 0;
  const forth = isLast && minuteOfDay >= 24 * 60 ? 1 : 0;
  const utcYear = year - back + forth;
  return utcYear >= 1 && utcYear <= 9999;
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

type MapBounds = { readonly entriesMax: number; readonly valueCharsMax: number };

/** Labels and annotations: any names, texts as values. None is renamed or dropped; redaction comes after. */
export function textMap(bounds: MapBounds) {
  const map = z.custom<TextMap>().check((ctx) => {
    for (const { path, message } of findMapFaults(ctx.value, bounds)) {
      ctx.issues.push({ code: 'custom', path, message, input: ctx.value });
    }
  });
  return withShape(map, {
    type: 'object',
    maxProperties: bounds.entriesMax,
    propertyNames: { minLength: 1, maxLength: WIRE_LIMITS.labelNameCharsMax },
    additionalProperties: { type: 'string', maxLength: bounds.valueCharsMax },
  });
}

type Fault = { readonly path: string[]; readonly message: string };

function findMapFaults(map: unknown, { entriesMax, valueCharsMax }: MapBounds): readonly Fault[] {
  if (!isPlainObject(map)) return [{ path: [], message: 'must be an object of texts' }];
  const entries = Object.entries(map);
  if (entries.length > entriesMax) {
    return [{ path: [], message: `must have at most ${entriesMax} entries` }];
  }
  const { labelNameCharsMax } = WIRE_LIMITS;
  return entries.flatMap(([key, value]) => {
    const path = [key];
    if (key === '') return [{ path: [], message: 'must not hold an empty name' }];
    if (key.length > labelNameCharsMax) {
      return [{ path, message: `a name must have at most ${labelNameCharsMax} characters` }];
    }
    if (typeof value !== 'string') return [{ path, message: 'must be text' }];
    if (value.length <= valueCharsMax) return [];
    return [{ path, message: `must have at most ${valueCharsMax} characters` }];
  });
}

/** Free JSON of the sender, bounded by its length as text. */
export function freeJson() {
  return withShape(
    boundedJson<WireJson>(() => null),
    { description: 'Any JSON.' },
  );
}

export function freeJsonObject() {
  return withShape(
    boundedJson<WireJsonObject>((json) => (isPlainObject(json) ? null : 'must be an object')),
    { type: 'object' },
  );
}

export function freeTextOrObject() {
  const schema = boundedJson<string | WireJsonObject>((json) =>
    typeof json === 'string' || isPlainObject(json) ? null : 'must be text or an object',
  );
  return withShape(schema, { type: ['string', 'object'] });
}

function boundedJson<Json extends WireJson>(findTypeFault: (json: unknown) => string | null) {
  return z.custom<Json>().check((ctx) => {
    const message = findTypeFault(ctx.value) ?? findJsonFault(ctx.value);
    if (message !== null) ctx.issues.push({ code: 'custom', message, input: ctx.value });
  });
}

function findJsonFault(value: unknown): string | null {
  if (value === undefined) return 'is required';
  if (!isFiniteThroughout(value)) return 'must not hold a number that is too large';
  const { payloadCharsMax } = WIRE_LIMITS;
  if (JSON.stringify(value).length <= payloadCharsMax) return null;
  return `must have at most ${payloadCharsMax} characters as JSON`;
}

/** `1e999` reads as Infinity and would be written back as null. */
function isFiniteThroughout(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.values(value).every(isFiniteThroughout);
}

export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const LIMIT_MESSAGE = `must be a whole number from 1 to ${WIRE_LIMITS.pageMax}`;

/** `?limit=` as text. */
function pageLimit() {
  const digits = z.string().check(
    z.regex(/^\d{1,9}$/, LIMIT_MESSAGE),
    z.refine((text) => Number(text) >= 1 && Number(text) <= WIRE_LIMITS.pageMax, {
      error: LIMIT_MESSAGE,
    }),
  );
  const shape = { type: 'integer', minimum: 1, maximum: WIRE_LIMITS.pageMax };
  return z.pipe(withShape(digits, shape), z.transform(Number));
}

/** The query of every list of configured things. */
export const pageQuery = z.strictObject({
  project_id: maybe(projectId()),
  limit: maybe(pageLimit()),
  cursor: maybe(text(WIRE_LIMITS.identifierCharsMax)),
});

export function listOf<Item extends z.ZodMiniType>(item: Item) {
  return z.strictObject({ items: z.array(item), next_cursor: z.nullable(z.string()) });
}

/** What the answer to every configured resource begins and ends with. */
export const resourceStamps = {
  project_id: projectId(),
  version: z.int(),
  created_at: timestamp(),
  updated_at: timestamp(),
} as const;

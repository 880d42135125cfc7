/** Parts of a body of Sentry's, read without trust: what is odd counts as left out. Pure. */
import {
  type Instant,
  instant,
  MS_PER_DAY,
  MS_PER_SECOND,
  parseInstant,
  plusMs,
} from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '#kernel/syntax/json.ts';
import { isList } from '#intake/generic/pointer.ts';

export type Value = JsonValue | undefined;

export function objectAt(value: Value, ...path: readonly string[]): JsonObject {
  let at: Value = value;
  for (const name of path) at = isJsonObject(at) ? at[name] : undefined;
  return isJsonObject(at) ? at : {};
}

/** Text or a number; empty counts as left out. */
export function textOf(value: Value, charsMax: number = LIMITS.identifierCharsMax): string | null {
  const text = typeof value === 'number' && Number.isFinite(value) ? String(value) : value;
  if (typeof text !== 'string') return null;
  const trimmed = text.trim();
  return trimmed === '' ? null : trimmed.slice(0, charsMax).toWellFormed();
}

/** One line, for what is called something. */
export function lineOf(value: Value, charsMax: number = LIMITS.identifierCharsMax): string | null {
  const text = textOf(value, charsMax);
  return text === null ? null : textOf(text.replaceAll(/\p{Cc}+/gu, ' '), charsMax);
}

/** A link that is cut leads nowhere. */
export function urlOf(...values: readonly Value[]): string | null {
  const found = values.find(
    (value) => typeof value === 'string' && /^https?:\/\//i.test(value) && isShort(value),
  );
  return typeof found === 'string' ? found : null;
}

function isShort(url: string): boolean {
  return url.length <= LIMITS.urlCharsMax;
}

const EARLIEST = instant(0);

/** ISO text or Unix seconds. A time ahead of us is none: it would hide what comes after it. */
export function timeOf(value: Value, now: Instant): Instant | null {
  const at =
    typeof value === 'string'
      ? parseInstant(value)
      : typeof value === 'number' && value > 0 && value < SECONDS_MAX
        ? instant(Math.floor(value * MS_PER_SECOND))
        : null;
  return at === null || at <= EARLIEST || at > plusMs(now, MS_PER_DAY) ? null : at;
}

const SECONDS_MAX = 1e11;

export function firstTime(values: readonly Value[], now: Instant): Instant | null {
  for (const value of values) {
    const at = timeOf(value, now);
    if (at !== null) return at;
  }
  return null;
}

export function listOf(value: Value): readonly JsonValue[] {
  return isList(value) ? value : [];
}

const TAGS_MAX = 32;

/** `[["environment", "prod"], ...]`, or objects of key and value; those with odd names go. */
export function tagsOf(value: Value): ReadonlyMap<string, string> {
  const tags = new Map<string, string>();
  for (const entry of listOf(value)) {
    if (tags.size >= TAGS_MAX) break;
    const pair = isJsonObject(entry) ? [entry['key'], entry['value']] : listOf(entry);
    const [name, text] = [lineOf(pair[0]), lineOf(pair[1])];
    if (name !== null && text !== null && !tags.has(name)) tags.set(name, text);
  }
  return tags;
}

/** Without what is not there. */
export function compact(given: Readonly<Record<string, string | null>>): Record<string, string> {
  const entries = Object.entries(given).filter((one): one is [string, string] => one[1] !== null);
  return Object.fromEntries(entries);
}

/**
 * Fields of another program by any of the names it may have used: upper or lower case, camelCase
 * or snake_case. Remembers what was taken, so that the rest can be kept. Pure.
 */
import type { JsonObject, JsonValue } from '#kernel/syntax/json.ts';

export type FieldReader = {
  /** The first of these names that says something; null when none does. */
  readonly take: (...names: readonly string[]) => JsonValue;
  /** What nobody asked for. */
  readonly rest: () => JsonObject;
};

export function createFieldReader(fields: JsonObject): FieldReader {
  const entries = Object.entries(fields);
  const byName = new Map(entries.map(([name]) => [simplify(name), name]));
  const values = new Map<string, JsonValue>(entries);
  const taken = new Set<string>();
  return {
    take: (...names) => {
      for (const wanted of names) {
        const name = byName.get(simplify(wanted));
        const value = name === undefined ? undefined : values.get(name);
        if (name === undefined || value === undefined || isBlank(value)) continue;
        taken.add(name);
        return value;
      }
      return null;
    },
    rest: () =>
      Object.fromEntries(entries.filter(([name, value]) => !taken.has(name) && !isBlank(value))),
  };
}

function simplify(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}

function isBlank(value: JsonValue): boolean {
  return value === null || (typeof value === 'string' && value.trim() === '');
}

/** As one line of text; null for what is neither text, number nor truth. */
export function readText(value: JsonValue, charsMax: number): string | null {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'string') return null;
  const line = value.replaceAll(/\p{Cc}+/gu, ' ').trim();
  return line === '' ? null : line.slice(0, charsMax).toWellFormed();
}

/** Anything as a text: what is no text is written as JSON. */
export function writeText(value: JsonValue, charsMax: number): string {
  const text = readText(value, charsMax);
  if (text !== null) return text;
  if (value === null || value === '') return '';
  return JSON.stringify(value).slice(0, charsMax).toWellFormed();
}

export function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

export function readCount(value: JsonValue): number | null {
  const number = typeof value === 'string' ? Number(value.trim() || 'none') : value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : null;
}

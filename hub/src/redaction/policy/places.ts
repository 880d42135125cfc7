/**
 * Where something was masked: the text as it was held against the text as it is. Pure.
 * Danger: a place never holds what was masked there. Paths are those of the masked value, for the
 * name of a field can be a secret itself.
 */
import { isJsonObject, type JsonValue } from '#kernel/syntax/json.ts';
import { MASK_PATTERN } from '#redaction/mask.ts';

export type MaskedPlace = {
  /** `labels.owner`, `[3].url`; of plain text: empty. */
  readonly path: string;
  /** Within the text of that path, as it was; from 1. */
  readonly line: number;
  readonly column: number;
  readonly mask: string;
  /** The class in the words of the mask: `email`. */
  readonly class: string;
};

type Spot = { readonly at: number; readonly mask: string };

/**
 * What stands between two masks stands in both texts, so that it tells where the next mask begins.
 * A mask that was there already is no news.
 */
function findSpots(before: string, after: string): readonly Spot[] {
  const spots: Spot[] = [];
  let from = 0;
  let read = 0;
  for (const match of after.matchAll(MASK_PATTERN)) {
    const [mask] = match;
    from = skip(before, after.slice(read, match.index), from);
    read = match.index + mask.length;
    if (before.startsWith(mask, from)) from += mask.length;
    else spots.push({ at: from, mask });
  }
  return spots;
}

/** Past the next place where `text` stands; where it is nowhere, the place stays. */
function skip(before: string, text: string, from: number): number {
  if (text === '') return from;
  const at = before.indexOf(text, from);
  return at === -1 ? from : at + text.length;
}

export function listTextPlaces(before: string, after: string, path = ''): readonly MaskedPlace[] {
  let line = 1;
  let lineAt = 0;
  let read = 0;
  return findSpots(before, after).map(({ at, mask }) => {
    for (let next = before.indexOf('\n', read); next !== -1 && next < at; ) {
      line += 1;
      lineAt = next + 1;
      next = before.indexOf('\n', lineAt);
    }
    read = lineAt;
    return { path, line, column: at - lineAt + 1, mask, class: classOf(mask) };
  });
}

function classOf(mask: string): string {
  return mask.slice(1, mask.indexOf('#')).toLowerCase();
}

export function listJsonPlaces(
  before: JsonValue,
  after: JsonValue,
  path = '',
): readonly MaskedPlace[] {
  if (typeof after === 'string') return listTextPlaces(showText(before), after, path);
  if (isArray(after)) {
    return after.flatMap((value, index) =>
      listJsonPlaces(childAt(before, index), value, `${path}[${index}]`),
    );
  }
  if (!isJsonObject(after)) return [];
  return Object.entries(after).flatMap(([key, value], index) => {
    const [ownKey, ownValue] = entryAt(before, index);
    const place = path === '' ? key : `${path}.${key}`;
    return [...listTextPlaces(ownKey, key, place), ...listJsonPlaces(ownValue, value, place)];
  });
}

function showText(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function isArray(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function childAt(value: JsonValue, index: number): JsonValue {
  return isArray(value) ? (value[index] ?? null) : null;
}

/** Masking keeps the order of fields, not always their names. */
function entryAt(value: JsonValue, index: number): readonly [string, JsonValue] {
  return isJsonObject(value) ? (Object.entries(value)[index] ?? ['', null]) : ['', null];
}

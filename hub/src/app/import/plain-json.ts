/**
 * Free JSON of a file that nobody bounded, brought into what the hub reads and PostgreSQL stores:
 * whole characters, finite numbers, bounded texts, lists, depth. Says what it had to cut. Pure.
 */
import { LIMITS } from '#kernel/limits.ts';
import type { JsonObject, JsonValue } from '#kernel/syntax/json.ts';

export type PlainJson = { readonly value: JsonValue; readonly cuts: readonly string[] };

type Bounds = {
  readonly textCharsMax: number;
  readonly listFirst: number;
  readonly listLast: number;
};

/** Of a list that is too long, the beginning tells how it came about and the end how it stands. */
const WIDE: Bounds = {
  textCharsMax: LIMITS.annotationCharsMax,
  listFirst: LIMITS.importListMax / 10,
  listLast: (LIMITS.importListMax / 10) * 9,
};
const NARROW: Bounds = { textCharsMax: LIMITS.detailCharsMax, listFirst: 20, listLast: 180 };

/** Null: even cut down it is larger than one alert may be. */
export function makePlain(value: JsonValue): PlainJson | null {
  for (const bounds of [WIDE, NARROW]) {
    const cuts = new Set<string>();
    const plain = cutValue(value, { bounds, depth: 0, cuts });
    if (JSON.stringify(plain).length <= LIMITS.importAlertCharsMax) {
      return { value: plain, cuts: [...cuts] };
    }
  }
  return null;
}

type Cutting = { readonly bounds: Bounds; readonly depth: number; readonly cuts: Set<string> };

function cutValue(value: JsonValue, how: Cutting): JsonValue {
  if (typeof value === 'string') return cutText(value, how);
  if (typeof value === 'number') {
    if (Number.isFinite(value)) return value;
    how.cuts.add('a number that is too large was read as null');
    return null;
  }
  if (typeof value !== 'object' || value === null) return value;
  if (how.depth >= LIMITS.importDepthMax) {
    how.cuts.add(`what is nested deeper than ${LIMITS.importDepthMax} levels was left out`);
    return null;
  }
  const deeper = { ...how, depth: how.depth + 1 };
  if (Array.isArray(value)) return cutList(value, deeper);
  const entries = Object.entries(value).slice(0, LIMITS.importListMax);
  return Object.fromEntries(
    entries.map(([name, inner]) => [cutText(name, how), cutValue(inner, deeper)]),
  );
}

function cutList(list: readonly JsonValue[], how: Cutting): readonly JsonValue[] {
  const { listFirst, listLast } = how.bounds;
  const left = list.length - listFirst - listLast;
  if (left <= 0) return list.map((inner) => cutValue(inner, how));
  how.cuts.add(`of ${list.length} entries of a list ${left} in the middle were left out`);
  const kept = [...list.slice(0, listFirst), ...list.slice(-listLast)];
  return kept.map((inner) => cutValue(inner, how));
}

function cutText(text: string, how: Cutting): string {
  const max = how.bounds.textCharsMax;
  const whole = text.toWellFormed().replaceAll('\0', '\ufffd');
  if (whole !== text) how.cuts.add('characters that cannot be stored were replaced');
  if (whole.length <= max) return whole;
  how.cuts.add(`a text of ${whole.length} characters was cut to ${max}`);
  return whole.slice(0, max).toWellFormed();
}

export type FittingObject = { readonly value: JsonObject; readonly cuts: readonly string[] };

/** As many fields as fit, in their order. */
export function fitObject(object: JsonObject, charsMax: number): FittingObject {
  const kept: [string, JsonValue][] = [];
  const cuts: string[] = [];
  let used = 2;
  for (const [name, value] of Object.entries(object)) {
    const chars = JSON.stringify(name).length + JSON.stringify(value).length + 2;
    if (used + chars > charsMax) {
      cuts.push(`${name.slice(0, 80)} was left out: it is too large`);
      continue;
    }
    used += chars;
    kept.push([name, value]);
  }
  return { value: Object.fromEntries(kept), cuts };
}

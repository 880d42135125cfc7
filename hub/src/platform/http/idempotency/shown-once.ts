/**
 * Takes secrets that are shown once out of an answer before it is kept. A place is a dotted path;
 * `*` stands for every entry of a list or an object. Pure.
 */
import { isJsonObject, type JsonValue } from '#kernel/syntax/json.ts';

export type Blanked = {
  readonly value: JsonValue;
  /** Places where there was something. */
  readonly omitted: readonly string[];
};

/** What stands in one of the places becomes null. */
export function blankSecrets(value: JsonValue, places: readonly string[]): Blanked {
  let blanked = value;
  const omitted: string[] = [];
  for (const place of places) {
    const next = blank(blanked, place.split('.'));
    if (next !== blanked) omitted.push(place);
    blanked = next;
  }
  return { value: blanked, omitted };
}

/** The same value where there was nothing to take out. */
function blank(value: JsonValue, path: readonly string[]): JsonValue {
  const [part, ...rest] = path;
  if (part === undefined) return null;
  if (typeof value !== 'object' || value === null) return value;
  if (!isJsonObject(value)) {
    const entries = value.map((entry) => (part === '*' ? blank(entry, rest) : entry));
    return entries.some((entry, at) => entry !== value[at]) ? entries : value;
  }
  const fields = Object.entries(value).map(([name, field]) => {
    const isMeant = part === '*' || part === name;
    return [name, isMeant ? blank(field, rest) : field] as const;
  });
  const isChanged = fields.some(([name, field]) => field !== value[name]);
  return isChanged ? Object.fromEntries(fields) : value;
}

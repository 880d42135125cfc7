/** Which fields of two values differ, and where. Pure. */
import { isJsonObject, type JsonObject, type JsonValue } from '#kernel/syntax/json.ts';

export type FieldChange = {
  /** `steps[2].delay_s` */
  readonly path: string;
  /** Null also stands for what is not there. */
  readonly before: JsonValue;
  readonly after: JsonValue;
};

/** The order of the fields of an object means nothing. */
export function isSame(one: JsonValue | undefined, other: JsonValue | undefined): boolean {
  return one === other || listFieldChanges(one ?? null, other ?? null).length === 0;
}

export function omitField(object: JsonObject, field: string): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => name !== field));
}

/**
 * Down to the values of objects, and of the objects of lists; other lists change as a whole, and
 * so does an entry of a list that is there on one side only.
 */
export function listFieldChanges(
  before: JsonValue,
  after: JsonValue,
  path = '',
): readonly FieldChange[] {
  const isEntry = path.endsWith(']');
  const isOneNull = (before === null) !== (after === null);
  const inner = isEntry && isOneNull ? null : compareInside(before, after, path);
  if (inner !== null && (inner.length > 0 || !isOneNull)) return inner;
  const isEqual = JSON.stringify(before) === JSON.stringify(after);
  return isEqual ? [] : [{ path, before, after }];
}

/** Null unless both are objects, or lists of them; what is not there has nothing in it. */
function compareInside(
  before: JsonValue,
  after: JsonValue,
  path: string,
): readonly FieldChange[] | null {
  if (before === null && after === null) return [];
  const [old, next] = [before ?? {}, after ?? {}];
  if (isJsonObject(old) && isJsonObject(next)) return compareObjects(old, next, path);
  const lists = { before: listObjects(before), after: listObjects(after) };
  if (lists.before === null || lists.after === null) return null;
  return compareLists(lists.before, lists.after, path);
}

/** Null unless it is a list of nothing but objects; one that is not there has none. */
function listObjects(value: JsonValue): readonly JsonObject[] | null {
  if (value === null) return [];
  if (!Array.isArray(value)) return null;
  const objects = value.filter(isJsonObject);
  return objects.length === value.length ? objects : null;
}

function compareObjects(before: JsonObject, after: JsonObject, path: string) {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.flatMap((name) => {
    const inner = path === '' ? name : `${path}.${name}`;
    return listFieldChanges(before[name] ?? null, after[name] ?? null, inner);
  });
}

/** What is there on one side only is shown whole. */
function compareLists(
  before: readonly JsonValue[],
  after: readonly JsonValue[],
  path: string,
): readonly FieldChange[] {
  const count = Math.max(before.length, after.length);
  return Array.from({ length: count }, (_, index) => index).flatMap((index) =>
    listFieldChanges(before[index] ?? null, after[index] ?? null, `${path}[${index}]`),
  );
}

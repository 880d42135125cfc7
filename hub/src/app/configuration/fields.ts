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

/** Down to the values of objects and of lists of objects; other lists change as a whole. */
export function listFieldChanges(
  before: JsonValue,
  after: JsonValue,
  path = '',
): readonly FieldChange[] {
  if (isJsonObject(before) && isJsonObject(after)) return compareObjects(before, after, path);
  const lists = { before: listObjects(before), after: listObjects(after) };
  if (lists.before.length > 0 && lists.after.length > 0) {
    return compareLists(lists.before, lists.after, path);
  }
  const isEqual = JSON.stringify(before) === JSON.stringify(after);
  return isEqual ? [] : [{ path, before, after }];
}

/** Empty unless it is a list of nothing but objects. */
function listObjects(value: JsonValue): readonly JsonObject[] {
  if (!Array.isArray(value)) return [];
  const objects = value.filter(isJsonObject);
  return objects.length === value.length ? objects : [];
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

/** Faults of a mapping, with the place of each. Pure. */
import { LIMITS } from '#kernel/limits.ts';
import type { JsonObject } from '#kernel/syntax/json.ts';
import { findNearest } from '#kernel/syntax/nearest.ts';

/** An empty path is the whole mapping. */
export type AddFault = (path: string, message: string) => void;

/** A name in a path, short enough to be shown. */
function showName(name: string): string {
  return name.slice(0, LIMITS.nameCharsMax).toWellFormed();
}

export function joinPath(path: string, name: string): string {
  return path === '' ? showName(name) : `${path}.${showName(name)}`;
}

/** A misspelt name is the commonest fault of all; its right name is half of the help. */
export function findUnknownNames(
  value: JsonObject,
  how: { readonly path: string; readonly known: readonly string[]; readonly addFault: AddFault },
): void {
  for (const name of Object.keys(value)) {
    if (how.known.includes(name)) continue;
    how.addFault(joinPath(how.path, name), describeUnknown(name, how.known, 'unknown field'));
  }
}

export function describeUnknown(name: string, known: readonly string[], says: string): string {
  const near = findNearest(name, known);
  return near === null
    ? `${says}; there are ${known.join(', ')}`
    : `${says}; did you mean ${near}?`;
}

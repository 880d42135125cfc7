/** JSON that may be wrong: keys in any number, and anything at all where a value should be. */
import { isJsonObject, type JsonValue } from '#kernel/syntax/json.ts';

export type Tree =
  | { readonly kind: 'object'; entries: [string, Tree][] }
  | { readonly kind: 'array'; items: Tree[] }
  /** Written as it is. */
  | { readonly kind: 'raw'; readonly text: string };

export function plant(value: JsonValue): Tree {
  if (isJsonObject(value)) {
    return {
      kind: 'object',
      entries: Object.entries(value).map(([key, one]) => [JSON.stringify(key), plant(one)]),
    };
  }
  if (isList(value)) return { kind: 'array', items: value.map(plant) };
  return { kind: 'raw', text: JSON.stringify(value) };
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

export function write(tree: Tree): string {
  if (tree.kind === 'raw') return tree.text;
  if (tree.kind === 'array') return `[${tree.items.map(write).join(',')}]`;
  return `{${tree.entries.map(([key, one]) => `${key}:${write(one)}`).join(',')}}`;
}

/** A place in a tree: what is there, and how it is put out or something else put in. */
export type Place = {
  readonly tree: Tree;
  readonly replace: (by: Tree) => void;
  readonly remove: () => void;
  /** Once more beside itself, under the same key. */
  readonly double: () => void;
  /** Null where there is no key. */
  readonly rename: ((key: string) => void) | null;
};

export function listPlaces(tree: Tree): readonly Place[] {
  if (tree.kind === 'raw') return [];
  if (tree.kind === 'array') {
    const { items } = tree;
    return items.flatMap((one, index) => [
      {
        tree: one,
        replace: (by: Tree) => void items.splice(index, 1, by),
        remove: () => void items.splice(index, 1),
        double: () => void items.splice(index, 0, one),
        rename: null,
      },
      ...listPlaces(one),
    ]);
  }
  const { entries } = tree;
  return entries.flatMap(([key, one], index) => [
    {
      tree: one,
      replace: (by: Tree) => void entries.splice(index, 1, [key, by]),
      remove: () => void entries.splice(index, 1),
      double: () => void entries.splice(index, 0, [key, one]),
      rename: (name: string) => void entries.splice(index, 1, [name, one]),
    },
    ...listPlaces(one),
  ]);
}

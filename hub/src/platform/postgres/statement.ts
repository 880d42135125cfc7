/**
 * SQL statements, each with a name. Every statement of the product is made here, so that one test
 * can PREPARE them all against the migrated schema.
 */

import { LIMITS } from '#kernel/limits.ts';

export type Statement = {
  /** Also the name it is prepared under: `stage.verb_noun`, at most 63 bytes. */
  readonly name: string;
  readonly text: string;
};

const all = new Map<string, Statement>();

export function statement(name: string, text: string): Statement {
  if (all.has(name)) throw new Error(`two statements are called ${name}`);
  const made: Statement = { name, text: text.trim() };
  all.set(name, made);
  return made;
}

/** Statements of every store that has been imported. */
export function listStatements(): readonly Statement[] {
  return [...all.values()];
}

/** One write on its way. */
export type Write = { readonly statement: Statement; readonly values: readonly unknown[] };

const merged = new Map<string, Statement>();

/**
 * Several writes as one statement of common table expressions: the server starts up once, and the
 * network is crossed once. The mix of writes decides the text, so there are few different ones.
 * Null when there are too many: then each goes by itself.
 */
export function mergeWrites(writes: readonly Write[]): Write | null {
  const [only, ...others] = writes;
  if (only !== undefined && others.length === 0) return only;
  const key = writes.map(({ statement: { name } }) => name).join('+');
  let known = merged.get(key);
  if (known === undefined) {
    if (merged.size >= LIMITS.mergedWritesMax) return null;
    known = { name: `merged.${merged.size + 1}`, text: renderMerged(writes) };
    merged.set(key, known);
  }
  return { statement: known, values: writes.flatMap((write) => write.values) };
}

function renderMerged(writes: readonly Write[]): string {
  let offset = 0;
  const parts = writes.map(({ statement: { text }, values }, index) => {
    const shifted = text.replaceAll(/\$(\d+)/g, (_, digits) => `$${Number(digits) + offset}`);
    offset += values.length;
    return `write_${index + 1} as (\n${shifted}\n)`;
  });
  return `with ${parts.join(', ')}\nselect 1`;
}

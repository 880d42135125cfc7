/** House 3.5: a stage's tables are touched by that stage's store alone. */
import { isUnder, type Rule, type SourceFile, type Violation, violationAt } from './source.ts';
import { findTableOwner, TABLE_EXCEPTIONS } from './tables.ts';

const STATEMENT_START =
  /^\s*(?:select|insert|update|delete|with|merge|lock|truncate|create|alter|copy|explain)\b/i;
const TABLE_NAMED =
  /\b(?:from|join|into|update|truncate|lock\s+table|truncate\s+table)\s+(?:only\s+)?([a-z_][a-z0-9_]*)/gi;

const ownershipRule: Rule = {
  id: '3.5',
  promise: 'a table is named only by the store of its stage, app/read and migrations',
  check: (tree) => tree.flatMap(findForeignTables),
};

function findForeignTables(source: SourceFile): readonly Violation[] {
  const { path, kind } = source;
  if (!isUnder(path, 'hub/src') || kind === 'test' || isUnder(path, 'hub/src/app/read')) return [];
  return source.literals
    .filter(({ text }) => STATEMENT_START.test(text))
    .flatMap((literal) =>
      [...literal.text.matchAll(TABLE_NAMED)].flatMap((match) => {
        const table = (match[1] ?? '').toLowerCase();
        const message = judgeTable(source, table);
        return message === null ? [] : [violationAt(source, literal.at + match.index, message)];
      }),
    );
}

function judgeTable({ path, stage }: SourceFile, table: string): string | null {
  const owner = findTableOwner(table);
  if (owner === null) return null;
  if (TABLE_EXCEPTIONS.some((known) => known.path === path && known.table === table)) return null;
  if (owner !== stage) {
    return `table ${table} belongs to ${owner}; call its store from app/, send an Effect, \
or read it in app/read/`;
  }
  const isStore = owner === 'platform' || /(^|[/.])store\.ts$/.test(path);
  return isStore ? null : `SQL on ${table} belongs in ${owner}/store.ts`;
}

const ownedRule: Rule = {
  id: '3.5',
  promise: 'every table that a migration creates has an owner',
  check: (tree) =>
    tree
      .filter(({ kind }) => kind === 'sql')
      .flatMap((source) => {
        const created =
          /\bcreate\s+(?:unlogged\s+)?table\s+(?:if\s+not\s+exists\s+)?([a-z_][a-z0-9_]*)/gi;
        return [...source.code.matchAll(created)]
          .filter((match) => findTableOwner((match[1] ?? '').toLowerCase()) === null)
          .map((match) => {
            const message = `table ${match[1]} has no owner; add it to test/tidy/tables.ts`;
            return violationAt(source, match.index, message);
          });
      }),
};

export const TABLE_RULES: readonly Rule[] = [ownershipRule, ownedRule];

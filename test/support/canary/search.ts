/** Looks for needles in everything that a hub keeps: rows of all tables, files of a backup. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { TestHub } from '#test/support/hub.ts';
import { textOf } from '#test/support/hub/calls.ts';
import { NEEDLES } from './canaries.ts';

/** `what: ...the text around it...` for each needle that is in the text. */
export function findIn(what: string, text: string): readonly string[] {
  const low = text.toLowerCase();
  return NEEDLES.flatMap((needle) => {
    const at = low.indexOf(needle);
    return at === -1 ? [] : [`${what}: ${text.slice(Math.max(0, at - 60), at + 60)}`];
  });
}

/** Every column of every table, whatever its type: also what a later version adds. */
export async function searchTables(hub: TestHub): Promise<readonly string[]> {
  const tables = await hub.query(
    `select table_name from information_schema.tables
      where table_schema = 'public' and table_type = 'BASE TABLE'`,
  );
  // Bytes are shown as hex.
  const hex = NEEDLES.map((needle) => Buffer.from(needle).toString('hex'));
  const patterns = [...NEEDLES, ...hex].map((needle) => `%${needle}%`);
  const found: string[] = [];
  for (const { table_name: name } of tables) {
    const table = textOf(name);
    const rows = await hub.query(
      `select t::text as row from "${table}" t where t::text ilike any($1::text[]) limit 3`,
      [patterns],
    );
    for (const { row } of rows) {
      const told = findIn(`table ${table}`, textOf(row));
      found.push(...(told.length === 0 ? [`table ${table}: as bytes`] : told));
    }
  }
  return found;
}

export function searchFiles(dir: string): readonly string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .flatMap(({ parentPath, name }) => {
      const bytes = readFileSync(join(parentPath, name));
      const isPacked = name.endsWith('.gz');
      return findIn(`file ${name}`, (isPacked ? gunzipSync(bytes) : bytes).toString('latin1'));
    });
}

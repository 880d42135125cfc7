/** All SQL statements of the product: imports every file that makes some. */
import { globSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { listStatements, type Statement } from '#platform/postgres/statement.ts';

const SOURCES = fileURLToPath(new URL('../../hub/src', import.meta.url));

/** Stores, screens, and the few statements of the platform (not the SQL of its tests). */
const FILES = ['**/store.ts', '**/*.store.ts', 'app/read/*.ts', 'platform/*.ts'];

export async function importStatements(): Promise<readonly Statement[]> {
  const paths = FILES.flatMap((pattern) => globSync(pattern, { cwd: SOURCES }))
    .filter((path) => !path.endsWith('.test.ts'))
    .toSorted();
  for (const path of paths) await import(pathToFileURL(join(SOURCES, path)).href);
  return listStatements();
}

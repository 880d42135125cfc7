/**
 * Prints hub/db/schema.sql from a freshly migrated database on a server of its own.
 * `--check` writes nothing and ends with 1 when the file is out of date.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { printSchema, SCHEMA_FILE } from '#test/support/schema.ts';
import { cloneDatabase, findSharedServer, runOn, startTestServer } from '#test/support/server.ts';

const isCheck = process.argv.includes('--check');
const printed = await printFresh();
if (!isCheck) {
  await writeFile(SCHEMA_FILE, printed);
} else if ((await readFile(SCHEMA_FILE, 'utf8').catch(() => '')) !== printed) {
  console.error('hub/db/schema.sql is out of date: run `node scripts/print-schema.ts`');
  process.exitCode = 1;
}

async function printFresh(): Promise<string> {
  const shared = findSharedServer();
  if (shared !== null) return printOn(shared);
  const server = await startTestServer();
  try {
    return await printOn(server.connection);
  } finally {
    await server.stop();
  }
}

async function printOn(server: Parameters<typeof cloneDatabase>[0]): Promise<string> {
  const { connection, drop } = await cloneDatabase(server);
  try {
    return await runOn(connection, printSchema);
  } finally {
    await drop();
  }
}

import assert from 'node:assert/strict';
import { copyFile, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { createManualClock, instantOf } from '#test/support/clock.ts';
import { createUnmigratedDatabase } from '#test/support/database.ts';
import { createRecordingLog } from '#test/support/log.ts';
import { type ClonedDatabase, MIGRATIONS_DIRECTORY, runOn } from '#test/support/server.ts';
import {
  type AppliedMigration,
  MigrationError,
  type MigrationFault,
  planNextMigration,
  readMigrations,
  refuseServerVersion,
  runMigrations,
} from './migrate.ts';
import type { Row } from './postgres.ts';

const FIRST = 'create table first (id integer); create table more (id integer);';
const SECOND = 'alter table first add column name text;';

describe('migrations', () => {
  let empty: ClonedDatabase;
  let directory: string;
  const clock = createManualClock('2026-11-22T12:00:00.000Z');

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tocsin-migrations-'));
    empty = await createUnmigratedDatabase();
    await write('0001-first.sql', FIRST);
    await write('0002-second.sql', SECOND);
  });
  afterEach(async () => {
    await rm(directory, { recursive: true, force: true });
    await empty.drop();
  });

  const write = (name: string, text: string): Promise<void> =>
    writeFile(join(directory, name), text);

  async function migrate(): Promise<readonly string[]> {
    const log = createRecordingLog();
    const options = { connection: empty.connection, directory, log, clock };
    return (await runMigrations(options)).applied;
  }

  async function query(text: string): Promise<readonly Row[]> {
    return runOn(empty.connection, async (client) => (await client.query<Row>(text)).rows);
  }

  async function listTables(): Promise<readonly string[]> {
    const rows = await query(
      `select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace
        order by relname`,
    );
    return rows.map((row) => String(row['relname']));
  }

  test('run in order, once, and are noted with the time of the clock', async () => {
    assert.deepEqual(await migrate(), ['0001-first', '0002-second']);
    assert.deepEqual(await migrate(), []);
    const rows = await query('select version, name, sha256, applied_at from migration');
    const files = await readMigrations(directory);
    assert.deepEqual(
      rows,
      files.map(({ version, name, sha256 }) => ({
        version,
        name,
        sha256,
        applied_at: new Date(instantOf('2026-11-22T12:00:00.000Z')),
      })),
    );
  });

  test('that are new are run on top of those that were there', async () => {
    await rm(join(directory, '0002-second.sql'));
    assert.deepEqual(await migrate(), ['0001-first']);
    await write('0002-second.sql', SECOND);
    assert.deepEqual(await migrate(), ['0002-second']);
  });

  test('are applied exactly once by several starters at the same time', async () => {
    const applied = await Promise.all(Array.from({ length: 5 }, migrate));
    assert.deepEqual(applied.flat().toSorted(), ['0001-first', '0002-second']);
    assert.deepEqual(await query('select count(*)::integer as count from migration'), [
      { count: 2 },
    ]);
  });

  test('leave nothing of a file that fails, and keep the files before it', async () => {
    await write('0002-second.sql', 'create table half (id integer);\nselect nonsense;');
    await assert.rejects(migrate(), isFault('migration_failed', /0002-second failed in line 2: /));
    assert.deepEqual(await listTables(), ['first', 'migration', 'more']);
    await write('0002-second.sql', SECOND);
    assert.deepEqual(await migrate(), ['0002-second']);
  });

  test('make no table when the first of them fails', async () => {
    await write('0001-first.sql', 'select nonsense');
    await assert.rejects(migrate(), isFault('migration_failed', /Nothing of it was kept/));
    assert.deepEqual(await listTables(), []);
  });

  test('are refused before anything runs when a file was edited after it was applied', async () => {
    await migrate();
    await write('0001-first.sql', `${FIRST} -- better`);
    await write('0003-third.sql', 'create table third (id integer)');
    await assert.rejects(
      migrate(),
      isFault('migration_changed', /0001-first.*add a new migration/),
    );
    assert.ok(!(await listTables()).includes('third'));
  });

  test('are refused when a file was renamed after it was applied', async () => {
    await migrate();
    await rename(join(directory, '0002-second.sql'), join(directory, '0002-other.sql'));
    await assert.rejects(migrate(), isFault('migration_changed', /0002-other.*\(0002-second\)/));
  });

  test('do not care how a checkout writes line ends', async () => {
    await write('0002-second.sql', 'select 1;\nselect 2;\n');
    await migrate();
    await write('0002-second.sql', 'select 1;\r\nselect 2;\r\n');
    assert.deepEqual(await migrate(), []);
  });

  test('are refused when a later version has used the database', async () => {
    await migrate();
    await rm(join(directory, '0002-second.sql'));
    await assert.rejects(migrate(), isFault('database_newer', /0002-second.*newer one/));
  });

  test('are refused when a number is missing among the files', async () => {
    await rename(join(directory, '0002-second.sql'), join(directory, '0003-second.sql'));
    await assert.rejects(migrate(), isFault('migration_gap', /0003-second where number 2/));
    assert.deepEqual(await listTables(), []);
  });

  test('are refused when two files have one number', async () => {
    await copyFile(join(directory, '0001-first.sql'), join(directory, '0001-again.sql'));
    await assert.rejects(migrate(), isFault('migration_gap', /without a gap and none twice/));
  });

  test('are refused when a number is missing in the database', async () => {
    await migrate();
    await query('delete from migration where version = 1');
    await assert.rejects(migrate(), isFault('migration_gap', /restore the database/));
  });

  test('are refused when a file has no number, and the sentence says how to call it', async () => {
    await write('second.sql', '');
    await assert.rejects(migrate(), isFault('migration_files_unusable', /NNNN-name\.sql/));
  });

  test('are refused when there is no directory of them', async () => {
    await rm(directory, { recursive: true });
    await assert.rejects(migrate(), isFault('migration_files_unusable', /Install Tocsin again/));
  });

  test('give up on a table that somebody holds, with a sentence that says when', async () => {
    await rm(join(directory, '0002-second.sql'));
    await migrate();
    await write('0002-second.sql', `set local lock_timeout = 1; ${SECOND}`);
    await runOn(empty.connection, async (reader) => {
      await reader.query('begin; select from first');
      const sentence = /waited more than .* start again when less is going on/;
      await assert.rejects(migrate(), isFault('migration_failed', sentence));
    });
    assert.deepEqual(await migrate(), ['0002-second']);
  });

  test('of the product run on an empty database', async () => {
    const files = await readMigrations(MIGRATIONS_DIRECTORY);
    const { connection } = empty;
    const log = createRecordingLog();
    const options = { connection, directory: MIGRATIONS_DIRECTORY, log, clock };
    assert.deepEqual(
      (await runMigrations(options)).applied,
      files.map(({ name }) => name),
    );
    const first = await readFile(join(MIGRATIONS_DIRECTORY, `${files[0]?.name}.sql`), 'utf8');
    assert.ok(first.startsWith('--'), 'a migration opens with a header that says why');
  });
});

test('a server older than 15 is refused with its version, 15 and later are taken', () => {
  const refusal = refuseServerVersion(140_022);
  assert.equal(refusal?.code, 'server_too_old');
  assert.match(refusal.message, /PostgreSQL 14; Tocsin needs 15 or later\. Upgrade/);
  assert.equal(refuseServerVersion(150_000), null);
  assert.equal(refuseServerVersion(180_004), null);
});

test('the next migration is the first that is not applied', () => {
  const files = [1, 2, 3].map((version) => ({
    version,
    name: `000${version}-x`,
    sha256: String(version),
    text: '',
  }));
  const plan = (applied: readonly AppliedMigration[]) => planNextMigration(files, applied);
  assert.equal(plan([])?.version, 1);
  assert.equal(plan(files.slice(0, 2))?.version, 3);
  assert.equal(plan(files), null);
});

function isFault(code: MigrationFault, sentence: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof MigrationError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, sentence);
    return true;
  };
}

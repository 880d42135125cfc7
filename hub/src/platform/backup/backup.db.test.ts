import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { createManualClock } from '#test/support/clock.ts';
import {
  createTestDatabase,
  createUnmigratedDatabase,
  type TestDatabase,
} from '#test/support/database.ts';
import { createRecordingLog } from '#test/support/log.ts';
import { type ClonedDatabase, MIGRATIONS_DIRECTORY, runOn } from '#test/support/server.ts';
import type { Row } from '#platform/postgres/postgres.ts';
import { BackupError } from './manifest.ts';
import { readManifest, restoreBackup } from './restore-backup.ts';
import { tableFile, writeBackup } from './write-backup.ts';

/** Whatever COPY has to escape, a number that counts by itself, references, a partition. */
const ROWS = `
  insert into project (project_id, name, version, created_at, updated_at)
  values ('nord', E'Nord\\\\\\t\\n房间 "x"', 1, '2026-11-22 08:00:00.123+00', '2026-11-22 08:00+00'),
         ('sud', 'null', 2, '1970-01-01 00:00+00', '9999-12-31 23:59:59.999+00');
  insert into channel (project_id, channel_id, name, channel_type, config, secrets, is_active,
                       max_attempts, retry, version, created_at, updated_at)
  values ('nord', '019aa000-0000-7000-8000-000000000001', 'ops', 'webhook', '{"a": [1, null]}',
          '{}', true, 3, 'standard', 1, '2026-11-22 08:00+00', '2026-11-22 08:00+00');
  insert into rule (project_id, rule_id, name, event_types, matchers, filter, channel_id,
                    is_active, version, created_at, updated_at)
  values ('nord', '019aa000-0000-7000-8000-000000000002', 'all', '{alert.created}',
          '{"a=\\"b,c\\"",""}', '{}', '019aa000-0000-7000-8000-000000000001', true, 1,
          '2026-11-22 08:00+00', '2026-11-22 08:00+00');
  create table event_20261116 partition of event
    for values from ('019a8a00-0000-0000-0000-000000000000')
                to ('019aae00-0000-0000-0000-000000000000');
  insert into event (project_id, event_id, source_id, channel_type, stage, has_redacted_content,
                     redaction_version, source_ref_count, labels, annotations, is_duplicate,
                     synthetic, received_at)
  values ('nord', '019aa000-0000-7000-8000-000000000003', '019aa000-0000-7000-8000-000000000004',
          'native', 'received', false, 'r1', 0, '{"k": "\\u00e9\\\\"}', '{}', false, false,
          '2026-11-22 08:00+00');
`;

describe('a backup', () => {
  let home: TestDatabase;
  let root: string;
  const targets: ClonedDatabase[] = [];
  let count = 0;

  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'tocsin-backup-'));
    home = await createTestDatabase();
    await runOn(home.connection, (client) => client.query(ROWS));
  });
  after(async () => {
    for (const target of targets) await target.drop();
    await home.drop();
    await rm(root, { recursive: true, force: true });
  });

  const clock = createManualClock();
  const newDir = (): string => {
    count += 1;
    return join(root, `backup-${count}`);
  };

  async function backUp(): Promise<string> {
    const dir = newDir();
    const onProgress = () => undefined;
    await writeBackup({ connection: home.connection, dir, version: '0.1.0', clock, onProgress });
    return dir;
  }

  async function newTarget(): Promise<ClonedDatabase> {
    const target = await createUnmigratedDatabase();
    targets.push(target);
    return target;
  }

  const restore = (dir: string, target: ClonedDatabase, directory = MIGRATIONS_DIRECTORY) =>
    restoreBackup({
      connection: target.connection,
      dir,
      directory,
      log: createRecordingLog(),
      clock,
      onProgress: () => undefined,
    });

  const read = (from: Pick<ClonedDatabase, 'connection'>, sql: string) =>
    runOn(from.connection, async (client) => (await client.query<Row>(sql)).rows);

  const CONTENT = `
    select 'project' as t, to_jsonb(x) as row from project x
    union all select 'channel', to_jsonb(x) from channel x
    union all select 'rule', to_jsonb(x) from rule x
    union all select 'event', to_jsonb(x) || jsonb_build_object('at', x.tableoid::regclass::text)
      from event x
    order by 1, 2`;

  test('restored into an empty database is what was backed up', async () => {
    const target = await newTarget();
    const dir = await backUp();
    const manifest = await restore(dir, target);
    const content = await read(home, CONTENT);
    assert.equal(content.length, 5);
    assert.deepEqual(await read(target, CONTENT), content);
    assert.equal(manifest.tables.find(({ name }) => name === 'project')?.rows, 2);
  });

  test('is the same text on a server that writes dates and bytes in its own way', async () => {
    const target = await newTarget();
    const dir = await backUp();
    await runOn(target.connection, async (client) => {
      const { rows } = await client.query<Row>('select quote_ident(current_database()) as name');
      const name = String(rows[0]?.['name']);
      await client.query(`alter database ${name} set datestyle = 'German'`);
      await client.query(`alter database ${name} set bytea_output = 'escape'`);
    });
    await restore(dir, target);
    assert.equal((await read(target, 'select 1 from project')).length, 2);
  });

  test('restored, goes on counting where it stood', async () => {
    const target = await newTarget();
    await restore(await backUp(), target);
    const [row] = await read(
      target,
      `insert into project (project_id, name, version, created_at, updated_at)
       values ('next', 'Next', 1, '2026-11-22', '2026-11-22') returning link_no::int as link_no`,
    );
    const [most] = await read(home, 'select max(link_no)::int + 1 as link_no from project');
    assert.deepEqual(row, most);
  });

  test('holds what was there at one moment, whatever is written meanwhile', async () => {
    const dir = newDir();
    await runOn(home.connection, async (writer) => {
      await writer.query('begin; lock table rule in access exclusive mode');
      const isUnderWay = Promise.withResolvers<void>();
      const writing = writeBackup({
        connection: home.connection,
        dir,
        version: '0.1.0',
        clock,
        onProgress: () => isUnderWay.resolve(),
      });
      await isUnderWay.promise;
      // The backup waits for this table, and must not see what is committed now.
      await writer.query(`update rule set name = 'renamed'; commit`);
      await writing;
    });
    const target = await newTarget();
    await restore(dir, target);
    assert.deepEqual(await read(target, 'select name from rule'), [{ name: 'all' }]);
    await runOn(home.connection, (client) => client.query(`update rule set name = 'all'`));
  });

  test('is readable by its owner alone, and never mixes with what is there', async () => {
    const dir = await backUp();
    for (const file of [join(dir, 'manifest.json'), tableFile(dir, 'alert')]) {
      assert.equal((await stat(file)).mode & 0o077, 0, file);
    }
    const again = writeBackup({
      connection: home.connection,
      dir,
      version: '0.1.0',
      clock,
      onProgress: () => undefined,
    });
    await assert.rejects(again, isRefused('backup_target_not_empty'));
  });

  test('that broke off has no manifest, and is refused', async () => {
    const dir = await backUp();
    await rm(join(dir, 'manifest.json'));
    await assert.rejects(restore(dir, await newTarget()), isRefused('backup_unusable'));
  });

  test('with a changed row is refused, and nothing of it is restored', async () => {
    const dir = await backUp();
    const file = tableFile(dir, 'rule');
    const text = gunzipSync(await readFile(file)).toString();
    await writeFile(file, gzipSync(text.replace('alert.created', 'alert.expired')));
    const target = await newTarget();
    await assert.rejects(restore(dir, target), isRefused('restore_differs'));
    assert.deepEqual(await read(target, 'select 1 from project'), []);
    // The schema that the try has left does not keep the next one from working.
    await restore(await backUp(), target);
    assert.equal((await read(target, 'select 1 from project')).length, 2);
  });

  test('with a missing row is refused', async () => {
    const dir = await backUp();
    const file = tableFile(dir, 'project');
    const lines = gunzipSync(await readFile(file))
      .toString()
      .trimEnd()
      .split('\n');
    await writeFile(file, gzipSync(`${lines.slice(1).join('\n')}\n`));
    await assert.rejects(restore(dir, await newTarget()), isRefused('restore_differs'));
  });

  test('is never restored over rows that are there', async () => {
    const dir = await backUp();
    const before = await read(home, CONTENT);
    const refused = restoreBackup({
      connection: home.connection,
      dir,
      directory: MIGRATIONS_DIRECTORY,
      log: createRecordingLog(),
      clock,
      onProgress: () => undefined,
    });
    await assert.rejects(refused, isRefused('backup_target_not_empty'));
    assert.deepEqual(await read(home, CONTENT), before);
  });

  test('of a later Tocsin is refused', async () => {
    const dir = await backUp();
    const manifest = readManifest(dir);
    const last = { version: 9_000, name: '9000-later', sha256: 'b'.repeat(64) };
    const later = { ...manifest, migrations: [...manifest.migrations, last] };
    await writeFile(join(dir, 'manifest.json'), JSON.stringify(later));
    await assert.rejects(restore(dir, await newTarget()), /migration 9000-later, which this/);
  });

  test('of an earlier Tocsin is brought up to date after it was restored', async () => {
    const target = await newTarget();
    const directory = await mkdtemp(join(root, 'migrations-'));
    await cp(MIGRATIONS_DIRECTORY, directory, { recursive: true });
    const next = readManifest(await backUp()).migrations.length + 1;
    const file = join(directory, `${String(next).padStart(4, '0')}-later.sql`);
    await writeFile(file, 'alter table project add column motto text;');
    await restore(await backUp(), target, directory);
    assert.equal((await read(target, 'select motto from project')).length, 2);
  });
});

function isRefused(code: BackupError['code']): (error: unknown) => boolean {
  return (error) => error instanceof BackupError && error.code === code;
}

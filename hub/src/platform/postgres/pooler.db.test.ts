/** A database behind a real pgbouncer in transaction mode, with few sessions for many. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { LIMITS } from '#kernel/limits.ts';
import { createManualClock } from '#test/support/clock.ts';
import { createUnmigratedDatabase } from '#test/support/database.ts';
import { createRecordingLog } from '#test/support/log.ts';
import { type Pooler, startPooler } from '#test/support/processes/pooler.ts';
import { MIGRATIONS_DIRECTORY, runOn } from '#test/support/server.ts';
import { until } from '#test/support/until.ts';
import { createListener, sendHint } from './listener.ts';
import { runMigrations } from './migrate.ts';
import { isPooledConnection } from './pooler.ts';
import { type ConnectionSettings, createDatabase, type Row } from './postgres.ts';
import { statement } from './statement.ts';

const POOL_SIZE = 2;
const log = createRecordingLog();

type Trial = { readonly direct: ConnectionSettings; readonly pooler: Pooler };

let started: Promise<Trial> | null = null;
const ends: (() => Promise<void>)[] = [];

async function start(): Promise<Trial> {
  const { connection: direct, drop } = await createUnmigratedDatabase();
  ends.push(drop);
  const pooler = await startPooler(direct, { poolSize: POOL_SIZE });
  ends.push(pooler.stop);
  return { direct, pooler };
}

function useTrial(): Promise<Trial> {
  started ??= start();
  return started;
}

async function openDatabase() {
  const { pooler } = await useTrial();
  const database = createDatabase({ connection: pooler.connection, log, isPooled: true });
  ends.push(database.close);
  return database;
}

const SETTINGS = statement(
  'test.settings',
  `select name, setting from pg_settings
    where name in ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout',
                   'TimeZone')
    order by name collate "C"`,
);

const settingsOf = (rows: readonly Row[]): readonly unknown[] => rows.map(({ setting }) => setting);

/** What every session of the pooler answers, all asked at the same time. */
async function askEverySession(sql: string): Promise<readonly Row[]> {
  const { pooler } = await useTrial();
  const everyone = Promise.withResolvers<void>();
  let count = 0;
  const asked = Array.from({ length: POOL_SIZE }, () =>
    runOn(pooler.connection, async (client) => {
      await client.query('begin');
      const { rows } = await client.query<Row>(sql);
      count += 1;
      if (count === POOL_SIZE) everyone.resolve();
      await everyone.promise;
      await client.query('rollback');
      return rows;
    }),
  );
  return (await Promise.all(asked)).flat();
}

const CREATE = 'create table counted (n integer primary key)';
const INSERT = statement('test.insert', 'insert into counted (n) values ($1)');
const COUNT = statement('test.count', 'select count(*)::int as count from counted');

function createDirect(connection: ConnectionSettings) {
  const database = createDatabase({ connection, log });
  ends.push(database.close);
  return database;
}

describe('behind a pooler in transaction mode', () => {
  after(async () => {
    for (const end of ends.toReversed()) await end();
  });

  test('a pooler is noticed, and a direct connection is not taken for one', async () => {
    const { direct, pooler } = await useTrial();
    assert.equal(await isPooledConnection(pooler.connection), true);
    assert.equal(await isPooledConnection(direct), false);
  });

  test('several starters migrate through a pooler, and each file runs once', async () => {
    const { pooler, direct } = await useTrial();
    const { connection } = pooler;
    const clock = createManualClock();
    const migrate = () =>
      runMigrations({ connection, directory: MIGRATIONS_DIRECTORY, log, clock });
    const results = await Promise.all([migrate(), migrate(), migrate()]);
    const applied = results.flatMap((result) => result.applied);
    assert.ok(applied.length > 0);
    assert.equal(new Set(applied).size, applied.length);
    const { rows } = await runOn(direct, (client) =>
      client.query<Row>('select name from migration order by version'),
    );
    assert.deepEqual(
      rows.map(({ name }) => name),
      applied.toSorted(),
    );
    const locks = `select 1 from pg_locks where locktype = 'advisory'`;
    assert.deepEqual((await runOn(direct, (client) => client.query(locks))).rows, []);
  });

  test('timeouts are in force within each transaction, and stay with it', async () => {
    const database = await openDatabase();
    const listExpected = (statementMs: number) => [
      'UTC',
      String(LIMITS.statementTimeoutMs),
      String(LIMITS.lockTimeoutMs),
      String(statementMs),
    ];
    const expected = listExpected(LIMITS.writeMaxMs);
    assert.deepEqual(settingsOf(await database.run(SETTINGS, [])), expected);
    const within = await database.transaction((tx) => tx.run(SETTINGS, []));
    assert.deepEqual(settingsOf(within), expected);
    const reading = settingsOf(await database.read((tx) => tx.run(SETTINGS, [])));
    assert.deepEqual(reading, listExpected(LIMITS.statementTimeoutMs));
    const left = await askEverySession(
      `select setting from pg_settings where name = 'lock_timeout'`,
    );
    assert.deepEqual(settingsOf(left), ['0', '0']);
  });

  test('many transactions over few sessions: each is committed, or rolled back whole', async () => {
    const { direct } = await useTrial();
    await runOn(direct, (client) => client.query(CREATE));
    const database = await openDatabase();
    const runs = Array.from({ length: 200 }, (_, index) =>
      database.transaction(async (tx) => {
        await tx.run(INSERT, [index]);
        tx.post(INSERT, [index + 1_000]);
        if (index % 10 === 0) throw new Error('thrown in the middle');
        return index;
      }),
    );
    const ended = await Promise.allSettled(runs);
    assert.equal(ended.filter(({ status }) => status === 'fulfilled').length, 180);
    const [row] = await database.read((tx) => tx.run(COUNT, []));
    assert.equal(row?.['count'], 2 * 180);
  });

  test('nothing of ours stays behind with the sessions of the pooler', async () => {
    const database = await openDatabase();
    await Promise.all(
      Array.from({ length: 20 }, () => database.transaction((tx) => tx.run(COUNT, []))),
    );
    assert.deepEqual(await askEverySession('select name from pg_prepared_statements'), []);
    assert.deepEqual(await askEverySession('select pg_listening_channels() as channel'), []);
  });

  test('hints pass from a pooled connection to a direct one', async () => {
    const { direct } = await useTrial();
    const hints: string[] = [];
    const onHint = (hint: string) => hints.push(hint);
    const listener = createListener({ connection: direct, log, onHint });
    ends.push(listener.stop);
    await listener.runConnectOnce();
    const before = hints.length;
    await sendHint(await openDatabase(), 'tocsin_config');
    await until(() => hints.length > before, { what: 'the hint is heard' });
    assert.equal(hints.at(-1), 'tocsin_config');
  });

  test('a listener behind a pooler says once that it hears nothing', async () => {
    const { pooler, direct } = await useTrial();
    const heard = createRecordingLog();
    const listener = createListener({
      connection: pooler.connection,
      log: heard,
      onHint: () => assert.fail('nothing is heard here'),
    });
    for (let beat = 0; beat < 3; beat += 1) await listener.runConnectOnce();
    const warnings = heard.lines.filter(({ level }) => level === 'warn');
    assert.equal(warnings.length, 1);
    assert.match(warnings[0]?.message ?? '', /TOCSIN_DATABASE_DIRECT_URL/);
    await sendHint(createDirect(direct), 'tocsin_work');
    assert.deepEqual(await askEverySession('select pg_listening_channels() as channel'), []);
  });

  test('a listener that cannot listen does not pass for one that can', async () => {
    const { direct } = await useTrial();
    const hints: string[] = [];
    const listener = createListener({
      connection: direct,
      log,
      onHint: (hint) => hints.push(hint),
    });
    ends.push(listener.stop);
    const wrong = createListener({
      connection: { ...direct, password: 'wrong' },
      log,
      onHint: () => assert.fail('nobody listens'),
    });
    await assert.rejects(wrong.runConnectOnce());
    await assert.rejects(wrong.runConnectOnce(), 'it tries again');
    await listener.runConnectOnce();
    assert.deepEqual(hints, ['tocsin_work', 'tocsin_config'], 'what was hinted meanwhile');
    await runOn(direct, (client) =>
      client.query(`select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'tocsin-listener' and datname = current_database()`),
    );
    const isBack = async () => {
      await listener.runConnectOnce();
      return hints.length === 4;
    };
    await until(isBack, { what: 'it listens again' });
  });
});

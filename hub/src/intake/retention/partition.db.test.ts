import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { formatInstant, type Instant, plusMs } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import { type Database, errorCode, type Row } from '#platform/postgres/postgres.ts';
import { createManualClock } from '#test/support/clock.ts';
import { createTestDatabase, type TestDatabase } from '#test/support/database.ts';
import { createSeededIds } from '#test/support/ids.ts';
import { runOn } from '#test/support/server.ts';
import { runPartitionsOnce } from './partition.runner.ts';
import { planPartitions } from './partition.ts';

const NOW = '2026-11-22T12:00:00.000Z';
const SOURCE_ID = '0190a000-0000-7000-8000-000000000001';

describe('the partitions of event', () => {
  let db: TestDatabase;
  let database: Database;
  const clock = createManualClock(NOW);
  const ids = createSeededIds();

  before(async () => {
    db = await createTestDatabase();
    database = db.database;
  });
  after(() => db.drop());
  beforeEach(() => clock.advanceMs(LIMITS.partitionSpanMs * (LIMITS.partitionsAheadMax + 2)));

  async function query(text: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
    return runOn(
      db.connection,
      async (client) => (await client.query<Row>(text, [...values])).rows,
    );
  }

  async function addEvent(at: Instant): Promise<string> {
    const id = ids.next(at);
    await query(
      `insert into event (project_id, event_id, source_id, channel_type, stage, labels,
         annotations, has_redacted_content, redaction_version, source_ref_count, is_duplicate,
         synthetic, received_at)
       values ('default', $1, $2, 'native', 'received', '{}', '{}', false, '1', 0, false,
         false, $3)`,
      [id, SOURCE_ID, formatInstant(at)],
    );
    return id;
  }

  async function findHome(id: string): Promise<string> {
    const rows = await query(
      'select tableoid::regclass::text as home from event where event_id = $1',
      [id],
    );
    assert.equal(rows.length, 1);
    return String(rows[0]?.['home']);
  }

  test('are made for now and ahead, and a second beat changes nothing', async () => {
    const wanted = planPartitions(clock.now()).map(({ name }) => name);
    assert.deepEqual((await runPartitionsOnce(database, clock)).created, wanted);
    const again = await runPartitionsOnce(database, clock);
    assert.deepEqual(again, { created: [], leftInRest: [] });
    clock.advanceMs(LIMITS.partitionSpanMs);
    assert.equal((await runPartitionsOnce(database, clock)).created.length, 1);
  });

  test('take the events of their weeks, the last moment and the first', async () => {
    await runPartitionsOnce(database, clock);
    const [current, next] = planPartitions(clock.now());
    assert.ok(current !== undefined && next !== undefined);
    assert.equal(await findHome(await addEvent(plusMs(next.startsAt, -1))), current.name);
    assert.equal(await findHome(await addEvent(next.startsAt)), next.name);
  });

  test('keep an id unique and have the rules of event', async () => {
    await runPartitionsOnce(database, clock);
    const id = await addEvent(clock.now());
    const copy = `insert into event select * from event where event_id = $1`;
    await assert.rejects(query(copy, [id]), (error) => errorCode(error) === '23505');
    const spoil = `update event set stage = 'lost' where event_id = $1`;
    await assert.rejects(query(spoil, [id]), (error) => errorCode(error) === '23514');
  });

  test('take over events that came before them', async () => {
    const [current, next] = planPartitions(clock.now());
    assert.ok(current !== undefined && next !== undefined);
    const early = await addEvent(current.startsAt);
    const late = await addEvent(plusMs(current.endsAt, -1));
    const other = await addEvent(next.startsAt);
    assert.equal(await findHome(early), 'event_rest');
    await runPartitionsOnce(database, clock);
    assert.equal(await findHome(early), current.name);
    assert.equal(await findHome(late), current.name);
    assert.equal(await findHome(other), next.name);
    assert.deepEqual(await query('select from event_rest'), []);
  });

  test('leave more events than may be moved where they are', async () => {
    const [current, ...others] = planPartitions(clock.now());
    const home = await Promise.all([0, 1, 2].map((ms) => addEvent(plusMs(clock.now(), ms))));
    const kept = await runPartitionsOnce(database, clock, 2);
    assert.deepEqual(kept.leftInRest, [current?.name]);
    assert.deepEqual(
      kept.created,
      others.map(({ name }) => name),
    );
    assert.equal(await findHome(home[0] ?? ''), 'event_rest');
    const { created } = await runPartitionsOnce(database, clock, 3);
    assert.deepEqual(created, [current?.name]);
  });

  test('are made once by several nodes at the same time', async () => {
    const wanted = planPartitions(clock.now()).map(({ name }) => name);
    const beats = await Promise.all(
      Array.from({ length: 4 }, () => runPartitionsOnce(database, clock)),
    );
    assert.deepEqual(beats.flatMap(({ created }) => created).toSorted(), wanted);
  });

  test('do not make intake wait: others read and write event while one is attached', async () => {
    await runPartitionsOnce(database, clock);
    clock.advanceMs(LIMITS.partitionSpanMs);
    const [current] = planPartitions(clock.now());
    await runOn(db.connection, async (busy) => {
      // A flush that is under way: it has locked event and the current partition.
      await busy.query('begin; lock table only event in row exclusive mode');
      await busy.query(`lock table ${current?.name} in row exclusive mode`);
      assert.equal((await runPartitionsOnce(database, clock)).created.length, 1);
      await busy.query('rollback');
    });
  });

  test('give up in time when event_rest is in use, and are made by the next beat', async () => {
    await runOn(db.connection, async (reader) => {
      await reader.query('begin; select from event_rest limit 1');
      const refused = runPartitionsOnce(database, clock);
      await assert.rejects(refused, (error) => errorCode(error) === '55P03');
      await reader.query('rollback');
    });
    const wanted = planPartitions(clock.now()).map(({ name }) => name);
    assert.deepEqual((await runPartitionsOnce(database, clock)).created, wanted);
  });

  test('are pruned when an id is looked up', async () => {
    await runPartitionsOnce(database, clock);
    const id = await addEvent(clock.now());
    const rows = await query(
      `explain select title from event where project_id = 'default' and event_id = '${id}'`,
    );
    const plan = rows.map((row) => String(row['QUERY PLAN'])).join('\n');
    const [current] = planPartitions(clock.now());
    assert.match(plan, new RegExp(String(current?.name)));
    assert.doesNotMatch(plan, /event_rest|Append/);
  });
});

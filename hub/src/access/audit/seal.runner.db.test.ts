/** Rows are sealed in batches, by one at a time, and what was sealed is told outside. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { instant, plusMs } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { AuditHeadsFile, HeadLine } from '#platform/audit-heads-file.ts';
import { createManualClock } from '#test/support/clock.ts';
import { createTestDatabase, type TestDatabase } from '#test/support/database.ts';
import { createRecordingLog } from '#test/support/log.ts';
import { runOn } from '#test/support/server.ts';
import { KEYS } from './chain.fixture.ts';
import { findHead, listChains, listSealed, measureUnsealed } from './chain.store.ts';
import { isAuthentic } from './chain.ts';
import { createSealer } from './seal.runner.ts';
import { projectId } from '#kernel/id.ts';

const ONE = projectId('one');
const TWO = projectId('two');

describe('the sealer', () => {
  let db: TestDatabase;
  const clock = createManualClock();

  before(async () => {
    db = await createTestDatabase();
  });
  after(() => db.drop());
  beforeEach(async () => {
    await sql('alter table audit disable trigger user');
    await sql('truncate audit, audit_head');
    await sql('alter table audit enable trigger user');
  });

  const sql = (text: string) => runOn(db.connection, (client) => client.query(text));

  /** Rows whose order is that of their numbers. */
  const add = (project: string, from: number, to: number) =>
    sql(`insert into audit (project_id, audit_id, at, principal_id, principal_name, auth_method,
           role, action, object_kind, object_id, before)
         select '${project}', gen_random_uuid(), '2026-01-01T00:00:00Z'::timestamptz
             + n * interval '1 ms', 'a', 'A', 'api_key', 'admin', 'x.y', 'x', n::text,
             '{"b": 1,  "a":2.0}'
           from generate_series(${from}, ${to}) n`);

  function createTested(file: AuditHeadsFile | null = null) {
    const log = createRecordingLog();
    const waits: number[] = [];
    const onSealed = (waitedMs: number) => void waits.push(waitedMs);
    const deps = { database: db.database, clock, log, keys: KEYS, file, onSealed };
    return { sealer: createSealer(deps), log, waits };
  }

  const all = (project: typeof ONE) =>
    listSealed(db.database, project, { after: null, max: 10_000 });

  test('more rows than one transaction takes are sealed by the next ones, in order', async () => {
    const { sealer, waits } = createTested();
    const count = LIMITS.auditSealBatchMax + 20;
    await add(ONE, 1, count);
    assert.equal(await sealer.runOnce(), LIMITS.auditSealBatchMax);
    assert.equal(await sealer.runOnce(), 20);
    assert.equal(await sealer.runOnce(), 0);
    const rows = await all(ONE);
    assert.deepEqual(
      rows.map(({ seq, columns }) => [seq, columns[6]]),
      Array.from({ length: count }, (_, index) => [index + 1, String(index + 1)]),
    );
    assert.ok(rows.every((row) => isAuthentic(row, row.seq, KEYS)));
    assert.equal(waits.length, count);
  });

  test('each project has its own numbers, and its own head', async () => {
    const { sealer } = createTested();
    await add(ONE, 1, 3);
    await add(TWO, 1, 2);
    await sealer.runOnce();
    assert.deepEqual(
      (await all(ONE)).map(({ seq }) => seq),
      [1, 2, 3],
    );
    assert.deepEqual(
      (await all(TWO)).map(({ seq }) => seq),
      [1, 2],
    );
    assert.equal((await findHead(db.database, ONE))?.seq, 3);
    assert.deepEqual(await listChains(db.database), [ONE, TWO]);
    assert.equal(await findHead(db.database, projectId('none')), null);
  });

  test('pages go on where the one before has ended', async () => {
    const { sealer } = createTested();
    await add(ONE, 1, 5);
    await sealer.runOnce();
    const first = await listSealed(db.database, ONE, { after: null, max: 2 });
    const next = await listSealed(db.database, ONE, { after: first.at(-1) ?? null, max: 9 });
    assert.deepEqual([...first, ...next], await all(ONE));
  });

  test('while another node seals, this one does nothing', async () => {
    const { sealer } = createTested();
    await add(ONE, 1, 1);
    await runOn(db.connection, async (other) => {
      await other.query('begin');
      await other.query('select pg_advisory_xact_lock(7304158221)');
      assert.equal(await sealer.runOnce(), 0);
      await other.query('commit');
    });
    assert.equal(await sealer.runOnce(), 1);
  });

  test('what waits is counted, and since when', async () => {
    await add(ONE, 1, 4);
    await add(TWO, 9, 9);
    const start = instant(Date.UTC(2026, 0, 1));
    const measure = (projects: readonly (typeof ONE)[] | null, max = 100) =>
      measureUnsealed(db.database, projects, max);
    assert.deepEqual(await measure(null), { count: 5, oldestAt: plusMs(start, 1) });
    assert.deepEqual(await measure(null, 3), { count: 3, oldestAt: plusMs(start, 1) });
    assert.deepEqual(await measure([TWO]), { count: 1, oldestAt: plusMs(start, 9) });
    await createTested().sealer.runOnce();
    assert.deepEqual(await measure(null), { count: 0, oldestAt: null });
  });

  test('heads are told once, by every node, and again when no file could be written', async () => {
    const told: HeadLine[] = [];
    let isFull = true;
    const file: AuditHeadsFile = {
      read: async () => [],
      append: async (lines) => {
        if (isFull) throw new Error('no space left on device');
        told.push(...lines);
      },
    };
    const { sealer, log } = createTested(file);
    const other = createTested();
    await add(ONE, 1, 2);
    await assert.rejects(sealer.runOnce(), /no space left/);
    isFull = false;
    await sealer.runOnce();
    await sealer.runOnce();
    assert.deepEqual(
      told.map(({ project_id: id, seq }) => [id, seq]),
      [[ONE, 2]],
    );
    assert.equal(log.lines.filter(({ message }) => message === 'audit head').length, 2);
    await other.sealer.runOnce();
    assert.equal(other.log.lines.length, 1, 'also by the node that did not seal');
  });

  test('a chain that is not the one that was told of is an error, after a start too', async () => {
    const kept: HeadLine[] = [
      { at: '', project_id: ONE, seq: 2, mac: 'ab'.repeat(32) },
      { at: '', project_id: TWO, seq: 9, mac: 'ab'.repeat(32) },
    ];
    const file: AuditHeadsFile = { read: async () => kept, append: async () => undefined };
    const { sealer, log } = createTested(file);
    await add(ONE, 1, 3);
    await add(TWO, 1, 3);
    await sealer.runOnce();
    const errors = log.lines.filter(({ level }) => level === 'error');
    assert.deepEqual(
      errors.map(({ fields }) => fields),
      [
        { project_id: ONE, told: 2, is: 3 },
        { project_id: TWO, told: 9, is: 3 },
      ],
    );
    await sealer.runOnce();
    assert.equal(log.lines.filter(({ level }) => level === 'error').length, 2, 'once');
  });

  test('after a head that was lost or set back no number is given twice', async () => {
    const { sealer, log } = createTested();
    await add(ONE, 1, 3);
    await sealer.runOnce();
    for (const damage of ['delete from audit_head', 'update audit_head set seq = 1']) {
      await sql(damage);
      await add(ONE, 4, 4);
      assert.equal(await sealer.runOnce(), 1);
    }
    assert.deepEqual(
      (await all(ONE)).map(({ seq }) => seq),
      [1, 2, 3, 4, 5],
    );
    const [error] = log.lines.filter(({ level }) => level === 'error');
    assert.deepEqual(error?.fields, { project_id: ONE, head: null, last_row: 3 });
  });
});

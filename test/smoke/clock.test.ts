/**
 * Nodes whose machines do not agree about the time. The processes are real; what their machines
 * say is changed by a preload, and what the database says by a function that hides its own.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type JsonObject, isJsonObject } from '#kernel/syntax/json.ts';
import { isSuccess, readText } from '#test/crash/http.ts';
import { type Fleet, startFleet } from '#test/support/processes/fleet.ts';
import type { HubProcess } from '#test/support/processes/hub-process.ts';
import { until } from '#test/support/until.ts';

/** The clock of the machine: off by so much, and by a day more after SIGUSR2. */
function wrongBy(offsetMs: number): Readonly<Record<string, string>> {
  const preload = `const now = Date.now; let by = ${offsetMs};
    Date.now = () => now() + by; process.on('SIGUSR2', () => { by += 86400000; });`;
  return { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(preload)}` };
}

const HOUR_MS = 3_600_000;

const POLICY = {
  name: 'seconds',
  is_default: true,
  steps: [{ delay_s: 1, label: 'First', priority: 'high' }],
  repeat_every_s: null,
  min_interval_s: 0,
};

async function readOffsetS(fleet: Fleet, node: HubProcess): Promise<number> {
  const response = await fetch(`${node.url}/metrics`, { headers: fleet.headers });
  return Number(/^tocsin_clock_offset_seconds (\S+)$/m.exec(await response.text())?.[1]);
}

async function listReasons(fleet: Fleet, node: HubProcess): Promise<readonly unknown[]> {
  const { reasons } = (await fleet.ask(node, 'GET /readyz')).body;
  return Array.isArray(reasons) ? reasons.filter(isJsonObject).map(({ code }) => code) : [];
}

/** By the clock of the database, to see whether an alert says the same. */
async function isNow(fleet: Fleet, alertId: string): Promise<boolean> {
  const [row] = await fleet.query(
    `select abs(extract(epoch from clock_timestamp() - created_at)) < 60 as is_now
       from alert where alert_id = $1`,
    [alertId],
  );
  return row?.['is_now'] === true;
}

test('machines with wrong clocks work together by the clock of the database', async (t) => {
  const fleet = await startFleet(t);
  const [ahead, behind] = await Promise.all([
    fleet.start('ahead', { roles: 'api,worker', env: wrongBy(HOUR_MS) }),
    fleet.start('behind', { roles: 'api,worker', env: wrongBy(-24 * HOUR_MS) }),
  ]);
  await fleet.tell(ahead, '/ops');
  assert.ok(isSuccess(await fleet.ask(ahead, 'POST /api/v1/policies', POLICY)));
  const raiseAll = async (): Promise<void> => {
    const ids = [await fleet.raise(ahead), await fleet.raise(behind), await fleet.raise(ahead)];
    for (const id of ids) assert.ok(await isNow(fleet, id));
    const listLabels = (id: string) =>
      fleet.receiver
        .received()
        .filter(({ text }) => text.includes(id))
        .map(({ data }: { data: JsonObject }) => data['label']);
    const areReminded = () => ids.every((id) => listLabels(id).length === 2);
    await until(areReminded, { what: 'all were called and reminded' });
    for (const id of ids) assert.deepEqual(listLabels(id), [null, 'First']);
  };
  await raiseAll();
  await fleet.awaitRenewals(ahead, 1);
  assert.equal(Math.round(await readOffsetS(fleet, ahead)), 3_600);
  assert.equal(Math.round(await readOffsetS(fleet, behind)), -24 * 3_600);

  // The clock of one machine is set while it runs.
  behind.signal('SIGUSR2');
  await fleet.awaitRenewals(behind, 2);
  assert.ok(Math.abs(await readOffsetS(fleet, behind)) < 60);
  for (const node of [ahead, behind]) {
    assert.deepEqual(await listReasons(fleet, node), []);
    assert.equal((await fleet.nodeOf(node))['epoch'], '1', 'no lease was lost');
    assert.doesNotMatch(node.readLog(), /the clock does not fit/);
  }
  await raiseAll();
});

/** From now on the database's clock goes at the given rate. */
async function runDatabaseClock(fleet: Fleet, rate: number): Promise<void> {
  await fleet.query(`
    create or replace function public.clock_timestamp() returns timestamptz language sql volatile
    return pg_catalog.clock_timestamp()
      + ${rate - 1} * (pg_catalog.clock_timestamp() - '${new Date().toISOString()}'::timestamptz)`);
}

test('a node whose clock runs away from the database claims nothing until it fits', async (t) => {
  const fleet = await startFleet(t);
  await runDatabaseClock(fleet, 1);
  const [row = {}] = await fleet.query('select current_database() as name');
  await fleet.query(`alter database ${readText(row, 'name')} set search_path = public, pg_catalog`);
  const node = await fleet.start('node', { roles: 'api,worker' });
  await fleet.tell(node, '/ops');
  const first = await fleet.raise(node);
  await until(() => fleet.called().includes(first), { what: 'all is well at first' });

  await runDatabaseClock(fleet, 2);
  const isTold = async () => (await listReasons(fleet, node)).includes('clock_offset');
  await until(isTold, { what: 'readiness says that the clock is off' });
  const ready = await fleet.ask(node, 'GET /readyz');
  assert.deepEqual([ready.status, readText(ready.body, 'status')], [503, 'not_ready']);
  const later = await fleet.raise(node);
  await fleet.awaitRenewals(node, 2);
  assert.ok(!fleet.called().includes(later), 'it is stored, and not called by this node');
  assert.match(node.readLog(), /the clock does not fit the database/);

  await runDatabaseClock(fleet, 1);
  await until(() => fleet.called().includes(later), { what: 'it claims again' });
  const isReady = async () => (await listReasons(fleet, node)).length === 0;
  await until(isReady, { what: 'and is ready' });
});

/**
 * One process for requests, two that work, over one database: the work is shared, and what a
 * worker leaves behind, dead or stopped, the other takes over. Real processes and real signals;
 * the same with a moved clock, and more of it, is in nodes.test.ts.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import pg from 'pg';
import { LIMITS } from '#kernel/limits.ts';
import type { JsonObject } from '#kernel/syntax/json.ts';
import { toClientConfig } from '#platform/postgres/postgres.ts';
import { isSuccess } from '#test/crash/http.ts';
import { type Fleet, startFleet } from '#test/support/processes/fleet.ts';
import type { HubProcess } from '#test/support/processes/hub-process.ts';
import { until } from '#test/support/until.ts';

const TAKE_OVER_MS_MAX = 10_000;

const POLICY = {
  name: 'seconds',
  is_default: true,
  steps: [{ delay_s: 2, label: 'First', priority: 'high' }],
  repeat_every_s: null,
  min_interval_s: 0,
};

type Night = {
  readonly fleet: Fleet;
  readonly api: HubProcess;
  readonly workers: readonly [HubProcess, HubProcess];
};

async function startNight(t: TestContext): Promise<Night> {
  const fleet = await startFleet(t, { isErrorExpected: false });
  const [api, ...workers] = await Promise.all([
    fleet.start('api', { roles: 'api' }),
    fleet.start('one', { roles: 'worker' }),
    fleet.start('two', { roles: 'worker' }),
  ]);
  await fleet.tell(api, '/ops');
  assert.ok(isSuccess(await fleet.ask(api, 'POST /api/v1/policies', POLICY)));
  return { fleet, api, workers };
}

/** More than one worker may send at once on one channel, so both have some on their way. */
const ALERTS = LIMITS.channelSlotsMax + 8;

/** All are on their way, and none has an answer. */
async function holdAll({ fleet, api }: Night): Promise<void> {
  fleet.receiver.answerAlways('/ops', 'hang');
  await Promise.all(Array.from({ length: ALERTS }, () => fleet.raise(api)));
  const areHeld = () => fleet.receiver.heldCount() === ALERTS;
  await until(areHeld, { what: 'every message is on its way' });
}

function answerAll({ fleet }: Night): void {
  fleet.receiver.answerAlways('/ops', 200);
  fleet.receiver.release();
}

/** What hangs on the lease of that node. */
async function countLeft(fleet: Fleet, nodeId: unknown): Promise<JsonObject> {
  const [row] = await fleet.query(
    `select (select count(*)::int from notification where lease_node = $1) as sends,
            (select count(*)::int from escalation where lease_node = $1) as due_rows`,
    [nodeId],
  );
  return row ?? {};
}

async function nodeIdOf({ fleet }: Night, worker: HubProcess): Promise<unknown> {
  return (await fleet.nodeOf(worker))['node_id'];
}

/** Due rows are claimed and cannot be decided as long as this lock is held. */
async function holdDecisions(t: TestContext, { fleet }: Night): Promise<() => Promise<void>> {
  const client = new pg.Client(toClientConfig(fleet.connection));
  client.on('error', () => undefined);
  await client.connect();
  t.after(() => client.end());
  await client.query('begin; lock table timeline in share mode');
  return async () => {
    await client.query('rollback');
  };
}

const LIST_SENDS = `
  select n.transition, n.status, n.is_possibly_duplicate, n.notification_id,
         array_agg(a.outcome order by a.attempt_no) as outcomes,
         (array_agg(a.node_id order by a.attempt_no))[1] as first_node
    from notification n
    join attempt a on a.project_id = n.project_id and a.notification_id = n.notification_id
   group by n.project_id, n.notification_id`;

async function awaitRounds({ fleet }: Night, rounds: number): Promise<readonly JsonObject[]> {
  const sql = `select count(*)::int as count from notification where status = 'sent'`;
  const areSent = async () => (await fleet.query(sql))[0]?.['count'] === rounds * ALERTS;
  await until(areSent, { what: `${rounds} rounds have been sent`, timeoutMs: 30_000 });
  return fleet.query(LIST_SENDS);
}

test('a worker killed in the middle of its work: the other has all of it soon', async (t) => {
  const night = await startNight(t);
  const { fleet, workers } = night;
  await holdAll(night);
  const letDecide = await holdDecisions(t, night);
  const findClaimer = async () =>
    (await fleet.query('select lease_node from escalation where lease_node is not null'))[0];
  const claimer = (await until(findClaimer, { what: 'a reminder is claimed' }))['lease_node'];
  const isFirst = (await nodeIdOf(night, workers[0])) === claimer;
  const victim = workers[isFirst ? 0 : 1];
  const left = await countLeft(fleet, claimer);
  assert.ok(Number(left['sends']) > 0 && Number(left['due_rows']) > 0, JSON.stringify(left));

  await victim.kill();
  await letDecide();
  const isTakenOver = async () => {
    const { sends, due_rows: dueRows } = await countLeft(fleet, claimer);
    return sends === 0 && dueRows === 0;
  };
  const what = 'nothing hangs on the lease of the dead';
  await until(isTakenOver, { what, timeoutMs: TAKE_OVER_MS_MAX });
  answerAll(night);
  const sends = await awaitRounds(night, 2);
  assert.equal(sends.length, 2 * ALERTS, 'one row for each alert and round');
  const again = sends.filter(({ first_node: node }) => node === claimer);
  assert.equal(again.length, left['sends']);
  for (const send of sends) {
    const isAgain = again.includes(send);
    const expected = isAgain ? ['ambiguous', 'accepted'] : ['accepted'];
    assert.deepEqual(send['outcomes'], expected, JSON.stringify(send));
    assert.equal(send['is_possibly_duplicate'], isAgain);
  }
  const arrived = fleet.receiver.received().map(({ webhookId }) => webhookId);
  assert.equal(arrived.length, 2 * ALERTS + again.length, 'copies only of what is marked');
  assert.equal(new Set(arrived).size, 2 * ALERTS, 'and under the same id');
});

test('a worker that is stopped ends what it has begun, and leaves nothing to doubt', async (t) => {
  const night = await startNight(t);
  const { fleet, api, workers } = night;
  await holdAll(night);
  const [victim] = workers;
  const nodeId = await nodeIdOf(night, victim);
  assert.ok(Number((await countLeft(fleet, nodeId))['sends']) > 0);

  const stopped = victim.stop();
  const isDone = async () => await fleet.query(`select 1 from escalation where round_count > 1`);
  await until(async () => (await isDone()).length === ALERTS, { what: 'the other works on' });
  // As long as something is on its way the lease is kept: else it would pass for lost.
  await fleet.awaitRenewals(victim, 2);
  answerAll(night);
  assert.equal(await stopped, 0);
  const [row] = await fleet.query(
    'select expires_at <= clock_timestamp() as is_over from node where node_id = $1',
    [nodeId],
  );
  assert.equal(row?.['is_over'], true, 'its lease is given back, not left to run out');
  assert.deepEqual(await countLeft(fleet, nodeId), { sends: 0, due_rows: 0 });
  const sends = await awaitRounds(night, 2);
  for (const { outcomes } of sends) assert.deepEqual(outcomes, ['accepted']);
  const id = await fleet.raise(api);
  await until(() => fleet.called().includes(id), { what: 'the next alert is called' });
});

import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { LIMITS } from '#kernel/limits.ts';
import { startTestHub, type TestHub } from '#test/support/hub.ts';

async function raiseMany(hub: TestHub, count: number): Promise<void> {
  const events = Array.from({ length: count }, (_, index) => ({
    title: `Fall ${index}`,
    alert_id: `fall-${index}`,
  }));
  const answer = await hub.call('POST /api/v1/events', { events });
  assert.equal(answer.status, 202, answer.text);
}

async function countRows(hub: TestHub, sql: string): Promise<number> {
  const [row] = await hub.query(`select count(*)::int as count from ${sql}`);
  return Number(row?.['count']);
}

const SKIPPED = `notification where status = 'skipped' and reason = 'channel_inactive'`;

test('many calls on a channel made inactive are skipped by the batch, and all told', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  const channel = await hub.tell('/ops');
  const count = LIMITS.claimBatchMax + 1;
  await raiseMany(hub, count);
  const patched = await hub.call(
    `PATCH /api/v1/channels/${channel}`,
    { is_active: false },
    { headers: { 'if-match': '1' } },
  );
  assert.equal(patched.status, 200, patched.text);
  const { delivery } = hub.node.hub;
  const first = await delivery.runOnce();
  assert.equal(await countRows(hub, SKIPPED), LIMITS.claimBatchMax);
  assert.equal(first.nextDueAt, hub.clock.now(), 'the rest is due at once');
  const second = await delivery.runOnce();
  assert.equal(await countRows(hub, SKIPPED), count);
  assert.equal(second.nextDueAt, null);
  assert.equal(await countRows(hub, 'escalation where called_count = 0'), count);
  assert.equal(await countRows(hub, `timeline where detail like 'Nobody is called%'`), count);
  const metrics = await hub.call('GET /metrics');
  assert.match(metrics.text, new RegExp(`nobody\\S*total\\S* ${count}\\n`));
});

/** One alert whose only message the receiver refuses for good. */
async function loseRound(t: TestContext, administrators: readonly string[]): Promise<TestHub> {
  const hub = await startTestHub(t);
  const boss = administrators.map((path) => ({
    channel_type: 'webhook',
    address: hub.receiver.url(path),
  }));
  const project = await hub.call('GET /api/v1/projects/default');
  const patched = await hub.call(
    'PATCH /api/v1/projects/default',
    { administrators: boss },
    { headers: { 'if-match': JSON.stringify(project.at('version')) } },
  );
  assert.equal(patched.status, 200, patched.text);
  hub.receiver.answerAlways('/ops', 410);
  await hub.raise({ alert_id: 'fall' });
  return hub;
}

test('a lost round that a crash kept from being told is found, and told once', async (t) => {
  const hub = await loseRound(t, ['/boss']);
  await hub.settle();
  assert.equal(hub.receiver.received('/boss').length, 1);
  // As if whoever ended the message had died before telling.
  await hub.query('update escalation set called_count = 1');
  await hub.query(`delete from notification where transition like 'lost:%'`);
  await hub.node.hub.runLostRoundsOnce();
  await hub.settle();
  assert.equal(hub.receiver.received('/boss').length, 2);
  await hub.node.hub.runLostRoundsOnce();
  await hub.settle();
  assert.equal(hub.receiver.received('/boss').length, 2);
});

test('the news of an expiry that nobody gets is told to the administrators', async (t) => {
  const hub = await loseRound(t, ['/boss']);
  hub.receiver.answerAlways('/ops', 200);
  await hub.settle();
  const before = hub.receiver.received('/boss').length;
  hub.receiver.answerAlways('/ops', 410);
  await hub.call('POST /api/v1/alerts/fall/status', { status: 'EXPIRED' });
  await hub.settle();
  const told = hub.receiver.received('/boss').slice(before);
  assert.deepEqual(
    told.map(({ body }) => body['event']),
    ['alert.expired'],
  );
});

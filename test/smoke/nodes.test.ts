/** Several nodes on one database: work is shared, a dead node's work is taken over. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestHub, type TestHub } from '#test/support/hub.ts';
import { listItems } from '#test/support/hub/calls.ts';
import { until } from '#test/support/until.ts';

/** The message of this alert is on its way, sent by the first node, and has no answer. */
async function hangFirst(hub: TestHub): Promise<string> {
  hub.receiver.answerNext('/ops', 'hang');
  const id = await hub.raise({ severity: 'critical' });
  await hub.node.hub.delivery.runOnce();
  await until(() => hub.receiver.heldCount() === 1, { what: 'the message is on its way' });
  return id;
}

const listOutcomes = async (hub: TestHub) =>
  (await hub.query('select outcome from attempt order by attempt_no')).map(
    ({ outcome }) => outcome,
  );

test('a node dies with a message on its way: another sends it again, with its id', async (t) => {
  const hub = await startTestHub(t);
  const other = await hub.addNode();
  const id = await hangFirst(hub);
  await hub.node.kill();
  await hub.advance({ seconds: 5 });
  assert.equal(hub.receiver.received().length, 1, 'its lease may still be alive');
  await hub.advance({ seconds: 10 });
  const [first, again, ...more] = hub.receiver.received();
  assert.equal(more.length, 0);
  assert.equal(again?.webhookId, first?.webhookId);
  assert.deepEqual(await listOutcomes(hub), ['ambiguous', 'accepted']);
  const path = `GET /api/v1/alerts/${id}/notifications`;
  const [row] = listItems(await hub.call(path, undefined, { node: other }));
  assert.deepEqual([row?.['status'], row?.['is_possibly_duplicate']], ['sent', true]);
});

test('a node that was only slow comes too late: what the other recorded stands', async (t) => {
  const hub = await startTestHub(t);
  const other = await hub.addNode();
  await hangFirst(hub);
  // The first node stands still for longer than its lease.
  hub.clock.advanceMs(7_000);
  await other.hub.nodeLease.runRenewalOnce();
  assert.equal(await other.hub.delivery.runLostOnce(), 1);
  await other.hub.delivery.idle();
  assert.deepEqual(await listOutcomes(hub), ['ambiguous']);
  hub.receiver.release();
  await hub.node.hub.delivery.idle();
  assert.deepEqual(await listOutcomes(hub), ['ambiguous']);
  const { text } = await hub.call('GET /metrics');
  assert.match(text, /^tocsin_delivery_lost_lease_total 1$/m);
});

test('an alarm whose node died before it called anybody is told by another', async (t) => {
  const hub = await startTestHub(t);
  await hub.addNode();
  await hub.raise();
  await hub.node.kill();
  await hub.settle();
  assert.equal(hub.receiver.received().length, 1);
});

test('the only node dies, another starts later: it goes on where the first stopped', async (t) => {
  const hub = await startTestHub(t);
  const id = await hub.raise();
  await hub.advance({ minutes: 3 });
  await hub.node.kill();
  hub.clock.advanceMs(60_000);
  const node = await hub.addNode();
  await hub.advance({ minutes: 2 });
  const labels = hub.receiver.received().map(({ data }) => data['label']);
  assert.deepEqual(labels, [null, 'Reminder 1', 'Reminder 2']);
  const alert = await hub.call(`GET /api/v1/alerts/${id}`, undefined, { node });
  assert.deepEqual([alert.at('status'), alert.at('notification_count')], ['PENDING', 3]);
});

test('a node dies between claiming a reminder and deciding it: another reminds', async (t) => {
  const hub = await startTestHub(t);
  await hub.addNode();
  await hub.raise();
  await hub.settle();
  const lease = hub.node.hub.nodeLease.current();
  await hub.query(`update escalation set lease_node = $1, lease_epoch = $2, claim_count = 1`, [
    lease?.nodeId,
    lease?.epoch,
  ]);
  await hub.node.kill();
  await hub.advance({ minutes: 2, seconds: 10 });
  const labels = hub.receiver.received().map(({ data }) => data['label']);
  assert.deepEqual(labels, [null, 'Reminder 1']);
});

test('two nodes at the same work: no message goes out twice', async (t) => {
  const hub = await startTestHub(t);
  const other = await hub.addNode();
  const count = 60;
  const raised = Array.from({ length: count }, (_, index) =>
    hub.raise({ title: `Alarm ${index}` }, index % 2 === 0 ? {} : { node: other }),
  );
  await Promise.all(raised);
  await hub.advance({ minutes: 5 });
  const ids = hub.receiver.received().map(({ webhookId }) => webhookId);
  assert.equal(ids.length, 3 * count, 'at once, after 2 and after 5 minutes');
  assert.equal(new Set(ids).size, ids.length);
  const [row] = await hub.query(
    `select count(*)::int as attempts, count(distinct node_id)::int as nodes from attempt`,
  );
  assert.equal(row?.['attempts'], 3 * count);
});

test('one problem reported to two nodes at one moment is one alert', async (t) => {
  const hub = await startTestHub(t);
  const other = await hub.addNode();
  const body = [{ labels: { alertname: 'DiskFull' } }];
  const answers = await Promise.all(
    [hub.node, other, hub.node, other].map((node) =>
      hub.call('POST /api/v2/alerts', body, { node }),
    ),
  );
  assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
  const [row] = await hub.query('select count(*)::int as count from alert');
  assert.equal(row?.['count'], 1);
  await hub.settle();
  assert.equal(hub.receiver.received().length, 1);
});

test('what is configured on one node is known to the other within a second', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  const other = await hub.addNode();
  await hub.raise({ title: 'before' }, { node: other });
  await hub.tell('/late');
  await hub.advance({ seconds: 1 });
  await hub.raise({ title: 'after' }, { node: other });
  await hub.settle();
  assert.equal(hub.receiver.received('/late').length, 1);
});

test('a due row that breaks its decision is tried alone, and told of', async (t) => {
  const hub = await startTestHub(t, { isErrorExpected: true });
  await hub.raise({ alert_id: 'poison' });
  for (const name of ['one', 'two', 'three']) await hub.raise({ alert_id: name });
  await hub.settle();
  await hub.query(`update escalation set snapshot_id = 'gone' where alert_id = 'poison'`);
  await hub.advance({ minutes: 2, seconds: 10 });
  const reminded = hub.receiver
    .received()
    .filter(({ data }) => data['label'] === 'Reminder 1')
    .map(({ text }) => /"alert_id":"(\w+)"/.exec(text)?.[1]);
  assert.deepEqual(new Set(reminded), new Set(['one', 'two', 'three']));
  assert.equal(reminded.length, 3);
  await hub.advance({ seconds: 90 });
  const rows = await hub.query('select alert_id from escalation where claim_count >= 3');
  assert.deepEqual(
    rows.map((row) => ({ ...row })),
    [{ alert_id: 'poison' }],
  );
  const ready = await hub.call('GET /readyz');
  assert.equal(ready.status, 200);
  assert.match(ready.text, /"set_aside"/);
  await hub.advance({ minutes: 4 });
  assert.equal(hub.receiver.received().length, 4 + 3 + 3);
});

test('a channel that a node has not heard of yet is called by it all the same', async (t) => {
  const hub = await startTestHub(t);
  const other = await hub.addNode();
  await hub.raise({}, { node: other });
  await hub.settle();
  await hub.tell('/late');
  await hub.raise();
  // No hint has come, and the second is not over.
  await other.hub.delivery.runOnce();
  await other.hub.delivery.idle();
  await hub.settle();
  assert.equal(hub.receiver.received('/late').length, 1);
});

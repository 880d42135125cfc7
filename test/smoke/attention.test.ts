/** What needs a person's eye is shown: a node without a lease, sources and channels removed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestHub } from '#test/support/hub.ts';
import { listItems, textOf } from '#test/support/hub/calls.ts';

test('a node that could not renew its lease is not ready until it has a new one', async (t) => {
  const hub = await startTestHub(t);
  hub.clock.advanceMs(7_000);
  const lost = await hub.call('GET /readyz');
  assert.deepEqual([lost.status, lost.at('reasons.0.code')], [503, 'lease_lost']);
  await hub.settle();
  assert.equal((await hub.call('GET /readyz')).status, 200);
});

test('a source is removed: its token is refused at once, its alerts go on calling', async (t) => {
  const hub = await startTestHub(t);
  const made = await hub.call('POST /api/v1/sources', { name: 'box', kind: 'native' });
  const key = made.textAt('token');
  const id = await hub.raise({}, { key });
  assert.equal((await hub.call(`DELETE /api/v1/sources/${made.textAt('id')}`)).status, 204);
  const refused = await hub.call('POST /api/v1/alerts', { title: 'Fall' }, { key });
  assert.equal(refused.status, 401);
  await hub.advance({ minutes: 2 });
  const labels = hub.receiver.received().map(({ data }) => data['label']);
  assert.deepEqual(labels, [null, 'Reminder 1']);
  assert.equal((await hub.alert(id))['status'], 'PENDING');
});

test('a channel is removed while a message waits for it: the record says so', async (t) => {
  const hub = await startTestHub(t);
  hub.receiver.answerAlways('/ops', 500);
  const id = await hub.raise({ severity: 'critical' });
  await hub.settle();
  const [rule] = listItems(await hub.call('GET /api/v1/rules'));
  const [channel] = listItems(await hub.call('GET /api/v1/channels'));
  for (const path of [`rules/${textOf(rule?.['id'])}`, `channels/${textOf(channel?.['id'])}`]) {
    const removed = await hub.call(`DELETE /api/v1/${path}`);
    assert.equal(removed.status, 204, removed.text);
  }
  await hub.advance({ seconds: 10 });
  const [row] = listItems(await hub.call(`GET /api/v1/alerts/${id}/notifications`));
  assert.deepEqual([row?.['status'], row?.['reason']], ['failed', 'misconfigured']);
  assert.match(textOf(row?.['last_error']), /the channel has been removed/);
  assert.equal(hub.receiver.received().length, 1);
});

test('the watch on ourselves alarms once when work is overdue, and says its end', async (t) => {
  const hub = await startTestHub(t, { isErrorExpected: true });
  await hub.raise({ severity: 'critical' });
  await hub.settle();
  const watch = () => hub.node.hub.runSelfWatchOnce();
  const readGauge = async (name: string) => {
    const { text } = await hub.call('GET /metrics');
    return new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1];
  };
  await watch();
  assert.equal(await readGauge('tocsin_escalation_overdue_seconds'), '0');
  // No beat runs: the reminder of minute 2 waits for a worker that is not there.
  hub.clock.advanceMs(180_000);
  await watch();
  await watch();
  assert.equal(await readGauge('tocsin_escalation_overdue_seconds'), '60');
  const alarms = () =>
    hub.db.log.lines.filter(({ message }) => /overdue/.test(message)).map(({ level }) => level);
  assert.deepEqual(alarms(), ['error']);
  await hub.settle();
  await watch();
  assert.deepEqual(alarms(), ['error', 'info']);
  assert.equal(await readGauge('tocsin_escalation_overdue_seconds'), '0');
});

/** Heartbeats, events, looks and people at the same moment, on two nodes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS } from '#kernel/limits.ts';
import { startTestHub, type TestHub } from '#test/support/hub.ts';
import { listItems, textOf } from '#test/support/hub/calls.ts';
import type { TestNode } from '#test/support/hub/nodes.ts';

const ROUNDS = 8;

async function startTwo(t: Parameters<typeof startTestHub>[0]) {
  const hub = await startTestHub(t);
  const other = await hub.addNode();
  return { hub, nodes: [hub.node, other] as const };
}

const beat = (hub: TestHub, device_id: string, node: TestNode) =>
  hub.call('POST /api/ai/device/heartbeat', { device_id }, { node });

const lookOn = ({ hub }: TestNode) => hub.supervision.runSilenceOnce();

/** An alert is open for each device that is silent, and for no other. */
async function checkAgreement(hub: TestHub): Promise<void> {
  const silent = listItems(await hub.call('GET /api/v1/devices?status=silent&limit=500'));
  const open = listItems(await hub.call('GET /api/v1/alerts?status=open&limit=500'));
  const names = new Set(silent.map((one) => textOf(one['device_id'])));
  assert.deepEqual(new Set(open.map((one) => textOf(one['device_id']))), names);
  assert.equal(open.length, names.size);
}

test('a device speaks in the moment in which it is looked at: both are right', async (t) => {
  const { hub, nodes } = await startTwo(t);
  const names = ['a', 'b', 'c', 'd'];
  for (const name of names) await beat(hub, name, nodes[0]);
  for (let round = 0; round < ROUNDS; round += 1) {
    hub.clock.advanceMs(LIMITS.careSilentMs);
    for (const { hub: one } of nodes) await one.nodeLease.runRenewalOnce();
    const spoke = names.filter((_, index) => (round + index) % 2 === 0);
    const beats = spoke.map((name, index) => beat(hub, name, nodes[index % 2 === 0 ? 0 : 1]));
    const answers = await Promise.all([...beats, ...nodes.map(lookOn)]);
    assert.ok(answers.length > 0);
    await hub.settle();
    await checkAgreement(hub);
  }
  for (const name of names) await beat(hub, name, nodes[1]);
  await hub.settle();
  await checkAgreement(hub);
  assert.deepEqual((await hub.call('GET /api/v1/alerts?status=open')).at('items'), []);
});

test('heartbeats, alarms and changes of one box at once lose nothing of each other', async (t) => {
  const { hub, nodes } = await startTwo(t);
  await beat(hub, 'box', nodes[0]);
  const alarms = Array.from({ length: ROUNDS }, (_, index) =>
    hub.call('POST /api/v1/alerts', { title: `Fall ${index}`, device_id: 'box' }),
  );
  const beats = Array.from({ length: ROUNDS }, (_, index) =>
    beat(hub, 'box', nodes[index % 2 === 0 ? 0 : 1]),
  );
  const headers = { 'if-match': '1' };
  const change = hub.call('PATCH /api/v1/devices/box', { name: 'Ward 3' }, { headers });
  const answers = await Promise.all([...alarms, ...beats, change]);
  for (const { status, text } of answers) assert.ok(status === 200 || status === 201, text);
  const box = await hub.call('GET /api/v1/devices/box');
  assert.deepEqual([box.at('name'), box.at('version'), box.at('status')], ['Ward 3', 2, 'fresh']);
  const now = new Date(hub.clock.now()).toISOString();
  assert.deepEqual([box.at('last_event_at'), box.at('last_heartbeat_at')], [now, now]);
  assert.equal(await hub.countRows('alert'), ROUNDS);
});

test('a box is removed while it speaks: it is gone, or it is there; never half', async (t) => {
  const { hub, nodes } = await startTwo(t);
  const cameras = [
    { camera_id: 'one', fps: 5 },
    { camera_id: 'two', fps: 5 },
  ];
  const speak = (node: TestNode) =>
    hub.call('POST /api/ai/device/heartbeat', { device_id: 'box', cameras }, { node });
  await speak(nodes[0]);
  for (let round = 0; round < ROUNDS; round += 1) {
    const remove = hub.call('DELETE /api/v1/devices/box');
    const [removed, ...spoken] = await Promise.all([remove, speak(nodes[0]), speak(nodes[1])]);
    assert.ok([204, 404].includes(removed.status), removed.text);
    for (const { status, text } of spoken) assert.equal(status, 200, text);
    await speak(nodes[1]);
    assert.equal(await hub.countRows('device'), 3);
  }
});

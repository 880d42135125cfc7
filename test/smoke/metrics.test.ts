/** What a monitor reads: how many alerts are open, and which hub it is talking to. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestHub, type TestHub } from '#test/support/hub.ts';

async function readOpen(hub: TestHub): Promise<Readonly<Record<string, number>>> {
  await hub.node.hub.runSelfWatchOnce();
  const { text } = await hub.call('GET /metrics');
  const found = [...text.matchAll(/^tocsin_alerts_open\{status="(\w+)"\} (\d+)$/gm)];
  return Object.fromEntries(found.map(([, status = '', count]) => [status, Number(count)]));
}

test('open alerts are counted by status now and then, those that are over are not', async (t) => {
  const hub = await startTestHub(t);
  const none = { PENDING: 0, DELIVERED: 0, SEEN: 0, ACKNOWLEDGED: 0 };
  assert.deepEqual(await readOpen(hub), none);
  const first = await hub.raise();
  await hub.raise();
  const over = await hub.raise();
  await hub.acknowledge(first);
  await hub.call(`POST /api/v1/alerts/${over}/status`, { status: 'RESOLVED' });
  assert.deepEqual(await readOpen(hub), none, 'not before its time');
  await hub.advance({ seconds: 31 });
  assert.deepEqual(await readOpen(hub), { ...none, PENDING: 1, ACKNOWLEDGED: 1 });
  await hub.call(`POST /api/v1/alerts/${first}/status`, { status: 'RESOLVED' });
  await hub.advance({ seconds: 31 });
  assert.deepEqual(await readOpen(hub), { ...none, PENDING: 1 });
});

test('the version that runs is told', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  const { text } = await hub.call('GET /metrics');
  assert.match(text, /^tocsin_build_info\{version="[^"]+",node="24\./m);
});

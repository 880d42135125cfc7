/** The live stream: whoever listens knows what the list would say, without asking. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS } from '#kernel/limits.ts';
import type { JsonObject } from '#kernel/syntax/json.ts';
import { startTestHub, type TestHub } from '#test/support/hub.ts';
import { createGates } from '#test/support/hub/gate.ts';
import { openStream, refuseStream, type StreamReader } from '#test/support/stream/stream-reader.ts';
import { textOf } from '#test/support/hub/calls.ts';
import { until } from '#test/support/until.ts';

/** Opened and past its first beat. */
async function listen(hub: TestHub, options: Parameters<typeof openStream>[1] = {}) {
  const reader = await openStream(hub.node, options);
  await reader.waitFor('beat');
  return reader;
}

/** Two beats of the clock: what is on its way has come when the next `beat` has. */
async function catchUp(hub: TestHub, ...readers: readonly StreamReader[]): Promise<void> {
  for (const reader of readers) {
    const count = reader.events('beat').length;
    hub.clock.advanceMs(LIMITS.streamBeatMs);
    await reader.waitFor('beat', count + 1);
  }
}

async function answer(hub: TestHub, id: string, body: JsonObject): Promise<void> {
  const { status, text } = await hub.call(`POST /api/v1/alerts/${id}/status`, body);
  assert.equal(status, 200, text);
}

test('a new listener is told to read the list, then gets the time', async (t) => {
  const hub = await startTestHub(t);
  await hub.raise({ title: 'Before' });
  const reader = await listen(hub);
  assert.deepEqual(
    reader.events().map(({ name }) => name),
    ['resync', 'beat'],
  );
  assert.equal(reader.events('resync')[0]?.data['reason'], 'no_cursor');
  const [beat] = reader.events('beat');
  assert.deepEqual(beat?.data, { at: '2026-11-16T08:00:00.000Z', cursor: beat?.id });
  const { headers } = reader;
  assert.match(headers['content-type'] ?? '', /^text\/event-stream/);
  assert.equal(headers['cache-control'], 'no-store');
  assert.equal(headers['x-accel-buffering'], 'no');
});

test('an alert arrives, and all that happens to it, as the list shows it', async (t) => {
  const hub = await startTestHub(t);
  const reader = await listen(hub);
  const id = await hub.raise({ title: 'Fall' });
  await reader.waitFor('alert');
  await hub.advance({ minutes: 2 });
  const round = await reader.waitFor('alert', 2);
  assert.equal(round.data['notification_count'], 2, 'the reminder has gone out');
  assert.equal(round.data['escalation_level'], 1);
  await hub.acknowledge(id, { intent: 'calling' });
  await reader.waitFor('alert', 3);
  await hub.call(`POST /api/v1/alerts/${id}/assign`, { assigned_to: 'Anna' });
  await reader.waitFor('alert', 4);
  await hub.call(`POST /api/v1/alerts/${id}/note`, { detail: 'She is in bed 3' });
  await reader.waitFor('alert', 5);
  await answer(hub, id, { status: 'RESOLVED', outcome: 'help_sent' });
  const last = await reader.waitFor('alert', 6);
  assert.deepEqual(reader.told(), [
    'Fall PENDING v1',
    'Fall PENDING v2',
    'Fall ACKNOWLEDGED v3',
    'Fall ACKNOWLEDGED v4',
    'Fall ACKNOWLEDGED v5',
    'Fall RESOLVED v6',
  ]);
  assert.deepEqual(last.data, await hub.alert(id));
});

test('nothing is told twice while nothing happens', async (t) => {
  const hub = await startTestHub(t);
  const reader = await listen(hub);
  await hub.raise({ title: 'Once' });
  await reader.waitFor('alert');
  for (let beat = 0; beat < 10; beat += 1) await catchUp(hub, reader);
  assert.deepEqual(reader.told(), ['Once PENDING v1']);
});

test('a repeated report of the same episode is no news, a new occurrence is', async (t) => {
  const hub = await startTestHub(t);
  const reader = await listen(hub);
  const post = { labels: { alertname: 'Disk' }, startsAt: '2026-11-16T07:59:00.000Z' };
  await hub.postAlertmanager([post]);
  await reader.waitFor('alert');
  await hub.advance({ seconds: 30 });
  await hub.postAlertmanager([post]);
  await catchUp(hub, reader);
  assert.equal(reader.events('alert').length, 1);
  await hub.postAlertmanager([{ ...post, startsAt: '2026-11-16T08:00:20.000Z' }]);
  const joined = await reader.waitFor('alert', 2);
  assert.equal(joined.data['occurrence_count'], 2);
});

test('after a break nothing is missing, and only what happened since is told', async (t) => {
  const hub = await startTestHub(t);
  const first = await listen(hub);
  const id = await hub.raise({ title: 'Known' });
  await first.waitFor('alert');
  await hub.advance({ minutes: 1 });
  await catchUp(hub, first);
  const lastId = first.lastId();
  first.close();
  await answer(hub, id, { status: 'SEEN' });
  hub.clock.advanceMs(1_000);
  await hub.raise({ title: 'Missed' });
  await hub.advance({ seconds: 90 });
  const second = await listen(hub, { lastId });
  assert.deepEqual(second.told(), ['Known SEEN v2', 'Missed PENDING v1']);
  assert.deepEqual(second.events('resync'), []);
  const byQuery = await listen(hub, { query: `?cursor=${encodeURIComponent(lastId)}` });
  assert.deepEqual(byQuery.told(), second.told());
});

test('a transaction that commits late is told, though later ones were told before', async (t) => {
  const hub = await startTestHub(t);
  // They go with their database, which this test's hub has to itself.
  const gates = await createGates({ after: () => undefined }, hub);
  const gate = await gates.add({ table: 'alert', on: 'insert', when: `new.title = 'Slow'` });
  const follower = await listen(hub);
  await gate.close();
  const slow = hub.raise({ title: 'Slow' });
  await gates.waiting(1);
  hub.clock.advanceMs(3_000);
  await hub.raise({ title: 'Quick' });
  await follower.waitFor('alert');
  await catchUp(hub, follower);
  const lastId = follower.lastId();
  const leaver = await listen(hub, { lastId });
  leaver.close();
  hub.clock.advanceMs(2_000);
  await gate.open();
  await slow;
  await follower.waitFor('alert', 2);
  assert.deepEqual(follower.told(), ['Quick PENDING v1', 'Slow PENDING v1']);
  const resumed = await listen(hub, { lastId });
  assert.deepEqual(resumed.told(), ['Slow PENDING v1', 'Quick PENDING v1']);
});

test('a cursor that is old, ahead of us, or none of ours: the list has to be read', async (t) => {
  const hub = await startTestHub(t);
  const reasonOf = async (lastId: string) => {
    const reader = await listen(hub, { lastId });
    return reader.events('resync')[0]?.data['reason'];
  };
  assert.equal(await reasonOf('2026-11-16T07:40:00.000Z'), 'cursor_too_old');
  assert.equal(await reasonOf('2026-11-16T09:00:00.000Z'), 'cursor_too_old');
  assert.equal(await reasonOf('1730000000-4'), 'no_cursor');
  assert.equal(await reasonOf('2026-11-16T07:59:59.000Z'), undefined);
});

test('with more changes than are worth telling the list has to be read', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  const follower = await listen(hub);
  const lastId = follower.lastId();
  const events = Array.from({ length: LIMITS.streamChangesMax + 1 }, (_, index) => ({
    title: `Flood ${index}`,
    severity: 'low',
  }));
  for (const part of [events.slice(0, 900), events.slice(900)]) {
    const { status, text } = await hub.call('POST /api/v1/events', { events: part });
    assert.equal(status, 202, text);
  }
  hub.clock.advanceMs(LIMITS.streamBeatMs);
  const { data } = await follower.waitFor('resync', 2);
  assert.equal(data['reason'], 'too_many_changes');
  assert.deepEqual(follower.told(), []);
  await hub.raise({ title: 'After the flood' });
  await follower.waitFor('alert');
  assert.deepEqual(follower.told(), ['After the flood PENDING v1']);
  const resumed = await listen(hub, { lastId });
  assert.equal(resumed.events('resync')[0]?.data['reason'], 'too_many_changes');
});

test('what another node does is told too', async (t) => {
  const hub = await startTestHub(t);
  const other = await hub.addNode();
  const reader = await listen(hub);
  const id = await hub.raise({ title: 'Elsewhere' }, { node: other });
  await reader.waitFor('alert');
  const elsewhere = { node: other };
  await hub.call(`POST /api/v1/alerts/${id}/status`, { status: 'ACKNOWLEDGED' }, elsewhere);
  await reader.waitFor('alert', 2);
  assert.deepEqual(reader.told(), ['Elsewhere PENDING v1', 'Elsewhere ACKNOWLEDGED v2']);
  const lastId = reader.lastId();
  const onOther = await openStream(other, { lastId });
  await onOther.waitFor('beat');
  assert.deepEqual(onOther.events('resync'), [], 'a cursor is good on every node');
});

test('a receipt of a device is told', async (t) => {
  const hub = await startTestHub(t);
  const reader = await listen(hub);
  await hub.raise({ title: 'Fall' });
  await hub.settle();
  await reader.waitFor('alert');
  const receipt = textOf(hub.receiver.received('/ops')[0]?.data['receipt_url']);
  const path = new URL(receipt).pathname;
  assert.equal((await hub.call(`POST ${path}`, {}, { key: null })).status, 200);
  const told = await reader.waitFor('alert', 2);
  assert.equal(told.data['status'], 'DELIVERED');
  await hub.call(`POST ${path}`, { status: 'read' }, { key: null });
  const seen = await reader.waitFor('alert', 3);
  assert.equal(seen.data['status'], 'SEEN');
});

test('a beat proves the way from the database: without it there is none', async (t) => {
  const hub = await startTestHub(t);
  const reader = await listen(hub);
  for (let count = 2; count < 5; count += 1) {
    hub.clock.advanceMs(LIMITS.streamBeatMs);
    await reader.waitFor('beat', count);
  }
  await hub.node.hub.runStreamOnce();
  await catchUp(hub, reader);
  assert.equal(reader.events('beat').length, 5, 'one each two seconds, and none between');
  await hub.query('alter table alert rename to alert_away');
  hub.clock.advanceMs(LIMITS.streamBeatMs);
  await assert.rejects(() => hub.node.hub.runStreamOnce());
  await hub.query('alter table alert_away rename to alert');
  await reader.waitFor('beat', 6);
});

test('what a failed read had found is told by the next one', async (t) => {
  const hub = await startTestHub(t);
  const reader = await listen(hub);
  await hub.raise({ title: 'Kept' });
  await hub.query('alter table policy_snapshot rename to policy_snapshot_away');
  await assert.rejects(() => hub.node.hub.runStreamOnce());
  await hub.query('alter table policy_snapshot_away rename to policy_snapshot');
  await reader.waitFor('alert');
  assert.deepEqual(reader.told(), ['Kept PENDING v1']);
});

test('filters hold what never changes about an alert', async (t) => {
  const hub = await startTestHub(t);
  const camera = await listen(hub, { query: '?camera_id=cam-7' });
  const critical = await listen(hub, { query: '?severity=critical' });
  const id = await hub.raise({ title: 'Seven', camera_id: 'cam-7', severity: 'low' });
  await hub.raise({ title: 'Eight', camera_id: 'cam-8', severity: 'critical' });
  await answer(hub, id, { status: 'RESOLVED' });
  await catchUp(hub, camera, critical);
  assert.deepEqual(camera.told(), ['Seven RESOLVED v2']);
  assert.deepEqual(critical.told(), ['Eight PENDING v1']);
  const refused = await refuseStream(hub.node, { query: '?status=open' });
  assert.deepEqual(refused, { status: 422, code: 'invalid' });
});

test('a listener that left costs nothing, and the last one ends the reading', async (t) => {
  const hub = await startTestHub(t);
  const gauge = async () =>
    /^tocsin_streams (\d+)$/m.exec((await hub.call('GET /metrics')).text)?.[1];
  const reader = await listen(hub);
  assert.equal(await gauge(), '1');
  reader.close();
  await until(async () => (await gauge()) === '0', { what: 'the stream is gone' });
  assert.equal(await hub.node.hub.runStreamOnce(), LIMITS.pollMs);
});

test('an alert that is raised and over between two beats is told once, as it ended', async (t) => {
  const hub = await startTestHub(t);
  const reader = await listen(hub);
  const id = await hub.raise({ title: 'Short' });
  await hub.acknowledge(id);
  await answer(hub, id, { status: 'RESOLVED', outcome: 'test' });
  await reader.waitFor('alert');
  assert.deepEqual(reader.told(), ['Short RESOLVED v3']);
});

test('many listeners are told the same, each once', async (t) => {
  const hub = await startTestHub(t);
  const readers = [await listen(hub)];
  while (readers.length < 20) readers.push(await listen(hub));
  for (const title of ['One', 'Two', 'Three']) {
    await hub.raise({ title });
    hub.clock.advanceMs(LIMITS.streamReadMs);
    await hub.node.hub.runStreamOnce();
  }
  for (const reader of readers) {
    await reader.waitFor('alert', 3);
    assert.deepEqual(reader.told(), ['One PENDING v1', 'Two PENDING v1', 'Three PENDING v1']);
  }
});

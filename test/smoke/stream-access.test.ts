/** Who may listen, for how long, and how many: the live stream keeps to its bounds. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS } from '#kernel/limits.ts';
import type { JsonObject } from '#kernel/syntax/json.ts';
import { startTestHub, type TestHub } from '#test/support/hub.ts';
import { listenOn, openStream, refuseStream } from '#test/support/stream/stream-reader.ts';
import { until } from '#test/support/until.ts';

type Keyed = { readonly id: string; readonly key: string };

async function makeKey(hub: TestHub, fields: JsonObject): Promise<Keyed> {
  const made = await hub.call('POST /api/v1/keys', { name: 'listener', role: 'viewer', ...fields });
  assert.equal(made.status, 201, made.text);
  return { id: made.textAt('id'), key: made.textAt('key') };
}

async function makeProject(hub: TestHub, project: string): Promise<Keyed> {
  const made = await hub.call('POST /api/v1/projects', { project_id: project });
  assert.equal(made.status, 201, made.text);
  return makeKey(hub, { project_id: project });
}

/** One beat of access and one of the stream, as in a hub that runs. */
async function beat(hub: TestHub): Promise<void> {
  hub.clock.advanceMs(LIMITS.streamCheckMs);
  await hub.node.hub.runConfigRefreshOnce();
  await hub.node.hub.runStreamOnce();
}

test('nobody hears of another project, not even after a break', async (t) => {
  const hub = await startTestHub(t);
  const mine = await makeProject(hub, 'mine');
  const theirs = await makeProject(hub, 'theirs');
  const own = await openStream(hub.node, { key: mine.key });
  const others = await openStream(hub.node, { key: theirs.key });
  const all = await openStream(hub.node);
  const chosen = await openStream(hub.node, { query: '?project_id=mine' });
  await hub.node.hub.runStreamOnce();
  const { lastId } = { lastId: (await own.waitFor('beat')).id };
  await hub.raise({ title: 'Mine', project_id: 'mine' });
  await hub.raise({ title: 'Theirs', project_id: 'theirs' });
  await all.waitFor('alert', 2);
  await Promise.all([own.waitFor('alert'), others.waitFor('alert'), chosen.waitFor('alert')]);
  assert.deepEqual(own.told(), ['Mine PENDING v1']);
  assert.deepEqual(chosen.told(), ['Mine PENDING v1']);
  assert.deepEqual(others.told(), ['Theirs PENDING v1']);
  const resumed = await openStream(hub.node, { key: mine.key, lastId });
  await resumed.waitFor('beat');
  assert.deepEqual(resumed.told(), ['Mine PENDING v1']);
  const refused = await refuseStream(hub.node, { key: mine.key, query: '?project_id=theirs' });
  assert.deepEqual(refused, { status: 404, code: 'not_found' });
});

test('without a key that may read there is no stream, in the shape of every refusal', async (t) => {
  const hub = await startTestHub(t);
  const sender = await makeKey(hub, { role: 'ingest' });
  assert.deepEqual(await refuseStream(hub.node, { key: null }), {
    status: 401,
    code: 'principal_missing',
  });
  assert.deepEqual(await refuseStream(hub.node, { key: sender.key }), {
    status: 403,
    code: 'not_allowed',
  });
});

test('a revoked key loses its streams, the others keep theirs', async (t) => {
  const hub = await startTestHub(t);
  const [leaving, staying] = [
    await makeKey(hub, { name: 'leaving' }),
    await makeKey(hub, { name: 'staying' }),
  ];
  const reader = await openStream(hub.node, { key: leaving.key });
  const other = await openStream(hub.node, { key: staying.key });
  await beat(hub);
  await Promise.all([reader.waitFor('beat'), other.waitFor('beat')]);
  await hub.call(`DELETE /api/v1/keys/${leaving.id}`);
  await beat(hub);
  await reader.ended();
  await hub.raise({ title: 'Later' });
  await other.waitFor('alert');
  assert.deepEqual(reader.told(), []);
});

test('a key revoked on another node loses its streams on this one', async (t) => {
  const hub = await startTestHub(t);
  const node = await hub.addNode();
  const { id, key } = await makeKey(hub, {});
  const reader = await openStream(hub.node, { key });
  await beat(hub);
  await hub.call(`DELETE /api/v1/keys/${id}`, undefined, { node });
  await beat(hub);
  await reader.ended();
});

test('a key that runs out loses its streams', async (t) => {
  const hub = await startTestHub(t);
  const { key } = await makeKey(hub, { expires_at: '2026-11-16T08:00:10.000Z' });
  const reader = await openStream(hub.node, { key });
  await beat(hub);
  await reader.waitFor('beat');
  assert.equal(reader.isEnded(), false);
  hub.clock.advanceMs(10_000);
  await beat(hub);
  await reader.ended();
});

test('one key may hold so many streams and no more; the next may when one has gone', async (t) => {
  const hub = await startTestHub(t);
  const { key } = await makeKey(hub, {});
  const count = LIMITS.streamsPerPrincipalMax;
  await listenOn(hub.node);
  const readers = await Promise.all(
    Array.from({ length: count }, () => openStream(hub.node, { key })),
  );
  const refused = await refuseStream(hub.node, { key });
  assert.deepEqual(refused, { status: 503, code: 'too_many_streams' });
  const other = await openStream(hub.node);
  await other.waitFor('beat');
  readers[0]?.close();
  const again = async () => (await refuseOrOpen(hub, key)) === 'open';
  await until(again, { what: 'there is room again' });
});

async function refuseOrOpen(hub: TestHub, key: string): Promise<'open' | 'refused'> {
  try {
    const reader = await openStream(hub.node, { key });
    await reader.waitFor('beat');
    return 'open';
  } catch {
    return 'refused';
  }
}

/** More than a socket, the pipes of both ends and our own buffer hold together. */
async function pour(hub: TestHub, afterEach: (count: number) => Promise<unknown>): Promise<void> {
  const large = { title: 'Large', severity: 'low', analyse: { frames: 'x'.repeat(60_000) } };
  for (let count = 20; count <= 400; count += 20) {
    const events = Array.from({ length: 20 }, () => large);
    const { status, text } = await hub.call('POST /api/v1/events', { events });
    assert.equal(status, 202, text);
    await afterEach(count);
  }
}

test('a slow reader holds up nobody, and reads the list when it is back', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  const slow = await openStream(hub.node);
  const quick = await openStream(hub.node);
  await Promise.all([slow.waitFor('beat'), quick.waitFor('beat')]);
  slow.pause();
  await pour(hub, async (count) => {
    await quick.waitFor('alert', count);
    hub.clock.advanceMs(1_000);
  });
  const before = slow.events('resync').length;
  slow.resume();
  const what = 'the slow reader is told to read the list';
  await until(
    async () => {
      hub.clock.advanceMs(10);
      await hub.node.hub.runStreamOnce();
      return slow.events('resync').length > before;
    },
    { what },
  );
  assert.equal(slow.events('resync').at(-1)?.data['reason'], 'reader_too_slow');
  assert.equal(quick.events('resync').length, 1, 'the one it began with');
  await hub.raise({ title: 'Small' });
  const count = slow.events('alert').length;
  await slow.waitFor('alert', count + 1);
  assert.equal(slow.told().at(-1), 'Small PENDING v1');
});

test('a reader that takes nothing at all is given up', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  const stuck = await openStream(hub.node);
  await stuck.waitFor('beat');
  stuck.pause();
  const gauge = async () =>
    /^tocsin_streams (\d+)$/m.exec((await hub.call('GET /metrics')).text)?.[1];
  await pour(hub, () => hub.node.hub.runStreamOnce());
  assert.equal(await gauge(), '1');
  hub.clock.advanceMs(LIMITS.streamStallMaxMs + 1);
  await hub.node.hub.runStreamOnce();
  await until(async () => (await gauge()) === '0', { what: 'it is given up' });
});

test('a hub that stops ends its streams at once, also those that nobody reads', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  const reader = await openStream(hub.node);
  const stuck = await openStream(hub.node);
  await Promise.all([reader.waitFor('beat'), stuck.waitFor('beat')]);
  stuck.pause();
  await pour(hub, () => hub.node.hub.runStreamOnce());
  await hub.node.hub.server.close();
  await reader.ended();
});

/** What was taken away ends: at once here, within seconds elsewhere, streams included. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS } from '#kernel/limits.ts';
import { type LoggedIn, logIn } from '#test/support/access/log-in.ts';
import { listItems, textOf } from '#test/support/hub/calls.ts';
import type { TestNode } from '#test/support/hub/nodes.ts';
import { startTestHub, type TestHub } from '#test/support/hub.ts';
import { openStream, refuseStream } from '#test/support/stream/stream-reader.ts';

const listen = (person: LoggedIn, node: TestNode) =>
  openStream(node, { key: null, headers: { cookie: person.cookie() } });

/** What takes a login away from somebody. */
const ENDS: Readonly<Record<string, (hub: TestHub, person: LoggedIn) => Promise<unknown>>> = {
  'a session that is ended': async (_hub, person) => {
    const [own] = listItems(await person.call('GET /api/v1/sessions'));
    return person.call(`DELETE /api/v1/sessions/${textOf(own?.['id'])}`);
  },
  'a log-out': (_hub, person) => person.browser.post('/logout', {}),
  'a reset': (hub, { id }) => hub.call(`POST /api/v1/operators/${id}/reset`),
  'an operator who is put out': (hub, { id }) =>
    hub.call(`PATCH /api/v1/operators/${id}`, { disabled: true }, { headers: { 'if-match': '2' } }),
  'an operator who is removed': (hub, { id }) => hub.call(`DELETE /api/v1/operators/${id}`),
  'a last role that is taken': (hub, { id }) =>
    hub.call(`PATCH /api/v1/operators/${id}`, { roles: [] }, { headers: { 'if-match': '2' } }),
};

for (const [what, end] of Object.entries(ENDS)) {
  test(`${what} ends the live streams, here at once and elsewhere soon`, async (t) => {
    const hub = await startTestHub(t, { isTelling: false });
    const node = await hub.addNode();
    const person = await logIn(hub, { roles: { default: 'viewer' } });
    const [here, there] = [await listen(person, hub.node), await listen(person, node)];
    const other = await logIn(hub, { roles: { default: 'viewer' } });
    const staying = await listen(other, hub.node);
    await Promise.all([here.waitFor('beat'), there.waitFor('beat'), staying.waitFor('beat')]);
    await end(hub, person);
    // No time has passed: the next beat comes at once.
    await hub.node.hub.runStreamOnce();
    await here.ended();
    hub.clock.advanceMs(LIMITS.streamCheckMs + LIMITS.credentialCacheMs);
    await node.hub.runStreamOnce();
    await there.ended();
    assert.equal(staying.isEnded(), false);
    await hub.raise({ title: 'Later' });
    await staying.waitFor('alert');
    assert.deepEqual([here.told(), there.told()], [[], []]);
  });
}

test('a stream hears only of projects that its listener may see, as that changes', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  await hub.create('/api/v1/projects', { project_id: 'north' });
  const person = await logIn(hub, { roles: { default: 'viewer', north: 'viewer' } });
  const reader = await listen(person, hub.node);
  await reader.waitFor('beat');
  await hub.raise({ title: 'One', project_id: 'north' });
  await reader.waitFor('alert');
  const roles = [{ project_id: 'default', role: 'viewer' }];
  const more = { headers: { 'if-match': '2' } };
  await hub.call(`PATCH /api/v1/operators/${person.id}`, { roles }, more);
  await hub.raise({ title: 'Two', project_id: 'north' });
  await hub.raise({ title: 'Three' });
  hub.clock.advanceMs(LIMITS.streamReadMs);
  await reader.waitFor('alert', 2);
  assert.deepEqual(reader.told(), ['One PENDING v1', 'Three PENDING v1']);
});

test('without a login, or a role, there is no stream', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  const nobody = await logIn(hub);
  const cookies = [`__Host-tocsin_session=${'x'.repeat(43)}`, '__Host-tocsin_session=x', 'a=b'];
  for (const cookie of cookies) {
    const refused = await refuseStream(hub.node, { key: null, headers: { cookie } });
    assert.deepEqual(refused, { status: 401, code: 'principal_missing' });
  }
  const headers = { cookie: nobody.cookie() };
  const refused = await refuseStream(hub.node, { key: null, headers });
  assert.deepEqual(refused, { status: 403, code: 'not_allowed' });
});

test('an open stream keeps its session alive, until that runs out', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  const person = await logIn(hub, { roles: { default: 'viewer' } });
  const reader = await listen(person, hub.node);
  await reader.waitFor('beat');
  const rounds = LIMITS.sessionMs / (LIMITS.sessionIdleMs / 2);
  for (let round = 1; round < rounds; round += 1) {
    hub.clock.advanceMs(LIMITS.sessionIdleMs / 2);
    await hub.node.hub.runStreamOnce();
    await hub.node.hub.access.runOnce();
    assert.equal(reader.isEnded(), false, `round ${round} of ${rounds}`);
  }
  hub.clock.advanceMs(LIMITS.sessionIdleMs / 2);
  await hub.node.hub.runStreamOnce();
  await reader.ended();
});

test('an operator who is out here is out on the other node within a second', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  const node = await hub.addNode();
  const person = await logIn(hub, { roles: { default: 'viewer' } });
  const look = async (where: TestNode) =>
    (await person.call('GET /api/v1/alerts', undefined, { node: where })).status;
  assert.deepEqual([await look(hub.node), await look(node)], [200, 200]);
  await hub.call(
    `PATCH /api/v1/operators/${person.id}`,
    { disabled: true },
    { headers: { 'if-match': '2' } },
  );
  assert.equal(await look(hub.node), 401);
  hub.clock.advanceMs(LIMITS.credentialCacheMs);
  assert.equal(await look(node), 401);
});

test('a key that is revoked loses its streams at once', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  const made = await hub.call('POST /api/v1/keys', { name: 'wall', role: 'viewer' });
  const reader = await openStream(hub.node, { key: made.textAt('key') });
  await reader.waitFor('beat');
  await hub.call(`DELETE /api/v1/keys/${made.textAt('id')}`);
  await hub.node.hub.runStreamOnce();
  await reader.ended();
});

test('a key shows when it was last used, on whichever node', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  const node = await hub.addNode();
  const made = await hub.call('POST /api/v1/keys', { name: 'ci', role: 'viewer' });
  const [id, key] = [made.textAt('id'), made.textAt('key')];
  const lastUsed = async () => (await hub.call(`GET /api/v1/keys/${id}`)).at('last_used_at');
  const note = async () => {
    for (const one of [hub.node, node]) await one.hub.access.runOnce();
  };
  await note();
  assert.equal(await lastUsed(), null);
  await hub.call('GET /api/v1/alerts', undefined, { key });
  hub.clock.advanceMs(5_000);
  await hub.call('GET /api/v1/alerts', undefined, { key, node });
  await note();
  assert.equal(await lastUsed(), '2026-11-16T08:00:05.000Z');
  hub.clock.advanceMs(60_000);
  await note();
  assert.equal(await lastUsed(), '2026-11-16T08:00:05.000Z', 'nobody used it since');
  const list = listItems(await hub.call('GET /api/v1/keys'));
  assert.equal(list.find((one) => one['id'] === id)?.['last_used_at'], '2026-11-16T08:00:05.000Z');
});

/** DOMAIN 8: a source that should be heard from, and is not, is an alarm. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MS_PER_HOUR, MS_PER_SECOND } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { JsonObject } from '#kernel/syntax/json.ts';
import { startTestHub, type TestHub } from '#test/support/hub.ts';
import { listItems, textOf } from '#test/support/hub/calls.ts';
import { patch } from '#test/support/hub/story.ts';

type Made = { readonly id: string; readonly token: string };

async function addSource(hub: TestHub, more: JsonObject = {}): Promise<Made> {
  const body = { name: 'doors', kind: 'native', silent_after_s: 600, ...more };
  const made = await hub.call('POST /api/v1/sources', body);
  assert.equal(made.status, 201, made.text);
  // The beat that follows takes the setting over.
  await hub.settle();
  return { id: made.textAt('id'), token: made.textAt('token') };
}

async function report(hub: TestHub, { token }: Made, more: JsonObject = {}): Promise<void> {
  const body = { title: 'Door', stage: 'heartbeat', ...more };
  const answer = await hub.call('POST /api/v1/events', body, { key: token });
  assert.equal(answer.status, 202, answer.text);
  await hub.settle();
}

async function listSilences(hub: TestHub): Promise<readonly string[]> {
  const alerts = listItems(await hub.call('GET /api/v1/alerts?limit=100&q=silent'));
  return alerts
    .toReversed()
    .map((alert) => `${textOf(alert['title'])} | ${textOf(alert['status'])}`);
}

const show = (hub: TestHub, { id }: Made) => hub.call(`GET /api/v1/sources/${id}`);

describe('a source that should be heard from', () => {
  test('and is not, is told of; the alert ends when something comes', async (t) => {
    const hub = await startTestHub(t);
    const source = await addSource(hub);
    await report(hub, source);
    await hub.advance({ seconds: 599 });
    assert.deepEqual(await listSilences(hub), []);
    await hub.advance({ seconds: 1 });
    assert.deepEqual(await listSilences(hub), [
      'Source doors has been silent for 10 min | PENDING',
    ]);
    assert.equal((await show(hub, source)).at('is_silent'), true);
    await report(hub, source);
    assert.deepEqual(await listSilences(hub), [
      'Source doors has been silent for 10 min | RESOLVED',
    ]);
    const shown = await show(hub, source);
    assert.deepEqual(
      [shown.at('is_silent'), shown.at('last_heard_at')],
      [false, '2026-11-16T08:10:00.000Z'],
    );
  });

  test('and never was, counts from when somebody said so', async (t) => {
    const hub = await startTestHub(t);
    const source = await addSource(hub, { silent_after_s: null });
    assert.equal((await show(hub, source)).at('last_heard_at'), null);
    await hub.advance({ hours: 2 });
    await patch(hub, `/api/v1/sources/${source.id}`, { silent_after_s: 60 });
    await hub.settle();
    await hub.advance({ seconds: 59 });
    assert.deepEqual(await listSilences(hub), []);
    await hub.advance({ seconds: 1 });
    assert.equal((await listSilences(hub)).length, 1);
  });

  for (const [what, more] of [
    ['a copy of what it has said before', { stage: 'received', provider_event_id: 'x1' }],
    ['a heartbeat', { stage: 'heartbeat' }],
    ['the end of a problem', { stage: 'resolved', fingerprint: 'door' }],
  ] as const) {
    test(`is heard by ${what}`, async (t) => {
      const hub = await startTestHub(t);
      const source = await addSource(hub);
      await report(hub, source, more);
      await hub.advance({ seconds: 400 });
      await report(hub, source, more);
      await hub.advance({ seconds: 599 });
      assert.deepEqual(await listSilences(hub), []);
      await hub.advance({ seconds: 1 });
      assert.equal((await listSilences(hub)).length, 1);
    });
  }

  test('is heard by a device of its own that sends a heartbeat', async (t) => {
    const hub = await startTestHub(t);
    const source = await addSource(hub, { kind: 'edge' });
    await hub.advance({ seconds: 400 });
    const sent = { key: source.token };
    const answer = await hub.call('POST /api/ai/device/heartbeat', { device_id: 'b' }, sent);
    assert.equal(answer.status, 200, answer.text);
    await hub.settle();
    assert.equal((await show(hub, source)).at('last_heard_at'), '2026-11-16T08:06:40.000Z');
  });

  test('is not heard by the alerts that the hub itself raises', async (t) => {
    const hub = await startTestHub(t);
    const list = listItems(await hub.call('GET /api/v1/sources'));
    const native = list.find((one) => one['kind'] === 'native');
    const id = textOf(native?.['id']);
    await patch(hub, `/api/v1/sources/${id}`, { silent_after_s: 600 });
    await addSource(hub, { silent_after_s: 60 });
    await hub.advance({ seconds: 60 });
    assert.equal((await listSilences(hub)).length, 1);
    assert.equal((await hub.call(`GET /api/v1/sources/${id}`)).at('last_heard_at'), null);
    await hub.advance({ seconds: 540 });
    assert.equal((await listSilences(hub)).length, 2);
  });

  test('that is not expected to speak any more, or removed, ends its alert', async (t) => {
    const hub = await startTestHub(t);
    const [one, other] = [
      await addSource(hub, { silent_after_s: 60 }),
      await addSource(hub, { name: 'windows', silent_after_s: 60 }),
    ];
    await hub.advance({ seconds: 60 });
    assert.equal((await listSilences(hub)).length, 2);
    await patch(hub, `/api/v1/sources/${one.id}`, { silent_after_s: null });
    assert.equal((await hub.call(`DELETE /api/v1/sources/${other.id}`)).status, 204);
    await hub.settle();
    const lines = await listSilences(hub);
    assert.ok(
      lines.every((line) => line.endsWith('RESOLVED')),
      lines.join(),
    );
  });

  test('calls by its own policy, and whoever asks for silent sources', async (t) => {
    const hub = await startTestHub(t, { isTelling: false });
    await hub.tell('/it', {
      rule: { event_types: ['source.silent'], matchers: ['source="doors"'] },
    });
    await hub.tell('/fm', { rule: { event_types: ['device.silent'] } });
    const policy = { name: 'slow', steps: [{ delay_s: 3_600 }] };
    const policyId = await hub.create('/api/v1/policies', policy);
    await addSource(hub, { silent_after_s: 60, policy_id: policyId });
    await hub.advance({ seconds: 60 });
    const [alert] = listItems(await hub.call('GET /api/v1/alerts'));
    assert.equal(alert?.['policy_id'], policyId);
    assert.deepEqual(
      hub.receiver.received().map(({ path }) => path),
      ['/it'],
    );
  });

  test('is of one project: its alert is there and nowhere else', async (t) => {
    const hub = await startTestHub(t);
    const made = await hub.call('POST /api/v1/projects', { project_id: 'far', name: 'Far' });
    assert.equal(made.status, 201, made.text);
    await addSource(hub, { project_id: 'far', silent_after_s: 60 });
    await hub.advance({ seconds: 60 });
    const projects = await hub.query('select project_id, labels from alert');
    assert.deepEqual(
      projects.map((row) => row['project_id']),
      ['far'],
    );
    assert.equal(hub.receiver.received('/ops').length, 0);
  });
});

describe('a restart', () => {
  test('raises nothing: who could not reach us gets time to', async (t) => {
    const hub = await startTestHub(t);
    const source = await addSource(hub, { silent_after_s: 60 });
    await report(hub, source);
    await hub.node.kill();
    hub.clock.advanceMs(MS_PER_HOUR);
    const node = await hub.addNode();
    const read = async () => listItems(await hub.call('GET /api/v1/alerts', undefined, { node }));
    await hub.advance({ seconds: LIMITS.sourceGraceMs / MS_PER_SECOND - 1 });
    assert.deepEqual(await read(), []);
    await hub.advance({ seconds: 1 });
    assert.equal((await read()).length, 1);
  });

  test('while one is silent tells nobody again, and still ends its alert', async (t) => {
    const hub = await startTestHub(t);
    const source = await addSource(hub, { silent_after_s: 60 });
    await hub.advance({ seconds: 60 });
    await hub.node.kill();
    const node = await hub.addNode();
    await hub.advance({ minutes: 30 });
    const event = { title: 'Door', stage: 'heartbeat' };
    await hub.call('POST /api/v1/events', event, { key: source.token, node });
    await hub.settle();
    const alerts = listItems(await hub.call('GET /api/v1/alerts', undefined, { node }));
    assert.deepEqual(
      alerts.map((alert) => [alert['status'], alert['outcome']]),
      [['RESOLVED', 'resolved_by_source']],
    );
  });
});

test('readiness and metrics say how many are silent', async (t) => {
  const hub = await startTestHub(t);
  await addSource(hub, { silent_after_s: 60 });
  const beat = { device_id: 'box', cameras: [{ camera_id: 'c', fps: 0, last_frame_age_sec: 900 }] };
  await hub.call('POST /api/ai/device/heartbeat', beat);
  await hub.advance({ seconds: 60 });
  await hub.node.hub.runSelfWatchOnce();
  const metrics = (await hub.call('GET /metrics')).text;
  assert.match(metrics, /^tocsin_devices\{status="silent"\} 1$/m);
  assert.match(metrics, /^tocsin_devices\{status="late"\} 1$/m);
  assert.match(metrics, /^tocsin_sources_silent 1$/m);
  const ready = await hub.call('GET /readyz');
  assert.equal(ready.status, 200);
  assert.match(ready.text, /devices_silent.*sources_silent/s);
});

/** Whatever changes what an alert shows is told, and is told as the API shows it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { beatEvent, resyncEvent } from '#contract/stream/stream.ts';
import { parseWire } from '#contract/wire.ts';
import type { JsonObject } from '#kernel/syntax/json.ts';
import type { TestHub } from '#test/support/hub.ts';
import { shareTestHub } from '#test/support/hub/shared.ts';
import { openStream } from '#test/support/stream/stream-reader.ts';

type Act = (hub: TestHub, id: string) => Promise<unknown>;

const post =
  (path: string, body: JsonObject): Act =>
  async (hub, id) => {
    const { status, text } = await hub.call(`POST /api/v1/alerts/${id}/${path}`, body);
    assert.equal(status, 200, text);
  };
const advance =
  (span: Parameters<TestHub['advance']>[0]): Act =>
  (hub) =>
    hub.advance(span);

const acknowledge = post('status', { status: 'ACKNOWLEDGED', intent: 'on_site' });

/** What happens first, what is looked at, and what the alert shows then. */
const CHANGES: readonly (readonly [string, readonly Act[], Act, JsonObject])[] = [
  ['delivered', [], post('status', { status: 'DELIVERED' }), { status: 'DELIVERED' }],
  ['seen', [], post('status', { status: 'SEEN' }), { status: 'SEEN' }],
  ['acknowledged', [], acknowledge, { status: 'ACKNOWLEDGED', intent: 'on_site' }],
  [
    'resolved',
    [acknowledge],
    post('status', { status: 'RESOLVED', outcome: 'false_alarm' }),
    { status: 'RESOLVED', outcome: 'false_alarm' },
  ],
  ['assigned', [], post('assign', { assigned_to: 'Marc' }), { assigned_to: 'Marc' }],
  [
    'assigned to nobody again',
    [post('assign', { assigned_to: 'Marc' })],
    post('assign', { assigned_to: null }),
    { assigned_to: null },
  ],
  ['escalated by a person', [], post('escalate', {}), { escalation_level: 1 }],
  [
    'called out by other means',
    [],
    post('notifications', { label: 'by telephone', recipient: 'Marc' }),
    { notification_count: 2 },
  ],
  ['reminded', [], advance({ minutes: 2 }), { notification_count: 2, escalation_level: 1 }],
  [
    'reminded again and again',
    [advance({ minutes: 31 })],
    advance({ minutes: 10 }),
    { notification_count: 7, status: 'PENDING' },
  ],
  ['expired', [advance({ minutes: 119 })], advance({ minutes: 2 }), { status: 'EXPIRED' }],
  [
    'closed after it had expired',
    [advance({ minutes: 121 })],
    post('close', { detail: 'She was at the doctor' }),
    { status: 'EXPIRED', closed_by: 'admin key' },
  ],
  [
    'acknowledged and forgotten by whoever did',
    [acknowledge, advance({ minutes: 119 })],
    advance({ minutes: 2 }),
    { status: 'RESOLVED', outcome: 'unconfirmed' },
  ],
];

describe('an alert that is', () => {
  const hub = shareTestHub();
  for (const [name, before, act, shown] of CHANGES) {
    test(`${name} is told as the API shows it`, async () => {
      const id = await hub().raise({ title: name, severity: 'critical' });
      for (const first of before) await first(hub(), id);
      const reader = await openStream(hub().node);
      const start = await reader.waitFor('beat');
      await act(hub(), id);
      const stored = await hub().alert(id);
      for (const [field, value] of Object.entries(shown)) assert.equal(stored[field], value, field);
      await reader.waitFor('alert');
      const told = reader.events('alert').filter(({ data }) => data['alert_id'] === id);
      assert.deepEqual(told.at(-1)?.data, stored);
      reader.close();
      // And whoever was away meanwhile is told the same.
      const later = await openStream(hub().node, { lastId: start.id });
      await later.waitFor('beat');
      const reasons = later.events('resync').map(({ data }) => data['reason']);
      const isLate = reasons.includes('cursor_too_old');
      const missed = later.events('alert').filter(({ data }) => data['alert_id'] === id);
      if (isLate) assert.deepEqual(missed, []);
      else assert.deepEqual(missed.at(-1)?.data, stored);
      later.close();
    });
  }

  test('archived is told too, and is not there when it is forgotten', async () => {
    const project = { project_id: 'short', archive_after_s: 60, retention_days: 1 };
    assert.equal((await hub().call('POST /api/v1/projects', project)).status, 201);
    const id = await hub().raise({ title: 'Over', project_id: 'short' });
    await post('status', { status: 'RESOLVED' })(hub(), id);
    const reader = await openStream(hub().node, { query: '?project_id=short' });
    await reader.waitFor('beat');
    await hub().advance({ minutes: 2 });
    await hub().node.hub.runRetentionOnce();
    const { data } = await reader.waitFor('alert');
    assert.equal(data['alert_id'], id);
    assert.notEqual(data['archived_at'], null);
    const count = reader.events('alert').length;
    await hub().advance({ hours: 25 });
    await hub().node.hub.runRetentionOnce();
    await reader.waitFor('beat', 2);
    assert.equal(reader.events('alert').length, count);
    reader.close();
  });

  test('answered together with others is told each by itself', async () => {
    const ids = [await hub().raise({ title: 'One' }), await hub().raise({ title: 'Two' })];
    const reader = await openStream(hub().node);
    await reader.waitFor('beat');
    const body = { alert_ids: ids, status: 'RESOLVED', outcome: 'test' };
    assert.equal((await hub().call('POST /api/v1/alerts/bulk-status', body)).status, 200);
    await reader.waitFor('alert', 2);
    const told = new Map(
      reader.events('alert').map(({ data }) => [data['alert_id'], data['status']] as const),
    );
    for (const id of ids) assert.equal(told.get(id), 'RESOLVED');
    reader.close();
  });

  test('refused an answer is not told: nothing has changed', async () => {
    const id = await hub().raise({ title: 'Over' });
    await post('status', { status: 'RESOLVED' })(hub(), id);
    const reader = await openStream(hub().node);
    await reader.waitFor('beat');
    const path = `POST /api/v1/alerts/${id}/status`;
    assert.equal((await hub().call(path, { status: 'ACKNOWLEDGED' })).status, 409);
    hub().clock.advanceMs(2_000);
    await reader.waitFor('beat', 2);
    assert.deepEqual(reader.told(), []);
    reader.close();
  });

  test('beats and resyncs are what the contract says', async () => {
    const reader = await openStream(hub().node);
    const beat = await reader.waitFor('beat');
    assert.ok(parseWire(beatEvent, beat.data).ok);
    const resync = await reader.waitFor('resync');
    assert.ok(parseWire(resyncEvent, resync.data).ok);
    assert.equal(resync.id, resync.data['cursor']);
    reader.close();
  });
});

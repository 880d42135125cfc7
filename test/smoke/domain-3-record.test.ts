/**
 * DOMAIN 3, sentence by sentence: what is shown of an alert, its timeline, its history, and how
 * many are going on. Later: media roots and pictures by signed links, defaults of devices for
 * `audio_relay_ws` and `camera_ip_map`, work orders on the timeline.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JsonObject } from '#kernel/syntax/json.ts';
import { listItems, textOf } from '#test/support/hub/calls.ts';
import type { TestHub } from '#test/support/hub.ts';
import { shareTestHub } from '#test/support/hub/shared.ts';
import { addPolicy, moveTo, patch, tellStory } from '#test/support/hub/story.ts';

function pick(alert: JsonObject, ...names: readonly string[]): readonly unknown[] {
  return names.map((name) => alert[name]);
}

describe('fields of an alert', () => {
  const shared = shareTestHub();

  test('notification_count counts rounds handed over, round 0 included', async () => {
    const hub = shared();
    const more = await hub.tell('/second', { rule: { event_types: ['alert.created'] } });
    const id = await hub.raise({ severity: 'critical' });
    await hub.advance({ minutes: 6 });
    const alert = await hub.alert(id);
    assert.deepEqual(pick(alert, 'notification_count', 'escalation_level'), [3, 2]);
    const messages = listItems(await hub.call(`GET /api/v1/alerts/${id}/notifications`));
    assert.equal(messages.length, 4, 'messages are counted apart');
    assert.ok(messages.some(({ channel_id: channel }) => channel === more));
  });

  test('what comes next: next_due_at, next_step, age_seconds', async () => {
    const hub = shared();
    const id = await hub.raise();
    await hub.advance({ seconds: 125 });
    const alert = await hub.alert(id);
    const createdAt = Date.parse(textOf(alert['created_at']));
    const dueAt = new Date(createdAt + 300_000).toISOString();
    assert.deepEqual(pick(alert, 'age_seconds', 'next_due_at'), [125, dueAt]);
    assert.deepEqual(alert['next_step'], {
      index: 1,
      label: 'Reminder 2',
      priority: 'critical',
      due_at: dueAt,
      targets: [{ type: 'rules' }],
    });
    const calledAt = new Date(createdAt + 120_000).toISOString();
    assert.equal(alert['last_notification_at'], calledAt);
    await hub.acknowledge(id);
    const held = await hub.alert(id);
    assert.equal(held['next_step'], null, 'nobody is called any more');
    assert.notEqual(held['next_due_at'], null, 'it resolves by itself one day');
  });

  test('each status has its time, and whoever moved it', async () => {
    const hub = shared();
    const id = await hub.raise();
    const times: string[] = [];
    for (const status of ['DELIVERED', 'SEEN', 'ACKNOWLEDGED', 'RESOLVED']) {
      await hub.advance({ seconds: 1 });
      times.push(new Date(hub.clock.now()).toISOString());
      await moveTo(hub, id, status);
    }
    const alert = await hub.alert(id);
    const names = ['delivered_at', 'seen_at', 'acknowledged_at', 'resolved_at'];
    assert.deepEqual(pick(alert, ...names), times);
    assert.deepEqual(pick(alert, 'updated_at', 'acknowledged_by'), [times[3], 'admin key']);
  });

  test('the image is never opened as a local file', async () => {
    const hub = shared();
    const image = '/etc/passwd';
    const id = await hub.raise({ image_path: image });
    assert.equal((await hub.alert(id))['image'], image, 'kept as the text it is');
    await hub.settle();
    const texts = hub.receiver.received().map(({ text }) => text);
    assert.ok(texts.every((text) => !text.includes('root:')));
  });

  test('audio_relay_ws: wss only; camera_ip_map: string or object accepted', async () => {
    const hub = shared();
    for (const audio_relay_ws of ['ws://10.0.0.7:8765', 'http://relay.example', 'wss://']) {
      const answer = await hub.call('POST /api/v1/alerts', { title: 'Fall', audio_relay_ws });
      const path = answer.at('error.details.0.path');
      assert.deepEqual([answer.status, path], [422, 'audio_relay_ws'], audio_relay_ws);
    }
    for (const camera_ip_map of ['{"cam-2":"10.0.0.7"}', { 'cam-2': '10.0.0.7' }]) {
      const audio_relay_ws = 'wss://relay.example/7';
      const alert = await hub.alert(await hub.raise({ audio_relay_ws, camera_ip_map }));
      assert.deepEqual(pick(alert, 'audio_relay_ws', 'camera_ip_map'), [
        audio_relay_ws,
        camera_ip_map,
      ]);
    }
  });

  test('analyse: JSON of the detector, bounded', async () => {
    const hub = shared();
    const analyse = { confidence: 0.93, boxes: [[1, 2, 3, 4]], words: 'sol mouillé' };
    assert.deepEqual((await hub.alert(await hub.raise({ analyse })))['analyse'], analyse);
    const large = { words: 'x'.repeat(70_000) };
    const answer = await hub.call('POST /api/v1/alerts', { title: 'Fall', analyse: large });
    assert.deepEqual([answer.status, answer.at('error.details.0.path')], [422, 'analyse']);
  });
});

describe('the timeline is an append-only record of all that happened', () => {
  const shared = shareTestHub();

  test('a whole night, as a person would tell it', async () => {
    const hub = shared();
    const policy_id = await addPolicy(hub, 'night', { delays: [120, 300], min_interval_s: 60 });
    const event = { title: 'Fall', fingerprint: 'night', severity: 'critical', policy_id };
    const post = (more: JsonObject) => hub.call('POST /api/v1/events', { ...event, ...more });
    const first = await post({ starts_at: '2026-11-16T07:59:00Z' });
    const id = first.textAt('results.0.alert_id');
    const path = `POST /api/v1/alerts/${id}`;
    await hub.advance({ minutes: 3 });
    await post({ starts_at: '2026-11-16T08:02:00Z' });
    await hub.call(`${path}/note`, { detail: 'nobody opens the door' });
    await hub.call(`${path}/assign`, { assigned_to: 'Ben', detail: 'lives next door' });
    await hub.call(`${path}/escalate`, { detail: 'at once, please' });
    await hub.advance({ minutes: 1 });
    await moveTo(hub, id, 'SEEN');
    await hub.advance({ minutes: 1 });
    await hub.acknowledge(id, { intent: 'on_site', detail: 'I am with her' });
    await hub.acknowledge(id);
    await hub.advance({ minutes: 10 });
    await moveTo(hub, id, { status: 'RESOLVED', outcome: 'help_sent', detail: 'ambulance came' });
    await hub.settle();
    const accepted = 'accepted by ops (HTTP 200) | attempt 1 (Tocsin)';
    assert.deepEqual(await tellStory(hub, id), [
      '0:00 CREATED critical, raised by admin key | calling ops (admin key)',
      `0:00 NOTIFICATION_SENT alert.created ${accepted}`,
      '2:00 ESCALATED Reminder 1 | level 1, send #2, high | calling ops (Tocsin)',
      `2:00 NOTIFICATION_RESENT level 1, send #2 | Reminder 1 | alert.escalated ${accepted}`,
      '3:00 JOINED occurrence 2, reported by admin key (admin key)',
      '3:00 NOTE nobody opens the door (admin key)',
      '3:00 ASSIGNED to Ben | lives next door (admin key)',
      '3:00 NOTE calls the next step | at once, please (admin key)',
      '3:00 ESCALATED Reminder 2 | level 2, send #3, high | calling ops (Tocsin)',
      `3:00 NOTIFICATION_RESENT level 2, send #3 | Reminder 2 | alert.escalated ${accepted}`,
      '4:00 STATUS_CHANGED PENDING -> SEEN (admin key)',
      `4:00 NOTIFICATION_SENT alert.seen ${accepted}`,
      '5:00 STATUS_CHANGED SEEN -> ACKNOWLEDGED | on_site | I am with her (admin key)',
      '5:00 RECEIPT ACKNOWLEDGED (seen) while ACKNOWLEDGED, nothing changed (admin key)',
      `5:00 NOTIFICATION_SENT alert.acknowledged ${accepted}`,
      '15:00 STATUS_CHANGED ACKNOWLEDGED -> RESOLVED | help_sent | ambulance came (admin key)',
      `15:00 NOTIFICATION_SENT alert.resolved ${accepted}`,
    ]);
  });

  test('a note and an assignment need a text, and are bounded', async () => {
    const hub = shared();
    const id = await hub.raise();
    for (const [what, body, path] of [
      ['note', {}, 'detail'],
      ['note', { detail: '' }, 'detail'],
      ['note', { detail: 'x'.repeat(2_001) }, 'detail'],
      ['assign', {}, 'assigned_to'],
      ['assign', { assigned_to: 'x'.repeat(201) }, 'assigned_to'],
    ] as const) {
      const answer = await hub.call(`POST /api/v1/alerts/${id}/${what}`, body);
      assert.deepEqual([answer.status, answer.at('error.details.0.path')], [422, path]);
    }
    const ben = { assigned_to: 'Ben' };
    assert.equal((await hub.call(`POST /api/v1/alerts/${id}/assign`, ben)).at('changed'), true);
    assert.equal((await hub.call(`POST /api/v1/alerts/${id}/assign`, ben)).at('changed'), false);
    assert.equal((await hub.alert(id))['assigned_to'], 'Ben');
    await hub.call(`POST /api/v1/alerts/${id}/assign`, { assigned_to: null });
    assert.equal((await hub.alert(id))['assigned_to'], null);
    assert.equal((await tellStory(hub, id)).at(-1), '0:00 ASSIGNED to nobody (admin key)');
  });
});

describe('history: terminal alerts are archived and kept', () => {
  const shared = shareTestHub();

  const patchProject = (hub: TestHub, body: JsonObject) =>
    patch(hub, '/api/v1/projects/default', body);

  async function runRetention(hub: TestHub): Promise<void> {
    while ((await hub.node.hub.runRetentionOnce()) > 0);
  }

  const countOf = async (hub: TestHub, table: string, id: string) => {
    const column = table === 'notification' ? 'subject_id' : 'alert_id';
    const [row] = await hub.query(`select count(*)::int as n from ${table} where ${column} = $1`, [
      id,
    ]);
    return row?.['n'];
  };

  test('archived after archive_after_s; never while open, nor expired and not closed', async () => {
    const hub = shared();
    await patchProject(hub, { archive_after_s: 3_600 });
    const policy_id = await addPolicy(hub, 'archive', {
      expire_after_s: 60,
      ack_timeout_s: 86_400,
    });
    const [over, held, expired] = [
      await hub.raise({ policy_id }),
      await hub.raise({ policy_id }),
      await hub.raise({ policy_id }),
    ];
    await moveTo(hub, over, 'RESOLVED');
    await hub.acknowledge(held);
    await hub.advance({ minutes: 59, seconds: 59 });
    await runRetention(hub);
    assert.equal((await hub.alert(over))['archived_at'], null);
    await hub.advance({ seconds: 1 });
    await runRetention(hub);
    const isArchived = async (id: string) => (await hub.alert(id))['archived_at'] !== null;
    assert.deepEqual(
      [await isArchived(over), await isArchived(held), await isArchived(expired)],
      [true, false, false],
    );
    await hub.call(`POST /api/v1/alerts/${expired}/close`, { detail: 'asked her, all is well' });
    await hub.advance({ hours: 1 });
    await runRetention(hub);
    assert.equal(await isArchived(expired), true);
    const shown = listItems(await hub.call('GET /api/v1/alerts?archived=true')).map(
      ({ alert_id: id }) => id,
    );
    assert.deepEqual(new Set(shown), new Set([over, expired]));
  });

  test('kept for ever unless the project has a retention', async () => {
    const hub = shared();
    await patchProject(hub, { archive_after_s: 0, retention_days: null });
    const id = await hub.raise();
    await moveTo(hub, id, 'RESOLVED');
    await runRetention(hub);
    await hub.advance({ hours: 24 * 400 });
    await runRetention(hub);
    assert.notEqual((await hub.alert(id))['archived_at'], null);
    assert.ok((await tellStory(hub, id)).length > 0);
  });

  test('forgotten with all that hangs on it when the retention is over', async () => {
    const hub = shared();
    await patchProject(hub, { archive_after_s: 0, retention_days: 30 });
    const old = await hub.raise();
    await hub.settle();
    await moveTo(hub, old, 'RESOLVED');
    await runRetention(hub);
    await hub.advance({ hours: 24 * 29 });
    const open = await hub.raise({ title: 'Still going on' });
    await runRetention(hub);
    assert.equal((await hub.call(`GET /api/v1/alerts/${old}`)).status, 200);
    await hub.advance({ hours: 24 });
    await runRetention(hub);
    assert.equal((await hub.call(`GET /api/v1/alerts/${old}`)).status, 404);
    for (const table of ['alert', 'timeline', 'notification', 'escalation']) {
      assert.equal(await countOf(hub, table, old), 0, table);
    }
    assert.equal((await hub.call(`GET /api/v1/alerts/${open}`)).status, 200);
  });
});

describe('active count, for senders that throttle themselves', () => {
  const shared = shareTestHub();

  test('PENDING + DELIVERED, per project, device and camera', async () => {
    const hub = shared();
    await hub.call('POST /api/v1/projects', { project_id: 'north' });
    const raise = (device_id: string, camera_id: string, more: JsonObject = {}) =>
      hub.raise({ device_id, camera_id, ...more });
    await raise('box-1', 'cam-1');
    await moveTo(hub, await raise('box-1', 'cam-2'), 'DELIVERED');
    await moveTo(hub, await raise('box-1', 'cam-1'), 'SEEN');
    await hub.acknowledge(await raise('box-2', 'cam-3'));
    await raise('box-1', 'cam-1', { project_id: 'north' });
    const count = async (query: string) => {
      const answer = await hub.call(`GET /api/v1/alerts/active-count${query}`);
      return [answer.at('pending'), answer.at('delivered'), answer.at('total')];
    };
    assert.deepEqual(await count(''), [2, 1, 3]);
    assert.deepEqual(await count('?project_id=default'), [1, 1, 2]);
    assert.deepEqual(await count('?project_id=north&device_id=box-1'), [1, 0, 1]);
    assert.deepEqual(await count('?project_id=default&camera_id=cam-1'), [1, 0, 1]);
    assert.deepEqual(await count('?device_id=box-2'), [0, 0, 0]);
    const made = await hub.call('POST /api/v1/keys', { name: 'box', role: 'ingest' });
    const asked = { key: made.textAt('key') };
    const answer = await hub.call('GET /api/v1/alerts/active-count', undefined, asked);
    assert.deepEqual([answer.status, answer.at('total')], [200, 2], 'a sender counts its own');
  });
});

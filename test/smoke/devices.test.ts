/** DOMAIN 8: a device that falls silent is an alarm; one that is heard is none. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MS_PER_SECOND } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { JsonObject } from '#kernel/syntax/json.ts';
import { startTestHub, type TestHub } from '#test/support/hub.ts';
import { listItems, textOf } from '#test/support/hub/calls.ts';
import { patch } from '#test/support/hub/story.ts';

const ONLINE = { camera_id: 'camera_12', state: 'online', fps: 12.4, last_frame_age_ms: 80 };
const OFFLINE = { camera_id: 'camera_13', state: 'offline', fps: 0, last_frame_age_ms: 912_000 };

async function beat(hub: TestHub, more: JsonObject = {}): Promise<void> {
  const body = { device_id: 'edge_box_01', timestamp: hub.clock.now(), ...more };
  const answer = await hub.call('POST /api/ai/device/heartbeat', body);
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.at('code'), 0);
  await hub.settle();
}

/** Heartbeats every 30 seconds, as a healthy box sends them. */
async function beatFor(hub: TestHub, seconds: number, more: JsonObject = {}): Promise<void> {
  for (let left = seconds; left > 0; left -= 30) {
    await hub.advance({ seconds: Math.min(30, left) });
    await beat(hub, more);
  }
}

/** `title | status outcome`, oldest first. */
async function listAlerts(hub: TestHub, query = ''): Promise<readonly string[]> {
  const alerts = listItems(await hub.call(`GET /api/v1/alerts?limit=100${query}`));
  return alerts.toReversed().map((alert) => {
    const outcome = alert['outcome'] === null ? '' : ` ${textOf(alert['outcome'])}`;
    return `${textOf(alert['title'])} | ${textOf(alert['status'])}${outcome}`;
  });
}

const called = (hub: TestHub) =>
  hub.receiver.received('/ops').map(({ body }) => textOf(body['event']));

describe('a box', () => {
  test('silent for 90 s is told of, and its alert ends when it speaks', async (t) => {
    const hub = await startTestHub(t);
    await beat(hub, { cameras: [ONLINE] });
    await hub.advance({ seconds: 89 });
    assert.deepEqual(await listAlerts(hub), []);
    await hub.advance({ seconds: 1 });
    const title = 'Box edge_box_01 has been silent for 90 s';
    assert.deepEqual(await listAlerts(hub), [`${title} | PENDING`]);
    assert.deepEqual(called(hub), ['alert.created']);
    await hub.advance({ seconds: 20 });
    await beat(hub);
    assert.deepEqual(await listAlerts(hub), [`${title} | RESOLVED resolved_by_source`]);
    assert.deepEqual(called(hub), ['alert.created', 'alert.resolved']);
  });

  test('that speaks again and falls silent again is a new alert', async (t) => {
    const hub = await startTestHub(t);
    await beat(hub);
    await hub.advance({ seconds: 100 });
    await beat(hub);
    await hub.advance({ seconds: 100 });
    const title = 'Device edge_box_01 has been silent for 90 s';
    assert.deepEqual(await listAlerts(hub), [
      `${title} | RESOLVED resolved_by_source`,
      `${title} | PENDING`,
    ]);
  });

  test('that goes on is never told of, and neither are its cameras', async (t) => {
    const hub = await startTestHub(t);
    await beatFor(hub, 900, { cameras: [ONLINE] });
    assert.deepEqual(await listAlerts(hub), []);
    assert.equal(await hub.countRows('event'), 0);
  });

  test('whose answered alert lasts calls nobody again until it has spoken', async (t) => {
    const hub = await startTestHub(t);
    await beat(hub);
    await hub.advance({ seconds: 90 });
    const [alert] = listItems(await hub.call('GET /api/v1/alerts'));
    await hub.call(`POST /api/v1/alerts/${textOf(alert?.['alert_id'])}/status`, {
      status: 'RESOLVED',
      outcome: 'fixed',
    });
    await hub.advance({ minutes: 30 });
    assert.equal((await listAlerts(hub)).length, 1);
    await beat(hub);
    await hub.advance({ seconds: 90 });
    assert.equal((await listAlerts(hub)).length, 2);
  });

  test('labels the alert so that a rule, or a person, knows what it is about', async (t) => {
    const hub = await startTestHub(t, { isTelling: false });
    await hub.tell('/fm', { rule: { event_types: ['device.silent'] } });
    await hub.tell('/all', { rule: { event_types: ['device.silent', 'alert.created'] } });
    await beat(hub, { area_id: 'ward-3' });
    await hub.advance({ seconds: 90 });
    const [alert] = listItems(await hub.call('GET /api/v1/alerts?device_id=edge_box_01'));
    assert.deepEqual(alert?.['labels'], {
      alertname: 'device.silent',
      kind: 'care',
      device_id: 'edge_box_01',
      area_id: 'ward-3',
    });
    assert.deepEqual([alert['severity'], alert['area_id']], ['high', 'ward-3']);
    assert.equal(hub.receiver.received('/fm').length, 1);
    assert.equal(hub.receiver.received('/all').length, 1);
  });
});

describe('a camera', () => {
  test('that has been without a picture for 15 min alarms in the first heartbeat', async (t) => {
    const hub = await startTestHub(t);
    await beat(hub, { cameras: [ONLINE, OFFLINE] });
    assert.deepEqual(await listAlerts(hub), ['Camera camera_13 sends no picture | PENDING']);
    const [alert] = listItems(await hub.call('GET /api/v1/alerts?camera_id=camera_13'));
    assert.deepEqual([alert?.['device_id'], alert?.['severity']], ['edge_box_01', 'medium']);
    await beatFor(hub, 60, { cameras: [ONLINE, { ...OFFLINE, last_frame_age_ms: 972_000 }] });
    assert.equal((await listAlerts(hub)).length, 1);
    await beat(hub, { cameras: [ONLINE, { ...ONLINE, camera_id: 'camera_13' }] });
    assert.deepEqual(await listAlerts(hub), [
      'Camera camera_13 sends no picture | RESOLVED resolved_by_source',
    ]);
  });

  for (const [what, part] of [
    ['offline', { state: 'offline', last_frame_age_ms: 0 }],
    ['without frames', { fps: 0 }],
    ['frozen', { state: 'online', fps: 12, last_frame_age_ms: 200_000 }],
    ['not named any more', null],
  ] as const) {
    test(`that is ${what} is told of after 3 min, with its box in good health`, async (t) => {
      const hub = await startTestHub(t);
      await beat(hub, { cameras: [ONLINE, { ...ONLINE, camera_id: 'camera_13' }] });
      const bad = part === null ? [] : [{ camera_id: 'camera_13', ...part }];
      if (what !== 'frozen') {
        await beatFor(hub, 150, { cameras: [ONLINE, ...bad] });
        assert.deepEqual(await listAlerts(hub), []);
      }
      await beatFor(hub, what === 'frozen' ? 210 : 60, { cameras: [ONLINE, ...bad] });
      assert.deepEqual(await listAlerts(hub), ['Camera camera_13 sends no picture | PENDING']);
    });
  }

  test('of a silent box is not told of besides; it is when the box is back', async (t) => {
    const hub = await startTestHub(t);
    const fresh = { ...OFFLINE, last_frame_age_ms: 10_000 };
    await beat(hub, { cameras: [ONLINE, fresh] });
    await hub.advance({ minutes: 10 });
    const silent = 'Box edge_box_01 has been silent for 90 s';
    assert.deepEqual(await listAlerts(hub), [`${silent} | PENDING`]);
    await beat(hub, { cameras: [ONLINE, { ...OFFLINE, last_frame_age_ms: 610_000 }] });
    assert.deepEqual(await listAlerts(hub), [
      `${silent} | RESOLVED resolved_by_source`,
      'Camera camera_13 sends no picture | PENDING',
    ]);
  });

  test('of one box is not the camera of another with the same name', async (t) => {
    const hub = await startTestHub(t);
    await beat(hub, { cameras: [ONLINE] });
    await beat(hub, {
      device_id: 'edge_box_02',
      cameras: [{ ...OFFLINE, camera_id: 'camera_12' }],
    });
    const [alert] = listItems(await hub.call('GET /api/v1/alerts'));
    assert.deepEqual([alert?.['device_id'], alert?.['camera_id']], ['edge_box_02', 'camera_12']);
    const found = await hub.call('GET /api/v1/devices/edge_box_02%2Fcamera_12');
    assert.equal(found.at('status'), 'silent');
    assert.equal((await hub.call('GET /api/v1/devices/camera_12')).status, 404);
  });
});

describe('a device that reports', () => {
  test('is known from then on, and not missed for having nothing to report', async (t) => {
    const hub = await startTestHub(t);
    await hub.raise({ device_id: 'cam-7', camera_id: 'lens-1', area_id: 'a1' });
    const items = listItems(await hub.call('GET /api/v1/devices'));
    const rows = items.map(({ device_id, kind, status, area_id }) =>
      [device_id, kind, status, area_id].map((one) => textOf(one)).join(' '),
    );
    assert.deepEqual(
      new Set(rows),
      new Set(['cam-7 care unwatched a1', 'cam-7/lens-1 camera unwatched a1']),
    );
    await hub.advance({ hours: 1 });
    assert.equal((await listAlerts(hub)).length, 1);
  });

  test('is missed as soon as somebody has said after how long it is', async (t) => {
    const hub = await startTestHub(t);
    await hub.raise({ device_id: 'cam-7' });
    await hub.advance({ minutes: 10 });
    await patch(hub, '/api/v1/devices/cam-7', { silent_after_s: 60 });
    await hub.advance({ seconds: 59 });
    assert.equal((await listAlerts(hub)).length, 1);
    await hub.advance({ seconds: 1 });
    const silent = 'Device cam-7 has been silent for 60 s';
    assert.equal((await listAlerts(hub)).at(-1), `${silent} | PENDING`);
    await hub.raise({ device_id: 'cam-7' });
    await hub.settle();
    assert.ok((await listAlerts(hub)).includes(`${silent} | RESOLVED resolved_by_source`));
  });

  test('puts its silence off as a heartbeat does; a copy of a report counts too', async (t) => {
    const hub = await startTestHub(t);
    await beat(hub);
    const report = { title: 'Fall', device_id: 'edge_box_01', provider_event_id: 'e1' };
    for (let round = 0; round < 4; round += 1) {
      await hub.advance({ seconds: 60 });
      assert.equal((await hub.call('POST /api/v1/events', report)).status, 202);
    }
    assert.deepEqual(await listAlerts(hub), ['Fall | PENDING']);
    await hub.advance({ seconds: 90 });
    assert.equal((await listAlerts(hub)).length, 2);
  });

  test('is not renewed by what Alertmanager says about it, nor by our own alert', async (t) => {
    const hub = await startTestHub(t);
    await beat(hub);
    await hub.advance({ seconds: 60 });
    const labels = { alertname: 'DiskFull', device_id: 'edge_box_01' };
    await hub.postAlertmanager([{ labels }]);
    await hub.advance({ seconds: 30 });
    assert.equal((await listAlerts(hub, '&device_id=edge_box_01')).length, 2);
    const [row] = await hub.query('select last_seen_at, last_event_at from device');
    assert.equal(row?.['last_event_at'], null);
    const [event] = await hub.query(`select synthetic from event where provider = 'tocsin'`);
    assert.equal(event?.['synthetic'], true);
  });
});

describe('an outage of ours', () => {
  test('makes nobody silent: who could not reach us gets time to', async (t) => {
    const hub = await startTestHub(t);
    await beat(hub, { cameras: [ONLINE] });
    await hub.node.kill();
    hub.clock.advanceMs(3_600 * MS_PER_SECOND);
    const node = await hub.addNode();
    await hub.settle();
    const graceS = LIMITS.sourceGraceMs / MS_PER_SECOND;
    await hub.advance({ seconds: graceS - 1 });
    const key = { node };
    assert.deepEqual((await hub.call('GET /api/v1/alerts', undefined, key)).at('items'), []);
    const body = { device_id: 'edge_box_01', cameras: [ONLINE] };
    await hub.call('POST /api/ai/device/heartbeat', body, key);
    await hub.advance({ seconds: 60 });
    assert.deepEqual((await hub.call('GET /api/v1/alerts', undefined, key)).at('items'), []);
    await hub.advance({ seconds: 30 });
    const alerts = listItems(await hub.call('GET /api/v1/alerts', undefined, key));
    assert.equal(alerts.length, 1);
  });

  test('of which a device does not come back is told when the time is over', async (t) => {
    const hub = await startTestHub(t);
    await beat(hub);
    await hub.node.kill();
    hub.clock.advanceMs(3_600 * MS_PER_SECOND);
    const node = await hub.addNode();
    await hub.advance({ seconds: LIMITS.sourceGraceMs / MS_PER_SECOND });
    const [alert] = listItems(await hub.call('GET /api/v1/alerts', undefined, { node }));
    assert.equal(alert?.['title'], 'Device edge_box_01 has been silent for 62 min');
  });

  test('two nodes look at once: one alert, and one end of it', async (t) => {
    const hub = await startTestHub(t);
    const other = await hub.addNode();
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    for (const name of names) await beat(hub, { device_id: name });
    hub.clock.advanceMs(90 * MS_PER_SECOND);
    const look = () =>
      Promise.all(
        [hub.node, other].map(({ hub: { supervision } }) => supervision.runSilenceOnce()),
      );
    await hub.node.hub.nodeLease.runRenewalOnce();
    await other.hub.nodeLease.runRenewalOnce();
    await look();
    assert.equal((await listAlerts(hub)).length, names.length);
    for (const device_id of names) await hub.call('POST /api/ai/device/heartbeat', { device_id });
    await look();
    const alerts = await listAlerts(hub);
    assert.ok(
      alerts.every((line) => line.endsWith('RESOLVED resolved_by_source')),
      alerts.join(),
    );
    assert.equal(await hub.countRows('event'), 2 * names.length);
  });
});

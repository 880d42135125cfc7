/** An alert that a device is silent is called out, answered and told of as any other. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LIMITS } from '#kernel/limits.ts';
import { MS_PER_SECOND } from '#kernel/instant.ts';
import { startTestHub, type TestHub } from '#test/support/hub.ts';
import { listItems, textOf } from '#test/support/hub/calls.ts';
import { addPolicy, listRounds, moveTo, patch, tellStory } from '#test/support/hub/story.ts';

const CARE_S = LIMITS.careSilentMs / MS_PER_SECOND;

/** The id of the alert that it is silent. */
async function fallSilent(hub: TestHub, device_id = 'box'): Promise<string> {
  const answer = await hub.call('POST /api/ai/device/heartbeat', { device_id });
  assert.equal(answer.status, 200, answer.text);
  await hub.advance({ seconds: CARE_S });
  const [alert] = listItems(await hub.call(`GET /api/v1/alerts?device_id=${device_id}`));
  return textOf(alert?.['alert_id']);
}

const speak = async (hub: TestHub): Promise<void> => {
  await hub.call('POST /api/ai/device/heartbeat', { device_id: 'box' });
  await hub.settle();
};

describe('people who are called for a silent device', () => {
  test('are called again until somebody answers', async (t) => {
    const hub = await startTestHub(t);
    const id = await fallSilent(hub);
    await hub.advance({ seconds: 300 });
    assert.deepEqual(await listRounds(hub, id), [
      '0:00 created, high -> /ops',
      '2:00 escalated Reminder 1, high -> /ops',
      '5:00 escalated Reminder 2, critical -> /ops',
    ]);
    await moveTo(hub, id, 'ACKNOWLEDGED');
    await hub.advance({ minutes: 30 });
    assert.equal((await listRounds(hub, id)).length, 4);
  });

  test('are not called any more when it speaks, and hear that it does', async (t) => {
    const hub = await startTestHub(t);
    const id = await fallSilent(hub);
    await hub.advance({ seconds: 60 });
    await speak(hub);
    await hub.advance({ minutes: 30 });
    const rounds = await listRounds(hub, id);
    assert.deepEqual(rounds, ['0:00 created, high -> /ops', '1:00 resolved, normal -> /ops']);
  });

  test('who have it see that it speaks again, on its timeline', async (t) => {
    const hub = await startTestHub(t);
    const id = await fallSilent(hub);
    await moveTo(hub, id, 'ACKNOWLEDGED');
    await hub.advance({ seconds: 30 });
    await speak(hub);
    const story = await tellStory(hub, id);
    assert.match(story[0] ?? '', /^0:00 CREATED high, raised by Tocsin \| calling ops \(Tocsin\)$/);
    const ended = story.filter((line) => line.includes('ACKNOWLEDGED -> RESOLVED'));
    assert.match(ended.join(), /^0:30 STATUS_CHANGED .* \(Tocsin\)$/);
    assert.equal((await hub.alert(id))['outcome'], 'resolved_by_source');
  });

  test('are those of the policy of the source that the device reports through', async (t) => {
    const hub = await startTestHub(t);
    const policyId = await addPolicy(hub, 'technicians', { delays: [3_600] });
    const sources = listItems(await hub.call('GET /api/v1/sources'));
    const edge = sources.find((one) => one['kind'] === 'edge');
    await patch(hub, `/api/v1/sources/${textOf(edge?.['id'])}`, { policy_id: policyId });
    const id = await fallSilent(hub);
    assert.equal((await hub.alert(id))['policy_id'], policyId);
    await hub.advance({ minutes: 30 });
    assert.equal((await listRounds(hub, id)).length, 1);
  });

  test('are told when nobody answered until it expired', async (t) => {
    const hub = await startTestHub(t, { isTelling: false });
    await hub.tell('/fm', { rule: { event_types: ['device.silent'] } });
    const id = await fallSilent(hub);
    await hub.advance({ hours: 3 });
    assert.equal((await hub.alert(id))['status'], 'EXPIRED');
    const events = hub.receiver.received('/fm').map(({ body }) => textOf(body['event']));
    assert.deepEqual(events, ['alert.created', 'alert.expired']);
  });

  test('can ask for the kind of device, or for a place, in a rule', async (t) => {
    const hub = await startTestHub(t, { isTelling: false });
    const types = { event_types: ['device.silent'] };
    await hub.tell('/care', { rule: { ...types, matchers: ['kind="care"'] } });
    await hub.tell('/cameras', { rule: { ...types, matchers: ['kind="camera"'] } });
    await hub.tell('/box', { rule: { ...types, matchers: ['device_id=~"bo."', 'severity=high'] } });
    await fallSilent(hub);
    const cameras = [{ camera_id: 'c', state: 'offline', last_frame_age_sec: 900 }];
    await hub.call('POST /api/ai/device/heartbeat', { device_id: 'other', cameras });
    await hub.settle();
    const paths = hub.receiver.received().map(({ path }) => path);
    assert.deepEqual(
      ['/care', '/cameras', '/box'].map((path) => paths.filter((one) => one === path).length),
      [1, 1, 1],
    );
  });
});

describe('the record of a silent device', () => {
  test('holds when it fell silent, and the two reports that say so', async (t) => {
    const hub = await startTestHub(t);
    const began = new Date(hub.clock.now()).toISOString();
    const id = await fallSilent(hub);
    const device = await hub.call('GET /api/v1/devices/box');
    assert.deepEqual([device.at('status'), device.at('silent_since')], ['silent', began]);
    await speak(hub);
    const after = await hub.call('GET /api/v1/devices/box');
    assert.deepEqual([after.at('status'), after.at('silent_since')], ['fresh', null]);
    const events = await hub.query(
      `select stage, provider, synthetic, alert_id, provider_ts from event order by event_id`,
    );
    assert.deepEqual(
      events.map(({ stage, provider, synthetic, alert_id }) => {
        return { stage, provider, synthetic, alert_id };
      }),
      ['received', 'resolved'].map((stage) => {
        return { stage, provider: 'tocsin', synthetic: true, alert_id: id };
      }),
    );
  });

  test('links one silence to the one before it', async (t) => {
    const hub = await startTestHub(t);
    const first = await fallSilent(hub);
    await speak(hub);
    const second = await fallSilent(hub);
    assert.notEqual(first, second);
    assert.equal((await hub.alert(second))['previous_alert_id'], first);
    const { fingerprint } = await hub.alert(second);
    assert.equal(fingerprint, 'device.silent:box');
  });
});

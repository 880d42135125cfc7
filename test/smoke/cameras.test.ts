/** Camera boxes: what becomes of a fall that one of them sees, however the box behaves. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isJsonObject, type JsonObject } from '#kernel/syntax/json.ts';
import { startTestHub, type TestHub } from '#test/support/hub.ts';
import { listEvents, tellStory } from '#test/support/hub/story.ts';
import { openWayIn } from '#test/support/hub/ways-in.ts';
import { readSourceFixture } from '#test/support/samples/sources.ts';

const FALL_ID = 'box_1_camera_12_20261116080000_9f2c1b';

const FALL: JsonObject = {
  alarm_id: FALL_ID,
  alarm_type: 'fall',
  device_id: 'box_1',
  camera_id: 'camera_12',
  confidence: 91,
  snapshot_path: 'alarms/2026/11/16/fall.jpg',
  vlm_description: 'An old man lies on the kitchen floor and does not move.',
  event_time: '2026-11-16T16:00:00+08:00',
  ext_data: { area_id: 1317 },
};

/** A box counts from 1, and again after each start. */
const COUNTED: JsonObject = { ...FALL, alarm_id: 1, event_time: '2026-11-16T08:00:00Z' };

/** What becomes of one report after the other: the ids of their alerts. */
async function reportAll(hub: TestHub, bodies: readonly JsonObject[]) {
  const { report } = await openWayIn(hub, 'edge');
  const answers = [];
  for (const body of bodies) answers.push(await report(body));
  return answers.map((answer) => ({
    alertId: answer.at('data.alert_id') ?? null,
    isDuplicate: answer.at('data.is_duplicate'),
  }));
}

async function listAlerts(hub: TestHub): Promise<readonly JsonObject[]> {
  const items = (await hub.call('GET /api/v1/alerts')).at('items');
  return Array.isArray(items) ? items.filter(isJsonObject).toReversed() : [];
}

const statuses = async (hub: TestHub) => (await listAlerts(hub)).map(({ status }) => status);

test('a fall is called out as critical, with its area and its camera', async (t) => {
  const hub = await startTestHub(t);
  await reportAll(hub, [FALL]);
  await hub.settle();
  const [told, ...more] = hub.receiver.received();
  assert.ok(told !== undefined && more.length === 0);
  const alert = told.data['alert'];
  assert.ok(isJsonObject(alert));
  assert.deepEqual([told.data['priority'], alert['severity']], ['critical', 'critical']);
  assert.equal(alert['title'], 'Fall detected, camera_12');
  const place = ['device_id', 'camera_id', 'area_id'].map((name) => alert[name]);
  assert.deepEqual(place, ['box_1', 'camera_12', '1317']);
  assert.equal(alert['image'], 'alarms/2026/11/16/fall.jpg');
  assert.deepEqual(alert['analyse'], { confidence: 0.91, ext_data: { area_id: 1317 } });
});

test('a rule can ask for falls in one area', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  const matchers = ['alarm_type="fall"', 'area_id="1317"'];
  await hub.tell('/ward', { rule: { matchers } });
  await reportAll(hub, [
    FALL,
    { ...FALL, alarm_id: 'other-area', ext_data: { area_id: 9 } },
    { ...FALL, alarm_id: 'other-type', alarm_type: 'garbage' },
  ]);
  await hub.settle();
  const told = hub.receiver.received().filter(({ path }) => path === '/ward');
  const about = told.map(({ data }) => isJsonObject(data['alert']) && data['alert']['alert_id']);
  assert.deepEqual(about, [FALL['alarm_id']]);
});

test('a box that got no answer and sends it again raises nothing', async (t) => {
  const hub = await startTestHub(t);
  const became = await reportAll(hub, [FALL, FALL, FALL]);
  const alertId = FALL_ID;
  assert.deepEqual(became, [
    { alertId, isDuplicate: false },
    { alertId, isDuplicate: true },
    { alertId, isDuplicate: true },
  ]);
  await hub.settle();
  assert.equal(hub.receiver.received().length, 1);
});

test('the end of it resolves it, and says so to those who were called', async (t) => {
  const hub = await startTestHub(t);
  const { report } = await openWayIn(hub, 'edge');
  const id = (await report(FALL)).textAt('data.alert_id');
  await hub.advance({ minutes: 1 });
  await report({ ...FALL, state: 'resolved', event_time: '2026-11-16T16:01:00+08:00' });
  await hub.settle();
  const alert = await hub.alert(id);
  assert.deepEqual([alert['status'], alert['outcome']], ['RESOLVED', 'resolved_by_source']);
  assert.deepEqual(listEvents(hub, id), ['created', 'resolved']);
});

test('updates are not alarms: nobody is called again, nothing is resurrected', async (t) => {
  const hub = await startTestHub(t);
  const { report } = await openWayIn(hub, 'edge');
  const update = { ...FALL, state: 'update' };
  for (const body of [FALL, update, update]) await report(body);
  await hub.advance({ seconds: 30 });
  await report({ ...FALL, state: 'end' });
  await report(update);
  await hub.settle();
  assert.deepEqual(await statuses(hub), ['RESOLVED']);
  assert.deepEqual(listEvents(hub, FALL_ID), ['created', 'resolved']);
});

test('an update whose beginning was lost is an alarm', async (t) => {
  const hub = await startTestHub(t);
  await reportAll(hub, [
    { ...FALL, state: 'update' },
    { ...COUNTED, state: 'update' },
  ]);
  assert.deepEqual(await statuses(hub), ['PENDING', 'PENDING']);
});

test('box A and box B both count from 1: two falls', async (t) => {
  const hub = await startTestHub(t);
  const [a, b] = await reportAll(hub, [
    { ...COUNTED, device_id: 'box_A' },
    { ...COUNTED, device_id: 'box_B' },
  ]);
  assert.notEqual(a?.alertId, b?.alertId);
  assert.deepEqual(await statuses(hub), ['PENDING', 'PENDING']);
});

test('two cameras of one box that counts for each: two falls', async (t) => {
  const hub = await startTestHub(t);
  await reportAll(hub, [COUNTED, { ...COUNTED, camera_id: 'camera_13' }]);
  assert.deepEqual(await statuses(hub), ['PENDING', 'PENDING']);
});

test('a box that starts again counts from 1 again: the second fall is called out', async (t) => {
  for (const [clock, time] of [
    ['right', '2026-11-16T08:30:00Z'],
    ['unset', '1970-01-01T00:01:10Z'],
    ['an hour back', '2026-11-16T07:30:00Z'],
    ['silent', null],
  ]) {
    await t.test(`with a clock that is ${clock}`, async (part) => {
      const hub = await startTestHub(part);
      const { report } = await openWayIn(hub, 'edge');
      const first = (await report(COUNTED)).textAt('data.alert_id');
      await hub.advance({ minutes: 10 });
      await hub.acknowledge(first);
      const answered = { status: 'RESOLVED', outcome: 'help_sent' };
      await hub.call(`POST /api/v1/alerts/${first}/status`, answered);
      await hub.advance({ minutes: 20 });
      const second = (await report({ ...COUNTED, event_time: time })).textAt('data.alert_id');
      assert.notEqual(second, first);
      assert.deepEqual(await statuses(hub), ['RESOLVED', 'PENDING']);
      assert.equal((await hub.alert(second))['previous_alert_id'], first);
    });
  }
});

test('a counted fall: a retry is none, a second one joins it while it is open', async (t) => {
  const hub = await startTestHub(t);
  const later = { ...COUNTED, event_time: '2026-11-16T08:02:00Z' };
  const { report } = await openWayIn(hub, 'edge');
  const id = (await report(COUNTED)).textAt('data.alert_id');
  assert.equal((await report(COUNTED)).at('data.is_duplicate'), true);
  assert.equal((await hub.alert(id))['occurrence_count'], 1);
  await hub.settle();
  await hub.acknowledge(id);
  await hub.advance({ minutes: 2 });
  assert.equal((await report(later)).at('data.alert_id'), id);
  await hub.settle();
  assert.equal((await hub.alert(id))['occurrence_count'], 2);
  // Somebody had it; now they hear that it happened again.
  const again = (await tellStory(hub, id)).filter((line) => line.includes('JOINED'));
  assert.equal(again.length, 1);
  assert.deepEqual(listEvents(hub, id), ['created', 'acknowledged', 'escalated']);
});

test('the end of a counted fall ends it; one that comes late does not end the next', async (t) => {
  const hub = await startTestHub(t);
  const { report } = await openWayIn(hub, 'edge');
  await report(COUNTED);
  await hub.advance({ minutes: 1 });
  await report({ ...COUNTED, state: 'end', event_time: '2026-11-16T08:01:00Z' });
  assert.deepEqual(await statuses(hub), ['RESOLVED']);
  await hub.advance({ minutes: 9 });
  await report({ ...COUNTED, event_time: '2026-11-16T08:10:00Z' });
  // The network was away, and the box had kept one for later.
  await report({ ...COUNTED, state: 'end', event_time: '2026-11-16T08:01:01Z' });
  assert.deepEqual(await statuses(hub), ['RESOLVED', 'PENDING']);
});

test('a box whose clock is unset still ends what it began', async (t) => {
  const hub = await startTestHub(t);
  const { report } = await openWayIn(hub, 'edge');
  await report({ ...COUNTED, event_time: 70 });
  await hub.advance({ minutes: 3 });
  await report({ ...COUNTED, event_time: 250, state: 'end' });
  assert.deepEqual(await statuses(hub), ['RESOLVED']);
});

test('a type that nobody knows is an alert of the default severity of its source', async (t) => {
  const hub = await startTestHub(t);
  const { report } = await openWayIn(hub, 'edge', { severity_default: 'high' });
  await report({ alarm_type: 'person_in_pool', camera_id: 'pool', state: 'seen' });
  const [alert] = await listAlerts(hub);
  assert.deepEqual(
    [alert?.['severity'], alert?.['title']],
    ['high', 'Alarm: person in pool, pool'],
  );
});

test('without an id each alarm is its own, and its end ends nothing', async (t) => {
  const hub = await startTestHub(t);
  const { alarm_id: _, event_time: __, ...nameless } = FALL;
  await reportAll(hub, [nameless, nameless, { ...nameless, state: 'end' }]);
  assert.deepEqual(await statuses(hub), ['PENDING', 'PENDING']);
  await hub.settle();
  assert.equal(hub.receiver.received().length, 2);
});

test('an id of nineteen digits is not rounded into that of its neighbour', async (t) => {
  const hub = await startTestHub(t);
  const { post } = await openWayIn(hub, 'edge');
  for (const id of ['9223372036854775801', '9223372036854775802']) {
    const raw = JSON.stringify(FALL).replace(JSON.stringify(FALL['alarm_id']), id);
    const answer = await post(undefined, { raw });
    assert.deepEqual([answer.status, answer.at('data.alert_id')], [200, id]);
  }
  assert.deepEqual(await statuses(hub), ['PENDING', 'PENDING']);
});

test('a box as it was recorded: it leaves its post, and comes back', async (t) => {
  const hub = await startTestHub(t);
  await reportAll(hub, [readSourceFixture('edge/alarm'), readSourceFixture('edge/alarm-over')]);
  const [alert] = await listAlerts(hub);
  assert.deepEqual([alert?.['title'], alert?.['status']], ['Post left, camera_12', 'RESOLVED']);
  const skewed = await hub.query('select provider_ts::text from event order by event_id limit 1');
  assert.deepEqual(
    skewed.map((row) => row['provider_ts']),
    ['2026-03-18 08:03:12+00'],
  );
});

test('a picture is never fetched', async (t) => {
  const hub = await startTestHub(t);
  await reportAll(hub, [{ ...FALL, image_url: hub.receiver.url('/picture.jpg') }]);
  await hub.settle();
  const paths = hub.receiver.received().map(({ path }) => path);
  assert.deepEqual(paths, ['/ops']);
  const [alert] = await listAlerts(hub);
  assert.equal(alert?.['image'], hub.receiver.url('/picture.jpg'));
});

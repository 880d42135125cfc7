/** Tocsin's own ways in: raise an alert, or report events about it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventResults } from '#contract/event.ts';
import { parseWire } from '#contract/wire.ts';
import { formatInstant } from '#kernel/instant.ts';
import type { JsonObject } from '#kernel/syntax/json.ts';
import { startTestHub, type TestHub } from '#test/support/hub.ts';
import { type Answer, textOf } from '#test/support/hub/calls.ts';

async function report(hub: TestHub, ...events: readonly JsonObject[]): Promise<Answer> {
  const answer = await hub.call('POST /api/v1/events', { events });
  assert.equal(answer.status, 202, answer.text);
  assert.ok(parseWire(eventResults, answer.body).ok, answer.text);
  return answer;
}

async function addSource(hub: TestHub, more: JsonObject): Promise<string> {
  const body = { name: 'lifts', kind: 'native', ...more };
  return (await hub.call('POST /api/v1/sources', body)).textAt('token');
}

test('an own alert_id sent twice: 201, then 200 with the same alert, called once', async (t) => {
  const hub = await startTestHub(t);
  const body = { alert_id: 'cam-7:fall.2026', title: 'Fall', severity: 'page' };
  const first = await hub.call('POST /api/v1/alerts', body);
  const second = await hub.call('POST /api/v1/alerts', { ...body, title: 'Fall again' });
  assert.deepEqual([first.status, second.status], [201, 200]);
  assert.deepEqual(second.body, first.body);
  await hub.acknowledge(body.alert_id);
  const third = await hub.call('POST /api/v1/alerts', body);
  assert.deepEqual([third.status, third.at('status')], [200, 'ACKNOWLEDGED']);
  await hub.call(`POST /api/v1/alerts/${body.alert_id}/status`, { status: 'RESOLVED' });
  const fourth = await hub.call('POST /api/v1/alerts', body);
  assert.deepEqual([fourth.status, fourth.at('status')], [200, 'RESOLVED']);
  assert.deepEqual(await hub.countRows('alert'), 1);
  assert.equal(first.at('severity'), 'critical');
});

test('ten senders of the same alert_id at one moment: one 201, one alert', async (t) => {
  const hub = await startTestHub(t);
  const body = { alert_id: 'fall-1', title: 'Fall' };
  const all = Array.from({ length: 10 }, () => hub.call('POST /api/v1/alerts', body));
  const statuses = (await Promise.all(all)).map(({ status }) => status);
  assert.equal(statuses.filter((status) => status === 201).length, 1);
  assert.equal(statuses.filter((status) => status === 200).length, 9);
  await hub.settle();
  assert.equal(hub.receiver.received().length, 1);
});

test('the same alert_id in two projects is two alerts', async (t) => {
  const hub = await startTestHub(t);
  await hub.call('POST /api/v1/projects', { project_id: 'other' });
  const body = { alert_id: 'fall-1', title: 'Fall' };
  const first = await hub.call('POST /api/v1/alerts', body);
  const second = await hub.call('POST /api/v1/alerts', { ...body, project_id: 'other' });
  assert.deepEqual([first.status, second.status], [201, 201]);
});

test('every field that a sender knows comes back', async (t) => {
  const hub = await startTestHub(t);
  const fields = {
    title: '老人跌倒 – ⚠ Chute "chambre 12"',
    severity: 'high',
    labels: { site: 'nord', empty_is_dropped: '' },
    annotations: { note: 'l\u2019étage' },
    device_id: 'care-7',
    camera_id: 'cam-2',
    area_id: '14',
    image: 'https://cams.example/7.jpg',
    audio_relay_ws: 'wss://relay.example/7',
    camera_ip_map: { 'cam-2': '10.0.0.7' },
    analyse: { confidence: 0.93, boxes: [[1, 2, 3, 4]] },
    source_url: 'https://box.example/7',
    starts_at: '2026-11-16T09:59:00.5+02:00',
    is_test: true,
  };
  const alert = await hub.alert(await hub.raise(fields));
  const shown = Object.fromEntries(Object.keys(fields).map((name) => [name, alert[name]]));
  assert.deepEqual(shown, {
    ...fields,
    labels: { site: 'nord' },
    starts_at: '2026-11-16T07:59:00.500Z',
  });
});

test('a batch is stored whole or not at all, and the refusal says where', async (t) => {
  const hub = await startTestHub(t);
  const events = [{ title: 'one' }, { title: 'two' }, { titel: 'three' }];
  const answer = await hub.call('POST /api/v1/events', { events });
  assert.equal(answer.status, 422);
  assert.match(answer.text, /"path":"events\[2\]\.title","message":"is required"/);
  assert.match(answer.text, /"path":"events\[2\]\.titel","message":"unknown field"/);
  assert.equal(await hub.countRows('event'), 0);
  const stored = await report(hub, { title: 'one' }, { title: 'two' });
  assert.equal(stored.at('results.1.is_duplicate'), false);
  assert.deepEqual([await hub.countRows('event'), await hub.countRows('alert')], [2, 2]);
});

test('a repeated provider_event_id is stored as a duplicate and raises nothing', async (t) => {
  const hub = await startTestHub(t);
  const event = { title: 'Door', provider: 'sentry', provider_event_id: 'evt-1' };
  const first = await report(hub, event, event);
  const later = await report(hub, event);
  const id = first.at('results.0.event_id');
  const alertId = first.at('results.0.alert_id');
  const copy = { event_id: id, alert_id: alertId, is_duplicate: true };
  assert.deepEqual(first.at('results.1'), copy);
  assert.deepEqual(later.at('results.0'), copy);
  assert.deepEqual([await hub.countRows('event'), await hub.countRows('alert')], [3, 1]);
  await hub.settle();
  assert.equal(hub.receiver.received().length, 1);
});

test('resolved and updated events find their alert by its id or its fingerprint', async (t) => {
  const hub = await startTestHub(t);
  const raised = await report(
    hub,
    { title: 'Fall', alert_id: 'fall-1' },
    { title: 'Leak', fingerprint: 'leak/cellar' },
  );
  const leak = raised.textAt('results.1.alert_id');
  await hub.advance({ minutes: 1 });
  const updated = await report(
    hub,
    { title: 'Fall', alert_id: 'fall-1', stage: 'updated' },
    { title: 'Leak', fingerprint: 'leak/cellar', stage: 'updated' },
  );
  assert.equal(updated.at('results.1.alert_id'), leak);
  assert.equal((await hub.alert('fall-1'))['occurrence_count'], 1);
  const over = await report(
    hub,
    { title: 'Fall', alert_id: 'fall-1', stage: 'resolved' },
    { title: 'Leak', fingerprint: 'leak/cellar', stage: 'resolved' },
  );
  assert.equal(over.at('results.0.alert_id'), 'fall-1');
  for (const id of ['fall-1', leak]) {
    const alert = await hub.alert(id);
    assert.deepEqual([alert['status'], alert['outcome']], ['RESOLVED', 'resolved_by_source']);
  }
  assert.equal(await hub.countRows('alert'), 2);
});

test('every update of an alert counts, not only the first', async (t) => {
  const hub = await startTestHub(t);
  const update = { title: 'Fall', alert_id: 'fall-1', stage: 'updated' };
  await report(hub, { title: 'Fall', alert_id: 'fall-1' });
  for (const note of ['on the floor', 'got up']) {
    await hub.advance({ seconds: 10 });
    const answer = await report(hub, { ...update, annotations: { note } });
    assert.equal(answer.at('results.0.is_duplicate'), false, note);
    const alert = await hub.alert('fall-1');
    assert.equal(alert['last_event_at'], formatInstant(hub.clock.now()));
    assert.deepEqual(alert['annotations'], {}, 'what the first report told is not overwritten');
  }
  const rows = await hub.query(
    `select annotations ->> 'note' as note from event where stage = 'updated' order by event_id`,
  );
  assert.deepEqual(
    rows.map(({ note }) => note),
    ['on the floor', 'got up'],
  );
});

test('an alarm that ended before it came, by a wrong clock maybe, is still told', async (t) => {
  const hub = await startTestHub(t);
  await hub.raise({ severity: 'critical', ends_at: '2026-11-16T07:59:00Z' });
  await hub.settle();
  const events = hub.receiver.received().map(({ body }) => body['event']);
  assert.ok(events.includes('alert.created'), `told only of ${events.length} things`);
});

test('one request is about one project', async (t) => {
  const hub = await startTestHub(t);
  const events = [{ title: 'one' }, { title: 'two', project_id: 'other' }];
  const answer = await hub.call('POST /api/v1/events', { events });
  const path = answer.at('error.details.0.path');
  assert.deepEqual([answer.status, path], [422, 'events[1].project_id']);
  assert.equal(await hub.countRows('event'), 0);
});

test('a resolved event that names no alert is refused', async (t) => {
  const hub = await startTestHub(t);
  const answer = await hub.call('POST /api/v1/events', { title: 'Over', stage: 'resolved' });
  assert.deepEqual([answer.status, answer.at('error.details.0.path')], [422, 'alert_id']);
});

test('the same problem with a new start joins; when it was answered, it calls again', async (t) => {
  const hub = await startTestHub(t);
  const leak = (startsAt: string) =>
    report(hub, { title: 'Leak', fingerprint: 'leak', starts_at: startsAt });
  const first = await leak('2026-11-16T08:00:00Z');
  const id = first.textAt('results.0.alert_id');
  await hub.advance({ minutes: 1 });
  await leak('2026-11-16T08:01:00Z');
  await hub.settle();
  assert.equal((await hub.alert(id))['occurrence_count'], 2);
  assert.equal(hub.receiver.received().length, 1);
  await hub.acknowledge(id);
  await hub.advance({ minutes: 1 });
  await leak('2026-11-16T08:02:00Z');
  await hub.settle();
  assert.deepEqual(
    hub.receiver.received().map(({ body, data }) => [body['event'], data['label']]),
    [
      ['alert.created', null],
      ['alert.acknowledged', null],
      ['alert.escalated', 'Again'],
    ],
  );
  assert.equal(await hub.countRows('alert'), 1);
});

test('detections without id or fingerprint are alerts of their own, however alike', async (t) => {
  const hub = await startTestHub(t);
  await report(hub, { title: 'Fall' }, { title: 'Fall' }, { title: 'Fall' });
  assert.equal(await hub.countRows('alert'), 3);
});

test('a heartbeat is stored and raises nothing', async (t) => {
  const hub = await startTestHub(t);
  const answer = await report(hub, { title: 'alive', stage: 'heartbeat', device_id: 'care-7' });
  assert.equal(answer.at('results.0.alert_id'), null);
  await hub.advance({ hours: 1 });
  assert.deepEqual([await hub.countRows('event'), await hub.countRows('alert')], [1, 0]);
  assert.equal(hub.receiver.received().length, 0);
});

test('a window for duplicates: the same content counts once, until it is over', async (t) => {
  const hub = await startTestHub(t);
  const key = await addSource(hub, { dedup_window_s: 60 });
  const post = async (title: string) => {
    const answer = await hub.call('POST /api/v1/events', { title }, { key });
    return answer.at('results.0.is_duplicate');
  };
  assert.deepEqual(
    [await post('Leak'), await post('Leak'), await post('Fire')],
    [false, true, false],
  );
  await hub.advance({ seconds: 59 });
  assert.equal(await post('Leak'), true);
  await hub.advance({ seconds: 2 });
  assert.equal(await post('Leak'), false);
  assert.equal(await hub.countRows('alert'), 3);
});

test('senders can ask how much is going on', async (t) => {
  const hub = await startTestHub(t);
  await hub.raise({ device_id: 'a', camera_id: '1' });
  await hub.raise({ device_id: 'a', camera_id: '2' });
  await hub.acknowledge(await hub.raise({ device_id: 'b' }));
  const count = async (query: string) =>
    (await hub.call(`GET /api/v1/alerts/active-count${query}`)).body;
  assert.deepEqual(await count(''), { pending: 2, delivered: 0, total: 2 });
  assert.deepEqual(await count('?camera_id=2'), { pending: 1, delivered: 0, total: 1 });
  assert.deepEqual(await count('?device_id=b'), { pending: 0, delivered: 0, total: 0 });
});

test('the list pages through all alerts, newest first, and filters them', async (t) => {
  const hub = await startTestHub(t);
  const titles = [];
  for (let number = 1; number <= 5; number += 1) {
    await hub.raise({ title: `Alarm ${number}`, severity: number % 2 === 0 ? 'high' : 'low' });
    titles.unshift(`Alarm ${number}`);
  }
  const seen = [];
  let cursor = '';
  do {
    const page = await hub.call(`GET /api/v1/alerts?limit=2${cursor}`);
    const items = page.at('items');
    assert.ok(Array.isArray(items) && items.length <= 2);
    seen.push(...items.map(({ title }) => String(title)));
    const next = page.at('next_cursor');
    cursor = next === null ? '' : `&cursor=${textOf(next)}`;
  } while (cursor !== '');
  assert.deepEqual(seen, titles);
  const high = await hub.call('GET /api/v1/alerts?severity=high&status=open&q=alarm');
  assert.deepEqual([high.at('items.0.title'), high.at('items.1.title')], ['Alarm 4', 'Alarm 2']);
  assert.equal(high.at('items.2'), undefined);
});

/** The first promise: an alarm is kept, people are called, and it does not stop by itself. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alertAnswer } from '#contract/alert.ts';
import { parseWire } from '#contract/wire.ts';
import { isJsonObject } from '#kernel/syntax/json.ts';
import { MS_PER_MINUTE } from '#kernel/instant.ts';
import { startTestHub, type TestHub } from '#test/support/hub.ts';

/** What the receiver was told since the start of the test: minute, event, label, priority. */
function listCalls(hub: TestHub, startedAt: number): readonly string[] {
  return hub.receiver.received('/ops').map(({ at, body, data }) => {
    const minute = (at - startedAt) / MS_PER_MINUTE;
    return [minute, body['event'], data['label'], data['priority']].map(String).join(' ');
  });
}

test('an alarm is in the database before its sender gets an answer', async (t) => {
  const hub = await startTestHub(t);
  const answer = await hub.call('POST /api/v1/alerts', { alert_id: 'fall-1', title: 'Fall' });
  const [row] = await hub.query('select status, title from alert where alert_id = $1', ['fall-1']);
  assert.equal(answer.status, 201);
  assert.deepEqual({ ...row }, { status: 'PENDING', title: 'Fall' });
  assert.equal(await hub.countRows('event'), 1);
  const waiting = await hub.query('select status from notification');
  assert.deepEqual(
    waiting.map(({ status }) => status),
    ['pending'],
  );
});

test('the answer has the fields that the contract names', async (t) => {
  const hub = await startTestHub(t);
  const alert = await hub.alert(await hub.raise({ severity: 'critical' }));
  const reading = parseWire(alertAnswer, alert);
  assert.deepEqual(reading.ok ? [] : reading.details, []);
});

test('a webhook tells it at once: signed, with the whole alert and a message id', async (t) => {
  const hub = await startTestHub(t);
  const id = await hub.raise({ severity: 'critical', labels: { room: '12' } });
  await hub.settle();
  const [told, ...more] = hub.receiver.received();
  assert.ok(told !== undefined && more.length === 0);
  assert.equal(told.isSigned, true);
  assert.equal(told.timestampS * 1_000, hub.clock.now());
  assert.equal(told.headers['content-type'], 'application/json');
  assert.deepEqual(Object.keys(told.body), ['event', 'timestamp', 'data']);
  assert.equal(told.body['event'], 'alert.created');
  assert.equal(told.body['timestamp'], '2026-11-16T08:00:00.000Z');
  const { alert, notification_id: sent, round, label, priority } = told.data;
  assert.deepEqual([sent, round, label, priority], [told.webhookId, 0, null, 'critical']);
  assert.ok(isJsonObject(alert));
  assert.equal(alert['alert_id'], id);
  assert.deepEqual(alert['labels'], { room: '12' });
});

test('a message that calls somebody does not say that nobody is called', async (t) => {
  const hub = await startTestHub(t);
  await hub.raise();
  await hub.settle();
  const alert = hub.receiver.received()[0]?.data['alert'];
  assert.equal(isJsonObject(alert) ? alert['is_nobody_called'] : null, false);
});

test('nobody answers: reminders after 2, 5, 10, 20, 30 minutes, then every 10', async (t) => {
  const hub = await startTestHub(t);
  const startedAt = hub.clock.now();
  await hub.raise({ severity: 'critical' });
  await hub.advance({ minutes: 65 });
  assert.deepEqual(listCalls(hub, startedAt), [
    '0 alert.created null critical',
    '2 alert.escalated Reminder 1 high',
    '5 alert.escalated Reminder 2 critical',
    '10 alert.escalated Reminder 3 critical',
    '20 alert.escalated URGENT reminder emergency',
    '30 alert.escalated MAX ESCALATION emergency',
    '40 alert.escalated MAX ESCALATION emergency',
    '50 alert.escalated MAX ESCALATION emergency',
    '60 alert.escalated MAX ESCALATION emergency',
  ]);
  assert.ok(hub.receiver.received().every(({ isSigned }) => isSigned));
  const ids = new Set(hub.receiver.received().map(({ webhookId }) => webhookId));
  assert.equal(ids.size, 9, 'each round is a message of its own');
});

test('after two hours it expires, and says so to whoever was called', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  // Asks for reminders alone: the end is told to it all the same.
  await hub.tell('/night', { rule: { event_types: ['alert.escalated'] } });
  const id = await hub.raise();
  await hub.advance({ minutes: 119, seconds: 59 });
  assert.equal((await hub.alert(id))['status'], 'PENDING');
  const before = hub.receiver.received('/night').length;
  await hub.advance({ hours: 5 });
  const told = hub.receiver.received('/night').slice(before);
  assert.deepEqual(
    told.map(({ body }) => body['event']),
    ['alert.expired'],
  );
  const alert = await hub.alert(id);
  assert.equal(alert['status'], 'EXPIRED');
  assert.equal(alert['expired_at'], '2026-11-16T10:00:00.000Z');
  assert.deepEqual([alert['next_due_at'], alert['next_step']], [null, null]);
});

test('a late answer to an expired alert is noted and takes it off the board', async (t) => {
  const hub = await startTestHub(t);
  const id = await hub.raise();
  await hub.advance({ hours: 3 });
  const answer = await hub.acknowledge(id, { detail: 'was in the lift' });
  assert.deepEqual([answer.status, answer.at('changed')], [200, false]);
  const alert = await hub.alert(id);
  assert.deepEqual([alert['status'], alert['closed_by']], ['EXPIRED', 'admin key']);
  assert.deepEqual((await hub.timeline(id)).slice(-2), [
    '11:00:00 NOTE answered ACKNOWLEDGED after it had expired | was in the lift (admin key)',
    '11:00:00 CLOSED closed by a late answer (admin key)',
  ]);
});

test('seen holds the reminders for four hours, then it expires', async (t) => {
  const hub = await startTestHub(t);
  const id = await hub.raise();
  await hub.advance({ minutes: 3 });
  await hub.call(`POST /api/v1/alerts/${id}/status`, { status: 'SEEN' });
  await hub.advance({ hours: 3, minutes: 59 });
  assert.equal((await hub.alert(id))['status'], 'SEEN');
  await hub.advance({ minutes: 1 });
  assert.equal((await hub.alert(id))['status'], 'EXPIRED');
  const events = hub.receiver.received().map(({ body }) => body['event']);
  assert.deepEqual(events, ['alert.created', 'alert.escalated', 'alert.seen', 'alert.expired']);
});

test('acknowledged, but never resolved: after two hours it counts as unconfirmed', async (t) => {
  const hub = await startTestHub(t);
  const id = await hub.raise();
  await hub.settle();
  await hub.acknowledge(id);
  await hub.advance({ hours: 4 });
  const alert = await hub.alert(id);
  assert.deepEqual([alert['status'], alert['outcome']], ['RESOLVED', 'unconfirmed']);
  assert.equal(alert['resolved_at'], '2026-11-16T10:00:00.000Z');
  const events = hub.receiver.received().map(({ body }) => body['event']);
  assert.deepEqual(events, ['alert.created', 'alert.acknowledged', 'alert.resolved']);
});

test('after an outage the highest due reminder fires, and says what was skipped', async (t) => {
  const hub = await startTestHub(t);
  const startedAt = hub.clock.now();
  const id = await hub.raise();
  await hub.settle();
  hub.clock.advanceMs(11 * MS_PER_MINUTE);
  await hub.settle();
  assert.deepEqual(listCalls(hub, startedAt), [
    '0 alert.created null normal',
    '11 alert.escalated Reminder 3 critical',
  ]);
  const skipped = (await hub.timeline(id)).filter((line) => line.includes('STEP_SKIPPED'));
  assert.deepEqual(skipped, [
    '08:11:00 STEP_SKIPPED Reminder 1 | level 1 | a later step was due too (Tocsin)',
    '08:11:00 STEP_SKIPPED Reminder 2 | level 2 | a later step was due too (Tocsin)',
  ]);
});

test('an alert that reaches nobody says so, and starts calling when there is a way', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  const id = await hub.raise();
  assert.equal((await hub.alert(id))['is_nobody_called'], true);
  assert.match((await hub.timeline(id)).join('\n'), /nobody is called: no rule leads to a channel/);
  await hub.tell('/ops');
  await hub.advance({ minutes: 2 });
  assert.equal(hub.receiver.received('/ops').length, 1);
  assert.equal((await hub.alert(id))['is_nobody_called'], false);
});

/** The first promise: an alarm is kept, and people are called. domain-3-* and domain-4-* go on. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alertAnswer } from '#contract/alert.ts';
import { parseWire } from '#contract/wire.ts';
import { isJsonObject } from '#kernel/syntax/json.ts';
import { startTestHub } from '#test/support/hub.ts';

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

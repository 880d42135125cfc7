/** Messages get through, or the record says why not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MS_PER_SECOND } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import { listItems, textOf } from '#test/support/hub/calls.ts';
import { startTestHub, type TestHub } from '#test/support/hub.ts';
import { type Received, startReceiver } from '#test/support/hub/receiver.ts';
import { until } from '#test/support/until.ts';

/** The one message about an alert that was just raised. */
async function findNotification(hub: TestHub, id: string) {
  const [row] = listItems(await hub.call(`GET /api/v1/alerts/${id}/notifications`));
  assert.ok(row !== undefined);
  return row;
}

/** Same message, fresh proof: what every further attempt has to be. */
function assertSentAgain(first: Received | undefined, again: Received | undefined): void {
  assert.ok(first !== undefined && again !== undefined);
  assert.equal(again.webhookId, first.webhookId);
  assert.equal(again.text, first.text);
  assert.ok(again.timestampS > first.timestampS);
  assert.notEqual(again.headers['webhook-signature'], first.headers['webhook-signature']);
  assert.ok(first.isSigned && again.isSigned);
}

test('an error of the receiver: sent again, same id, new time and signature', async (t) => {
  const hub = await startTestHub(t);
  hub.receiver.answerNext('/ops', 500);
  const id = await hub.raise({ severity: 'critical' });
  await hub.settle();
  const waiting = await findNotification(hub, id);
  assert.equal(waiting['status'], 'pending');
  assert.equal(waiting['http_status'], 500);
  assert.match(textOf(waiting['last_error']), /^server_error: /);
  // Urgent: after 5 s, stretched by a fifth at most.
  await hub.advance({ seconds: 4 });
  assert.equal(hub.receiver.received().length, 1);
  await hub.advance({ seconds: 2 });
  const [first, again, ...more] = hub.receiver.received();
  assert.equal(more.length, 0);
  assertSentAgain(first, again);
  const sent = await findNotification(hub, id);
  assert.deepEqual([sent['status'], sent['attempt_count']], ['sent', 2]);
  assert.equal(sent['is_possibly_duplicate'], false);
});

test('an alert of low urgency is tried after 5 and 30 minutes, then given up', async (t) => {
  const hub = await startTestHub(t);
  hub.receiver.answerAlways('/ops', 503);
  const id = await hub.raise({ severity: 'low' });
  const startedAt = hub.clock.now();
  await hub.advance({ minutes: 50 });
  const [first] = hub.receiver.received();
  const tries = hub.receiver.received().filter(({ webhookId }) => webhookId === first?.webhookId);
  const [, second = 0, third = 0] = tries.map(({ at }) => (at - startedAt) / (60 * MS_PER_SECOND));
  assert.equal(tries.length, 3);
  assert.ok(second >= 5 && second <= 6, `second after ${second} minutes`);
  assert.ok(third - second >= 30 && third - second <= 36, `third ${third - second} minutes later`);
  const row = await findNotification(hub, id);
  assert.deepEqual([row['status'], row['attempt_count']], ['failed', 3]);
  const failed = (await hub.timeline(id)).filter((line) => line.includes('NOTIFICATION_FAILED'));
  assert.match(failed.join('\n'), /alert\.created not accepted by ops \(HTTP 503\) \| attempt 3/);
});

test('a rate limit is kept to the millisecond and uses up no attempt', async (t) => {
  const hub = await startTestHub(t);
  const limit = { status: 429, headers: { 'retry-after': '37' } };
  hub.receiver.answerNext('/ops', limit, limit);
  const startedAt = hub.clock.now();
  const id = await hub.raise({ severity: 'critical' });
  await hub.advance({ seconds: 80 });
  const seconds = hub.receiver.received().map(({ at }) => (at - startedAt) / MS_PER_SECOND);
  assert.deepEqual(seconds, [0, 37, 74]);
  const row = await findNotification(hub, id);
  assert.deepEqual([row['status'], row['attempt_count']], ['sent', 1]);
});

test('gone is gone: a 410 ends it at once', async (t) => {
  const hub = await startTestHub(t);
  hub.receiver.answerNext('/ops', 410);
  const id = await hub.raise({ severity: 'critical' });
  await hub.advance({ minutes: 1 });
  assert.equal(hub.receiver.received().length, 1);
  const row = await findNotification(hub, id);
  assert.deepEqual([row['status'], row['reason']], ['failed', 'target_gone']);
});

test('the record keeps the status of every answer, of a 410 too', async (t) => {
  const hub = await startTestHub(t);
  hub.receiver.answerNext('/ops', 410);
  const id = await hub.raise({ severity: 'critical' });
  await hub.settle();
  assert.equal((await findNotification(hub, id))['http_status'], 410);
  const story = (await hub.timeline(id)).join('\n');
  assert.match(story, /NOTIFICATION_FAILED alert\.created not accepted by ops \(HTTP 410\)/);
});

test('a redirect is not followed', async (t) => {
  const hub = await startTestHub(t);
  const headers = { location: hub.receiver.url('/elsewhere') };
  hub.receiver.answerNext('/ops', { status: 302, headers });
  const id = await hub.raise({ severity: 'critical' });
  await hub.advance({ minutes: 1 });
  assert.equal(hub.receiver.received('/elsewhere').length, 0);
  assert.equal((await findNotification(hub, id))['reason'], 'redirected');
});

test('no answer in time: it may have arrived, so it goes out again with its id', async (t) => {
  const hub = await startTestHub(t, { sendTimeoutMs: 300 });
  hub.receiver.answerNext('/ops', 'hang');
  const id = await hub.raise({ severity: 'critical' });
  await hub.settle();
  await hub.node.hub.delivery.idle();
  const row = await findNotification(hub, id);
  assert.deepEqual([row['status'], row['is_possibly_duplicate']], ['pending', true]);
  assert.match(textOf(row['last_error']), /^timeout: /);
  const [attempt] = await hub.query('select outcome from attempt');
  assert.equal(attempt?.['outcome'], 'ambiguous');
  await hub.advance({ seconds: 6 });
  const [first, again] = hub.receiver.received();
  assertSentAgain(first, again);
  assert.equal((await findNotification(hub, id))['status'], 'sent');
});

test('a connection that breaks after the request is as unsure as no answer', async (t) => {
  const hub = await startTestHub(t);
  hub.receiver.answerNext('/ops', 'reset');
  const id = await hub.raise({ severity: 'critical' });
  await hub.settle();
  assert.equal((await findNotification(hub, id))['is_possibly_duplicate'], true);
  await hub.advance({ seconds: 6 });
  const [first, again] = hub.receiver.received();
  assertSentAgain(first, again);
});

test('an address inside, not allowed: nothing is sent, and the hint says what to do', async (t) => {
  const hub = await startTestHub(t, { allowed: '10.0.0.0/8' });
  const id = await hub.raise({ severity: 'critical' });
  await hub.advance({ minutes: 1 });
  assert.equal(hub.receiver.received().length, 0);
  const row = await findNotification(hub, id);
  assert.deepEqual([row['status'], row['reason']], ['failed', 'misconfigured']);
  assert.match(textOf(row['last_error']), /url: .*TOCSIN_ALLOW_PRIVATE_TARGETS/);
  const [attempt] = await hub.query('select outcome, hint from attempt');
  assert.equal(attempt?.['outcome'], 'misconfigured');
  assert.match(textOf(attempt?.['hint']), /TOCSIN_ALLOW_PRIVATE_TARGETS/);
});

test('an inactive channel is skipped, when planned and when it is its turn', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  const channel = await hub.tell('/ops');
  const waiting = await hub.raise();
  const headers = { 'if-match': '1' };
  await hub.call(`PATCH /api/v1/channels/${channel}`, { is_active: false }, { headers });
  const planned = await hub.raise();
  await hub.advance({ minutes: 1 });
  assert.equal(hub.receiver.received().length, 0);
  for (const id of [waiting, planned]) {
    const row = await findNotification(hub, id);
    assert.deepEqual([row['status'], row['reason']], ['skipped', 'channel_inactive']);
  }
  assert.equal((await hub.alert(planned))['is_nobody_called'], true);
});

test('a channel that hangs does not delay another', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  const elsewhere = await startReceiver(hub.clock);
  t.after(() => elsewhere.close());
  await hub.tell('/slow');
  await hub.tell('/quick', { config: { url: elsewhere.url('/quick') } });
  hub.receiver.answerAlways('/slow', 'hang');
  for (let number = 0; number < 40; number += 1) await hub.raise({ severity: 'low' });
  const { delivery } = hub.node.hub;
  const tellUntil = (count: number) =>
    until(async () => (await delivery.runOnce()) && elsewhere.received().length === count, {
      what: `the quick channel has ${count} messages`,
    });
  await tellUntil(40);
  await hub.raise({ severity: 'critical' });
  await tellUntil(41);
  const rows = await hub.query(
    `select n.status, count(*)::int as count from notification n join channel c
       on c.channel_id = n.channel_id where c.name = 'slow' group by 1 order by 1`,
  );
  assert.deepEqual(
    rows.map(({ status, count }) => [status, count]),
    [
      ['pending', 41 - LIMITS.channelSlotsMax],
      ['sending', LIMITS.channelSlotsMax],
    ],
  );
});

test('not even when both are on one host', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  await hub.tell('/slow', { rule: { matchers: ['severity="low"'] } });
  await hub.tell('/quick', { rule: { matchers: ['severity="critical"'] } });
  hub.receiver.answerAlways('/slow', 'hang');
  for (let number = 0; number < 40; number += 1) await hub.raise({ severity: 'low' });
  const { delivery } = hub.node.hub;
  await delivery.runOnce();
  await until(() => hub.receiver.heldCount() > 0, { what: 'the slow channel hangs' });
  await hub.raise({ severity: 'critical' });
  await delivery.runOnce();
  await until(() => hub.receiver.received('/quick').length === 1, {
    what: 'the quick channel has its message',
    timeoutMs: 3_000,
  });
});

test('rules say what goes where; a channel that two of them name gets one message', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  const matchers = ['severity=~"critical|high"', 'site="north"'];
  const north = await hub.tell('/north', { rule: { matchers } });
  await hub.create('/api/v1/rules', {
    name: 'all created',
    event_type: 'alert.created',
    matchers: ['site="north"'],
    channel_id: north,
  });
  await hub.raise({ severity: 'critical', labels: { site: 'north' } });
  await hub.raise({ severity: 'low', labels: { site: 'north' } });
  await hub.raise({ severity: 'critical', labels: { site: 'south' } });
  await hub.settle();
  const severities = hub.receiver.received('/north').map(({ data }) => data['priority']);
  assert.deepEqual(new Set(severities), new Set(['critical', 'normal']));
  assert.equal(severities.length, 2);
});

/** A person answers: the calling stops at once, and the record tells the story. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestHub } from '#test/support/hub.ts';

test('an acknowledgement stops everything', async (t) => {
  const hub = await startTestHub(t);
  const id = await hub.raise({ severity: 'critical' });
  await hub.advance({ minutes: 6 });
  const answer = await hub.acknowledge(id, { intent: 'calling', detail: 'on my way' });
  assert.equal(answer.status, 200);
  assert.equal(answer.at('changed'), true);
  assert.equal(answer.at('alert.status'), 'ACKNOWLEDGED');
  assert.equal(answer.at('alert.intent'), 'calling');
  assert.equal(answer.at('alert.acknowledged_by'), 'admin key');
  await hub.advance({ minutes: 100 });
  const events = hub.receiver.received().map(({ body }) => body['event']);
  assert.deepEqual(events, [
    'alert.created',
    'alert.escalated',
    'alert.escalated',
    'alert.acknowledged',
  ]);
});

test('what waited to be sent is cancelled by the same commit as the answer', async (t) => {
  const hub = await startTestHub(t);
  hub.receiver.answerAlways('/ops', 500);
  const id = await hub.raise({ severity: 'critical' });
  await hub.settle();
  await hub.acknowledge(id);
  // One transaction wrote all of it: its rows carry one transaction id.
  const [row] = await hub.query(
    `select n.status, n.reason, a.xmin::text = n.xmin::text as is_same_commit
       from notification n join alert a on a.alert_id = n.subject_id
      where n.transition = 'created'`,
  );
  assert.deepEqual({ ...row }, { status: 'cancelled', reason: 'answered', is_same_commit: true });
  const before = hub.receiver.received().length;
  hub.receiver.answerAlways('/ops', 200);
  await hub.advance({ hours: 1 });
  const told = hub.receiver.received().slice(before);
  assert.deepEqual(
    told.map(({ body }) => body['event']),
    ['alert.acknowledged'],
  );
});

test('an answer while a message is on its way: it is not tried again', async (t) => {
  const hub = await startTestHub(t);
  hub.receiver.answerNext('/ops', 'hang');
  const id = await hub.raise({ severity: 'critical' });
  await hub.settle();
  assert.equal(hub.receiver.heldCount(), 1);
  await hub.acknowledge(id);
  hub.receiver.drop();
  await hub.advance({ minutes: 30 });
  const events = hub.receiver.received().map(({ body }) => body['event']);
  assert.deepEqual(events, ['alert.created', 'alert.acknowledged']);
  assert.deepEqual(await hub.notifications(id), ['created cancelled', 'acknowledged sent']);
});

test('the timeline reads as a person would tell it', async (t) => {
  const hub = await startTestHub(t);
  const id = await hub.raise({ severity: 'critical' });
  await hub.advance({ minutes: 2 });
  await hub.call(`POST /api/v1/alerts/${id}/status`, { status: 'SEEN' });
  await hub.advance({ minutes: 1 });
  await hub.acknowledge(id, { intent: 'on_site', detail: 'I am with her' });
  await hub.acknowledge(id);
  await hub.advance({ minutes: 10 });
  const done = { status: 'RESOLVED', outcome: 'help_sent', detail: 'ambulance came' };
  await hub.call(`POST /api/v1/alerts/${id}/status`, done);
  await hub.settle();
  assert.deepEqual(await hub.timeline(id), [
    '08:00:00 CREATED critical, raised by admin key | calling ops (admin key)',
    '08:00:00 NOTIFICATION_SENT alert.created accepted by ops (HTTP 200) | attempt 1 (Tocsin)',
    '08:02:00 ESCALATED Reminder 1 | level 1, send #2, high | calling ops (Tocsin)',
    '08:02:00 NOTIFICATION_RESENT level 1, send #2 | Reminder 1 | ' +
      'alert.escalated accepted by ops (HTTP 200) | attempt 1 (Tocsin)',
    '08:02:00 STATUS_CHANGED PENDING -> SEEN (admin key)',
    '08:02:00 NOTIFICATION_SENT alert.seen accepted by ops (HTTP 200) | attempt 1 (Tocsin)',
    '08:03:00 STATUS_CHANGED SEEN -> ACKNOWLEDGED | on_site | I am with her (admin key)',
    '08:03:00 RECEIPT ACKNOWLEDGED while ACKNOWLEDGED, nothing changed (admin key)',
    '08:03:00 NOTIFICATION_SENT alert.acknowledged accepted by ops (HTTP 200) | attempt 1 (Tocsin)',
    '08:13:00 STATUS_CHANGED ACKNOWLEDGED -> RESOLVED | help_sent | ambulance came (admin key)',
    '08:13:00 NOTIFICATION_SENT alert.resolved accepted by ops (HTTP 200) | attempt 1 (Tocsin)',
  ]);
});

test('an answer is not taken back: late receipts change nothing, back is refused', async (t) => {
  const hub = await startTestHub(t);
  const id = await hub.raise();
  const move = (body: Readonly<Record<string, string>>) =>
    hub.call(`POST /api/v1/alerts/${id}/status`, body);
  await hub.acknowledge(id);
  const late = await move({ status: 'SEEN' });
  assert.deepEqual([late.status, late.at('changed')], [200, false]);
  const again = await hub.acknowledge(id);
  assert.deepEqual([again.status, again.at('changed')], [200, false]);
  for (const status of ['PENDING', 'EXPIRED']) {
    const refused = await move({ status });
    assert.deepEqual([refused.status, refused.at('error.code')], [409, 'transition_refused']);
  }
  await move({ status: 'RESOLVED', outcome: 'fixed' });
  const over = await hub.acknowledge(id);
  assert.deepEqual([over.status, over.at('error.code')], [409, 'transition_refused']);
  assert.equal((await hub.alert(id))['outcome'], 'fixed');
});

test('what is unknown is refused: the alert 404, the status, intent and outcome 422', async (t) => {
  const hub = await startTestHub(t);
  const id = await hub.raise();
  assert.equal((await hub.acknowledge('no-such-alert')).status, 404);
  for (const [body, path] of [
    [{ status: 'GONE' }, 'status'],
    [{}, 'status'],
    [{ status: 'ACKNOWLEDGED', intent: 'maybe' }, 'intent'],
    [{ status: 'RESOLVED', outcome: 'dunno' }, 'outcome'],
    [{ status: 'SEEN', by: 'me' }, 'by'],
  ] as const) {
    const answer = await hub.call(`POST /api/v1/alerts/${id}/status`, body);
    assert.deepEqual([answer.status, answer.at('error.details.0.path')], [422, path]);
  }
  assert.equal((await hub.alert(id))['version'], 1);
});

test('two people answer at the same moment: both are heard, one changes it', async (t) => {
  const hub = await startTestHub(t);
  const id = await hub.raise();
  const answers = await Promise.all([hub.acknowledge(id), hub.acknowledge(id)]);
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200],
  );
  assert.equal(answers.filter((answer) => answer.at('changed') === true).length, 1);
  assert.equal((await hub.timeline(id)).filter((line) => /ACKNOWLEDGED/.test(line)).length, 2);
});

/** The database goes away and comes back: no false yes, no silence, nothing done twice. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS } from '#kernel/limits.ts';
import { startTestHub, type TestHub } from '#test/support/hub.ts';
import { startOnWire } from '#test/support/hub/wire.ts';
import { listItems } from '#test/support/hub/calls.ts';
import { until } from '#test/support/until.ts';

async function listReasons(hub: TestHub): Promise<readonly string[]> {
  const reasons = (await hub.call('GET /readyz')).at('reasons');
  return Array.isArray(reasons) ? reasons.map(({ code }) => String(code)) : [];
}

/** A beat may still meet a connection that is just ending; the ticker then runs it again. */
async function recover(hub: TestHub): Promise<void> {
  const isSettled = () => hub.settle().then(() => true, isFailed);
  await until(isSettled, { what: 'the beats run again' });
}

const isFailed = (): boolean => false;

test('the database is gone: every sender is told 503 and when to come again', async (t) => {
  const { hub, wire } = await startOnWire(t);
  await hub.raise();
  const prom = await hub.call('POST /api/v1/sources', { name: 'prom', kind: 'alertmanager' });
  await wire.cut();
  const alerts = [{ labels: { alertname: 'Up' } }];
  for (const [what, body] of [
    ['POST /api/v1/alerts', { title: 'Fall' }],
    ['POST /api/v1/events', { events: [{ title: 'Fall' }] }],
    ['POST /api/v2/alerts', alerts],
  ] as const) {
    const answer = await hub.call(what, body);
    assert.deepEqual([answer.status, answer.headers['retry-after']], [503, '2'], answer.text);
    const code = what.includes('v2') ? answer.at('code') : answer.at('error.code');
    assert.equal(code, what.includes('v2') ? 503 : 'not_stored');
    assert.doesNotMatch(answer.text, /ECONN|127\.0\.0\.1|Connection/);
  }
  // A key that nobody can look up now is not a wrong key.
  const unknown = await hub.postAlertmanager(alerts, prom.textAt('token'));
  assert.deepEqual([unknown.status, unknown.headers['retry-after']], [503, '2'], unknown.text);
  assert.equal((await hub.call('GET /api/v1/alerts')).status, 503);
});

test('readiness says why, and recovers by itself', async (t) => {
  const { hub, wire } = await startOnWire(t);
  await hub.raise();
  await wire.cut();
  await hub.call('POST /api/v1/alerts', { title: 'Fall' });
  const stranger = await hub.call('GET /readyz', undefined, { key: null });
  assert.deepEqual([stranger.status, stranger.body], [503, { status: 'not_ready' }]);
  assert.deepEqual(await listReasons(hub), ['not_stored', 'database']);
  assert.equal((await hub.call('GET /-/ready', undefined, { key: null })).status, 503);
  assert.equal((await hub.call('GET /healthz', undefined, { key: null })).status, 200);
  await wire.mend();
  await recover(hub);
  await hub.raise();
  assert.equal((await hub.call('GET /readyz')).status, 200);
  assert.deepEqual(await listReasons(hub), []);
});

test('readiness recovers although nobody reports anything in between', async (t) => {
  const { hub, wire } = await startOnWire(t);
  await hub.raise();
  await wire.cut();
  await hub.call('POST /api/v1/alerts', { title: 'Fall' });
  await wire.mend();
  await recover(hub);
  // A load balancer sends nothing to a hub that is not ready.
  await hub.advance({ seconds: 10 });
  assert.deepEqual(await listReasons(hub), []);
});

test('what is due in the outage is done after it: late, and once', async (t) => {
  const { hub, wire } = await startOnWire(t);
  const steps = [{ delay_s: 2 }, { delay_s: 3 }];
  const policy = await hub.create('/api/v1/policies', { name: 'fast', steps });
  await hub.raise({ policy_id: policy });
  await hub.settle();
  await wire.cut();
  hub.clock.advanceMs(4_000);
  await assert.rejects(hub.node.hub.runEscalationOnce());
  await assert.rejects(hub.node.hub.delivery.runOnce());
  await wire.mend();
  await recover(hub);
  const labels = hub.receiver.received().map(({ data }) => data['label']);
  assert.deepEqual(labels, [null, 'Reminder 2']);
});

test('a message that was accepted during the outage is not sent again', async (t) => {
  const { hub, wire } = await startOnWire(t);
  hub.receiver.answerNext('/ops', 'hang');
  const id = await hub.raise({ severity: 'critical' });
  await hub.settle();
  await wire.cut();
  hub.receiver.release();
  await hub.node.hub.delivery.idle();
  await wire.mend();
  await recover(hub);
  await hub.advance({ seconds: 30 });
  assert.equal(hub.receiver.received().length, 1);
  const [row] = listItems(await hub.call(`GET /api/v1/alerts/${id}/notifications`));
  assert.deepEqual([row?.['status'], row?.['is_possibly_duplicate']], ['sent', false]);
});

test('sessions ended by the server: the hub takes new ones', async (t) => {
  const hub = await startTestHub(t);
  await hub.raise();
  await hub.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`,
  );
  // A request may meet a session that is just ending; sent again, it is stored.
  const body = { title: 'Fall', alert_id: 'after' };
  await until(async () => (await hub.call('POST /api/v1/alerts', body)).status === 201, {
    what: 'an alert is stored again',
  });
  assert.equal((await hub.call('GET /readyz')).status, 200);
  await hub.settle();
  assert.equal(hub.receiver.received().length, 2);
});

test('connections break under load: what was answered with 2xx is there, once', async (t) => {
  const { hub, wire } = await startOnWire(t);
  const send = (number: number) =>
    hub.call('POST /api/v1/alerts', { title: 'Fall', alert_id: `fall-${number}` });
  const numbers = Array.from({ length: 120 }, (_, index) => index);
  let answered = 0;
  const sending = numbers.map(async (number) => {
    for (;;) {
      const { status, text } = await send(number);
      if (status === 200 || status === 201) break;
      assert.equal(status, 503, text);
    }
    answered += 1;
    // In the midst of it, twice.
    if (answered === 1 || answered === 60) {
      await wire.cut();
      await wire.mend();
    }
  });
  await Promise.all(sending);
  const [row] = await hub.query(
    `select count(*)::int as alerts, count(distinct alert_id)::int as names from alert`,
  );
  assert.deepEqual({ ...row }, { alerts: 120, names: 120 });
  await hub.settle();
  assert.equal(hub.receiver.received().length, 120);
});

test('a database that says nothing at all: senders are told 503, not kept waiting', async (t) => {
  const { hub, wire } = await startOnWire(t);
  await hub.raise();
  wire.stall();
  const answers: number[] = [];
  const sending = hub.call('POST /api/v1/alerts', { title: 'Fall' }).then(({ status }) => {
    answers.push(status);
  });
  const timeoutMs = LIMITS.intakeWaitMaxMs + 2_000;
  try {
    await until(() => answers.length > 0, { what: 'the sender has an answer', timeoutMs });
  } finally {
    await wire.cut();
    await sending;
  }
  assert.deepEqual(answers, [503]);
});

import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { LIMITS } from '#kernel/limits.ts';
import { MS_PER_DAY } from '#kernel/instant.ts';
import { startTestHub, type TestHub } from '#test/support/hub.ts';

const TABLES = ['alert', 'alert_head', 'escalation', 'timeline', 'notification', 'attempt'];

async function startWith(t: TestContext, settings: Readonly<Record<string, unknown>>) {
  const hub = await startTestHub(t);
  const patched = await hub.call('PATCH /api/v1/projects/default', settings, {
    headers: { 'if-match': String(await readVersion(hub)) },
  });
  assert.equal(patched.status, 200, patched.text);
  return hub;
}

async function readVersion(hub: TestHub): Promise<unknown> {
  return (await hub.call('GET /api/v1/projects/default')).at('version');
}

async function raiseAndFix(hub: TestHub, id: string): Promise<void> {
  await hub.raise({ alert_id: id });
  await hub.settle();
  const fixed = await hub.call(`POST /api/v1/alerts/${id}/status`, {
    status: 'RESOLVED',
    outcome: 'fixed',
  });
  assert.equal(fixed.status, 200, fixed.text);
  await hub.settle();
}

const run = (hub: TestHub) => hub.node.hub.runRetentionOnce();
const countAll = (hub: TestHub) => Promise.all(TABLES.map((table) => hub.countRows(table)));

test('what is over is archived after the time of its project, and no sooner', async (t) => {
  const hub = await startWith(t, { archive_after_s: 3_600 });
  await raiseAndFix(hub, 'a');
  hub.clock.advanceMs(3_599_000);
  assert.equal(await run(hub), 0);
  hub.clock.advanceMs(1_000);
  assert.equal(await run(hub), 1);
  assert.notEqual((await hub.alert('a'))['archived_at'], null);
  assert.equal(await run(hub), 0);
  const open = await hub.call('GET /api/v1/alerts?archived=false');
  const archived = await hub.call('GET /api/v1/alerts?archived=true');
  assert.equal(open.at('items.0'), undefined);
  assert.equal(archived.at('items.0.alert_id'), 'a');
});

test('an alert that is open, or expired and not closed, is never archived', async (t) => {
  const hub = await startWith(t, { archive_after_s: 0 });
  await hub.raise({ alert_id: 'open' });
  await hub.raise({ alert_id: 'expired' });
  await hub.settle();
  await hub.call('POST /api/v1/alerts/expired/status', { status: 'EXPIRED' });
  hub.clock.advanceMs(1);
  assert.equal(await run(hub), 0);
  await hub.call('POST /api/v1/alerts/expired/close', { detail: 'she was asleep' });
  assert.equal(await run(hub), 1);
  assert.notEqual((await hub.alert('expired'))['archived_at'], null);
  assert.equal((await hub.alert('open'))['archived_at'], null);
});

test('history is kept for ever, unless the project says for how long', async (t) => {
  const hub = await startWith(t, { archive_after_s: 0 });
  await raiseAndFix(hub, 'a');
  await run(hub);
  hub.clock.advanceMs(3_650 * MS_PER_DAY);
  const before = await countAll(hub);
  await run(hub);
  assert.deepEqual(await countAll(hub), before);
});

test('after its retention an alert is forgotten with all that hangs on it', async (t) => {
  const hub = await startWith(t, { archive_after_s: 0, retention_days: 30 });
  await raiseAndFix(hub, 'old');
  await run(hub);
  hub.clock.advanceMs(20 * MS_PER_DAY);
  await raiseAndFix(hub, 'young');
  await run(hub);
  hub.clock.advanceMs(10 * MS_PER_DAY);
  assert.equal(await run(hub), 1);
  assert.equal((await hub.call('GET /api/v1/alerts/old')).status, 404);
  assert.equal((await hub.call('GET /api/v1/alerts/young')).status, 200);
  const left = await hub.query(
    `select 1 from timeline where alert_id = 'old' union all
     select 1 from escalation where alert_id = 'old' union all
     select 1 from notification where subject_id = 'old' union all
     select 1 from attempt a where not exists (
       select from notification n where n.notification_id = a.notification_id)`,
  );
  assert.deepEqual(left, []);
  assert.deepEqual((await countAll(hub)).slice(0, 3), [1, 1, 1]);
});

test('a problem that is still reported is not forgotten: it would call people anew', async (t) => {
  const hub = await startWith(t, { archive_after_s: 0, retention_days: 1 });
  const firing = { labels: { alertname: 'Leak' }, startsAt: '2026-11-16T07:00:00Z' };
  const post = () => hub.postAlertmanager([{ ...firing, endsAt: '2099-01-01T00:00:00Z' }]);
  await post();
  await hub.settle();
  const id = (await hub.call('GET /api/v1/alerts')).textAt('items.0.alert_id');
  await hub.call(`POST /api/v1/alerts/${id}/status`, { status: 'RESOLVED', outcome: 'fixed' });
  await run(hub);
  hub.clock.advanceMs(2 * MS_PER_DAY);
  await post();
  assert.equal(await run(hub), 0);
  await post();
  assert.equal(await hub.countRows('alert'), 1);
  hub.clock.advanceMs(2 * MS_PER_DAY);
  assert.equal(await run(hub), 1);
  assert.deepEqual((await countAll(hub)).slice(0, 4), [0, 0, 0, 0]);
});

test('more than one transaction can take is archived in several', async (t) => {
  const hub = await startWith(t, { archive_after_s: 0 });
  const many = LIMITS.retentionBatchMax + 1;
  const events = Array.from({ length: many }, (_, index) => ({
    title: 'Leak',
    fingerprint: `f${index}`,
  }));
  const end = { stage: 'resolved' };
  await hub.call('POST /api/v1/events', { events });
  await hub.call('POST /api/v1/events', { events: events.map((one) => ({ ...one, ...end })) });
  assert.equal(await run(hub), LIMITS.retentionBatchMax);
  assert.equal(await run(hub), 1);
});

test('a name that a sender gave its alert is free again when the alert is forgotten', async (t) => {
  const hub = await startWith(t, { archive_after_s: 0, retention_days: 1 });
  await raiseAndFix(hub, 'door-7');
  await run(hub);
  hub.clock.advanceMs(MS_PER_DAY);
  assert.equal(await run(hub), 1);
  const raised = await hub.call('POST /api/v1/alerts', { title: 'Open', alert_id: 'door-7' });
  assert.equal(raised.status, 201, raised.text);
  assert.equal(raised.at('status'), 'PENDING');
});

test('a report with an id of its own stays a duplicate after its alert is forgotten', async (t) => {
  const hub = await startWith(t, { archive_after_s: 0, retention_days: 1 });
  const body = { title: 'Open', alert_id: 'door-8', provider_event_id: 'e1' };
  assert.equal((await hub.call('POST /api/v1/alerts', body)).status, 201);
  await hub.call('POST /api/v1/alerts/door-8/status', { status: 'RESOLVED', outcome: 'fixed' });
  await run(hub);
  hub.clock.advanceMs(MS_PER_DAY);
  assert.equal(await run(hub), 1);
  const again = await hub.call('POST /api/v1/alerts', body);
  assert.equal(again.status, 404, again.text);
  assert.match(again.textAt('error.message'), /has been forgotten/);
});

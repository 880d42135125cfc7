/** Prometheus points at Tocsin as at an Alertmanager, and says the same thing every minute. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatInstant, plusMs } from '#kernel/instant.ts';
import type { JsonObject } from '#kernel/syntax/json.ts';
import { listItems, textOf } from '#test/support/hub/calls.ts';
import { startTestHub, type TestHub } from '#test/support/hub.ts';

const LABELS = { alertname: 'DiskFull', instance: 'db1:9100', severity: 'critical' };

/** A time so many seconds from now, as Prometheus writes it. */
function inSeconds(hub: TestHub, seconds: number): string {
  return formatInstant(plusMs(hub.clock.now(), seconds * 1_000));
}

/** As Prometheus posts a firing alert: its end is four evaluations away. */
function firing(hub: TestHub, startsAt: string, labels: JsonObject = LABELS): JsonObject {
  const annotations = { summary: 'Disk of db1 is full' };
  const generatorURL = 'http://prom:9090/graph?g0.expr=up';
  return { labels, annotations, startsAt, endsAt: inSeconds(hub, 240), generatorURL };
}

async function fire(hub: TestHub, startsAt: string): Promise<void> {
  const answer = await hub.postAlertmanager([firing(hub, startsAt)]);
  assert.deepEqual([answer.status, answer.text], [200, '']);
}

async function resolve(hub: TestHub, startsAt: string): Promise<void> {
  const over = { ...firing(hub, startsAt), endsAt: inSeconds(hub, 0) };
  assert.equal((await hub.postAlertmanager([over])).status, 200);
}

/** Newest first. */
async function listAlerts(hub: TestHub): Promise<readonly JsonObject[]> {
  return listItems(await hub.call('GET /api/v1/alerts'));
}

const eventsOf = (hub: TestHub) => hub.receiver.received().map(({ body }) => body['event']);

test('it sends the same again every minute: one alert, called by policy alone', async (t) => {
  const hub = await startTestHub(t);
  const startsAt = inSeconds(hub, -30);
  for (let minute = 0; minute < 10; minute += 1) {
    await fire(hub, startsAt);
    await hub.advance({ minutes: 1 });
  }
  const [alert, ...others] = await listAlerts(hub);
  assert.equal(others.length, 0);
  assert.equal(alert?.['occurrence_count'], 1);
  assert.equal(alert['title'], 'Disk of db1 is full');
  assert.deepEqual(alert['labels'], LABELS);
  assert.equal(alert['last_event_at'], '2026-11-16T08:09:00.000Z');
  // At 0, and the reminders after 2, 5 and 10 minutes.
  assert.equal(eventsOf(hub).length, 4);
});

test('it resolves: the calling stops, and the outcome says that the source said so', async (t) => {
  const hub = await startTestHub(t);
  const startsAt = inSeconds(hub, 0);
  await fire(hub, startsAt);
  await hub.advance({ minutes: 3 });
  await resolve(hub, startsAt);
  await hub.advance({ minutes: 60 });
  const [alert] = await listAlerts(hub);
  assert.deepEqual([alert?.['status'], alert?.['outcome']], ['RESOLVED', 'resolved_by_source']);
  assert.equal(alert?.['resolved_at'], '2026-11-16T08:03:00.000Z');
  assert.deepEqual(eventsOf(hub), ['alert.created', 'alert.escalated', 'alert.resolved']);
});

test('it fires again after that: a new alert, linked to the one before', async (t) => {
  const hub = await startTestHub(t);
  const first = inSeconds(hub, 0);
  await fire(hub, first);
  await hub.advance({ minutes: 1 });
  await resolve(hub, first);
  await hub.advance({ minutes: 5 });
  await fire(hub, inSeconds(hub, 0));
  await hub.settle();
  const [again, before, ...others] = await listAlerts(hub);
  assert.equal(others.length, 0);
  assert.equal(again?.['previous_alert_id'], before?.['alert_id']);
  assert.deepEqual([again?.['status'], before?.['status']], ['PENDING', 'RESOLVED']);
  assert.equal(again?.['fingerprint'], before?.['fingerprint']);
  assert.deepEqual(eventsOf(hub), ['alert.created', 'alert.resolved', 'alert.created']);
});

test('a pair of Prometheus that see it a moment apart raise one alert', async (t) => {
  const hub = await startTestHub(t);
  const [one, other] = [inSeconds(hub, -12), inSeconds(hub, -5)];
  await Promise.all([fire(hub, one), fire(hub, other)]);
  for (let minute = 0; minute < 4; minute += 1) {
    await fire(hub, one);
    await fire(hub, other);
    await hub.advance({ minutes: 1 });
  }
  const alerts = await listAlerts(hub);
  assert.deepEqual(
    alerts.map((alert) => [alert['occurrence_count'], alert['notification_count']]),
    [[1, 2]],
  );
});

/** A pair of one configuration evaluates at the same moments, so both name the same start. */
for (const apartS of [0, 7]) {
  test(`one of a pair, ${apartS} s apart, lost sight of it: no call every minute`, async (t) => {
    const hub = await startTestHub(t);
    const [lost, seeing] = [inSeconds(hub, -60), inSeconds(hub, apartS - 60)];
    await fire(hub, lost);
    await fire(hub, seeing);
    await hub.advance({ minutes: 1 });
    // Prometheus repeats for a quarter of an hour that something is over.
    const over = { ...firing(hub, lost), endsAt: inSeconds(hub, 0) };
    for (let minute = 0; minute < 10; minute += 1) {
      await hub.postAlertmanager([over]);
      await hub.advance({ seconds: 20 });
      await fire(hub, seeing);
      await hub.advance({ seconds: 40 });
    }
    const created = eventsOf(hub).filter((event) => event === 'alert.created').length;
    assert.ok(created <= 2, `${created} alerts about one problem in ten minutes`);
  });
}

test('a person has answered and Prometheus keeps sending: nobody is called again', async (t) => {
  const hub = await startTestHub(t);
  const startsAt = inSeconds(hub, 0);
  await fire(hub, startsAt);
  await hub.settle();
  const [alert] = await listAlerts(hub);
  await hub.acknowledge(textOf(alert?.['alert_id']));
  for (let minute = 0; minute < 12; minute += 1) {
    await fire(hub, startsAt);
    await hub.advance({ minutes: 1 });
  }
  assert.deepEqual(eventsOf(hub), ['alert.created', 'alert.acknowledged']);
  assert.equal((await listAlerts(hub)).length, 1);
});

test('a person has resolved it and Prometheus keeps sending: it is not reopened', async (t) => {
  const hub = await startTestHub(t);
  const startsAt = inSeconds(hub, 0);
  await fire(hub, startsAt);
  await hub.settle();
  const id = textOf((await listAlerts(hub))[0]?.['alert_id']);
  await hub.call(`POST /api/v1/alerts/${id}/status`, { status: 'RESOLVED', outcome: 'fixed' });
  for (let minute = 0; minute < 10; minute += 1) {
    await fire(hub, startsAt);
    await hub.advance({ minutes: 1 });
  }
  assert.deepEqual(eventsOf(hub), ['alert.created', 'alert.resolved']);
  assert.equal((await listAlerts(hub)).length, 1);
});

test('nobody answered until it expired, and it still burns: a new alert calls again', async (t) => {
  const hub = await startTestHub(t);
  const startsAt = inSeconds(hub, 0);
  // Set to send again every 3 minutes, for fewer rounds of the test.
  for (let minute = 0; minute <= 120; minute += 3) {
    await fire(hub, startsAt);
    await hub.advance({ minutes: 3 });
  }
  const [again, expired, ...others] = await listAlerts(hub);
  assert.equal(others.length, 0);
  assert.deepEqual([again?.['status'], expired?.['status']], ['PENDING', 'EXPIRED']);
  assert.equal(again?.['previous_alert_id'], expired?.['alert_id']);
});

test('without an end it is over five minutes after the last post', async (t) => {
  const hub = await startTestHub(t);
  await hub.postAlertmanager([{ labels: LABELS }]);
  await hub.advance({ minutes: 3 });
  await hub.postAlertmanager([{ labels: LABELS }]);
  await hub.advance({ minutes: 4, seconds: 59 });
  assert.equal((await listAlerts(hub))[0]?.['status'], 'PENDING');
  await hub.advance({ seconds: 1 });
  const [alert] = await listAlerts(hub);
  assert.deepEqual([alert?.['status'], alert?.['outcome']], ['RESOLVED', 'resolved_by_source']);
  assert.equal(alert?.['resolved_at'], '2026-11-16T08:08:00.000Z');
});

test('Prometheus died: the alert ends at the end that it had announced', async (t) => {
  const hub = await startTestHub(t);
  await fire(hub, inSeconds(hub, 0));
  await hub.advance({ minutes: 4 });
  assert.equal((await listAlerts(hub))[0]?.['status'], 'RESOLVED');
});

test("amtool's zero times mean unset", async (t) => {
  const hub = await startTestHub(t);
  const zero = '0001-01-01T00:00:00.000Z';
  const posted = { labels: LABELS, annotations: {}, startsAt: zero, endsAt: zero };
  assert.equal((await hub.postAlertmanager([posted])).status, 200);
  const [alert] = await listAlerts(hub);
  assert.deepEqual([alert?.['status'], alert?.['starts_at']], ['PENDING', null]);
});

test('the news that it is over comes first: no alert, and the next firing is one', async (t) => {
  const hub = await startTestHub(t);
  await resolve(hub, inSeconds(hub, -60));
  await hub.settle();
  assert.deepEqual([(await listAlerts(hub)).length, eventsOf(hub).length], [0, 0]);
  assert.equal(await hub.countRows('event'), 1);
  await hub.advance({ seconds: 30 });
  await fire(hub, inSeconds(hub, 0));
  await hub.settle();
  assert.deepEqual(eventsOf(hub), ['alert.created']);
});

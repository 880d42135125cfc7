/** Alertmanagers that post their webhook: one problem is one alert, however many of them tell it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS } from '#kernel/limits.ts';
import type { JsonObject } from '#kernel/syntax/json.ts';
import { startTestHub, type TestHub } from '#test/support/hub.ts';
import { textOf } from '#test/support/hub/calls.ts';
import { openWayIn } from '#test/support/hub/ways-in.ts';

const START = '2026-11-16T07:59:00Z';

function firing(name: string, more: JsonObject = {}): JsonObject {
  const labels = { alertname: name, severity: 'critical' };
  return { status: 'firing', labels, startsAt: START, endsAt: '0001-01-01T00:00:00Z', ...more };
}

function resolved(name: string, endsAt = '2026-11-16T08:00:30Z'): JsonObject {
  return { ...firing(name), status: 'resolved', endsAt };
}

function hook(alerts: readonly JsonObject[], group: JsonObject = {}): JsonObject {
  return { version: '4', status: 'firing', receiver: 'hub', alerts, truncatedAlerts: 0, ...group };
}

/** `DiskFull PENDING`, by name. */
async function listAlerts(hub: TestHub): Promise<readonly string[]> {
  const rows = await hub.query(
    `select labels ->> 'alertname' as name, status from alert order by name, created_at`,
  );
  return rows.map(({ name, status }) => `${textOf(name)} ${textOf(status)}`);
}

async function countMessages(hub: TestHub): Promise<number> {
  await hub.settle();
  return hub.receiver.received().length;
}

test('both of a pair, several receivers and several groups: one alert, one call', async (t) => {
  const hub = await startTestHub(t);
  const { report } = await openWayIn(hub, 'alertmanager');
  for (const [externalURL, receiver, groupKey] of [
    ['http://am-0:9093', 'hub', '{}:{alertname="DiskFull"}'],
    ['http://am-1:9093', 'hub', '{}:{alertname="DiskFull"}'],
    ['http://am-0:9093', 'night', '{}/{severity="critical"}:{}'],
  ] as const) {
    await report(hook([firing('DiskFull')], { externalURL, receiver, groupKey }));
  }
  assert.deepEqual(await listAlerts(hub), ['DiskFull PENDING']);
  assert.equal(await countMessages(hub), 1);
  assert.equal(await hub.countRows('event'), 3);
  await hub.advance({ minutes: 1 });
  for (const externalURL of ['http://am-0:9093', 'http://am-1:9093']) {
    await report(hook([resolved('DiskFull')], { externalURL }));
  }
  assert.deepEqual(await listAlerts(hub), ['DiskFull RESOLVED']);
  assert.equal(await countMessages(hub), 2);
});

test('its API v2 and its webhook with one token speak of one problem', async (t) => {
  const hub = await startTestHub(t);
  const { report, token } = await openWayIn(hub, 'alertmanager');
  const { labels } = firing('DiskFull');
  await hub.postAlertmanager([{ labels: labels ?? null, startsAt: START }], token);
  await report(hook([firing('DiskFull')]));
  assert.deepEqual(await listAlerts(hub), ['DiskFull PENDING']);
});

test('a group in which one is over and another goes on', async (t) => {
  const hub = await startTestHub(t);
  const { report } = await openWayIn(hub, 'alertmanager');
  await report(hook([firing('A'), firing('B')]));
  await hub.advance({ minutes: 1 });
  for (const status of ['firing', 'resolved']) {
    await report(hook([resolved('A'), firing('B')], { status }));
    assert.deepEqual(await listAlerts(hub), ['A RESOLVED', 'B PENDING'], status);
  }
});

test('an alert that has no status of its own is over when its group is', async (t) => {
  const hub = await startTestHub(t);
  const { report } = await openWayIn(hub, 'alertmanager');
  const { status: _, ...silent } = firing('A');
  await report(hook([silent], { status: 'firing' }));
  assert.deepEqual(await listAlerts(hub), ['A PENDING']);
  await report(hook([silent], { status: 'resolved' }));
  assert.deepEqual(await listAlerts(hub), ['A RESOLVED']);
});

test('it fires again after it was over: a new alert that knows the one before', async (t) => {
  const hub = await startTestHub(t);
  const { report } = await openWayIn(hub, 'alertmanager');
  await report(hook([firing('A')]));
  await hub.advance({ minutes: 1 });
  await report(hook([resolved('A')]));
  await hub.advance({ minutes: 1 });
  await report(hook([firing('A', { startsAt: '2026-11-16T08:02:00Z' })]));
  assert.deepEqual(await listAlerts(hub), ['A RESOLVED', 'A PENDING']);
});

test('it repeats itself every few hours: nobody is called for what somebody has', async (t) => {
  const hub = await startTestHub(t);
  const { report } = await openWayIn(hub, 'alertmanager');
  await report(hook([firing('A')]));
  await hub.settle();
  const [row] = await hub.query('select alert_id from alert');
  await hub.acknowledge(textOf(row?.['alert_id']));
  const before = await countMessages(hub);
  await hub.advance({ minutes: 30 });
  await report(hook([firing('A')]));
  assert.equal(await countMessages(hub), before);
});

test('a resolve from years to come does not keep later ones from counting', async (t) => {
  const hub = await startTestHub(t);
  const { report } = await openWayIn(hub, 'alertmanager');
  await report(hook([firing('A')]));
  await report(hook([resolved('A', '9999-12-31T23:59:59Z')]));
  await hub.advance({ minutes: 2 });
  await report(hook([firing('A', { startsAt: '2026-11-16T08:02:00Z' })]));
  await hub.advance({ minutes: 1 });
  await report(hook([resolved('A', '2026-11-16T08:03:00Z')]));
  assert.deepEqual(await listAlerts(hub), ['A RESOLVED', 'A RESOLVED']);
});

test('what its max_alerts has cut off is told, and kept with the event', async (t) => {
  const hub = await startTestHub(t);
  const { report } = await openWayIn(hub, 'alertmanager');
  const answer = await report(hook([firing('A')], { truncatedAlerts: 3 }));
  const refused = ['3 more were left out by the sender (its max_alerts)'];
  assert.deepEqual(answer.body, { stored: 1, refused });
  const [event] = await hub.query(`select payload ->> 'truncatedAlerts' as cut from event`);
  assert.equal(event?.['cut'], '3');
});

test('a group of more alerts than one transaction takes is all stored', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  const { report } = await openWayIn(hub, 'alertmanager');
  const count = LIMITS.eventsPerRequestMax + 1;
  const alerts = Array.from({ length: count }, (_, index) => firing(`A${index}`));
  for (let time = 0; time < 2; time += 1) {
    assert.deepEqual((await report(hook(alerts))).body, { stored: count, refused: [] });
  }
  assert.equal(await hub.countRows('alert'), count);
});

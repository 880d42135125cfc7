/** Anything that posts JSON raises alerts, and ends them, by a source of kind generic. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatInstant, plusMs } from '#kernel/instant.ts';
import type { JsonObject } from '#kernel/syntax/json.ts';
import { listItems, textOf } from '#test/support/hub/calls.ts';
import { openWayIn } from '#test/support/hub/ways-in.ts';
import { startTestHub, type TestHub } from '#test/support/hub.ts';

const ALL = '/api/v1/alerts';

/** Newest first, `status severity title` each. */
async function listAlerts(hub: TestHub): Promise<readonly string[]> {
  const alerts = listItems(await hub.call(`GET ${ALL}`));
  return alerts.map(
    (one) => `${textOf(one['status'])} ${textOf(one['severity'])} ${textOf(one['title'])}`,
  );
}

async function firstAlert(hub: TestHub): Promise<JsonObject> {
  return listItems(await hub.call(`GET ${ALL}`))[0] ?? {};
}

/** A time so many seconds from now, as this sender writes it. */
function inSeconds(hub: TestHub, seconds: number): string {
  return formatInstant(plusMs(hub.clock.now(), seconds * 1_000));
}

test('a script posts what it has, without any mapping, and people are called', async (t) => {
  const hub = await startTestHub(t);
  const { post } = await openWayIn(hub, 'generic', { severity_default: 'high' });
  const answer = await post({ message: 'Backup of db1 failed', host: 'db1', exit_code: 3 });
  assert.equal(answer.status, 200, answer.text);
  assert.deepEqual(Object.keys(answer.body ?? {}), ['results', 'refused']);
  assert.equal(answer.at('results.0.is_duplicate'), false);
  await hub.settle();
  assert.deepEqual(await listAlerts(hub), ['PENDING high Backup of db1 failed']);
  const [called] = hub.receiver.received();
  assert.equal(called?.body['event'], 'alert.created');
  const alert = await hub.alert(answer.textAt('results.0.alert_id'));
  assert.deepEqual(alert['labels'], {});
});

test('a home-grown monitor, by a mapping, raises, updates and ends by its key', async (t) => {
  const hub = await startTestHub(t);
  const { post } = await openWayIn(hub, 'generic', {
    mapping: {
      title: '{{ check.name }} on {{ host }}: {{ check.output | truncate: 19 }}',
      severity: { from: '/level', words: { 1: 'info', 3: 'high', 5: 'critical' } },
      key: '{{ host }}/{{ check.id }}',
      state: { from: '/state', resolved: ['fine'], updated: ['same'], heartbeat: ['tick'] },
      time: '/ts',
      labels: { host: '/host', site: 'Milan' },
      device_id: '/host',
    },
  });
  const check = { id: 'c1', name: 'Disk', output: 'only 3 % of /var is left' };
  const report = async (state: string, more: object = {}) => {
    const ts = Math.floor(hub.clock.now() / 1_000);
    const answer = await post({ host: 'web1', level: 5, state, check, ts, ...more });
    assert.equal(answer.status, 200, answer.text);
    return answer;
  };

  await report('tick');
  assert.deepEqual(await listAlerts(hub), []);
  await report('bad');
  await hub.advance({ minutes: 1 });
  await report('same');
  const alert = await firstAlert(hub);
  assert.equal(alert['title'], 'Disk on web1: only 3 % of /var...');
  assert.equal(alert['severity'], 'critical');
  assert.equal(alert['occurrence_count'], 1);
  assert.deepEqual(alert['labels'], { host: 'web1', site: 'Milan' });
  assert.equal(alert['device_id'], 'web1');

  // Another check of the same host is another problem.
  await report('bad', { check: { ...check, id: 'c2', name: 'Load' }, level: 3 });
  await report('fine');
  await hub.settle();
  assert.deepEqual(await listAlerts(hub), [
    'PENDING high Load on web1: only 3 % of /var...',
    'RESOLVED critical Disk on web1: only 3 % of /var...',
  ]);

  await hub.advance({ minutes: 5 });
  await report('bad');
  const again = await firstAlert(hub);
  assert.equal(again['previous_alert_id'], alert['alert_id']);
  assert.equal(again['status'], 'PENDING');
});

test('a Grafana-like webhook: a list of alerts, each with its own state', async (t) => {
  const hub = await startTestHub(t);
  const { post } = await openWayIn(hub, 'generic', { mapping: { items: '/alerts' } });
  const startsAt = inSeconds(hub, -60);
  const entry = (name: string, status: string) => ({
    status,
    labels: { alertname: name, severity: 'warning' },
    annotations: { summary: `${name} of the kitchen` },
    startsAt,
    fingerprint: `f-${name}`,
    generatorURL: 'https://grafana.example/alerting/1',
  });
  const send = async (...alerts: readonly JsonObject[]) => {
    const answer = await post({ receiver: 'tocsin', status: 'firing', title: '[FIRING]', alerts });
    assert.equal(answer.status, 200, answer.text);
    return answer;
  };

  await send(entry('Heat', 'firing'), entry('Smoke', 'firing'));
  // It repeats what still fires, every few hours.
  await hub.advance({ minutes: 30 });
  await send(entry('Heat', 'firing'));
  await send(entry('Heat', 'firing'), entry('Smoke', 'resolved'));
  await hub.settle();
  const alerts = await listAlerts(hub);
  assert.deepEqual(alerts.toSorted(), [
    'PENDING medium Heat of the kitchen',
    'RESOLVED medium Smoke of the kitchen',
  ]);
  const heat = listItems(await hub.call(`GET ${ALL}?status=open`))[0];
  assert.equal(heat?.['occurrence_count'], 1);
  assert.equal((await send()).at('refused.0'), 'the list is empty: there is nothing to store');
});

test('an Uptime-Kuma-like webhook: down is an alert, up is its end', async (t) => {
  const hub = await startTestHub(t);
  const { post } = await openWayIn(hub, 'generic', {
    mapping: {
      title: '{{ monitor.name }} is down: {{ heartbeat.msg }}',
      severity: 'critical',
      key: '/monitor/id',
      state: { from: '/heartbeat/status', resolved: [1] },
      time: { from: '/heartbeat/time', zone: 'UTC' },
      url: '/monitor/url',
    },
  });
  const beat = (status: number) => ({
    heartbeat: {
      status,
      time: inSeconds(hub, 0).replace('T', ' ').replace('Z', ''),
      msg: status === 1 ? '200 - OK' : 'timeout of 48000ms exceeded',
    },
    monitor: { id: 12, name: 'Front door', url: 'https://door.example/health' },
    msg: 'a line for people',
  });
  await post(beat(0));
  const alert = await firstAlert(hub);
  assert.equal(alert['title'], 'Front door is down: timeout of 48000ms exceeded');
  assert.equal(alert['severity'], 'critical');
  await hub.advance({ minutes: 3 });
  await post(beat(1));
  const over = await firstAlert(hub);
  assert.deepEqual([over['status'], over['outcome']], ['RESOLVED', 'resolved_by_source']);
  // Its test message has neither a monitor nor a heartbeat.
  await post({ heartbeat: null, monitor: null, msg: 'My Webhook Testing' });
  assert.equal((await firstAlert(hub))['title'], 'My Webhook Testing');
});

test('a problem that a person has closed is an alert again when it comes again', async (t) => {
  const hub = await startTestHub(t);
  const { post } = await openWayIn(hub, 'generic');
  const first = await post({ id: 'pump', title: 'Leak' });
  await hub.call(`POST ${ALL}/${first.textAt('results.0.alert_id')}/status`, {
    status: 'RESOLVED',
    outcome: 'fixed',
  });
  await hub.advance({ minutes: 10 });
  const second = await post({ id: 'pump', title: 'Leak' });
  assert.notEqual(second.at('results.0.alert_id'), first.at('results.0.alert_id'));
  assert.deepEqual(await listAlerts(hub), ['PENDING medium Leak', 'RESOLVED medium Leak']);
});

test('the same report, sent twice because its answer got lost, calls nobody twice', async (t) => {
  const hub = await startTestHub(t);
  const { post } = await openWayIn(hub, 'generic');
  const body = { id: 'door', title: 'Open', time: inSeconds(hub, -5) };
  const first = await post(body);
  await hub.acknowledge(first.textAt('results.0.alert_id'));
  await hub.settle();
  const called = hub.receiver.received().length;
  await post(body);
  await hub.settle();
  assert.equal(hub.receiver.received().length, called);
  // With an id of the event it is a duplicate, and said to be one.
  const named = await openWayIn(hub, 'generic', { name: 'named', mapping: { event_id: '/n' } });
  await named.post({ n: 1, title: 'x' });
  assert.equal((await named.post({ n: 1, title: 'x' })).at('results.0.is_duplicate'), true);
});

test('what cannot be stored is said, in the shape of the API', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  const mapping = { items: '/list', key: '/host', state: '/state' };
  const { post } = await openWayIn(hub, 'generic', { mapping });
  const list = [{ host: 'a', state: 'bad', title: 'A' }, { state: 'ok' }, null];
  const mixed = await post({ list });
  assert.equal(mixed.status, 200);
  const ended = 'it says that something is over, but not what: map `key` to what names the problem';
  assert.deepEqual(mixed.at('refused'), [
    `/list[1]: ${ended} (state /state)`,
    '/list[2]: is empty',
  ]);
  const empty = await post({});
  assert.equal(empty.status, 422);
  assert.equal(empty.at('error.code'), 'invalid');
  assert.equal(empty.at('error.message'), 'The body is empty.');
  const many = await post({ list: Array.from({ length: 1_001 }, () => ({ title: 'x' })) });
  assert.deepEqual([many.status, many.at('error.details.0.path')], [422, '/list']);
  assert.equal(await hub.countRows('event'), 1);
});

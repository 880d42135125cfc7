/** What Prometheus, amtool and Grafana ask of an Alertmanager, in the shapes that they expect. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestHub } from '#test/support/hub.ts';

const GOOD = { labels: { alertname: 'DiskFull', instance: 'db1' } };

test('good alerts of a batch are taken, and a 400 names the bad ones', async (t) => {
  const hub = await startTestHub(t);
  const answer = await hub.postAlertmanager([
    GOOD,
    { labels: {} },
    { labels: { alertname: 'Up', '0bad': 'x' } },
    {
      labels: { alertname: 'Late' },
      startsAt: '2026-11-16T09:00:00Z',
      endsAt: '2026-11-16T08:00:00Z',
    },
    { labels: { alertname: 'CpuHot' } },
  ]);
  assert.equal(answer.status, 400);
  assert.match(String(answer.headers['content-type']), /^application\/json/);
  assert.equal(
    answer.body,
    'alert 1: at least one label pair required; ' +
      'alert 2: invalid label set: invalid name "0bad"; ' +
      'alert 3: start time must be before end time',
  );
  const stored = await hub.query('select title from alert order by title');
  assert.deepEqual(
    stored.map(({ title }) => title),
    ['CpuHot', 'DiskFull'],
  );
});

test('a body of the wrong shape is refused whole, with code and message', async (t) => {
  const hub = await startTestHub(t);
  for (const [body, sentence] of [
    [GOOD, 'the body must be an array of alerts'],
    [[GOOD, 'x'], 'alert 1: must be an object'],
    [[GOOD, { labels: { alertname: 7 } }], 'alert 1: labels.alertname must be a string'],
    [[{ ...GOOD, annotations: [] }], 'alert 0: annotations must be an object of strings'],
    [[{ ...GOOD, startsAt: 'noon' }], 'alert 0: startsAt must be a time like 2026-01-31T12:00:00Z'],
    [[{ ...GOOD, endsAt: 12 }], 'alert 0: endsAt must be a time like 2026-01-31T12:00:00Z'],
    [[{ ...GOOD, generatorURL: {} }], 'alert 0: generatorURL must be a string'],
    [Array.from({ length: 1_001 }, () => GOOD), 'more than 1000 alerts in one request'],
  ] as const) {
    const answer = await hub.call('POST /api/v2/alerts', body);
    const message = `parsing alerts body: ${sentence}`;
    assert.deepEqual([answer.status, answer.body], [400, { code: 400, message }]);
  }
  assert.equal(await hub.countRows('event'), 0);
  assert.equal((await hub.postAlertmanager([GOOD])).status, 200);
});

test('an empty batch is fine', async (t) => {
  const hub = await startTestHub(t);
  const answer = await hub.postAlertmanager([]);
  assert.deepEqual([answer.status, answer.text], [200, '']);
});

test('open alerts are listed as an Alertmanager lists them, and can be filtered', async (t) => {
  const hub = await startTestHub(t);
  const startsAt = '2026-11-16T07:59:30.000Z';
  const endsAt = '2026-11-16T08:04:00.000Z';
  const generatorURL = 'http://prom:9090/graph';
  const annotations = { summary: 'Full' };
  await hub.postAlertmanager([
    { ...GOOD, startsAt, endsAt, generatorURL, annotations },
    { labels: { alertname: 'CpuHot', instance: 'db2' } },
  ]);
  await hub.raise({ title: 'A fall is no matter of Alertmanager' });
  const all = await hub.call('GET /api/v2/alerts');
  assert.equal(Array.isArray(all.body) ? all.body.length : null, 2);
  for (const filter of ['instance="db1"', 'alertname=~"Disk.*"', 'instance!="db2"']) {
    const found = await hub.call(`GET /api/v2/alerts?filter=${encodeURIComponent(filter)}`);
    assert.deepEqual(found.body, [
      {
        labels: GOOD.labels,
        annotations,
        startsAt,
        endsAt,
        generatorURL,
        updatedAt: '2026-11-16T08:00:00.000Z',
        // Of these labels, as Alertmanager itself computes it.
        fingerprint: found.at('0.fingerprint'),
        receivers: [{ name: 'tocsin' }],
        status: { state: 'active', silencedBy: [], inhibitedBy: [] },
      },
    ]);
    assert.match(found.textAt('0.fingerprint'), /^[0-9a-f]{16}$/);
  }
  const none = await hub.call('GET /api/v2/alerts?active=false');
  assert.deepEqual(none.body, []);
  const bad = await hub.call(`GET /api/v2/alerts?filter=${encodeURIComponent('what is it')}`);
  assert.deepEqual([bad.status, bad.body], [400, 'bad matcher format: what is it']);
});

test('an alert that is over leaves the list', async (t) => {
  const hub = await startTestHub(t);
  await hub.postAlertmanager([GOOD]);
  await hub.advance({ minutes: 5 });
  assert.deepEqual((await hub.call('GET /api/v2/alerts')).body, []);
});

test('status, health and readiness are there for those who ask', async (t) => {
  const hub = await startTestHub(t);
  const status = await hub.call('GET /api/v2/status');
  assert.equal(status.status, 200);
  assert.equal(status.at('cluster.status'), 'disabled');
  assert.equal(status.at('uptime'), '2026-11-16T08:00:00.000Z');
  assert.match(status.textAt('versionInfo.version'), /^\d+\.\d+\.\d+/);
  assert.match(status.textAt('config.original'), /receiver: tocsin/);
  for (const path of ['/-/healthy', '/-/ready']) {
    const answer = await hub.call(`GET ${path}`, undefined, { key: null });
    assert.deepEqual([answer.status, answer.text], [200, 'OK']);
  }
});

test('Prometheus authenticates by Basic auth with the source token as password', async (t) => {
  const hub = await startTestHub(t);
  const made = await hub.call('POST /api/v1/sources', { name: 'prom', kind: 'alertmanager' });
  const basic = Buffer.from(`prometheus:${made.textAt('token')}`).toString('base64');
  assert.equal((await hub.postAlertmanager([GOOD], `Basic ${basic}`)).status, 200);
  const [row] = await hub.query(
    'select s.name from alert a join source s on s.source_id = a.source_id',
  );
  assert.equal(row?.['name'], 'prom');
});

test('two sources of the same labels are two problems', async (t) => {
  const hub = await startTestHub(t);
  for (const name of ['north', 'south']) {
    const made = await hub.call('POST /api/v1/sources', { name, kind: 'alertmanager' });
    await hub.postAlertmanager([GOOD], made.textAt('token'));
  }
  assert.equal(await hub.countRows('alert'), 2);
});

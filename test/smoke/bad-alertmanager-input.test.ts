/** Bad input where Prometheus posts: refused in Alertmanager's shapes, never by a 5xx. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isJsonObject } from '#kernel/syntax/json.ts';
import { LIMITS } from '#kernel/limits.ts';
import { startTestHub } from '#test/support/hub.ts';
import { textOf } from '#test/support/hub/calls.ts';

const GOOD = [{ labels: { alertname: 'DiskFull' } }];

test('what cannot be read is refused with code and message', async (t) => {
  const hub = await startTestHub(t);
  const text = JSON.stringify(GOOD);
  const invalid = Buffer.concat([Buffer.from('[{"labels":{"a":"'), Buffer.from([0xff, 0x22])]);
  const deep = `[{"labels":{"a":"b"},"x":${'['.repeat(50)}${']'.repeat(50)}}]`;
  const cases: readonly (readonly [string | Buffer, string, number, RegExp])[] = [
    ['[{"labels":', 'application/json', 400, /not valid JSON/],
    ['', 'application/json', 400, /JSON/],
    [text, 'text/plain', 415, /application\/json/],
    [text, '', 415, /application\/json/],
    [invalid, 'application/json', 400, /UTF-8/],
    [String.raw`[{"labels":{"a":"\u0000"}}]`, 'application/json', 400, /\[0\]\.labels\.a: .*0000/],
    ['[{"labels":{"a":"1","a":"2"}}]', 'application/json', 400, /\[0\]\.labels\.a: .*twice/],
    [deep, 'application/json', 400, /deep/],
    [Buffer.alloc(LIMITS.bodyBytesMax + 1, 0x20), 'application/json', 413, /larger/],
  ];
  for (const [raw, type, status, message] of cases) {
    const headers = { 'content-type': type };
    const answer = await hub.call('POST /api/v2/alerts', undefined, { raw, headers });
    const shown = `${raw.slice(0, 40).toString()}: ${answer.text}`;
    assert.deepEqual([answer.status, answer.at('code')], [status, status], shown);
    assert.match(answer.textAt('message'), message, shown);
  }
  assert.equal(await hub.countRows('event'), 0);
  assert.equal((await hub.postAlertmanager(GOOD)).status, 200);
});

test('times that cannot be are refused whole, and the zero time is none of them', async (t) => {
  const hub = await startTestHub(t);
  for (const at of ['10000-01-01T00:00:00Z', '0000-01-01T00:00:00Z', '2026-13-01T00:00:00Z', 1e9]) {
    const answer = await hub.postAlertmanager([...GOOD, { labels: { a: 'b' }, endsAt: at }]);
    const message = 'parsing alerts body: alert 1: endsAt must be a time like 2026-01-31T12:00:00Z';
    assert.deepEqual([answer.status, answer.body], [400, { code: 400, message }]);
  }
  assert.equal(await hub.countRows('event'), 0);
});

test('label bombs are refused alone; their neighbours are taken', async (t) => {
  const hub = await startTestHub(t);
  const bomb = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`l${index}`, 'x']));
  const answer = await hub.postAlertmanager([
    ...GOOD,
    { labels: bomb },
    { labels: { alertname: 'x'.repeat(5_000) } },
    { labels: { ['n'.repeat(300)]: 'x' } },
    { labels: { alertname: 'Noisy' }, annotations: { summary: 'x'.repeat(20_000) } },
    { labels: { alertname: 'Linked' }, generatorURL: 'x'.repeat(3_000) },
  ]);
  assert.equal(answer.status, 400);
  for (const [index, sentence] of [
    [1, 'more than 64 labels'],
    [2, 'value of "alertname" is too long'],
    [3, 'is too long'],
    [4, 'value of "summary" is too long'],
    [5, 'generatorURL is too long'],
  ] as const) {
    assert.match(textOf(answer.body), new RegExp(`alert ${index}: [^;]*${sentence}`));
  }
  assert.equal(await hub.countRows('alert'), 1);
});

test('labels in every script, with quotes and line breaks, come back as they were', async (t) => {
  const hub = await startTestHub(t);
  const labels = {
    alertname: '磁盘满 ⚠',
    quoted: 'a "b" \\ \n c',
    sql: "'; drop table alert; --",
    html: '<script>alert(1)</script>',
    template: '{{ .Labels }} ${x} %s',
  };
  assert.equal((await hub.postAlertmanager([{ labels }])).status, 200);
  await hub.settle();
  const listed = await hub.call('GET /api/v2/alerts');
  assert.deepEqual(listed.at('0.labels'), labels);
  const [told] = hub.receiver.received();
  assert.ok(told?.isSigned);
  const alert = told.data['alert'];
  assert.deepEqual(isJsonObject(alert) ? alert['labels'] : null, labels);
});

test('an empty post, null fields and unknown fields are no fault', async (t) => {
  const hub = await startTestHub(t);
  const odd = [
    { ...GOOD[0], annotations: null, endsAt: null, startsAt: '', status: { state: 'x' } },
  ];
  assert.equal((await hub.postAlertmanager(odd)).status, 200);
  assert.equal(await hub.countRows('alert'), 1);
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { encodeHex, encodeUtf8, hmacSha256 } from '#kernel/crypto.ts';
import { formatInstantOrNull } from '#kernel/instant.ts';
import { isJsonObject, type JsonObject } from '#kernel/syntax/json.ts';
import { at, readSourceFixture, readWith } from '#test/support/samples/sources.ts';
import { GRAFANA } from './grafana.ts';

const NOW = at('2026-11-16T08:05:00Z');
const { reports, one } = readWith(GRAFANA, { now: NOW });
const FIRING = readSourceFixture('grafana/firing');

function alertOf(change: JsonObject): JsonObject {
  const [alert] = [FIRING['alerts'] ?? []].flat().filter(isJsonObject);
  return { ...FIRING, alerts: [{ ...alert, ...change }] };
}

describe('an alert of Grafana', () => {
  const [freezer, silent] = reports(FIRING);
  assert.ok(freezer !== undefined && silent !== undefined);

  test('goes by the fingerprint of Grafana, which knows labels that we never see', () => {
    assert.deepEqual(freezer.identity, { kind: 'key', key: 'gf1:3f9a2c71b05e88d4' });
    const twin = one(alertOf({ fingerprint: '3f9a2c71b05e88d5' }));
    assert.notDeepEqual(twin.identity, freezer.identity);
    for (const odd of ['', 'x', null, 7, 'a'.repeat(17)]) {
      const { identity } = one(alertOf({ fingerprint: odd }));
      assert.match(identity.kind === 'key' ? identity.key : '', /^am1:/, 'by its labels');
    }
  });

  test('leads to its rule, its panel and its silence, and shows its picture', () => {
    assert.deepEqual(freezer.sourceRefs, {
      alert: {
        fingerprint: '3f9a2c71b05e88d4',
        generator_url: 'https://grafana.example.org/alerting/grafana/cdk3x9q7a1b2c/view?orgId=1',
        grafana_url: 'https://grafana.example.org/',
        dashboard_url: 'https://grafana.example.org/d/cold-chain?orgId=1',
        panel_url: 'https://grafana.example.org/d/cold-chain?orgId=1&viewPanel=4',
        silence_url:
          'https://grafana.example.org/alerting/silence/new' +
          '?alertmanager=grafana&matcher=room%3Dlab-2&orgId=1',
        rule: 'cdk3x9q7a1b2c',
      },
    });
    assert.equal(freezer.image, 'https://grafana.example.org/render/freezer-lab-2.png');
    assert.deepEqual([freezer.severity, freezer.namespace], ['critical', 'Cold chain']);
    assert.deepEqual(freezer.payload?.['values'], { B: -9.25, C: 1 });
  });

  test('says in its title that there is no data, and of which rule', () => {
    assert.equal(silent.title, 'No data: Freezer too warm');
    assert.equal(silent.payload?.['state'], 'no_data');
    const labels = { alertname: 'DatasourceError', rulename: 'Freezer' };
    const failed = one(alertOf({ labels, annotations: {} }));
    assert.deepEqual([failed.title, failed.payload?.['state']], ['Error: Freezer', 'error']);
  });

  test('is a test when it is that of the button', () => {
    const labels = { alertname: 'TestAlert', instance: 'Grafana' };
    assert.deepEqual([freezer.isTest, one(alertOf({ labels })).isTest], [false, true]);
  });

  test('keeps of its values what is a number', () => {
    const values = { A: 1.5, B: '9007199254740993', C: 'text', D: { deep: 1 }, E: null };
    const { payload } = one(alertOf({ values }));
    assert.deepEqual(payload?.['values'], { A: 1.5, B: '9007199254740993' });
  });

  test('whose payload is templated is led to the kind that reads any JSON', () => {
    const reading = GRAFANA.parse(
      { summary: 'Freezer', status: 'firing' },
      { severityDefault: 'medium', mapping: {}, headers: {}, now: NOW },
    );
    assert.ok(!reading.ok);
    assert.match(reading.sentence, /templated, use a source of kind generic/);
  });
});

describe('an alert of a dashboard, as Grafana had them before', () => {
  const BODY: JsonObject = {
    dashboardId: 1,
    evalMatches: [{ value: 100, metric: 'High value', tags: null }],
    imageUrl: 'https://grafana.example.org/a.png',
    message: 'Too warm',
    orgId: 1,
    panelId: 2,
    ruleId: 7,
    ruleName: 'Freezer',
    ruleUrl: 'https://grafana.example.org/d/1',
    state: 'alerting',
    tags: { severity: 'high', room: 'lab-2' },
    title: '[Alerting] Freezer',
  };

  test('begins, and ends by its rule', () => {
    const report = one(BODY);
    assert.deepEqual(report.identity, { kind: 'key', key: 'legacy:1/7' });
    assert.deepEqual(
      [report.stage, report.severity, report.title, report.alertname],
      ['received', 'high', '[Alerting] Freezer', 'Freezer'],
    );
    const stages = ['ok', 'paused', 'no_data', 'OK'].map((state) => one({ ...BODY, state }).stage);
    assert.deepEqual(stages, ['resolved', 'resolved', 'received', 'resolved']);
  });
});

describe('a signature of Grafana', () => {
  const RAW = '{"receiver":"tocsin"}';
  const sign = (content: string) => encodeHex(hmacSha256('freezer-secret', content));
  const verify = (headers: Record<string, string>, mapping: JsonObject = {}, body = RAW) =>
    GRAFANA.signing?.verify(
      { method: 'POST', headers, body: encodeUtf8(body) },
      { secrets: { hmac_secret: ['freezer-secret'] }, mapping, now: NOW },
    );
  const bare = { 'x-grafana-alerting-signature': sign(RAW) };
  const SECONDS = '1700000000';
  const timed = {
    'x-grafana-alerting-signature': sign(`${SECONDS}:${RAW}`),
    'x-when': SECONDS,
    'content-length': '16',
    'x-other': '1600000000',
  };

  test('covers the body: this is what openssl computes', () => {
    const known = '51bc82f8143a1c05cad4de1fb4042fe469fe32ae572e9c3ceeab4f00be704250';
    assert.equal(sign(RAW), known);
    assert.deepEqual(verify(bare), { kind: 'verified', signedAt: null });
    assert.equal(verify(bare, {}, `${RAW} `)?.kind, 'refused');
  });

  test('covers the time too where Grafana is told to send one, in whatever header', () => {
    const known = 'f6de0ffc49a6dd4faaa2ff5d7f259dfb310b8f0bbbb86750d3ffba77d82a2402';
    assert.equal(timed['x-grafana-alerting-signature'], known);
    for (const mapping of [{}, { timestamp_header: 'X-When' }]) {
      const verified = verify(timed, mapping);
      assert.ok(verified?.kind === 'verified');
      assert.equal(formatInstantOrNull(verified.signedAt), '2023-11-14T22:13:20.000Z');
    }
    assert.equal(verify({ ...timed, 'x-when': '1700000001' })?.kind, 'refused');
  });

  test('must cover it where the source says so', () => {
    const mapping = { timestamp_header: 'X-When' };
    assert.equal(verify(bare, mapping)?.kind, 'refused');
    assert.equal(verify({ ...bare, 'x-when': SECONDS }, mapping)?.kind, 'refused');
    assert.equal(verify(timed, { timestamp_header: 'X-Other' })?.kind, 'refused');
  });

  test('may be in a header of another name', () => {
    const mapping = { signature_header: 'X-Mine' };
    assert.equal(verify({ 'x-mine': sign(RAW) }, mapping)?.kind, 'verified');
    assert.equal(verify(bare, mapping)?.kind, 'refused');
  });

  test('has names of headers in its mapping, and nothing else', () => {
    const faultsOf = (mapping: JsonObject) =>
      GRAFANA.findMappingFaults(mapping).map(({ path, message }) => `${path}: ${message}`);
    assert.deepEqual(faultsOf({ timestamp_header: 'X-When' }), []);
    assert.deepEqual(faultsOf({ timestamp_header: 'a b', signature_header: 7 }), [
      'timestamp_header: must be the name of a header',
      'signature_header: must be the name of a header',
    ]);
    assert.deepEqual(faultsOf({ title: '/a' }), [
      'title: unknown field; known are signature_header and timestamp_header',
    ]);
  });
});

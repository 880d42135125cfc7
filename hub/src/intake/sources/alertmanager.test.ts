import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatInstantOrNull } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { JsonObject } from '#kernel/syntax/json.ts';
import { textOf } from '#test/support/hub/calls.ts';
import { at, readSourceFixture, readWith } from '#test/support/samples/sources.ts';
import { ALERTMANAGER } from './alertmanager.ts';

const NOW = at('2026-11-22T06:00:00Z');
const read = readWith(ALERTMANAGER, { now: NOW });
const LABELS = { alertname: 'DiskFull', severity: 'critical' };

/** A webhook with these alerts; each has labels unless it names its own. */
function hook(alerts: readonly JsonObject[], group: JsonObject = {}): JsonObject {
  const filled = alerts.map((alert) => ({ status: 'firing', labels: LABELS, ...alert }));
  return { version: '4', status: 'firing', receiver: 'hub', alerts: filled, ...group };
}

const texts = (length: number, name: string) =>
  Object.fromEntries(Array.from({ length }, (_, index) => [`${name}${index}`, 'x']));

describe("Alertmanager's webhook as it was recorded", () => {
  test('two alerts of one group: two problems, each with its own severity', () => {
    const [first, second] = read.reports(readSourceFixture('alertmanager/firing'));
    assert.ok(first !== undefined && second !== undefined);
    assert.deepEqual(
      [first, second].map(({ stage, severity, title, targetResource }) => [
        stage,
        severity,
        title,
        targetResource,
      ]),
      [
        ['received', 'critical', 'Disk full on db-01', 'db-01:9100'],
        ['received', 'medium', 'Disk full on db-02', 'db-02:9100'],
      ],
    );
    assert.deepEqual(first.sourceRefs, {
      alert: {
        fingerprint: 'c6bdfdb0923b4285',
        generator_url: 'http://prom.example/graph?g0.expr=disk',
        alertmanager_url: 'http://vm:19093',
      },
    });
    assert.equal(second.sourceUrl, null);
  });

  test('our fingerprint is the one that Alertmanager wrote beside it', () => {
    const body = readSourceFixture('alertmanager/firing');
    const reports = read.reports(body);
    assert.ok(Array.isArray(body['alerts']));
    const theirs = body['alerts'].map((alert: JsonObject) => `am1:${textOf(alert['fingerprint'])}`);
    assert.deepEqual(
      reports.map(({ fingerprint }) => fingerprint),
      theirs,
    );
    assert.deepEqual(
      reports.map(({ identity }) => identity),
      theirs.map((key) => ({ kind: 'key', key })),
    );
  });

  test('the zero time of a firing alert is no end; a resolve has one', () => {
    const [firing] = read.reports(readSourceFixture('alertmanager/firing'));
    const [resolved] = read.reports(readSourceFixture('alertmanager/resolved'));
    assert.equal(firing?.endsAt, null);
    assert.equal(firing?.resolveTimeoutMs, null);
    assert.equal(resolved?.stage, 'resolved');
    assert.equal(formatInstantOrNull(resolved?.endsAt ?? null), '2026-11-22T05:57:07.000Z');
    assert.deepEqual(resolved?.identity, firing?.identity);
  });
});

describe('the state of an alert', () => {
  const stages = (body: JsonObject) => read.reports(body).map(({ stage }) => stage);

  test('is its own, whatever the group says', () => {
    const mixed = [{ status: 'resolved' }, { status: 'firing' }];
    for (const status of ['firing', 'resolved']) {
      assert.deepEqual(stages(hook(mixed, { status })), ['resolved', 'received']);
    }
  });

  test("is the group's where it has none, and firing where nobody says anything", () => {
    const silent = [{ status: null }];
    assert.deepEqual(stages(hook(silent, { status: 'resolved' })), ['resolved']);
    assert.deepEqual(stages(hook(silent, { status: 'firing' })), ['received']);
    assert.deepEqual(stages(hook(silent, { status: null })), ['received']);
  });

  test('is firing for a word that nobody knows: a silence would be worse', () => {
    assert.deepEqual(stages(hook([{ status: 'Resolved ' }, { status: 'over' }, { status: 3 }])), [
      'resolved',
      'received',
      'received',
    ]);
  });

  test('is never told by the end: what fires has none', () => {
    const past = hook([{ endsAt: '2026-11-22T05:00:00Z' }]);
    assert.deepEqual(stages(past), ['received']);
    assert.equal(read.one(past).endsAt, null);
  });
});

describe('who speaks this webhook', () => {
  test('any version: incident.io says 1', () => {
    assert.equal(read.one(hook([{}], { version: '1' })).stage, 'received');
    assert.equal(read.one({ alerts: [{ labels: LABELS }] }).stage, 'received');
  });

  test('labels in any script, and labels that are no text', () => {
    const labels = {
      'сервис.имя': 'база',
      温度: '高',
      port: 9100,
      up: false,
      gone: null,
      empty: '',
    };
    const report = read.one(hook([{ labels }]));
    assert.deepEqual(report.labels, {
      'сервис.имя': 'база',
      温度: '高',
      port: '9100',
      up: 'false',
    });
    // A number tells two problems apart as well as a text does.
    const other = read.one(hook([{ labels: { ...labels, port: 9101 } }]));
    assert.notDeepEqual(other.identity, report.identity);
  });

  test('a label may be called __proto__ and is a label', () => {
    const text = '{"alerts":[{"labels":{"__proto__":"x","constructor":"y"}}]}';
    const report = read.one(text);
    assert.equal(JSON.stringify(report.labels), '{"__proto__":"x","constructor":"y"}');
    assert.equal(report.severity, 'medium');
  });

  test('two of a pair say the same of an alert, whatever they call themselves', () => {
    const [one, other] = ['http://am-0:9093', 'http://am-1:9093'].map((externalURL, index) =>
      read.one(hook([{}], { externalURL, receiver: `r${index}`, groupKey: `{}/{${index}}` })),
    );
    assert.deepEqual(one?.identity, other?.identity);
  });
});

describe('what Alertmanager would never send again', () => {
  test('more labels than we keep: cut, and still the same problem with the same name', () => {
    const labels = { ...texts(500, 'l'), ...LABELS };
    const report = read.one(hook([{ labels }]));
    assert.equal(Object.keys(report.labels).length, LIMITS.labelsMax);
    assert.deepEqual([report.alertname, report.severity], ['DiskFull', 'critical']);
    assert.equal(report.labels['alertname'], 'DiskFull');
    const other = read.one(hook([{ labels: { ...labels, l499: 'y' } }]));
    assert.notDeepEqual(other.identity, report.identity);
  });

  test('texts longer than we keep: cut, without half a character', () => {
    const long = `${'x'.repeat(LIMITS.labelValueCharsMax - 1)}😀`;
    const annotations = { ...texts(100, 'a'), summary: 's'.repeat(2_000_000) };
    const report = read.one(hook([{ labels: { ...LABELS, long }, annotations }]));
    assert.equal(report.labels['long']?.length, LIMITS.labelValueCharsMax);
    assert.ok(report.labels['long']?.isWellFormed());
    assert.equal(report.title.length, LIMITS.titleCharsMax);
    assert.equal(Object.keys(report.annotations).length, LIMITS.annotationsMax);
    const names = read.one(hook([{ labels: { ['n'.repeat(1_000)]: 'v' } }])).labels;
    assert.deepEqual(
      Object.keys(names).map((name) => name.length),
      [LIMITS.labelNameCharsMax],
    );
  });

  test('an alert without labels beside good ones: told in the answer', () => {
    const body = { alerts: [{ labels: LABELS }, { labels: {} }, 7] };
    assert.equal(read.reports(body).length, 1);
    assert.deepEqual(read.refusals(body), [
      'alerts[1]: labels must not be empty',
      'alerts[2]: must be an object',
    ]);
  });

  test('nothing that can be read: refused, so that somebody looks', () => {
    assert.deepEqual(read.faults({ alerts: [{ labels: {} }] }), [
      'alerts[0]: labels must not be empty',
    ]);
    assert.deepEqual(read.faults({ alerts: 'none' }), ['alerts: must be a list of alerts']);
    assert.deepEqual(read.faults([]), ['alerts: must be a list of alerts']);
    assert.deepEqual(read.faults(null), ['alerts: must be a list of alerts']);
  });

  test('a group of thousands is taken, an endless one is not', () => {
    const many = (length: number) => ({
      alerts: Array.from({ length }, (_, index) => ({ labels: { n: `${index}` } })),
    });
    assert.equal(read.reports(many(LIMITS.alertsPerWebhookMax)).length, LIMITS.alertsPerWebhookMax);
    assert.deepEqual(read.faults(many(LIMITS.alertsPerWebhookMax + 1)), [
      `alerts: must have at most ${LIMITS.alertsPerWebhookMax} entries`,
    ]);
  });

  test('alerts that its max_alerts has cut off: told in the answer, kept with the others', () => {
    const body = hook([{}], { truncatedAlerts: 12 });
    assert.deepEqual(read.refusals(body), ['12 more were left out by the sender (its max_alerts)']);
    assert.equal(read.one(body).payload?.['truncatedAlerts'], 12);
    for (const wrong of [0, -1, '12', null, 1.5]) {
      assert.deepEqual(read.refusals(hook([{}], { truncatedAlerts: wrong })), []);
    }
  });
});

describe('times that cannot be', () => {
  test('count as not said', () => {
    const wrong = ['0001-01-01T00:00:00Z', '0001-01-01T08:00:00+08:00', '', 'soon', '9999-12-31'];
    for (const startsAt of [...wrong, '9999-12-31T23:59:59Z', 1_773_820_992_000, -1, 0.5, null]) {
      const report = read.one(hook([{ startsAt }]));
      assert.deepEqual([report.startsAt, report.providerTs], [null, null], String(startsAt));
    }
  });

  test('an end in the future is none: it would make all later ends old ones', () => {
    const end = (endsAt: string) => read.one(hook([{ status: 'resolved', endsAt }])).endsAt;
    assert.equal(end('9999-01-01T00:00:00Z'), null);
    assert.equal(end('2026-11-22T06:00:01Z'), null);
    assert.equal(end('2026-11-22T06:00:00Z'), NOW);
    assert.equal(end('0001-01-01T00:00:00Z'), null);
  });

  test('1970 is a time, though an old one', () => {
    const report = read.one(hook([{ startsAt: '1970-01-01T00:00:10Z' }]));
    assert.equal(report.startsAt, 10_000);
  });
});

test('answers are counted, and refusals are in its own shape', () => {
  assert.deepEqual(ALERTMANAGER.renderAnswer([], ['alerts[0]: x']), {
    stored: 0,
    refused: ['alerts[0]: x'],
  });
  const details = [{ path: 'alerts', message: 'must be a list of alerts' }];
  const error = { status: 400, code: 'invalid', message: 'No.', details };
  assert.deepEqual(ALERTMANAGER.renderError(error), {
    code: 400,
    message: 'No. alerts: must be a list of alerts',
  });
});

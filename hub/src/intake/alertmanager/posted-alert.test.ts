import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Report } from '#intake/report.ts';
import { formatInstantOrNull, type Instant } from '#kernel/instant.ts';
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '#kernel/syntax/json.ts';
import { LIMITS } from '#kernel/limits.ts';
import { instantOf } from '#test/support/clock.ts';
import { computeFingerprint } from '#intake/fingerprint.ts';
import { parseAlertmanagerPost } from './posted-alert.ts';

const NOW = instantOf('2026-11-22T06:00:30Z');
const FIXTURES = join(import.meta.dirname, '../../../../test/fixtures/alertmanager');

function parseFixture(name: string): JsonValue {
  const reading = parseJson(readFileSync(join(FIXTURES, name), 'utf8'));
  assert.ok(reading.ok, name);
  return reading.value;
}

function read(body: JsonValue, now: Instant = NOW) {
  const reading = parseAlertmanagerPost(body, 'medium', now);
  assert.ok(reading.ok, reading.ok ? '' : reading.sentence);
  return reading;
}

/** The report of the only alert; fails when it was refused. */
function readOne(alert: JsonObject, now: Instant = NOW): Report {
  const { reports, refusals } = read([alert], now);
  assert.deepEqual(refusals, []);
  const [report] = reports;
  assert.ok(report !== undefined);
  return report;
}

/** Why the only alert was refused; the rest of its batch would have been taken. */
function refusalOf(alert: JsonObject): string {
  const { reports, refusals } = read([alert]);
  assert.deepEqual([reports, refusals.length], [[], 1]);
  return refusals[0] ?? '';
}

/** Why the body as a whole was refused. */
function faultOf(body: JsonValue): string {
  const reading = parseAlertmanagerPost(body, 'medium', NOW);
  assert.ok(!reading.ok, JSON.stringify(body).slice(0, 80));
  return reading.sentence;
}

const LABELS = { alertname: 'DiskFull' } as const;

function countLabels(count: number): JsonObject {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`l${index}`, 'x']));
}

describe('what real senders post', () => {
  test('Prometheus: a firing alert with its start and the end it announces', () => {
    const { reports, refusals } = read(parseFixture('prometheus-2.42-post-alerts-firing.json'));
    assert.deepEqual([reports.length, refusals], [1, []]);
    const [report] = reports;
    assert.deepEqual(
      [report?.stage, report?.severity, report?.title, report?.alertname],
      ['received', 'critical', 'demo 0.6319999694824219', 'DemoFlap'],
    );
    const times = [report?.startsAt ?? null, report?.endsAt ?? null].map(formatInstantOrNull);
    assert.deepEqual(times, ['2026-11-22T06:00:20.632Z', '2026-11-22T06:00:32.632Z']);
    assert.deepEqual(report?.payload, {
      startsAt: '2026-11-22T06:00:20.632Z',
      endsAt: '2026-11-22T06:00:32.632Z',
    });
    assert.match(report?.sourceUrl ?? '', /^http:\/\/vm:19090\/graph/);
  });

  test('Prometheus: posts of one problem have one identity, whatever moves between them', () => {
    const posts = parseFixture('prometheus-2.42-post-alerts-sequence.json');
    assert.ok(Array.isArray(posts) && posts.length > 5);
    const keys = posts.map((post: JsonValue) => {
      assert.ok(isJsonObject(post));
      const { identity, fingerprint } = read(post['body'] ?? null).reports[0] ?? {};
      assert.deepEqual(identity, { kind: 'key', key: fingerprint });
      return fingerprint;
    });
    assert.equal(new Set(keys).size, 1);
  });

  test('amtool: the zero time means that no start was given', () => {
    const body = parseFixture('api-v2-post-alerts-from-amtool.json');
    const [report] = read(body).reports;
    assert.deepEqual([report?.startsAt, report?.providerTs], [null, null]);
    assert.equal(formatInstantOrNull(report?.endsAt ?? null), '2026-11-22T07:10:46.000Z');
    assert.equal(report?.stage, 'received');
  });

  test('two alerts of one post: labels make the severity, the words of senders are mapped', () => {
    const { reports } = read(parseFixture('api-v2-post-alerts.json'));
    const lines = reports.map(({ severity, targetResource }) => `${severity} ${targetResource}`);
    assert.deepEqual(lines, ['critical db-01:9100', 'medium db-02:9100']);
    assert.equal(new Set(reports.map(({ fingerprint }) => fingerprint)).size, 2);
    assert.equal(reports[0]?.resolveTimeoutMs, LIMITS.resolveTimeoutMs);
    assert.equal(reports[0]?.endsAt, null);
  });

  test('an end that has passed is a resolve of the same problem', () => {
    const [resolved] = read(parseFixture('api-v2-post-alerts-resolve.json')).reports;
    const [firing] = read(parseFixture('api-v2-post-alerts.json')).reports;
    assert.equal(resolved?.stage, 'resolved');
    assert.deepEqual(resolved?.identity, firing?.identity);
  });

  test('what Alertmanager refuses is refused in its own words', () => {
    const samples = parseFixture('api-v2-error-samples.json');
    assert.ok(Array.isArray(samples));
    const told = samples.flatMap((sample: JsonValue) => {
      assert.ok(isJsonObject(sample));
      const request = sample['request'] ?? null;
      if (!Array.isArray(request)) return [];
      assert.deepEqual(read(request).refusals, [sample['body']]);
      return [sample['body']];
    });
    assert.equal(told.length, 2);
  });
});

describe('times', () => {
  const stageOf = (endsAt: string) => readOne({ labels: LABELS, endsAt }).stage;

  test('an alert is over from the moment of its end on, not before', () => {
    assert.equal(stageOf('2026-11-22T06:00:30Z'), 'resolved');
    assert.equal(stageOf('2026-11-22T06:00:30.001Z'), 'received');
    assert.equal(stageOf('2026-11-22T07:00:29+01:00'), 'resolved');
  });

  test('absent, null, empty and zero all mean that none was given', () => {
    const zero = '0001-01-01T00:00:00Z';
    for (const time of [null, '', zero, '0001-01-01T00:00:00.000Z']) {
      const report = readOne({ labels: LABELS, startsAt: time, endsAt: time });
      assert.deepEqual([report.stage, report.startsAt, report.endsAt], ['received', null, null]);
    }
  });

  test('an end before its start refuses the alert, one at its start does not', () => {
    const startsAt = '2026-11-22T06:00:00Z';
    const early = { labels: LABELS, startsAt, endsAt: '2026-11-22T05:59:59.999Z' };
    assert.equal(refusalOf(early), 'start time must be before end time');
    assert.equal(readOne({ labels: LABELS, startsAt, endsAt: startsAt }).stage, 'resolved');
  });

  test('a start that lies ahead is taken: nothing is refused for a wrong clock', () => {
    const report = readOne({ labels: LABELS, startsAt: '2026-11-23T00:00:00Z' });
    assert.equal(report.stage, 'received');
    assert.equal(report.startsAt, instantOf('2026-11-23T00:00:00Z'));
  });

  test('what is no time refuses the body, also when it begins like the zero time', () => {
    for (const time of [5, true, {}, 'now', '2026-11-22', `0001-01-01T00:00:00${'x'.repeat(99)}`]) {
      for (const name of ['startsAt', 'endsAt']) {
        const sentence = `alert 0: ${name} must be a time like 2026-01-31T12:00:00Z`;
        assert.equal(faultOf([{ labels: LABELS, [name]: time }]), sentence);
      }
    }
  });
});

describe('labels', () => {
  test('without a value count as absent, and alone are none', () => {
    const report = readOne({ labels: { ...LABELS, 'bad name': '', empty: '' } });
    assert.deepEqual(report.labels, LABELS);
    assert.equal(report.fingerprint, computeFingerprint(LABELS));
    for (const labels of [{}, { a: '' }, null]) {
      assert.equal(refusalOf({ labels }), 'at least one label pair required');
    }
    assert.equal(refusalOf({}), 'at least one label pair required');
  });

  test('have names that Prometheus knows', () => {
    for (const name of ['a b', '1a', 'a-b', 'ä', '', 'a.b', 'a\n']) {
      const sentence = `invalid label set: invalid name ${JSON.stringify(name)}`;
      assert.equal(refusalOf({ labels: { ...LABELS, [name]: 'x' } }), sentence);
    }
    assert.deepEqual(readOne({ labels: { _: 'x', A9_z: 'y' } }).labels, { _: 'x', A9_z: 'y' });
  });

  test('named like parts of every object are labels all the same', () => {
    const reading = parseJson('{"labels": {"__proto__": "kept", "constructor": "too"}}');
    assert.ok(reading.ok && isJsonObject(reading.value));
    const { labels, fingerprint } = readOne(reading.value);
    assert.equal(JSON.stringify(labels), '{"__proto__":"kept","constructor":"too"}');
    assert.notEqual(fingerprint, computeFingerprint({ constructor: 'too' }));
  });

  test('are bounded in number, name and value, and the bound itself is allowed', () => {
    const { labelsMax, labelNameCharsMax, labelValueCharsMax } = LIMITS;
    assert.equal(Object.keys(readOne({ labels: countLabels(labelsMax) }).labels).length, labelsMax);
    const many = refusalOf({ labels: countLabels(labelsMax + 1) });
    assert.equal(many, `invalid label set: more than ${labelsMax} labels`);
    readOne({ labels: { ['n'.repeat(labelNameCharsMax)]: 'x' } });
    const name = refusalOf({ labels: { ['n'.repeat(labelNameCharsMax + 1)]: 'x' } });
    assert.equal(name, `invalid label set: name "${'n'.repeat(60)}" is too long`);
    readOne({ labels: { a: 'x'.repeat(labelValueCharsMax) } });
    const value = refusalOf({ labels: { a: 'x'.repeat(labelValueCharsMax + 1) } });
    assert.equal(value, 'invalid label set: value of "a" is too long');
  });

  test('tell what is known about the place', () => {
    const labels = { ...LABELS, device_id: 'd', camera_id: 'c', area_id: 'a', namespace: 'n' };
    const report = readOne({ labels: { ...labels, service: 's', pod: 'p' } });
    assert.deepEqual(
      [report.deviceId, report.cameraId, report.areaId, report.namespace, report.targetResource],
      ['d', 'c', 'a', 'n', 'p'],
    );
  });

  test("of an unknown severity, or of none, are of the source's default", () => {
    assert.equal(readOne({ labels: LABELS }).severity, 'medium');
    assert.equal(readOne({ labels: { ...LABELS, severity: 'purple' } }).severity, 'medium');
    assert.equal(readOne({ labels: { ...LABELS, severity: 'page' } }).severity, 'critical');
  });
});

describe('annotations', () => {
  test('give the title, else the name of the alert does', () => {
    const titleOf = (annotations: JsonObject, labels: JsonObject = LABELS) =>
      readOne({ labels, annotations }).title;
    assert.equal(titleOf({ summary: 's', title: 't' }), 's');
    assert.equal(titleOf({ summary: '', title: 't' }), 't');
    assert.equal(titleOf({}), 'DiskFull');
    assert.equal(titleOf({}, { host: 'a' }), 'Alert');
    const long = titleOf({ summary: `${'x'.repeat(LIMITS.titleCharsMax - 1)}😀` });
    assert.ok(long.isWellFormed() && long.length === LIMITS.titleCharsMax);
  });

  test('give the content', () => {
    const contentOf = (annotations: JsonObject) => readOne({ labels: LABELS, annotations }).content;
    assert.equal(contentOf({ description: 'd', message: 'm' }), 'd');
    assert.equal(contentOf({ message: 'm' }), 'm');
    assert.equal(contentOf({}), null);
  });

  test('are bounded, and the bound itself is allowed', () => {
    const refuse = (annotations: JsonObject) => refusalOf({ labels: LABELS, annotations });
    const { annotationsMax, annotationCharsMax, labelNameCharsMax } = LIMITS;
    readOne({ labels: LABELS, annotations: countLabels(annotationsMax) });
    const many = `invalid annotations: more than ${annotationsMax}`;
    assert.equal(refuse(countLabels(annotationsMax + 1)), many);
    readOne({ labels: LABELS, annotations: { a: 'x'.repeat(annotationCharsMax) } });
    const long = 'invalid annotations: value of "a" is too long';
    assert.equal(refuse({ a: 'x'.repeat(annotationCharsMax + 1) }), long);
    assert.equal(refuse({ 'a b': 'x' }), 'invalid annotations: invalid name "a b"');
    assert.match(refuse({ ['n'.repeat(labelNameCharsMax + 1)]: 'x' }), /invalid name/);
  });
});

describe('a body', () => {
  test('is an array of objects, or refused as a whole', () => {
    for (const body of [null, {}, 'x', 5, { labels: LABELS }]) {
      assert.equal(faultOf(body), 'the body must be an array of alerts');
    }
    for (const item of [null, 'x', 5, []]) {
      assert.equal(faultOf([{ labels: LABELS }, item]), 'alert 1: must be an object');
    }
    assert.deepEqual(read([]), { ok: true, reports: [], refusals: [] });
  });

  test('with a wrong type anywhere is refused as a whole, as a broken client', () => {
    const faults: readonly (readonly [JsonObject, string])[] = [
      [{ labels: [] }, 'labels must be an object of strings'],
      [{ labels: 'a=b' }, 'labels must be an object of strings'],
      [{ labels: { a: 1 } }, 'labels.a must be a string'],
      [{ labels: { a: null } }, 'labels.a must be a string'],
      [{ labels: LABELS, annotations: { a: {} } }, 'annotations.a must be a string'],
      [{ labels: LABELS, annotations: [] }, 'annotations must be an object of strings'],
      [{ labels: LABELS, generatorURL: 5 }, 'generatorURL must be a string'],
    ];
    for (const [alert, sentence] of faults) {
      assert.equal(faultOf([{ labels: LABELS }, alert]), `alert 1: ${sentence}`);
    }
    const long = faultOf([{ labels: { ['k'.repeat(9_999)]: 1 } }]);
    assert.ok(long.length < 120, 'a long name is cut');
  });

  test('may hold fields that we do not know, but not without end', () => {
    const unknown = {
      status: 'firing',
      receivers: [{ name: 'x' }],
      updatedAt: 5,
      fingerprint: 'x',
    };
    assert.deepEqual(readOne({ labels: LABELS, ...unknown }), readOne({ labels: LABELS }));
    assert.equal(faultOf([{ ...countLabels(33) }]), 'alert 0: more than 32 fields');
  });

  test('holds as many alerts as the limit says, and no more', () => {
    const list = (count: number) => Array.from({ length: count }, () => ({ labels: LABELS }));
    assert.equal(read(list(LIMITS.eventsPerRequestMax)).reports.length, LIMITS.eventsPerRequestMax);
    const sentence = `more than ${LIMITS.eventsPerRequestMax} alerts in one request`;
    assert.equal(faultOf(list(LIMITS.eventsPerRequestMax + 1)), sentence);
  });

  test('of good and bad alerts: the good are taken, each bad one is named by its place', () => {
    const reading = read([
      { labels: { alertname: 'One' } },
      { labels: { 'a b': 'x' } },
      { labels: { alertname: 'Two' } },
      { labels: {} },
    ]);
    assert.deepEqual(
      reading.reports.map(({ title }) => title),
      ['One', 'Two'],
    );
    assert.deepEqual(reading.refusals, [
      'alert 1: invalid label set: invalid name "a b"',
      'alert 3: at least one label pair required',
    ]);
  });

  test('with a link that is too long is refused for that alert alone', () => {
    const link = (length: number) => ({ labels: LABELS, generatorURL: 'x'.repeat(length) });
    assert.equal(readOne(link(LIMITS.urlCharsMax)).sourceUrl?.length, LIMITS.urlCharsMax);
    assert.equal(refusalOf(link(LIMITS.urlCharsMax + 1)), 'generatorURL is too long');
    assert.equal(readOne({ labels: LABELS, generatorURL: '' }).sourceUrl, null);
  });

  test('property: any JSON is read or refused, and what is read is within its limits', () => {
    const near = fc.record(
      {
        labels: fc.dictionary(fc.constantFrom('a', 'b c', 'alertname'), fc.string()),
        annotations: fc.dictionary(fc.constantFrom('summary', 'x'), fc.jsonValue()),
        startsAt: fc.oneof(fc.constant('2026-11-22T06:00:00Z'), fc.jsonValue()),
        endsAt: fc.oneof(fc.constant('2026-11-22T05:00:00Z'), fc.jsonValue()),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(fc.array(near, { maxLength: 4 }), fc.jsonValue()), (raw) => {
        const body = parseBody(JSON.stringify(raw));
        const reading = parseAlertmanagerPost(body, 'low', NOW);
        if (!reading.ok) return;
        assert.ok(Array.isArray(body));
        assert.equal(reading.reports.length + reading.refusals.length, body.length);
        for (const { title, labels, fingerprint } of reading.reports) {
          assert.ok(title !== '' && title.length <= LIMITS.titleCharsMax);
          assert.equal(fingerprint, computeFingerprint(labels));
        }
      }),
      { numRuns: 500 },
    );
  });
});

function parseBody(text: string): JsonValue {
  return JSON.parse(text) as JsonValue;
}

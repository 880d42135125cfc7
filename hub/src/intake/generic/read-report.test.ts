import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { instant } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { JsonObject } from '#kernel/syntax/json.ts';
import type { Report } from '#intake/report.ts';
import { createItem } from './expression.ts';
import { readMapping } from './mapping.ts';
import { readReport } from './read-report.ts';
import { createWork } from './work.ts';

const NOW = instant(1_800_000_000_000);

type Outcome = { readonly report: Report | null; readonly notes: readonly string[] };

function read(value: JsonObject, mapping: JsonObject = {}): Outcome {
  const { mapping: known, faults } = readMapping(mapping);
  assert.deepEqual(faults, []);
  const notes: string[] = [];
  const reading = readReport(createItem(value, value, createWork()), {
    mapping: known,
    context: { mapping, severityDefault: 'low', headers: {}, now: NOW },
    note: (field, message) => void notes.push(`${field}: ${message}`),
  });
  return { report: 'report' in reading ? reading.report : null, notes };
}

function reportOf(value: JsonObject, mapping: JsonObject = {}): Report {
  const { report } = read(value, mapping);
  assert.ok(report !== null);
  return report;
}

function notesOn(field: string, value: JsonObject, mapping: JsonObject = {}): readonly string[] {
  return read(value, mapping).notes.filter((note) => note.startsWith(`${field}: `));
}

describe('labels', () => {
  test('that a mapping names one by one are those, and no others', () => {
    const value = { labels: { a: 1 }, host: 'h', empty: '', deep: { x: [1] } };
    const mapping = { labels: { host: '/host', empty: '/empty', deep: '/deep', no: '/no' } };
    assert.deepEqual(reportOf(value, mapping).labels, { host: 'h', deep: '{"x":[1]}' });
    assert.deepEqual(reportOf(value, { labels: null }).labels, {});
    assert.deepEqual(reportOf(value).labels, { a: '1' });
  });

  test('that a mapping points to are what is plain in there', () => {
    const value = { meta: { a: 'x', b: true, c: null, d: { e: 1 }, f: [] } };
    assert.deepEqual(reportOf(value, { labels: '/meta' }).labels, { a: 'x', b: 'true' });
    assert.deepEqual(notesOn('labels', value, { labels: '/meta/a' }), [
      'labels: no object at /meta/a',
    ]);
  });

  test('are cut to their bounds, and annotations to theirs', () => {
    const names = Array.from({ length: LIMITS.labelsMax + 10 }, (_, index) => `l${index}`);
    const many = Object.fromEntries(names.map((name) => [name, 'x'.repeat(20_000)]));
    const { labels, annotations } = reportOf({ labels: many, annotations: many });
    assert.equal(Object.keys(labels).length, LIMITS.labelsMax);
    assert.equal(labels['l0']?.length, LIMITS.labelValueCharsMax);
    assert.equal(annotations['l0']?.length, LIMITS.annotationCharsMax);
  });

  test('give the names that rules and groups look for', () => {
    const labels = { alertname: 'A', namespace: 'N', host: 'H' };
    const report = reportOf({ labels });
    assert.deepEqual([report.alertname, report.namespace, report.targetResource], ['A', 'N', 'H']);
    assert.equal(reportOf({ labels: { ...labels, instance: 'I' } }).targetResource, 'I');
    const long = reportOf({ labels: { alertname: 'x'.repeat(1_000) } });
    assert.equal(long.alertname?.length, LIMITS.identifierCharsMax);
  });
});

describe('title and content', () => {
  test('are not the same text twice', () => {
    assert.equal(reportOf({ message: 'm' }).content, null);
    assert.equal(reportOf({ title: 't', message: 'm' }).content, 'm');
    assert.equal(reportOf({ message: 'm', description: 'd' }).content, 'd');
  });

  test('by a mapping may be the same, an object, or many lines', () => {
    const same = reportOf({ m: 'm' }, { title: '/m', content: '/m' });
    assert.deepEqual([same.title, same.content], ['m', 'm']);
    const object = reportOf({ m: { a: 1 } }, { title: '/m', content: '/m' });
    assert.deepEqual([object.title, object.content], ['{"a":1}', '{"a":1}']);
    assert.equal(reportOf({ m: 'a\n b' }, { title: '/m' }).title, 'a b');
  });

  test('skip what is no text: a flag called alert is no title', () => {
    assert.equal(reportOf({ alert: true, event: 5, name: 'Door' }).title, 'Door');
    assert.equal(reportOf({ title: { en: 'Fire' }, text: 'Feuer' }).title, 'Feuer');
  });

  test('are cut where they are too long', () => {
    const { content, title } = reportOf({ title: 't', text: 'x'.repeat(100_000) });
    assert.deepEqual([title, content?.length], ['t', LIMITS.contentCharsMax]);
  });
});

describe('what cannot be used', () => {
  test('is said in the notes, and keeps nothing else from being read', () => {
    const value = { device_id: 'x'.repeat(300), t: 'soon', u: 'ftp://x', s: 'loud', title: 'T' };
    const mapping = { device_id: '/device_id', time: '/t', url: '/u', severity: '/s' };
    const { report, notes } = read(value, mapping);
    assert.equal(report?.title, 'T');
    assert.equal(report.severity, 'low');
    assert.deepEqual([report.deviceId, report.providerTs, report.sourceUrl], [null, null, null]);
    for (const field of ['device_id', 'time', 'url', 'severity']) {
      assert.ok(
        notes.some((note) => note.startsWith(`${field}: `)),
        field,
      );
    }
  });

  test('of a guess is passed over without words', () => {
    assert.deepEqual(notesOn('url', { title: 'x', url: '/relative' }), []);
    assert.equal(
      reportOf({ title: 'x', url: '/relative', link: 'http://a/' }).sourceUrl,
      'http://a/',
    );
  });
});

describe('an end', () => {
  test('that says what is over is one, by whatever names it', () => {
    const mapping = { key: ['/a', '/b'], state: '/s' };
    assert.equal(reportOf({ b: 'x', s: 'closed' }, mapping).stage, 'resolved');
    assert.equal(read({ s: 'closed' }, mapping).report, null);
    assert.equal(read({ s: 'closed' }, { ...mapping, key: 'always' }).report?.stage, 'resolved');
  });

  test('is never what is only guessed to be one, and has no name', () => {
    assert.equal(reportOf({ status: 'closed' }).stage, 'received');
    assert.equal(reportOf({ id: 1, status: 'closed' }, { key: null }).stage, 'received');
  });
});

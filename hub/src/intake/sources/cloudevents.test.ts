/** What becomes of a CloudEvent: which alert it raises or ends, and how it reads. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { encodeUtf8 } from '#kernel/crypto.ts';
import { formatInstantOrNull, instant } from '#kernel/instant.ts';
import type { JsonObject, JsonValue } from '#kernel/syntax/json.ts';
import { DEFAULT_MAPPING } from '#intake/cloudevents/default-mapping.ts';
import type { Report } from '#intake/report.ts';
import { CLOUDEVENTS } from './cloudevents.ts';

const NOW = instant(1_800_000_000_000);
const STRUCTURED = { 'content-type': 'application/cloudevents+json' };
const BATCH = { 'content-type': 'application/cloudevents-batch+json' };

const EVENT: JsonObject = {
  specversion: '1.0',
  id: '7',
  source: '/gates/north',
  type: 'gate.forced',
  time: '2027-01-15T07:59:00Z',
  data: { message: 'Gate 4 was forced', level: 'error' },
};

function contextOf(mapping: JsonObject, headers: Readonly<Record<string, string>>) {
  assert.deepEqual(CLOUDEVENTS.findMappingFaults(mapping), []);
  return { mapping, headers, severityDefault: 'medium', now: NOW } as const;
}

function read(body: JsonValue, mapping: JsonObject = {}, headers = STRUCTURED) {
  const reading = CLOUDEVENTS.parse(body, contextOf(mapping, headers));
  assert.ok(reading.ok, JSON.stringify(reading));
  return reading;
}

/** The only report of an event. */
function only(more: JsonObject, mapping: JsonObject = {}): Report {
  const { reports, refusals } = read({ ...EVENT, ...more }, mapping);
  const [report, ...others] = reports;
  assert.ok(report !== undefined && others.length === 0);
  assert.deepEqual(refusals, []);
  return report;
}

describe('an event without a mapping', () => {
  test('is read by a mapping that anybody could have written', () => {
    assert.deepEqual(CLOUDEVENTS.findMappingFaults(DEFAULT_MAPPING), []);
  });

  test('is an alert of its own that says what its data says', () => {
    const report = only({ subject: 'gate 4' });
    assert.equal(report.title, 'Gate 4 was forced');
    assert.equal(report.severity, 'high');
    assert.equal(report.stage, 'received');
    assert.deepEqual(report.identity, { kind: 'single' });
    assert.equal(report.provider, '/gates/north');
    assert.equal(report.providerEventId, '/gates/north 7');
    assert.equal(formatInstantOrNull(report.providerTs), '2027-01-15T07:59:00.000Z');
    assert.equal(report.alertname, 'gate.forced');
    assert.equal(report.targetResource, 'gate 4');
  });

  test('without a word in its data is called by its type and its subject', () => {
    assert.equal(only({ data: null, subject: 'gate 4' }).title, 'gate.forced: gate 4');
    assert.equal(only({ data: 5 }).title, 'gate.forced');
    assert.equal(only({ data: null }).severity, 'medium', 'the default of the source');
  });

  test('shows data that is a text, or an object that says nothing we know', () => {
    assert.equal(only({ data: 'bar bent' }).content, 'bar bent');
    assert.equal(only({ data: { volts: 3 } }).content, '{"volts":3}');
  });

  test('has its severity from an extension before its data', () => {
    assert.equal(only({ severity: 'critical' }).severity, 'critical');
    assert.equal(only({ severitytext: 'WARN' }).severity, 'medium');
    assert.equal(only({ severitynumber: 21, severitytext: 'so-so' }).severity, 'critical');
    assert.equal(only({ severitynumber: 9 }).severity, 'info');
    assert.equal(only({ severity: 'so-so' }).severity, 'high', 'which the data says');
  });

  test('has what it is about as labels, and nothing that is of this one event alone', () => {
    const labels = { labels: { room: '12' }, message: 'x' };
    const report = only({ subject: 'gate 4', partitionkey: 'a', sequence: '9', data: labels });
    assert.deepEqual(report.labels, {
      room: '12',
      source: '/gates/north',
      type: 'gate.forced',
      subject: 'gate 4',
      partitionkey: 'a',
    });
  });

  test('says where the data lies, and which trace it belongs to', () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const report = only({ traceparent, dataref: 'https://store.example/7' });
    assert.equal(report.sourceUrl, 'https://store.example/7');
    assert.deepEqual(report.logCorrelation, {
      trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
      span_id: '00f067aa0ba902b7',
    });
    assert.equal(only({ traceparent: 'nonsense' }).logCorrelation, null);
  });

  test('is kept as it came, without what was worked out of it', () => {
    const payload = only({ type: 'gate.forced.firing', subject: 'gate 4' }).payload ?? {};
    const names = Object.keys(payload).toSorted();
    assert.deepEqual(names, ['data', 'id', 'source', 'specversion', 'subject', 'time', 'type']);
  });

  test('that has run out is an alert all the same', () => {
    assert.equal(only({ expirytime: '2020-01-01T00:00:00Z' }).stage, 'received');
  });
});

describe('types that come in pairs', () => {
  test('begin and end one problem of their subject', () => {
    const begins = only({ type: 'gate.forced.firing', subject: 'gate 4' });
    const ends = only({ id: '8', type: 'gate.forced.resolved', subject: 'gate 4' });
    assert.deepEqual([begins.stage, ends.stage], ['received', 'resolved']);
    assert.deepEqual(begins.identity, { kind: 'key', key: '/gates/north gate.forced gate 4' });
    assert.deepEqual(ends.identity, begins.identity);
    assert.deepEqual(ends.providerEventId, '/gates/north 8:resolved');
  });

  test('are about nothing that can end without a subject: somebody must look', () => {
    const report = only({ type: 'gate.forced.resolved' });
    assert.deepEqual([report.stage, report.identity.kind], ['received', 'single']);
  });

  test('are told apart by subject and by source', () => {
    const key = (more: JsonObject) => only({ type: 'gate.closed', subject: '4', ...more }).identity;
    assert.notDeepEqual(key({ subject: '5' }), key({}));
    assert.notDeepEqual(key({ source: '/gates/south' }), key({}));
  });
});

describe('an event with a mapping', () => {
  test('is read by it, and by the usual places for the rest', () => {
    const mapping = {
      title: '{{ data.door }} of {{ subject }}',
      key: '/subject',
      state: { from: '/data/now', resolved: ['shut'] },
    };
    const report = only({ subject: 'gate 4', data: { door: 'Left', now: 'shut' } }, mapping);
    assert.equal(report.title, 'Left of gate 4');
    assert.equal(report.stage, 'resolved');
    assert.deepEqual(report.identity, { kind: 'key', key: 'gate 4' });
    assert.equal(report.provider, '/gates/north');
  });

  test('leaves empty what is null there', () => {
    assert.equal(only({}, { event_id: null }).providerEventId, null);
  });

  test('has no list of items to name, and no faults', () => {
    const faults = CLOUDEVENTS.findMappingFaults({ items: '/data', title: '/data/x' });
    assert.deepEqual(
      faults.map(({ path }) => path),
      ['items'],
    );
  });
});

describe('what comes in one request', () => {
  test('a batch is as many reports; what was left out of one is said', () => {
    const odd = { ...EVENT, id: '8', data: null, data_base64: '!' };
    const { reports, refusals } = read([EVENT, odd], {}, BATCH);
    assert.deepEqual(
      reports.map(({ providerEventId }) => providerEventId),
      ['/gates/north 7', '/gates/north 8'],
    );
    assert.deepEqual(refusals, ['[1]: the data is no base64: it was left out']);
    assert.deepEqual(read([], {}, BATCH).reports, []);
  });

  test('headers and a body that is no JSON are an event too', async () => {
    const headers = {
      'ce-specversion': '1.0',
      'ce-id': '7',
      'ce-source': '/gates/north',
      'ce-type': 'gate.forced',
      'content-type': 'text/plain',
    };
    const raw = { method: 'POST', headers, body: encodeUtf8('bar bent') };
    const reading = await CLOUDEVENTS.read?.(raw, contextOf({}, headers));
    assert.ok(reading?.ok);
    assert.equal(reading.reports[0]?.content, 'bar bent');
    const json = { ...raw, headers: STRUCTURED };
    assert.equal(await CLOUDEVENTS.read?.(json, contextOf({}, STRUCTURED)), null);
  });

  test('a sender that asks before it sends is told that it may', () => {
    const ask = (headers: Readonly<Record<string, string>>) =>
      CLOUDEVENTS.answerOptions?.({ method: 'OPTIONS', headers, body: new Uint8Array() });
    assert.deepEqual(ask({ 'webhook-request-origin': 'events.example' }), {
      status: 200,
      headers: {
        allow: 'POST, OPTIONS',
        'webhook-allowed-origin': 'events.example',
        'webhook-allowed-rate': '*',
      },
    });
    for (const origin of [undefined, 'a\r\nx: y', '']) {
      const headers = origin === undefined ? {} : { 'webhook-request-origin': origin };
      assert.deepEqual(ask(headers), { status: 200, headers: { allow: 'POST, OPTIONS' } });
    }
  });
});

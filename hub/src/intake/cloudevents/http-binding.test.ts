/** CloudEvents in all three modes, as tidy and as untidy as they come. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { encodeBase64, encodeUtf8 } from '#kernel/crypto.ts';
import type { JsonObject } from '#kernel/syntax/json.ts';
import type { CloudEvent } from './envelope.ts';
import {
  decodeHeader,
  type EventsReading,
  findMode,
  readBinaryEvent,
  readJsonEvents,
} from './http-binding.ts';

const EVENT: JsonObject = {
  specversion: '1.0',
  id: '7',
  source: '/gates/north',
  type: 'gate.forced',
};

const HEADERS = {
  'ce-specversion': '1.0',
  'ce-id': '7',
  'ce-source': '/gates/north',
  'ce-type': 'gate.forced',
};

function eventOf(reading: EventsReading): CloudEvent {
  assert.ok(reading.ok, JSON.stringify(reading));
  const [event, ...others] = reading.events;
  assert.ok(event !== undefined && others.length === 0);
  return event;
}

function faultsOf(reading: EventsReading): readonly string[] {
  assert.ok(!reading.ok);
  return reading.details.map(({ path, message }) => `${path} ${message}`);
}

const structured = (more: JsonObject) => readJsonEvents({ ...EVENT, ...more }, 'structured');

const binary = (more: Readonly<Record<string, string>>, body = '') =>
  readBinaryEvent({ ...HEADERS, ...more }, encodeUtf8(body));

describe('which mode a request is in', () => {
  const modes = [
    ['application/cloudevents+json', 'structured'],
    ['Application/CloudEvents+JSON; charset=UTF-8', 'structured'],
    ['application/cloudevents-batch+json', 'batch'],
    ['APPLICATION/CLOUDEVENTS-BATCH+JSON;charset=utf-8', 'batch'],
    ['application/json', 'unsaid'],
  ] as const;
  for (const [type, mode] of modes) {
    test(`${type} is ${mode}`, () => {
      assert.equal(findMode({ 'content-type': type }), mode);
    });
  }

  test('attributes among the headers make it binary, unless the type says otherwise', () => {
    assert.equal(findMode({ ...HEADERS, 'content-type': 'application/json' }), 'binary');
    assert.equal(findMode(HEADERS), 'binary');
    const type = 'application/cloudevents+json';
    assert.equal(findMode({ ...HEADERS, 'content-type': type }), 'structured');
  });
});

describe('an event as JSON', () => {
  test('has its attributes and its data', () => {
    const event = eventOf(structured({ subject: 'gate 4', floor: 2, data: { by: 'crowbar' } }));
    assert.deepEqual([event.id, event.source, event.type], ['7', '/gates/north', 'gate.forced']);
    assert.equal(event.attributes['subject'], 'gate 4');
    assert.equal(event.attributes['floor'], 2);
    assert.deepEqual(event.data, { by: 'crowbar' });
    assert.deepEqual(event.left, []);
  });

  test('may have any data, or none; null is as good as not there', () => {
    for (const data of [1.5, 'open', true, [1, 2], null]) {
      assert.deepEqual(eventOf(structured({ data, subject: null })).data, data);
    }
    assert.equal(eventOf(structured({})).data, null);
    assert.equal(
      Object.hasOwn(eventOf(structured({ subject: null })).attributes, 'subject'),
      false,
    );
  });

  test('may have its data as bytes, which are read when they are text', () => {
    const encoded = (text: string) => encodeBase64(encodeUtf8(text));
    const data_base64 = encoded('{"by":"crowbar"}');
    assert.deepEqual(eventOf(structured({ data_base64 })).data, { by: 'crowbar' });
    const bare = { data_base64: data_base64.replaceAll('=', '') };
    assert.deepEqual(eventOf(structured(bare)).data, { by: 'crowbar' });
    const xml = { data_base64: encoded('<a>1</a>'), datacontenttype: 'application/xml' };
    assert.equal(eventOf(structured(xml)).data, '<a>1</a>');
  });

  test('bytes that are no text are left out, and it is said', () => {
    const data_base64 = encodeBase64(new Uint8Array([0xff, 0xfe, 0x00]));
    const event = eventOf(structured({ data_base64 }));
    assert.equal(event.data, null);
    assert.deepEqual(event.left, ['the data is 3 bytes of no text: it was left out']);
    const odd = eventOf(structured({ data_base64: '... base64 ...' }));
    assert.deepEqual(odd.left, ['the data is no base64: it was left out']);
  });

  test('may have JSON as a text within JSON, where its type says so', () => {
    const data = '{"by":"crowbar"}';
    const typed = { data, datacontenttype: 'application/json' };
    assert.deepEqual(eventOf(structured(typed)).data, { by: 'crowbar' });
    assert.equal(eventOf(structured({ data, datacontenttype: 'text/plain' })).data, data);
    assert.equal(eventOf(structured({ data: 'door open' })).data, 'door open');
  });

  test('of the version before is taken too, with its own way to write bytes', () => {
    const old = {
      specversion: '0.3',
      datacontentencoding: 'base64',
      data: encodeBase64(encodeUtf8('{"by":1}')),
    };
    assert.deepEqual(eventOf(structured(old)).data, { by: 1 });
  });

  test('is none without what tells it from others; each fault is named', () => {
    const without = { id: '', source: 4, type: null, specversion: '2.0' };
    assert.deepEqual(faultsOf(structured(without)), [
      'id is required: a text that is not empty',
      'source is required: a text that is not empty',
      'type is required: a text that is not empty',
      'specversion must be 1.0 or 0.3',
    ]);
    assert.deepEqual(faultsOf(structured({ data: 1, data_base64: 'YQ==' })), [
      'data_base64 must not stand beside data',
    ]);
    assert.deepEqual(
      faultsOf(readJsonEvents(7, 'structured')),
      ['must be an object: one event'].map((message) => ` ${message}`),
    );
  });

  test('is known by its body where the type says only JSON', () => {
    assert.equal(eventOf(readJsonEvents(EVENT, 'unsaid')).id, '7');
    const several = readJsonEvents([EVENT, EVENT], 'unsaid');
    assert.ok(several.ok && several.events.length === 2);
    for (const body of [{}, [], [1], { id: '7' }, 'x', null]) {
      assert.match(faultsOf(readJsonEvents(body, 'unsaid')).join(), /ce-specversion, ce-id/);
    }
  });
});

describe('a batch', () => {
  test('may be empty', () => {
    assert.deepEqual(readJsonEvents([], 'batch'), { ok: true, events: [], isBatch: true });
  });

  test('is refused whole, and says which event is none', () => {
    const batch = [EVENT, { ...EVENT, id: 5 }, 'x'];
    assert.deepEqual(faultsOf(readJsonEvents(batch, 'batch')), [
      '[1].id is required: a text that is not empty',
      '[2] must be an object: one event',
    ]);
    assert.deepEqual(faultsOf(readJsonEvents(EVENT, 'batch')), [' must be a list of events']);
  });

  test('is bounded', () => {
    const batch = Array.from({ length: 1_001 }, () => EVENT);
    assert.deepEqual(faultsOf(readJsonEvents(batch, 'batch')), [' must have at most 1000 events']);
  });
});

describe('an event in headers and body', () => {
  test('has its attributes in headers, and the type of the request for its data', () => {
    const event = eventOf(
      binary({ 'content-type': 'application/json', 'ce-subject': 'gate 4' }, '{"by":"crowbar"}'),
    );
    assert.equal(event.attributes['subject'], 'gate 4');
    assert.equal(event.attributes['datacontenttype'], 'application/json');
    assert.deepEqual(event.data, { by: 'crowbar' });
  });

  test('may have any data, or none', () => {
    assert.equal(eventOf(binary({}, '')).data, null);
    assert.equal(eventOf(binary({ 'content-type': 'text/plain' }, '{"a":1}')).data, '{"a":1}');
    assert.deepEqual(eventOf(binary({}, '{"a":1}')).data, { a: 1 });
    const type = { 'content-type': 'application/json' };
    assert.equal(eventOf(binary(type, '{"broken":')).data, '{"broken":', 'better than nothing');
  });

  test('no header can pretend to be the data or its type', () => {
    const event = eventOf(binary({ 'ce-data': 'x', 'ce-datacontenttype': 'y' }, ''));
    assert.equal(event.data, null);
    assert.equal(event.attributes['datacontenttype'], undefined);
  });

  test('names the header that is missing or is no UTF-8', () => {
    const { 'ce-id': _id, ...without } = HEADERS;
    assert.deepEqual(faultsOf(readBinaryEvent(without, new Uint8Array())), [
      'ce-id is required: a text that is not empty',
    ]);
    assert.deepEqual(faultsOf(binary({ 'ce-subject': 'a%C0%A0b' })), [
      'ce-subject must be UTF-8, where it is percent-encoded too',
    ]);
  });
});

describe('a text in a header', () => {
  const texts = [
    ['Euro%20%E2%82%AC%20%F0%9F%98%80', 'Euro € 😀'],
    ['100%25%2041', '100% 41'],
    ['%2541', '%41'],
    ['"in \\"quotes\\" %41"', 'in "quotes" A'],
    ['50% of it', '50% of it'],
    ['plain', 'plain'],
    // As bytes of UTF-8, which arrive as letters.
    ['caf\u00c3\u00a9', 'café'],
    ['caf\u00e9', 'café'],
  ] as const;
  for (const [given, meant] of texts) {
    test(`${JSON.stringify(given)} is ${JSON.stringify(meant)}`, () => {
      assert.equal(decodeHeader(given), meant);
    });
  }

  for (const given of ['%C0%A0', 'a%FFb', '%E2%82']) {
    test(`${given} is no UTF-8`, () => {
      assert.equal(decodeHeader(given), null);
    });
  }
});

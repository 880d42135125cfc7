import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LIMITS } from '#kernel/limits.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '#kernel/syntax/json.ts';
import { MAPPING_FIELDS, readMapping } from './mapping.ts';
import { MAPPING_SCHEMA } from './mapping-schema.ts';

/** `path: message`, one each. */
function faultsOf(mapping: JsonObject): readonly string[] {
  return readMapping(mapping).faults.map(({ path, message }) => `${path}: ${message}`);
}

function faultOf(mapping: JsonObject): string {
  const [first = 'none', ...others] = faultsOf(mapping);
  assert.deepEqual(others, []);
  return first;
}

const WHOLE: JsonObject = {
  items: '/alerts',
  title: ['/title', '{{ host }} is down', 'Down'],
  content: '/text',
  key: '{{ host }}/{{ check }}',
  event_id: '/uuid',
  device_id: 7,
  camera_id: null,
  area_id: { constant: '/not a pointer' },
  url: '$/link',
  image: '/image',
  provider: 'home',
  severity: { from: ['/level', '$/level'], words: { 5: 'critical', LOW: 'low' } },
  state: { from: '/status', resolved: ['ok', 1, false], updated: 'ack', heartbeat: ['ping'] },
  time: { from: '/at', zone: 'Europe/Rome' },
  labels: { host: '/host', site: 'Milan', nothing: null },
  annotations: '/notes',
};

describe('a mapping', () => {
  test('may say all of it, and each field with words in short', () => {
    assert.deepEqual(faultsOf(WHOLE), []);
    assert.deepEqual(faultsOf({ severity: '/level', state: '/status', time: '/at' }), []);
    assert.deepEqual(faultsOf({ severity: { constant: 'high' } }), []);
    assert.deepEqual(faultsOf({ severity: null, state: null, time: null, labels: null }), []);
    assert.deepEqual(faultsOf({}), []);
  });

  test('is read once', () => {
    assert.equal(readMapping(WHOLE), readMapping(WHOLE));
  });

  test('with a misspelt field is told the right one', () => {
    assert.equal(faultOf({ titel: '/a' }), 'titel: unknown field; did you mean title?');
    assert.match(faultOf({ colour: '/a' }), /^colour: unknown field; there are items, title, /);
    const state = { from: '/s', resolve: ['ok'] };
    assert.equal(faultOf({ state }), 'state.resolve: unknown field; did you mean resolved?');
  });

  test('with a wrong expression is told where, and what would be right', () => {
    const wrong: readonly (readonly [JsonObject, RegExp])[] = [
      [{ title: '/a~' }, /^title: .*~/],
      [{ title: ['/a', '{{ b'] }, /^title\[1\]: cannot be read as a template/],
      [{ title: '' }, /^title: must not be empty; null leaves the field empty/],
      [{ title: [] }, /^title: must not be an empty list/],
      [{ title: [['/a']] }, /^title\[0\]: must be a pointer such as/],
      [{ title: [null] }, /^title\[0\]: must be a pointer such as/],
      [{ title: { from: '/a' } }, /^title: .*\{constant: "text"\}/],
      [{ title: { constant: ' ' } }, /^title.constant: must not be empty/],
      [{ labels: { host: '/a~' } }, /^labels.host: .*~/],
      [{ labels: '{{ a }}' }, /^labels: must be an object such as/],
      [{ labels: { '': '/a' } }, /^labels: names must have 1 to 256/],
      [{ items: 'alerts' }, /^items: must be a JSON pointer to a list/],
      [{ items: '/a~' }, /^items: .*~/],
      [{ severity: { words: {} } }, /^severity.from: is required/],
      [{ severity: { from: '/a', words: ['x'] } }, /^severity.words: must be an object such as/],
      [
        { severity: { from: '/a', words: { 5: 'critcal' } } },
        /^severity.words.5: is no severity; did you mean critical\?/,
      ],
      [
        { severity: { from: '/a', words: { 5: 'worst' } } },
        /^severity.words.5: is no severity; there are critical, high, medium, low, info/,
      ],
      [
        { severity: { from: '/a', words: { ok: 'low', OK: 'info' } } },
        /^severity.words.OK: is given twice/,
      ],
      [
        { state: { from: '/s', resolved: ['ok'], updated: ['OK'] } },
        /^state.updated\[0\]: is listed already/,
      ],
      [{ state: { from: '/s', resolved: [{}] } }, /^state.resolved\[0\]: must be a word/],
      [{ time: { from: '/t', zone: '+02:00' } }, /^time.zone: .*Europe\/Rome/],
    ];
    for (const [mapping, says] of wrong) assert.match(faultOf(mapping), says);
  });

  test('is bounded in everything', () => {
    const repeat = (count: number, value: JsonValue) => Array.from({ length: count }, () => value);
    const table = (count: number, value: JsonValue) =>
      Object.fromEntries(repeat(count, value).map((one, index) => [`k${index}`, one]));
    const { mappingChoicesMax, mappingTextCharsMax, mappingWordsMax, labelsMax } = LIMITS;
    const words = (count: number) => ({
      severity: { from: '/a', words: table(count, 'low') },
      state: { from: '/a', resolved: Object.keys(table(count, '')) },
    });
    const mappings = (more: number): readonly JsonObject[] => [
      { title: repeat(mappingChoicesMax + more, '/a') },
      { title: 'x'.repeat(mappingTextCharsMax + more) },
      { title: `{{ a }}${'x'.repeat(mappingTextCharsMax - 7 + more)}` },
      { labels: table(labelsMax + more, '/a') },
      { annotations: table(LIMITS.annotationsMax + more, '/a') },
    ];
    for (const mapping of mappings(0)) assert.deepEqual(faultsOf(mapping), []);
    for (const mapping of mappings(1)) assert.match(faultOf(mapping), /must have at most/);
    assert.deepEqual(faultsOf(words(mappingWordsMax)), []);
    assert.equal(faultsOf(words(mappingWordsMax + 1)).length, 2);
    assert.equal(faultsOf(table(500, 1)).length, LIMITS.errorDetailsMax);
  });
});

describe('the schema of mappings', () => {
  test('names the same fields', () => {
    const { properties } = MAPPING_SCHEMA;
    assert.ok(isJsonObject(properties));
    assert.deepEqual(Object.keys(properties).toSorted(), [...MAPPING_FIELDS].toSorted());
  });

  test('refers only to what it defines', () => {
    const { $defs: definitions } = MAPPING_SCHEMA;
    assert.ok(isJsonObject(definitions));
    for (const [, name = ''] of JSON.stringify(MAPPING_SCHEMA).matchAll(/#\/\$defs\/(\w+)/g)) {
      assert.ok(Object.hasOwn(definitions, name), name);
    }
  });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonValue } from '#kernel/syntax/json.ts';
import { parseJson } from '#kernel/syntax/json.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { ConfigField } from './config-field.ts';
import { parseConfigFields, renderConfigSchema } from './config-field.ts';

const LETTERS = { matches: /^[a-z]+$/, says: 'must be small letters' };
const FIELDS: readonly ConfigField[] = [
  { name: 'host', label: 'Host', kind: 'text', isRequired: true },
  { name: 'code', label: 'Code', kind: 'text', isRequired: false, pattern: LETTERS },
  { name: 'url', label: 'URL', kind: 'url', isRequired: false, default: 'https://a.example' },
  { name: 'port', label: 'Port', kind: 'integer', isRequired: false, min: 1, max: 9, default: 4 },
  { name: 'tls', label: 'TLS', kind: 'boolean', isRequired: false, default: true },
];

function errorsOf(value: JsonValue | undefined): readonly string[] {
  const reading = parseConfigFields(FIELDS, value);
  assert.ok(!reading.ok, `${JSON.stringify(value)} was not refused`);
  return reading.errors.map((error) => `${error.path}: ${error.message}`);
}

test('defaults fill what was left out, and null is left out', () => {
  const defaults = { url: 'https://a.example', port: 4, tls: true };
  assert.deepEqual(parseConfigFields(FIELDS, { host: 'h' }), {
    ok: true,
    config: { host: 'h', ...defaults },
  });
  assert.deepEqual(parseConfigFields(FIELDS, { host: 'h', port: null, tls: false, code: 'x' }), {
    ok: true,
    config: { host: 'h', code: 'x', ...defaults, tls: false },
  });
});

test('every wrong field is named, unknown ones too, in one answer', () => {
  assert.deepEqual(errorsOf({ hots: 'h', port: 10, tls: 'yes', url: 'ftp://x', code: 'A' }), [
    'hots: unknown field; did you mean host?',
    'host: is required',
    'code: must be small letters',
    'url: must begin with http:// or https://',
    'port: must be a whole number from 1 to 9',
    'tls: must be true or false',
  ]);
});

test('what is not an object is refused whole', () => {
  for (const value of [undefined, null, [], 'x', 1]) {
    assert.deepEqual(errorsOf(value), [': must be an object']);
  }
});

test('text is not blank, not a number, within its limit and without control characters', () => {
  const edge = 'x'.repeat(LIMITS.configTextCharsMax);
  assert.ok(parseConfigFields(FIELDS, { host: edge }).ok);
  for (const host of ['', '  ', 7, 'a\r\nbcc: b', 'a\0', 'a\u007f', `${edge}x`]) {
    assert.equal(errorsOf({ host }).length, 1, JSON.stringify(host).slice(0, 20));
  }
});

test('a URL has a known scheme, no user info, its limit, and is never repeated', () => {
  const start = 'https://a.example/';
  const edge = start.padEnd(LIMITS.urlCharsMax, 'x');
  assert.ok(parseConfigFields(FIELDS, { host: 'h', url: edge }).ok);
  const wrong = ['CANARY', 'javascript:CANARY', 'https://u:CANARY@a.example', `${edge}x`, 7];
  for (const url of wrong) {
    const [error, ...more] = errorsOf({ host: 'h', url });
    assert.match(error ?? '', /^url: /);
    assert.doesNotMatch(error ?? '', /CANARY/);
    assert.deepEqual(more, []);
  }
});

test('whole numbers keep to their range', () => {
  for (const port of [1, 9]) assert.ok(parseConfigFields(FIELDS, { host: 'h', port }).ok);
  for (const port of [0, 10, 1.5, '4', true]) assert.equal(errorsOf({ host: 'h', port }).length, 1);
});

test('inherited names are neither given nor known', () => {
  const reading = parseJson('{"host":"h","__proto__":1,"toString":1}');
  assert.ok(reading.ok);
  assert.deepEqual(errorsOf(reading.value), [
    '__proto__: unknown field',
    'toString: unknown field',
  ]);
});

test('the JSON Schema says the same as the reader', () => {
  assert.deepEqual(renderConfigSchema(FIELDS), {
    type: 'object',
    additionalProperties: false,
    required: ['host'],
    properties: {
      host: { type: 'string', minLength: 1, maxLength: LIMITS.configTextCharsMax, title: 'Host' },
      code: {
        type: 'string',
        minLength: 1,
        maxLength: LIMITS.configTextCharsMax,
        pattern: '^[a-z]+$',
        title: 'Code',
      },
      url: {
        type: 'string',
        format: 'uri',
        maxLength: LIMITS.urlCharsMax,
        title: 'URL',
        default: 'https://a.example',
      },
      port: { type: 'integer', minimum: 1, maximum: 9, title: 'Port', default: 4 },
      tls: { type: 'boolean', title: 'TLS', default: true },
    },
  });
});

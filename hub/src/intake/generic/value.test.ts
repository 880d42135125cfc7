import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { formatInstantOrNull, INSTANT_MAX } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { JsonValue } from '#kernel/syntax/json.ts';
import { boundPayload, cutIdentity, cutLine, isWebAddress, readLabels, readTime } from './value.ts';

function timeOf(value: JsonValue, zone: string | null = null): string | null {
  return formatInstantOrNull(readTime(value, zone));
}

describe('a time', () => {
  test('is read as RFC 3339, and as a count since 1970 in any usual unit', () => {
    const expected = '2026-01-31T12:00:00.000Z';
    const same: readonly JsonValue[] = [
      '2026-01-31T12:00:00Z',
      '2026-01-31T13:00:00+01:00',
      ' 2026-01-31 12:00:00.000Z ',
      1_769_860_800,
      '1769860800',
      1_769_860_800_000,
      '1769860800000',
      1_769_860_800_000_000,
      '1769860800000000000',
    ];
    for (const value of same) assert.equal(timeOf(value), expected, JSON.stringify(value));
    assert.equal(timeOf(1_769_860_800.25), '2026-01-31T12:00:00.250Z');
    assert.equal(timeOf('1769860800.5'), '2026-01-31T12:00:00.500Z');
  });

  test('without an offset is read only in a zone that somebody named', () => {
    assert.equal(timeOf('2026-01-31 12:00:00'), null);
    assert.equal(timeOf('2026-01-31 12:00:00', 'UTC'), '2026-01-31T12:00:00.000Z');
    assert.equal(timeOf('2026-07-31T12:00', 'Europe/Rome'), '2026-07-31T10:00:00.000Z');
    assert.equal(timeOf('2026-01-31T12:00:00-02:00', 'UTC'), '2026-01-31T14:00:00.000Z');
  });

  test('that cannot be one is none', () => {
    const none: readonly JsonValue[] = [
      null,
      true,
      '',
      'yesterday',
      0,
      '0',
      -1,
      86_400,
      '0001-01-01T00:00:00Z',
      '1999-12-31T23:59:59Z',
      '2026-02-30T00:00:00Z',
      '10000-01-01T00:00:00Z',
      Number.POSITIVE_INFINITY,
      Number.NaN,
      1e300,
      '99999999999999999999',
      [1_769_860_800],
      { at: 1 },
      '1'.repeat(1_000),
    ];
    for (const value of none) assert.equal(timeOf(value), null, JSON.stringify(value));
    assert.equal(timeOf('2000-01-01T00:00:00Z'), '2000-01-01T00:00:00.000Z');
  });

  test('property: is one that can be stored, or none', () => {
    const any = fc.oneof(fc.double(), fc.bigInt().map(String), fc.string(), fc.date().map(String));
    fc.assert(
      fc.property(any, fc.constantFrom(null, 'UTC', 'Asia/Kathmandu'), (value, zone) => {
        const at = readTime(value, zone);
        assert.ok(at === null || (Number.isSafeInteger(at) && at > 0 && at <= INSTANT_MAX));
      }),
    );
  });
});

describe('what a report holds', () => {
  test('is cut to its bound and can be stored', () => {
    assert.equal(cutLine('a\u0000b\n\tc  d ', 100), 'ab c d');
    assert.equal(cutLine('x'.repeat(50), 10), 'x'.repeat(10));
    assert.ok(cutLine('😀😀', 3).isWellFormed());
  });

  test('keeps a short identity, and hashes a long one rather than cut it', () => {
    const long = 'x'.repeat(LIMITS.identifierCharsMax + 1);
    assert.equal(cutIdentity(long.slice(1)), long.slice(1));
    assert.match(cutIdentity(long), /^sha256:[0-9a-f]{64}$/);
    assert.notEqual(cutIdentity(long), cutIdentity(`${long}y`));
  });

  test('has labels of texts, numbers and truths', () => {
    const bounds = { countMax: 3, valueCharsMax: 5 };
    const given = { a: 'text!?', b: 5, c: false, d: 'too many' };
    assert.deepEqual(readLabels(given, bounds), { a: 'text!', b: '5', c: 'false' });
    const odd = { '': 'x', n: null, o: {}, e: '', ['x'.repeat(300)]: 'long' };
    assert.deepEqual(readLabels(odd, bounds), {});
    const proto = readLabels({ ['__proto__']: 'x' }, bounds);
    assert.deepEqual(Object.entries(proto), [['__proto__', 'x']]);
  });

  test('links to web addresses only', () => {
    for (const good of ['https://a.example/x?y#z', 'HTTP://10.0.0.1:80/', 'http://[::1]/']) {
      assert.ok(isWebAddress(good), good);
    }
    const bad = [
      'javascript:alert(1)',
      'file:///etc/passwd',
      'ftp://a.example',
      '/relative',
      'https://',
      'https://a b',
      'https://a\nb',
      `https://a/${'x'.repeat(LIMITS.urlCharsMax)}`,
      'https://a/\ud800',
    ];
    for (const one of bad) assert.ok(!isWebAddress(one), one.slice(0, 40));
  });

  test('keeps the body as evidence, or what there is room for', () => {
    const small = { a: [1, { b: 'c' }] };
    assert.equal(boundPayload(small), small);
    const frame = JSON.stringify({ a: '' }).length;
    const fitting = { a: 'x'.repeat(LIMITS.payloadCharsMax - frame) };
    assert.equal(boundPayload(fitting), fitting);
    for (const text of ['x', '"', '\\', '\u0001', '😀']) {
      const cut = boundPayload({ a: text.repeat(LIMITS.payloadCharsMax) });
      assert.equal(cut['is_cut'], true);
      assert.ok(JSON.stringify(cut).length <= LIMITS.payloadCharsMax, text);
      assert.match(JSON.stringify(cut['text']), /^"\{\\"a\\":/);
    }
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { LIMITS } from '#kernel/limits.ts';
import type { JsonValue } from '#kernel/syntax/json.ts';
import { escapePart, findAt, isPointer, parsePointer } from './pointer.ts';

function at(body: JsonValue, text: string): JsonValue | undefined {
  const reading = parsePointer(text);
  assert.ok(reading.ok, text);
  return findAt(body, reading.pointer);
}

function faultOf(text: string): string {
  const reading = parsePointer(text);
  return reading.ok ? '' : reading.message;
}

/** The example of RFC 6901, section 5. */
const EXAMPLE = {
  foo: ['bar', 'baz'],
  '': 0,
  'a/b': 1,
  'c%d': 2,
  'e^f': 3,
  'g|h': 4,
  'i\\j': 5,
  'k"l': 6,
  ' ': 7,
  'm~n': 8,
};

describe('a pointer', () => {
  test('finds what the RFC says', () => {
    const expected: readonly (readonly [string, JsonValue])[] = [
      ['/foo', ['bar', 'baz']],
      ['/foo/0', 'bar'],
      ['/', 0],
      ['/a~1b', 1],
      ['/c%d', 2],
      ['/e^f', 3],
      ['/g|h', 4],
      ['/i\\j', 5],
      ['/k"l', 6],
      ['/ ', 7],
      ['/m~0n', 8],
      ['$', EXAMPLE],
      ['$/foo/1', 'baz'],
    ];
    for (const [text, value] of expected) assert.deepEqual(at(EXAMPLE, text), value, text);
  });

  test('unescapes a tilde last: ~01 is ~1 and no slash', () => {
    assert.equal(at({ '~1': 'tilde one', '/': 'slash' }, '/~01'), 'tilde one');
  });

  test('finds nothing where nothing is, and never what JavaScript adds', () => {
    for (const text of ['/nope', '/foo/2', '/foo/-', '/foo/01', '/foo/-1', '/foo/1e0']) {
      assert.equal(at(EXAMPLE, text), undefined, text);
    }
    for (const name of ['constructor', '__proto__', 'toString', 'length', 'hasOwnProperty']) {
      assert.equal(at({ a: 'text', list: [] }, `/${name}`), undefined);
      assert.equal(at({ a: 'text', list: [] }, `/a/${name}`), undefined);
      assert.equal(at({ a: 'text', list: [] }, `/list/${name}`), undefined);
    }
    assert.equal(at('text', '/0'), undefined);
    assert.equal(at(null, '/a'), undefined);
  });

  test('is known by its first character', () => {
    for (const text of ['/a', '/', '$', '$/a']) assert.ok(isPointer(text), text);
    for (const text of ['a', '', '$a', '$5', 'a/b', '{{ a }}']) assert.ok(!isPointer(text), text);
  });

  test('is refused with a stray tilde, without a slash, and too deep', () => {
    assert.match(faultOf('/a~2'), /neither ~0 .* nor ~1/);
    assert.match(faultOf('/a~'), /neither ~0 .* nor ~1/);
    assert.match(faultOf('a'), /must be a JSON pointer/);
    assert.equal(faultOf('/a'.repeat(LIMITS.jsonDepthMax)), '');
    assert.match(faultOf('/a'.repeat(LIMITS.jsonDepthMax + 1)), /at most 32 parts/);
  });

  test('property: any name that is escaped is found again', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (name, value) => {
        const body = Object.fromEntries([[name, value]]);
        assert.equal(at(body, `/${escapePart(name)}`), value);
      }),
    );
  });
});

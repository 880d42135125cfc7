import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { JsonValue } from '#kernel/syntax/json.ts';
import { isSame, listFieldChanges, omitField } from './fields.ts';

const linesOf = (before: JsonValue, after: JsonValue) =>
  listFieldChanges(before, after).map(
    (one) => `${one.path}: ${JSON.stringify(one.before)} -> ${JSON.stringify(one.after)}`,
  );

describe('the fields that differ', () => {
  test('are named by their place, down to the value', () => {
    const before = { name: 'x', config: { url: 'a', port: 1 }, steps: [{ s: 1 }, { s: 2 }] };
    const after = { name: 'x', config: { url: 'b', port: 1 }, steps: [{ s: 1 }, { s: 3 }] };
    assert.deepEqual(linesOf(before, after), ['config.url: "a" -> "b"', 'steps[1].s: 2 -> 3']);
  });

  test('of a list of texts are the whole list', () => {
    assert.deepEqual(linesOf({ types: ['a', 'b'] }, { types: ['b', 'a'] }), [
      'types: ["a","b"] -> ["b","a"]',
    ]);
    assert.deepEqual(linesOf({ types: ['a'] }, { types: [] }), ['types: ["a"] -> []']);
  });

  test('of what is there on one side only are its own, but of an entry of a list', () => {
    assert.deepEqual(linesOf({}, { config: { url: 'a', port: 1 } }), [
      'config.url: null -> "a"',
      'config.port: null -> 1',
    ]);
    assert.deepEqual(linesOf({ steps: [{ s: 1, t: 2 }] }, { steps: [] }), [
      'steps[0]: {"s":1,"t":2} -> null',
    ]);
    assert.deepEqual(linesOf({ mapping: null }, { mapping: {} }), ['mapping: null -> {}']);
  });

  test('do not depend on the order in which they are written', () => {
    assert.ok(isSame({ a: 1, b: { c: 2, d: [] } }, { b: { d: [], c: 2 }, a: 1 }));
    assert.ok(!isSame({ a: 1 }, { a: '1' }));
    assert.ok(!isSame(0, null));
    assert.ok(!isSame({}, []));
  });

  test('are none of a value and itself, and some of any other', () => {
    const json = fc.jsonValue({ maxDepth: 3 }).map(parseJsonValue);
    fc.assert(
      fc.property(json, json, (one, other) => {
        assert.deepEqual(listFieldChanges(one, structuredClone(one)), []);
        if (JSON.stringify(one) === JSON.stringify(other)) return;
        assert.equal(isSame(one, other), isSame(other, one));
      }),
    );
  });

  test('can be left out', () => {
    assert.deepEqual(omitField({ name: 'x', rest: 1 }, 'name'), { rest: 1 });
    assert.deepEqual(omitField({ rest: 1 }, 'name'), { rest: 1 });
  });
});

function parseJsonValue(value: unknown): JsonValue {
  return JSON.parse(JSON.stringify(value)) as JsonValue;
}

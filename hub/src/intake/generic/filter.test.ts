import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { LIMITS } from '#kernel/limits.ts';
import { FILTERS, type Plain } from './filter.ts';

function apply(name: string, value: Plain, ...given: readonly Plain[]): Plain {
  const filter = FILTERS[name];
  assert.ok(filter !== undefined, name);
  return filter(value, given);
}

const CHARS_MAX = LIMITS.templateTextCharsMax;
const LONG = 'a'.repeat(CHARS_MAX);

describe('filters of texts', () => {
  test('work on whatever there is, as on the text of it', () => {
    assert.equal(apply('upcase', 5), '5');
    assert.equal(apply('upcase', true), 'TRUE');
    assert.equal(apply('upcase', null), '');
    assert.equal(apply('upcase', ['a', ['b', null], 1]), 'AB1');
    assert.equal(apply('append', null, null), '');
    assert.equal(apply('append', 'a'), 'a');
  });

  test('replace every place, with nothing too, and leave a text without it as it is', () => {
    assert.equal(apply('replace', 'a.b.c', '.', '-'), 'a-b-c');
    assert.equal(apply('replace', 'aaa', 'aa', 'b'), 'ba');
    assert.equal(apply('replace', 'abc', 'x', 'y'), 'abc');
    assert.equal(apply('replace', 'abc', '', 'y'), 'abc');
    assert.equal(apply('replace', 'abc', 'b'), 'ac');
    assert.equal(apply('replace', 'abc', '$&', 'y'), 'abc');
    assert.equal(apply('replace', 'abc', 'b', '$&$1'), 'a$&$1c');
    assert.equal(apply('remove', 'a,b,', ','), 'ab');
  });

  test('end when the result is as long as a text may be', () => {
    assert.equal(apply('replace', LONG, 'a', LONG), LONG);
    assert.equal(String(apply('append', LONG, LONG)).length, CHARS_MAX);
    assert.equal(String(apply('prepend', LONG, 'b')).slice(0, 2), 'ba');
    // One character that is three when it is large.
    assert.equal(String(apply('upcase', 'ΐ'.repeat(CHARS_MAX))).length, CHARS_MAX);
    assert.equal(String(apply('json', '"'.repeat(CHARS_MAX))).length, CHARS_MAX);
    assert.equal(String(apply('join', [LONG, LONG], LONG)).length, CHARS_MAX);
  });

  test('cut by characters, and never before the begin', () => {
    assert.equal(apply('truncate', 'abcdef', 5), 'ab...');
    assert.equal(apply('truncate', 'abcdef', 6), 'abcdef');
    assert.equal(apply('truncate', 'abcdef', 2), '...');
    assert.equal(apply('truncate', 'abcdef', 2, ''), 'ab');
    assert.equal(apply('truncate', 'abcdef', 'x'), 'abcdef');
    assert.equal(apply('slice', 'abcdef', 2), 'c');
    assert.equal(apply('slice', 'abcdef', 2, 99), 'cdef');
    assert.equal(apply('slice', 'abcdef', -99, 2), 'ab');
    assert.equal(apply('slice', 'abcdef', 2, -1), '');
    assert.equal(apply('slice', 'abcdef', 'x', 'y'), '');
  });

  test('take a default for what is empty, and only for that', () => {
    for (const empty of [null, '', false, []]) assert.equal(apply('default', empty, 'd'), 'd');
    for (const there of [0, ' ', true, ['a']]) assert.equal(apply('default', there, 'd'), there);
    assert.equal(apply('default', null), null);
  });
});

describe('filters of numbers', () => {
  test('calculate with texts that are numbers', () => {
    assert.equal(apply('plus', '2', '3'), 5);
    assert.equal(apply('minus', 2, 0.5), 1.5);
    assert.equal(apply('times', '1e3', 2), 2_000);
    assert.equal(apply('divided_by', 7, 2), 3.5);
    assert.equal(apply('plus', 2), 2);
  });

  test('are empty where there is no result', () => {
    assert.equal(apply('divided_by', 1, 0), '');
    assert.equal(apply('plus', 'x', 1), '');
    assert.equal(apply('times', 1e308, 10), '');
    assert.equal(apply('round', 'x'), '');
    assert.equal(apply('round', ['1', '2']), '');
  });

  test('round to a bounded number of digits', () => {
    assert.equal(apply('round', 1.005, 1), 1);
    assert.equal(apply('round', '2.5'), 3);
    assert.equal(apply('round', 1.23456, -3), 1);
    assert.equal(apply('round', 1.5, 1e9), 1.5);
    assert.equal(apply('round', 1.5, 'x'), 2);
  });
});

describe('filters of lists', () => {
  test('take a single value as a list of one', () => {
    assert.equal(apply('join', 'a'), 'a');
    assert.equal(apply('first', 'a'), 'a');
    assert.equal(apply('last', null), null);
    assert.equal(apply('first', []), null);
    assert.equal(apply('size', 'abc'), 3);
    assert.equal(apply('size', null), 0);
  });

  test('split into a bounded number of parts', () => {
    assert.deepEqual(apply('split', 'a,b', ','), ['a', 'b']);
    assert.deepEqual(apply('split', 'a b'), ['a', 'b']);
    assert.equal(apply('size', apply('split', LONG, '')), LIMITS.templateListMax);
  });
});

test('property: no filter throws, and none makes a text that is too long', () => {
  const scalar = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.constant(LONG),
  );
  const value = fc.oneof(scalar, fc.array(scalar, { maxLength: 4 }));
  const name = fc.constantFrom(...Object.keys(FILTERS));
  fc.assert(
    fc.property(name, value, fc.array(scalar, { maxLength: 3 }), (filter, given, more) => {
      const result = apply(filter, given, ...more);
      const texts = Array.isArray(result) ? result : [result];
      for (const text of texts) {
        if (typeof text === 'number') assert.ok(Number.isFinite(text) || !Number.isFinite(given));
        if (typeof text === 'string') assert.ok(text.length <= CHARS_MAX, filter);
      }
    }),
  );
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JsonObject, JsonValue } from '#kernel/syntax/json.ts';
import { createItem, describeField, evaluateField, type Field, readField } from './expression.ts';
import { createWork } from './work.ts';

function fieldOf(value: JsonValue): Field {
  const field = readField(value, 'f', (path, message) => assert.fail(`${path}: ${message}`));
  assert.ok(field !== null);
  return field;
}

function valueOf(value: JsonValue, item: JsonObject, body: JsonValue = item): JsonValue {
  return evaluateField(fieldOf(value), createItem(item, body, createWork()))?.value ?? null;
}

describe('an expression', () => {
  test('is told by its looks: a pointer, a template, or else a constant', () => {
    const item = { a: 1, '/a': 2 };
    assert.equal(valueOf('/a', item), 1);
    assert.equal(valueOf('$/b', item, { b: 3 }), 3);
    assert.equal(valueOf('{{ a }}!', item), '1!');
    assert.equal(valueOf('a', item), 'a');
    assert.equal(valueOf('$5', item), '$5');
    assert.equal(valueOf(5, item), '5');
    assert.equal(valueOf(false, item), 'false');
    assert.equal(valueOf({ constant: '/a' }, item), '/a');
    assert.equal(valueOf({ constant: '{{ a }}' }, item), '{{ a }}');
    assert.equal(valueOf({ constant: 7 }, item), '7');
  });

  test('has no value where the body has nothing, null or blanks', () => {
    const item = { none: null, blank: ' \n', zero: 0, no: false, list: [] };
    for (const place of ['/none', '/blank', '/nope']) assert.equal(valueOf(place, item), null);
    assert.equal(valueOf('/zero', item), 0);
    assert.equal(valueOf('/no', item), false);
    assert.deepEqual(valueOf('/list', item), []);
    assert.equal(valueOf(['/none', '/blank', '/zero'], item), 0);
  });

  test('says what it looks for, in words for a note', () => {
    const words = '/a, $/b, the template, a constant';
    assert.equal(describeField(fieldOf(['/a', '$/b', '{{ c }}', 'd'])), words);
  });
});

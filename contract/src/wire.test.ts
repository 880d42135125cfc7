import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as z from 'zod/mini';
import { maybe, maybeText, name, pageQuery, seconds, text, wholeNumber } from './field.ts';
import { WIRE_LIMITS } from './limits.ts';
import { parseWire } from './wire.ts';

function messageOf(schema: z.ZodMiniType, json: unknown): string {
  const reading = parseWire(schema, json);
  return reading.ok ? 'fine' : (reading.details[0]?.message ?? '');
}

describe('what was refused', () => {
  test('is told in words, without repeating what came', () => {
    assert.equal(messageOf(z.string(), 5), 'must be text');
    assert.equal(messageOf(z.boolean(), 'secret'), 'must be true or false');
    assert.equal(messageOf(z.array(z.string()), 'secret'), 'must be a list');
    assert.equal(messageOf(z.enum(['a', 'b']), 'secret'), 'must be one of a, b');
    assert.equal(messageOf(z.strictObject({}), { secret: 1 }), 'unknown field');
    assert.equal(messageOf(z.string(), undefined), 'is required');
    assert.equal(messageOf(z.union([z.string(), z.boolean()]), 1), 'is of no known kind');
    assert.equal(messageOf(z.string().check(z.regex(/^a$/)), 'b'), 'has not the right form');
  });

  test('is told with its bounds', () => {
    assert.equal(messageOf(text(3), 'abcd'), 'must have at most 3 characters');
    const list = z.array(z.string()).check(z.minLength(1), z.maxLength(1));
    assert.equal(messageOf(list, []), 'must have at least 1 entries');
    assert.equal(messageOf(list, ['a', 'b']), 'must have at most 1 entries');
    assert.equal(messageOf(z.number().check(z.lte(5)), 6), 'must be at most 5');
    for (const bad of [0, 4, 1.5, '2', Number.POSITIVE_INFINITY, Number.NaN, 2 ** 53, true]) {
      assert.equal(messageOf(wholeNumber(1, 3), bad), 'must be a whole number from 1 to 3');
    }
    assert.equal(messageOf(wholeNumber(1, 3), 1), 'fine');
    assert.equal(messageOf(wholeNumber(1, 3), 3), 'fine');
    assert.equal(messageOf(seconds(), WIRE_LIMITS.policyDelayMaxS), 'fine');
    assert.notEqual(messageOf(seconds(), WIRE_LIMITS.policyDelayMaxS + 1), 'fine');
    assert.notEqual(messageOf(seconds(), 0), 'fine');
    assert.equal(messageOf(seconds(0), 0), 'fine');
  });

  test('has a path that is bounded too', () => {
    const reading = parseWire(z.strictObject({}), { ['x'.repeat(5_000)]: 1 });
    assert.ok(!reading.ok);
    const { jsonPathCharsMax: max } = WIRE_LIMITS;
    assert.equal(reading.details[0]?.path, `${'x'.repeat(max)}…`);
  });
});

describe('a field', () => {
  test('that may be left out is null when it is', () => {
    const schema = z.strictObject({ a: maybe(z.boolean()), b: maybeText(5) });
    const nothing = { ok: true, value: { a: null, b: null } };
    assert.deepEqual(parseWire(schema, {}), nothing);
    assert.deepEqual(parseWire(schema, { a: null, b: null }), nothing);
    assert.deepEqual(parseWire(schema, { b: '  ' }), nothing);
    assert.deepEqual(parseWire(schema, { a: false, b: ' x ' }), {
      ok: true,
      value: { a: false, b: ' x ' },
    });
    assert.ok(!parseWire(schema, { a: 0 }).ok);
  });

  test('that is a name is one line of something', () => {
    for (const bad of ['', ' ', 'a\nb', 'a\tb', '\u007f', 'x'.repeat(201)]) {
      assert.notEqual(messageOf(name(), bad), 'fine', JSON.stringify(bad));
    }
    for (const good of ['a', 'Ops (night)', '监护', 'x'.repeat(200)]) {
      assert.equal(messageOf(name(), good), 'fine');
    }
  });
});

describe('the query of a list', () => {
  test('reads its numbers from text', () => {
    const reading = parseWire(pageQuery, { limit: '500' });
    assert.deepEqual(reading, { ok: true, value: { project_id: null, limit: 500, cursor: null } });
    assert.ok(parseWire(pageQuery, { limit: '1' }).ok);
    for (const limit of ['0', '501', '', '1.0', ' 5', '9'.repeat(400), 5, ['1', '2']]) {
      const reading = parseWire(pageQuery, { limit });
      assert.ok(!reading.ok, String(limit));
      assert.equal(reading.details[0]?.path, 'limit');
    }
  });

  test('refuses what it does not know: a misspelt filter would show too much', () => {
    assert.equal(messageOf(pageQuery, { projectId: 'x' }), 'unknown field');
    assert.equal(messageOf(pageQuery, { project_id: 'X' }).slice(0, 9), 'must be 1');
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { WIRE_LIMITS } from '#contract/limits.ts';
import { parseWire } from '#contract/wire.ts';
import { sourceTry } from './source-type.ts';

function detailsOf(json: unknown): readonly string[] {
  const reading = parseWire(sourceTry, json);
  return reading.ok ? [] : reading.details.map(({ path, message }) => `${path}: ${message}`);
}

describe('a try-out', () => {
  test('needs a body, which may be anything, and may leave out the rest', () => {
    for (const body of [{ a: 1 }, [1], 'text', 0, false, null]) {
      const reading = parseWire(sourceTry, { body });
      assert.ok(reading.ok);
      assert.deepEqual(reading.value, {
        body,
        mapping: null,
        headers: null,
        severity_default: null,
      });
    }
    assert.deepEqual(detailsOf({}), ['body: is required: what a sender posts']);
  });

  test('takes a body that is larger than what we keep of one', () => {
    const body = { text: 'x'.repeat(WIRE_LIMITS.payloadCharsMax * 2) };
    assert.deepEqual(detailsOf({ body }), []);
  });

  test('refuses a mapping that is no object, an odd severity and unknown fields', () => {
    const json = { body: 1, mapping: '/a', severity_default: 'warning', title: 'x' };
    assert.deepEqual(detailsOf(json), [
      'mapping: must be an object',
      'severity_default: must be one of critical, high, medium, low, info',
      'title: unknown field',
    ]);
  });
});

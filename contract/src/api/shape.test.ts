import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as z from 'zod/mini';
import { renderJsonSchema } from './json-schema.ts';
import { findShape, withShape } from './shape.ts';

describe('a shape', () => {
  test('is of the very schema that it was given to', () => {
    const schema = withShape(z.custom<string>(), { type: 'string' });
    assert.deepEqual(findShape(schema), { type: 'string' });
    assert.equal(findShape(z.custom<string>()), null);
  });

  test('stands for what the library would have said, and is no check', () => {
    const schema = withShape(z.string().check(z.maxLength(3)), { type: 'string', format: 'x' });
    assert.deepEqual(renderJsonSchema(schema, 'in'), { type: 'string', format: 'x' });
    assert.equal(z.safeParse(schema, 'long').success, false);
  });

  test('may be null as well, and be read as something else', () => {
    const digits = withShape(z.string(), { type: 'integer', minimum: 1 });
    const read = z.pipe(z.nullable(digits), z.transform(Number));
    const shown = renderJsonSchema(z.strictObject({ limit: z.optional(read) }), 'in');
    assert.deepEqual(shown['properties'], {
      limit: {
        type: ['integer', 'null'],
        minimum: 1,
        description: 'How many of them on a page; 50 unless given.',
      },
    });
  });

  test('of words that may be null has null among the words', () => {
    const shown = renderJsonSchema(z.strictObject({ role: z.nullable(z.enum(['a', 'b'])) }), 'out');
    assert.deepEqual(shown['properties'], {
      role: { type: ['string', 'null'], enum: ['a', 'b', null], description: 'What it may do.' },
    });
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as z from 'zod/mini';
import { newAlert } from '#contract/alert.ts';
import { parseWire } from '#contract/wire.ts';
import { EXAMPLES } from './examples.ts';
import { renderJsonSchema, renderNamedSchemas } from './json-schema.ts';
import { ANSWER_SCHEMAS, REQUEST_SCHEMAS } from './named-schemas.ts';
import { OPERATIONS } from './operations.ts';
import type { JsonShape } from './shape.ts';
import { FIELD_WORDS } from './words.ts';

/** Every schema that the document shows. */
function listShown(): readonly JsonShape[] {
  const used = OPERATIONS.flatMap(({ query, body, answers }) => [
    ...(query === undefined ? [] : [renderJsonSchema(query, 'in')]),
    ...(body === undefined ? [] : [renderJsonSchema(body.schema, 'in')]),
    ...Object.values(answers).flatMap(({ schema }) =>
      schema === undefined ? [] : [renderJsonSchema(schema, 'out')],
    ),
  ]);
  return [...Object.values(renderNamedSchemas()), ...used];
}

function entriesOf(value: unknown): readonly (readonly [string, unknown])[] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}

type Field = { readonly name: string; readonly shape: unknown };

function listFields(value: unknown): readonly Field[] {
  if (Array.isArray(value)) return value.flatMap(listFields);
  if (typeof value !== 'object' || value === null) return [];
  const own = 'properties' in value ? entriesOf(value.properties) : [];
  const deeper = entriesOf(value).flatMap(([, one]) => listFields(one));
  return [...own.map(([name, shape]) => ({ name, shape })), ...deeper];
}

describe('the words of fields', () => {
  const fields = listFields(listShown());

  test('are there for every field that the document shows', () => {
    const bare = fields.filter(
      ({ shape }) => typeof shape !== 'object' || shape === null || !('description' in shape),
    );
    const names = [...new Set(bare.map(({ name }) => name))];
    assert.deepEqual(names, [], 'say what they mean in contract/src/api/words.ts');
  });

  test('are of fields that there are', () => {
    const names = new Set(fields.map(({ name }) => name));
    const schemas = { ...REQUEST_SCHEMAS, ...ANSWER_SCHEMAS };
    for (const key of Object.keys(FIELD_WORDS)) {
      const [schema = '', field] = key.split('.');
      assert.ok(names.has(field ?? key), `${key} is no field`);
      assert.ok(field === undefined || Object.hasOwn(schemas, schema), `${key} is in no schema`);
    }
  });
});

describe('examples', () => {
  test('are read as the hub reads them', () => {
    for (const [schema, example] of EXAMPLES) {
      assert.deepEqual(parseWire(schema, example).ok, true, JSON.stringify(example));
    }
  });

  test('are there for every JSON body that people write', () => {
    const bare = OPERATIONS.filter(({ body, id }) => {
      const isByHand = body !== undefined && body.type === undefined && id !== 'importSentinel';
      return isByHand && !EXAMPLES.has(body.schema);
    });
    assert.deepEqual(
      bare.map(({ id }) => id),
      [],
      'give one in contract/src/api/examples.ts',
    );
  });
});

describe('JSON Schema of the contract', () => {
  const alert = renderNamedSchemas()['NewAlert'];

  test('shows what comes in, not what it is read as', () => {
    assert.deepEqual(alert?.['required'], ['title']);
    assert.equal(alert?.['additionalProperties'], false);
  });

  test('shows maps and free JSON, which are checked by functions', () => {
    const shown = new Map(entriesOf(alert?.['properties']));
    const at = (field: string, key: string) => new Map(entriesOf(shown.get(field))).get(key);
    assert.deepEqual(at('labels', 'type'), ['object', 'null']);
    const texts = { type: 'string', maxLength: 4_096 };
    assert.deepEqual(at('labels', 'additionalProperties'), texts);
    assert.deepEqual(at('camera_ip_map', 'type'), ['string', 'object', 'null']);
    assert.deepEqual(at('payload', 'anyOf'), [{ description: 'Any JSON.' }, { type: 'null' }]);
    assert.equal(at('starts_at', 'format'), 'date-time');
  });

  test('leaves answers open, for they may gain fields', () => {
    assert.ok(
      !JSON.stringify(renderNamedSchemas()['Alert']).includes('additionalProperties":false'),
    );
  });

  test('names what has a name', () => {
    assert.deepEqual(renderJsonSchema(newAlert, 'in'), { $ref: '#/components/schemas/NewAlert' });
  });

  test('refuses what it cannot show, instead of showing nothing', () => {
    const hidden = z.strictObject({ secret: z.custom<string>() });
    assert.throws(() => renderJsonSchema(hidden, 'in'), /secret cannot be shown; give it a shape/);
  });
});

describe('the table of operations', () => {
  test('has each name and each route once', () => {
    const ids = OPERATIONS.map(({ id }) => id);
    const routes = OPERATIONS.map(({ method, path }) => `${method} ${path}`);
    assert.equal(new Set(ids).size, ids.length);
    assert.equal(new Set(routes).size, routes.length);
  });

  test('speaks in lines: a summary has no full stop, notes and answers have one', () => {
    for (const { id, summary, notes, answers } of OPERATIONS) {
      assert.doesNotMatch(summary, /\.$/, id);
      assert.match(summary, /^[A-Z]/, id);
      if (notes !== undefined) assert.match(notes, /\.$/, id);
      for (const { says } of Object.values(answers)) assert.match(says, /[.`]$/, id);
    }
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { OPERATIONS } from '#contract/api/operations.ts';
import { ERROR_CODES } from '#kernel/error-codes.ts';
import { ROLES } from '#kernel/principal.ts';
import { isJsonObject, type JsonObject, parseJson } from '#kernel/syntax/json.ts';
import type { DocumentOperation } from './document.ts';
import { listErrorCodes } from './operation-errors.ts';
import { printOpenApi } from './print-openapi.ts';

const DOCUMENT = printOpenApi({ version: '1.2.3', serverUrl: 'https://tocsin.example' });
/** As it goes over the wire. */
const WIRE = readWire(JSON.stringify(DOCUMENT));

function readWire(text: string): JsonObject {
  const reading = parseJson(text);
  assert.ok(reading.ok && isJsonObject(reading.value));
  return reading.value;
}

const PLACED = Object.entries(DOCUMENT.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

function operationOf(id: string): DocumentOperation {
  const found = PLACED.find(({ operation }) => operation.operationId === id);
  assert.ok(found !== undefined, id);
  return found.operation;
}

function listRefs(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(listRefs);
  if (typeof value !== 'object' || value === null) return [];
  const own = '$ref' in value && typeof value.$ref === 'string' ? [value.$ref] : [];
  return [...own, ...Object.values(value).flatMap(listRefs)];
}

describe('the OpenAPI document', () => {
  test('has every operation once, under its path and method', () => {
    assert.equal(PLACED.length, OPERATIONS.length);
    for (const { id, method, path } of OPERATIONS) {
      assert.equal(DOCUMENT.paths[path]?.[method.toLowerCase()]?.operationId, id);
    }
  });

  test('refers only to what is in it, and holds nothing that nobody refers to', () => {
    const refs = new Set(listRefs(WIRE));
    const named = Object.keys(DOCUMENT.components.schemas).map(
      (name) => `#/components/schemas/${name}`,
    );
    assert.deepEqual(
      [...refs].filter((ref) => !named.includes(ref)),
      [],
    );
    assert.deepEqual(
      named.filter((ref) => !refs.has(ref)),
      [],
    );
  });

  test('declares each part of a path, and no other', () => {
    for (const { path, operation } of PLACED) {
      const parts = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const declared = (operation.parameters ?? []).filter(({ in: place }) => place === 'path');
      assert.deepEqual(
        declared.map(({ name }) => name),
        parts,
        path,
      );
      assert.ok(declared.every(({ required }) => required));
    }
  });

  test('has tags for all operations, and operations for all tags', () => {
    const used = new Set(PLACED.flatMap(({ operation }) => operation.tags));
    assert.deepEqual(
      DOCUMENT.tags.map(({ name }) => name),
      [...used],
    );
  });

  test('keeps to the statuses that HTTP has, and has an answer that is no refusal', () => {
    for (const { path, operation } of PLACED) {
      const statuses = Object.keys(operation.responses);
      assert.ok(
        statuses.every((status) => /^[2-5]\d\d$/.test(status)),
        path,
      );
      assert.ok(
        statuses.some((status) => /^[23]/.test(status)),
        path,
      );
    }
  });
});

describe('its schemas', () => {
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, validateFormats: false });
  ajv.addVocabulary(['openapi', 'info', 'servers', 'tags', 'paths', 'components']);
  ajv.addSchema({ $id: 'https://tocsin.example/', ...WIRE }, 'document');
  const compile = (pointer: string) => ajv.compile({ $ref: `document#${pointer}` });

  test('are JSON Schema that a validator takes', () => {
    for (const name of Object.keys(DOCUMENT.components.schemas)) {
      compile(`/components/schemas/${name}`);
    }
  });

  test('take the examples', () => {
    for (const { path, method, operation } of PLACED) {
      for (const [type, { example }] of Object.entries(operation.requestBody?.content ?? {})) {
        if (example === undefined) continue;
        const place = [path, method, 'requestBody', 'content', type, 'schema'];
        const validate = compile(`/paths/${place.map(escapePointer).join('/')}`);
        assert.ok(validate(example), `${path} ${JSON.stringify(validate.errors)}`);
      }
    }
  });

  test('refuse what the hub refuses', () => {
    const validate = compile('/components/schemas/NewAlert');
    assert.equal(validate({ title: 'Fall', severity: null }), true);
    for (const wrong of [
      {},
      { title: '' },
      { title: 5 },
      { title: 'Fall', color: 'red' },
      { title: 'Fall', labels: { a: 1 } },
      { title: 'Fall', project_id: 'NO' },
    ]) {
      assert.equal(validate(wrong), false, JSON.stringify(wrong));
    }
  });
});

function escapePointer(part: string): string {
  return encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));
}

describe('an operation', () => {
  test('says who may come', () => {
    assert.deepEqual(operationOf('raiseAlert')['x-roles'], ['ingest', 'operator', 'admin']);
    assert.deepEqual(operationOf('raiseAlert').security, [{ key: [] }, { password: [] }]);
    assert.deepEqual(operationOf('checkHealth').security, []);
    assert.deepEqual(operationOf('checkHealth')['x-roles'], ['everybody']);
    assert.deepEqual(operationOf('countActiveAlerts')['x-roles'], ROLES);
    assert.deepEqual(operationOf('reportBySource')['x-roles'], ['whoever has the address']);
    assert.deepEqual(operationOf('reportBySource').security, []);
  });

  test('names each refusal with its code', () => {
    const { responses } = operationOf('changeChannel');
    assert.match(responses['409']?.description ?? '', /`version_conflict`.*`name_taken`/);
    assert.match(responses['401']?.description ?? '', /`principal_missing`/);
    const { responses: health } = operationOf('checkHealth');
    assert.deepEqual(Object.keys(health), ['200']);
  });

  test('takes only codes that there are', () => {
    for (const operation of OPERATIONS) {
      for (const code of operation.errors ?? []) assert.ok(Object.hasOwn(ERROR_CODES, code), code);
      assert.ok(listErrorCodes(operation).every((code) => Object.hasOwn(ERROR_CODES, code)));
    }
  });

  test('of a PATCH takes the version', () => {
    const names = (operationOf('changeRule').parameters ?? []).map(({ name }) => name);
    assert.deepEqual(names, ['id', 'If-Match', 'Idempotency-Key']);
  });

  test('has parameters that are there or not, and never null', () => {
    const parameters = operationOf('listChannels').parameters ?? [];
    assert.deepEqual(
      parameters.map(({ name, schema }) => [name, schema['type']]),
      [
        ['project_id', 'string'],
        ['limit', 'integer'],
        ['cursor', 'string'],
      ],
    );
  });

  test('refuses in the words of its family of senders', () => {
    const content = (id: string) => operationOf(id).responses['401']?.content ?? {};
    assert.deepEqual(content('raiseAlert'), {
      'application/json': { schema: { $ref: '#/components/schemas/Error' } },
    });
    assert.ok(!JSON.stringify(content('postAlertmanagerAlerts')).includes('Error'));
    assert.deepEqual(Object.keys(content('readDocs')), ['text/html']);
  });
});

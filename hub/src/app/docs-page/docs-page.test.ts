import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { OpenApiDocument } from '#app/openapi/document.ts';
import { printOpenApi } from '#app/openapi/print-openapi.ts';
import { readHtml } from '#delivery/text/html-reading.fixture.ts';
import { renderCurl } from './curl.ts';
import { renderDocs, renderDocsRefusal } from './docs-page.ts';
import { renderType } from './schema-view.ts';

const DOCUMENT = printOpenApi({ version: '1.2.3', serverUrl: 'https://tocsin.example' });
const PAGE = renderDocs(DOCUMENT);

function operationAt(path: string, method: string) {
  const operation = DOCUMENT.paths[path]?.[method];
  assert.ok(operation !== undefined);
  return { path, method, operation };
}

describe('the page of the API', () => {
  test('is whole: what is opened is closed, and no place has the name of another', () => {
    const elements = readHtml(PAGE).elements;
    const ids = elements.flatMap(({ attributes }) => attributes['id'] ?? []);
    assert.equal(new Set(ids).size, ids.length);
    const jumps = [...PAGE.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id);
    assert.ok(jumps.length > 0);
    assert.deepEqual(
      jumps.filter((id) => !ids.includes(id ?? '')),
      [],
    );
  });

  test('shows every operation, with its method, path and summary', () => {
    const { text } = readHtml(PAGE);
    for (const [path, methods] of Object.entries(DOCUMENT.paths)) {
      for (const { summary } of Object.values(methods)) {
        assert.ok(text.includes(path), path);
        assert.ok(text.includes(summary.replaceAll('`', '')), summary);
      }
    }
  });

  test('escapes whatever the document says', () => {
    const evil = '<img src=x onerror=alert(1)>"&\'';
    const document: OpenApiDocument = {
      ...DOCUMENT,
      info: { ...DOCUMENT.info, title: evil, description: evil },
      servers: [{ url: evil }],
      tags: DOCUMENT.tags.map((tag) => ({ ...tag, description: evil })),
      components: {
        ...DOCUMENT.components,
        schemas: { Evil: { type: 'object', properties: { [evil]: { description: evil } } } },
      },
    };
    assert.ok(!renderDocs(document).includes('<img'));
  });
});

test('the refusal says how to get in', () => {
  const { text } = readHtml(renderDocsRefusal('principal_missing', 'No <key> came.'));
  assert.match(text, /No <key> came\./);
  assert.match(text, /a key as the password/);
  assert.match(text, /TOCSIN_PUBLIC_DOCS=true/);
});

describe('a line for a shell', () => {
  test('sends the example with the key', () => {
    const line = renderCurl('https://a.example', operationAt('/api/v1/keys', 'post'));
    assert.equal(
      line,
      'curl -sS -X POST "https://a.example/api/v1/keys" \\\n' +
        '  -H "Authorization: Bearer $KEY" \\\n' +
        '  -H "Content-Type: application/json" \\\n' +
        `  -d '{"name":"ci","role":"operator"}'`,
    );
  });

  test('leaves the key out where none is asked for, and fills the path', () => {
    const health = renderCurl('', operationAt('/healthz', 'get'));
    assert.equal(health, 'curl -sS "/healthz"');
    const alert = renderCurl('', operationAt('/api/v1/alerts/{alert_id}', 'get'));
    assert.match(alert, /alerts\/fall-12"/);
    assert.match(
      renderCurl('', operationAt('/api/v1/rules/{id}', 'patch')),
      /rules\/\$ID".*If-Match/s,
    );
  });

  test('keeps quotes of an example from ending it', () => {
    const placed = operationAt('/api/v1/keys', 'post');
    const content = { 'application/json': { example: { name: "it's" } } };
    const operation = { ...placed.operation, requestBody: { required: true, content } };
    assert.match(renderCurl('', { ...placed, operation }), /'\{"name":"it'\\''s"\}'/);
  });
});

describe('a type in words', () => {
  for (const [schema, words] of [
    [{ type: 'string', maxLength: 5 }, 'text, at most 5 characters'],
    [{ type: ['string', 'null'], format: 'uuid' }, 'text or null, UUID'],
    [{ type: 'integer', minimum: 1, maximum: 9 }, 'whole number, from 1, to 9'],
    [{ enum: ['a', null] }, '<code>a</code> <code>null</code>'],
    [{ const: 1 }, '<code>1</code>'],
    [
      { type: 'array', items: { type: 'boolean' }, maxItems: 2 },
      'list of true or false, at most 2',
    ],
    [{ $ref: '#/components/schemas/Alert' }, '<a href="#schema-Alert">Alert</a>'],
    [{ anyOf: [{ type: 'string' }, { type: 'null' }] }, 'text or null'],
  ] as const) {
    test(words, () => assert.equal(renderType(schema), words));
  }
});

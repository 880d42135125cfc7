/** The audit as a table that a spreadsheet opens, and runs nothing of. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { instant } from '#kernel/instant.ts';
import { renderCsvHead, renderCsvLine, type StoredAudit } from './stored-audit.ts';

function rowOf(more: Partial<StoredAudit> = {}): StoredAudit {
  return {
    projectId: 'default',
    auditId: '0190a000-0000-7000-8000-000000000001',
    at: instant(1_700_000_000_000),
    principal: { id: 'ada', name: 'Ada', authMethod: 'api_key', role: 'admin' },
    action: 'rule.updated',
    object: { kind: 'rule', id: 'r1', name: null },
    before: { name: 'a' },
    after: null,
    request: null,
    seal: null,
    ...more,
  };
}

/** As RFC 4180 reads one line. */
function readCells(line: string): readonly string[] {
  assert.ok(line.endsWith('\r\n'));
  const cells = [...line.slice(0, -2).matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,"]*))/g)];
  return cells.map(([, quoted, bare]) => quoted?.replaceAll('""', '"') ?? bare ?? '');
}

test('every column has its head, and what is not there is empty', () => {
  const heads = readCells(renderCsvHead());
  const cells = readCells(renderCsvLine(rowOf()));
  assert.equal(cells.length, heads.length);
  const named = Object.fromEntries(heads.map((head, index) => [head, cells[index]]));
  assert.equal(named['at'], '2023-11-14T22:13:20.000Z');
  assert.equal(named['before'], '{"name":"a"}');
  assert.deepEqual([named['after'], named['object_name'], named['seq']], ['', '', '']);
});

test('a sealed row of a request has all of its cells', () => {
  const request = {
    id: 'q1',
    remoteAddress: '10.0.0.7',
    method: 'PATCH',
    route: '/api/v1/rules/:id',
    idempotencyKey: 'once',
  };
  const seal = {
    seq: 7,
    sealedAt: instant(1_700_000_001_000),
    keyId: 'a1',
    mac: new Uint8Array(2),
  };
  const cells = readCells(renderCsvLine(rowOf({ request, seal })));
  assert.deepEqual(cells.slice(12, 17), ['10.0.0.7', 'PATCH', '/api/v1/rules/:id', 'q1', 'once']);
  assert.deepEqual(cells.slice(18), ['7', '2023-11-14T22:13:21.000Z', '0000']);
});

test('no cell begins like a formula', () => {
  for (const name of ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '  =1', '|calc', '\n@x']) {
    const object = { kind: 'rule', id: 'r1', name };
    assert.equal(readCells(renderCsvLine(rowOf({ object })))[9], `'${name}`, JSON.stringify(name));
  }
});

test('whatever a text holds, it is one cell, and comes back as it was', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('"', ',', '\n', '=', 'a', ' ') }), (name) => {
      const cells = readCells(renderCsvLine(rowOf({ object: { kind: 'rule', id: 'r1', name } })));
      assert.equal(cells.length, readCells(renderCsvHead()).length);
      assert.equal(cells[9]?.replace(/^'/, ''), name);
    }),
  );
});

/** What may be asked of the audit, and the lines that a verification answers. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { WIRE_LIMITS } from '#contract/limits.ts';
import { parseWire, type WireSchema } from '#contract/wire.ts';
import {
  auditAnswer,
  auditExportQuery,
  auditQuery,
  auditVerification,
  auditVerifyLine,
} from './audit.ts';

function faultsOf(schema: WireSchema, value: unknown): readonly string[] {
  const reading = parseWire(schema, value);
  return reading.ok ? [] : reading.details.map(({ path }) => path);
}

const HEAD = { project_id: 'default', seq: 1, mac: 'ab'.repeat(32) };

describe('a list of the audit', () => {
  test('takes every filter, and the hub itself as a project', () => {
    const query = {
      project_id: '-',
      principal: 'Ada',
      action: 'channel.updated',
      object: 'fall-12',
      since: '2026-01-31T08:00:00Z',
      until: '2026-02-01T08:00:00+01:00',
      limit: '500',
      cursor: 'x',
    };
    assert.deepEqual(faultsOf(auditQuery, query), []);
    assert.deepEqual(faultsOf(auditQuery, {}), []);
  });

  test('refuses what is none, by name', () => {
    const refused: readonly (readonly [string, string])[] = [
      ['project_id', '--'],
      ['project_id', 'Ward'],
      ['principal', 'a\nb'],
      ['action', ' '],
      ['object', 'x'.repeat(WIRE_LIMITS.identifierCharsMax + 1)],
      ['since', 'yesterday'],
      ['until', '2026-13-01T00:00:00Z'],
      ['limit', '501'],
      ['limit', '0'],
    ];
    for (const [name, value] of refused) {
      assert.deepEqual(faultsOf(auditQuery, { [name]: value }), [name], `${name}=${value}`);
    }
    assert.notDeepEqual(faultsOf(auditQuery, { format: 'csv' }), []);
  });

  test('is exported in two forms, and never in pages', () => {
    for (const format of ['jsonl', 'csv']) {
      assert.deepEqual(faultsOf(auditExportQuery, { format }), []);
    }
    assert.deepEqual(faultsOf(auditExportQuery, { format: 'xlsx' }), ['format']);
    assert.notDeepEqual(faultsOf(auditExportQuery, { limit: '5' }), []);
    assert.notDeepEqual(faultsOf(auditExportQuery, { cursor: 'x' }), []);
  });
});

describe('a verification', () => {
  test('may be asked for with nothing, or with heads that were kept', () => {
    assert.deepEqual(faultsOf(auditVerification, {}), []);
    const heads = Array.from({ length: WIRE_LIMITS.auditWitnessesMax }, () => HEAD);
    assert.deepEqual(faultsOf(auditVerification, { project_id: 'ward', heads }), []);
    assert.deepEqual(faultsOf(auditVerification, { heads: [...heads, HEAD] }), ['heads']);
  });

  test('refuses heads that are none, and says which', () => {
    const wrong: readonly (readonly [string, unknown])[] = [
      ['seq', 0],
      ['seq', 1.5],
      ['seq', '1'],
      ['mac', 'AB'.repeat(32)],
      ['mac', 'ab'.repeat(31)],
      ['project_id', ''],
    ];
    for (const [name, value] of wrong) {
      const heads = [HEAD, { ...HEAD, [name]: value }];
      assert.deepEqual(faultsOf(auditVerification, { heads }), [`heads[1].${name}`]);
    }
    assert.notDeepEqual(faultsOf(auditVerification, { heads: [{ ...HEAD, at: 'x' }] }), []);
  });

  test('answers lines of three types, each strict', () => {
    const chain = {
      type: 'chain',
      project_id: '-',
      is_intact: false,
      rows: 2,
      last_seq: 2,
      intact_seq: 1,
      intact_at: null,
      heads: 0,
      fault_count: 1,
      faults: [
        { kind: 'edited', seq: 2, until_seq: 2, audit_id: null, at: null, message: 'row 2 is not' },
      ],
    };
    assert.deepEqual(faultsOf(auditVerifyLine, chain), []);
    assert.notDeepEqual(faultsOf(auditVerifyLine, { ...chain, type: 'other' }), []);
    assert.notDeepEqual(faultsOf(auditVerifyLine, { ...chain, extra: 1 }), []);
    const counts = { rows: 1, rows_all: 1, chains_done: 0, chains_all: 1 };
    const progress = { type: 'progress', project_id: 'ward', ...counts };
    assert.deepEqual(faultsOf(auditVerifyLine, progress), []);
    const end = { type: 'end', is_intact: true, chains: 1, rows: 1, unsealed: 0 };
    assert.deepEqual(faultsOf(auditVerifyLine, { ...end, unsealed_since: null }), []);
    assert.notDeepEqual(faultsOf(auditVerifyLine, end), []);
  });
});

test('an entry of the hub itself comes without a request, and may not be sealed yet', () => {
  const entry = {
    id: '019ab2c3-0000-7000-8000-000000000001',
    project_id: '-',
    at: '2026-01-31T08:00:00.000Z',
    principal: { id: 'tocsin', name: 'Tocsin', auth_method: 'timer', role: 'admin' },
    action: 'project.created',
    object: { kind: 'project', id: 'ward', name: null },
    before: null,
    after: { id: 'ward' },
    request: null,
    seal: null,
  };
  assert.deepEqual(faultsOf(auditAnswer, entry), []);
  assert.deepEqual(faultsOf(auditAnswer, { ...entry, project_id: 'Ward B' }), ['project_id']);
});

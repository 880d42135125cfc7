import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { orderByReference } from './catalogue.ts';
import { BackupError, type Manifest, parseManifest } from './manifest.ts';

const SHA = 'a'.repeat(64);

const WHOLE: Manifest = {
  format: 1,
  tocsin: '0.1.0',
  createdAt: '2026-11-22T08:00:00.000Z',
  migrations: [{ version: 1, name: '0001-main-path', sha256: SHA }],
  partitions: [
    {
      name: 'event_20261116',
      parent: 'event',
      bound:
        "FOR VALUES FROM ('019a8a00-0000-0000-0000-000000000000') " +
        "TO ('019aae00-0000-0000-0000-000000000000')",
    },
  ],
  tables: [{ name: 'alert', columns: ['alert_id'], rows: 1, bytes: 3, sha256: SHA }],
};

function refusalOf(change: Readonly<Record<string, unknown>>): string {
  try {
    parseManifest(JSON.stringify({ ...WHOLE, ...change }));
  } catch (error) {
    assert.ok(error instanceof BackupError && error.code === 'backup_unusable');
    return error.message;
  }
  return '';
}

describe('the manifest of a backup', () => {
  test('is read as it was written', () => {
    assert.deepEqual(parseManifest(JSON.stringify(WHOLE)), WHOLE);
  });

  test('of a later format is refused', () => {
    assert.match(refusalOf({ format: 2 }), /has format 2; this Tocsin reads format 1/);
  });

  test('that is no manifest is refused', () => {
    assert.throws(() => parseManifest('{'), /no JSON/);
    assert.throws(() => parseManifest('[]'), /no object/);
    assert.match(refusalOf({ tables: null }), /no list of tables/);
    assert.match(refusalOf({ tocsin: 1 }), /lacks its version/);
  });

  test('holds nothing but names where names go into SQL', () => {
    const [table] = WHOLE.tables;
    const [partition] = WHOLE.partitions;
    for (const name of ['alert"; drop table alert; --', 'Alert', '', 'a'.repeat(64)]) {
      assert.match(refusalOf({ tables: [{ ...table, name }] }), /something else than tables/);
      assert.match(refusalOf({ tables: [{ ...table, columns: [name] }] }), /than tables/);
      assert.match(refusalOf({ partitions: [{ ...partition, name }] }), /than partitions/);
    }
    const bound = 'DEFAULT; drop table alert';
    assert.match(refusalOf({ partitions: [{ ...partition, bound }] }), /than partitions/);
  });
});

describe('the order of tables', () => {
  const table = (name: string, ...refersTo: string[]) => ({
    name,
    columns: ['id'],
    keyColumns: ['id'],
    identityColumns: [],
    refersTo,
  });

  test('has those first that others refer to', () => {
    const tables = [table('rule', 'channel', 'project'), table('channel', 'project')];
    const ordered = orderByReference([...tables, table('project')]);
    assert.deepEqual(
      ordered.map(({ name }) => name),
      ['project', 'channel', 'rule'],
    );
  });

  test('does not exist in a circle', () => {
    assert.throws(
      () => orderByReference([table('a', 'b'), table('b', 'a')]),
      /refer to each other/,
    );
  });
});

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type pg from 'pg';
import { createTestDatabase, type TestDatabase } from '#test/support/database.ts';
import { runOn } from '#test/support/server.ts';
import { importStatements } from '#test/support/statements.ts';
import type { Statement } from './statement.ts';

const NAME_BYTES_MAX = 63;

describe('every statement of the product', () => {
  let db: TestDatabase;
  let statements: readonly Statement[] = [];

  before(async () => {
    db = await createTestDatabase();
    statements = await importStatements();
  });
  after(() => db.drop());

  test('can be prepared against the migrated schema', async () => {
    const faults = await runOn(db.connection, async (client) => {
      // `migration` is made by the runner, all others by the migrations.
      const found: string[] = [];
      for (const one of statements) {
        const fault = await findFault(client, one.text);
        if (fault !== null) found.push(`${one.name}: ${fault}`);
      }
      return found;
    });
    assert.deepEqual(faults, []);
    assert.ok(statements.length > 10, `only ${statements.length} statements were found`);
  });

  test('has a name that says its stage and that the server does not cut', () => {
    const odd = statements.filter(
      ({ name }) => !/^[a-z_]+\.[a-z0-9_]+$/.test(name) || name.length > NAME_BYTES_MAX,
    );
    assert.deepEqual(odd, []);
  });

  test('would be named if it could not be', async () => {
    await runOn(db.connection, async (client) => {
      assert.match(String(await findFault(client, 'select nothing from node')), /"nothing"/);
      assert.match(String(await findFault(client, 'select from node where pid = $2')), /\$1/);
      assert.match(String(await findFault(client, 'lock table nowhere')), /"nowhere"/);
      assert.equal(await findFault(client, 'select pid from node where pid = $1'), null);
      assert.equal(await findFault(client, 'lock table node'), null);
    });
  });
});

/** What the server says against a statement, or null. */
async function findFault(client: pg.Client, text: string): Promise<string | null> {
  const isPreparable = /^(select|insert|update|delete|with|values|merge)\b/i.test(text);
  await client.query('begin');
  try {
    // The others take no parameters: they can simply be tried.
    await client.query(isPreparable ? `prepare tried as ${text}` : text);
    if (isPreparable) await client.query('deallocate tried');
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await client.query('rollback');
  }
}

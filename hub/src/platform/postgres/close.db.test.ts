import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestDatabase } from '#test/support/database.ts';
import { createRecordingLog } from '#test/support/log.ts';
import { runOn } from '#test/support/server.ts';
import { createDatabase } from './postgres.ts';
import { statement } from './statement.ts';

const ONE = statement('test.close_one', 'select 1 as one');

test('a closed database has left no session behind', async () => {
  const home = await createTestDatabase();
  const log = createRecordingLog();
  const database = createDatabase({ connection: home.connection, log });
  await Promise.all([
    database.transaction((tx) => tx.run(ONE, [])),
    database.transaction((tx) => tx.run(ONE, [])),
    database.read((tx) => tx.run(ONE, [])),
  ]);
  await database.close();
  const left = await runOn(home.connection, async (client) => {
    const { rows } = await client.query(
      `select pid from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()`,
    );
    return rows.length;
  });
  await home.drop();
  assert.equal(left, 0);
});

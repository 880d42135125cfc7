import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { formatInstant, MS_PER_DAY, plusMs } from '#kernel/instant.ts';
import type { Row } from '#platform/postgres/postgres.ts';
import { instantOf } from '#test/support/clock.ts';
import { createTestDatabase, type TestDatabase } from '#test/support/database.ts';
import { runOn } from '#test/support/server.ts';
import { runEventKeyExpiryOnce } from './event-key.runner.ts';

const NOW = instantOf('2026-11-22T12:00:00.000Z');
const KEEP_MS = 3 * MS_PER_DAY;
const SOURCE_ID = '0190a000-0000-7000-8000-000000000001';
const EVENT_ID = '0190a000-0000-7000-8000-000000000002';

describe('de-duplication keys', () => {
  let db: TestDatabase;

  before(async () => {
    db = await createTestDatabase();
  });
  after(() => db.drop());
  beforeEach(() =>
    runOn(db.connection, async (client) => {
      await client.query('truncate event_key');
    }),
  );

  /** One key for each age. */
  async function addKeys(agesMs: readonly number[]): Promise<void> {
    await runOn(db.connection, async (client) => {
      for (const [index, ageMs] of agesMs.entries()) {
        await client.query(
          `insert into event_key (project_id, source_id, provider_event_id, event_id, received_at)
           values ('default', $1, $2, $3, $4)`,
          [SOURCE_ID, `key-${index}`, EVENT_ID, formatInstant(plusMs(NOW, -ageMs))],
        );
      }
    });
  }

  async function listKeys(): Promise<readonly string[]> {
    return runOn(db.connection, async (client) => {
      const { rows } = await client.query<Row>(
        'select provider_event_id from event_key order by 1',
      );
      return rows.map((row) => String(row['provider_event_id']));
    });
  }

  test('go when they are older than they are kept, and not a millisecond before', async () => {
    await addKeys([KEEP_MS + 1, KEEP_MS, 0]);
    const deleted = await runEventKeyExpiryOnce(db.database, { now: NOW, keepMs: KEEP_MS });
    assert.equal(deleted, 1);
    assert.deepEqual(await listKeys(), ['key-1', 'key-2']);
  });

  test('go oldest first, no more than a batch at a time', async () => {
    await addKeys([4, 9, 5, 8, 7].map((days) => days * MS_PER_DAY));
    const options = { now: NOW, keepMs: KEEP_MS, batch: 2 };
    assert.equal(await runEventKeyExpiryOnce(db.database, options), 2);
    assert.deepEqual(await listKeys(), ['key-0', 'key-2', 'key-4']);
    assert.equal(await runEventKeyExpiryOnce(db.database, options), 2);
    assert.equal(await runEventKeyExpiryOnce(db.database, options), 1);
    assert.equal(await runEventKeyExpiryOnce(db.database, options), 0);
  });

  test('that intake is working on are passed over, not waited for', async () => {
    await addKeys([KEEP_MS * 2, KEEP_MS * 3]);
    const options = { now: NOW, keepMs: KEEP_MS };
    await runOn(db.connection, async (intake) => {
      await intake.query(`begin; update event_key set alert_id = 'a'
        where provider_event_id = 'key-1'`);
      assert.equal(await runEventKeyExpiryOnce(db.database, options), 1);
      await intake.query('rollback');
    });
    assert.equal(await runEventKeyExpiryOnce(db.database, options), 1);
  });
});

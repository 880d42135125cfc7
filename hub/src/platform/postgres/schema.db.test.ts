import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { createTestDatabase, type TestDatabase } from '#test/support/database.ts';
import { printSchema, SCHEMA_FILE } from '#test/support/schema.ts';
import { runOn } from '#test/support/server.ts';

describe('the printed schema', () => {
  let db: TestDatabase;

  before(async () => {
    db = await createTestDatabase();
  });
  after(() => db.drop());

  /** The schema as it would be with some statements more. */
  async function printWith(...statements: readonly string[]): Promise<string> {
    return runOn(db.connection, async (client) => {
      await client.query('begin');
      for (const text of statements) await client.query(text);
      const printed = await printSchema(client);
      await client.query('rollback');
      return printed;
    });
  }

  test('in hub/db/schema.sql is that of the migrations', async () => {
    const file = await readFile(SCHEMA_FILE, 'utf8');
    const message = 'hub/db/schema.sql is out of date: run `node scripts/print-schema.ts`';
    assert.equal(await printWith(), file, message);
  });

  test('shows whatever changes in a table', async () => {
    const printed = await printWith();
    const changes = [
      'alter table node add column note text',
      'alter table node alter column host drop not null',
      `alter table node alter column host set default 'here'`,
      'alter table node alter column pid type bigint',
      'alter table node set (fillfactor = 70)',
      'alter table node drop constraint node_epoch_positive',
      'alter table node add constraint node_pid_positive check (pid > 0)',
      'create index node_by_host on node (host) where pid > 1',
      'create table event_1970 partition of event for values from (minvalue) to (maxvalue)',
      `create function answer() returns integer language sql return 42`,
      `create trigger node_kept before update on node
         for each row execute function suppress_redundant_updates_trigger()`,
    ];
    for (const change of changes) assert.notEqual(await printWith(change), printed, change);
  });

  test('does not depend on the order in which things were made', async () => {
    const [one, other] = ['create table b1 (id integer)', 'create table b2 (id integer)'];
    assert.equal(await printWith(one ?? '', other ?? ''), await printWith(other ?? '', one ?? ''));
  });

  test('lists columns, rules, storage, partitions and indexes', async () => {
    const printed = await printWith(
      `create table sample (
         id bigint generated always as identity, a text collate "C" default 'x', b numeric(5, 2),
         c integer generated always as (1 + 1) stored, tags text[] not null,
         constraint sample_pk primary key (id), constraint sample_a_once unique (a)
       ) with (fillfactor = 90, autovacuum_enabled = false)`,
      'create index sample_by_b on sample (b desc) where c > 0',
    );
    const wanted = `create table sample (
  id bigint not null generated always as identity,
  a text collate "C" default 'x'::text,
  b numeric(5,2),
  c integer generated always as ((1 + 1)) stored,
  tags text[] not null,
  constraint sample_pk PRIMARY KEY (id),
  constraint sample_a_once UNIQUE (a)
) with (autovacuum_enabled=false, fillfactor=90);
CREATE INDEX sample_by_b ON sample USING btree (b DESC) WHERE c > 0;
`;
    assert.ok(printed.includes(wanted), printed.slice(printed.indexOf('create table sample')));
    assert.ok(printed.includes('create table event_rest partition of event DEFAULT;'));
    assert.match(printed, /^\) partition by RANGE \(event_id\);$/m);
  });

  test('is an error rather than incomplete when something cannot be printed', async () => {
    const unknown = [`create view seen as select 1`, `create type mood as enum ('well')`];
    for (const text of unknown) await assert.rejects(printWith(text), /teach .*schema\.ts/);
  });
});

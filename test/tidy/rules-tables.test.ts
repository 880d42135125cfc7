import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findBroken, findBrokenIn } from './planted.fixture.ts';
import { findTableOwner, STAGE_TABLES, TABLE_EXCEPTIONS } from './tables.ts';

test("another stage's table is refused, in every kind of statement", () => {
  const broken = findBrokenIn(
    'hub/src/delivery/store.ts',
    'const a = `select 1 from alert where alert_id = $1`;',
    "const b = 'insert into event_key (key) values ($1)';",
    "const c = 'update device set seen_at = $1';",
    'const d = `with due as (select 1 from notification) delete from only session`;',
    "const e = 'select 1 from notification join timeline using (alert_id)';",
  );
  assert.deepEqual(
    broken.map((line) => line.slice(0, line.indexOf(';'))),
    [
      'hub/src/delivery/store.ts:1 [house 3.5] table alert belongs to alert',
      'hub/src/delivery/store.ts:2 [house 3.5] table event_key belongs to intake',
      'hub/src/delivery/store.ts:3 [house 3.5] table device belongs to supervision',
      'hub/src/delivery/store.ts:4 [house 3.5] table session belongs to access',
      'hub/src/delivery/store.ts:5 [house 3.5] table timeline belongs to alert',
    ],
  );
});

test("a stage's own SQL stands in its store", () => {
  const text = "const a = 'select 1 from alert';";
  assert.deepEqual(findBrokenIn('hub/src/alert/runner.ts', text), [
    'hub/src/alert/runner.ts:1 [house 3.5] SQL on alert belongs in alert/store.ts',
  ]);
  assert.deepEqual(findBrokenIn('hub/src/alert/store.ts', text), []);
  assert.deepEqual(findBrokenIn('hub/src/alert/timeline.store.ts', text), []);
  assert.deepEqual(findBrokenIn('hub/src/app/read/board.ts', text), []);
  assert.match(findBrokenIn('hub/src/app/intake-commit.ts', text).join(), /belongs to alert/);
});

test('sentences, CTEs and tables of the catalogue are not taken for tables of ours', () => {
  assert.deepEqual(
    findBrokenIn(
      'hub/src/delivery/store.ts',
      "const a = 'no answer from alert source';",
      'const b = `with due as (select 1) select 1 from due, pg_class for update of due`;',
      'const c = `insert into notification (a) values (1) on conflict do update set a = 2`;',
    ),
    [],
  );
});

test('every exception names a file, a foreign table and a reason', () => {
  for (const { path, table, why } of TABLE_EXCEPTIONS) {
    assert.deepEqual(findBroken({ [path]: `const a = 'select 1 from ${table}';` }), []);
    const elsewhere = path.replace(/[^/]+$/, 'other.store.ts');
    const broken = findBroken({ [elsewhere]: `const a = 'select 1 from ${table}';` });
    assert.equal(broken.length, 1, `${path} needs no exception for ${table}`);
    assert.ok(why.length > 20);
  }
});

test('a table without an owner is found where it is created', () => {
  const sql =
    'create table alert_note (id text);\n-- create table x\ncreate table oddity (id text);';
  assert.deepEqual(findBrokenIn('hub/db/migrations/0002-odd.sql', sql), [
    'hub/db/migrations/0002-odd.sql:3 [house 3.5] table oddity has no owner; \
add it to test/tidy/tables.ts',
  ]);
});

test('no table has two owners', () => {
  const patterns = Object.values(STAGE_TABLES).flat();
  assert.equal(new Set(patterns).size, patterns.length);
  assert.equal(findTableOwner('work_order_attempt'), 'work-order');
  assert.equal(findTableOwner('excluded'), null);
});

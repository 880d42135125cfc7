import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type ColumnarInsert, columnarInsert, fillColumns } from './columnar.ts';

let made = 0;

function createInsert(): ColumnarInsert {
  made += 1;
  return columnarInsert(`test.columnar_${made}`, {
    table: 'thing',
    row: 'project_id text, thing_id uuid, labels jsonb, "analyse" jsonb, at timestamptz',
    orderBy: 'project_id',
    onConflict: 'on conflict do nothing',
  });
}

const ROW = { project_id: 'p', thing_id: 'a', labels: { x: '1' }, analyse: {}, at: 't' };

function textOf(insert: ColumnarInsert, rows: readonly object[]): string {
  const write = fillColumns(
    insert,
    rows.map((row) => ({ ...ROW, ...row })),
  );
  return write.statement.text.replaceAll(/\s+/g, ' ').trim();
}

describe('rows as columns', () => {
  test('send what is the same in all rows once, and the rest as arrays', () => {
    const insert = createInsert();
    const rows = [ROW, { ...ROW, thing_id: 'b' }];
    const { statement, values } = fillColumns(insert, rows);
    assert.deepEqual(values, ['p', ['a', 'b'], '{"x":"1"}', '{}', 't']);
    assert.match(statement.text, /\$1::text as project_id/);
    assert.match(statement.text, /from unnest\(\$2::uuid\[\]\) as u\(thing_id\)/);
    assert.match(statement.text, /\$4::jsonb as "analyse"/);
  });

  test('keep the order and what follows the select', () => {
    assert.equal(
      textOf(createInsert(), [{}, { thing_id: 'b' }]),
      'insert into thing as t (project_id, thing_id, labels, "analyse", at) ' +
        'select $1::text as project_id, u.thing_id, $3::jsonb as labels, ' +
        '$4::jsonb as "analyse", $5::timestamptz as at from unnest($2::uuid[]) as u(thing_id) ' +
        'order by project_id on conflict do nothing',
    );
  });

  test('need no arrays at all for one row', () => {
    const { statement, values } = fillColumns(createInsert(), [ROW]);
    assert.ok(!statement.text.includes('unnest'));
    assert.ok(!values.some(Array.isArray));
  });

  test('send a missing value as null, and compare JSON by what it says', () => {
    const rows = [
      { project_id: 'p', thing_id: 'a', labels: { x: '1' } },
      { project_id: 'p', thing_id: 'b', labels: { x: '1' } },
    ];
    const { values } = fillColumns(createInsert(), rows);
    assert.deepEqual(values, ['p', ['a', 'b'], '{"x":"1"}', null, null]);
  });

  test('name the same shape the same, and another shape differently', () => {
    const insert = createInsert();
    const name = (rows: readonly object[]) =>
      fillColumns(
        insert,
        rows.map((row) => ({ ...ROW, ...row })),
      ).statement.name;
    const ids = name([{}, { thing_id: 'b' }]);
    assert.equal(name([{ thing_id: 'c' }, { thing_id: 'd' }]), ids);
    assert.notEqual(name([{}, { thing_id: 'b', project_id: 'q' }]), ids);
  });

  test('fall back to arrays for every column when there are too many shapes', () => {
    made += 1;
    const columns = Array.from({ length: 9 }, (_, index) => `c${index} text`).join(', ');
    const insert = columnarInsert(`test.columnar_${made}`, { table: 'wide', row: columns });
    const rowOf = (mask: number, row: number) =>
      Object.fromEntries(
        Array.from({ length: 9 }, (_, index) => [
          `c${index}`,
          (mask >> index) % 2 === 1 ? `${row}` : 'same',
        ]),
      );
    for (let mask = 0; mask < 512; mask += 1) {
      fillColumns(insert, [rowOf(mask, 0), rowOf(mask, 1)]);
    }
    assert.ok(insert.shapes.size <= 128, `${insert.shapes.size} shapes`);
    const { statement, values } = fillColumns(insert, [rowOf(510, 0), rowOf(510, 1)]);
    assert.equal(statement.name, insert.name);
    assert.ok(values.every(Array.isArray));
  });
});

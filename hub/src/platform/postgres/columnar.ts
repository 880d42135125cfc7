/**
 * Many rows in one insert, as columns: what is the same in all rows travels once, as a scalar,
 * and only what differs travels as an array. Measured against `json_to_recordset`, this halves
 * what a wide row costs the server (docs/adr/0001).
 *
 * Which columns differ decides the text of the statement, so there are as many texts as there are
 * shapes of traffic: few. Bound: `LIMITS.insertShapesMax` for each insert, then all are arrays.
 */
import { LIMITS } from '#kernel/limits.ts';
import { statement, type Statement, type Write } from './statement.ts';

export type ColumnarInsert = {
  readonly name: string;
  readonly columns: readonly Column[];
  readonly render: (texts: readonly string[], from: string) => string;
  /** By which columns differ. */
  readonly shapes: Map<string, Statement>;
};

type Column = { readonly name: string; readonly type: string };

export type ColumnarRow = Readonly<Record<string, unknown>>;

/**
 * `row` lists columns and types as in `project_id text, version integer`. `orderBy` is needed
 * where rows are locked; `onConflict` follows the select, and calls the stored row `t`.
 */
export function columnarInsert(
  name: string,
  how: {
    readonly table: string;
    readonly row: string;
    readonly orderBy?: string;
    readonly onConflict?: string;
  },
): ColumnarInsert {
  const columns = how.row.split(',').map((column): Column => {
    const [columnName = '', type = ''] = column.trim().split(/\s+/);
    return { name: columnName, type };
  });
  const names = columns.map((column) => column.name).join(', ');
  const order = how.orderBy === undefined ? '' : `order by ${how.orderBy}`;
  const render = (texts: readonly string[], from: string) =>
    `
    insert into ${how.table} as t (${names})
    select ${texts.join(', ')}
    ${from}
    ${order}
    ${how.onConflict ?? ''}
    `;
  const insert: ColumnarInsert = { name, columns, render, shapes: new Map() };
  // The general shape is registered, so that the test that prepares all statements sees it.
  const general = columns.map(() => true);
  insert.shapes.set(keyOf(general), statement(name, renderShape(insert, general)));
  return insert;
}

function keyOf(isArray: readonly boolean[]): string {
  return isArray.map((is) => (is ? 'a' : 's')).join('');
}

/** At least one row. */
export function fillColumns(insert: ColumnarInsert, rows: readonly ColumnarRow[]): Write {
  const filled = insert.columns.map((column) => readColumn(column, rows));
  const isArray = filled.map((values) => values.some((value) => value !== values[0]));
  const known = findShape(insert, isArray);
  return {
    statement: known.statement,
    values: filled.map((values, index) => (known.isArray[index] === true ? values : values[0])),
  };
}

function readColumn(column: Column, rows: readonly ColumnarRow[]): readonly unknown[] {
  const name = column.name.replaceAll('"', '');
  if (column.type !== 'jsonb') return rows.map((row) => row[name] ?? null);
  return rows.map((row) => {
    const value = row[name] ?? null;
    return value === null ? null : JSON.stringify(value);
  });
}

function findShape(
  insert: ColumnarInsert,
  isArray: readonly boolean[],
): { readonly statement: Statement; readonly isArray: readonly boolean[] } {
  const key = keyOf(isArray);
  const known = insert.shapes.get(key);
  if (known !== undefined) return { statement: known, isArray };
  if (insert.shapes.size >= LIMITS.insertShapesMax)
    return findShape(
      insert,
      isArray.map(() => true),
    );
  const name = `${insert.name}.${insert.shapes.size}`;
  const made: Statement = { name, text: renderShape(insert, isArray) };
  insert.shapes.set(key, made);
  return { statement: made, isArray };
}

function renderShape(insert: ColumnarInsert, isArray: readonly boolean[]): string {
  const arrays: string[] = [];
  const names: string[] = [];
  const texts = insert.columns.map(({ name, type }, index) => {
    if (isArray[index] !== true) return `$${index + 1}::${type} as ${name}`;
    arrays.push(`$${index + 1}::${type}[]`);
    names.push(name);
    return `u.${name}`;
  });
  const from =
    arrays.length === 0 ? '' : `from unnest(${arrays.join(', ')}) as u(${names.join(', ')})`;
  return insert.render(texts, from);
}

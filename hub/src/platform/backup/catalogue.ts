/**
 * What there is to back up, read from the catalogue: a table that a later migration adds is backed
 * up without anybody thinking of it. The table `migration` is left out: the manifest says what is
 * applied, and a restore applies it. So are sessions, set-up links and guesses: a restore must not
 * let in again whom somebody has put out since.
 */
import type pg from 'pg';
import type { Row } from '#platform/postgres/postgres.ts';
import { statement } from '#platform/postgres/statement.ts';
import type { AppliedMigration, BackedUpPartition } from './manifest.ts';

export type CatalogueTable = {
  readonly name: string;
  /** In their order; generated ones are left out. */
  readonly columns: readonly string[];
  readonly keyColumns: readonly string[];
  /** Tables that its rows refer to; itself is not among them. */
  readonly refersTo: readonly string[];
  /** Columns that count by themselves. */
  readonly identityColumns: readonly string[];
};

const READ_TABLES = statement(
  'backup.read_tables',
  `
  select c.relname::text as name,
         array(
           select a.attname::text from pg_attribute a
            where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
              and a.attgenerated = ''
            order by a.attnum
         ) as columns,
         array(
           select a.attname::text from pg_attribute a
            where a.attrelid = c.oid and a.attidentity <> '' and not a.attisdropped
         ) as identity_columns,
         array(
           select a.attname::text
             from pg_index i
            cross join unnest(i.indkey) with ordinality as k (attnum, at)
             join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum
            where i.indrelid = c.oid and i.indisprimary
            order by k.at
         ) as key_columns,
         array(
           select distinct f.relname::text
             from pg_constraint r
             join pg_class f on f.oid = r.confrelid
            where r.conrelid = c.oid and r.contype = 'f' and r.confrelid <> c.oid
         ) as refers_to
    from pg_class c
   where c.relnamespace = current_schema()::regnamespace
     and c.relkind in ('r', 'p') and not c.relispartition
     and c.relname not in ('migration', 'session', 'operator_link', 'login_throttle')
   order by c.relname
  `,
);

const READ_PARTITIONS = statement(
  'backup.read_partitions',
  `
  select c.relname::text as name, parent.relname::text as parent,
         pg_get_expr(c.relpartbound, c.oid) as bound
    from pg_class c
    join pg_inherits i on i.inhrelid = c.oid
    join pg_class parent on parent.oid = i.inhparent
   where c.relnamespace = current_schema()::regnamespace and c.relispartition
     and pg_get_expr(c.relpartbound, c.oid) <> 'DEFAULT'
   order by c.relname
  `,
);

const READ_MIGRATIONS = statement(
  'backup.read_migrations',
  'select version, name, sha256 from migration order by version',
);

/** Those that others refer to come first. */
export async function readTables(client: pg.Client): Promise<readonly CatalogueTable[]> {
  const { rows } = await client.query<Row>(READ_TABLES.text);
  return orderByReference(rows.map(parseTableRow));
}

export async function readPartitions(client: pg.Client): Promise<readonly BackedUpPartition[]> {
  const { rows } = await client.query<Row>(READ_PARTITIONS.text);
  return rows.map(parsePartitionRow);
}

export async function readApplied(client: pg.Client): Promise<readonly AppliedMigration[]> {
  const { rows } = await client.query<Row>(READ_MIGRATIONS.text);
  return rows.map(parseMigrationRow);
}

/** Throws on a circle of two tables: then no order would do. */
export function orderByReference(tables: readonly CatalogueTable[]): readonly CatalogueTable[] {
  const ordered: CatalogueTable[] = [];
  let waiting = tables;
  while (waiting.length > 0) {
    const isFree = ({ refersTo }: CatalogueTable) =>
      refersTo.every((name) => !waiting.some((one) => one.name === name));
    const free = waiting.filter(isFree);
    if (free.length === 0) {
      throw new Error(`tables refer to each other: ${waiting.map(({ name }) => name).join(', ')}`);
    }
    ordered.push(...free);
    waiting = waiting.filter((one) => !isFree(one));
  }
  return ordered;
}

function parseTableRow(row: Row): CatalogueTable {
  return {
    name: row['name'] as string,
    columns: row['columns'] as readonly string[],
    keyColumns: row['key_columns'] as readonly string[],
    refersTo: row['refers_to'] as readonly string[],
    identityColumns: row['identity_columns'] as readonly string[],
  };
}

function parsePartitionRow(row: Row): BackedUpPartition {
  return {
    name: row['name'] as string,
    parent: row['parent'] as string,
    bound: row['bound'] as string,
  };
}

function parseMigrationRow(row: Row): AppliedMigration {
  return {
    version: row['version'] as number,
    name: row['name'] as string,
    sha256: row['sha256'] as string,
  };
}

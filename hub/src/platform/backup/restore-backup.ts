/**
 * Brings a backup into an empty database: the schema as it was, all rows in one transaction, each
 * table compared with what the backup says of it before the commit, then the migrations that this
 * version of Tocsin has beyond it.
 *
 * Danger: nothing is ever overwritten; a database that holds a row is refused. What breaks off
 * leaves the schema and no row, so the same restore can be tried again.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import type { Clock, Log } from '#kernel/ports.ts';
import { readMigrations, runMigrations } from '#platform/postgres/migrate.ts';
import type { ConnectionSettings } from '#platform/postgres/postgres.ts';
import { type CatalogueTable, readTables } from './catalogue.ts';
import { copyTableIn, measureTable, quoteName } from './copy.ts';
import {
  type BackedUpTable,
  BackupError,
  type BackedUpPartition,
  type Manifest,
  parseManifest,
} from './manifest.ts';
import {
  type BackupProgress,
  MANIFEST_FILE,
  SAME_TEXT,
  tableFile,
  withClient,
} from './write-backup.ts';

export type RestoreOptions = {
  readonly connection: ConnectionSettings;
  readonly dir: string;
  /** Of the migrations. */
  readonly directory: string;
  readonly log: Log;
  readonly clock: Clock;
  readonly onProgress: (progress: BackupProgress) => void;
};

export function readManifest(dir: string): Manifest {
  let text: string;
  try {
    text = readFileSync(join(dir, MANIFEST_FILE), 'utf8');
  } catch (cause) {
    const sentence = `${dir} holds no whole backup: ${MANIFEST_FILE} cannot be read.`;
    throw new BackupError('backup_unusable', sentence, { cause });
  }
  return parseManifest(text);
}

export async function restoreBackup(options: RestoreOptions): Promise<Manifest> {
  const { connection, dir, directory, log, clock } = options;
  const manifest = readManifest(dir);
  const files = await readMigrations(directory);
  refuseOtherSchema(manifest, files);
  await withClient(connection, refuseFull);
  const upTo = manifest.migrations.length;
  await runMigrations({ connection, directory, log, clock, upTo });
  await withClient(connection, (client) => load(client, { ...options, manifest }));
  await runMigrations({ connection, directory, log, clock });
  return manifest;
}

function refuseOtherSchema(
  { migrations, tocsin }: Manifest,
  files: readonly { readonly name: string; readonly sha256: string }[],
): void {
  const strange = migrations.find(({ sha256 }, index) => files[index]?.sha256 !== sha256);
  if (strange === undefined) return;
  throw new BackupError(
    'backup_unusable',
    `The backup is of Tocsin ${tocsin} with migration ${strange.name}, which this Tocsin does ` +
      'not know. Restore it with that version or a newer one.',
  );
}

/** Only a schema without rows may be there, as an earlier try may have left it. */
async function refuseFull(client: pg.Client): Promise<void> {
  for (const { name } of await readTables(client)) {
    const { rows } = await client.query(`select 1 from ${quoteName(name)} limit 1`);
    if (rows.length === 0) continue;
    throw new BackupError(
      'backup_target_not_empty',
      `The database is not empty (table ${name} has rows). Restore into an empty one: another ` +
        'TOCSIN_DATA_DIR, or a new database. Nothing was changed.',
    );
  }
}

const LOADING = `
  begin;
  set local statement_timeout = 0;
  set local idle_in_transaction_session_timeout = 0;
  ${SAME_TEXT}
`;

type Loading = RestoreOptions & { readonly manifest: Manifest };

async function load(client: pg.Client, how: Loading): Promise<void> {
  const { manifest } = how;
  await client.query(LOADING);
  for (const partition of manifest.partitions) await createPartition(client, partition);
  const shapes = await readTables(client);
  let bytes = 0;
  for (const [done, shape] of shapes.entries()) {
    const table = manifest.tables.find(({ name }) => name === shape.name);
    if (table === undefined) continue;
    const onBytes = (more: number): void => {
      bytes += more;
      how.onProgress({ table: shape.name, done, total: shapes.length, bytes });
    };
    // What migrations have put there is in the backup too, as it was.
    await client.query(`delete from ${quoteName(shape.name)}`);
    const file = tableFile(how.dir, shape.name);
    compare(table, await copyTableIn(client, table, { file, onBytes }), 'its file');
    compare(table, await measureTable(client, { ...shape, columns: table.columns }), 'the rows');
    await advanceCounters(client, shape);
  }
  const lost = manifest.tables.find(({ name }) => !shapes.some((shape) => shape.name === name));
  if (lost !== undefined) {
    const sentence = `The backup has a table ${lost.name} that its schema does not have.`;
    throw new BackupError('backup_unusable', sentence);
  }
  await client.query('commit');
}

/** The bound was checked when the manifest was read. */
async function createPartition(client: pg.Client, partition: BackedUpPartition): Promise<void> {
  const { name, parent, bound } = partition;
  await client.query(
    `create table if not exists ${quoteName(name)} partition of ${quoteName(parent)} ${bound}`,
  );
}

function compare(
  table: BackedUpTable,
  found: Pick<BackedUpTable, 'rows' | 'sha256'>,
  what: string,
): void {
  if (found.sha256 === table.sha256) return;
  throw new BackupError(
    'restore_differs',
    `Table ${table.name} is not what was backed up: ${what} has ${found.rows} rows of ` +
      `${table.rows}, or other ones. The backup is damaged. Nothing was restored.`,
  );
}

/** The next number is one that no row has. */
async function advanceCounters(client: pg.Client, shape: CatalogueTable): Promise<void> {
  for (const column of shape.identityColumns) {
    await client.query(
      `select setval(
         pg_get_serial_sequence('${quoteName(shape.name)}', '${column}'),
         greatest((select max(${quoteName(column)}) from ${quoteName(shape.name)}), 1)
       )`,
    );
  }
}

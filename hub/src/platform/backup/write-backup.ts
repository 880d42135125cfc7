/**
 * Writes everything a database holds into a directory, as it was at one moment, while the hub goes
 * on working: one read-only transaction sees all tables.
 *
 * Danger: the rows hold sealed secrets, which the master key opens. The key is not among them.
 * The directory and its files are readable by their owner alone. `manifest.json` is written last.
 */
import { mkdirSync, readdirSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { formatInstant } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { Clock } from '#kernel/ports.ts';
import { type ConnectionSettings, toClientConfig } from '#platform/postgres/postgres.ts';
import { readApplied, readPartitions, readTables } from './catalogue.ts';
import { copyTableOut } from './copy.ts';
import { BACKUP_FORMAT, type BackedUpTable, BackupError, type Manifest } from './manifest.ts';

export type BackupProgress = {
  readonly table: string;
  /** Tables that are done, and all there are. */
  readonly done: number;
  readonly total: number;
  readonly bytes: number;
};

export const MANIFEST_FILE = 'manifest.json';
const TABLES_DIR = 'tables';

export function tableFile(dir: string, table: string): string {
  return join(dir, TABLES_DIR, `${table}.copy.gz`);
}

/** The same rows are the same text on every server, whatever it is set to. */
export const SAME_TEXT = `
  set local timezone = 'UTC';
  set local datestyle = 'ISO, YMD';
  set local intervalstyle = 'postgres';
  set local bytea_output = 'hex';
  set local extra_float_digits = 1
`;

const SNAPSHOT = `
  begin isolation level repeatable read, read only;
  set local statement_timeout = 0;
  set local idle_in_transaction_session_timeout = 0;
  ${SAME_TEXT}
`;

export async function writeBackup(options: {
  readonly connection: ConnectionSettings;
  readonly dir: string;
  readonly version: string;
  readonly clock: Clock;
  readonly onProgress: (progress: BackupProgress) => void;
}): Promise<Manifest> {
  const { connection, dir, version, clock, onProgress } = options;
  claimDirectory(dir);
  return withClient(connection, async (client) => {
    await client.query(SNAPSHOT);
    const found = await readTables(client);
    const partitions = await readPartitions(client);
    const migrations = await readApplied(client);
    const createdAt = formatInstant(clock.now());
    const tables: BackedUpTable[] = [];
    let bytes = 0;
    for (const table of found) {
      const { name, columns } = table;
      const measured = await copyTableOut(client, table, {
        file: tableFile(dir, name),
        onBytes: (more) => {
          bytes += more;
          onProgress({ table: name, done: tables.length, total: found.length, bytes });
        },
      });
      tables.push({ name, columns, ...measured });
    }
    await client.query('commit');
    const manifest: Manifest = {
      format: BACKUP_FORMAT,
      tocsin: version,
      createdAt,
      migrations,
      partitions,
      tables,
    };
    await writeManifest(dir, manifest);
    return manifest;
  });
}

/** Made, or found empty: a backup never mixes with what is there. */
function claimDirectory(dir: string): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  if (readdirSync(dir).length > 0) {
    const sentence = `${dir} is not empty. Name a directory that does not exist yet.`;
    throw new BackupError('backup_target_not_empty', sentence);
  }
  mkdirSync(join(dir, TABLES_DIR), { mode: 0o700 });
}

async function writeManifest(dir: string, manifest: Manifest): Promise<void> {
  const file = join(dir, MANIFEST_FILE);
  const fresh = `${file}.new`;
  const handle = await open(fresh, 'w', 0o600);
  try {
    await handle.writeFile(`${JSON.stringify(manifest, null, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(fresh, file);
}

/** A session of its own, without the bounds that hold for the hub's. */
export async function withClient<T>(
  connection: ConnectionSettings,
  body: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    ...toClientConfig(connection),
    connectionTimeoutMillis: LIMITS.migrationConnectMaxMs,
    application_name: 'tocsin backup',
  });
  // Whoever waits for an answer hears of it; this only keeps it from ending the process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await body(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

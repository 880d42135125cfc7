/**
 * Brings a database to the schema of this program: runs hub/db/migrations/NNNN-name.sql in order,
 * forward only, each in a transaction of its own, and notes each in the table `migration`.
 *
 * Danger: several hubs may start at once. Every transaction first takes one advisory lock and
 * then looks again at what is applied, so each file runs exactly once. A file that was applied is
 * never edited: its SHA-256 is compared, and nothing runs when it differs. Waiting for a table
 * that somebody holds is bounded, because everybody else queues up behind a waiting DDL.
 *
 * Options: `connection` is of a role that owns the schema; direct where there is a choice, but a
 * pooler in transaction mode does too, for nothing outlives its transaction here. Logs each file
 * it applied. Throws MigrationError, whose sentence says what to do.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { sha256Hex } from '#kernel/crypto.ts';
import { formatInstant } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { Clock, Log } from '#kernel/ports.ts';
import { type ConnectionSettings, errorCode, type Row, toClientConfig } from './postgres.ts';
import { statement } from './statement.ts';

export type MigrationFault =
  | 'migration_files_unusable'
  /** A file was edited or renamed after it was applied here. */
  | 'migration_changed'
  /** A number is missing, among the files or among what is applied. */
  | 'migration_gap'
  /** A later version of the program has been here. */
  | 'database_newer'
  | 'server_too_old'
  /** The database refused a file; that file left nothing behind. */
  | 'migration_failed';

export class MigrationError extends Error {
  readonly code: MigrationFault;

  constructor(code: MigrationFault, sentence: string, options?: { cause: unknown }) {
    super(sentence, options);
    this.name = 'MigrationError';
    this.code = code;
  }
}

export type MigrationFile = {
  readonly version: number;
  /** File name without `.sql`: 0001-main-path. */
  readonly name: string;
  readonly sha256: string;
  readonly text: string;
};

export type AppliedMigration = Pick<MigrationFile, 'version' | 'name' | 'sha256'>;

export const SERVER_VERSION_MIN = 150_000;

const FILE_NAME = /^(\d{4})-[a-z0-9-]+\.sql$/;

/** `tocsin` in ASCII: two programs in one database must not share a lock by chance. */
const LOCK_KEY = 0x74_6f_63_73_69_6e;

const CREATE_TABLE = `create table if not exists migration (
  version integer not null,
  name text not null,
  sha256 text not null,
  applied_at timestamptz not null,
  constraint migration_pk primary key (version),
  constraint migration_sha256_is_hex check (sha256 ~ '^[0-9a-f]{64}$')
)`;

const FIND_TABLE = statement(
  'migration.find_table',
  `select to_regclass('migration') is not null as is_there`,
);

const LIST_APPLIED = statement(
  'migration.list_applied',
  'select version, name, sha256 from migration order by version',
);

const RECORD_APPLIED = statement(
  'migration.record_applied',
  'insert into migration (version, name, sha256, applied_at) values ($1, $2, $3, $4)',
);

const READ_SERVER_VERSION = statement(
  'migration.read_server_version',
  `select current_setting('server_version_num')::integer as version`,
);

const LOCK = statement('migration.lock', 'select pg_advisory_xact_lock($1::bigint)');

/** `set local`: a pooler refuses settings at the start, and forgets those of the session. */
const SESSION = `
  set local statement_timeout = 0;
  set local lock_timeout = 0;
  set local timezone = 'UTC'
`;

type Migrating = {
  readonly client: pg.Client;
  readonly files: readonly MigrationFile[];
  readonly upTo: number;
  readonly log: Log;
  readonly clock: Clock;
};

/** Returns the names of the files that this call applied; other starters may apply the rest. */
export async function runMigrations(options: {
  readonly connection: ConnectionSettings;
  readonly directory: string;
  readonly log: Log;
  readonly clock: Clock;
  /** The last one to run, for a restore; all of them when it is left out. */
  readonly upTo?: number;
}): Promise<{ readonly applied: readonly string[] }> {
  const { connection, directory, log, clock, upTo = Infinity } = options;
  const files = await readMigrations(directory);
  const client = new pg.Client({
    ...toClientConfig(connection),
    connectionTimeoutMillis: LIMITS.migrationConnectMaxMs,
    application_name: 'tocsin migrate',
  });
  client.on('error', (error) => log.warn('database connection lost', { error: error.message }));
  await client.connect();
  try {
    await checkServerVersion(client);
    const applied: string[] = [];
    for (;;) {
      const name = await applyNext({ client, files, upTo, log, clock });
      if (name === null) return { applied };
      applied.push(name);
    }
  } finally {
    await client.end();
  }
}

/** Reads the files in order of their number; refuses what looks like one and is not. */
export async function readMigrations(directory: string): Promise<readonly MigrationFile[]> {
  const entries = await readdir(directory).catch((cause: unknown) => {
    const sentence = `The migrations in ${directory} cannot be read. Install Tocsin again.`;
    throw new MigrationError('migration_files_unusable', sentence, { cause });
  });
  const names = entries.filter((entry) => entry.endsWith('.sql')).toSorted();
  const files = await Promise.all(names.map((name) => readMigration(directory, name)));
  files.forEach(({ version, name }, index) => {
    if (version === index + 1) return;
    throw new MigrationError(
      'migration_gap',
      `The migrations in ${directory} jump to ${name} where number ${index + 1} should be. ` +
        'Number them from 0001 on, without a gap and none twice.',
    );
  });
  return files;
}

async function readMigration(directory: string, fileName: string): Promise<MigrationFile> {
  const digits = FILE_NAME.exec(fileName)?.[1];
  if (digits === undefined) {
    throw new MigrationError(
      'migration_files_unusable',
      `${fileName} in ${directory} is no migration. Call it NNNN-name.sql (small letters, ` +
        'digits, dashes), or move it away.',
    );
  }
  // A checkout with other line ends is still the same migration.
  const text = (await readFile(join(directory, fileName), 'utf8')).replaceAll('\r\n', '\n');
  const name = fileName.slice(0, -'.sql'.length);
  return { version: Number(digits), name, sha256: sha256Hex(text), text };
}

/** The next file to run, or null when all are applied. Throws when the two do not fit. */
export function planNextMigration(
  files: readonly MigrationFile[],
  applied: readonly AppliedMigration[],
): MigrationFile | null {
  const newest = applied.at(-1);
  if (newest !== undefined && newest.version > files.length) {
    throw new MigrationError(
      'database_newer',
      `The database is at migration ${newest.name}, which this Tocsin does not know: a later ` +
        'version has used it. Start that version or a newer one; there is no way back.',
    );
  }
  for (const [index, one] of applied.entries()) checkApplied(files[index], one);
  return files[applied.length] ?? null;
}

function checkApplied(file: MigrationFile | undefined, applied: AppliedMigration): void {
  if (file === undefined || file.version !== applied.version) {
    throw new MigrationError(
      'migration_gap',
      `The database says that migration ${applied.name} is applied, but one before it is not. ` +
        'Somebody has changed the table migration: restore the database from a backup.',
    );
  }
  if (file.sha256 === applied.sha256 && file.name === applied.name) return;
  throw new MigrationError(
    'migration_changed',
    `Migration ${file.name} is not the one that was applied to this database` +
      (file.name === applied.name ? '' : ` (${applied.name})`) +
      '. Install the released files again; to change the schema, add a new migration.',
  );
}

/** One transaction: under the lock, look again, run one file, note it. */
async function applyNext(migrating: Migrating): Promise<string | null> {
  const { client, files, upTo, clock, log } = migrating;
  await client.query('begin');
  try {
    // The lock is waited for as long as another starter works; only tables are not.
    await client.query(SESSION);
    await client.query({ text: LOCK.text, values: [LOCK_KEY] });
    await client.query(`set local lock_timeout = ${LIMITS.migrationLockMaxMs}`);
    const next = planNextMigration(files, await readApplied(client));
    const file = next !== null && next.version > upTo ? null : next;
    if (file !== null) await applyFile({ client, file, clock });
    await client.query('commit');
    if (file !== null) log.info('migration applied', { migration: file.name });
    return file?.name ?? null;
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}

/** Without the table nothing is applied; it is made together with the first migration. */
async function readApplied(client: pg.Client): Promise<readonly AppliedMigration[]> {
  const { rows: found } = await client.query<Row>(FIND_TABLE.text);
  if (found[0]?.['is_there'] !== true) return [];
  const { rows } = await client.query<Row>(LIST_APPLIED.text);
  return rows.map(parseAppliedRow);
}

function parseAppliedRow(row: Row): AppliedMigration {
  return {
    version: row['version'] as number,
    name: row['name'] as string,
    sha256: row['sha256'] as string,
  };
}

async function applyFile(options: {
  readonly client: pg.Client;
  readonly file: MigrationFile;
  readonly clock: Clock;
}): Promise<void> {
  const { client, file, clock } = options;
  const { version, name, sha256, text } = file;
  try {
    await client.query(CREATE_TABLE);
    await client.query(text);
    const values = [version, name, sha256, formatInstant(clock.now())];
    await client.query({ text: RECORD_APPLIED.text, values });
  } catch (cause) {
    throw new MigrationError('migration_failed', explainFailure(file, cause), { cause });
  }
}

function explainFailure({ name, text }: MigrationFile, cause: unknown): string {
  if (errorCode(cause) === '55P03') {
    return (
      `Migration ${name} waited more than ${LIMITS.migrationLockMaxMs / 1_000} s for a table ` +
      'that is in use and gave up. Nothing was changed: start again when less is going on.'
    );
  }
  const why = cause instanceof Error ? cause.message : String(cause);
  return (
    `Migration ${name} failed${renderLine(text, cause)}: ${why}. Nothing of it was kept. ` +
    'If it lacks a right, let Tocsin log in as the owner of the schema; otherwise report it as ' +
    'a fault of Tocsin.'
  );
}

function renderLine(text: string, cause: unknown): string {
  if (!(cause instanceof pg.DatabaseError) || cause.position === undefined) return '';
  return ` in line ${text.slice(0, Number(cause.position)).split('\n').length}`;
}

async function checkServerVersion(client: pg.Client): Promise<void> {
  const { rows } = await client.query<Row>(READ_SERVER_VERSION.text);
  const version = Number(rows[0]?.['version']);
  const refusal = refuseServerVersion(version);
  if (refusal !== null) throw refusal;
}

/** `server_version_num`: 150018 is 15.18. Null = new enough. */
export function refuseServerVersion(version: number): MigrationError | null {
  if (version >= SERVER_VERSION_MIN) return null;
  return new MigrationError(
    'server_too_old',
    `The database server is PostgreSQL ${Math.floor(version / 10_000)}; Tocsin needs 15 or ` +
      'later. Upgrade the server, or leave DATABASE_URL out to use the embedded database.',
  );
}

/**
 * The PostgreSQL server of a test run, and databases cloned on it from a migrated template.
 *
 * The server is the embedded one in a temporary directory, in memory where there is room, unless
 * TMPDIR says otherwise. Danger: it runs without fsync, so it
 * proves nothing about power cuts; crash tests start a hub of their own.
 *
 * Options: TOCSIN_TEST_SERVER, the settings of a server that runs already, as JSON (a role that
 * may create databases); TOCSIN_TEST_POSTGRES_BIN, a directory with `initdb` and `postgres` of
 * another major version to be used instead of the embedded programs.
 */
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm, statfs, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { assert } from '#kernel/decision.ts';
import { sha256Hex } from '#kernel/crypto.ts';
import { startEmbeddedPostgres } from '#platform/embedded-postgres/embedded-postgres.ts';
import { readMigrations, runMigrations } from '#platform/postgres/migrate.ts';
import { type ConnectionSettings, errorCode, toClientConfig } from '#platform/postgres/postgres.ts';
import { createManualClock } from './clock.ts';
import { createRecordingLog } from './log.ts';

export const MIGRATIONS_DIRECTORY = fileURLToPath(
  new URL('../../hub/db/migrations', import.meta.url),
);

export type TestServer = {
  readonly connection: ConnectionSettings;
  readonly stop: () => Promise<void>;
};

export type ClonedDatabase = {
  readonly connection: ConnectionSettings;
  readonly drop: () => Promise<void>;
};

const SETTINGS = {
  // Its workers are not ours to end, so a database that one looks at could not be dropped.
  autovacuum: 'off',
  fsync: 'off',
  full_page_writes: 'off',
  max_connections: '300',
  synchronous_commit: 'off',
  // It may be in memory.
  max_wal_size: '256MB',
  wal_compression: 'off',
} as const;

/** `tocsin-t` in ASCII: one builder of the template at a time. */
const TEMPLATE_LOCK_KEY = '8390033978155740532';

const MEMORY_FOLDER = '/dev/shm';
const MEMORY_BYTES_MIN = 2 * 1024 ** 3;

/** A database is cloned for each test: some hundreds of files, twenty times faster in memory. */
async function chooseFolder(): Promise<string> {
  if (process.env['TMPDIR'] !== undefined) return tmpdir();
  try {
    const { bavail, bsize } = await statfs(MEMORY_FOLDER);
    return bavail * bsize >= MEMORY_BYTES_MIN ? MEMORY_FOLDER : tmpdir();
  } catch {
    return tmpdir();
  }
}

/** Several programs may do this at the same time; each gets a server of its own. */
export async function startTestServer(): Promise<TestServer> {
  const root = await mkdtemp(join(await chooseFolder(), 'tocsin-test-'));
  const remove = (): Promise<void> => rm(root, { recursive: true, force: true });
  // The database's user has to pass through it.
  await chmod(root, 0o755);
  const programs = process.env['TOCSIN_TEST_POSTGRES_BIN'];
  const log = createRecordingLog();
  try {
    const server = await startEmbeddedPostgres({
      dataDir: join(root, 'data'),
      log,
      settings: SETTINGS,
      ...(programs ? { packageDir: await wrapPrograms(root, programs) } : {}),
    });
    const stop = async (): Promise<void> => {
      process.off('SIGINT', stopAndEnd).off('SIGTERM', stopAndEnd);
      await server.stop();
      await remove();
    };
    // The server has a session of its own: Ctrl-C would end us and leave it behind.
    const stopAndEnd = (signal: NodeJS.Signals): void => {
      void stop().finally(() => process.kill(process.pid, signal));
    };
    process.once('SIGINT', stopAndEnd).once('SIGTERM', stopAndEnd);
    return { connection: server.connection, stop };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Makes programs of the system look like the npm package that the manager expects. */
async function wrapPrograms(root: string, programs: string): Promise<string> {
  const packageDir = join(root, 'programs');
  await mkdir(join(packageDir, 'native'), { recursive: true });
  await symlink(programs, join(packageDir, 'native', 'bin'));
  await writeFile(join(packageDir, 'native', 'pg-symlinks.json'), '[]');
  await writeFile(join(packageDir, 'package.json'), '{ "version": "system" }');
  return packageDir;
}

/** The server that the runner of the tests has started, or null. */
export function findSharedServer(): ConnectionSettings | null {
  const text = process.env['TOCSIN_TEST_SERVER'];
  return text ? parseConnection(text) : null;
}

function parseConnection(text: string): ConnectionSettings {
  const value: unknown = JSON.parse(text);
  const isSettings = typeof value === 'object' && value !== null;
  assert(isSettings && ('url' in value || 'host' in value), 'TOCSIN_TEST_SERVER is a connection');
  return value as ConnectionSettings;
}

/** A database of its own for one test, with the schema of all migrations and no rows. */
export async function cloneDatabase(server: ConnectionSettings): Promise<ClonedDatabase> {
  return createFrom(server, await prepareTemplate(server));
}

/** Without any table, for tests of the migrations themselves. */
export async function createEmptyDatabase(server: ConnectionSettings): Promise<ClonedDatabase> {
  return createFrom(server, 'template1');
}

async function createFrom(server: ConnectionSettings, template: string): Promise<ClonedDatabase> {
  const name = `tocsin_test_${randomBytes(8).toString('hex')}`;
  const run = (sql: string): Promise<unknown> => runOn(server, (client) => client.query(sql));
  // Through the log it takes twice as long; checkpoints are cheap without fsync.
  await run(`create database ${name} template ${template} strategy file_copy`);
  return {
    connection: withDatabase(server, name),
    drop: async () => {
      await run(`drop database if exists ${name} with (force)`);
    },
  };
}

const templates = new Map<string, Promise<string>>();

/** Built once per server. Its name is the hash of all migrations, so an old one is never used. */
async function prepareTemplate(server: ConnectionSettings): Promise<string> {
  const key = JSON.stringify(server);
  const found = templates.get(key);
  if (found !== undefined) return found;
  const building = buildTemplate(server);
  templates.set(key, building);
  return building;
}

async function buildTemplate(server: ConnectionSettings): Promise<string> {
  const files = await readMigrations(MIGRATIONS_DIRECTORY);
  const hash = sha256Hex(files.map((file) => file.sha256).join()).slice(0, 16);
  const name = `tocsin_template_${hash}`;
  await runOn(server, async (client) => {
    await client.query(`select pg_advisory_lock(${TEMPLATE_LOCK_KEY})`);
    if (await hasDatabase(client, name)) return;
    // Renamed when complete: what has the name can be used.
    const unfinished = `${name}_unfinished`;
    await client.query(`drop database if exists ${unfinished} with (force)`);
    await client.query(`create database ${unfinished}`);
    await runMigrations({
      connection: withDatabase(server, unfinished),
      directory: MIGRATIONS_DIRECTORY,
      log: createRecordingLog(),
      clock: createManualClock(),
    });
    await renameWhenUnused(client, unfinished, name);
  });
  return name;
}

/** The session of the migrations may take a moment to be gone. */
async function renameWhenUnused(client: pg.Client, from: string, to: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await client.query(`alter database ${from} rename to ${to}`);
      return;
    } catch (error) {
      // 55006: other sessions are using it. The server itself waits five seconds for them.
      if (attempt === 3 || errorCode(error) !== '55006') throw error;
    }
  }
}

async function hasDatabase(client: pg.Client, name: string): Promise<boolean> {
  const { rowCount } = await client.query('select from pg_database where datname = $1', [name]);
  return rowCount === 1;
}

/** A session of its own, so that a lock of the session ends with it. */
export async function runOn<T>(
  connection: ConnectionSettings,
  body: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client(toClientConfig(connection));
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await body(client);
  } finally {
    await client.end();
  }
}

export function withDatabase(server: ConnectionSettings, name: string): ConnectionSettings {
  if (!('url' in server)) return { ...server, database: name };
  const url = new URL(server.url);
  url.pathname = `/${name}`;
  return { url: url.href };
}

/**
 * A real pgbouncer in transaction mode in front of a test's database, in a directory of its own.
 *
 * It is looked for on the PATH and in the system's folders. Where it is missing, root gets it from
 * Debian; anybody else is told how to. Never a silent skip: several nodes behind a pooler are a
 * promise of the product.
 * Danger: pgbouncer refuses to run as root, so root hands it to the user that runs the database,
 * whose socket it has to reach. Holds the database's password in a file of that user's alone.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  accessSync,
  chownSync,
  constants,
  mkdtempSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import pg from 'pg';
import { type ConnectionSettings, toClientConfig } from '#platform/postgres/postgres.ts';
import { runOn } from '#test/support/server.ts';
import { until } from '#test/support/until.ts';

export type Pooler = {
  readonly connection: ConnectionSettings;
  readonly readLog: () => string;
  readonly stop: () => Promise<void>;
};

const PORT = 6432;

/** `poolSize`: sessions of the database that all its clients share. */
export async function startPooler(
  behind: ConnectionSettings,
  options: { readonly poolSize: number },
): Promise<Pooler> {
  const program = findProgram() ?? installProgram();
  const root = mkdtempSync(join(tmpdir(), 'tocsin-pooler-'));
  const { host, port, user = '', database, password } = new pg.Client(toClientConfig(behind));
  const owner = isRoot() ? findOwner(host, port) : null;
  const write = (name: string, text: string): string => {
    const path = join(root, name);
    writeFileSync(path, text, { mode: 0o600 });
    if (owner !== null) chownSync(path, owner.uid, owner.gid);
    return path;
  };
  const users = write('users.txt', `"${user}" "${String(password)}"\n`);
  const settings = write(
    'pgbouncer.ini',
    renderSettings({ root, users, behind: `host=${host} port=${port}` }, options.poolSize),
  );
  if (owner !== null) chownSync(root, owner.uid, owner.gid);
  const log: string[] = [];
  const child = spawn(program, [settings], {
    cwd: '/',
    stdio: ['ignore', 'ignore', 'pipe'],
    ...owner,
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => log.push(text));
  const connection = {
    host: root,
    port: PORT,
    user,
    database: database ?? '',
    password: String(password),
  };
  const stop = async (): Promise<void> => {
    await end(child);
    rmSync(root, { recursive: true, force: true });
  };
  try {
    await awaitAnswer(connection, () => {
      if (child.exitCode !== null) throw new Error(`pgbouncer ended: ${log.join('')}`);
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { connection, readLog: () => log.join(''), stop };
}

type Place = { readonly root: string; readonly users: string; readonly behind: string };

function renderSettings(place: Place, poolSize: number): string {
  return `[databases]
* = ${place.behind}

[pgbouncer]
unix_socket_dir = ${place.root}
listen_port = ${PORT}
auth_type = scram-sha-256
auth_file = ${place.users}
pool_mode = transaction
default_pool_size = ${poolSize}
max_client_conn = 500
`;
}

async function awaitAnswer(connection: ConnectionSettings, check: () => void): Promise<void> {
  const isAnswering = async (): Promise<boolean> => {
    check();
    return runOn(connection, (client) => client.query('select 1')).then(
      () => true,
      () => false,
    );
  };
  await until(isAnswering, { what: 'pgbouncer answers' });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  // At once: there is nothing to finish.
  child.kill('SIGTERM');
  await gone;
}

const isRoot = (): boolean => process.getuid?.() === 0;

const NOBODY = { uid: 65_534, gid: 65_534 };

/** The user that the database runs as, where it is one of this machine. */
function findOwner(host: string, port: number): typeof NOBODY {
  if (!host.startsWith('/')) return NOBODY;
  const { uid, gid } = statSync(join(host, `.s.PGSQL.${port}`));
  return uid === 0 ? NOBODY : { uid, gid };
}

const SYSTEM_FOLDERS = ['/usr/sbin', '/usr/local/sbin', '/sbin'];

function findProgram(): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...SYSTEM_FOLDERS];
  const paths = folders.filter((folder) => folder !== '').map((one) => join(one, 'pgbouncer'));
  return paths.find(isExecutable) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const APT = 'apt-get';
const HOW = `This test needs pgbouncer: ${APT} install -y --no-install-recommends pgbouncer`;

function installProgram(): string {
  const install = ['install', '-y', '--no-install-recommends', 'pgbouncer'];
  if (!isRoot() || !(runApt(install) || (runApt(['update']) && runApt(install)))) {
    throw new Error(HOW);
  }
  const program = findProgram();
  if (program === null) throw new Error(HOW);
  return program;
}

function runApt(argv: readonly string[]): boolean {
  try {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    execFileSync(APT, [...argv], { env, stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

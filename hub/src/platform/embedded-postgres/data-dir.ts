/**
 * What lies where in the data directory (TOCSIN_DATA_DIR), and who may read it:
 *
 *   postgres/            0700, the cluster; belongs to the database's user
 *   postgres.new/        a cluster being made; thrown away when it was not finished
 *   postgres.secret      0600, ours: the password of the role `tocsin`
 *   postgres-programs/   a copy of the database's programs, where node_modules cannot serve them
 *   sockets/             0700, the database's user: its unix socket
 *   instance.lock        see instance-lock.ts
 *
 * The address of a unix socket holds about a hundred bytes. When `sockets/` is too long for that,
 * a private directory with a fresh name in the system's temporary directory takes its place.
 */
import { chmod, chown, mkdir, mkdtemp, open, readFile, realpath, rename } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { LIMITS } from '#kernel/limits.ts';
import { type Account, isReachable } from './account.ts';
import { EmbeddedPostgresError, messageOf, systemCodeOf } from './fault.ts';

export type Layout = {
  readonly dataDir: string;
  readonly cluster: string;
  readonly unfinishedCluster: string;
  readonly secret: string;
  readonly programs: string;
  readonly sockets: string;
};

/** Never listened on: it is only part of the socket's name. */
export const PORT = 5432;

const SOCKET_NAME = `.s.PGSQL.${PORT}`;
const TEMPORARY_PREFIX = 'tocsin-socket-';

/** Creates it when it is missing, and resolves links, so that one directory has one name. */
export async function prepareDataDir(path: string): Promise<Layout> {
  const wanted = resolve(path);
  try {
    // Only the last one is private: the database's user has to pass through the others.
    await mkdir(dirname(wanted), { recursive: true });
    await mkdir(wanted, { mode: 0o700 }).catch((error: unknown) => {
      if (systemCodeOf(error) !== 'EEXIST') throw error;
    });
    return layOut(await realpath(wanted));
  } catch (error) {
    throw new EmbeddedPostgresError(
      'data_dir_unusable',
      `The data directory ${wanted} cannot be used (${messageOf(error)}). ` +
        'Point TOCSIN_DATA_DIR to one that this user may write to.',
      { cause: error },
    );
  }
}

/** Without making or resolving anything. */
export function layOutDataDir(path: string): Layout {
  return layOut(resolve(path));
}

function layOut(dataDir: string): Layout {
  return {
    dataDir,
    cluster: join(dataDir, 'postgres'),
    unfinishedCluster: join(dataDir, 'postgres.new'),
    secret: join(dataDir, 'postgres.secret'),
    programs: join(dataDir, 'postgres-programs'),
    sockets: join(dataDir, 'sockets'),
  };
}

/** Creates a directory that only the database's user may enter. */
export async function createPrivateDir(path: string, account: Account): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  await chmod(path, 0o700);
  if (account.via !== 'self') await chown(path, account.uid, account.gid);
}

export async function prepareSocketDir(layout: Layout, account: Account): Promise<string> {
  if (fitsSocket(layout.sockets)) {
    await createPrivateDir(layout.sockets, account);
    return layout.sockets;
  }
  // A private TMPDIR of root would be out of reach for the database's user.
  const parents = [tmpdir(), '/tmp', '/var/tmp'].filter(
    (path) => isReachable(path, account) && fitsSocket(join(path, `${TEMPORARY_PREFIX}123456`)),
  );
  const parent = parents[0];
  if (parent === undefined) {
    throw new EmbeddedPostgresError(
      'data_dir_unusable',
      `The path ${layout.dataDir} is too long for a unix socket, and no temporary directory can ` +
        'hold it instead. Choose a shorter TOCSIN_DATA_DIR.',
    );
  }
  const path = await mkdtemp(join(parent, TEMPORARY_PREFIX));
  await createPrivateDir(path, account);
  return path;
}

export function isTemporarySocketDir(path: string): boolean {
  return basename(path).startsWith(TEMPORARY_PREFIX);
}

/** The socket, and the file by which PostgreSQL claims its name. */
export function socketFiles(socketDir: string): readonly string[] {
  return [join(socketDir, SOCKET_NAME), join(socketDir, `${SOCKET_NAME}.lock`)];
}

export function fitsSocket(socketDir: string): boolean {
  return Buffer.byteLength(join(socketDir, SOCKET_NAME)) <= LIMITS.socketPathBytesMax;
}

/** Null when there is none. */
export async function readSecret(file: string): Promise<string | null> {
  try {
    const text = (await readFile(file, 'utf8')).trim();
    return /^[\w-]{32}$/.test(text) ? text : null;
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return null;
    throw new EmbeddedPostgresError(
      'data_dir_unusable',
      `The database's password cannot be read from ${file} (${messageOf(error)}).`,
      { cause: error },
    );
  }
}

/** Complete or absent, also after a power cut. */
export async function writeSecret(file: string, secret: string): Promise<void> {
  const unfinished = `${file}.new`;
  const handle = await open(unfinished, 'w', 0o600);
  try {
    await handle.chmod(0o600);
    await handle.writeFile(`${secret}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(unfinished, file);
  await syncDir(dirname(file));
}

/** Makes a rename inside the directory survive a power cut. */
export async function syncDir(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

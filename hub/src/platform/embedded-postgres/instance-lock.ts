/**
 * One Tocsin per data directory. Taken before anything else is touched: whoever holds it may stop
 * the processes of an earlier run, so a second starter must never get that far.
 *
 * The lock is a kernel lock (fcntl) on `instance.lock`, taken through SQLite because Node has no
 * call for it. The kernel decides between two starters, forgets the lock when its holder dies in
 * whatever way, and honours it between containers that share a volume. A file that only holds a
 * process id can do none of that. `instance.pid` beside it exists for the refusal's sentence.
 *
 * Danger: a process loses such locks when it closes ANY file descriptor of the locked file.
 * Nothing else in this program may open `instance.lock`, and nothing ever deletes it.
 */
import { chmodSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { EmbeddedPostgresError, messageOf } from './fault.ts';
import { isProcessAlive } from './process-table.ts';

export type InstanceLock = {
  /** False once the lock file was removed or replaced: the directory is somebody else's now. */
  readonly isHeld: () => boolean;
  /** May be called again. */
  readonly release: () => void;
};

const SQLITE_BUSY = 5;

export function acquireInstanceLock(dataDir: string): InstanceLock {
  const file = join(dataDir, 'instance.lock');
  const note = join(dataDir, 'instance.pid');
  const kernelLock = takeKernelLock(file, dataDir, note);
  // Not open + fchmod: see the header.
  chmodSync(file, 0o600);
  const mine = statSync(file);
  writeFileSync(note, `${process.pid} ${hostname()}\n`, { mode: 0o600 });
  let isReleased = false;
  return {
    isHeld: () => {
      const now = statSync(file, { throwIfNoEntry: false });
      return !isReleased && now?.ino === mine.ino && now.dev === mine.dev;
    },
    release: () => {
      if (isReleased) return;
      isReleased = true;
      rmSync(note, { force: true });
      kernelLock.close();
    },
  };
}

function takeKernelLock(file: string, dataDir: string, note: string): DatabaseSync {
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(file, { timeout: 0 });
    // A journal in memory: no second file, no writing. ("off" is refused by Node's defaults.)
    database.exec('pragma journal_mode = memory');
    database.exec('begin exclusive');
    return database;
  } catch (error) {
    database?.close();
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) {
      throw new EmbeddedPostgresError('data_dir_in_use', renderRefusal(dataDir, note));
    }
    throw new EmbeddedPostgresError(
      'data_dir_unusable',
      `The data directory ${dataDir} cannot be locked (${messageOf(error)}). ` +
        'It must be writable and on a file system that has locks.',
      { cause: error },
    );
  }
}

function renderRefusal(dataDir: string, note: string): string {
  const holder = readHolder(note);
  const way = holder === null ? 'Stop it first' : `Stop it first (kill ${holder.pid})`;
  const who = holder === null ? '' : ` (process ${holder.pid}${holder.where})`;
  return (
    `Another Tocsin${who} is running on the data directory ${dataDir}. ${way}, ` +
    'or give this one a directory of its own with TOCSIN_DATA_DIR.'
  );
}

/** Null in the moment between taking the lock and writing the note. */
function readHolder(note: string): { readonly pid: number; readonly where: string } | null {
  let text: string;
  try {
    text = readFileSync(note, 'utf8');
  } catch {
    return null;
  }
  const match = /^(\d{1,10}) (.{1,255})\n$/.exec(text);
  if (match === null) return null;
  const pid = Number(match[1]);
  const isHere = match[2] === hostname();
  if (isHere && !isProcessAlive(pid)) return null;
  return { pid, where: isHere ? '' : ` on ${match[2]}` };
}

/**
 * The embedded database: a real PostgreSQL, run as a child process of the hub, in the hub's data
 * directory, reachable only through a unix socket. Nothing to install, nothing to configure.
 *
 * Order matters: the instance lock comes first, because everything after it may stop processes
 * and delete files of an earlier run. Then the account, the programs, the leftovers, the cluster,
 * the socket, the server.
 *
 * Danger: one data directory belongs to one machine and one container; the kernel lock keeps
 * others off, but processes in a foreign process namespace cannot be seen and so not be stopped.
 *
 * With `supervise` a server that dies is started again, after 100 ms at first and never more than
 * ten seconds; pools have to reconnect (give them an `error` listener, or the first lost
 * connection ends the program). Logs what the server says; a start that fails throws an
 * EmbeddedPostgresError with a `code` and a sentence for the person at the keyboard.
 */
import { existsSync } from 'node:fs';
import { rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LIMITS } from '#kernel/limits.ts';
import type { Log } from '#kernel/ports.ts';
import { chooseAccount } from './account.ts';
import { findPackageDir, prepareBinaries } from './binaries.ts';
import { DATABASE, prepareCluster, ROLE } from './cluster.ts';
import {
  isTemporarySocketDir,
  layOutDataDir,
  type Layout,
  PORT,
  prepareDataDir,
  prepareSocketDir,
  readSecret,
} from './data-dir.ts';
import { messageOf } from './fault.ts';
import { acquireInstanceLock, type InstanceLock } from './instance-lock.ts';
import { clearLeftovers, readSocketDir } from './leftovers.ts';
import { type Postmaster, type PostmasterExit, renderExit, startPostmaster } from './postmaster.ts';
import type { Settings } from './settings.ts';

export type EmbeddedPostgres = {
  /** For node-postgres; `host` is the socket's directory. The same after every restart. */
  readonly connection: {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly database: string;
    readonly password: string;
  };
  /** Of the newest run of the server. */
  readonly postmasterPid: number;
  /** Called each time the server ends without `stop`. */
  readonly onExit: (listener: (exit: PostmasterExit) => void) => void;
  /** Ends sessions, stops the server and frees the data directory. May be called again. */
  readonly stop: () => Promise<void>;
};

export type EmbeddedPostgresOptions = {
  readonly dataDir: string;
  readonly log: Log;
  /** On top of the defaults in settings.ts, such as `fsync: 'off'` in a test. */
  readonly settings?: Settings;
  readonly supervise?: boolean;
  /** Where the programs are; found in node_modules when absent. */
  readonly packageDir?: string;
};

export async function startEmbeddedPostgres(
  options: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
  const packageDir = options.packageDir ?? findPackageDir(`${process.platform}-${process.arch}`);
  const layout = await prepareDataDir(options.dataDir);
  const lock = acquireInstanceLock(layout.dataDir);
  try {
    return await startLocked({ ...options, packageDir, layout, lock });
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function startLocked(
  options: EmbeddedPostgresOptions & {
    readonly packageDir: string;
    readonly layout: Layout;
    readonly lock: InstanceLock;
  },
): Promise<EmbeddedPostgres> {
  const { layout, lock, log, packageDir, settings = {}, supervise = false } = options;
  const account = chooseAccount(layout.dataDir, layout.cluster);
  const copiesDir = layout.programs;
  const binaries = await prepareBinaries({ packageDir, copiesDir, account, log });
  const socketDir = await prepareSocketDir(layout, account);
  const place = { cluster: layout.cluster, socketDir, log };
  const supervisor = createSupervisor({
    isOurs: lock.isHeld,
    log,
    supervise,
    start: async (signal) => {
      await clearLeftovers(place);
      return startPostmaster({ ...place, account, postgres: binaries.postgres, settings, signal });
    },
  });
  const removeSocketDir = async (): Promise<void> => {
    if (isTemporarySocketDir(socketDir)) await rmdir(socketDir).catch(() => undefined);
  };
  let stopping: Promise<void> | null = null;
  const stopOnce = async (): Promise<void> => {
    await supervisor.stop();
    await removeSocketDir();
    lock.release();
  };
  try {
    // Before the cluster is looked at: a missing password is set with the server down.
    await clearLeftovers(place);
    const password = await prepareCluster({ layout, binaries, account, log });
    await supervisor.start();
    return {
      connection: { host: socketDir, port: PORT, user: ROLE, database: DATABASE, password },
      get postmasterPid() {
        return supervisor.pid();
      },
      onExit: supervisor.onExit,
      stop: () => {
        stopping ??= stopOnce();
        return stopping;
      },
    };
  } catch (error) {
    await removeSocketDir();
    throw error;
  }
}

/**
 * How to reach the server that another process runs on this data directory; null when there is no
 * cluster in it, or none that has a socket now.
 */
export async function findRunningDatabase(
  dataDir: string,
): Promise<EmbeddedPostgres['connection'] | null> {
  const layout = layOutDataDir(dataDir);
  const socketDir = await readSocketDir(join(layout.cluster, 'postmaster.pid'));
  const password = await readSecret(layout.secret);
  if (socketDir === null || password === null) return null;
  return { host: socketDir, port: PORT, user: ROLE, database: DATABASE, password };
}

/** True when a cluster was made in this data directory. */
export function hasCluster(dataDir: string): boolean {
  return existsSync(join(layOutDataDir(dataDir).cluster, 'PG_VERSION'));
}

type Supervisor = {
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
  readonly pid: () => number;
  readonly onExit: (listener: (exit: PostmasterExit) => void) => void;
};

/** Keeps one server running. */
function createSupervisor(options: {
  readonly start: (signal: AbortSignal) => Promise<Postmaster>;
  readonly isOurs: () => boolean;
  readonly log: Log;
  readonly supervise: boolean;
}): Supervisor {
  const { isOurs, log } = options;
  const listeners: ((exit: PostmasterExit) => void)[] = [];
  const end = new AbortController();
  let current: Postmaster | null = null;
  let restarting: Promise<void> = Promise.resolve();
  let failures = 0;

  const start = async (): Promise<void> => {
    const run = await options.start(end.signal);
    current = run;
    const calm = setTimeout(() => {
      failures = 0;
    }, LIMITS.databaseStableMs).unref();
    void run.exited.then((exit) => {
      clearTimeout(calm);
      if (end.signal.aborted) return;
      log.error('the database ended by itself', { how: renderExit(exit), pid: run.pid });
      if (options.supervise) restarting = restart();
      for (const listener of listeners) listener(exit);
    });
  };

  const restart = async (): Promise<void> => {
    while (!end.signal.aborted) {
      const delayMs = decideRestartDelayMs(failures);
      failures += 1;
      await sleep(delayMs, undefined, { signal: end.signal }).catch(() => undefined);
      if (end.signal.aborted) return;
      // Clearing leftovers in a directory that another Tocsin has taken would stop its server.
      if (!isOurs()) {
        log.error('the data directory was removed or replaced, the database stays down');
        return;
      }
      try {
        await start();
        log.info('the database is back', { pid: current?.pid });
        return;
      } catch (error) {
        if (!end.signal.aborted) log.error(messageOf(error), { attempt: failures });
      }
    }
  };

  return {
    start,
    stop: async () => {
      end.abort();
      await restarting;
      await current?.stop();
    },
    pid: () => current?.pid ?? 0,
    onExit: (listener) => {
      listeners.push(listener);
    },
  };
}

/** Doubles with each failure in a row. */
export function decideRestartDelayMs(failures: number): number {
  const delayMs = LIMITS.databaseRestartDelayMinMs * 2 ** Math.min(failures, 30);
  return Math.min(delayMs, LIMITS.databaseRestartDelayMaxMs);
}

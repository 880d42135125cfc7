/**
 * The processes of the hub's embedded database, seen from outside. Danger: SIGKILL; only processes
 * whose working directory is this cluster are touched.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DATABASE, ROLE } from '#platform/embedded-postgres/cluster.ts';
import { PORT, readSecret } from '#platform/embedded-postgres/data-dir.ts';
import {
  isProcessAlive,
  listClusterProcesses,
  sendSignal,
} from '#platform/embedded-postgres/process-table.ts';
import type { ConnectionSettings } from '#platform/postgres/postgres.ts';
import { until } from '#test/support/until.ts';

const GONE_MS_MAX = 30_000;

export type DatabaseProcess = {
  /** SIGKILL, at once. */
  readonly killPostmaster: () => void;
  /** One session of the hub, chosen by a number in [0, 1). */
  readonly killBackend: (choice: number) => void;
  /** Resolves when all sessions have ended that there were when this was called. */
  readonly areSessionsGone: () => Promise<void>;
  /** To the database that runs now. */
  readonly connect: () => Promise<ConnectionSettings>;
  /** Everything that is left, until nothing is. */
  readonly killAll: () => Promise<void>;
};

export function createDatabaseProcess(dataDir: string): DatabaseProcess {
  const cluster = join(dataDir, 'postgres');
  const readClaim = () => readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n');

  function listSessions(): readonly number[] {
    const pids = listClusterProcesses(cluster).map(({ pid }) => pid);
    return pids.filter(isSession);
  }

  return {
    killPostmaster: () => {
      // postmaster.pid outlives its postmaster; the process table does not.
      const claimed = Number(readClaim()[0]);
      const isOurs = listClusterProcesses(cluster).some(({ pid }) => pid === claimed);
      if (isOurs) sendSignal(claimed, 'SIGKILL');
    },
    killBackend: (choice) => {
      const pids = listSessions();
      const pid = pids[Math.floor(choice * pids.length)];
      if (pid !== undefined) sendSignal(pid, 'SIGKILL');
    },
    areSessionsGone: async () => {
      const before = listSessions();
      const areGone = () => !before.some(isProcessAlive);
      await until(areGone, { what: 'the sessions have ended', timeoutMs: GONE_MS_MAX });
    },
    connect: async () => {
      const password = (await readSecret(join(dataDir, 'postgres.secret'))) ?? '';
      return { host: readClaim()[4] ?? '', port: PORT, user: ROLE, database: DATABASE, password };
    },
    killAll: async () => {
      const isNothingLeft = () => {
        const left = listClusterProcesses(cluster);
        for (const { pid } of left) sendSignal(pid, 'SIGKILL');
        return left.length === 0;
      };
      await until(isNothingLeft, { what: 'no process is left', timeoutMs: GONE_MS_MAX });
    },
  };
}

/** Of the hub, not one of the server's own workers: `postgres: mark: tocsin tocsin [local] ...`. */
function isSession(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`: ${ROLE} ${DATABASE} `);
  } catch {
    return false;
  }
}

/**
 * Clears away what an earlier run left behind: a postmaster whose Tocsin was killed, backends
 * whose postmaster was killed, and the files by which they claim the cluster and the socket.
 *
 * An orphaned postmaster is stopped and replaced, not adopted. Adopting would spare some 50 ms,
 * but then its end is not an event (it is not our child), its log goes nowhere, and it runs with
 * the settings and maybe the programs of the version before.
 *
 * Danger: call it only under the instance lock; without it this stops a healthy server of another
 * Tocsin. PostgreSQL's own lock files are deleted only when no process of the cluster is left;
 * those files lie when a process id was reused, or when the old postmaster is a zombie that
 * nobody reaps (usual in containers).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { readFile, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { LIMITS } from '#kernel/limits.ts';
import type { Log } from '#kernel/ports.ts';
import { isTemporarySocketDir, socketFiles } from './data-dir.ts';
import { EmbeddedPostgresError } from './fault.ts';
import { type ClusterProcess, listClusterProcesses, sendSignal } from './process-table.ts';

const POLL_MS = 10;

export async function clearLeftovers(options: {
  readonly cluster: string;
  readonly socketDir: string;
  readonly log: Log;
}): Promise<void> {
  const { cluster, socketDir, log } = options;
  await stopProcesses(cluster, log);
  // The run before may have had its socket elsewhere.
  const claim = join(cluster, 'postmaster.pid');
  const oldSocketDir = await readSocketDir(claim);
  const files = [claim, ...socketFiles(socketDir), ...socketFiles(oldSocketDir ?? socketDir)];
  for (const file of files) await rm(file, { force: true });
  if (oldSocketDir !== null && oldSocketDir !== socketDir && isTemporarySocketDir(oldSocketDir)) {
    await rmdir(oldSocketDir).catch(() => undefined);
  }
}

/** For a cluster that was never finished: nothing in it is worth a friendly word. */
export async function killProcesses(cluster: string): Promise<void> {
  const isGone = await signalUntilGone({
    list: () => listClusterProcesses(cluster),
    signal: 'SIGKILL',
    // initdb may be starting its next child while its last one dies.
    isRepeated: true,
    timeoutMs: LIMITS.databaseQuitMaxMs,
  });
  if (!isGone) throw renderBusy(cluster);
}

async function stopProcesses(cluster: string, log: Log): Promise<void> {
  const all = (): readonly ClusterProcess[] => listClusterProcesses(cluster);
  const postmasters = (): readonly ClusterProcess[] => all().filter((one) => !one.isBackend);
  const found = all();
  if (found.length === 0) return;
  log.warn('stopping the database processes of an earlier run', {
    pids: found.map((one) => one.pid),
  });
  const stopMaxMs = LIMITS.databaseStopMaxMs;
  const quitMaxMs = LIMITS.databaseQuitMaxMs;
  // SIGINT is the "fast", SIGQUIT the "immediate" shutdown, after which the next start recovers.
  // A backend without a postmaster takes SIGTERM, unless it is deep in a computation.
  const isStopped =
    (await signalUntilGone({ list: postmasters, signal: 'SIGINT', timeoutMs: stopMaxMs })) ||
    (await signalUntilGone({ list: postmasters, signal: 'SIGQUIT', timeoutMs: quitMaxMs }));
  const isGone =
    isStopped && (await signalUntilGone({ list: all, signal: 'SIGTERM', timeoutMs: quitMaxMs }));
  if (isGone) return;
  if (!(await signalUntilGone({ list: all, signal: 'SIGKILL', timeoutMs: stopMaxMs }))) {
    throw renderBusy(cluster);
  }
}

async function signalUntilGone(options: {
  readonly list: () => readonly ClusterProcess[];
  readonly signal: NodeJS.Signals;
  readonly isRepeated?: boolean;
  readonly timeoutMs: number;
}): Promise<boolean> {
  const signalled = new Set<number>();
  for (let waitedMs = 0; waitedMs <= options.timeoutMs; waitedMs += POLL_MS) {
    const left = options.list();
    if (left.length === 0) return true;
    for (const { pid } of left) {
      // Once each: a second SIGINT means nothing, but new processes have to be told as well.
      if (options.isRepeated !== true && signalled.has(pid)) continue;
      signalled.add(pid);
      sendSignal(pid, options.signal);
    }
    await sleep(POLL_MS);
  }
  return false;
}

/** The fifth line of postmaster.pid; null when there is no such file or it is cut short. */
export async function readSocketDir(claim: string): Promise<string | null> {
  const text = await readFile(claim, 'utf8').catch(() => '');
  const line = text.split('\n')[4] ?? '';
  return line.startsWith('/') ? line : null;
}

function renderBusy(cluster: string): EmbeddedPostgresError {
  const pids = listClusterProcesses(cluster).map((one) => one.pid);
  return new EmbeddedPostgresError(
    'cluster_busy',
    `Processes of an earlier run (${pids.join(', ')}) still use ${cluster} and cannot be ` +
      'stopped. Stop them and start again.',
  );
}

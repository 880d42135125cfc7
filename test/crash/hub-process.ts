/**
 * A real hub with its real database, in a directory of its own, to be killed and started again.
 *
 * Danger: it sends SIGKILL. Signals go only to the child that was started here and to processes
 * that stand in this run's own cluster directory. `remove` takes the directory along; a run that
 * found a fault leaves it for whoever looks.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { DATABASE, ROLE } from '#platform/embedded-postgres/cluster.ts';
import { PORT, readSecret } from '#platform/embedded-postgres/data-dir.ts';
import {
  isProcessAlive,
  listClusterProcesses,
  sendSignal,
} from '#platform/embedded-postgres/process-table.ts';
import type { ConnectionSettings } from '#platform/postgres.ts';
import { until } from '#test/support/until.ts';
import { ask } from './http.ts';

const LAUNCHER = fileURLToPath(new URL('../../bin/tocsin.mjs', import.meta.url));
export const ADMIN_KEY = 'the-admin-key-of-the-crash-test-0001';
const GONE_MS_MAX = 30_000;

export type HubProcess = {
  readonly root: string;
  /** Where it listens since the last start. */
  readonly url: () => string;
  /** Resolves with the milliseconds from spawn to the first answer. */
  readonly start: () => Promise<number>;
  /** SIGKILL, at once. */
  readonly killApp: () => void;
  readonly killPostmaster: () => void;
  /** One session of the hub, chosen by a number in [0, 1). */
  readonly killBackend: (choice: number) => void;
  readonly isAppGone: () => Promise<void>;
  /** The sessions there were when this was called; resolves when all of them have ended. */
  readonly areSessionsGone: () => Promise<void>;
  /** Of the database that runs now. */
  readonly connect: () => Promise<ConnectionSettings>;
  /** Lines of level error that the hub has written, each message with its count. */
  readonly readErrors: () => ReadonlyMap<string, number>;
  readonly stop: () => Promise<void>;
  readonly remove: () => Promise<void>;
};

export async function createHubProcess(): Promise<HubProcess> {
  const root = await mkdtemp(join(tmpdir(), 'tocsin-crash-'));
  // The database's user has to pass through it.
  await chmod(root, 0o755);
  const dataDir = join(root, 'data');
  const cluster = join(dataDir, 'postgres');
  const logFile = join(root, 'hub.log');
  let child: ChildProcess | null = null;
  let isEnded: Promise<unknown> = Promise.resolve();
  let url = '';

  async function start(): Promise<number> {
    const startedAtMs = performance.now();
    const log = openSync(logFile, 'a');
    const env = { ...readEnvironment(), TOCSIN_DATA_DIR: dataDir };
    child = spawn(process.execPath, [LAUNCHER, 'serve'], { env, stdio: ['ignore', 'pipe', log] });
    closeSync(log);
    isEnded = once(child, 'exit');
    url = await readUrl(child, logFile);
    const answer = await ask({ url, what: 'GET /healthz' });
    if (answer.status !== 200) throw new Error(`the first answer was ${answer.status}`);
    return performance.now() - startedAtMs;
  }

  function listSessions(): readonly number[] {
    const all = listClusterProcesses(cluster).filter(({ isBackend }) => isBackend);
    return all.map(({ pid }) => pid).filter(isSession);
  }

  async function stop(): Promise<void> {
    child?.kill('SIGTERM');
    const hasEnded = until(() => child === null || child.exitCode !== null || child.signalCode, {
      what: 'the hub has stopped',
      timeoutMs: GONE_MS_MAX,
    });
    await hasEnded.catch(() => child?.kill('SIGKILL'));
    const count = () => {
      const left = listClusterProcesses(cluster);
      for (const { pid } of left) sendSignal(pid, 'SIGKILL');
      return left.length === 0;
    };
    await until(count, { what: 'no process is left', timeoutMs: GONE_MS_MAX });
  }

  return {
    root,
    url: () => url,
    start,
    killApp: () => {
      child?.kill('SIGKILL');
    },
    killPostmaster: () => {
      // postmaster.pid outlives its postmaster; the process table does not.
      const claimed = Number(readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n')[0]);
      const isOurs = listClusterProcesses(cluster).some(({ pid }) => pid === claimed);
      if (isOurs) sendSignal(claimed, 'SIGKILL');
    },
    killBackend: (choice) => {
      const pids = listSessions();
      const pid = pids[Math.floor(choice * pids.length)];
      if (pid !== undefined) sendSignal(pid, 'SIGKILL');
    },
    isAppGone: async () => {
      await isEnded;
    },
    areSessionsGone: () => {
      const before = listSessions();
      const areGone = () => !before.some(isProcessAlive);
      return until(areGone, { what: 'the sessions have ended', timeoutMs: GONE_MS_MAX }).then(
        () => undefined,
      );
    },
    connect: async () => {
      const password = (await readSecret(join(dataDir, 'postgres.secret'))) ?? '';
      const claim = readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n');
      return { host: claim[4] ?? '', port: PORT, user: ROLE, database: DATABASE, password };
    },
    readErrors: () => countErrors(readFileSync(logFile, 'utf8')),
    stop,
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

/** Nothing of ours but what is said here: an unknown setting would end the hub. */
function readEnvironment(): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    TOCSIN_PORT: '0',
    TOCSIN_ADMIN_KEY: ADMIN_KEY,
    TOCSIN_ALLOW_PRIVATE_TARGETS: '127.0.0.0/8',
  };
}

async function readUrl(child: ChildProcess, logFile: string): Promise<string> {
  if (child.stdout === null) throw new Error('the hub has no output');
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => {
    const url = /listening on (http:\S+)/.exec(line)?.[1];
    if (url !== undefined) resolve(url);
  });
  child.once('exit', (code, signal) => {
    const said = readFileSync(logFile, 'utf8').split('\n').slice(-6).join('\n');
    reject(new Error(`the hub ended at its start (${code ?? signal}): ${said}`));
  });
  return promise;
}

/** A session of the hub, not one of the server's own workers: `postgres: mark: tocsin tocsin`. */
function isSession(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`: ${ROLE} ${DATABASE} `);
  } catch {
    return false;
  }
}

const ERROR_LEVEL = 50;

function countErrors(text: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const line of text.split('\n')) {
    const { level, message } = parseLogLine(line);
    if (level < ERROR_LEVEL) continue;
    counts.set(message, (counts.get(message) ?? 0) + 1);
  }
  return counts;
}

/** A killed hub may leave half a line. What is no JSON is an error: nobody else writes there. */
function parseLogLine(line: string): { readonly level: number; readonly message: string } {
  if (line === '') return { level: 0, message: '' };
  try {
    const entry = JSON.parse(line) as { level?: number; msg?: string; error?: string };
    const cause = (entry.error ?? '').split('\n')[0] ?? '';
    const message = `${entry.msg ?? ''}${cause === '' ? '' : `: ${cause}`}`;
    return { level: entry.level ?? 0, message };
  } catch {
    return { level: line.startsWith('{') ? 0 : ERROR_LEVEL, message: line };
  }
}

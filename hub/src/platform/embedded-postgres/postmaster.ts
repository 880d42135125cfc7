/**
 * One run of the server, from spawn to exit. It is ready when it says so in its log.
 *
 * It gets a session of its own (`detached`): Ctrl-C reaches a whole process group, and the
 * database must outlive the hub's draining. It is not tied to our life by the kernel
 * (`setpriv --pdeathsig`): not every machine has that program, the signal follows a thread and
 * not the process, and the next start clears leftovers anyway. Only an orderly exit of Node
 * without `stop` takes the server along.
 *
 * Its log comes through a pipe: nothing to rotate, and when nobody reads any more, PostgreSQL
 * shrugs at the broken pipe.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { LIMITS } from '#kernel/limits.ts';
import type { Log } from '#kernel/ports.ts';
import { type Account, commandAs } from './account.ts';
import { EmbeddedPostgresError, messageOf } from './fault.ts';
import { clusterMark, listClusterProcesses, sendSignal } from './process-table.ts';
import { PROGRAM_ENVIRONMENT } from './program.ts';
import { renderSettings, type Settings } from './settings.ts';

export type PostmasterExit = { readonly code: number | null; readonly signal: string | null };

export type Postmaster = {
  readonly pid: number;
  readonly exited: Promise<PostmasterExit>;
  /** Ends sessions, writes everything down, resolves when the process is gone. */
  readonly stop: () => Promise<void>;
};

/** Resolves when the server takes connections; `signal` gives up and stops it. */
export async function startPostmaster(options: {
  readonly postgres: string;
  readonly account: Account;
  readonly cluster: string;
  readonly socketDir: string;
  readonly settings: Settings;
  readonly log: Log;
  readonly signal: AbortSignal;
}): Promise<Postmaster> {
  const { cluster, socketDir, log, signal } = options;
  const place = { mark: clusterMark(cluster), socketDir };
  const args = ['-D', cluster, ...renderSettings(place, options.settings)];
  const { file, args: words, ...ids } = commandAs(options.account, options.postgres, args);
  const child = spawn(file, words, {
    ...ids,
    cwd: cluster,
    env: PROGRAM_ENVIRONMENT,
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const { promise: isReady, resolve: setReady } = Promise.withResolvers<boolean>();
  const serverLog = followServerLog(child.stderr, log, () => setReady(true));
  const exited = awaitExit(child);
  void exited.then(() => setReady(false));
  const giveUp = (): void => setReady(false);
  const timer = setTimeout(giveUp, LIMITS.databaseStartMaxMs);
  signal.addEventListener('abort', giveUp);
  if (signal.aborted) giveUp();
  const isUp = await isReady;
  clearTimeout(timer);
  signal.removeEventListener('abort', giveUp);
  const stop = (): Promise<void> => stopPostmaster(child, exited, cluster);
  if (isUp && child.pid !== undefined) return { pid: child.pid, exited, stop };
  await stop();
  // A stray child of the server may keep the pipe open.
  await Promise.race([serverLog.closed, exited.then(() => waitMs(LIMITS.databaseQuitMaxMs))]);
  const end = await exited;
  const why = [end.error ?? renderExit(end), ...serverLog.lastLines().slice(-5)].join(' | ');
  throw new EmbeddedPostgresError('start_failed', `The database did not start: ${why}`);
}

type Exit = PostmasterExit & { readonly error?: string };

function awaitExit(child: ChildProcess): Promise<Exit> {
  const { promise, resolve } = Promise.withResolvers<Exit>();
  const takeAlong = (): void => {
    if (child.pid !== undefined) sendSignal(child.pid, 'SIGINT');
  };
  process.once('exit', takeAlong);
  const finish = (exit: Exit): void => {
    process.removeListener('exit', takeAlong);
    resolve(exit);
  };
  child.on('error', (error) => finish({ code: null, signal: null, error: messageOf(error) }));
  child.on('exit', (code, signal) => finish({ code, signal }));
  return promise;
}

/** Each signal is harder than the one before; PostgreSQL recovers from all of them. */
async function stopPostmaster(
  child: ChildProcess,
  exited: Promise<Exit>,
  cluster: string,
): Promise<void> {
  const ladder = [
    { signal: 'SIGINT', patienceMs: LIMITS.databaseStopMaxMs },
    { signal: 'SIGQUIT', patienceMs: LIMITS.databaseQuitMaxMs },
  ] as const;
  for (const { signal, patienceMs } of ladder) {
    if (await isOver(child, exited, { signal, patienceMs })) return;
  }
  child.kill('SIGKILL');
  for (const { pid } of listClusterProcesses(cluster)) sendSignal(pid, 'SIGKILL');
  await exited;
}

async function isOver(
  child: ChildProcess,
  exited: Promise<Exit>,
  push: { readonly signal: NodeJS.Signals; readonly patienceMs: number },
): Promise<boolean> {
  child.kill(push.signal);
  return Promise.race([exited.then(() => true), waitMs(push.patienceMs).then(() => false)]);
}

/** Does not keep the process alive. */
function waitMs(durationMs: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  setTimeout(resolve, durationMs).unref();
  return promise;
}

export function renderExit(exit: PostmasterExit): string {
  return exit.signal === null ? `exit code ${exit.code}` : `signal ${exit.signal}`;
}

type ServerLog = {
  readonly lastLines: () => readonly string[];
  /** Resolves when the last line has been read. */
  readonly closed: Promise<void>;
};

const LINE = /^(LOG|FATAL|PANIC|ERROR|WARNING|HINT|DETAIL):\s+(.*)$/;

/** What a person should see although the server only calls it LOG. */
const TROUBLE = /terminated by signal|not properly shut down|all server processes terminated/;

const READY = 'database system is ready to accept connections';

/** Line by line, bounded: lines are cut, and only the last few are kept. */
function followServerLog(stream: Readable, log: Log, onReady: () => void): ServerLog {
  const kept: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const lines = createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY });
  lines.on('line', (raw) => {
    const line = raw.slice(0, LIMITS.databaseLogLineCharsMax);
    kept.push(line);
    if (kept.length > LIMITS.databaseLogLinesMax) kept.shift();
    writeLine(log, line);
    if (line.includes(READY)) onReady();
  });
  lines.on('close', () => resolve());
  return { lastLines: () => kept, closed: promise };
}

function writeLine(log: Log, line: string): void {
  const [, severity = '', text = line] = LINE.exec(line) ?? [];
  const message = `database: ${text}`;
  if (severity === 'PANIC') log.error(message);
  else if (severity === 'FATAL' || TROUBLE.test(text)) log.warn(message);
  else log.debug(message);
}

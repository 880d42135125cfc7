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
import { until } from '#test/support/until.ts';
import { createDatabaseProcess, type DatabaseProcess } from './database-process.ts';
import { ask } from '#test/crash/http.ts';
import { countErrors, readLastLines } from './hub-log.ts';

const LAUNCHER = fileURLToPath(new URL('../../../bin/tocsin.mjs', import.meta.url));
export const ADMIN_KEY = 'the-admin-key-of-the-crash-test-0001';
const STOP_MS_MAX = 30_000;

export type HubProcess = Omit<DatabaseProcess, 'killAll'> & {
  readonly root: string;
  /** Where it listens since the last start. */
  readonly url: () => string;
  /** Resolves with the milliseconds from spawn to the first answer. */
  readonly start: () => Promise<number>;
  /** SIGKILL, at once. */
  readonly killApp: () => void;
  readonly isAppGone: () => Promise<void>;
  /** Rejects when the hub ends although nobody has killed it. */
  readonly endedByItself: Promise<never>;
  /** Lines of level error that the hub has written, each message with its count. */
  readonly readErrors: () => ReadonlyMap<string, number>;
  readonly stop: () => Promise<void>;
  readonly remove: () => Promise<void>;
};

type App = {
  readonly child: ChildProcess;
  readonly isGone: Promise<unknown>;
  isEndExpected: boolean;
};

export async function createHubProcess(): Promise<HubProcess> {
  const root = await mkdtemp(join(tmpdir(), 'tocsin-crash-'));
  // The database's user has to pass through it.
  await chmod(root, 0o755);
  const dataDir = join(root, 'data');
  const logFile = join(root, 'hub.log');
  const { killAll, ...database } = createDatabaseProcess(dataDir);
  const unexpected = Promise.withResolvers<never>();
  // Nobody may be waiting for it when it comes.
  unexpected.promise.catch(() => undefined);
  let app: App | null = null;
  let url = '';

  async function start(): Promise<number> {
    const startedAtMs = performance.now();
    const started = spawnApp(dataDir, logFile);
    app = started;
    started.child.once('exit', (code, signal) => {
      if (started.isEndExpected) return;
      const how = `the hub ended by itself (${code ?? signal})`;
      unexpected.reject(new Error(`${how}: ${readLastLines(logFile)}`));
    });
    url = await readUrl(started.child);
    const answer = await ask({ url, what: 'GET /healthz' });
    if (answer.status !== 200) throw new Error(`the first answer was ${answer.status}`);
    return performance.now() - startedAtMs;
  }

  return {
    ...database,
    root,
    url: () => url,
    start,
    killApp: () => endApp(app, 'SIGKILL'),
    isAppGone: async () => {
      await app?.isGone;
    },
    endedByItself: unexpected.promise,
    readErrors: () => countErrors(readFileSync(logFile, 'utf8')),
    stop: async () => {
      await stopApp(app);
      await killAll();
    },
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

function spawnApp(dataDir: string, logFile: string): App {
  const log = openSync(logFile, 'a');
  const child = spawn(process.execPath, [LAUNCHER, 'serve'], {
    env: createEnvironment(dataDir),
    stdio: ['ignore', 'pipe', log],
  });
  closeSync(log);
  return { child, isGone: once(child, 'exit'), isEndExpected: false };
}

/** Nothing of ours but what is said here: an unknown setting would end the hub. */
function createEnvironment(dataDir: string): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    TOCSIN_DATA_DIR: dataDir,
    TOCSIN_PORT: '0',
    TOCSIN_ADMIN_KEY: ADMIN_KEY,
    TOCSIN_ALLOW_PRIVATE_TARGETS: '127.0.0.0/8',
  };
}

/** Waits for ever when the hub ends before: `endedByItself` tells. */
function readUrl({ stdout }: ChildProcess): Promise<string> {
  if (stdout === null) throw new Error('the hub has no output');
  const { promise, resolve } = Promise.withResolvers<string>();
  createInterface({ input: stdout }).on('line', (line) => {
    const url = /listening on (http:\S+)/.exec(line)?.[1];
    if (url !== undefined) resolve(url);
  });
  return promise;
}

function endApp(app: App | null, signal: NodeJS.Signals): void {
  if (app === null) return;
  app.isEndExpected = true;
  app.child.kill(signal);
}

async function stopApp(app: App | null): Promise<void> {
  if (app === null) return;
  endApp(app, 'SIGTERM');
  const { child, isGone } = app;
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  await until(hasEnded, { what: 'the hub has stopped', timeoutMs: STOP_MS_MAX }).catch(() =>
    child.kill('SIGKILL'),
  );
  await isGone;
}

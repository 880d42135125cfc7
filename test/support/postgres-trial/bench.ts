/**
 * What the tests of the embedded database share: directories that vanish, a database made once
 * and copied, a hub in a process of its own that can be killed, and waiting on conditions.
 *
 * Every file that uses it says `after(cleanUp)`: a failed test must not leave servers behind.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import type { Log } from '#kernel/ports.ts';
import { type Account, chooseForRoot } from '#platform/embedded-postgres/account.ts';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '#platform/embedded-postgres/embedded-postgres.ts';
import { killProcesses } from '#platform/embedded-postgres/leftovers.ts';

export const isRoot = process.getuid?.() === 0;

/** For the `skip` of a test that is about root handing the database to another user. */
export const skipUnlessRoot = isRoot ? false : 'needs root, which has rights to hand over';

const POLL_MS = 5;
const PATIENCE_MS = 15_000;

const directories: string[] = [];
const dataDirs = new Set<string>();
const running: EmbeddedPostgres[] = [];
const apps: App[] = [];

/** For conditions that no event tells about. */
export async function until(isTrue: () => boolean, what: string): Promise<void> {
  for (let waitedMs = 0; waitedMs < PATIENCE_MS; waitedMs += POLL_MS) {
    if (isTrue()) return;
    await sleep(POLL_MS);
  }
  assert.fail(`never came true: ${what}`);
}

export type LogBook = { readonly log: Log; readonly lines: string[] };

export function createLogBook(): LogBook {
  const lines: string[] = [];
  const write = (message: string): void => {
    lines.push(message);
  };
  return { lines, log: { debug: write, info: write, warn: write, error: write } };
}

export const silent: Log = createLogBook().log;

/** Everybody may pass through it, as through any sensible place for a data directory. */
export function createDir(): string {
  const path = mkdtempSync(join(tmpdir(), 'tocsin-trial-'));
  chmodSync(path, 0o755);
  directories.push(path);
  return path;
}

/** Whom root would hand the database to, or we ourselves. */
export function findAccount(): Account {
  const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  if (!isRoot) return { uid, gid, name: 'self', via: 'self' };
  return { ...chooseForRoot(readFileSync('/etc/passwd', 'utf8'), null), via: 'uid' };
}

type StartOptions = Partial<Parameters<typeof startEmbeddedPostgres>[0]>;

export async function start(dataDir: string, options: StartOptions = {}) {
  dataDirs.add(dataDir);
  const database = await startEmbeddedPostgres({ log: silent, ...options, dataDir });
  running.push(database);
  return database;
}

let template: Promise<string> | null = null;

/** A data directory with a database in it that was stopped cleanly. Made once, then copied. */
export async function createDataDir(): Promise<string> {
  template ??= (async () => {
    const dataDir = join(createDir(), 'data');
    await (await start(dataDir)).stop();
    return dataDir;
  })();
  const copy = join(createDir(), 'data');
  execFileSync('cp', ['-a', await template, copy]);
  return copy;
}

let borrowed: Promise<string> | null = null;

/**
 * One and the same for every test of a file: a copy costs time. Ends what the test before may
 * have left running, so that one failure does not become many.
 */
export async function borrowDataDir(): Promise<string> {
  await stopEverything();
  borrowed ??= createDataDir();
  return borrowed;
}

export async function query(
  database: Pick<EmbeddedPostgres, 'connection'>,
  sql: string,
): Promise<readonly unknown[]> {
  const client = new pg.Client(database.connection);
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query({ text: sql, rowMode: 'array' });
    return rows.map((row: readonly unknown[]) => row[0]);
  } finally {
    await client.end();
  }
}

export type App = {
  readonly child: ChildProcess;
  readonly pid: number;
  /** The next line that it prints. */
  readonly nextLine: () => Promise<string>;
  readonly kill: (signal: NodeJS.Signals) => Promise<void>;
};

/** A hub in miniature (see app.ts). `wrapper` is a program that starts it, with its arguments. */
export function startApp(
  dataDir: string,
  options: { readonly wrapper?: readonly string[]; readonly detached?: boolean } = {},
): App {
  dataDirs.add(dataDir);
  const script = fileURLToPath(new URL('./app.ts', import.meta.url));
  const words = [...(options.wrapper ?? []), process.execPath, script, dataDir];
  const child = spawn(words[0] ?? '', words.slice(1), {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: options.detached ?? false,
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const exited = once(child, 'exit');
  const app: App = {
    child,
    pid: child.pid ?? 0,
    nextLine: async () => {
      const { value } = await lines.next();
      return String(value);
    },
    kill: async (signal) => {
      child.kill(signal);
      await exited;
    },
  };
  apps.push(app);
  return app;
}

/** "started 123" -> 123 */
export async function startedPid(app: App): Promise<number> {
  const line = await app.nextLine();
  assert.match(line, /^started \d+$/);
  return Number(line.split(' ')[1]);
}

export function modeOf(path: string): string {
  return (statSync(path).mode & 0o777).toString(8);
}

export async function cleanUp(): Promise<void> {
  await stopEverything();
  // Servers whose hub was killed.
  for (const dataDir of dataDirs) {
    for (const name of ['postgres', 'postgres.new']) await killProcesses(join(dataDir, name));
  }
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
}

async function stopEverything(): Promise<void> {
  for (const app of apps.splice(0)) await app.kill('SIGKILL');
  for (const database of running.splice(0)) await database.stop();
}

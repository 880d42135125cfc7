/**
 * Real processes of the hub on a database that is there already: started as an operator starts
 * them, with settings in the environment, and ended by signals.
 *
 * Danger: sends signals, SIGKILL among them, to children that were started here and to nobody
 * else. Whoever starts a process ends it, with `kill` at the latest.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const LAUNCHER = fileURLToPath(new URL('../../../bin/tocsin.mjs', import.meta.url));

export type HubProcess = {
  readonly name: string;
  /** Empty for a process without the role api. */
  readonly url: string;
  readonly pid: number;
  /** All lines of its log, of this and earlier processes of that name. */
  readonly readLog: () => string;
  /** SIGKILL; resolves when it is gone. */
  readonly kill: () => Promise<void>;
  /** SIGTERM; resolves with the exit code when it is gone. */
  readonly stop: () => Promise<number | null>;
  readonly signal: (signal: NodeJS.Signals) => void;
  /** Rejects, with its last words, when it ends although nobody has asked it to. */
  readonly endedByItself: Promise<never>;
};

export type HubSettings = {
  /** For its log and its data, which are `name.log` and `name`. */
  readonly root: string;
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
};

/** Resolves when it says that it listens or works. */
export async function startHubProcess(settings: HubSettings): Promise<HubProcess> {
  const { name } = settings;
  const logFile = join(settings.root, `${name}.log`);
  const child = spawnHub(settings, logFile);
  const gone = once(child, 'exit');
  const unexpected = Promise.withResolvers<never>();
  // Nobody may be waiting for it when it comes.
  unexpected.promise.catch(() => undefined);
  let isEndExpected = false;
  child.once('exit', (code, signal) => {
    if (isEndExpected) return;
    const how = `${name} ended by itself (${code ?? signal})`;
    unexpected.reject(new Error(`${how}: ${readLastLines(logFile)}`));
  });
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    isEndExpected = true;
    child.kill(signal);
    await gone;
    return child.exitCode;
  };
  const url = await Promise.race([readUrl(child), unexpected.promise]);
  return {
    name,
    url,
    pid: child.pid ?? 0,
    readLog: () => readFileSync(logFile, 'utf8'),
    kill: async () => {
      await end('SIGKILL');
    },
    stop: () => end('SIGTERM'),
    signal: (signal) => void child.kill(signal),
    endedByItself: unexpected.promise,
  };
}

function spawnHub({ root, name, env }: HubSettings, logFile: string): ChildProcess {
  const log = openSync(logFile, 'a');
  const child = spawn(process.execPath, [LAUNCHER, 'serve'], {
    // Nothing of ours but what is said here: an unknown setting would end the hub.
    env: {
      PATH: process.env['PATH'] ?? '',
      TOCSIN_DATA_DIR: join(root, name),
      TOCSIN_PORT: '0',
      TOCSIN_ALLOW_PRIVATE_TARGETS: '127.0.0.0/8',
      ...env,
    },
    stdio: ['ignore', 'pipe', log],
  });
  closeSync(log);
  return child;
}

/** Waits for ever when the hub ends before: `endedByItself` tells. */
function readUrl({ stdout }: ChildProcess): Promise<string> {
  if (stdout === null) throw new Error('the hub has no output');
  const { promise, resolve } = Promise.withResolvers<string>();
  createInterface({ input: stdout }).on('line', (line) => {
    const url = /listening on (http:\S+)/.exec(line)?.[1];
    if (url !== undefined) resolve(url);
    if (line === 'tocsin is working') resolve('');
  });
  return promise;
}

const LAST_LINES = 40;

function readLastLines(file: string): string {
  return readFileSync(file, 'utf8').split('\n').slice(-LAST_LINES).join('\n');
}

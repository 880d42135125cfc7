/**
 * The two systems as real processes: a hub of Tocsin with its embedded PostgreSQL as it comes (each
 * commit reaches the disk), and Alertmanager in memory, as it comes too. Each start has a data
 * directory of its own; everything else goes over HTTP.
 *
 * Danger: what is started must end. The hub gets a channel whose end tells it that this process is
 * gone; Alertmanager is killed when this process ends by itself.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request as openRequest } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { GeneratorName } from './load.ts';
import { askProgram } from './machine.ts';

export type SystemName = 'tocsin' | 'alertmanager';

export type Running = {
  readonly name: SystemName;
  readonly url: URL;
  readonly pid: number;
  /** Its own directory; removed with the rest. */
  readonly dir: string;
  /** Of the first key, which is there from the start. */
  readonly adminHeaders: Readonly<Record<string, string>>;
  /** Headers of a sender of alerts: a key of its own where there are keys. */
  readonly authorize: () => Promise<Readonly<Record<string, string>>>;
  readonly countStored: () => Promise<number>;
  readonly stop: () => Promise<void>;
};

export type Contender = {
  readonly name: SystemName;
  /** Resolves when it listens; with a webhook, it sends every new alert there at once. */
  readonly start: (dir: string, webhookUrl: string | null) => Promise<Running>;
};

/** What every phase works with. */
export type Bench = {
  readonly contenders: readonly Contender[];
  readonly generator: GeneratorName;
  readonly rounds: number;
  readonly isQuick: boolean;
  /** Directories of the run lie here. */
  readonly base: string;
  readonly say: (line: string) => void;
};

/** One system at a time, fresh, and gone afterwards. */
export async function withFresh<T>(
  { base, webhookUrl = null }: { readonly base: string; readonly webhookUrl?: string | null },
  contender: Contender,
  body: (running: Running) => Promise<T>,
): Promise<T> {
  const dir = await makeDir(base);
  try {
    const running = await contender.start(dir, webhookUrl);
    try {
      return await body(running);
    } finally {
      await running.stop();
    }
  } finally {
    await removeDir(dir);
  }
}

export function makeDir(base: string): Promise<string> {
  return mkdtemp(join(base, 'tocsin-bench-'));
}

export async function removeDir(dir: string): Promise<void> {
  await rm(dir, { recursive: true, force: true, maxRetries: 3 });
}

export type Answer = { readonly status: number; readonly text: string };

type Call = {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body?: string;
};

/** One request on a connection of its own; rejects when nobody answers. */
export function callOnce(call: Call): Promise<Answer> {
  const { method, body = '' } = call;
  const contentType = body === '' ? {} : { 'content-type': 'application/json' };
  const headers = { ...call.headers, ...contentType, 'content-length': Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const request = openRequest(call.url, { method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') });
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}

async function callWell(call: Call): Promise<string> {
  const { status, text } = await callOnce(call);
  if (status >= 200 && status < 300) return text;
  throw new Error(`${call.method} ${call.url.pathname} was answered with ${status}: ${text}`);
}

const HUB = join(import.meta.dirname, '..', 'bin', 'tocsin.mjs');
const LISTENING = /tocsin listening on (http:\/\/\S+)/;
const ADMIN_KEY_BYTES = 32;

/** One process of Tocsin. */
export type Hub = {
  readonly url: URL;
  readonly pid: number;
  readonly adminHeaders: Readonly<Record<string, string>>;
  readonly post: (path: string, json: unknown) => Promise<JsonAnswer>;
  readonly read: (path: string) => Promise<string>;
  /** SIGKILL, and what it leaves behind stays. */
  readonly kill: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

/** Resolves when it listens. `settings` on top of those that every hub of a bench has. */
export async function startHub(settings: Readonly<Record<string, string>>): Promise<Hub> {
  const adminKey = settings['TOCSIN_ADMIN_KEY'] ?? randomBytes(ADMIN_KEY_BYTES).toString('hex');
  const child = spawn(process.execPath, [HUB, 'serve'], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: {
      ...omitSettings(process.env),
      TOCSIN_PORT: '0',
      TOCSIN_ADMIN_KEY: adminKey,
      TOCSIN_ALLOW_PRIVATE_TARGETS: '127.0.0.1/32',
      TOCSIN_LOG: 'warn',
      ...settings,
    },
  });
  const watched = watchChild('tocsin', child);
  const url = new URL(await watched.waitForLine(LISTENING));
  const headers = { authorization: `Bearer ${adminKey}` };
  return {
    url,
    pid: child.pid ?? 0,
    adminHeaders: headers,
    post: async (path, json) => {
      const call = { url: new URL(path, url), headers, body: JSON.stringify(json) };
      return parseObject(await callWell({ ...call, method: 'POST' }));
    },
    read: (path) => callWell({ method: 'GET', url: new URL(path, url), headers }),
    kill: async () => {
      child.kill('SIGKILL');
      await watched.stop();
    },
    stop: watched.stop,
  };
}

export const TOCSIN: Contender = {
  name: 'tocsin',
  start: async (dir, webhookUrl) => {
    const hub = await startHub({ TOCSIN_DATA_DIR: join(dir, 'data') });
    if (webhookUrl !== null) await subscribe(hub, webhookUrl, 'alert.created');
    return {
      name: 'tocsin',
      url: hub.url,
      pid: hub.pid,
      dir,
      adminHeaders: hub.adminHeaders,
      authorize: () => authorizeSender(hub),
      countStored: async () =>
        Number(parseObject(await hub.read('/api/v1/alerts/active-count'))['total']),
      stop: hub.stop,
    };
  },
};

/** Headers of a sender of alerts, with a key of its own. */
export async function authorizeSender(hub: Hub): Promise<Readonly<Record<string, string>>> {
  const made = await hub.post('/api/v1/keys', { name: 'bench', role: 'ingest' });
  return { Authorization: `Bearer ${String(made['key'])}` };
}

type JsonAnswer = Readonly<Record<string, unknown>>;

/** A signed webhook for what happens to an alert. */
export async function subscribe(hub: Hub, url: string, eventType: string): Promise<void> {
  const channel = { name: 'bench', channel_type: 'webhook', config: { url } };
  const { id } = await hub.post('/api/v1/channels', channel);
  await hub.post('/api/v1/rules', {
    name: 'bench',
    event_types: [eventType],
    channel_id: id,
  });
}

/** Nothing of ours from outside: the hub of a bench has no other settings than those above. */
function omitSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const isOurs = (name: string) => name.startsWith('TOCSIN_') || name === 'DATABASE_URL';
  return Object.fromEntries(Object.entries(env).filter(([name]) => !isOurs(name)));
}

const ALERTMANAGER_PROGRAM = 'prometheus-alertmanager';

export function findAlertmanager(): string | null {
  return askProgram(ALERTMANAGER_PROGRAM, ['--version']);
}

const RECEIVED = /^alertmanager_alerts_received_total\{status="firing",version="v2"\} (\S+)$/m;
const READY_POLL_MS = 5;

export const ALERTMANAGER: Contender = {
  name: 'alertmanager',
  start: async (dir, webhookUrl) => {
    const port = await findFreePort();
    await mkdir(join(dir, 'data'), { recursive: true });
    await writeFile(join(dir, 'alertmanager.yml'), renderConfig(webhookUrl));
    const child = spawn(
      ALERTMANAGER_PROGRAM,
      [
        `--config.file=${join(dir, 'alertmanager.yml')}`,
        `--storage.path=${join(dir, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--cluster.listen-address=',
        '--log.level=warn',
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const watched = watchChild('alertmanager', child);
    const url = new URL(`http://127.0.0.1:${port}`);
    await watched.waitUntil(() => isReady(url));
    return {
      name: 'alertmanager',
      url,
      pid: child.pid ?? 0,
      dir,
      adminHeaders: {},
      authorize: () => Promise.resolve({}),
      countStored: async () => {
        const text = await callWell({ method: 'GET', url: new URL('/metrics', url) });
        return Number(RECEIVED.exec(text)?.[1] ?? 0);
      },
      stop: watched.stop,
    };
  },
};

function isReady(url: URL): Promise<boolean> {
  return callOnce({ method: 'GET', url: new URL('/-/ready', url) }).then(
    ({ status }) => status === 200,
    () => false,
  );
}

/** Without a target it never sends; with one it sends each alert at once, in a group of its own. */
function renderConfig(webhookUrl: string | null): string {
  const [grouping, target] =
    webhookUrl === null
      ? ['group_by: [cluster], group_wait: 1h', '']
      : ["group_by: ['...'], group_wait: 0s", `, webhook_configs: [{url: '${webhookUrl}'}]`];
  return `route: {receiver: bench, ${grouping}}\nreceivers: [{name: bench${target}}]\n`;
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

const STOP_MS_MAX = 30_000;
const START_MS_MAX = 60_000;
const OUTPUT_CHARS_MAX = 4_000;

/** Of this process: a signal that has killed the child takes its course again. */
const ENDS = ['exit', 'SIGINT', 'SIGTERM', 'SIGHUP'];

/** A child with its last words, in case it does not start. */
function watchChild(name: string, child: ChildProcess) {
  let output = '';
  const exited = once(child, 'exit').catch(() => undefined);
  const killWithUs = (signal: NodeJS.Signals | number) => {
    child.kill('SIGTERM');
    if (typeof signal === 'string') process.kill(process.pid, signal);
  };
  for (const end of ENDS) process.once(end, killWithUs);
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-OUTPUT_CHARS_MAX);
    });
  }
  const fail = () => new Error(`${name} does not run:\n${output}`);
  const isGone = () => child.exitCode !== null || child.signalCode !== null;
  async function stop(): Promise<void> {
    for (const end of ENDS) process.off(end, killWithUs);
    if (isGone()) return;
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX);
    await exited;
    clearTimeout(timer);
  }
  async function waitUntil(condition: () => Promise<boolean>): Promise<void> {
    const endsAtMs = performance.now() + START_MS_MAX;
    while (!(await condition())) {
      if (isGone() || performance.now() > endsAtMs) {
        await stop();
        throw fail();
      }
      await pause(READY_POLL_MS);
    }
  }
  async function waitForLine(pattern: RegExp): Promise<string> {
    await waitUntil(() => Promise.resolve(pattern.test(output)));
    return pattern.exec(output)?.[1] ?? '';
  }
  return { stop, waitUntil, waitForLine };
}

function parseObject(text: string): JsonAnswer {
  return JSON.parse(text) as JsonAnswer;
}

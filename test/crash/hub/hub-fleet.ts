/**
 * A hub as several processes: one for requests, some that work, and PostgreSQL beside them, with
 * fsync, supervised from here as an operator's service manager would. To the crash test it looks
 * like the hub in one process; `workers` are what it has besides.
 *
 * Danger: it sends SIGKILL, only to children of ours and to processes that stand in this run's own
 * cluster directory. `remove` takes the directory along; a run that found a fault leaves it.
 */
import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '#platform/embedded-postgres/embedded-postgres.ts';
import { toClientConfig } from '#platform/postgres/postgres.ts';
import { ask } from '#test/crash/http.ts';
import { createRecordingLog } from '#test/support/log.ts';
import { toUrl } from '#test/support/processes/database-url.ts';
import { startHubProcess } from '#test/support/processes/hub-process.ts';
import { until } from '#test/support/until.ts';
import { createDatabaseProcess } from './database-process.ts';
import { countErrors } from './hub-log.ts';
import { ADMIN_KEY, type HubProcess } from './hub-process.ts';
import { createWorkers, type WithClient, type Workers } from './workers.ts';

type Process = Awaited<ReturnType<typeof startHubProcess>>;

const MASTER_KEY = `k1:${Buffer.alloc(32, 1).toString('base64')}`;
const DATABASE_MS_MAX = 60_000;
const API = 'api';

export async function createHubFleet(
  workersMax: number,
): Promise<{ readonly hub: HubProcess; readonly workers: Workers }> {
  const root = await mkdtemp(join(tmpdir(), 'tocsin-crash-'));
  // The database's user has to pass through it.
  await chmod(root, 0o755);
  const dataDir = join(root, 'data');
  const { killAll, ...database } = createDatabaseProcess(dataDir);
  const unexpected = Promise.withResolvers<never>();
  // Nobody may be waiting for it when it comes.
  unexpected.promise.catch(() => undefined);
  const names = new Set<string>();
  let postgres: EmbeddedPostgres | null = null;
  let api: Process | null = null;
  let apiGone: Promise<void> = Promise.resolve();

  const withClient = createWithClient(database);

  async function startOne(name: string): Promise<Process> {
    names.add(name);
    const env = {
      DATABASE_URL: toUrl(await database.connect()),
      TOCSIN_ADMIN_KEY: ADMIN_KEY,
      TOCSIN_MASTER_KEY: MASTER_KEY,
      TOCSIN_ROLES: name === API ? 'api' : 'worker',
    };
    const started = await startHubProcess({ root, name, env });
    started.endedByItself.catch(unexpected.reject);
    return started;
  }

  const workers = createWorkers({ countMax: workersMax, withClient, startOne });

  async function start(): Promise<number> {
    const startedAtMs = performance.now();
    const log = createRecordingLog();
    postgres ??= await startEmbeddedPostgres({ dataDir, log, supervise: true });
    await awaitDatabase(withClient);
    api = await startOne(API);
    const answer = await ask({ url: api.url, what: 'GET /healthz' });
    if (answer.status !== 200) throw new Error(`the first answer was ${answer.status}`);
    const durationMs = performance.now() - startedAtMs;
    await workers.fill();
    return durationMs;
  }

  const hub: HubProcess = {
    ...database,
    root,
    url: () => api?.url ?? '',
    start,
    killApp: () => {
      apiGone = api?.kill() ?? Promise.resolve();
    },
    isAppGone: () => apiGone,
    endedByItself: unexpected.promise,
    readErrors: () => countErrors([...names].map((name) => readLog(root, name)).join('')),
    stop: async () => {
      await Promise.all([api?.stop(), workers.stop()]);
      await postgres?.stop();
      await killAll();
    },
    remove: () => rm(root, { recursive: true, force: true }),
  };
  return { hub, workers };
}

function createWithClient({ connect }: Pick<HubProcess, 'connect'>): WithClient {
  return async (body) => {
    const client = new pg.Client(toClientConfig(await connect()));
    client.on('error', () => undefined);
    await client.connect();
    try {
      return await body(client);
    } finally {
      await client.end();
    }
  };
}

const isFailed = (): boolean => false;

/** A process that starts while the database is down gives up; its service manager waits. */
async function awaitDatabase(withClient: WithClient): Promise<void> {
  const isUp = () => withClient((client) => client.query('select 1')).then(() => true, isFailed);
  await until(isUp, { what: 'the database is up', timeoutMs: DATABASE_MS_MAX });
}

function readLog(root: string, name: string): string {
  return readFileSync(join(root, `${name}.log`), 'utf8');
}

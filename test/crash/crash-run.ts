/**
 * One run: a hub under load, killed again and again, then looked at closely. The seed decides who
 * is killed when; the machine decides the rest, so a seed repeats the plan and not every race.
 *
 * Danger: starts processes and writes a database. `close` ends and removes all of it, but keeps
 * the directory when asked to.
 */
import pg from 'pg';
import type { JsonValue } from '#kernel/json.ts';
import { toClientConfig } from '#platform/postgres.ts';
import { createSeededRandom } from '#test/support/ids.ts';
import { until } from '#test/support/until.ts';
import { findUnrest, gatherEvidence } from './evidence.ts';
import { ask, closeConnections, isSuccess, readText } from './http.ts';
import { ADMIN_KEY, createHubProcess } from './hub-process.ts';
import { type Judgement, judge } from './judgement.ts';
import { type Kill, type KillParts, planKills, runKillOnce } from './kill.ts';
import { createLedger } from './ledger.ts';
import { createGate, createLoad } from './load.ts';
import { startWebhookTarget } from './webhook-target.ts';

export type CrashResult = Judgement & {
  readonly seed: number;
  readonly kills: readonly Kill[];
  readonly requestCount: number;
  readonly answeredCount: number;
  readonly acknowledgedCount: number;
  readonly cutOffCount: number;
  readonly notificationCount: number;
  readonly attemptCount: number;
  /** From spawn to the first answer, the first start on an empty directory apart. */
  readonly firstStartMs: number;
  readonly startMs: readonly number[];
  /** From the kill of the database to the first report stored. */
  readonly recoveryMs: readonly number[];
  readonly restMs: number;
  readonly errors: ReadonlyMap<string, number>;
};

export type CrashRun = {
  readonly root: string;
  /** Kills as often as planned, waits until the hub has come to rest, and judges. */
  readonly run: (how: {
    readonly killsMax: number;
    readonly onKill?: (kill: Kill, done: number) => void;
  }) => Promise<CrashResult>;
  /** A session in the hub's own database, as its owner. */
  readonly withClient: <T>(body: (client: pg.Client) => Promise<T>) => Promise<T>;
  readonly close: (how: { readonly isKept: boolean }) => Promise<void>;
};

/** Three attempts that the kills of one run can hit, with their pauses. */
const REST_MS_MAX = 200_000;
const RECOVERY_MS_MAX = 60_000;

export async function createCrashRun(seed: number): Promise<CrashRun> {
  const random = createSeededRandom(seed);
  const hub = await createHubProcess();
  const target = await startWebhookTarget();
  const ledger = createLedger();
  const gate = createGate();
  const load = createLoad({ ledger, gate, random, url: hub.url });
  const parts: KillParts = { hub, ledger, load, gate, target, random };
  const startMs: number[] = [];
  const recoveryMs: number[] = [];

  const withClient: CrashRun['withClient'] = async (body) => {
    const client = new pg.Client(toClientConfig(await hub.connect()));
    client.on('error', () => undefined);
    await client.connect();
    try {
      return await body(client);
    } finally {
      await client.end();
    }
  };

  async function killOnce(kill: Kill): Promise<void> {
    for (const report of await runKillOnce(kill, parts)) ledger.noteCutOff(report);
    const isAppKilled = kill.victim === 'app' || kill.victim === 'both';
    if (isAppKilled) {
      await hub.isAppGone();
      startMs.push(await hub.start());
    } else {
      recoveryMs.push(await measureRecovery(parts));
    }
    gate.open();
  }

  async function rest(): Promise<number> {
    const startedAtMs = performance.now();
    let unrest = '';
    const isResting = () =>
      withClient(async (client) => {
        unrest = await findUnrest(client);
        return unrest === '';
      });
    await until(isResting, { what: 'the hub rests', timeoutMs: REST_MS_MAX }).catch(() => {
      throw new Error(`the hub has not come to rest in ${REST_MS_MAX} ms: ${unrest}`);
    });
    return performance.now() - startedAtMs;
  }

  return {
    root: hub.root,
    withClient,
    run: async ({ killsMax, onKill }) => {
      const kills = planKills(killsMax, random);
      const firstStartMs = await hub.start();
      target.trust(await configure(hub.url(), target.url));
      gate.open();
      load.start();
      for (const [index, kill] of kills.entries()) {
        await killOnce(kill);
        onKill?.(kill, index + 1);
      }
      await load.stop();
      const restMs = await rest();
      const evidence = await withClient((client) => gatherEvidence(hub.url(), client));
      const { counts } = target;
      const arrivals = { counts, unsignedCount: target.unsignedCount() };
      return {
        ...judge(ledger, evidence, arrivals),
        seed,
        kills,
        requestCount: ledger.requestCount(),
        answeredCount: ledger.answered.size,
        acknowledgedCount: ledger.acknowledged.size,
        cutOffCount: ledger.cutOff.size,
        notificationCount: evidence.notifications.length,
        attemptCount: evidence.attemptCount,
        firstStartMs,
        startMs,
        recoveryMs,
        restMs,
        errors: hub.readErrors(),
      };
    },
    close: async ({ isKept }) => {
      gate.open();
      await hub.stop();
      closeConnections();
      await target.close();
      if (!isKept) await hub.remove();
    },
  };
}

/** A probe is stored: the database is back, and the hub has noticed. */
async function measureRecovery({ hub, load }: KillParts): Promise<number> {
  const startedAtMs = performance.now();
  await hub.areSessionsGone();
  const report = load.nextReport('alert');
  const isStored = () => load.send(report);
  await until(isStored, { what: 'a report is stored again', timeoutMs: RECOVERY_MS_MAX });
  return performance.now() - startedAtMs;
}

/** Returns the secrets that the channels sign with. */
async function configure(
  url: string,
  targetUrl: (path: '/quick' | '/held') => string,
): Promise<readonly string[]> {
  const create = async (path: string, body: JsonValue) => {
    const answer = await ask({ url, what: `POST /api/v1/${path}`, key: ADMIN_KEY, body });
    if (isSuccess(answer)) return answer.body;
    throw new Error(`POST ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  };
  const quick = await create('channels', createChannel('quick', targetUrl('/quick')));
  const held = await create('channels', createChannel('held', targetUrl('/held')));
  await create('policies', POLICY);
  await create('rules', {
    name: 'all',
    event_types: ['alert.created', 'alert.escalated', 'alert.acknowledged'],
    channel_id: readText(quick, 'id'),
  });
  await create('rules', {
    name: 'held',
    event_types: ['alert.created'],
    matchers: ['hold="yes"'],
    channel_id: readText(held, 'id'),
  });
  return [quick, held].map(parseSecret);
}

/** Urgent: what a kill has hit is tried again within seconds. */
function createChannel(name: string, url: string): JsonValue {
  return { name, channel_type: 'webhook', config: { url }, retry: 'urgent', max_attempts: 10 };
}

/** Steps in seconds, so that a kill finds escalations under way, and an end, so that it rests. */
const POLICY = {
  name: 'seconds',
  is_default: true,
  steps: [
    { delay_s: 1, priority: 'critical' },
    { delay_s: 2, priority: 'critical' },
    { delay_s: 5, priority: 'emergency' },
  ],
  repeat_every_s: null,
  min_interval_s: 0,
} as const;

function parseSecret(channel: unknown): string {
  const { secrets } = channel as { secrets?: { webhook_secret?: { value?: string } } };
  return secrets?.webhook_secret?.value ?? '';
}

/**
 * One run: a hub under load, killed again and again, then looked at closely. The seed decides who
 * is killed when; the machine decides the rest, so a seed repeats the plan and not every race.
 *
 * Danger: starts processes and writes a database. `close` ends and removes all of it, but keeps
 * the directory when asked to.
 */
import pg from 'pg';
import { toClientConfig } from '#platform/postgres/postgres.ts';
import { createSeededRandom } from '#test/support/ids.ts';
import { until } from '#test/support/until.ts';
import { configureCalling } from './calling.ts';
import { type Evidence, findUnrest, gatherEvidence } from './evidence.ts';
import { closeConnections } from './http.ts';
import { createHubFleet } from '#test/crash/hub/hub-fleet.ts';
import { createHubProcess, type HubProcess } from '#test/crash/hub/hub-process.ts';
import type { TakeOver, WithClient } from '#test/crash/hub/workers.ts';
import { type Judgement, judge } from './judgement.ts';
import {
  isAppVictim,
  isWorkerVictim,
  type Kill,
  type KillParts,
  planKills,
  runKillOnce,
} from './kill.ts';
import { createLedger } from './ledger.ts';
import { createGate, createLoad } from './load.ts';
import { startWebhookTarget } from './webhook-target.ts';

export type Durations = {
  /** From spawn to the first answer, on an empty directory. */
  readonly firstStartMs: number;
  /** The same after each kill of the app. */
  readonly startMs: readonly number[];
  /** From the kill of the database to the first report stored. */
  readonly recoveryMs: readonly number[];
  /** After each kill of a worker that had something on its way. */
  readonly takeOvers: readonly TakeOver[];
  /** From the end of the load until nothing moved any more. */
  readonly restMs: number;
};

export type CrashResult = Judgement &
  Durations & {
    readonly seed: number;
    readonly kills: readonly Kill[];
    readonly requestCount: number;
    readonly answeredCount: number;
    readonly acknowledgedCount: number;
    readonly cutOffCount: number;
    readonly notificationCount: number;
    readonly attemptCount: number;
    /** What the hub has logged at level error. */
    readonly errors: ReadonlyMap<string, number>;
  };

export type CrashPlan = {
  readonly killsMax: number;
  readonly onKill?: (kill: Kill, done: number) => void;
};

export type CrashRun = {
  readonly root: string;
  /** Kills as often as planned, waits until the hub has come to rest, and judges. */
  readonly run: (plan: CrashPlan) => Promise<CrashResult>;
  /** A session in the hub's own database, as its owner. */
  readonly withClient: WithClient;
  readonly close: (how: { readonly isKept: boolean }) => Promise<void>;
};

/** What a kill has hit three times is tried again after a minute and a fifth. */
const REST_MS_MAX = 120_000;
const RECOVERY_MS_MAX = 60_000;

/** N10. Told as a fault when it took longer. */
const TAKE_OVER_MS_MAX = 10_000;

export type CrashHub = {
  readonly seed: number;
  /** 0: a hub in one process that works too, with its own database. */
  readonly workersMax: number;
};

export async function createCrashRun({ seed, workersMax }: CrashHub): Promise<CrashRun> {
  const random = createSeededRandom(seed);
  const { hub, workers } =
    workersMax > 0
      ? await createHubFleet(workersMax)
      : { hub: await createHubProcess(), workers: null };
  const target = await startWebhookTarget();
  const ledger = createLedger();
  const gate = createGate();
  const load = createLoad({ ledger, gate, random, url: hub.url });
  const parts: KillParts = { hub, workers, ledger, load, gate, target, random };
  const withClient = createWithClient(hub);

  async function run(plan: CrashPlan): Promise<CrashResult> {
    const isSeveral = workers !== null;
    const kills = planKills({ count: plan.killsMax, isSeveral }, random);
    const { unrest, ...durations } = await runKills(parts, { ...plan, kills, withClient });
    const evidence = await withClient((client) => gatherEvidence(hub.url(), client));
    const arrivals = { counts: target.counts, unsignedCount: target.unsignedCount() };
    const judgement = judge(ledger, evidence, arrivals);
    const restless = unrest === '' ? [] : [`not come to rest in ${REST_MS_MAX} ms: ${unrest}`];
    return {
      ...judgement,
      ...durations,
      ...countAll(parts, evidence),
      faults: [...restless, ...findLate(durations.takeOvers), ...judgement.faults],
      seed,
      kills,
      errors: hub.readErrors(),
    };
  }

  async function close({ isKept }: { readonly isKept: boolean }): Promise<void> {
    process.off('SIGINT', closeAndEnd).off('SIGTERM', closeAndEnd);
    const isStopped = load.stop();
    await hub.stop();
    await isStopped;
    closeConnections();
    await target.close();
    if (!isKept) await hub.remove();
  }

  // The hub and its database would outlive us.
  function closeAndEnd(signal: NodeJS.Signals): void {
    void close({ isKept: false }).finally(() => process.kill(process.pid, signal));
  }

  process.once('SIGINT', closeAndEnd).once('SIGTERM', closeAndEnd);
  return {
    root: hub.root,
    withClient,
    run: (plan) => Promise.race([run(plan), hub.endedByItself]),
    close,
  };
}

type RunParts = CrashPlan & { readonly kills: readonly Kill[]; readonly withClient: WithClient };

async function runKills(parts: KillParts, plan: RunParts) {
  const { hub, ledger, load, gate, target } = parts;
  const startMs: number[] = [];
  const recoveryMs: number[] = [];
  const takeOvers: TakeOver[] = [];
  const firstStartMs = await hub.start();
  target.trust(await configureCalling(hub.url(), target.url));
  gate.open();
  load.start();
  for (const [index, kill] of plan.kills.entries()) {
    for (const report of await runKillOnce(kill, parts)) ledger.noteCutOff(report);
    if (isAppVictim(kill.victim)) {
      await hub.isAppGone();
      startMs.push(await hub.start());
    } else if (kill.victim !== 'worker') {
      recoveryMs.push(await measureRecovery(parts));
    }
    gate.open();
    if (isWorkerVictim(kill.victim)) {
      const takeOver = await replaceWorker(parts);
      // With the database dead too it is its recovery that is measured.
      if (kill.victim === 'worker' && takeOver.leftCount > 0) takeOvers.push(takeOver);
    }
    plan.onKill?.(kill, index + 1);
  }
  await load.stop();
  const { restMs, unrest } = await awaitRest(plan.withClient);
  return { firstStartMs, startMs, recoveryMs, takeOvers, restMs, unrest };
}

/** Reports are taken all the time; not all the time as many, or the rest would take for ever. */
const ANSWERS_WITHOUT_WORKER = 30;

async function replaceWorker(parts: KillParts): Promise<TakeOver> {
  const { workers, ledger, gate } = parts;
  if (workers === null) return NOTHING_LEFT;
  const isTakenOver = workers.awaitTakeOver();
  await ledger.whenAnswered(ANSWERS_WITHOUT_WORKER);
  gate.close();
  const [takeOver] = await Promise.all([isTakenOver, workers.fill()]);
  gate.open();
  return takeOver ?? NOTHING_LEFT;
}

const NOTHING_LEFT: TakeOver = { ms: 0, leftCount: 0 };

function findLate(takeOvers: readonly TakeOver[]): readonly string[] {
  return takeOvers
    .filter(({ ms }) => ms > TAKE_OVER_MS_MAX)
    .map(({ ms, leftCount }) => `${leftCount} rows taken over after ${Math.round(ms)} ms`);
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

/** Ends in any case: what still moves then is a fault. */
async function awaitRest(withClient: WithClient) {
  const startedAtMs = performance.now();
  let unrest = '';
  const isResting = () =>
    withClient(async (client) => {
      unrest = await findUnrest(client);
      return unrest === '';
    });
  const rest = until(isResting, { what: 'the hub rests', timeoutMs: REST_MS_MAX });
  await rest.catch((error: unknown) => {
    if (unrest === '') throw error;
  });
  return { restMs: performance.now() - startedAtMs, unrest };
}

function createWithClient(hub: HubProcess): WithClient {
  return async (body) => {
    const client = new pg.Client(toClientConfig(await hub.connect()));
    client.on('error', () => undefined);
    await client.connect();
    try {
      return await body(client);
    } finally {
      await client.end();
    }
  };
}

function countAll({ ledger }: KillParts, evidence: Evidence) {
  return {
    requestCount: ledger.requestCount(),
    answeredCount: ledger.answered.size,
    acknowledgedCount: ledger.acknowledged.size,
    cutOffCount: ledger.cutOff.size,
    notificationCount: evidence.notifications.length,
    attemptCount: evidence.attemptCount,
  };
}

/**
 * The kinds of kill, and how each comes at its moment. `random` ones fall somewhere in the load;
 * aimed ones are brought to a place where a mistake would show:
 *   in_send    the target holds a request open: bytes written, outcome unknown
 *   in_commit  requests are written and not answered yet, somewhere in the time that takes
 *   in_claim   reports have just been answered, so their notifications are being claimed and sent
 */
import type { Random } from '#kernel/ports.ts';
import type { HubProcess } from '#test/crash/hub/hub-process.ts';
import type { Workers } from '#test/crash/hub/workers.ts';
import type { Ledger, Report } from './ledger.ts';
import type { Gate, Load } from './load.ts';
import type { WebhookTarget } from './webhook-target.ts';

export const VICTIMS = ['app', 'postmaster', 'backend', 'both', 'worker', 'worker_and_db'] as const;
export type Victim = (typeof VICTIMS)[number];
export const MOMENTS = ['random', 'in_send', 'in_commit', 'in_claim'] as const;
export type Moment = (typeof MOMENTS)[number];
export type Kill = { readonly victim: Victim; readonly moment: Moment };

/** One round; longer runs repeat it in another order. */
const ROUND: readonly Kill[] = [
  ...repeat(2, { victim: 'app', moment: 'random' }),
  ...repeat(2, { victim: 'postmaster', moment: 'random' }),
  ...repeat(2, { victim: 'backend', moment: 'random' }),
  ...repeat(1, { victim: 'both', moment: 'random' }),
  ...repeat(2, { victim: 'app', moment: 'in_send' }),
  ...repeat(1, { victim: 'postmaster', moment: 'in_send' }),
  ...repeat(1, { victim: 'both', moment: 'in_send' }),
  ...repeat(4, { victim: 'app', moment: 'in_commit' }),
  ...repeat(1, { victim: 'postmaster', moment: 'in_commit' }),
  ...repeat(1, { victim: 'backend', moment: 'in_commit' }),
  ...repeat(1, { victim: 'app', moment: 'in_claim' }),
  ...repeat(1, { victim: 'postmaster', moment: 'in_claim' }),
  ...repeat(1, { victim: 'backend', moment: 'in_claim' }),
];

/** The same for a hub of several processes, `app` being the one for requests; in turn. */
const ROUNDS_OF_SEVERAL: readonly (readonly Kill[])[] = [
  [
    ...repeat(2, { victim: 'worker', moment: 'in_send' }),
    ...repeat(1, { victim: 'worker', moment: 'random' }),
    ...repeat(1, { victim: 'worker_and_db', moment: 'in_send' }),
    ...repeat(1, { victim: 'app', moment: 'in_commit' }),
    ...repeat(1, { victim: 'postmaster', moment: 'random' }),
  ],
  [
    ...repeat(2, { victim: 'worker', moment: 'in_send' }),
    ...repeat(1, { victim: 'worker', moment: 'in_claim' }),
    ...repeat(1, { victim: 'app', moment: 'in_send' }),
    ...repeat(1, { victim: 'both', moment: 'random' }),
    ...repeat(1, { victim: 'backend', moment: 'in_claim' }),
  ],
];

/** Kills of the database alone at the end: a start of the app would clear up what they left. */
const LAST = 5;

export function isAppVictim(victim: Victim): boolean {
  return victim === 'app' || victim === 'both';
}

export function isWorkerVictim(victim: Victim): boolean {
  return victim === 'worker' || victim === 'worker_and_db';
}

export type Plan = { readonly count: number; readonly isSeveral: boolean };

export function planKills({ count, isSeveral }: Plan, random: Random): readonly Kill[] {
  const rounds = isSeveral ? ROUNDS_OF_SEVERAL : [ROUND];
  const kills: Kill[] = [];
  for (let turn = 0; kills.length < count; turn += 1) {
    kills.push(...shuffle(rounds[turn % rounds.length] ?? ROUND, random));
  }
  const planned = kills.slice(0, count);
  const isDatabase = ({ victim }: Kill) => !isAppVictim(victim) && !isWorkerVictim(victim);
  const last = planned.filter(isDatabase).slice(-LAST);
  return [...planned.filter((kill) => !last.includes(kill)), ...last];
}

export type KillParts = {
  readonly hub: HubProcess;
  /** Null for a hub in one process. */
  readonly workers: Workers | null;
  readonly ledger: Ledger;
  readonly load: Load;
  readonly gate: Gate;
  readonly target: WebhookTarget;
  readonly random: Random;
};

const DELAY_MS_MAX = 8;
const COMMIT_FROM = 0.3;
const COMMIT_SPAN = 0.8;
const ANSWERS_MIN = 15;
const ANSWERS_MAX = 120;
const REPORTS_AT_ONCE = 8;

/** Kills and returns what was under way; the gate is closed then. */
export async function runKillOnce(kill: Kill, parts: KillParts): Promise<readonly Report[]> {
  const { ledger, random } = parts;
  const answers = ANSWERS_MIN + Math.floor(random.random() * (ANSWERS_MAX - ANSWERS_MIN));
  await ledger.whenAnswered(answers);
  if (isWorkerVictim(kill.victim)) await parts.workers?.choose(null, random.random());
  switch (kill.moment) {
    case 'random':
      await letPass(random.random() * DELAY_MS_MAX);
      strike(kill.victim, parts);
      return [];
    case 'in_send':
      await killInSend(kill.victim, parts);
      return [];
    case 'in_commit':
      return killInCommit(kill.victim, parts);
    case 'in_claim':
      await Promise.all(sendSome(parts).map(({ isAnswered }) => isAnswered));
      await letPass(random.random() * DELAY_MS_MAX);
      strike(kill.victim, parts);
      return [];
  }
}

/** Sometimes somebody answers while the call is on its way: then it must not be tried again. */
async function killInSend(victim: Victim, parts: KillParts): Promise<void> {
  const { load, target, random } = parts;
  const isHeld = target.holdNext();
  const report = load.nextReport('alert', { hold: 'yes' });
  if (!(await load.send(report))) throw new Error('a report was not stored in quiet times');
  await isHeld;
  const [alertId = ''] = report.ids;
  if (random.random() < 1 / 3) await load.acknowledge(alertId);
  if (isWorkerVictim(victim)) await parts.workers?.choose(alertId, random.random());
  strike(victim, parts);
  target.release();
}

async function killInCommit(victim: Victim, parts: KillParts): Promise<readonly Report[]> {
  const answerMs = await measureAnswer(parts);
  const shots = sendSome(parts);
  await Promise.all(shots.map(({ isWritten }) => isWritten));
  // The beginning of that time is reading and deciding.
  await letPass((COMMIT_FROM + COMMIT_SPAN * parts.random.random()) * answerMs);
  const open = new Set(shots.map(({ report }) => report));
  for (const { report, isAnswered } of shots) {
    void isAnswered.then((isStored) => (isStored ? open.delete(report) : false));
  }
  strike(victim, parts);
  await Promise.all(shots.map(({ isAnswered }) => isAnswered));
  return [...open];
}

/** How long the same takes when nothing is killed: the kill has to fall into that time. */
async function measureAnswer(parts: KillParts): Promise<number> {
  const startedAtMs = performance.now();
  await Promise.all(sendSome(parts).map(({ isAnswered }) => isAnswered));
  return performance.now() - startedAtMs;
}

function sendSome({ load }: KillParts) {
  return Array.from({ length: REPORTS_AT_ONCE }, () => {
    const report = load.nextReport('alert');
    const written = Promise.withResolvers<void>();
    const isAnswered = load.send(report, written.resolve);
    // One that fails is never written.
    const isWritten = Promise.race([written.promise, isAnswered]);
    return { report, isWritten, isAnswered };
  });
}

function strike(victim: Victim, { hub, workers, gate, random }: KillParts): void {
  // Without a worker the hub still takes reports.
  if (victim !== 'worker') gate.close();
  switch (victim) {
    case 'worker':
      workers?.kill();
      break;
    case 'worker_and_db':
      workers?.kill();
      hub.killPostmaster();
      break;
    case 'app':
      hub.killApp();
      break;
    case 'postmaster':
      hub.killPostmaster();
      break;
    case 'backend':
      hub.killBackend(random.random());
      break;
    case 'both':
      hub.killApp();
      hub.killPostmaster();
      break;
  }
}

/** Not a wait for anything: it only picks the moment, finer than a timer could. */
async function letPass(durationMs: number): Promise<void> {
  const untilMs = performance.now() + durationMs;
  while (performance.now() < untilMs) await new Promise((resolve) => setImmediate(resolve));
}

function repeat(count: number, kill: Kill): readonly Kill[] {
  return Array.from({ length: count }, () => kill);
}

function shuffle(kills: readonly Kill[], random: Random): readonly Kill[] {
  const keyed = kills.map((kill) => ({ kill: { ...kill }, key: random.random() }));
  return keyed.toSorted((one, other) => one.key - other.key).map(({ kill }) => kill);
}

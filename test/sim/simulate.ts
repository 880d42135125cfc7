/**
 * One seed from beginning to end: an empty database, a world, its steps with the invariants
 * checked after each, then a quiet period in which everything due is run until it settles.
 * The same plan and mutation give the same run.
 */
import type { Database } from '#platform/postgres/postgres.ts';
import { createManualClock } from '#test/support/clock.ts';
import { passTime, restartNode, runBeat, setCutOff, takeStep } from './acts/acts.ts';
import { answerOne } from './acts/answers.ts';
import type { Plan, Step } from './draw.ts';
import { findBroken } from './invariants.ts';
import { createLedger, noteChanges, startStep } from './seen/ledger.ts';
import { createNetwork } from './network.ts';
import { type NodeBasis, settle, type SimNode, startNode } from './node.ts';
import type { Activity, Mutation } from './ports.ts';
import type { Sim } from './sim.ts';
import { claimableAt, emptyDatabase, hashSnapshot, readSnapshot } from './seen/snapshot.ts';
import { makeWorld } from './world.ts';

export type Broken = {
  readonly invariant: number;
  readonly sentence: string;
  readonly detail: string;
  /** The index of the step after which it was found; the number of steps = in the quiet period. */
  readonly step: number;
};

export type Verdict = {
  readonly seed: number;
  /** Of the final state. */
  readonly hash: string;
  readonly broken: Broken | null;
  readonly counts: Readonly<Record<'alerts' | 'notifications' | 'attempts' | 'events', number>>;
};

export type Trial = {
  readonly mutation?: Mutation;
  /** Only these invariants are looked at, by their numbers. */
  readonly wanted?: ReadonlySet<number>;
};

export async function simulate(
  database: Database,
  plan: Plan,
  trial: Trial = {},
): Promise<Verdict> {
  await emptyDatabase(database);
  const sim = await start(database, plan, trial);
  const broken = (await takeSteps(sim)) ?? (await comeToRest(sim));
  const { alerts, notifications, attempts, events } = sim.rested ?? sim.last;
  for (const node of sim.nodes) {
    node.ports.kill();
    for (const flight of sim.network.listHeld()) sim.network.answer(flight);
    await settle(sim.basis.activity);
    await node.hub.server.close();
  }
  return {
    seed: plan.seed,
    hash: hashSnapshot(sim.rested ?? sim.last),
    broken,
    counts: {
      alerts: alerts.length,
      notifications: notifications.length,
      attempts: attempts.length,
      events: events.length,
    },
  };
}

async function start(database: Database, plan: Plan, trial: Trial): Promise<Sim> {
  const clock = createManualClock();
  const activity: Activity = { count: 0, queue: Promise.resolve() };
  const { seed, world } = plan;
  const mutation = trial.mutation ?? null;
  const network = createNetwork({ seed, trouble: world.trouble, clock });
  const basis: NodeBasis = { seed, database, clock, activity, mutation, network };
  const nodes: SimNode[] = [];
  for (let index = 0; index < world.nodes; index += 1) {
    nodes.push(await startNode(basis, { index, birth: index, step: -1 }));
  }
  const [first] = nodes;
  if (first === undefined) throw new Error('a world has a node');
  const projects = await makeWorld(first, world);
  await settle(activity);
  return {
    plan,
    wanted: trial.wanted ?? null,
    clock,
    database,
    network,
    basis,
    ledger: createLedger(),
    nodes,
    projects,
    births: nodes.length,
    episodes: new Map(),
    lastEvents: new Map(),
    last: await readSnapshot(database),
    rested: null,
  };
}

async function takeSteps(sim: Sim): Promise<Broken | null> {
  for (const [index, step] of sim.plan.steps.entries()) {
    sim.ledger.step = index;
    await takeStep(sim, step);
    const broken = await look(sim, { isAtRest: false });
    if (broken !== null) return broken;
  }
  return null;
}

async function look(sim: Sim, how: { readonly isAtRest: boolean }): Promise<Broken | null> {
  const { ledger } = sim;
  const before = sim.last;
  const now = await readSnapshot(sim.database);
  noteChanges(ledger, before, now);
  sim.last = now;
  const seen = {
    ...how,
    before,
    now,
    at: sim.clock.now(),
    ledger,
    flights: sim.network.flights,
    projects: sim.projects,
    configFloor: ledger.configFloor,
    act: sim.plan.steps[ledger.step]?.act ?? null,
  };
  const found = findBroken(seen, sim.wanted);
  return found === null ? null : { ...found, step: ledger.step };
}

const CALM: Step = { act: { kind: 'mend' }, node: 0, pick: 0, fault: null };
/** Longer than any chain of reminders, retries and time-outs that a world can have. */
const REST_ROUNDS_MAX = 400;
/** Acknowledged alerts that are called out again and again are resolved after so many. */
const PATIENCE_ROUNDS = 40;
const REST_STEP_MS = 30_000;

/** Everything works again: whatever is due is done, until nothing is. */
async function comeToRest(sim: Sim): Promise<Broken | null> {
  sim.ledger.step = sim.plan.steps.length;
  sim.ledger.isTroubled = false;
  startStep(sim.ledger);
  sim.network.calmDown();
  const [survivor, ...others] = sim.nodes;
  if (survivor === undefined) return null;
  setCutOff(survivor, false);
  survivor.isPaused = false;
  if (survivor.ports.isDead()) await restartNode(sim, survivor);
  for (const node of others) node.ports.kill();
  // What dead nodes left behind is taken over when their leases have run out.
  await passTime(sim, REST_STEP_MS);
  for (let round = 0; round < REST_ROUNDS_MAX; round += 1) {
    sim.ledger.step += 1;
    startStep(sim.ledger);
    const [node] = sim.nodes;
    if (node === undefined) break;
    await settleFlights(sim);
    for (const beat of ['renew', 'lost', 'escalation', 'delivery'] as const) {
      await runBeat(sim, node, beat);
    }
    await settleFlights(sim);
    if (round === PATIENCE_ROUNDS) await resolveAll(sim);
    const broken = await look(sim, { isAtRest: false });
    if (broken !== null) return broken;
    const dueAt = findNextDue(sim);
    if (dueAt === null) break;
    const ms = Math.max(dueAt - sim.clock.now(), REST_STEP_MS);
    await passTime(sim, ms);
  }
  const broken = await look(sim, { isAtRest: true });
  sim.rested = sim.last;
  return broken ?? tidyUp(sim);
}

/** Longer than any project keeps what is over, and longer than a link can be pressed. */
const TIDY_MS = 8 * 86_400_000;

/** What is over is archived, and forgotten days later; what nobody closed stays. */
async function tidyUp(sim: Sim): Promise<Broken | null> {
  const [node] = sim.nodes;
  if (node === undefined) return null;
  for (let time = 0; time < 2; time += 1) {
    await passTime(sim, TIDY_MS);
    sim.ledger.step += 1;
    startStep(sim.ledger);
    await runBeat(sim, node, 'retention');
    const broken = await look(sim, { isAtRest: false });
    if (broken !== null) return broken;
  }
  return null;
}

async function settleFlights(sim: Sim): Promise<void> {
  await settle(sim.basis.activity);
  while (sim.network.listHeld().length > 0) {
    for (const flight of sim.network.listHeld()) sim.network.answer(flight);
    await settle(sim.basis.activity);
  }
}

async function resolveAll(sim: Sim): Promise<void> {
  for (const alert of sim.last.alerts) {
    if (alert.status !== 'ACKNOWLEDGED') continue;
    await answerOne(sim, CALM, { alert, status: 'RESOLVED' });
  }
}

function findNextDue(sim: Sim): number | null {
  const { escalations, notifications } = sim.last;
  const dues = [
    ...escalations.flatMap((row) => claimableAt(row) ?? []),
    ...notifications.flatMap(({ due_at, status }) => (status === 'pending' ? [due_at] : [])),
  ];
  return dues.length === 0 ? null : Math.min(...dues);
}

/** Takes one step: reports, answers, time, beats, the network, and what breaks. */
import { unreachable } from '#kernel/decision.ts';
import { plusMs } from '#kernel/instant.ts';
import type { Database } from '#platform/postgres.ts';
import type { ManualClock } from '#test/support/clock.ts';
import type { Beat, Plan, Step } from './draw.ts';
import type { Ledger } from './ledger.ts';
import type { Network } from './network.ts';
import { type NodeBasis, settle, type SimNode, startNode } from './node.ts';
import { answerAlert, type NativeRequest, postEvent, postLabels, raiseAlert } from './requests.ts';
import type { Snapshot } from './snapshot.ts';
import type { MadeProject } from './world.ts';

export type Sim = {
  readonly plan: Plan;
  readonly clock: ManualClock;
  readonly database: Database;
  readonly network: Network;
  readonly basis: NodeBasis;
  readonly ledger: Ledger;
  readonly nodes: SimNode[];
  readonly projects: readonly MadeProject[];
  /** Nodes ever started. */
  births: number;
  /** When the present episode of a label problem began. */
  readonly episodes: Map<string, number>;
  /** The last native request of each kind, to be repeated. */
  readonly lastEvents: Map<string, NativeRequest>;
  /** As it was before this step. */
  last: Snapshot;
};

export async function takeStep(sim: Sim, step: Step): Promise<void> {
  const { ledger } = sim;
  ledger.escalationBeatOf = null;
  ledger.hasDelivered = false;
  const marks = sim.nodes.map((node) => listErrors(node).length);
  const node = sim.nodes[step.node % sim.nodes.length];
  if (node === undefined) return;
  node.ports.arm(step.fault);
  await act(sim, step, node);
  await settle(sim.basis.activity);
  const isTroubled = sim.nodes.some(isInTrouble);
  for (const [index, other] of sim.nodes.entries()) {
    const line = listErrors(other)[marks[index] ?? 0];
    if (line === undefined || isTroubled || other.ports.isDead()) continue;
    ledger.surprises.push(`node ${index} logs "${line.message}" ${JSON.stringify(line.fields)}`);
  }
  node.ports.arm(null);
}

export function isInTrouble({ ports, isCutOff }: SimNode): boolean {
  return ports.hasStruck() || isCutOff;
}

function listErrors(node: SimNode) {
  return node.log.lines.filter(({ level }) => level === 'error');
}

async function act(sim: Sim, step: Step, node: SimNode): Promise<void> {
  const { act: what } = step;
  switch (what.kind) {
    case 'labels':
      return postLabels(sim, step, what);
    case 'event':
      return postEvent(sim, step, what);
    case 'raise':
      return raiseAlert(sim, step, what);
    case 'answer':
      return answerAlert(sim, step, what);
    case 'wait':
      return passTime(sim, { ms: what.ms, paused: what.isPaused ? node : null });
    case 'beat':
      for (const beat of what.beats) await runBeat(sim, node, beat);
      return undefined;
    case 'network':
      return answerFlights(sim, step, what.count);
    case 'crash':
      node.ports.kill();
      return undefined;
    case 'restart':
      return restartNode(sim, node);
    case 'outage':
      return setCutOff(node, true);
    case 'mend':
      return setCutOff(node, false);
    default:
      return unreachable(what, 'act');
  }
}

export function setCutOff(node: SimNode, isCutOff: boolean): void {
  node.isCutOff = isCutOff;
  node.ports.setCutOff(isCutOff);
}

/** As if it had renewed every two seconds all the while: nobody else saw the lease run out. */
const KEEP_LEASES = {
  name: 'sim.keep_leases',
  text: `update node set renewed_at = $2, expires_at = $2::timestamptz + interval '1 ms'
          where node_id = any($1::uuid[]) and expires_at > $3`,
};

/** Nodes that are well go on renewing; a paused one stands still, as a suspended machine does. */
export async function passTime(
  sim: Sim,
  how: { readonly ms: number; readonly paused: SimNode | null },
): Promise<void> {
  const { clock, database } = sim;
  const well = sim.nodes.filter(
    (node) => !node.ports.isDead() && !node.isCutOff && node !== how.paused,
  );
  const keeping = well.filter(({ hub }) => hub.nodeLease.current() !== null);
  const now = clock.now();
  const then = plusMs(now, how.ms);
  const times = [then, now].map((at) => new Date(at).toISOString());
  await database.run(KEEP_LEASES, [keeping.map(({ nodeId }) => nodeId), ...times]);
  clock.set(then);
  for (const node of well) await runBeat(sim, node, 'renew');
  sim.network.answerOverdue();
}

/** A beat that fails is tried again later; that is what a ticker does too. */
export async function runBeat(sim: Sim, node: SimNode, beat: Beat): Promise<void> {
  if (node.ports.isDead()) return;
  const { hub } = node;
  let isThrough = true;
  try {
    if (beat === 'renew') await hub.nodeLease.runRenewalOnce();
    else if (beat === 'escalation') await runEscalation(sim, node);
    else if (beat === 'delivery') await hub.delivery.runOnce();
    else if (beat === 'lost') await hub.delivery.runLostOnce();
    else await hub.runConfigRefreshOnce();
  } catch (error) {
    isThrough = false;
    if (!node.ports.isDead() && !isInTrouble(node)) {
      const text = error instanceof Error ? error.message : String(error);
      sim.ledger.surprises.push(`the beat ${beat} threw: ${text}`);
    }
  }
  await settle(sim.basis.activity);
  if (!isThrough || node.ports.isDead() || isInTrouble(node)) return;
  if (hub.nodeLease.current() === null) return;
  if (beat === 'escalation') sim.ledger.escalationBeatOf = node.nodeId;
  sim.ledger.hasDelivered = beat === 'delivery';
}

/** Again at once while something is due, as the ticker does. */
const BEATS_MAX = 20;

async function runEscalation(sim: Sim, { hub }: SimNode): Promise<void> {
  for (let count = 0; count < BEATS_MAX; count += 1) {
    const { moved, nextDueAt } = await hub.runEscalationOnce();
    if (moved === 0 || nextDueAt === null || nextDueAt > sim.clock.now()) return;
  }
  sim.ledger.surprises.push(`something is still due after ${BEATS_MAX} beats`);
}

async function answerFlights(sim: Sim, step: Step, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    const held = sim.network.listHeld();
    const flight = held[Math.floor(step.pick * held.length)];
    if (flight === undefined) return;
    sim.network.answer(flight);
    await settle(sim.basis.activity);
  }
}

/** A node that still lives is killed first: a restart without a goodbye. */
export async function restartNode(sim: Sim, node: SimNode): Promise<void> {
  node.ports.kill();
  sim.births += 1;
  const place = { index: node.index, birth: sim.births };
  sim.nodes[node.index] = await startNode(sim.basis, place);
}

/** Takes one step: reports, answers, time, beats, the network, and what breaks. */
import { startStep } from '#test/sim/seen/ledger.ts';
import { unreachable } from '#kernel/decision.ts';
import { plusMs } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { Beat, Step } from '#test/sim/draw.ts';
import { settle, type SimNode, startNode } from '#test/sim/node.ts';
import type { Sim } from '#test/sim/sim.ts';
import { answerAlert, answerMany, askFor } from './answers.ts';
import { changeConfig } from './changes.ts';
import { confirmReceipt, forgeLink, lookAround, pressLink } from './links.ts';
import { postBurst, postEvent, postLabels, raiseAlert } from './reports.ts';

export async function takeStep(sim: Sim, step: Step): Promise<void> {
  const { ledger } = sim;
  startStep(ledger);
  ledger.configFloor = findConfigFloor(sim);
  const marks = sim.nodes.map((node) => listErrors(node).length);
  const node = sim.nodes[step.node % sim.nodes.length];
  if (node === undefined) return;
  node.ports.arm(step.fault);
  await act(sim, step, node);
  await settle(sim.basis.activity);
  const isTroubled = sim.nodes.some(isInTrouble);
  ledger.isTroubled = isTroubled;
  for (const [index, other] of sim.nodes.entries()) {
    const line = listErrors(other)[marks[index] ?? 0];
    if (line === undefined || isTroubled || other.ports.isDead()) continue;
    ledger.surprises.push(`node ${index} logs "${line.message}" ${JSON.stringify(line.fields)}`);
  }
  node.ports.arm(null);
}

/** Before the step: a node that dies in it may have worked with what it knew until then. */
function findConfigFloor({ nodes }: Sim): number {
  const living = nodes.filter(({ ports }) => !ports.isDead());
  return Math.min(...living.map(({ configStep }) => configStep));
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
    case 'burst':
      return postBurst(sim, step, what);
    case 'ask':
      return askFor(sim, step, what);
    case 'bulk':
      return answerMany(sim, step, what);
    case 'press':
      return pressLink(sim, step, what);
    case 'forge':
      return forgeLink(sim, step, what);
    case 'receipt':
      return confirmReceipt(sim, step, what);
    case 'look':
      return lookAround(sim, step);
    case 'change':
      return changeConfig(sim, step, what);
    case 'wait':
      node.isPaused ||= what.isPaused;
      return passTime(sim, what.ms);
    case 'beat':
      node.isPaused &&= step.pick < PAUSED_SHARE;
      for (const beat of what.beats) await runBeat(sim, node, beat);
      return undefined;
    case 'network':
      return answerFlights(sim, step, what.count);
    case 'stall':
      return stall(sim, node, what.ms);
    case 'crash':
      node.ports.kill();
      return undefined;
    case 'restart':
      return restartNode(sim, node);
    case 'outage':
      return setCutOff(node, true);
    case 'mend':
      node.isPaused = false;
      return setCutOff(node, false);
    default:
      return unreachable(what, 'act');
  }
}

/** Of the beats of a node that stands still: the others wake it. */
const PAUSED_SHARE = 0.7;

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

/** Nodes that are well go on renewing; one that stands still does not know that time passes. */
export async function passTime(sim: Sim, ms: number): Promise<void> {
  const { clock, database } = sim;
  const well = sim.nodes.filter((node) => !node.ports.isDead() && !node.isCutOff && !node.isPaused);
  const keeping = well.filter(({ hub }) => hub.nodeLease.current() !== null);
  const now = clock.now();
  const then = plusMs(now, ms);
  const times = [then, now].map((at) => new Date(at).toISOString());
  await database.run(KEEP_LEASES, [keeping.map(({ nodeId }) => nodeId), ...times]);
  clock.set(then);
  for (const node of well) {
    await runBeat(sim, node, 'renew');
    await runBeat(sim, node, 'config');
  }
  const paused = sim.nodes.filter(({ isPaused }) => isPaused).map(({ nodeId }) => nodeId);
  sim.network.answerOverdue((nodeId) => paused.includes(nodeId));
}

/** A beat that fails is tried again later; that is what a ticker does too. */
export async function runBeat(sim: Sim, node: SimNode, beat: Beat): Promise<void> {
  // What comes after a beat of delivery may leave something new to be sent.
  sim.ledger.hasDelivered = false;
  if (node.ports.isDead() || node.isPaused) return;
  const { hub } = node;
  let isThrough = true;
  try {
    if (beat === 'renew') await hub.nodeLease.runRenewalOnce();
    else if (beat === 'escalation') await runEscalation(sim, node);
    else if (beat === 'delivery') await runDelivery(sim, node);
    else if (beat === 'lost') await hub.delivery.runLostOnce();
    else if (beat === 'retention') await runRetention(sim, node);
    else {
      await hub.runConfigRefreshOnce();
      node.configStep = sim.ledger.step;
    }
  } catch (error) {
    isThrough = false;
    if (!node.ports.isDead() && !isInTrouble(node)) {
      const text = error instanceof Error ? error.message : String(error);
      sim.ledger.surprises.push(`the beat ${beat} threw: ${text}`);
    }
  }
  await settle(sim.basis.activity);
  if (!isThrough || node.ports.isDead() || isInTrouble(node)) return;
  if (beat === 'retention') sim.ledger.hasForgotten = true;
  if (hub.nodeLease.current() === null) return;
  if (beat === 'escalation') sim.ledger.escalationBeatOf = node.nodeId;
  if (beat === 'delivery') sim.ledger.hasDelivered = true;
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

/** Again when there is more to send: a slot is free, or a message could not be sent. */
async function runDelivery(sim: Sim, { hub, work }: SimNode): Promise<void> {
  for (let count = 0; count < BEATS_MAX; count += 1) {
    work.hasDelivery = false;
    const { claimed } = await hub.delivery.runOnce();
    await settle(sim.basis.activity);
    if (claimed === 0 && !work.hasDelivery) return;
  }
}

/** Again while there is more, as the ticker does. */
async function runRetention(sim: Sim, { hub }: SimNode): Promise<void> {
  for (let count = 0; count < BEATS_MAX; count += 1) {
    if ((await hub.runRetentionOnce()) === 0) return;
  }
  sim.ledger.surprises.push(`there is still something to forget after ${BEATS_MAX} beats`);
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

/** The answers to what it had sent find it when it wakes up. */
async function stall(sim: Sim, node: SimNode, ms: number): Promise<void> {
  const other = sim.nodes.find((one) => one !== node && !one.ports.isDead() && !one.isPaused);
  if (other === undefined || node.ports.isDead()) return;
  await runBeat(sim, node, 'delivery');
  node.isPaused = true;
  await passTime(sim, LIMITS.nodeLeaseMs);
  await runBeat(sim, other, 'lost');
  await passTime(sim, ms);
  await runBeat(sim, other, 'delivery');
  for (const flight of sim.network.listHeld()) {
    if (flight.nodeId === node.nodeId) sim.network.answer(flight);
  }
  node.isPaused = false;
  await settle(sim.basis.activity);
}

/** A node that still lives is killed first: a restart without a goodbye. */
export async function restartNode(sim: Sim, node: SimNode): Promise<void> {
  node.ports.kill();
  sim.births += 1;
  const place = { index: node.index, birth: sim.births, step: sim.ledger.step };
  sim.nodes[node.index] = await startNode(sim.basis, place);
}

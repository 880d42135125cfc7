/**
 * Moves the clock of a test from due moment to due moment, and runs the beats that a running hub
 * has timers for. Nothing else makes time pass.
 */
import assert from 'node:assert/strict';
import type { Hub } from '#app/hub.ts';
import { formatInstant, type Instant, instant, plusMs } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { TestDatabase } from '#test/support/database.ts';
import { runOn } from '#test/support/server.ts';
import { until } from '#test/support/until.ts';
import type { World } from './nodes.ts';

export type Span = {
  readonly hours?: number;
  readonly minutes?: number;
  readonly seconds?: number;
};

export async function advance(world: World, span: Span): Promise<void> {
  const { clock, db } = world;
  const { hours = 0, minutes = 0, seconds = 0 } = span;
  const target = plusMs(clock.now(), ((hours * 60 + minutes) * 60 + seconds) * 1_000);
  let next = await settle(world);
  while (clock.now() < target) {
    const now = clock.now();
    // What is on its way is watched over every second; else only the due moments matter.
    const isSending = (await listSending(db)).length > 0;
    const bound = isSending ? Math.min(target, plusMs(now, LIMITS.pollMs)) : target;
    const due = next === null || next > now ? next : plusMs(now, LIMITS.pollMs);
    clock.set(instant(due === null ? bound : Math.min(due, bound)));
    next = await settle(world);
  }
}

/** Far more than any test needs: a beat that always finds something to do would never end. */
const ROUNDS_MAX = 200;

/** Until nothing is due or on its way but what is held. Returns the next due moment. */
export async function settle(world: World): Promise<Instant | null> {
  await Promise.all(world.nodes.map(({ hub }) => hub.nodeLease.runRenewalOnce()));
  await Promise.all(world.nodes.map(({ hub }) => hub.runConfigRefreshOnce()));
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const beats = await Promise.all(world.nodes.map(({ hub }) => runBeats(hub)));
    await waitForSends(world);
    if (beats.some(({ moved }) => moved > 0)) continue;
    const dues = beats.flatMap(({ dues }) => dues);
    return dues.length === 0 ? null : instant(Math.min(...dues));
  }
  return assert.fail(
    `still busy after ${ROUNDS_MAX} rounds at ${formatInstant(world.clock.now())}`,
  );
}

async function runBeats(hub: Hub) {
  await hub.supervision.runPulsesOnce();
  const silence = await hub.supervision.runSilenceOnce();
  const escalation = await hub.runEscalationOnce();
  const delivery = await hub.delivery.runOnce();
  const lost = await hub.delivery.runLostOnce();
  const dues = [escalation, delivery, silence].flatMap(({ nextDueAt }) => nextDueAt ?? []);
  return { moved: silence.moved + escalation.moved + delivery.claimed + lost, dues };
}

/** Until everything has ended and is stored, but for what the receiver holds. */
async function waitForSends({ nodes, receiver, db }: World): Promise<void> {
  const countAll = () => nodes.reduce((sum, node) => sum + node.sendsCount(), 0);
  const what = 'all requests have ended but those that are held';
  await until(() => countAll() <= receiver.heldCount(), { what });
  for (const { hub, sendsCount } of nodes) {
    if (sendsCount() === 0) await hub.delivery.idle();
    else await until(async () => (await countSending(db, hub)) <= sendsCount(), { what });
  }
}

async function countSending(db: TestDatabase, hub: Hub): Promise<number> {
  const lease = hub.nodeLease.current();
  const name = `${lease?.nodeId}/${lease?.epoch}`;
  return (await listSending(db)).filter((sender) => sender === name).length;
}

/** The lease under which each message that is on its way was claimed. */
async function listSending(db: TestDatabase): Promise<readonly string[]> {
  const sql = `select lease_node || '/' || lease_epoch as sender from notification
    where status = 'sending'`;
  const { rows } = await runOn(db.connection, (client) => client.query(sql));
  return rows.map(({ sender }) => String(sender));
}

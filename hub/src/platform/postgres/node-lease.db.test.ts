import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MS_PER_MINUTE, MS_PER_SECOND, plusMs } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import { createManualClock } from '#test/support/clock.ts';
import { createTestDatabase } from '#test/support/database.ts';
import { createNodeLease, type NodeLease } from './node-lease.ts';
import type { Database } from './postgres.ts';

type Lifetime = { readonly after: (end: () => Promise<void>) => void };

let nodeCount = 0;

async function start(t: Lifetime) {
  const db = await createTestDatabase();
  t.after(() => db.drop());
  const clock = createManualClock();
  let isGone = false;
  const database: Database = {
    ...db.database,
    run: (...asked) =>
      isGone ? Promise.reject(new Error('connection lost')) : db.database.run(...asked),
  };
  const add = (roles: readonly string[] = ['api', 'worker']): NodeLease => {
    nodeCount += 1;
    const nodeId = `0190a000-0000-7000-8000-${String(nodeCount).padStart(12, '0')}`;
    const about = { nodeId, roles, version: '0', isAlone: false };
    return createNodeLease({ database, clock, log: db.log, ...about });
  };
  /** As a running node does it: every two seconds. */
  const renewFor = async (nodes: readonly NodeLease[], durationMs: number): Promise<void> => {
    for (let left = durationMs; left > 0; left -= LIMITS.nodeRenewMs) {
      clock.advanceMs(LIMITS.nodeRenewMs);
      for (const node of nodes) await node.runRenewalOnce().catch(() => undefined);
    }
  };
  const setGone = (gone: boolean): void => {
    isGone = gone;
  };
  return { clock, add, renewFor, setGone };
}

describe('since when somebody has been there to be reported to', () => {
  test('is since the first node of those that live came up', async (t) => {
    const { clock, add, renewFor } = await start(t);
    const began = clock.now();
    const first = add();
    await first.runRenewalOnce();
    await renewFor([first], MS_PER_MINUTE);
    const second = add();
    await renewFor([first, second], MS_PER_MINUTE);
    assert.deepEqual([first.listeningSince(), second.listeningSince()], [began, began]);
    await first.end();
    await renewFor([second], LIMITS.nodeLeaseMs);
    assert.equal(second.listeningSince(), plusMs(began, MS_PER_MINUTE));
  });

  test('begins anew when the database was away for longer than a lease', async (t) => {
    const { clock, add, renewFor, setGone } = await start(t);
    const node = add();
    await node.runRenewalOnce();
    const lease = node.current();
    setGone(true);
    await renewFor([node], MS_PER_MINUTE);
    assert.equal(node.current(), null);
    setGone(false);
    await renewFor([node], LIMITS.nodeRenewMs);
    assert.equal(node.listeningSince(), clock.now());
    assert.equal(node.current()?.epoch, (lease?.epoch ?? 0) + 1);
    const back = clock.now();
    await renewFor([node], MS_PER_MINUTE);
    assert.equal(node.listeningSince(), back);
  });

  test('goes on, under the same lease, over a renewal that failed once', async (t) => {
    const { clock, add, renewFor, setGone } = await start(t);
    const began = clock.now();
    const node = add();
    await node.runRenewalOnce();
    const lease = node.current();
    setGone(true);
    await renewFor([node], LIMITS.nodeRenewMs);
    setGone(false);
    await renewFor([node], LIMITS.nodeRenewMs);
    assert.deepEqual(node.current(), lease);
    assert.equal(node.listeningSince(), began);
  });

  test('goes on as long as one node could be reached', async (t) => {
    const { clock, add, renewFor } = await start(t);
    const began = clock.now();
    const [steady, sleepy] = [add(), add()];
    await steady.runRenewalOnce();
    await sleepy.runRenewalOnce();
    await renewFor([steady], MS_PER_MINUTE);
    sleepy.noteAway();
    await renewFor([sleepy, steady], LIMITS.nodeRenewMs);
    assert.deepEqual([steady.listeningSince(), sleepy.listeningSince()], [began, began]);
  });

  test('begins anew when the only machine stood still', async (t) => {
    const { clock, add, renewFor } = await start(t);
    const node = add();
    await node.runRenewalOnce();
    clock.advanceMs(10 * MS_PER_MINUTE);
    node.noteAway();
    await node.runRenewalOnce();
    assert.equal(node.listeningSince(), clock.now());
    const back = clock.now();
    await renewFor([node], 30 * MS_PER_SECOND);
    assert.equal(node.listeningSince(), back);
  });

  test('is never, while no node takes reports', async (t) => {
    const { clock, add, renewFor } = await start(t);
    const worker = add(['worker']);
    await worker.runRenewalOnce();
    await renewFor([worker], MS_PER_MINUTE);
    assert.equal(worker.listeningSince(), clock.now());
    const api = add(['api']);
    const there = clock.now();
    await renewFor([api, worker], MS_PER_MINUTE);
    assert.equal(worker.listeningSince(), there);
  });
});

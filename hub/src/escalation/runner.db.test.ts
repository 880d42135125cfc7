import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { createRecordingLog } from '#test/support/log.ts';
import { startTestHub, type TestHub } from '#test/support/hub.ts';
import { type EscalationRunner, runEscalationOnce } from './runner.ts';

/** A hub whose alert has a reminder due now, and a beat whose decisions go as `wake` says. */
async function startDue(t: TestContext, wake: EscalationRunner['wake']) {
  const hub = await startTestHub(t);
  await hub.raise({ alert_id: 'fall' });
  await hub.settle();
  hub.clock.advanceMs(120_000);
  await hub.node.hub.nodeLease.runRenewalOnce();
  const runner: EscalationRunner = {
    database: hub.db.database,
    clock: hub.clock,
    log: createRecordingLog(),
    lease: () => hub.node.hub.nodeLease.current(),
    wake,
    onMoved: () => undefined,
    onSetAside: () => undefined,
    innocent: { claims: [] },
  };
  return { hub, runner };
}

async function readClaimCount(hub: TestHub): Promise<unknown> {
  const [row] = await hub.query('select claim_count from escalation');
  return row?.['claim_count'];
}

test('a reminder whose decision a lost database swallowed is tried at the next beat', async (t) => {
  const lost = Object.assign(new Error('connection terminated'), { code: 'ECONNRESET' });
  let decided = 0;
  const { hub, runner } = await startDue(t, () => {
    decided += 1;
    return decided < 4 ? Promise.reject(lost) : Promise.resolve();
  });
  for (let beat = 0; beat < 3; beat += 1) {
    await assert.rejects(runEscalationOnce(runner), /terminated/);
  }
  assert.equal((await runEscalationOnce(runner)).moved, 1, 'no waiting in between');
  assert.equal(decided, 4);
  assert.equal(await readClaimCount(hub), 1);
});

test('a row that breaks its decision stays a suspect: it waits longer each time', async (t) => {
  const { hub, runner } = await startDue(t, () => Promise.reject(new Error('cannot decide')));
  await runEscalationOnce(runner);
  await runEscalationOnce(runner);
  assert.equal(await readClaimCount(hub), 1);
  assert.deepEqual(runner.innocent.claims, []);
});

test('what somebody else has claimed or decided since is left alone', async (t) => {
  const lost = Object.assign(new Error('connection terminated'), { code: 'ECONNRESET' });
  const { hub, runner } = await startDue(t, () => Promise.reject(lost));
  await assert.rejects(runEscalationOnce(runner), /terminated/);
  await hub.query('update escalation set claim_count = 0, lease_node = null, lease_epoch = null');
  await assert.rejects(runEscalationOnce(runner), /terminated/);
  assert.equal(await readClaimCount(hub), 1);
});

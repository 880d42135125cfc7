/** The same key at the same moment, on two nodes, over lost connections and dead processes. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { LIMITS } from '#kernel/limits.ts';
import { startTestHub, type TestHub } from '#test/support/hub.ts';
import { type Answer, type CallOptions, textOf } from '#test/support/hub/calls.ts';
import { createGates } from '#test/support/hub/gate.ts';
import { type LossyDatabase, startLossyDatabase } from '#test/support/processes/lossy-database.ts';

const KEY = 'the-key';
const PATH = '/api/v1/policies';

function make(hub: TestHub, name: string, more: CallOptions = {}): Promise<Answer> {
  const body = { name, steps: [{ delay_s: 60 }] };
  return hub.call(`POST ${PATH}`, body, { ...more, headers: { 'idempotency-key': KEY } });
}

async function countNamed(hub: TestHub, name: string): Promise<number> {
  return (await hub.query('select 1 from policy where name = $1', [name])).length;
}

const isReplay = (answer: Answer) => answer.headers['idempotent-replayed'] === 'true';

async function startGated(t: TestContext) {
  const hub = await startTestHub(t, { isTelling: false, isErrorExpected: true });
  // Gates go with their database.
  const gates = await createGates({ after: () => undefined }, hub);
  const gate = await gates.add({ table: 'idempotency_answer', on: 'insert', when: 'true' });
  return { hub, gates, gate };
}

test('two at once, here or on another node, are one: the other is told to wait', async (t) => {
  const { hub, gates, gate } = await startGated(t);
  const other = await hub.addNode();
  await gate.close();
  const first = make(hub, 'night');
  await gates.waiting(1);
  for (const node of [hub.node, other]) {
    const second = await make(hub, 'night', { node });
    assert.deepEqual([second.status, second.at('error.code')], [409, 'idempotency_key_in_use']);
    assert.equal(second.headers['retry-after'], String(LIMITS.retryAfterS));
  }
  await gate.open();
  const done = await first;
  assert.equal(done.status, 201, done.text);
  for (const node of [hub.node, other]) {
    const again = await make(hub, 'night', { node });
    assert.deepEqual([again.text, isReplay(again)], [done.text, true]);
  }
  assert.equal(await countNamed(hub, 'night'), 1);
});

test('a process that dies before the commit has done nothing, and the key is free', async (t) => {
  const { hub, gates, gate } = await startGated(t);
  await gate.close();
  const first = make(hub, 'night');
  await gates.waiting(1);
  assert.equal(await countNamed(hub, 'night'), 0, 'the write and its answer come together');
  await gate.cut();
  await gate.open();
  const lost = await first;
  assert.deepEqual([lost.status, lost.at('error.code')], [503, 'not_stored'], lost.text);
  assert.equal(lost.headers['content-type'], 'application/json; charset=utf-8');
  const again = await make(hub, 'night');
  assert.deepEqual([again.status, isReplay(again)], [201, false], again.text);
  assert.equal(await countNamed(hub, 'night'), 1);
});

test('a commit that nobody has heard of is found again by its key, and not repeated', async (t) => {
  const started = Promise.withResolvers<LossyDatabase>();
  const hub = await startTestHub(t, {
    isTelling: false,
    isErrorExpected: true,
    connectThrough: async (connection) => {
      started.resolve(await startLossyDatabase(connection));
      return (await started.promise).connection;
    },
  });
  const { loseCommitAfter, lostCount, stop } = await started.promise;
  t.after(stop);
  loseCommitAfter('idempotency_answer');
  const lost = await make(hub, 'night');
  assert.deepEqual([lost.status, lost.at('error.code')], [503, 'not_stored'], lost.text);
  assert.equal(lostCount(), 1);
  assert.equal(await countNamed(hub, 'night'), 1, 'it was committed');
  const again = await make(hub, 'night');
  assert.deepEqual([again.status, isReplay(again)], [201, true], again.text);
  assert.equal(await countNamed(hub, 'night'), 1);
  // What follows the write has happened too, though nobody knew: the node sees its own policy.
  const raised = await hub.call('POST /api/v1/alerts', {
    title: 'x',
    policy_id: again.textAt('id'),
  });
  assert.equal(raised.status, 201, raised.text);
});

test('more writes with keys than there are sessions all get through', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  const id = await hub.raise();
  const count = 4 * LIMITS.wholeRequestsMax;
  const notes = Array.from({ length: count }, (_, at) =>
    hub.call(
      `POST /api/v1/alerts/${id}/note`,
      { detail: `Note ${at}` },
      { headers: { 'idempotency-key': `note-${at}` } },
    ),
  );
  const policies = Array.from({ length: count }, (_, at) =>
    hub.call(
      `POST ${PATH}`,
      { name: `policy ${at}`, steps: [{ delay_s: 60 }] },
      { headers: { 'idempotency-key': `policy-${at}` } },
    ),
  );
  for (const { status, text } of await Promise.all([...notes, ...policies])) {
    assert.ok(status === 200 || status === 201, text);
  }
});

test('an answer that is too large is not kept; that it was done is', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  const ids: string[] = [];
  // The answer to many is as large as what it tells of: 16 alerts of 64 KB each.
  for (let at = 0; at < 17; at += 1) {
    const text = 'x'.repeat(63_000);
    ids.push(await hub.raise({ analyse: { text } }));
  }
  const answerAll = async (alertIds: readonly string[], key: string) =>
    hub.call(
      'POST /api/v1/alerts/bulk-status',
      { alert_ids: alertIds, status: 'SEEN' },
      { headers: { 'idempotency-key': key } },
    );
  const small = await answerAll(ids.slice(0, 1), 'small');
  assert.equal(small.status, 200);
  assert.equal(isReplay(await answerAll(ids.slice(0, 1), 'small')), true);
  const large = await answerAll(ids, 'large');
  assert.equal(large.status, 200);
  assert.ok(Buffer.byteLength(large.text) > LIMITS.idempotencyAnswerBytesMax);
  const again = await answerAll(ids, 'large');
  assert.deepEqual([again.status, again.at('error.code')], [409, 'idempotency_answer_too_large']);
});

test('what reaches out claims its key first: a lost one is not repeated', async (t) => {
  const hub = await startTestHub(t);
  const [channel] = await hub.query(`select channel_id from channel where name = 'ops'`);
  const what = `POST /api/v1/channels/${textOf(channel?.['channel_id'])}/test`;
  const ask = (key = KEY) => hub.call(what, {}, { headers: { 'idempotency-key': key } });
  const before = hub.receiver.received().length;
  const first = await ask();
  assert.equal(first.status, 200, first.text);
  const again = await ask();
  assert.deepEqual([again.text, isReplay(again)], [first.text, true]);
  assert.equal(hub.receiver.received().length, before + 1);
  // As its process would leave it: claimed, and never answered.
  await hub.query(`update idempotency_answer
    set answered_at = null, status = null, headers = null, body = null, is_kept = null`);
  const running = await ask();
  assert.deepEqual([running.status, running.at('error.code')], [409, 'idempotency_key_in_use']);
  hub.clock.advanceMs(LIMITS.idempotencyRunMaxMs);
  const unknown = await ask();
  assert.equal(unknown.at('error.code'), 'idempotency_outcome_unknown', unknown.text);
  assert.equal(hub.receiver.received().length, before + 1);
  hub.clock.advanceMs(LIMITS.idempotencyKeepMs);
  assert.equal((await ask()).status, 200);
});

test('what reaches out and is refused has its key free again', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  const what = `POST /api/v1/channels/${crypto.randomUUID()}/test`;
  for (const _ of [1, 2]) {
    const answer = await hub.call(what, {}, { headers: { 'idempotency-key': KEY } });
    assert.equal(answer.status, 404, answer.text);
  }
  assert.equal(await hub.countRows('idempotency_answer'), 0);
});

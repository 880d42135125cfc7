import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createTurns } from './turns.ts';

function createWork() {
  const gates: PromiseWithResolvers<string>[] = [];
  const begin = () => {
    const gate = Promise.withResolvers<string>();
    gates.push(gate);
    return gate.promise;
  };
  return { begin, gates };
}

/** What was let in so far has had its chance to begin. */
const settle = () => Promise.resolve().then(() => Promise.resolve());

describe('turns', () => {
  test('let so many in at once, and the others in their order', async () => {
    const { begin, gates } = createWork();
    const turns = createTurns({ runningMax: 2, waitingMax: 5 });
    const all = [1, 2, 3, 4].map(() => turns.take(begin));
    await settle();
    assert.equal(gates.length, 2);
    gates[1]?.resolve('second');
    assert.equal(await all[1], 'second');
    await settle();
    assert.equal(gates.length, 3);
    for (const at of [0, 2]) gates[at]?.resolve(`${at}`);
    assert.deepEqual([await all[0], await all[2]], ['0', '2']);
    await settle();
    gates[3]?.resolve('last');
    assert.equal(await all[3], 'last');
  });

  test('refuse the one that would wait behind too many, and do nothing for it', async () => {
    const { begin, gates } = createWork();
    const turns = createTurns({ runningMax: 1, waitingMax: 1 });
    const [first, second] = [turns.take(begin), turns.take(begin)];
    assert.equal(await turns.take(begin), null);
    assert.equal(gates.length, 1);
    gates[0]?.resolve('a');
    await first;
    await settle();
    gates[1]?.resolve('b');
    assert.equal(await second, 'b');
    assert.equal(await turns.take(async () => 'room again'), 'room again');
  });

  test('go on after one that failed', async () => {
    const turns = createTurns({ runningMax: 1, waitingMax: 2 });
    const failing = turns.take(() => Promise.reject(new Error('no')));
    const next = turns.take(async () => 'done');
    await assert.rejects(failing, /no/);
    assert.equal(await next, 'done');
  });

  test('never have more under way than there may be', async () => {
    const turns = createTurns({ runningMax: 3, waitingMax: 100 });
    let [running, most] = [0, 0];
    const work = async () => {
      running += 1;
      most = Math.max(most, running);
      await settle();
      running -= 1;
      return true;
    };
    const done = await Promise.all(Array.from({ length: 60 }, () => turns.take(work)));
    assert.ok(done.every((one) => one === true));
    assert.deepEqual([most, running], [3, 0]);
  });
});

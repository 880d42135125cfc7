/** The product's promises under crashes, lost answers, lost leases and a bad network. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createTestDatabase, type TestDatabase } from '#test/support/database.ts';
import { drawPlan } from './draw.ts';
import { PLANTED_FAULTS } from './faults.ts';
import { INVARIANTS } from './invariants.ts';
import { renderFailure, shrink } from './shrink.ts';
import { simulate } from './simulate.ts';

const STEPS = { min: 20, max: 45 };
const SEEDS = 100;
const SEEDS_PER_TEST = 10;

describe('in the simulator', () => {
  let db: TestDatabase;

  before(async () => {
    db = await createTestDatabase();
  });

  after(() => db.drop());

  for (let first = 1; first <= SEEDS; first += SEEDS_PER_TEST) {
    const last = first + SEEDS_PER_TEST - 1;
    test(`every invariant holds after every step of seeds ${first} to ${last}`, async () => {
      for (let seed = first; seed <= last; seed += 1) {
        const plan = drawPlan(seed, STEPS);
        const { broken } = await simulate(db.database, plan);
        if (broken === null) continue;
        assert.fail(renderFailure(await shrink(db.database, { plan, broken })));
      }
    });
  }

  test('a seed is the same run each time, and another seed is another', async () => {
    const hashes: string[] = [];
    for (const seed of [7, 8, 7]) {
      hashes.push((await simulate(db.database, drawPlan(seed, STEPS))).hash);
    }
    assert.equal(hashes[0], hashes[2]);
    assert.notEqual(hashes[0], hashes[1]);
  });

  test('a seed that breaks is shrunk to few steps that break the same invariant', async () => {
    const mutation = PLANTED_FAULTS.map((fault) => fault.mutation).find(
      ({ name }) => name === 'duplicate_raises',
    );
    assert.ok(mutation !== undefined);
    const plan = drawPlan(1, { min: 60, max: 100 });
    const { broken } = await simulate(db.database, plan, mutation);
    assert.ok(broken !== null);
    const small = await shrink(db.database, { plan, broken }, mutation);
    assert.equal(small.broken.invariant, broken.invariant);
    assert.ok(small.plan.steps.length <= 5, renderFailure(small));
    assert.match(renderFailure(small), /seed 1 breaks invariant 1: .*\n(.*\n)+->/);
  });
});

test('invariants are numbered in order, each with a sentence', () => {
  for (const [index, { number, sentence }] of INVARIANTS.entries()) {
    assert.equal(number, index + 1);
    assert.match(sentence, /^[A-Z].*\.$/);
  }
});

/** The product's promises under crashes, lost answers, lost leases and a bad network. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { createTestDatabase, type TestDatabase } from '#test/support/database.ts';
import { drawPlan } from './draw.ts';
import { PLANTED_FAULTS } from './faults/faults.ts';
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
    const fault = PLANTED_FAULTS.find(({ mutation }) => mutation.name === 'duplicate_raises');
    assert.ok(fault !== undefined);
    const [seed = 1] = fault.seeds ?? [];
    const plan = drawPlan(seed, { min: 60, max: 100 });
    const trial = { mutation: fault.mutation, wanted: new Set([1]) };
    const { broken } = await simulate(db.database, plan, trial);
    assert.ok(broken !== null);
    const small = await shrink(db.database, { plan, broken }, trial);
    assert.equal(small.broken.invariant, broken.invariant);
    assert.ok(small.plan.steps.length <= 5, renderFailure(small));
    const told = new RegExp(`seed ${seed} breaks invariant 1: .*\\n(.*\\n)+->`);
    assert.match(renderFailure(small), told);
  });
});

test('invariants are numbered in order, each with a sentence', () => {
  for (const [index, { number, sentence }] of INVARIANTS.entries()) {
    assert.equal(number, index + 1);
    assert.match(sentence, /^[A-Z].*\.$/);
  }
});

const HUB = new URL('../../hub/', import.meta.url);

/** `name and name (file)`, or a constraint of the schema. */
test('what is said to enforce an invariant is there', () => {
  const schema = readFileSync(new URL('db/schema.sql', HUB), 'utf8');
  for (const { number, enforcedBy } of INVARIANTS) {
    for (const place of enforcedBy) {
      const [, named = place, file] = /^(.*) \((.*)\)$/.exec(place) ?? [];
      const text = file === undefined ? schema : readFileSync(new URL(`src/${file}`, HUB), 'utf8');
      for (const name of named.split(' and ')) {
        assert.ok(
          text.includes(name),
          `invariant ${number}: ${name} is not in ${file ?? 'schema'}`,
        );
      }
    }
  }
});

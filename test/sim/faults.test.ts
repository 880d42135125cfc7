/** Bugs that were put in on purpose: a simulator that misses one proves nothing. */
import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { createTestDatabase } from '#test/support/database.ts';
import { planOf } from './chains.ts';
import { drawPlan, type Plan } from './draw.ts';
import { PLANTED_FAULTS } from './faults/faults.ts';
import type { PlantedFault } from './faults/plant.ts';
import { INVARIANTS } from './invariants.ts';
import { simulate } from './simulate.ts';

const STEPS = { min: 60, max: 100 };
const SEEDS_MAX = 40;

/** The invariants that it is said to break. */
function listBroken(fault: PlantedFault): readonly number[] {
  return INVARIANTS.filter(({ brokenBy }) => brokenBy.includes(fault.mutation.name)).map(
    ({ number }) => number,
  );
}

describe('the simulator finds that', () => {
  for (const fault of PLANTED_FAULTS) {
    test(fault.sentence, async (t) => {
      const missed = await findAll(fault, t);
      assert.deepEqual([...missed], [], `${fault.mutation.name} broke less in ${SEEDS_MAX} seeds`);
    });
  }
});

function* listPlans({ steps, seeds = [] }: PlantedFault): Generator<Plan> {
  if (steps !== undefined) yield planOf(steps);
  const known = new Set(seeds);
  for (const seed of known) yield drawPlan(seed, STEPS);
  for (let seed = 1; seed <= SEEDS_MAX; seed += 1) {
    if (!known.has(seed)) yield drawPlan(seed, STEPS);
  }
}

/** Returns the invariants that were not seen to break. Each by itself: one may hide another. */
async function findAll(fault: PlantedFault, t: TestContext): Promise<ReadonlySet<number>> {
  const wanted = new Set(listBroken(fault));
  const { mutation } = fault;
  const { database, drop } = await createTestDatabase();
  try {
    for (const [index, text] of (fault.sql ?? []).entries()) {
      await database.run({ name: `sim.plant_${index}`, text }, []);
    }
    for (const plan of listPlans(fault)) {
      if (wanted.size === 0) break;
      const { broken } = await simulate(database, plan, { mutation, wanted });
      if (broken === null) continue;
      wanted.delete(broken.invariant);
      t.diagnostic(`seed ${plan.seed}, invariant ${broken.invariant}: ${broken.detail}`);
    }
    return wanted;
  } finally {
    await drop();
  }
}

describe('of the planted bugs', () => {
  const names = PLANTED_FAULTS.map(({ mutation }) => mutation.name);

  test('each has a name of its own', () => {
    assert.equal(new Set(names).size, names.length);
  });

  test('every invariant is broken by one at least, and says what enforces it', () => {
    for (const { number, brokenBy, enforcedBy } of INVARIANTS) {
      const unknown = brokenBy.filter((name) => !names.includes(name));
      assert.deepEqual(unknown, [], `of invariant ${number}`);
      assert.ok(brokenBy.length > 0 && enforcedBy.length > 0, `invariant ${number}`);
    }
  });

  test('every one is named by an invariant that it breaks', () => {
    for (const fault of PLANTED_FAULTS) {
      assert.ok(listBroken(fault).length > 0, fault.mutation.name);
    }
  });
});

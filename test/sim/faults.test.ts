/** Bugs that were put in on purpose: a simulator that misses one proves nothing. */
import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { createTestDatabase } from '#test/support/database.ts';
import { drawPlan } from './draw.ts';
import { PLANTED_FAULTS, type PlantedFault } from './faults.ts';
import type { Broken } from './simulate.ts';
import { simulate } from './simulate.ts';

const STEPS = { min: 60, max: 100 };
const SEEDS_MAX = 30;
/** "Something failed" is no find: the invariant that the bug breaks has to be named. */
const SURPRISE = 22;

describe('the simulator finds that', () => {
  for (const fault of PLANTED_FAULTS) {
    test(fault.sentence, async (t) => {
      const broken = await findFirst(fault, t);
      assert.ok(broken !== null, `not found in ${SEEDS_MAX} seeds`);
      assert.notEqual(broken.invariant, SURPRISE, broken.detail);
    });
  }
});

async function findFirst(fault: PlantedFault, t: TestContext): Promise<Broken | null> {
  const { database, drop } = await createTestDatabase();
  try {
    for (const [index, text] of (fault.sql ?? []).entries()) {
      await database.run({ name: `sim.plant_${index}`, text }, []);
    }
    for (let seed = 1; seed <= SEEDS_MAX; seed += 1) {
      const { broken } = await simulate(database, drawPlan(seed, STEPS), fault.mutation);
      if (broken === null) continue;
      t.diagnostic(`seed ${seed}, invariant ${broken.invariant}: ${broken.detail}`);
      return broken;
    }
    return null;
  } finally {
    await drop();
  }
}

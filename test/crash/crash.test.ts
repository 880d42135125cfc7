/**
 * Kills a hub twenty times under load; `npm run crash -- 200` does it more often. Prints its seed
 * and its table; a run that found a fault keeps its directory.
 */
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { type CrashRun, createCrashRun } from './crash-run.ts';
import { renderResult } from './crash-table.ts';
import { findViolations } from './evidence.ts';
import { INVARIANTS, SCAN_TABLES } from './invariants.ts';

const KILLS = 20;
const SEED_MAX = 2 ** 31;

test('nothing that was answered is lost or doubled, whatever is killed when', async (t) => {
  const seed = Number(process.env['TOCSIN_TEST_CRASH_SEED'] ?? randomInt(SEED_MAX));
  t.diagnostic(`seed ${seed}: TOCSIN_TEST_CRASH_SEED=${seed} repeats the plan`);
  const crash = await createCrashRun({ seed, workersMax: 0 });
  let isSound = false;
  try {
    const result = await crash.run({ killsMax: KILLS });
    for (const line of renderResult(result).split('\n')) t.diagnostic(line);
    assert.deepEqual(result.faults, []);
    await t.test('and every look into the database finds what it looks for', (t) =>
      plantFaults(t, crash),
    );
    isSound = true;
  } finally {
    if (!isSound) t.diagnostic(`kept for whoever looks: ${crash.root}`);
    await crash.close({ isKept: !isSound });
  }
});

async function plantFaults(t: TestContext, crash: CrashRun): Promise<void> {
  for (const { promise, violations, plant } of INVARIANTS) {
    await t.test(promise, () =>
      crash.withClient(async (client) => {
        await client.query('begin');
        await client.query(SCAN_TABLES);
        await client.query(plant);
        const found = await findViolations(client, violations);
        await client.query('rollback');
        assert.notDeepEqual(found, []);
      }),
    );
  }
}

/**
 * Kills a hub of three processes, one for requests and two that work, and its database, six times
 * under load; `npm run crash -- 200 --workers 2` does it more often. Prints its seed and its table;
 * a run that found a fault keeps its directory.
 */
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import { createCrashRun } from './crash-run.ts';
import { renderResult } from './crash-table.ts';

const KILLS = 6;
const WORKERS = 2;
const SEED_MAX = 2 ** 31;

test('several processes: whichever dies, nothing is lost and the others go on', async (t) => {
  const seed = Number(process.env['TOCSIN_TEST_CRASH_SEED'] ?? randomInt(SEED_MAX));
  t.diagnostic(`seed ${seed}: TOCSIN_TEST_CRASH_SEED=${seed} repeats the plan`);
  const crash = await createCrashRun({ seed, workersMax: WORKERS });
  let isSound = false;
  try {
    const result = await crash.run({ killsMax: KILLS });
    for (const line of renderResult(result).split('\n')) t.diagnostic(line);
    assert.deepEqual(result.faults, []);
    assert.notDeepEqual(result.takeOvers, [], 'some worker died with something on its way');
    isSound = true;
  } finally {
    if (!isSound) t.diagnostic(`kept for whoever looks: ${crash.root}`);
    await crash.close({ isKept: !isSound });
  }
});

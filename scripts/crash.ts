/**
 * Kills a hub under load as often as asked: `npm run crash -- 200`, with a second argument the
 * seed of the plan. Exit code 1 when a promise was broken; the directory of such a run is kept.
 */
import { randomInt } from 'node:crypto';
import { createCrashRun } from '#test/crash/crash-run.ts';
import { renderResult } from '#test/crash/crash-table.ts';

const KILLS_DEFAULT = 20;
const SEED_MAX = 2 ** 31;

async function runCrash(killsMax: number, seed: number): Promise<number> {
  print(`seed ${seed}`);
  const crash = await createCrashRun(seed);
  let isSound = false;
  try {
    const result = await crash.run({
      killsMax,
      onKill: ({ victim, moment }, done) => print(`${done}/${killsMax} ${victim} ${moment}`),
    });
    print(renderResult(result));
    isSound = result.faults.length === 0;
  } finally {
    if (!isSound) print(`kept for whoever looks: ${crash.root}`);
    await crash.close({ isKept: !isSound });
  }
  return isSound ? 0 : 1;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

const [kills = String(KILLS_DEFAULT), seed = String(randomInt(SEED_MAX))] = process.argv.slice(2);
if (/^\d+$/.test(kills) && /^\d+$/.test(seed)) {
  process.exitCode = await runCrash(Number(kills), Number(seed));
} else {
  print('Usage: npm run crash -- [KILLS [SEED]]');
  process.exitCode = 2;
}

/**
 * Kills a hub under load as often as asked: `npm run crash -- 200`, with a second argument the
 * seed of the plan. `--workers 2` runs it as several processes over one database, and measures how
 * long the others take to take over from a dead one. Exit code 1 when a promise was broken; the
 * directory of such a run is kept.
 */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { type CrashHub, createCrashRun } from '#test/crash/crash-run.ts';
import { renderResult } from '#test/crash/crash-table.ts';

const KILLS_DEFAULT = 20;
const SEED_MAX = 2 ** 31;

async function runCrash(killsMax: number, plan: CrashHub): Promise<number> {
  print(`seed ${plan.seed}`);
  const crash = await createCrashRun(plan);
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

type Wish = { readonly killsMax: number; readonly plan: CrashHub };

/** Null: not what the usage says. */
function parseWish(argv: readonly string[]): Wish | null {
  const reading = parseArgs({
    args: [...argv],
    options: { workers: { type: 'string' } },
    allowPositionals: true,
    strict: false,
  });
  const [kills = String(KILLS_DEFAULT), seed = String(randomInt(SEED_MAX)), ...more] =
    reading.positionals;
  const { workers = '0', ...unknown } = reading.values;
  const numbers = [kills, seed, String(workers)];
  const isUsage = more.length === 0 && Object.keys(unknown).length === 0;
  if (!isUsage || !numbers.every((text) => /^\d+$/.test(text))) return null;
  return { killsMax: Number(kills), plan: { seed: Number(seed), workersMax: Number(workers) } };
}

const wish = parseWish(process.argv.slice(2));
if (wish !== null) {
  process.exitCode = await runCrash(wish.killsMax, wish.plan);
} else {
  print('Usage: npm run crash -- [KILLS [SEED]] [--workers COUNT]');
  process.exitCode = 2;
}

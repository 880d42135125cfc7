/**
 * Seeds of the simulator, as many as asked for: `npm run sim -- 10000`, from another first seed
 * with `--seed N`; `npm run sim -- --seed N` runs that one and prints what it came to. Prints each
 * broken seed with its shrunk steps; exit code 1 when there was one.
 */
import { parseArgs } from 'node:util';
import { createDatabase, type Database } from '#platform/postgres/postgres.ts';
import { drawPlan } from '#test/sim/draw.ts';
import { renderFailure, shrink } from '#test/sim/shrink.ts';
import { simulate } from '#test/sim/simulate.ts';
import { createRecordingLog } from '#test/support/log.ts';
import { cloneDatabase, startTestServer } from '#test/support/server.ts';

const STEPS = { min: 60, max: 150 };
const REPORT_EVERY = 100;
const COUNT_DEFAULT = 100;

function readArguments(): { readonly first: number; readonly count: number } {
  const { values, positionals } = parseArgs({
    options: { seed: { type: 'string' } },
    allowPositionals: true,
  });
  const first = Number(values.seed ?? 1);
  const count = Number(positionals[0] ?? (values.seed === undefined ? COUNT_DEFAULT : 1));
  if (Number.isInteger(first) && Number.isInteger(count) && count >= 1) return { first, count };
  throw new Error('usage: npm run sim -- [COUNT] [--seed FIRST]');
}

async function runSeeds(
  database: Database,
  { first, count }: { readonly first: number; readonly count: number },
): Promise<number> {
  let brokenCount = 0;
  for (let seed = first; seed < first + count; seed += 1) {
    const plan = drawPlan(seed, STEPS);
    const { hash, broken, counts } = await simulate(database, plan);
    if (count === 1) print(`seed ${seed}: state ${hash} ${JSON.stringify(counts)}`);
    if (broken !== null) {
      brokenCount += 1;
      print(renderFailure(await shrink(database, { plan, broken })));
    }
    const done = seed - first + 1;
    if (done % REPORT_EVERY === 0) print(`${done} seeds, ${brokenCount} broken`);
  }
  return brokenCount;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

const wanted = readArguments();
const server = await startTestServer();
const { connection } = await cloneDatabase(server.connection);
const database = createDatabase({ connection, log: createRecordingLog() });
try {
  const brokenCount = await runSeeds(database, wanted);
  print(`${wanted.count} seeds, ${brokenCount} broken`);
  if (brokenCount > 0) process.exitCode = 1;
} finally {
  await database.close();
  await server.stop();
}

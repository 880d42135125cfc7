/** dev */
import { createDatabase } from '#platform/postgres.ts';
import { createRecordingLog } from '#test/support/log.ts';
import { cloneDatabase, startTestServer } from '#test/support/server.ts';
import { drawPlan } from '#test/sim/draw.ts';
import { simulate } from '#test/sim/simulate.ts';
const server = await startTestServer();
const { connection } = await cloneDatabase(server.connection);
const database = createDatabase({ connection, log: createRecordingLog() });
try {
  const from = Number(process.argv[2] ?? 1),
    to = Number(process.argv[3] ?? 5);
  const t0 = performance.now();
  const seen: Record<string, number> = {};
  for (let seed = from; seed <= to; seed++) {
    const t = performance.now();
    const v = await simulate(database, drawPlan(seed, { min: 60, max: 100 }));
    if (v.broken || to - from < 10)
      console.log(
        seed,
        v.hash,
        JSON.stringify(v.counts),
        v.broken,
        Math.round(performance.now() - t),
        'ms',
      );
    if (v.broken) seen[v.broken.invariant] = (seen[v.broken.invariant] ?? 0) + 1;
  }
  console.log('total', Math.round(performance.now() - t0), 'ms', seen);
} finally {
  await database.close();
  await server.stop();
}

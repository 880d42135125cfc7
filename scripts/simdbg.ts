import { createDatabase } from '#platform/postgres.ts';
import { createRecordingLog } from '#test/support/log.ts';
import { cloneDatabase, startTestServer } from '#test/support/server.ts';
import { drawPlan } from '#test/sim/draw.ts';
import { simulate } from '#test/sim/simulate.ts';
const server = await startTestServer();
const { connection } = await cloneDatabase(server.connection);
const database = createDatabase({ connection, log: createRecordingLog() });
try {
  const seed = Number(process.argv[2]);
  const plan = drawPlan(seed, { min: 60, max: 100 });
  const v = await simulate(database, plan);
  console.log(v);
  console.log(JSON.stringify(plan.world));
  plan.steps.slice(Math.max(0, (v.broken?.step ?? 0) - 14), (v.broken?.step ?? 0) + 1).forEach((s, i) => console.log(JSON.stringify(s)));
  for (const q of process.argv.slice(3)) console.log(await database.run({ name: 'q' + q.length, text: q }, []));
} finally { await database.close(); await server.stop(); }

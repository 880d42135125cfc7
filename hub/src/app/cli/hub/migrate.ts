/** `tocsin migrate`: brings the schema up to date, then ends. Loads its code when it is to run. */
import type { CliDeps, Command } from '#app/cli/kit/command.ts';

export const MIGRATE: Command = {
  name: 'migrate',
  summary: 'Bring the schema of DATABASE_URL up to date, then end',
  examples: ['DATABASE_URL=postgres://tocsin@db.example/tocsin tocsin migrate'],
  run: async (_given, deps) => migrateOnly(deps),
};

async function migrateOnly({ config, out }: CliDeps): Promise<number> {
  const { connect, migrate } = await import('#app/start/start.ts');
  const { createLog } = await import('#platform/logger.ts');
  const { createClock } = await import('#platform/clock.ts');
  const log = createLog(config.logLevel, process.stderr.isTTY);
  const connected = await connect(config, log);
  try {
    await migrate(connected, log, createClock());
    out.print('The schema is up to date.');
    return 0;
  } finally {
    await connected.embedded?.stop();
  }
}

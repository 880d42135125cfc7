/**
 * `tocsin serve`: the hub itself, until a signal ends it. Its code is loaded when it is to run:
 * every other command would wait for it.
 */
import type { CliDeps, Command } from '#app/cli/kit/command.ts';

export const SERVE: Command = {
  name: 'serve',
  summary: 'Start the hub (what npm start does)',
  examples: ['tocsin serve', 'TOCSIN_PORT=8080 tocsin serve'],
  run: async (_given, deps) => serve(deps),
};

async function serve({ config, env, out, stopped }: CliDeps): Promise<number> {
  const ended = stopped();
  const { ConfigRefused } = await import('#app/start/apply-at-start.ts');
  const { startConfigured } = await import('#app/start/start-configured.ts');
  const { createLog } = await import('#platform/logger.ts');
  const log = createLog(config.logLevel, process.stderr.isTTY);
  const running = await startConfigured(config, env, log).catch((error: unknown) => {
    if (error instanceof ConfigRefused) for (const line of error.lines) out.complain(line);
    throw error;
  });
  const { adminKeyFile, isAdminKeyNew } = running.keys;
  if (isAdminKeyNew && adminKeyFile !== null) {
    out.print(`The first admin key lies in ${adminKeyFile}`);
  }
  if (running.firstUrl !== null) {
    out.print(`Nobody can log in yet. Set up the first administrator, within an hour, at`);
    out.print(running.firstUrl);
  }
  out.print(running.url === null ? 'tocsin is working' : `tocsin listening on ${running.url}`);
  const signal = await ended;
  log.info('stopping', { signal });
  await running.stop();
  return 0;
}

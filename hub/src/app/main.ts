/** The command line. Exit codes: 0 ok, 1 refused or failed, 2 usage. */
import { createLog } from '#platform/logger.ts';
import { createClock } from '#platform/clock.ts';
import { finishWithin } from '#platform/finish-within.ts';
import { runImportSentinel } from './cli/import-sentinel.ts';
import type { Output } from './cli/output.ts';
import { type Config, parseConfig } from './start/config.ts';
import { describeFailure } from './start/failure.ts';
import { connect, migrate, startHub } from './start/start.ts';
import { VERSION } from './start/version.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const USAGE = `tocsin ${VERSION}

Usage: tocsin COMMAND

  serve            start the hub (the default of npm start)
  migrate          bring the schema of DATABASE_URL up to date, then end
  import sentinel  bring in the alerts of the fall-alert manager (--help says how)
  version          print the version
  help             print this

Settings come from the environment; README.md lists them.`;

const COMMANDS: readonly string[] = ['serve', 'migrate', 'version', 'help'];

export async function main(argv: readonly string[], env: Environment): Promise<number> {
  const [command = 'help', ...rest] = argv;
  if (command === 'import') return importFrom(rest, env);
  const isKnown = COMMANDS.includes(command);
  if (isKnown && rest.length > 0) {
    return refuseUsage(`${command} takes no arguments, not ${rest.join(' ')}`);
  }
  switch (command) {
    case 'serve':
      return withConfig(env, serve);
    case 'migrate':
      return withConfig(env, migrateOnly);
    case 'version':
    case '--version':
      print(VERSION);
      return 0;
    case 'help':
    case '--help':
    case '-h':
      print(USAGE);
      return 0;
    default:
      return refuseUsage(`there is no command ${command}`);
  }
}

/** The one program that is known so far. */
async function importFrom(argv: readonly string[], env: Environment): Promise<number> {
  const [from, ...rest] = argv;
  if (from !== 'sentinel') {
    return refuseUsage('import takes the name of the other program: sentinel');
  }
  const out: Output = {
    print,
    complain,
    progress: (line) => {
      if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${line}`);
    },
  };
  // A wait that nothing but its time can end.
  const wait = (ms: number) => finishWithin(ms, () => new Promise(() => undefined));
  return withConfig(env, (config) =>
    runImportSentinel(rest, { config, env, out, clock: createClock(), wait }),
  );
}

function refuseUsage(sentence: string): number {
  complain(`tocsin: ${sentence}\n\n${USAGE}`);
  return 2;
}

async function withConfig(
  env: Environment,
  body: (config: Config) => Promise<number>,
): Promise<number> {
  const reading = parseConfig(env);
  if (!reading.ok) {
    for (const error of reading.errors) complain(`tocsin: ${error}`);
    return 2;
  }
  try {
    return await body(reading.config);
  } catch (error) {
    complain(`tocsin: ${describeFailure(error, reading.config.databaseUrl !== null)}`);
    return 1;
  }
}

async function serve(config: Config): Promise<number> {
  const log = createLog(config.logLevel, process.stderr.isTTY);
  const stopped = waitForSignal();
  const running = await startHub(config, log);
  const { adminKeyFile, isAdminKeyNew } = running.keys;
  if (isAdminKeyNew && adminKeyFile !== null) {
    print(`The first admin key lies in ${adminKeyFile}`);
  }
  print(running.url === null ? 'tocsin is working' : `tocsin listening on ${running.url}`);
  const signal = await stopped;
  log.info('stopping', { signal });
  await running.stop();
  return 0;
}

/** A second signal ends the process at once. */
function waitForSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'])
      process.once(signal, () => resolve(signal));
  });
}

async function migrateOnly(config: Config): Promise<number> {
  const log = createLog(config.logLevel, process.stderr.isTTY);
  const connected = await connect(config, log);
  try {
    await migrate(connected, log, createClock());
    print('The schema is up to date.');
    return 0;
  } finally {
    await connected.embedded?.stop();
  }
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function complain(text: string): void {
  process.stderr.write(`${text}\n`);
}

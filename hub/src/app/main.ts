/** The command line, from the process to the command. What there is: `cli/commands.ts`. */
import { createClock } from '#platform/clock.ts';
import { finishWithin } from '#platform/finish-within.ts';
import { COMMANDS } from './cli/commands.ts';
import { type CliDeps, CliFailure } from './cli/kit/command.ts';
import { createHubClient, findHub } from './cli/kit/hub-client.ts';
import type { Output } from './cli/kit/output.ts';
import { runCommandLine } from './cli/kit/run.ts';
import { parseConfig } from './start/config.ts';
import { describeFailure } from './start/failure.ts';
import { VERSION } from './start/version.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const OUT: Output = {
  print: (line) => void process.stdout.write(`${line}\n`),
  complain: (line) => void process.stderr.write(`${line}\n`),
  progress: (line) => {
    if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${line}`);
  },
};

/** The exit code. */
export async function main(argv: readonly string[], env: Environment): Promise<number> {
  const createDeps = () => createCliDeps(env);
  // `--version` of everything else on this machine prints the version.
  const words = argv[0] === '--version' ? ['version'] : argv;
  try {
    return await runCommandLine(words, {
      commands: COMMANDS,
      version: VERSION,
      out: OUT,
      createDeps,
    });
  } catch (error) {
    OUT.complain(`tocsin: ${describeFailure(error, (env['DATABASE_URL'] ?? '') !== '')}`);
    return 1;
  }
}

function createCliDeps(env: Environment): CliDeps {
  const reading = parseConfig(env);
  if (!reading.ok) {
    const [first = '', ...others] = reading.errors;
    throw new CliFailure(first, { details: others, exitCode: 2 });
  }
  const { config } = reading;
  // A wait that nothing but its time can end.
  const wait = (ms: number) => finishWithin(ms, () => new Promise(() => undefined));
  return {
    config,
    env,
    out: OUT,
    clock: createClock(),
    wait,
    hub: () => {
      const found = findHub(config, env);
      if (!found.ok) throw new CliFailure(found.sentence);
      return createHubClient({ address: found.address, wait });
    },
    stopped: waitForSignal,
  };
}

/** A second signal ends the process at once. */
function waitForSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'])
      process.once(signal, () => resolve(signal));
  });
}

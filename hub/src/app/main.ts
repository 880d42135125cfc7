/** The command line, from the process to the command. What there is: `cli/commands.ts`. */
import { createInterface } from 'node:readline/promises';
import { isatty } from 'node:tty';
import { concatBytes } from '#kernel/crypto.ts';
import { createClock } from '#platform/clock.ts';
import { finishWithin } from '#platform/finish-within.ts';
import { COMMANDS } from './cli/commands.ts';
import { type CliDeps, CliFailure } from './cli/kit/command.ts';
import { createHubClient, findHub } from './cli/kit/hub-client.ts';
import type { Output } from './cli/kit/output.ts';
import { runCommandLine } from './cli/kit/run.ts';
import { cleanForTerminal, cleanText, cutText } from './cli/kit/terminal/text.ts';
import { type Config, parseConfig } from './start/config.ts';
import { describeFailure } from './start/failure.ts';
import { VERSION } from './start/version.ts';

type Environment = Readonly<Record<string, string | undefined>>;

function createOutput(env: Environment): Output {
  const { stdout, stderr } = process;
  let hasProgress = false;
  const write = (stream: NodeJS.WriteStream, line: string): void => {
    if (hasProgress) stderr.write(CLEAR_LINE);
    hasProgress = false;
    stream.write(`${stream.isTTY ? cleanForTerminal(line) : line}\n`);
  };
  const hasColour = (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
  return {
    print: (line) => write(stdout, line),
    complain: (line) => write(stderr, line),
    progress: (line) => {
      if (!stderr.isTTY) return;
      stderr.write(`${CLEAR_LINE}${cutText(cleanText(line), stderr.columns - 1)}`);
      hasProgress = line !== '';
    },
    ...(stdout.isTTY ? { terminal: { columns: stdout.columns, hasColour } } : {}),
  };
}

const CLEAR_LINE = '\r\u001b[K';

/** What a shell says of a program that a closed pipe has ended. */
const PIPE_CLOSED_CODE = 141;

/**
 * Whoever reads may go (`| head`): then there is nothing left to do, and nothing to complain of.
 * But for the hub itself, which calls people whether its own words are read or not.
 */
function endWithReader(isHub: boolean): void {
  process.stderr.on('error', () => undefined);
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' && !isHub) process.exit(PIPE_CLOSED_CODE);
  });
}

/** The exit code. */
export async function main(argv: readonly string[], env: Environment): Promise<number> {
  // `--version` of everything else on this machine prints the version.
  const words = argv[0] === '--version' ? ['version'] : argv;
  const out = createOutput(env);
  endWithReader(words[0] === 'serve');
  try {
    return await runCommandLine(words, {
      commands: COMMANDS,
      version: VERSION,
      out,
      createDeps: () => createCliDeps(env, out),
    });
  } catch (error) {
    out.progress('');
    out.complain(`tocsin: ${describeFailure(error, (env['DATABASE_URL'] ?? '') !== '')}`);
    return 1;
  }
}

function createCliDeps(env: Environment, out: Output): CliDeps {
  // A wait that nothing but its time can end.
  const wait = (ms: number) => finishWithin(ms, () => new Promise(() => undefined));
  return {
    // A command that needs no setting works with a wrong one too.
    get config() {
      return readConfig(env);
    },
    env,
    out,
    commands: COMMANDS,
    clock: createClock(),
    wait,
    hub: () => {
      const found = findHub(readConfig(env), env);
      if (!found.ok) throw new CliFailure(found.sentence);
      return createHubClient({ address: found.address, wait });
    },
    stopped: waitForSignal,
    ...(isatty(STDIN) && isatty(STDERR) ? { confirm } : {}),
    readInput,
  };
}

const STDIN = 0;
const STDERR = 2;

/** On the one that is not the result's: that may go into a file. */
async function confirm(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  // Ctrl-C and Ctrl-D close it without an answer.
  const closed = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
  try {
    return await Promise.race([lines.question(question).catch(() => ''), closed]);
  } finally {
    lines.close();
  }
}

async function readInput(bytesMax: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let count = 0;
  for await (const chunk of process.stdin.iterator()) {
    const bytes = new Uint8Array(parseChunk(chunk));
    chunks.push(bytes);
    count += bytes.length;
    if (count > bytesMax) break;
  }
  return concatBytes(chunks);
}

function parseChunk(chunk: unknown): Buffer {
  return chunk as Buffer;
}

function readConfig(env: Environment): Config {
  const reading = parseConfig(env);
  if (reading.ok) return reading.config;
  const [first = '', ...others] = reading.errors;
  throw new CliFailure(first, { details: others, exitCode: 2 });
}

/** A second signal ends the process at once. */
function waitForSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'])
      process.once(signal, () => resolve(signal));
  });
}

/** Finds the command that was typed, and runs it. Exit codes: 0 ok, 1 refused or failed, 2 usage. */
import { findNearest } from '#kernel/syntax/nearest.ts';
import { parseArguments } from './arguments.ts';
import { type CliDeps, CliFailure, type Command } from './command.ts';
import { renderCommandHelp, renderOverview } from './help.ts';
import type { Output } from './output.ts';

export type Finding =
  | { readonly kind: 'command'; readonly command: Command; readonly rest: readonly string[] }
  | { readonly kind: 'overview' }
  | { readonly kind: 'usage'; readonly sentence: string };

const WORDS_MAX = 2;

export function findCommand(commands: readonly Command[], argv: readonly string[]): Finding {
  const [first] = argv;
  if (first === undefined || ['help', '--help', '-h'].includes(first)) {
    return argv.length > 1 ? findHelp(commands, argv.slice(1)) : { kind: 'overview' };
  }
  for (let words = WORDS_MAX; words >= 1; words -= 1) {
    const name = argv.slice(0, words).join(' ');
    const command = commands.find((one) => one.name === name);
    if (command !== undefined) return { kind: 'command', command, rest: argv.slice(words) };
  }
  return { kind: 'usage', sentence: describeUnknown(commands, argv) };
}

function findHelp(commands: readonly Command[], words: readonly string[]): Finding {
  const found = findCommand(commands, words);
  return found.kind === 'command' ? { ...found, rest: ['--help'] } : found;
}

function describeUnknown(commands: readonly Command[], argv: readonly string[]): string {
  const [first = '', second] = argv;
  const verbs = commands.filter(({ name }) => name.startsWith(`${first} `));
  if (verbs.length > 0) {
    const words = verbs.map(({ name }) => name.slice(first.length + 1)).join(', ');
    if (second === undefined || second.startsWith('-')) return `${first} takes one of ${words}`;
    return `there is no ${first} ${second}; ${first} takes one of ${words}`;
  }
  const names = [...new Set(commands.map(({ name }) => name.split(' ')[0] ?? ''))];
  const near = findNearest(first, names);
  return `there is no command ${first}${near === null ? '' : `; did you mean ${near}?`}`;
}

export type Running = {
  readonly commands: readonly Command[];
  readonly version: string;
  readonly out: Output;
  /** Read only when a command is to run: a wrong setting must not keep the help from anybody. */
  readonly createDeps: () => CliDeps;
};

export async function runCommandLine(argv: readonly string[], how: Running): Promise<number> {
  const { out, commands, version } = how;
  const found = findCommand(commands, argv);
  if (found.kind === 'overview') {
    out.print(renderOverview(commands, version));
    return 0;
  }
  if (found.kind === 'usage') {
    out.complain(`tocsin: ${found.sentence}\n\ntocsin help lists the commands.`);
    return 2;
  }
  const { command, rest } = found;
  const reading = parseArguments(command, rest);
  if (reading.kind === 'help') {
    out.print(renderCommandHelp(command));
    return 0;
  }
  if (reading.kind === 'usage') {
    out.complain(`tocsin: ${reading.sentence}\n\n${renderCommandHelp(command)}`);
    return 2;
  }
  try {
    return await command.run(reading.given, how.createDeps());
  } catch (error) {
    if (!(error instanceof CliFailure)) throw error;
    for (const detail of error.details) out.complain(`  ${detail}`);
    out.complain(`tocsin: ${error.message}`);
    return error.exitCode;
  }
}

/** Finds the command that was typed, and runs it. Exit codes: 0 ok, 1 refused or failed, 2 usage. */
import { findNearest } from '#kernel/syntax/nearest.ts';
import { parseArguments } from './arguments.ts';
import { type CliDeps, CliFailure, type Command } from './command.ts';
import { renderCommandHelp, renderNounHelp, renderOverview, renderUsage } from './help.ts';
import type { Output } from './output.ts';
import { cleanLines, cleanText } from './terminal/text.ts';

export type Finding =
  | { readonly kind: 'command'; readonly command: Command; readonly rest: readonly string[] }
  | { readonly kind: 'overview' }
  | { readonly kind: 'noun'; readonly noun: string; readonly verbs: readonly Command[] }
  | { readonly kind: 'usage'; readonly sentence: string };

const WORDS_MAX = 2;
const HELP_WORDS = ['help', '--help', '-h'];

export function findCommand(commands: readonly Command[], argv: readonly string[]): Finding {
  const [first, second] = argv;
  if (first === undefined) return { kind: 'overview' };
  if (HELP_WORDS.includes(first)) return findHelp(commands, argv.slice(1));
  for (let words = WORDS_MAX; words >= 1; words -= 1) {
    const name = argv.slice(0, words).join(' ');
    const command = commands.find((one) => one.name === name);
    if (command !== undefined) return { kind: 'command', command, rest: argv.slice(words) };
  }
  const verbs = listVerbs(commands, first);
  const isHelp = second !== undefined && HELP_WORDS.includes(second);
  if (verbs.length > 0 && isHelp) return findHelp(commands, [first, ...argv.slice(2)]);
  return { kind: 'usage', sentence: describeUnknown(commands, argv) };
}

/** `tocsin help`, `help alert` and `help alert list`. */
function findHelp(commands: readonly Command[], words: readonly string[]): Finding {
  const [first] = words;
  if (first === undefined || HELP_WORDS.includes(first)) return { kind: 'overview' };
  const verbs = listVerbs(commands, first);
  if (words.length === 1 && verbs.length > 0) return { kind: 'noun', noun: first, verbs };
  const found = findCommand(commands, words);
  return found.kind === 'command' ? { ...found, rest: ['--help'] } : found;
}

function listVerbs(commands: readonly Command[], noun: string): readonly Command[] {
  return commands.filter(({ name }) => name.startsWith(`${noun} `));
}

function describeUnknown(commands: readonly Command[], argv: readonly string[]): string {
  const [first = '', second] = argv.map(cleanText);
  const words = listVerbs(commands, first).map(({ name }) => name.slice(first.length + 1));
  if (words.length > 0) {
    const takes = `${first} takes one of ${words.join(', ')}`;
    if (second === undefined || second.startsWith('-')) return takes;
    const near = findNearest(second, words);
    const rest = near === null ? takes : `did you mean ${first} ${near}?`;
    return `there is no ${first} ${second}; ${rest}`;
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
  switch (found.kind) {
    case 'overview':
      out.print(renderOverview(commands, version));
      return 0;
    case 'noun':
      out.print(renderNounHelp(found.noun, found.verbs));
      return 0;
    case 'usage':
      out.complain(`tocsin: ${found.sentence}\n\ntocsin help lists the commands.`);
      return 2;
    case 'command':
      return runCommand(found.command, found.rest, how);
  }
}

async function runCommand(
  command: Command,
  words: readonly string[],
  { out, createDeps }: Running,
): Promise<number> {
  const reading = parseArguments(command, words);
  if (reading.kind === 'help') {
    out.print(renderCommandHelp(command));
    return 0;
  }
  if (reading.kind === 'usage') {
    out.complain(`tocsin: ${reading.sentence}\n\n${renderHint(command)}`);
    return 2;
  }
  try {
    return await command.run(reading.given, createDeps());
  } catch (error) {
    if (!(error instanceof CliFailure)) throw error;
    out.progress('');
    for (const detail of error.details) out.complain(`  ${cleanText(detail)}`);
    out.complain(`tocsin: ${cleanLines(error.message)}`);
    return error.exitCode;
  }
}

/** What is wrong must not scroll out of sight above a page of help. */
function renderHint(command: Command): string {
  return `Usage: ${renderUsage(command)}\ntocsin ${command.name} --help says more.`;
}

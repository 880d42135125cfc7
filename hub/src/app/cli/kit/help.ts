/** The words of `--help`: for one command, for those of one noun, and for all of them. Pure. */
import { listOptions } from './arguments.ts';
import type { Command, CommandOption } from './command.ts';
import { wrapText } from './terminal/text.ts';

const EXIT_CODES = 'Exit codes: 0 ok, 1 refused or failed, 2 usage.';
export const COLUMNS_MAX = 100;

export function renderUsage(command: Command): string {
  const words = (command.arguments ?? []).map(({ name, isOptional, isMany }) => {
    const many = isMany === true ? `${name}...` : name;
    return isOptional === true ? `[${many}]` : many;
  });
  return ['tocsin', command.name, ...words, '[OPTIONS]'].join(' ');
}

export function renderCommandHelp(command: Command): string {
  const args = (command.arguments ?? []).map(({ name, says }) => [name, says] as const);
  const options = Object.entries(listOptions(command)).map(
    ([name, option]) => [renderOption(name, option), renderSays(option)] as const,
  );
  return [
    `Usage: ${renderUsage(command)}`,
    '',
    `${command.summary}.`,
    ...(command.about === undefined ? [] : wrapText(command.about, COLUMNS_MAX)),
    '',
    renderPairs([...args, ...options]),
    ...(command.examples.length === 0 ? [] : ['', 'Examples:']),
    ...command.examples.map((line) => `  ${line}`),
  ].join('\n');
}

function renderOption(name: string, { value, short }: CommandOption): string {
  const shortly = short === undefined ? '' : `-${short}, `;
  return `${shortly}--${name}${value === undefined ? '' : ` ${value}`}`;
}

/** What it may be is said here once, so that no command has to list it in its own words. */
function renderSays({ says, choices, range, isMany }: CommandOption): string {
  const named = choices?.filter((choice) => !says.includes(choice)) ?? [];
  return [
    says,
    named.length === 0 ? '' : `One of ${choices?.join(', ')}.`,
    range === undefined ? '' : `From ${range.min} to ${range.max}.`,
    isMany === true ? 'May be given several times.' : '',
  ]
    .filter((part) => part !== '')
    .join(' ');
}

/** What `tocsin alert --help` says. */
export function renderNounHelp(noun: string, commands: readonly Command[]): string {
  return [
    `Usage: tocsin ${noun} VERB, and tocsin ${noun} VERB --help for more`,
    '',
    renderSummaries(commands),
    '',
    EXIT_CODES,
  ].join('\n');
}

export function renderOverview(commands: readonly Command[], version: string): string {
  return [
    `tocsin ${version}`,
    '',
    'Usage: tocsin COMMAND, and tocsin COMMAND --help for more',
    '',
    renderSummaries(commands),
    '',
    'Settings come from the environment: tocsin config print shows them. Commands that talk to a',
    'hub take it from TOCSIN_URL and TOCSIN_API_KEY, else the one that would start here.',
    EXIT_CODES,
  ].join('\n');
}

function renderSummaries(commands: readonly Command[]): string {
  return renderPairs(commands.map(({ name, summary }) => [name, summary] as const));
}

function renderPairs(pairs: readonly (readonly [string, string])[]): string {
  const chars = Math.max(0, ...pairs.map(([name]) => name.length));
  const room = COLUMNS_MAX - chars - 4;
  return pairs
    .flatMap(([name, says]) =>
      wrapText(says, room).map((line, index) => {
        const head = index === 0 ? name : '';
        return `  ${head.padEnd(chars)}  ${line}`.trimEnd();
      }),
    )
    .join('\n');
}

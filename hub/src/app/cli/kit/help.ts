/** The words of `--help`, for one command and for all of them. Pure. */
import type { Command, CommandOption } from './command.ts';
import { listOptions } from './arguments.ts';

const EXIT_CODES = 'Exit codes: 0 ok, 1 refused or failed, 2 usage.';

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
    ([name, option]) => [renderOption(name, option), option.says] as const,
  );
  return [
    `Usage: ${renderUsage(command)}`,
    '',
    `${command.summary}.${command.about === undefined ? '' : `\n${command.about}`}`,
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

export function renderOverview(commands: readonly Command[], version: string): string {
  return [
    `tocsin ${version}`,
    '',
    'Usage: tocsin COMMAND, and tocsin COMMAND --help for more',
    '',
    renderPairs(commands.map(({ name, summary }) => [name, summary] as const)),
    '',
    'Settings come from the environment: tocsin config print shows them. Commands that talk to a',
    'hub take it from TOCSIN_URL and TOCSIN_API_KEY, else the one that would start here.',
    EXIT_CODES,
  ].join('\n');
}

function renderPairs(pairs: readonly (readonly [string, string])[]): string {
  const chars = Math.max(0, ...pairs.map(([name]) => name.length));
  return pairs.map(([name, says]) => `  ${name.padEnd(chars)}  ${says}`).join('\n');
}

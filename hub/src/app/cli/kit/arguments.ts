/** From what was typed to what a command is given, or the sentence that says what is wrong. */
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { findNearest } from '#kernel/syntax/nearest.ts';
import type { Command, CommandOption, Given } from './command.ts';

export type ArgumentsReading =
  | { readonly kind: 'given'; readonly given: Given }
  | { readonly kind: 'help' }
  | { readonly kind: 'usage'; readonly sentence: string };

/** What every command understands. */
const HELP_OPTION: CommandOption = { says: 'Prints this.', short: 'h' };
const JSON_OPTION: CommandOption = { says: 'One JSON value instead of words.' };

/** Those of the command, and those that it shares with others. */
export function listOptions(command: Command): Readonly<Record<string, CommandOption>> {
  const json = command.hasJson === true ? { json: JSON_OPTION } : {};
  return { ...command.options, ...json, help: HELP_OPTION };
}

type Parsed = {
  readonly values: Readonly<
    Record<string, string | boolean | readonly (string | boolean)[] | undefined>
  >;
  readonly positionals: readonly string[];
};

export function parseArguments(command: Command, argv: readonly string[]): ArgumentsReading {
  const options = listOptions(command);
  const unknown = findUnknown(argv, options);
  if (unknown !== null) return { kind: 'usage', sentence: unknown };
  let parsed: Parsed;
  try {
    const config = toParseConfig(options);
    parsed = parseArgs({ args: [...argv], allowPositionals: true, options: config });
  } catch (error) {
    // Only its first sentence: the rest speaks of ways of writing that we do not teach.
    const text = error instanceof Error ? error.message : String(error);
    return { kind: 'usage', sentence: text.split(/[.\n]/)[0] ?? text };
  }
  if (parsed.values['help'] === true) return { kind: 'help' };
  const fault = findChoiceFault(parsed, options) ?? findCountFault(command, parsed.positionals);
  if (fault !== null) return { kind: 'usage', sentence: fault };
  return { kind: 'given', given: toGiven(command, parsed) };
}

/** A misspelt option gets a suggestion; `parseArgs` would not know what else there is. */
function findUnknown(
  argv: readonly string[],
  options: Readonly<Record<string, CommandOption>>,
): string | null {
  for (const word of argv) {
    if (word === '--') return null;
    const [, name] = /^--([^=]+)/.exec(word) ?? [];
    if (name === undefined || Object.hasOwn(options, name)) continue;
    const near = findNearest(name, Object.keys(options));
    const hint = near === null ? '' : `; did you mean --${near}?`;
    return `there is no option --${name}${hint}`;
  }
  return null;
}

function toParseConfig(
  options: Readonly<Record<string, CommandOption>>,
): NonNullable<ParseArgsConfig['options']> {
  const config: NonNullable<ParseArgsConfig['options']> = {};
  for (const [name, { value, short, isMany }] of Object.entries(options)) {
    config[name] = {
      type: value === undefined ? 'boolean' : 'string',
      multiple: isMany === true,
      ...(short === undefined ? {} : { short }),
    };
  }
  return config;
}

function findChoiceFault(
  { values }: Parsed,
  options: Readonly<Record<string, CommandOption>>,
): string | null {
  for (const [name, { choices }] of Object.entries(options)) {
    if (choices === undefined) continue;
    for (const value of [values[name] ?? []].flat()) {
      if (typeof value !== 'string' || choices.includes(value)) continue;
      const near = findNearest(value, choices);
      const hint = near === null ? '' : `; did you mean ${near}?`;
      return `--${name} must be one of ${choices.join(', ')}${hint}`;
    }
  }
  return null;
}

function findCountFault(command: Command, positionals: readonly string[]): string | null {
  const wanted = command.arguments ?? [];
  const missing = wanted.find(
    ({ isOptional }, index) => isOptional !== true && positionals[index] === undefined,
  );
  if (missing !== undefined) return `${missing.name} is missing: ${missing.says}`;
  if (positionals.length <= wanted.length || wanted.at(-1)?.isMany === true) return null;
  const [extra] = positionals.slice(wanted.length);
  return `${command.name} does not take ${extra}`;
}

function toGiven(command: Command, { values, positionals }: Parsed): Given {
  const texts = (name: string): readonly string[] => {
    const index = (command.arguments ?? []).findIndex((one) => one.name === name);
    if (index !== -1) {
      const isMany = command.arguments?.[index]?.isMany === true;
      return positionals.slice(index, isMany ? undefined : index + 1);
    }
    return [values[name] ?? []].flat().filter((value) => typeof value === 'string');
  };
  return { texts, text: (name) => texts(name)[0] ?? null, flag: (name) => values[name] === true };
}

/** From what was typed to what a command is given, or the sentence that says what is wrong. */
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { findNearest } from '#kernel/syntax/nearest.ts';
import type { Command, CommandOption, Given, Range } from './command.ts';
import { cleanText } from './terminal/text.ts';

export type ArgumentsReading =
  | { readonly kind: 'given'; readonly given: Given }
  | { readonly kind: 'help' }
  | { readonly kind: 'usage'; readonly sentence: string };

type Options = Readonly<Record<string, CommandOption>>;

/** What every command understands. */
const HELP_OPTION: CommandOption = { says: 'Prints this.', short: 'h' };
const JSON_OPTION: CommandOption = { says: 'One JSON value instead of words.' };

/** Those of the command, and those that it shares with others. */
export function listOptions(command: Command): Options {
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
  if (isHelpAsked(argv, options)) return { kind: 'help' };
  const fault = findTypedFault(argv, options);
  if (fault !== null) return { kind: 'usage', sentence: fault };
  const parsed = parseTyped(argv, options);
  const wrong =
    findValueFault(parsed, options) ??
    findRepeatFault(argv, options) ??
    findCountFault(command, parsed.positionals);
  if (wrong !== null) return { kind: 'usage', sentence: wrong };
  return { kind: 'given', given: toGiven(command, parsed) };
}

/** Whatever else was typed, right or wrong: who asks for help gets it. */
function isHelpAsked(argv: readonly string[], options: Options): boolean {
  return listTyped(argv, options).some(({ name }) => name === 'help');
}

/** An option as it was typed; `value` is null where none came with it. */
type Typed = {
  readonly word: string;
  readonly name: string | null;
  readonly value: string | null;
  readonly hasOwnValue: boolean;
};

/** The options among the words. `--` ends them; a single dash is an argument. */
function listTyped(argv: readonly string[], options: Options): readonly Typed[] {
  const typed: Typed[] = [];
  for (let index = 0; index < argv.length; index += 1) {
    const word = argv[index] ?? '';
    if (word === '--') break;
    if (word === '-' || !word.startsWith('-')) continue;
    const read = readTyped(word, options);
    const takesNext = read.at(-1);
    typed.push(...read.slice(0, -1));
    if (takesNext === undefined) continue;
    const isValued = takesNext.name !== null && options[takesNext.name]?.value !== undefined;
    if (!isValued || takesNext.hasOwnValue) {
      typed.push(takesNext);
      continue;
    }
    index += 1;
    typed.push({ ...takesNext, value: argv[index] ?? null });
  }
  return typed;
}

/** One word may hold several short options: `-qh`. */
function readTyped(word: string, options: Options): readonly Typed[] {
  if (word.startsWith('--')) {
    const [, bare = '', value] = /^--([^=]*)(?:=([\s\S]*))?$/.exec(word) ?? [];
    const name = Object.hasOwn(options, bare) ? bare : null;
    const hasOwnValue = value !== undefined;
    return [{ word: `--${bare}`, name, value: value ?? null, hasOwnValue }];
  }
  const found: Typed[] = [];
  for (let at = 1; at < word.length; at += 1) {
    const letter = word[at] ?? '';
    const entry = Object.entries(options).find(([, { short }]) => short === letter);
    const rest = word.slice(at + 1);
    const isValued = entry?.[1].value !== undefined;
    const hasOwnValue = isValued && rest !== '';
    const name = entry?.[0] ?? null;
    found.push({ word: `-${letter}`, name, value: hasOwnValue ? rest : null, hasOwnValue });
    if (isValued || entry === undefined) break;
  }
  return found;
}

/** A misspelt option gets a suggestion; `parseArgs` would not know what else there is. */
function findTypedFault(argv: readonly string[], options: Options): string | null {
  for (const { word, name, value, hasOwnValue } of listTyped(argv, options)) {
    if (name === null) return describeUnknown(word, options);
    const wanted = options[name]?.value;
    if (wanted === undefined && hasOwnValue) return `${word} takes no value`;
    if (wanted === undefined) continue;
    if (value === null || value === '') return `${word} needs a value: ${word} ${wanted}`;
    // Most likely the value was forgotten; what really begins with a dash can be written so.
    if (!hasOwnValue && value.startsWith('-') && value !== '-') {
      const clean = cleanText(value);
      return `${word} needs a value; if it is ${clean}, write ${word}=${clean}`;
    }
  }
  return null;
}

function describeUnknown(word: string, options: Options): string {
  const clean = cleanText(word);
  const near = word.startsWith('--') ? findNearest(word.slice(2), Object.keys(options)) : null;
  const hint = near === null ? '' : `; did you mean --${near}?`;
  return `there is no option ${clean}${hint}`;
}

/** After the checks above nothing is left that it refuses. */
function parseTyped(argv: readonly string[], options: Options): Parsed {
  const config: NonNullable<ParseArgsConfig['options']> = {};
  for (const [name, { value, short }] of Object.entries(options)) {
    config[name] = {
      type: value === undefined ? 'boolean' : 'string',
      multiple: true,
      ...(short === undefined ? {} : { short }),
    };
  }
  return parseArgs({ args: [...argv], allowPositionals: true, strict: false, options: config });
}

function findValueFault({ values }: Parsed, options: Options): string | null {
  for (const [name, option] of Object.entries(options)) {
    for (const value of textsOf(values[name])) {
      const fault = findFault(value, option);
      if (fault !== null) return `--${name} ${fault}`;
    }
  }
  return null;
}

function textsOf(value: Parsed['values'][string]): readonly string[] {
  return [value ?? []].flat().filter((one) => typeof one === 'string');
}

type Bounds = { readonly choices?: readonly string[]; readonly range?: Range };

function findFault(value: string, { choices, range }: Bounds): string | null {
  if (choices !== undefined && !choices.includes(value)) {
    const near = findNearest(value, choices);
    const hint = near === null ? '' : `; did you mean ${near}?`;
    return `must be one of ${choices.join(', ')}${hint}`;
  }
  if (range === undefined) return null;
  const isWithin = /^-?\d{1,15}$/.test(value) && isIn(Number(value), range);
  return isWithin ? null : `must be a whole number from ${range.min} to ${range.max}`;
}

function isIn(count: number, { min, max }: Range): boolean {
  return count >= min && count <= max;
}

/** Of two values one would be lost without a word. */
function findRepeatFault(argv: readonly string[], options: Options): string | null {
  const seen = new Set<string>();
  for (const { name } of listTyped(argv, options)) {
    if (name === null || options[name]?.value === undefined) continue;
    if (seen.has(name) && options[name].isMany !== true) return `--${name} was given twice`;
    seen.add(name);
  }
  return null;
}

function findCountFault(command: Command, positionals: readonly string[]): string | null {
  const wanted = command.arguments ?? [];
  const missing = wanted.find(
    ({ isOptional }, index) => isOptional !== true && (positionals[index] ?? '') === '',
  );
  if (missing !== undefined) return `${missing.name} is missing: ${missing.says}`;
  for (const [index, one] of wanted.entries()) {
    const given = positionals.slice(index, one.isMany === true ? undefined : index + 1);
    const fault = given.map((value) => findFault(value, one)).find((found) => found !== null);
    if (fault !== undefined) return `${one.name} ${fault}`;
  }
  if (positionals.length <= wanted.length || wanted.at(-1)?.isMany === true) return null;
  const [extra = ''] = positionals.slice(wanted.length);
  return `${command.name} does not take ${cleanText(extra)}`;
}

function toGiven(command: Command, { values, positionals }: Parsed): Given {
  const texts = (name: string): readonly string[] => {
    const index = (command.arguments ?? []).findIndex((one) => one.name === name);
    if (index === -1) return textsOf(values[name]);
    const isMany = command.arguments?.[index]?.isMany === true;
    return positionals.slice(index, isMany ? undefined : index + 1);
  };
  const text = (name: string): string | null => texts(name)[0] ?? null;
  return {
    texts,
    text,
    flag: (name) => [values[name] ?? []].flat().includes(true),
    number: (name) => {
      const typed = text(name);
      return typed === null ? null : Number(typed);
    },
  };
}

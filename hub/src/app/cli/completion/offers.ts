/** What can be typed where, as the completion of every shell needs it. Made of the table. Pure. */
import { listOptions } from '#app/cli/kit/arguments.ts';
import type { Command } from '#app/cli/kit/command.ts';

export type Offer = { readonly word: string; readonly says: string };

export type OfferedOption = {
  readonly name: string;
  readonly short: string | null;
  readonly says: string;
  /** False: a flag, nothing comes after it. */
  readonly isValued: boolean;
  readonly choices: readonly string[];
  readonly isFile: boolean;
};

export type OfferedCommand = {
  readonly words: readonly string[];
  readonly options: readonly OfferedOption[];
  /** Of its first argument. */
  readonly choices: readonly string[];
  readonly isFile: boolean;
};

export type Offers = {
  readonly first: readonly Offer[];
  /** By noun. */
  readonly verbs: ReadonlyMap<string, readonly Offer[]>;
  readonly commands: readonly OfferedCommand[];
};

/** What its value is called says that it is a path. */
const FILE_NAME = /^(?:FILE|PATH|DIR|ACTIVE|HISTORY)$/;

export function listOffers(commands: readonly Command[]): Offers {
  const first = new Map<string, string>();
  const verbs = new Map<string, Offer[]>();
  for (const { name, summary } of commands) {
    const [noun = '', verb] = name.split(' ');
    first.set(noun, verb === undefined ? summary : `${noun} commands`);
    if (verb === undefined) continue;
    verbs.set(noun, [...(verbs.get(noun) ?? []), { word: verb, says: summary }]);
  }
  first.set('help', 'What a command does and takes');
  return {
    first: [...first].map(([word, says]) => ({ word, says })),
    verbs,
    commands: commands.map(toOffered),
  };
}

function toOffered(command: Command): OfferedCommand {
  const [argument] = command.arguments ?? [];
  return {
    words: command.name.split(' '),
    options: Object.entries(listOptions(command)).map(([name, option]) => ({
      name,
      short: option.short ?? null,
      says: option.says,
      isValued: option.value !== undefined,
      choices: option.choices ?? [],
      isFile: FILE_NAME.test(option.value ?? ''),
    })),
    choices: argument?.choices ?? [],
    isFile: (command.arguments ?? []).some(({ name }) => FILE_NAME.test(name)),
  };
}

/** For the single quotes of a shell: `'it'\''s'`. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/**
 * What a command of the command line is. The table of all of them (`commands.ts`) is what the
 * help, the shell completion and docs/reference/cli.md are made of.
 */
import type { Clock } from '#kernel/ports.ts';
import type { Config } from '#app/start/config.ts';
import type { HubClient } from './hub-client.ts';
import type { Output } from './output.ts';

export type CommandArgument = {
  /** As the usage line has it: `ALERT_ID`. */
  readonly name: string;
  readonly says: string;
  readonly isOptional?: boolean;
  /** Takes all that are left; only the last may. */
  readonly isMany?: boolean;
  /** What it may be, as for an option. */
  readonly choices?: readonly string[];
};

export type CommandOption = {
  readonly says: string;
  /** What stands for its value (`ID`); left out: a flag. */
  readonly value?: string;
  readonly short?: string;
  /** May be given several times. */
  readonly isMany?: boolean;
  /** What it may be; the completion offers them, anything else is refused. */
  readonly choices?: readonly string[];
  /** A whole number between the two, both included. */
  readonly range?: Range;
};

export type Range = { readonly min: number; readonly max: number };

/** What was typed, checked against the command. */
export type Given = {
  /** The value of an option or an argument; null when it was left out. */
  readonly text: (name: string) => string | null;
  readonly texts: (name: string) => readonly string[];
  readonly flag: (name: string) => boolean;
  /** The value of an option that has a `range`. */
  readonly number: (name: string) => number | null;
};

export type CliDeps = {
  readonly config: Config;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly out: Output;
  /** All that there are, for commands about commands. */
  readonly commands: readonly Command[];
  readonly clock: Clock;
  readonly wait: (durationMs: number) => Promise<unknown>;
  /** The hub of TOCSIN_URL; a failure when there is no key for it. */
  readonly hub: () => HubClient;
  /** What a person answers to a question; left out where no person types. */
  readonly confirm?: (question: string) => Promise<string>;
  /** What is piped in, up to a bound. */
  readonly readInput?: (bytesMax: number) => Promise<Uint8Array>;
  /**
   * For a command that goes on by itself: the signal (Ctrl-C) by which a person ends it. Asked
   * for first of all, because from then on the signal ends nothing else.
   */
  readonly stopped: () => Promise<unknown>;
};

export type Command = {
  /** With the noun first: `alert list`. */
  readonly name: string;
  /** One line, without a full stop. */
  readonly summary: string;
  /** More, for the help of this command alone. */
  readonly about?: string;
  readonly arguments?: readonly CommandArgument[];
  readonly options?: Readonly<Record<string, CommandOption>>;
  /** Whole lines as they would be typed. */
  readonly examples: readonly string[];
  /** True: `--json` prints the answer as one JSON value instead of words. */
  readonly hasJson?: boolean;
  /** The exit code: 0 ok, 1 refused or failed, 2 usage. Throws `CliFailure` for the last two. */
  readonly run: (given: Given, deps: CliDeps) => Promise<number>;
};

/** Ends a command with a sentence for the person who typed it. */
export class CliFailure extends Error {
  readonly details: readonly string[];
  readonly exitCode: 1 | 2;

  constructor(sentence: string, more: { details?: readonly string[]; exitCode?: 1 | 2 } = {}) {
    super(sentence);
    this.name = 'CliFailure';
    this.details = more.details ?? [];
    this.exitCode = more.exitCode ?? 1;
  }
}

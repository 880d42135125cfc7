/** House 3.4 and 4: time, ids and chance are arguments; one home for every effect. */
import {
  checkEach,
  isUnder,
  matchCode,
  type Rule,
  type SourceFile,
  type Tree,
  type Violation,
  violationAt,
} from './source.ts';

type BannedCall = {
  readonly pattern: RegExp;
  readonly message: string;
  /** Where it is allowed. */
  readonly isHome: (source: SourceFile) => boolean;
};

const isClock = ({ path }: SourceFile): boolean => path.startsWith('hub/src/platform/clock');
const isPlatform = ({ stage }: SourceFile): boolean => stage === 'platform';
const isInstant = ({ path }: SourceFile): boolean => /kernel\/instant(\.test)?\.ts$/.test(path);

/** Global names that pure files must not touch. `Buffer`, `URL` and the like are plain data. */
const IMPURE_GLOBALS: readonly BannedCall[] = [
  {
    pattern: /(?<![.\w$])(?<!new\s+)Date\b(?!\s*[:.(])/,
    message: 'Date ends at the store (row types); pure files take an Instant',
    isHome: isInstant,
  },
  {
    pattern: /(?<![.\w$])performance\s*\./,
    message: 'performance is a clock; take `now: Instant` as an argument',
    isHome: () => false,
  },
  {
    pattern: /(?<![.\w$])crypto\s*\./,
    message: 'the crypto global is not pure; use kernel/crypto.ts, random bytes are arguments',
    isHome: ({ path }) => path === 'hub/src/kernel/crypto.ts',
  },
  {
    pattern: /(?<![.\w$]|function\s)fetch\s*\(/,
    message: 'fetch is I/O; take the Http port of kernel/ports.ts as an argument',
    isHome: () => false,
  },
  {
    pattern: /(?<![.\w$])process\s*\??[.[]/,
    message: 'process belongs to platform/ and app/; take the value as an argument',
    isHome: () => false,
  },
];

const BANNED_CALLS: readonly BannedCall[] = [
  {
    pattern: /(?<![.\w$])(?:new\s+Date\b|Date\s*[.(])/,
    message: 'Date is wrapped by kernel/instant.ts; use Instant and its functions',
    isHome: (source) => isInstant(source) || isClock(source),
  },
  {
    pattern: /\bIntl\s*\.\s*DateTimeFormat\b/,
    message: 'time zones are wrapped by kernel/instant.ts; use its functions',
    isHome: isInstant,
  },
  {
    pattern: /\bMath\s*\.\s*random\b/,
    message: 'Math.random cannot be replayed; take the Random port of kernel/ports.ts',
    isHome: isPlatform,
  },
  {
    pattern: /(?<![\w$])(?:setTimeout|setInterval|setImmediate)\b/,
    message: 'only platform/ owns timers; write a runXOnce and give it to the ticker',
    isHome: isPlatform,
  },
];

const pureGlobalsRule: Rule = {
  id: '3.4',
  promise: 'pure files use no clock, chance, network or process',
  check: checkEach((source) => (source.kind === 'pure' ? matchBanned(source, IMPURE_GLOBALS) : [])),
};

const bannedCallsRule: Rule = {
  id: '4',
  promise: 'Date, Math.random and timers are called only in their one home',
  check: checkEach((source) =>
    isUnder(source.path, 'hub/src', 'contract/src') && source.kind !== 'test'
      ? matchBanned(source, BANNED_CALLS)
      : [],
  ),
};

function matchBanned(source: SourceFile, banned: readonly BannedCall[]): Violation[] {
  return banned
    .filter(({ isHome }) => !isHome(source))
    .flatMap(({ pattern, message }) => matchCode(source, pattern, message));
}

const consoleRule: Rule = {
  id: '4',
  promise: 'console is written to only by the CLI and scripts',
  check: checkEach((source) => {
    const isHome = isUnder(source.path, 'hub/src/app/cli', 'scripts', 'bench', 'test');
    if (isHome) return [];
    const message = 'console is for app/cli and scripts; use the Log port of kernel/ports.ts';
    return matchCode(source, /(?<![.\w$])console\s*\./, message);
  }),
};

const processExitRule: Rule = {
  id: '4',
  promise: 'the process ends only in bin and app/main.ts',
  check: checkEach((source) => {
    // The trial is a program that tests kill: leaving without stopping is what it is for.
    const isProgram =
      source.path === 'hub/src/app/main.ts' || isUnder(source.path, 'test/support/postgres-trial');
    if (isProgram) return [];
    const message =
      'process.exit skips what is still to be written; return an exit code to app/main.ts, \
or set process.exitCode';
    return matchCode(source, /\bprocess\s*\.\s*(?:exit|abort|reallyExit)\b(?!Code)/, message);
  }),
};

const SQL_CLOCK =
  /\b(?:now\s*\(\s*\)|(?:clock|statement|transaction)_timestamp\b|current_(?:timestamp|date|time)\b|localtimestamp\b)/i;

const sqlClockRule: Rule = {
  id: '4',
  promise: 'SQL never asks for the time',
  check: (tree: Tree) =>
    tree.flatMap((source) => {
      if (!isUnder(source.path, 'hub') || isClock(source)) return [];
      return source.literals.flatMap((literal) => {
        const match = SQL_CLOCK.exec(literal.text);
        if (match === null) return [];
        const message = `SQL must not call ${match[0]}; pass the Clock's Instant as a parameter`;
        return [violationAt(source, literal.at + match.index, message)];
      });
    }),
};

const sleepsRule: Rule = {
  id: '7',
  promise: 'tests never sleep',
  check: checkEach((source) => {
    const isTest = source.kind === 'test' || isUnder(source.path, 'test');
    if (!isTest || isUnder(source.path, 'test/support')) return [];
    const message = 'tests do not sleep; wait on an event of test/support, or move the clock';
    const calls = matchCode(source, /\b(?:setTimeout|setInterval|Atomics\s*\.\s*wait)\b/, message);
    const texts = source.literals.filter(
      ({ text, at }) =>
        (text.startsWith('node:timers') && /from\s*$/.test(source.code.slice(at - 8, at))) ||
        /\bselect\s+pg_sleep\b/i.test(text),
    );
    return [...calls, ...texts.map(({ at }) => violationAt(source, at, message))];
  }),
};

export const PURITY_RULES: readonly Rule[] = [
  pureGlobalsRule,
  bannedCallsRule,
  consoleRule,
  processExitRule,
  sqlClockRule,
  sleepsRule,
];

/** The command line of the bench. Pure. */
import { parseArgs } from 'node:util';

export const NUMBERS = ['N1', 'N2', 'N3', 'N4', 'N7', 'N8', 'N10'] as const;
export type NumberId = (typeof NUMBERS)[number];

export type Options = {
  readonly isQuick: boolean;
  readonly rounds: number;
  readonly numbers: readonly NumberId[];
  /** Null: wrk where it is installed. */
  readonly generator: 'wrk' | 'own' | null;
};

export type OptionsReading =
  | { readonly ok: true; readonly options: Options }
  | { readonly ok: false; readonly sentence: string };

const ROUNDS = 3;
const ROUNDS_MAX = 100;

export const USAGE = `Usage: npm run bench -- [--quick] [--only N1,N3] [--rounds 3] \
[--generator wrk|own]`;

export function parseOptions(argv: readonly string[]): OptionsReading {
  const reading = readArguments(argv);
  if (typeof reading === 'string') return { ok: false, sentence: reading };
  const { quick = false, only, rounds, generator } = reading;
  const wanted = only?.split(',') ?? NUMBERS;
  const unknown = wanted.filter((id) => !NUMBERS.some((known) => known === id));
  if (unknown.length > 0) {
    return { ok: false, sentence: `--only knows ${NUMBERS.join(', ')}, not ${unknown.join(', ')}` };
  }
  const roundCount = rounds === undefined ? (quick ? 1 : ROUNDS) : Number(rounds);
  if (!Number.isInteger(roundCount) || roundCount < 1 || roundCount > ROUNDS_MAX) {
    return { ok: false, sentence: `--rounds must be a number from 1 to ${ROUNDS_MAX}` };
  }
  if (generator !== undefined && generator !== 'wrk' && generator !== 'own') {
    return { ok: false, sentence: '--generator must be wrk or own' };
  }
  return {
    ok: true,
    options: {
      isQuick: quick,
      rounds: roundCount,
      numbers: NUMBERS.filter((id) => wanted.includes(id)),
      generator: generator ?? null,
    },
  };
}

function readArguments(argv: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        quick: { type: 'boolean' },
        only: { type: 'string' },
        rounds: { type: 'string' },
        generator: { type: 'string' },
      },
    });
    return values;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

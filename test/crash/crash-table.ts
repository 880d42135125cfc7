/** The result of a run as a table. Pure. */
import type { CrashResult } from './crash-run.ts';
import { MOMENTS, VICTIMS } from './kill.ts';

export function renderResult(result: CrashResult): string {
  const { faults, errors } = result;
  const rows: readonly (readonly [string, string])[] = [
    ['requests', `${result.requestCount}`],
    ['reports answered', `${result.answeredCount}`],
    ['acknowledgements answered', `${result.acknowledgedCount}`],
    ['lost', `${result.lost.length}`],
    ['cut off inside commit', `${result.cutOffCount}, ${result.cutOffStoredCount} stored`],
    ['notifications', `${result.notificationCount} in ${result.attemptCount} attempts`],
    ['ambiguous attempts', `${result.ambiguousCount}`],
    ['duplicates at the target', `${result.duplicateCount}`],
    ['first start', renderMs([result.firstStartMs])],
    ['start after a kill', renderMs(result.startMs)],
    ['recovery of the database', renderMs(result.recoveryMs)],
    ['take-over from a dead worker', renderSpread(result.takeOvers.map(({ ms }) => ms))],
    ['rest after the load', renderMs([result.restMs])],
  ];
  return [
    `seed ${result.seed}, ${result.kills.length} kills`,
    ...renderKills(result),
    ...rows.map(([name, value]) => `${name.padEnd(NAME_COLUMNS)} ${value}`),
    ...[...errors].map(([message, count]) => `hub error, ${count} x: ${message}`),
    ...faults.map((fault) => `FAULT ${fault}`),
  ].join('\n');
}

const NAME_COLUMNS = 30;
const COUNT_COLUMNS = 10;

function renderKills({ kills }: CrashResult): readonly string[] {
  const head = ['killed', ...MOMENTS];
  const lines = VICTIMS.map((victim) => [
    victim,
    ...MOMENTS.map((moment) => {
      const count = kills.filter((kill) => kill.victim === victim && kill.moment === moment).length;
      return count === 0 ? '-' : String(count);
    }),
  ]);
  return [head, ...lines].map(([first = '', ...rest]) =>
    [first.padEnd(NAME_COLUMNS), ...rest.map((cell) => cell.padStart(COUNT_COLUMNS))].join(' '),
  );
}

/** As NUMBERS.md asks for N10. */
function renderSpread(values: readonly number[]): string {
  if (values.length === 0) return '-';
  const sorted = values.toSorted((one, other) => one - other).map(Math.round);
  const median = sorted[Math.floor(sorted.length / 2)];
  return `min ${sorted[0]} ms, median ${median} ms, max ${sorted.at(-1)} ms (${sorted.length} x)`;
}

function renderMs(values: readonly number[]): string {
  if (values.length === 0) return '-';
  const sorted = values.toSorted((one, other) => one - other).map(Math.round);
  if (sorted.length === 1) return `${sorted[0]} ms`;
  return `p50 ${sorted[Math.floor(sorted.length / 2)]} ms, max ${sorted.at(-1)} ms`;
}

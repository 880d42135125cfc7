/** Order statistics of samples and of rounds. Pure. */

export type Spread = { readonly min: number; readonly median: number; readonly max: number };

/** Nearest rank: a value that was really seen. NaN when nothing was. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((one, other) => one - other);
  const rank = Math.max(1, Math.ceil(share * sorted.length));
  return sorted[rank - 1] ?? Number.NaN;
}

/** The median of an even number of rounds lies between the two in the middle. */
export function computeSpread(values: readonly number[]): Spread | null {
  const sorted = values.toSorted((one, other) => one - other);
  const [min, max] = [sorted[0], sorted.at(-1)];
  if (min === undefined || max === undefined) return null;
  const middle = (sorted.length - 1) / 2;
  const [low, high] = [sorted[Math.floor(middle)] ?? min, sorted[Math.ceil(middle)] ?? max];
  return { min, median: (low + high) / 2, max };
}

/** Round by round; rounds that one side lacks or has nothing in are left out. */
export function computeRatios(
  ours: ReadonlyMap<number, number>,
  theirs: ReadonlyMap<number, number>,
): readonly number[] {
  return [...ours].flatMap(([round, value]) => {
    const other = theirs.get(round);
    return other === undefined || !(other > 0) ? [] : [value / other];
  });
}

/** Which known name a misspelt one was meant to be. Pure. */

const TYPO_DISTANCE_MAX = 4;

/** Null when none is near. A short name is near only while most of it is right. */
export function findNearest(name: string, known: readonly string[]): string | null {
  let nearest: string | null = null;
  let least = TYPO_DISTANCE_MAX + 1;
  for (const candidate of known) {
    // Two names are at least as far apart as their lengths are: a long one costs nothing.
    if (Math.abs(candidate.length - name.length) >= least) continue;
    const distance = measureDistance(name, candidate);
    if (distance < least && distance * 2 <= candidate.length) {
      least = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

/** Levenshtein: how many characters must change. */
function measureDistance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let at = 1; at <= one.length; at += 1) {
    const next = [at];
    for (let to = 1; to <= other.length; to += 1) {
      const isSame = one[at - 1] === other[to - 1];
      const replaced = (row[to - 1] ?? 0) + (isSame ? 0 : 1);
      next.push(Math.min(replaced, (row[to] ?? 0) + 1, (next[to - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}

/**
 * So many at once and no more; the others wait, and when too many wait the next one is refused.
 * For work that keeps a processor and memory busy, such as the hash of a password. Pure.
 */

export type Turns = {
  /** Null: too many wait already, and nothing was done. */
  readonly take: <Result>(body: () => Promise<Result>) => Promise<Result | null>;
};

export function createTurns(bounds: {
  readonly runningMax: number;
  readonly waitingMax: number;
}): Turns {
  const waiting: (() => void)[] = [];
  let running = 0;

  async function take<Result>(body: () => Promise<Result>): Promise<Result | null> {
    if (running >= bounds.runningMax) {
      if (waiting.length >= bounds.waitingMax) return null;
      // Whoever leaves hands over the place.
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else {
      running += 1;
    }
    try {
      return await body();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  }

  return { take };
}

/** A clock that moves only when a test moves it. */
import { assert } from '#kernel/decision.ts';
import { type Instant, parseInstant, plusMs } from '#kernel/instant.ts';
import type { Clock } from '#kernel/ports.ts';

export type ManualClock = Clock & {
  readonly advanceMs: (durationMs: number) => void;
  /** May also go back, as a machine's clock does when it is set. */
  readonly set: (at: Instant) => void;
};

/** A Monday, early enough in the day that a test may add some hours. */
const START = '2026-11-16T08:00:00.000Z';

export function createManualClock(startText: string = START): ManualClock {
  let now = instantOf(startText);
  return {
    now: () => now,
    advanceMs: (durationMs) => {
      now = plusMs(now, durationMs);
    },
    set: (at) => {
      now = at;
    },
  };
}

/** For times written in a test. */
export function instantOf(text: string): Instant {
  const at = parseInstant(text);
  assert(at !== null, `${text} is an RFC 3339 time`);
  return at;
}

/**
 * How many may hold a session of the database for a whole request at once; the others wait in
 * line, and when the line is too long they are told to come again. Pure.
 */
import { CodedError } from '#kernel/error-codes.ts';
import { LIMITS } from '#kernel/limits.ts';

export type Seats = {
  /** Answers how to leave; to be called once, further calls do nothing. */
  readonly take: () => Promise<() => void>;
};

export function createSeats(
  seatsMax: number = LIMITS.wholeRequestsMax,
  waitingMax: number = LIMITS.wholeRequestsWaitingMax,
): Seats {
  let taken = 0;
  const waiting: (() => void)[] = [];
  const sit = (): (() => void) => {
    let isSeated = true;
    return () => {
      if (!isSeated) return;
      isSeated = false;
      const next = waiting.shift();
      if (next === undefined) taken -= 1;
      else next();
    };
  };
  return {
    take: async () => {
      if (taken < seatsMax) taken += 1;
      else {
        if (waiting.length >= waitingMax) throw new CodedError('not_stored');
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
      return sit();
    },
  };
}

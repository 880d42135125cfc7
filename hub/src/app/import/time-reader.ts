/**
 * Times of a program that wrote local time without an offset. Remembers the last moment read, so
 * that an hour which came twice is told apart by what must have come before. Pure.
 */
import { type Instant, instant, MS_PER_SECOND, parseLocalInstant } from '#kernel/instant.ts';
import { INSTANT_MAX } from '#kernel/instant.ts';
import type { JsonValue } from '#kernel/syntax/json.ts';

export type TimeReader = {
  /** Null when it says no time. `what` names the field in warnings. */
  readonly read: (value: JsonValue, what: string, notBefore?: Instant) => Instant | null;
};

export type TimeSettings = {
  readonly zone: string;
  readonly now: Instant;
  readonly warn: (sentence: string) => void;
};

/** Seconds since 1970 are not as large before the year 5138; milliseconds are since 1973. */
const EPOCH_MS_MIN = 100_000_000_000;

export function createTimeReader({ zone, now, warn }: TimeSettings): TimeReader {
  const clamp = (at: Instant, what: string): Instant => {
    if (at <= now) return at;
    warn(`${what} lies in the future; is the time zone ${zone} right? Taken as now`);
    return now;
  };
  return {
    read: (value, what, notBefore) => {
      if (value === null || value === '') return null;
      const epoch = readEpoch(value);
      if (epoch !== null) return clamp(epoch, what);
      const reading =
        typeof value === 'string' ? parseLocalInstant(value.trim(), zone, notBefore) : null;
      if (reading === null) {
        warn(`${what} is no time`);
        return null;
      }
      if (reading.doubt === 'gap') {
        warn(`${what} is in the hour that the clocks jumped over; moved forward by the jump`);
      }
      if (reading.doubt === 'fold') {
        warn(`${what} is in the hour that came twice; the one that fits what was before is taken`);
      }
      return clamp(reading.at, what);
    },
  };
}

/** `time.time()`, or milliseconds. */
function readEpoch(value: JsonValue): Instant | null {
  if (typeof value !== 'number' || !(value > 0)) return null;
  const epochMs = value < EPOCH_MS_MIN ? value * MS_PER_SECOND : value;
  return epochMs > INSTANT_MAX ? null : instant(epochMs);
}

/**
 * The clock of a running hub: monotonic time of this machine plus an offset measured against the
 * database (`clock_timestamp()`: the one place where SQL is asked for the time), so that several
 * nodes agree. A machine's own clock may step; this one does not.
 * Danger: with an offset of more than LIMITS.clockOffsetMaxMs between two measurements the node
 * must not claim work (`isTrusted` false; /readyz says so).
 */
import { performance } from 'node:perf_hooks';
import { type Instant, instant } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { Clock } from '#kernel/ports.ts';
import { statement } from './postgres/statement.ts';

/** Answers the database's time, in milliseconds since 1970. */
export const READ_DATABASE_CLOCK = statement(
  'clock.read',
  `select floor(extract(epoch from clock_timestamp()) * 1000)::float8 as at_ms`,
);

export type HubClock = Clock & {
  /** Milliseconds that this machine's clock is ahead of the database's. */
  readonly offsetMs: () => number;
  readonly isTrusted: () => boolean;
  /** Takes a reading: when it was asked, when it was answered, what it said. */
  readonly adjust: (reading: ClockReading) => void;
  readonly monotonicMs: () => number;
};

export type ClockReading = {
  readonly askedMonotonicMs: number;
  readonly answeredMonotonicMs: number;
  readonly databaseMs: number;
};

export function createClock(): HubClock {
  const monotonicMs = () => performance.now();
  let originMs = Date.now() - monotonicMs();
  let isAdjusted = false;
  let trusted = true;
  let offsetMs = 0;
  return {
    now: (): Instant => instant(originMs + monotonicMs()),
    monotonicMs,
    offsetMs: () => offsetMs,
    isTrusted: () => trusted,
    adjust: (reading) => {
      const middleMs = (reading.askedMonotonicMs + reading.answeredMonotonicMs) / 2;
      const measuredOriginMs = reading.databaseMs - middleMs;
      const driftMs = originMs - measuredOriginMs;
      offsetMs = Date.now() - (measuredOriginMs + monotonicMs());
      // The first reading sets the clock; later ones must agree with what it has said since.
      trusted = !isAdjusted || Math.abs(driftMs) <= LIMITS.clockOffsetMaxMs;
      if (!isAdjusted || !trusted || Math.abs(driftMs) > ADJUST_OVER_MS)
        originMs = measuredOriginMs;
      isAdjusted = true;
    },
  };
}

/** Smaller differences are the noise of asking. */
const ADJUST_OVER_MS = 20;

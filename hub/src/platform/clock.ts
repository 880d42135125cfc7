/**
 * The clock of a running hub: monotonic time of this machine plus an offset measured against the
 * database (`clock_timestamp()`: the one place where SQL is asked for the time), so that several
 * nodes agree. A machine's own clock may step; this one does not.
 *
 * A reading says only that the database looked at its clock somewhere between question and answer:
 * an answer that took long proves little, and moves this clock only as far as it surely proves.
 *
 * Danger: after a reading that finds this clock off by more than LIMITS.clockOffsetMaxMs (the
 * database's clock was set, this machine slept) the node must not claim work: what it did since
 * the last reading may rest on a wrong time (`isTrusted` false; /readyz says so). The next reading
 * that agrees, and is not itself vaguer than that, makes it trusted again.
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
  /** Takes a reading; answers by how much, at least, this clock was off. 0 = it agrees. */
  readonly adjust: (reading: ClockReading) => number;
  readonly monotonicMs: () => number;
};

export type ClockReading = {
  readonly askedMonotonicMs: number;
  readonly answeredMonotonicMs: number;
  readonly databaseMs: number;
};

/** What this machine knows of time. */
export type Machine = {
  /** Only ever goes on. Its zero means nothing. */
  readonly monotonicMs: () => number;
  /** Since 1970; may step at any time. */
  readonly wallMs: () => number;
};

const THIS_MACHINE: Machine = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
};

export function createClock(machine: Machine = THIS_MACHINE): HubClock {
  const { monotonicMs, wallMs } = machine;
  // Until the first reading there is nothing better.
  let originMs = wallMs() - monotonicMs();
  let isAdjusted = false;
  let trusted = true;

  function adjust(reading: ClockReading): number {
    const earliestMs = reading.databaseMs - reading.answeredMonotonicMs;
    const latestMs = reading.databaseMs - reading.askedMonotonicMs;
    const isSharp = (latestMs - earliestMs) / 2 <= LIMITS.clockOffsetMaxMs;
    if (!isAdjusted) {
      originMs = (earliestMs + latestMs) / 2;
      isAdjusted = true;
      trusted = isSharp;
      return 0;
    }
    const provenMs = Math.min(latestMs, Math.max(earliestMs, originMs));
    const driftMs = Math.abs(provenMs - originMs);
    trusted = driftMs <= LIMITS.clockOffsetMaxMs && (trusted || isSharp);
    if (driftMs > ADJUST_OVER_MS) originMs = provenMs;
    return driftMs;
  }

  return {
    now: (): Instant => instant(originMs + monotonicMs()),
    monotonicMs,
    offsetMs: () => wallMs() - (originMs + monotonicMs()),
    isTrusted: () => trusted,
    adjust,
  };
}

/** Smaller differences are not worth a clock that jumps. */
const ADJUST_OVER_MS = 20;

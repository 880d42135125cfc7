/**
 * The clocks of edge boxes, which are often wrong: unset after a power cut (1970, or the day the
 * firmware was built), hours off, an hour back until the network is there. Pure.
 *
 * What a box says is kept as the event's provider time, whatever it is. Decisions take it only
 * where it cannot swallow an alarm.
 */
import {
  type Instant,
  instant,
  INSTANT_MAX,
  INSTANT_MIN,
  MS_PER_DAY,
  MS_PER_MINUTE,
  MS_PER_SECOND,
  parseInstant,
  parseLocalInstant,
  plusMs,
} from '#kernel/instant.ts';
import type { JsonValue } from '#kernel/syntax/json.ts';

/** A box that restarts is back no sooner: until then its clock has not gone backwards. */
const CLOCK_TRUSTED_MS = MS_PER_MINUTE;

export type EventTime = {
  /** As the box says; null = it says nothing that is a time. */
  readonly at: Instant | null;
  /**
   * Tells one report from the next of the same alarm; null when the clock may have said the same
   * before. Clocks that are unset begin with the same seconds after each start.
   */
  readonly mark: string | null;
};

export function parseEventTime(value: JsonValue | undefined, now: Instant): EventTime {
  const isText = typeof value === 'string';
  const digits = isText && /^-?\d{1,19}(?:\.\d{1,9})?$/.test(value.trim());
  if (typeof value === 'number' || digits) {
    const at = readEpoch(Number(value));
    return { at, mark: at === null || !isNear(at, now) ? null : String(at) };
  }
  if (!isText) return { at: null, mark: null };
  const text = value.trim();
  const at = parseInstant(text) ?? parseInstant(text.replace(/([+-]\d{2})(\d{2})$/, '$1:$2'));
  if (at !== null) return { at, mark: isNear(at, now) ? String(at) : null };
  // A wall clock in a zone that nobody has told us: it tells reports apart, and no more.
  const wall = parseLocalInstant(text, 'UTC');
  return { at: null, mark: wall !== null && isNear(wall.at, now) ? `wall${wall.at}` : null };
}

/** Seconds, milliseconds, microseconds or nanoseconds since 1970, by their size. */
function readEpoch(given: number): Instant | null {
  const size = Math.abs(given);
  if (!Number.isFinite(given) || given === 0) return null;
  const ms = size < 1e11 ? given * MS_PER_SECOND : size < 1e14 ? given : null;
  const finer = size < 1e17 ? given / 1e3 : given / 1e6;
  const at = ms ?? finer;
  return at < INSTANT_MIN || at > INSTANT_MAX ? null : instant(at);
}

function isNear(at: Instant, now: Instant): boolean {
  return Math.abs(at - now) <= MS_PER_DAY;
}

/** When an alarm began, for whoever reads it: never in the future, never absurd. */
export function startForPeople({ at }: EventTime, now: Instant): Instant | null {
  return at === null || !isNear(at, now) ? null : instant(Math.min(at, now));
}

/**
 * When an alarm began whose name may come again. Later than everything that was reported before,
 * unless the box's clock is right: a clock that went back would make a new fall an old one.
 */
export function startForIdentity({ at }: EventTime, now: Instant): Instant {
  if (at === null || at > now || at < plusMs(now, -CLOCK_TRUSTED_MS)) return now;
  return at;
}

/**
 * When an alarm ended whose name may come again. One that comes late keeps its time: it must not
 * end an alarm that began since. Null: now.
 */
export function endForIdentity({ at }: EventTime, now: Instant): Instant | null {
  return at === null || at >= now || !isNear(at, now) ? null : at;
}

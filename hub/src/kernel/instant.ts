/**
 * Instants and durations. The only file that touches `Date`: everything else takes an `Instant`
 * as an argument, so that a test can move time.
 */

declare const instantBrand: unique symbol;

/** Milliseconds since 1970-01-01T00:00:00Z, whole. */
export type Instant = number & { readonly [instantBrand]: true };

export const MS_PER_SECOND = 1_000;
export const MS_PER_MINUTE = 60 * MS_PER_SECOND;
export const MS_PER_HOUR = 60 * MS_PER_MINUTE;
export const MS_PER_DAY = 24 * MS_PER_HOUR;

/** Years 1 to 9999: what RFC 3339 can write and PostgreSQL can store. */
export const INSTANT_MIN = -62_135_596_800_000 as Instant;
export const INSTANT_MAX = 253_402_300_799_999 as Instant;

export function instant(epochMs: number): Instant {
  return Math.trunc(epochMs) as Instant;
}

export function plusMs(at: Instant, durationMs: number): Instant {
  return Math.min(INSTANT_MAX, Math.max(INSTANT_MIN, at + Math.trunc(durationMs))) as Instant;
}

/** A flush writes a few moments many times over. */
const formatted = new Map<Instant, string>();
const FORMATTED_MAX = 64;

/** RFC 3339 in UTC with milliseconds, as every answer of the API has it. */
export function formatInstant(at: Instant): string {
  const known = formatted.get(at);
  if (known !== undefined) return known;
  if (formatted.size >= FORMATTED_MAX) formatted.clear();
  const text = new Date(at).toISOString();
  formatted.set(at, text);
  return text;
}

export function formatInstantOrNull(at: Instant | null): string | null {
  return at === null ? null : formatInstant(at);
}

const RFC3339 =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?([Zz]|[+-]\d{2}:\d{2})$/;

/**
 * Parses RFC 3339. Fractions finer than a millisecond are cut. Returns null for anything else,
 * for days that do not exist and for years outside 1 to 9999. A leap second counts as the
 * first moment of the next minute.
 */
export function parseInstant(text: string): Instant | null {
  const match = RFC3339.exec(text);
  if (match === null) return null;
  const [, year, month, day, hour, minute, second, fraction, zone] = match;
  const numbers = [year, month, day, hour, minute, second].map(Number);
  const [y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0] = numbers;
  if (mo < 1 || mo > 12 || d < 1 || d > daysInMonth(y, mo) || h > 23 || mi > 59 || s > 60) {
    return null;
  }
  const offsetMs = parseZoneMs(zone ?? 'Z');
  if (offsetMs === null) return null;
  const date = new Date(0);
  date.setUTCFullYear(y, mo - 1, d);
  date.setUTCHours(h, mi, s, Number((fraction ?? '').slice(0, 3).padEnd(3, '0')));
  const epochMs = date.getTime() - offsetMs;
  return epochMs < INSTANT_MIN || epochMs > INSTANT_MAX ? null : instant(epochMs);
}

function parseZoneMs(zone: string): number | null {
  if (zone === 'Z' || zone === 'z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(4, 6));
  if (hours > 23 || minutes > 59) return null;
  const sign = zone.startsWith('-') ? -1 : 1;
  return sign * (hours * MS_PER_HOUR + minutes * MS_PER_MINUTE);
}

function daysInMonth(year: number, month: number): number {
  return new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
}

/** Dates that PostgreSQL's driver hands back. */
export function instantFromDate(date: Date): Instant {
  return instant(date.getTime());
}

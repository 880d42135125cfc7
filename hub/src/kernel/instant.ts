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

/** What a naive local time came to. */
export type LocalReading = {
  readonly at: Instant;
  /**
   * gap   the clocks were put forward over it: moved forward by as much
   * fold  the clocks were put back, and it came twice: one of the two was taken
   */
  readonly doubt: 'none' | 'gap' | 'fold';
};

const LOCAL =
  /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2})(:\d{2})?(?:[.,](\d{1,9}))?\s?([Zz]|[+-]\d{2}:?\d{2})?$/;

/**
 * Parses an ISO 8601 time that may lack its offset, as programs write that do not care about
 * zones; then it is a local time of `zone`, which `isTimeZone` knows. Of a time that came twice,
 * the first is taken that is not before `notBefore`, else the first. Null for what is no time.
 */
export function parseLocalInstant(
  text: string,
  zone: string,
  notBefore: Instant = INSTANT_MIN,
): LocalReading | null {
  const match = LOCAL.exec(text);
  if (match === null) return null;
  const [, day = '', minutes = '', seconds = ':00', fraction, offset] = match;
  const clock = `${day}T${minutes}${seconds}${fraction === undefined ? '' : `.${fraction}`}`;
  if (offset !== undefined) {
    const colon = offset.length === 5 ? `${offset.slice(0, 3)}:${offset.slice(3)}` : offset;
    const at = parseInstant(`${clock}${colon}`);
    return at === null ? null : { at, doubt: 'none' };
  }
  const wall = parseInstant(`${clock}Z`);
  return wall === null ? null : readWall(wall, zone, notBefore);
}

/** Further from the wall time than any zone is from UTC; no zone changes twice in this time. */
const ZONE_SPAN_MS = 26 * MS_PER_HOUR;

function readWall(wall: Instant, zone: string, notBefore: Instant): LocalReading | null {
  const before = zoneOffsetMs(instant(wall - ZONE_SPAN_MS), zone);
  const after = zoneOffsetMs(instant(wall + ZONE_SPAN_MS), zone);
  const found = [...new Set([before, after])]
    .filter((offsetMs) => zoneOffsetMs(instant(wall - offsetMs), zone) === offsetMs)
    .map((offsetMs) => instant(wall - offsetMs))
    .toSorted((one, other) => one - other);
  const [first] = found;
  const at = found.find((moment) => moment >= notBefore) ?? first ?? instant(wall - before);
  if (at < INSTANT_MIN || at > INSTANT_MAX) return null;
  if (found.length === 0) return { at, doubt: 'gap' };
  return { at, doubt: found.length > 1 ? 'fold' : 'none' };
}

const zones = new Map<string, Intl.DateTimeFormat>();
const ZONES_MAX = 512;
const DATE_MS_MAX = 8_640_000_000_000_000;

/** How far the clocks of a zone were ahead of UTC at a moment. */
function zoneOffsetMs(at: Instant, zone: string): number {
  const wholeMs = Math.floor(at / MS_PER_SECOND) * MS_PER_SECOND;
  const inRange = Math.min(DATE_MS_MAX, Math.max(-DATE_MS_MAX, wholeMs));
  const part: Record<string, string> = {};
  for (const { type, value } of clockOf(zone).formatToParts(inRange)) part[type] = value;
  const { era, year, month, day, hour, minute, second } = part;
  const date = new Date(0);
  const y = era === 'BC' || era === 'B' ? 1 - Number(year) : Number(year);
  date.setUTCFullYear(y, Number(month) - 1, Number(day));
  date.setUTCHours(Number(hour), Number(minute), Number(second), 0);
  return date.getTime() - inRange;
}

function clockOf(zone: string): Intl.DateTimeFormat {
  const known = zones.get(zone);
  if (known !== undefined) return known;
  if (zones.size >= ZONES_MAX) zones.clear();
  const clock = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    era: 'short',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  zones.set(zone, clock);
  return clock;
}

const ZONE_CHARS_MAX = 64;

/** A name of the time zone database, as `Europe/Paris`; no bare offset, which knows no summer. */
export function isTimeZone(name: string): boolean {
  if (name.length > ZONE_CHARS_MAX || !/^[A-Za-z]/.test(name)) return false;
  try {
    clockOf(name);
    return true;
  } catch {
    return false;
  }
}

/** Dates that PostgreSQL's driver hands back. */
export function instantFromDate(date: Date): Instant {
  return instant(date.getTime());
}

/** Times as a person reads them in a table. Pure. */
import {
  formatInstant,
  type Instant,
  MS_PER_DAY,
  MS_PER_HOUR,
  MS_PER_MINUTE,
  MS_PER_SECOND,
  parseInstant,
} from '#kernel/instant.ts';
import type { JsonValue } from '#kernel/syntax/json.ts';

const UNITS: readonly (readonly [string, number])[] = [
  ['d', MS_PER_DAY],
  ['h', MS_PER_HOUR],
  ['min', MS_PER_MINUTE],
  ['s', MS_PER_SECOND],
];

/** `3 min`, in the largest unit of which there is a whole one. */
export function renderSpan(spanMs: number): string {
  const size = Math.abs(spanMs);
  const [name, ms] = UNITS.find(([, unitMs]) => size >= unitMs) ?? ['s', MS_PER_SECOND];
  return `${Math.floor(size / ms)} ${name}`;
}

/** `3 min ago`; `-` for what is no time. The two clocks may not agree. */
export function renderAge(value: JsonValue | undefined, now: Instant): string {
  const at = typeof value === 'string' ? parseInstant(value) : null;
  return at === null ? '-' : `${renderSpan(Math.max(0, now - at))} ago`;
}

/** `1 min 59 s`: of its two largest units, for what somebody waits for. */
export function renderWait(spanMs: number): string {
  const wholeMs = Math.round(Math.abs(spanMs) / MS_PER_SECOND) * MS_PER_SECOND;
  const at = UNITS.findIndex(([, unitMs]) => wholeMs >= unitMs);
  const [, unitMs] = UNITS[at] ?? ['s', MS_PER_SECOND];
  const rest = wholeMs % unitMs;
  const [, nextMs] = UNITS[at + 1] ?? ['', 0];
  const large = renderSpan(wholeMs);
  return nextMs === 0 || rest < nextMs ? large : `${large} ${renderSpan(rest)}`;
}

const SPAN_UNITS: Readonly<Record<string, number>> = {
  s: MS_PER_SECOND,
  m: MS_PER_MINUTE,
  min: MS_PER_MINUTE,
  h: MS_PER_HOUR,
  d: MS_PER_DAY,
};

/** `90d`, `12h`, `15m`, `30s` as milliseconds; null for anything else. */
export function parseSpan(text: string): number | null {
  const [, count, unit = ''] = /^(\d{1,6}) ?([a-z]+)$/.exec(text) ?? [];
  const unitMs = Object.hasOwn(SPAN_UNITS, unit) ? SPAN_UNITS[unit] : undefined;
  return count === undefined || unitMs === undefined ? null : Number(count) * unitMs;
}

/** `2026-01-31 08:00:00Z`: as everything in the record, in UTC. */
export function renderMoment(at: Instant): string {
  return `${formatInstant(at).slice(0, 19).replace('T', ' ')}Z`;
}

/** Times as a person reads them in a table. Pure. */
import { MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE, MS_PER_SECOND } from '#kernel/instant.ts';

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

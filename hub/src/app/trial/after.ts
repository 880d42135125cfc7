/** How long after the creation, for a person. Pure. */
import { MS_PER_HOUR, MS_PER_MINUTE, MS_PER_SECOND } from '#kernel/instant.ts';

/** `2 min`, `1 h 30 min`, `0 s`. */
export function renderAfter(durationMs: number): string {
  const wholeMs = Math.round(durationMs / MS_PER_SECOND) * MS_PER_SECOND;
  const hours = Math.floor(wholeMs / MS_PER_HOUR);
  const minutes = Math.floor((wholeMs % MS_PER_HOUR) / MS_PER_MINUTE);
  const seconds = (wholeMs % MS_PER_MINUTE) / MS_PER_SECOND;
  const parts = [
    ...(hours === 0 ? [] : [`${hours} h`]),
    ...(minutes === 0 ? [] : [`${minutes} min`]),
    ...(seconds === 0 ? [] : [`${seconds} s`]),
  ];
  return parts.length === 0 ? '0 s' : parts.join(' ');
}

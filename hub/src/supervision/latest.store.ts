/** How a stored moment takes a later one, whatever the clock that noted it did in between. */
import { MS_PER_SECOND } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';

export const AHEAD_MAX = `interval '${LIMITS.momentAheadMaxMs / MS_PER_SECOND} seconds'`;

/**
 * The later of a column and what was heard: reports of several nodes come late. Not a moment that
 * a clock noted which was set back since (device.ts).
 */
export function renderLatest(column: string, heard: string): string {
  return `case when t.${column} > ${heard} + ${AHEAD_MAX} then ${heard}
    else greatest(t.${column}, ${heard}) end`;
}

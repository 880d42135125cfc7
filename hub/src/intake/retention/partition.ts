/**
 * Which partitions the table `event` has: one per LIMITS.partitionSpanMs, counted from a fixed
 * Monday, cut at the smallest UUIDv7 of their first moment.
 *
 * Danger: names and bounds are in the databases that run already. A changed span or epoch would
 * make partitions that overlap the ones that exist.
 */
import { lowestUuidV7 } from '#kernel/id.ts';
import {
  formatInstant,
  INSTANT_MAX,
  type Instant,
  instant,
  MS_PER_DAY,
  plusMs,
} from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';

export type Partition = {
  /** `event_20261116`, by the UTC date of its first day. */
  readonly name: string;
  readonly startsAt: Instant;
  /** Not part of it any more. */
  readonly endsAt: Instant;
  readonly fromId: string;
  /** Not part of it any more. */
  readonly toId: string;
};

/** Monday 5 January 1970. */
const EPOCH = instant(4 * MS_PER_DAY);

/** The partition of events received at that moment. Before 1970 ids stand still, so does this. */
export function partitionAt(at: Instant): Partition {
  const spans = Math.floor((Math.max(0, at) - EPOCH) / LIMITS.partitionSpanMs);
  const startsAt = plusMs(EPOCH, spans * LIMITS.partitionSpanMs);
  const endsAt = plusMs(startsAt, LIMITS.partitionSpanMs);
  return {
    name: `event_${formatInstant(startsAt).slice(0, 10).replaceAll('-', '')}`,
    startsAt,
    endsAt,
    fromId: lowestUuidV7(startsAt),
    toId: lowestUuidV7(endsAt),
  };
}

/** What has to exist at `now`: the current one and some ahead, in order. */
export function planPartitions(now: Instant): readonly Partition[] {
  const partitions = [partitionAt(now)];
  for (let next = partitions[0]; next !== undefined; next = partitions.at(-1)) {
    if (partitions.length > LIMITS.partitionsAheadMax || next.endsAt >= INSTANT_MAX) break;
    partitions.push(partitionAt(next.endsAt));
  }
  return partitions;
}

/**
 * Which changes of alerts this node has told already, and how far back the next read has to go.
 *
 * A change carries the time of its decision and becomes readable when its transaction commits:
 * later, in another order, and by another node's clock. So a read starts before the end of the last
 * one: a little before, as nearly all changes are readable at once; and every two seconds the whole
 * LIMITS.streamOverlapMs before the last such read, which finds the slowest. What was told is
 * remembered as far back as reads go. Pure.
 */
import type { AlertRef, Changed } from '#app/read/alerts.ts';
import { type Instant, plusMs } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';

export type Reading = {
  readonly now: Instant;
  /** From when on changes were asked for. */
  readonly since: Instant;
  /** Newest first. */
  readonly changes: readonly Changed[];
  /** There were more: the oldest are missing. */
  readonly isCut: boolean;
};

export type Fresh = {
  /** Oldest first. */
  readonly changes: readonly Changed[];
  /** Some may have been missed. */
  readonly hasGap: boolean;
};

export type SeenChanges = {
  /** From when on the next read has to look. */
  readonly since: (now: Instant) => Instant;
  /** What is new to whoever has followed so far. */
  readonly find: (reading: Reading) => Fresh;
  /** All of this has been told; of what was told as a whole alert, that version. */
  readonly keep: (reading: Reading, told: readonly Changed[]) => void;
  /** All changes up to here that are still to come are younger than the overlap. */
  readonly cursorAt: () => Instant | null;
  /** Nobody follows any more. */
  readonly clear: () => void;
};

export function createSeenChanges(): SeenChanges {
  const seen = new Map<string, Pick<Changed, 'version' | 'updatedAt'>>();
  let readAt: Instant | null = null;
  let wholeReadAt: Instant | null = null;

  function since(now: Instant): Instant {
    if (readAt === null || wholeReadAt === null) return plusMs(now, -LIMITS.streamOverlapMs);
    const isWhole = now >= plusMs(wholeReadAt, LIMITS.streamWholeReadMs);
    const whole = plusMs(wholeReadAt, -LIMITS.streamOverlapMs);
    const short = plusMs(readAt, -LIMITS.streamShortOverlapMs);
    return isWhole || whole > short ? whole : short;
  }

  function find(reading: Reading): Fresh {
    const own = since(reading.now);
    const inReach = reading.changes.filter(({ updatedAt }) => updatedAt >= own);
    const fresh = inReach.filter((change) => {
      const known = seen.get(nameChange(change));
      return known === undefined || known.version < change.version;
    });
    return { changes: fresh.toReversed(), hasGap: isGap(reading, own) };
  }

  function keep(reading: Reading, told: readonly Changed[]): void {
    const own = since(reading.now);
    const { changes: fresh } = find(reading);
    for (const { version, updatedAt, ...ref } of [...fresh, ...told]) {
      seen.set(nameChange(ref), { version, updatedAt });
    }
    readAt = reading.now;
    const isWhole = wholeReadAt === null || own <= plusMs(wholeReadAt, -LIMITS.streamOverlapMs);
    if (!isWhole) return;
    wholeReadAt = reading.now;
    const end = plusMs(reading.now, -LIMITS.streamOverlapMs);
    for (const [name, { updatedAt }] of seen) if (updatedAt < end) seen.delete(name);
  }

  return {
    since,
    find,
    keep,
    cursorAt: () => wholeReadAt,
    clear: () => {
      seen.clear();
      readAt = null;
      wholeReadAt = null;
    },
  };
}

/** Whether a read may lack something that changed since then. */
export function isGap(reading: Reading, since: Instant): boolean {
  if (since < reading.since) return true;
  const oldest = reading.changes.at(-1);
  return reading.isCut && (oldest === undefined || oldest.updatedAt >= since);
}

export function nameChange({ projectId, alertId }: AlertRef): string {
  return `${projectId}/${alertId}`;
}

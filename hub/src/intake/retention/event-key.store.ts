/** Statements of the de-duplication keys that are about their age. */
import { formatInstant, type Instant } from '#kernel/instant.ts';
import type { Queryable } from '#platform/postgres/postgres.ts';
import { statement } from '#platform/postgres/statement.ts';

/**
 * Oldest first; keys that intake is working on are left for the next time. By row address, which
 * is safe under the lock: joined by key, a full batch made the planner read the whole table.
 */
const EXPIRE = statement(
  'event_key.expire',
  `with deleted as (
     delete from event_key
      where ctid = any (array(
        select ctid
          from event_key
         where received_at < $1
         order by received_at
         limit $2
           for update skip locked
      ))
     returning 1
   )
   select count(*)::integer as deleted_count from deleted`,
);

/** Returns how many were deleted. */
export async function expireEventKeys(
  tx: Queryable,
  before: Instant,
  countMax: number,
): Promise<number> {
  const rows = await tx.run(EXPIRE, [formatInstant(before), countMax]);
  return Number(rows[0]?.['deleted_count']);
}

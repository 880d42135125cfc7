/**
 * Forgets de-duplication keys after their time: a sender that repeats its own id after that
 * raises a new event. In small batches, because one large delete holds its locks, and the rows
 * it leaves behind, for as long as it takes.
 */
import { type Instant, plusMs } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { Database } from '#platform/postgres/postgres.ts';
import { expireEventKeys } from './event-key.store.ts';

/** One batch. Returns how many were deleted: a full batch means that there may be more. */
export async function runEventKeyExpiryOnce(
  database: Database,
  options: { readonly now: Instant; readonly keepMs: number; readonly batch?: number },
): Promise<number> {
  const { now, keepMs, batch = LIMITS.eventKeyExpiryMax } = options;
  return database.transaction((tx) => expireEventKeys(tx, plusMs(now, -keepMs), batch));
}

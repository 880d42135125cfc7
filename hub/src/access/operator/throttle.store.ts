/**
 * Every statement on `login_throttle`. Danger: the rows are locked before they are judged, in one
 * order, so that of two guesses at once the second one sees the first.
 */
import { encodeHex } from '#kernel/crypto.ts';
import {
  formatInstant,
  formatInstantOrNull,
  type Instant,
  instantFromDate,
  plusMs,
} from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { Bucket, BucketRef, BucketState } from '#access/proof/throttle.ts';
import type { Queryable, Row } from '#platform/postgres/postgres.ts';
import { statement } from '#platform/postgres/statement.ts';

const ADD_BUCKETS = statement(
  'throttle.add',
  `
  insert into login_throttle (bucket, guesses, last_guess_at)
  select bucket, 0, $2 from unnest($1::bytea[]) as bucket order by bucket
  on conflict (bucket) do nothing
  `,
);

const LOCK_BUCKETS = statement(
  'throttle.lock',
  'select * from login_throttle where bucket = any($1::bytea[]) order by bucket for update',
);

const SAVE_BUCKET = statement(
  'throttle.save',
  `
  update login_throttle
     set guesses = $2, last_guess_at = $3, blocked_until = $4
   where bucket = $1
  `,
);

const DELETE_BUCKET = statement('throttle.delete', 'delete from login_throttle where bucket = $1');

const DELETE_FORGOTTEN = statement(
  'throttle.delete_forgotten',
  `
  delete from login_throttle
   where bucket in (select bucket from login_throttle where last_guess_at <= $1 limit $2)
  returning bucket
  `,
);

/** Rows that are not there yet are made, for only a row can be locked. */
export async function lockBuckets(
  tx: Queryable,
  refs: readonly BucketRef[],
  now: Instant,
): Promise<readonly Bucket[]> {
  const hashes = refs.map(({ hash }) => hash);
  await tx.run(ADD_BUCKETS, [hashes, formatInstant(now)]);
  const rows = await tx.run(LOCK_BUCKETS, [hashes]);
  const states = new Map(rows.map((row) => [encodeHex(parseHash(row)), parseState(row)]));
  return refs.flatMap((ref) => {
    const state = states.get(encodeHex(ref.hash));
    return state === undefined ? [] : [{ ...ref, state }];
  });
}

export async function saveBucket(
  tx: Queryable,
  { hash }: BucketRef,
  state: BucketState,
): Promise<void> {
  const { guesses, lastGuessAt, blockedUntil } = state;
  const times = [formatInstant(lastGuessAt), formatInstantOrNull(blockedUntil)];
  await tx.run(SAVE_BUCKET, [hash, guesses, ...times]);
}

export async function deleteBucket(tx: Queryable, { hash }: BucketRef): Promise<void> {
  await tx.run(DELETE_BUCKET, [hash]);
}

/** How many it took away. */
export async function deleteForgottenGuesses(tx: Queryable, now: Instant): Promise<number> {
  const before = formatInstant(plusMs(now, -LIMITS.guessForgetMs));
  return (await tx.run(DELETE_FORGOTTEN, [before, LIMITS.accessExpiryMax])).length;
}

function parseHash(row: Row): Uint8Array {
  return row['bucket'] as Uint8Array;
}

function parseState(row: Row): BucketState {
  const blockedUntil = row['blocked_until'];
  return {
    guesses: Number(row['guesses']),
    lastGuessAt: instantFromDate(row['last_guess_at'] as Date),
    blockedUntil: blockedUntil instanceof Date ? instantFromDate(blockedUntil) : null,
  };
}

/** Every statement on what writes answered. */
import { formatInstant, type Instant, instantFromDate } from '#kernel/instant.ts';
import type { Queryable, Row, Transaction } from '#platform/postgres/postgres.ts';
import { statement } from '#platform/postgres/statement.ts';

/** `body` null and `isKept`: there was none. */
export type KeptAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** False: it was too large. */
  readonly isKept: boolean;
};

export type Attempt = {
  readonly requestHash: Uint8Array;
  readonly startedAt: Instant;
  /** Null while it runs, or when its process died. */
  readonly answer: KeptAnswer | null;
};

const LOCK = statement(
  'idempotency.lock',
  'select pg_try_advisory_xact_lock($1::text::bigint) as is_locked',
);

/** Until the end of the transaction; false when another one has it. */
export async function lockScope(tx: Transaction, scopeHash: Uint8Array): Promise<boolean> {
  const bytes = new DataView(scopeHash.buffer, scopeHash.byteOffset, scopeHash.byteLength);
  const [row] = await tx.run(LOCK, [String(bytes.getBigInt64(0))]);
  return row?.['is_locked'] === true;
}

const FIND = statement(
  'idempotency.find',
  `
  select request_hash, started_at, status, headers, body, is_kept
    from idempotency_answer
   where scope_hash = $1 and expires_at > $2
  `,
);

export async function findAttempt(
  db: Queryable,
  scopeHash: Uint8Array,
  now: Instant,
): Promise<Attempt | null> {
  const [row] = await db.run(FIND, [scopeHash, formatInstant(now)]);
  return row === undefined ? null : attemptFromRow(row);
}

function attemptFromRow(row: Row): Attempt {
  const status = row['status'] as number | null;
  return {
    requestHash: new Uint8Array(row['request_hash'] as Buffer),
    startedAt: instantFromDate(row['started_at'] as Date),
    answer:
      status === null
        ? null
        : {
            status,
            headers: row['headers'] as Readonly<Record<string, string>>,
            body: row['body'] as string | null,
            isKept: row['is_kept'] === true,
          },
  };
}

const SAVE = statement(
  'idempotency.save',
  `
  insert into idempotency_answer (scope_hash, request_hash, started_at, expires_at, answered_at,
                                  status, headers, body, is_kept)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
  on conflict (scope_hash) do update
     set request_hash = excluded.request_hash, started_at = excluded.started_at,
         expires_at = excluded.expires_at, answered_at = excluded.answered_at,
         status = excluded.status, headers = excluded.headers, body = excluded.body,
         is_kept = excluded.is_kept
  `,
);

export type Saved = {
  readonly scopeHash: Uint8Array;
  readonly requestHash: Uint8Array;
  readonly startedAt: Instant;
  readonly expiresAt: Instant;
  readonly answer: KeptAnswer | null;
};

/** Over an expired one, or the claim that it answers. */
export function saveAttempt(tx: Transaction, saved: Saved, now: Instant): void {
  const { answer } = saved;
  tx.post(SAVE, [
    saved.scopeHash,
    saved.requestHash,
    formatInstant(saved.startedAt),
    formatInstant(saved.expiresAt),
    answer === null ? null : formatInstant(now),
    answer?.status ?? null,
    answer === null ? null : JSON.stringify(answer.headers),
    answer?.body ?? null,
    answer?.isKept ?? null,
  ]);
}

const DROP = statement(
  'idempotency.drop',
  'delete from idempotency_answer where scope_hash = $1 and answered_at is null',
);

/** What was claimed and came to nothing. */
export function dropClaim(tx: Transaction, scopeHash: Uint8Array): void {
  tx.post(DROP, [scopeHash]);
}

const EXPIRE = statement(
  'idempotency.expire',
  `
  delete from idempotency_answer
   where scope_hash in (
     select scope_hash from idempotency_answer
      where expires_at <= $1
      order by expires_at, scope_hash
      limit $2
        for update skip locked
   )
  returning 1 as expired
  `,
);

export async function expireAnswers(db: Queryable, now: Instant, rowsMax: number): Promise<number> {
  return (await db.run(EXPIRE, [formatInstant(now), rowsMax])).length;
}

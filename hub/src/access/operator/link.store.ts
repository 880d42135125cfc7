/** Every statement on `operator_link`. A token is looked up by its hash, and stored nowhere. */
import { type OperatorId, operatorId } from '#kernel/id.ts';
import { formatInstant, type Instant, instantFromDate } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { Queryable, Row } from '#platform/postgres/postgres.ts';
import { statement } from '#platform/postgres/statement.ts';

/** Chosen behind the link, and not yet confirmed. */
export type Pending = {
  readonly passwordHash: string;
  /** Sealed. */
  readonly totpSecret: string;
  /** Of the first administrator, who says who they are; null of others. */
  readonly name: string | null;
  readonly login: string | null;
};

export type SetUpLink = {
  readonly tokenHash: Uint8Array;
  readonly operatorId: OperatorId;
  readonly purpose: 'set_up' | 'reset';
  /** Of the hub's first administrator, who is made by using it. */
  readonly isFirst: boolean;
  readonly createdAt: Instant;
  readonly expiresAt: Instant;
  readonly pending: Pending | null;
};

const INSERT_LINK = statement(
  'operator_link.insert',
  `
  insert into operator_link (token_hash, operator_id, purpose, is_first, created_at, expires_at)
  values ($1, $2, $3, $4, $5, $6)
  `,
);

const FIND_LINK = statement(
  'operator_link.find',
  'select * from operator_link where token_hash = $1',
);

const LOCK_LINK = statement(
  'operator_link.lock',
  'select * from operator_link where token_hash = $1 for update',
);

const SAVE_PENDING = statement(
  'operator_link.save_pending',
  'update operator_link set pending = $2::text::jsonb where token_hash = $1 returning token_hash',
);

const DELETE_LINKS_OF = statement(
  'operator_link.delete_of',
  'delete from operator_link where operator_id = $1',
);

const DELETE_FIRST_LINKS = statement(
  'operator_link.delete_first',
  'delete from operator_link where is_first',
);

const DELETE_EXPIRED_LINKS = statement(
  'operator_link.delete_expired',
  `
  delete from operator_link
   where token_hash in (
           select token_hash from operator_link where expires_at <= $1 limit $2
         )
  returning token_hash
  `,
);

export async function insertLink(tx: Queryable, link: SetUpLink): Promise<void> {
  await tx.run(INSERT_LINK, [
    link.tokenHash,
    link.operatorId,
    link.purpose,
    link.isFirst,
    formatInstant(link.createdAt),
    formatInstant(link.expiresAt),
  ]);
}

/** Also one that has run out: the caller has the clock. */
export async function findLink(db: Queryable, tokenHash: Uint8Array): Promise<SetUpLink | null> {
  const [row] = await db.run(FIND_LINK, [tokenHash]);
  return row === undefined ? null : parseLinkRow(row);
}

/** Whoever comes second waits, and then finds it used. */
export async function lockLink(tx: Queryable, tokenHash: Uint8Array): Promise<SetUpLink | null> {
  const [row] = await tx.run(LOCK_LINK, [tokenHash]);
  return row === undefined ? null : parseLinkRow(row);
}

/** False: it has been used meanwhile. */
export async function savePending(
  tx: Queryable,
  tokenHash: Uint8Array,
  pending: Pending,
): Promise<boolean> {
  return (await tx.run(SAVE_PENDING, [tokenHash, JSON.stringify(pending)])).length > 0;
}

export async function deleteLinksOf(tx: Queryable, operator: OperatorId): Promise<void> {
  await tx.run(DELETE_LINKS_OF, [operator]);
}

export async function deleteFirstLinks(tx: Queryable): Promise<void> {
  await tx.run(DELETE_FIRST_LINKS, []);
}

/** How many it took away. */
export async function deleteExpiredLinks(tx: Queryable, now: Instant): Promise<number> {
  const values = [formatInstant(now), LIMITS.accessExpiryMax];
  return (await tx.run(DELETE_EXPIRED_LINKS, values)).length;
}

function parseLinkRow(row: Row): SetUpLink {
  return {
    tokenHash: new Uint8Array(row['token_hash'] as Uint8Array),
    operatorId: operatorId(row['operator_id'] as string),
    purpose: row['purpose'] as SetUpLink['purpose'],
    isFirst: row['is_first'] === true,
    createdAt: instantFromDate(row['created_at'] as Date),
    expiresAt: instantFromDate(row['expires_at'] as Date),
    pending: row['pending'] as Pending | null,
  };
}

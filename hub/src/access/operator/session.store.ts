/** Every statement on `session`. A token is looked up by its hash, and stored nowhere. */
import { type OperatorId, operatorId, type SessionId, sessionId } from '#kernel/id.ts';
import { formatInstant, type Instant, instantFromDate, plusMs } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { Session } from '#access/session/session.ts';
import type { Queryable, Row } from '#platform/postgres/postgres.ts';
import { statement } from '#platform/postgres/statement.ts';

const INSERT_SESSION = statement(
  'session.insert',
  `
  insert into session (
    session_id, token_hash, operator_id, created_at, last_seen_at, expires_at, address, agent
  )
  values ($1, $2, $3, $4, $5, $6, $7, $8)
  `,
);

const FIND_SESSION_BY_HASH = statement(
  'session.find_by_hash',
  'select * from session where token_hash = $1',
);

const LIST_SESSIONS = statement(
  'session.list',
  `
  select *
    from session
   where operator_id = $1 and expires_at > $2 and last_seen_at > $3
   order by created_at desc, session_id desc
   limit $4
  `,
);

const DELETE_SESSION = statement(
  'session.delete',
  'delete from session where operator_id = $1 and session_id = $2 returning session_id',
);

const DELETE_SESSION_BY_HASH = statement(
  'session.delete_by_hash',
  'delete from session where token_hash = $1 returning session_id',
);

const DELETE_SESSIONS_OF = statement(
  'session.delete_of',
  'delete from session where operator_id = $1 returning session_id',
);

/** The oldest of a person with too many. */
const DELETE_SURPLUS = statement(
  'session.delete_surplus',
  `
  delete from session
   where session_id in (
           select session_id
             from session
            where operator_id = $1
            order by last_seen_at desc, session_id desc
           offset $2
         )
  `,
);

const NOTE_SESSION_USE = statement(
  'session.note_use',
  `
  update session s
     set last_seen_at = r.used_at
    from jsonb_to_recordset($1::text::jsonb) as r(session_id uuid, used_at timestamptz)
   where s.session_id = r.session_id and s.last_seen_at < r.used_at
  `,
);

const DELETE_ENDED = statement(
  'session.delete_ended',
  `
  delete from session
   where session_id in (
           (select session_id from session where expires_at <= $1 limit $3)
           union
           (select session_id from session where last_seen_at <= $2 limit $3)
         )
  returning session_id
  `,
);

export async function insertSession(
  tx: Queryable,
  session: Session,
  tokenHash: Uint8Array,
): Promise<void> {
  await tx.run(INSERT_SESSION, [
    session.sessionId,
    tokenHash,
    session.operatorId,
    formatInstant(session.createdAt),
    formatInstant(session.lastSeenAt),
    formatInstant(session.expiresAt),
    session.address,
    session.agent,
  ]);
  await tx.run(DELETE_SURPLUS, [session.operatorId, LIMITS.sessionsPerOperatorMax]);
}

/** Also one that has run out: the caller has the clock. */
export async function findSessionByHash(
  db: Queryable,
  tokenHash: Uint8Array,
): Promise<Session | null> {
  const [row] = await db.run(FIND_SESSION_BY_HASH, [tokenHash]);
  return row === undefined ? null : parseSessionRow(row);
}

/** Those that have not ended, the newest first. */
export async function listSessions(
  db: Queryable,
  operator: OperatorId,
  now: Instant,
): Promise<readonly Session[]> {
  const rows = await db.run(LIST_SESSIONS, [
    operator,
    formatInstant(now),
    formatInstant(plusMs(now, -LIMITS.sessionIdleMs)),
    LIMITS.sessionsPerOperatorMax,
  ]);
  return rows.map(parseSessionRow);
}

/** False: it is none of this operator's. */
export async function deleteSession(
  tx: Queryable,
  operator: OperatorId,
  id: SessionId,
): Promise<boolean> {
  return (await tx.run(DELETE_SESSION, [operator, id])).length > 0;
}

export async function deleteSessionByHash(tx: Queryable, tokenHash: Uint8Array): Promise<boolean> {
  return (await tx.run(DELETE_SESSION_BY_HASH, [tokenHash])).length > 0;
}

/** How many there were. */
export async function deleteSessionsOf(tx: Queryable, operator: OperatorId): Promise<number> {
  return (await tx.run(DELETE_SESSIONS_OF, [operator])).length;
}

export type SessionUse = { readonly sessionId: SessionId; readonly usedAt: Instant };

/** Each session at most once per call. */
export async function noteSessionUse(db: Queryable, uses: readonly SessionUse[]): Promise<void> {
  if (uses.length === 0) return;
  const rows = uses.map((use) => ({
    session_id: use.sessionId,
    used_at: formatInstant(use.usedAt),
  }));
  await db.run(NOTE_SESSION_USE, [JSON.stringify(rows)]);
}

/** How many it took away. */
export async function deleteEndedSessions(tx: Queryable, now: Instant): Promise<number> {
  const idleSince = plusMs(now, -LIMITS.sessionIdleMs);
  const values = [formatInstant(now), formatInstant(idleSince), LIMITS.accessExpiryMax];
  return (await tx.run(DELETE_ENDED, values)).length;
}

function parseSessionRow(row: Row): Session {
  return {
    sessionId: sessionId(row['session_id'] as string),
    operatorId: operatorId(row['operator_id'] as string),
    createdAt: instantFromDate(row['created_at'] as Date),
    lastSeenAt: instantFromDate(row['last_seen_at'] as Date),
    expiresAt: instantFromDate(row['expires_at'] as Date),
    address: row['address'] as string,
    agent: row['agent'] as string,
  };
}

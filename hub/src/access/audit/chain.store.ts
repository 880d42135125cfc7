/**
 * Every statement that seals rows of the audit, or walks a chain. Rows come as the very text that
 * is stored: what a driver would make of a time or of JSON is not what the MAC is over.
 */
import { encodeHex } from '#kernel/crypto.ts';
import { type ProjectId, projectId } from '#kernel/id.ts';
import { formatInstant, type Instant, instantFromDate } from '#kernel/instant.ts';
import type { Queryable, Row } from '#platform/postgres/postgres.ts';
import { statement } from '#platform/postgres/statement.ts';
import { AUDIT_COLUMNS, type Head, NO_HEAD, type SealedRow, type UnsealedRow } from './chain.ts';

const SELECTED = `
  project_id, audit_id::text as audit_id, round(extract(epoch from at) * 1000000)::text as at_us,
  principal_id, principal_name, auth_method, role, action, object_kind, object_id, object_name,
  before::text as before, after::text as after, request_id, remote_address, method, route,
  idempotency_key
`;

/** One node at a time, however many there are; free again with the end of the transaction. */
const TRY_LOCK = statement(
  'audit.try_lock',
  'select pg_try_advisory_xact_lock($1::bigint) as is_mine',
);

/** Read by number and never by time: what commits late is sealed late. */
const LIST_UNSEALED = statement(
  'audit.list_unsealed',
  `
  select ${SELECTED}, at as written_at
    from audit
   where seq is null
   order by at, audit_id
   limit $1
  `,
);

const LIST_ENDS = statement(
  'audit.list_ends',
  `
  select p.project_id, h.seq as head_seq, h.mac as head_mac, l.seq as last_seq, l.mac as last_mac
    from unnest($1::text[]) as p(project_id)
    left join audit_head h on h.project_id = p.project_id
    left join lateral (
      select a.seq, a.mac
        from audit a
       where a.project_id = p.project_id and a.seq is not null
       order by a.seq desc
       limit 1
    ) l on true
  `,
);

const SEAL = statement(
  'audit.seal',
  `
  update audit a
     set sealed_at = $2::timestamptz, key_id = $3::text, seq = r.seq,
         prev_mac = decode(r.prev_mac, 'hex'), mac = decode(r.mac, 'hex')
    from jsonb_to_recordset($1::text::jsonb) as r(
      project_id text, audit_id uuid, seq bigint, prev_mac text, mac text
    )
   where a.project_id = r.project_id and a.audit_id = r.audit_id and a.seq is null
  returning a.audit_id
  `,
);

const SAVE_HEADS = statement(
  'audit.save_heads',
  `
  insert into audit_head as h (project_id, seq, mac, sealed_at)
  select r.project_id, r.seq, decode(r.mac, 'hex'), $2::timestamptz
    from jsonb_to_recordset($1::text::jsonb) as r(project_id text, seq bigint, mac text)
   order by r.project_id
  on conflict (project_id) do update
     set seq = excluded.seq, mac = excluded.mac, sealed_at = excluded.sealed_at
  `,
);

const LIST_HEADS_SINCE = statement(
  'audit.list_heads_since',
  `
  select project_id, seq, mac, sealed_at
    from audit_head
   where sealed_at >= $1
   order by sealed_at, project_id
   limit $2
  `,
);

const FIND_HEAD = statement('audit.find_head', 'select * from audit_head where project_id = $1');

const FIND_MAC = statement(
  'audit.find_mac',
  'select mac from audit where project_id = $1 and seq = $2',
);

/** Jumps from one project to the next: a chain may be long, and projects are few. */
const LIST_CHAINS = statement(
  'audit.list_chains',
  `
  with recursive chain as (
    select min(project_id) as project_id from audit
    union all
    select (select min(a.project_id) from audit a where a.project_id > c.project_id)
      from chain c
     where c.project_id is not null
  )
  select project_id from chain where project_id is not null
  union
  select project_id from audit_head
  order by project_id
  `,
);

const LIST_SEALED = statement(
  'audit.list_sealed',
  `
  select ${SELECTED}, seq, key_id, prev_mac, mac,
         round(extract(epoch from sealed_at) * 1000000)::text as sealed_at_us
    from audit
   where project_id = $1 and seq is not null and (seq, audit_id) > ($2, $3::uuid)
   order by seq, audit_id
   limit $4
  `,
);

const MEASURE_UNSEALED = statement(
  'audit.measure_unsealed',
  `
  select count(*)::int as count, min(at) as oldest_at
    from (
      select at
        from audit
       where seq is null and ($1::text[] is null or project_id = any($1))
       order by at, audit_id
       limit $2
    ) waiting
  `,
);

const SEAL_LOCK = 7_304_158_221;

/** False: another node seals at this moment. */
export async function trySealLock(tx: Queryable): Promise<boolean> {
  const [row] = await tx.run(TRY_LOCK, [SEAL_LOCK]);
  return row?.['is_mine'] === true;
}

export type WaitingRow = UnsealedRow & { readonly writtenAt: Instant };

/** The oldest first. */
export async function listUnsealed(tx: Queryable, max: number): Promise<readonly WaitingRow[]> {
  return (await tx.run(LIST_UNSEALED, [max])).map(parseWaiting);
}

export type ChainEnd = {
  readonly projectId: string;
  /** As it was kept; null = none is. */
  readonly head: Head | null;
  /** The row with the highest number. */
  readonly last: Head;
};

export async function listEnds(
  tx: Queryable,
  projects: readonly string[],
): Promise<readonly ChainEnd[]> {
  return (await tx.run(LIST_ENDS, [projects])).map(parseEnd);
}

export async function saveSeals(
  tx: Queryable,
  rows: readonly SealedRow[],
  how: { readonly keyId: string; readonly now: Instant },
): Promise<number> {
  const seals = rows.map(({ projectId: project, auditId, seq, prevMac, mac }) => ({
    project_id: project,
    audit_id: auditId,
    seq,
    prev_mac: encodeHex(prevMac),
    mac: encodeHex(mac),
  }));
  const values = [JSON.stringify(seals), formatInstant(how.now), how.keyId];
  return (await tx.run(SEAL, values)).length;
}

export async function saveHeads(
  tx: Queryable,
  heads: readonly (Head & { readonly projectId: string })[],
  now: Instant,
): Promise<void> {
  const rows = heads.map(({ projectId: project, seq, mac }) => ({
    project_id: project,
    seq,
    mac: encodeHex(mac),
  }));
  await tx.run(SAVE_HEADS, [JSON.stringify(rows), formatInstant(now)]);
}

export type StoredHead = Head & { readonly projectId: string; readonly sealedAt: Instant };

export async function listHeadsSince(
  db: Queryable,
  since: Instant,
  max: number,
): Promise<readonly StoredHead[]> {
  return (await db.run(LIST_HEADS_SINCE, [formatInstant(since), max])).map(parseHeadRow);
}

export async function findHead(db: Queryable, project: ProjectId): Promise<StoredHead | null> {
  const [row] = await db.run(FIND_HEAD, [project]);
  return row === undefined ? null : parseHeadRow(row);
}

/** Of the row with that number; null = there is none. */
export async function findMac(
  db: Queryable,
  { projectId: project, seq }: { readonly projectId: string; readonly seq: number },
): Promise<Uint8Array | null> {
  const [row] = await db.run(FIND_MAC, [project, seq]);
  return row === undefined ? null : parseBytes(row['mac']);
}

/** Also those that only a head is left of. */
export async function listChains(db: Queryable): Promise<readonly ProjectId[]> {
  return (await db.run(LIST_CHAINS, [])).map((row) => projectId(String(row['project_id'])));
}

const LOWEST_ID = '00000000-0000-0000-0000-000000000000';

/** In the order of their numbers; two of one number, which only a forger has, one after another. */
export async function listSealed(
  db: Queryable,
  project: ProjectId,
  page: { readonly after: Pick<SealedRow, 'seq' | 'auditId'> | null; readonly max: number },
): Promise<readonly SealedRow[]> {
  const after = page.after ?? { seq: Number.MIN_SAFE_INTEGER, auditId: LOWEST_ID };
  const values = [project, after.seq, after.auditId, page.max];
  return (await db.run(LIST_SEALED, values)).map(parseSealed);
}

export type Unsealed = { readonly count: number; readonly oldestAt: Instant | null };

/** Counted up to `max`. */
export async function measureUnsealed(
  db: Queryable,
  projects: readonly ProjectId[] | null,
  max: number,
): Promise<Unsealed> {
  const [row] = await db.run(MEASURE_UNSEALED, [projects, max]);
  const oldest = row?.['oldest_at'];
  return {
    count: Number(row?.['count'] ?? 0),
    oldestAt: oldest instanceof Date ? instantFromDate(oldest) : null,
  };
}

function parseText(value: unknown): string | null {
  return value as string | null;
}

function parseUnsealed(row: Row): UnsealedRow {
  return {
    projectId: row['project_id'] as string,
    auditId: row['audit_id'] as string,
    atUs: row['at_us'] as string,
    columns: AUDIT_COLUMNS.map((name) => parseText(row[name])),
  };
}

function parseWaiting(row: Row): WaitingRow {
  return { ...parseUnsealed(row), writtenAt: instantFromDate(row['written_at'] as Date) };
}

function parseBytes(value: unknown): Uint8Array {
  return new Uint8Array(value as Buffer);
}

function parseSealed(row: Row): SealedRow {
  return {
    ...parseUnsealed(row),
    sealedAtUs: row['sealed_at_us'] as string,
    seq: Number(row['seq']),
    keyId: row['key_id'] as string,
    prevMac: parseBytes(row['prev_mac']),
    mac: parseBytes(row['mac']),
  };
}

function parseHeadRow(row: Row): StoredHead {
  return {
    projectId: row['project_id'] as string,
    seq: Number(row['seq']),
    mac: parseBytes(row['mac']),
    sealedAt: instantFromDate(row['sealed_at'] as Date),
  };
}

function parseEnd(row: Row): ChainEnd {
  const hasHead = row['head_seq'] !== null;
  const hasLast = row['last_seq'] !== null;
  return {
    projectId: row['project_id'] as string,
    head: hasHead ? { seq: Number(row['head_seq']), mac: parseBytes(row['head_mac']) } : null,
    last: hasLast ? { seq: Number(row['last_seq']), mac: parseBytes(row['last_mac']) } : NO_HEAD,
  };
}

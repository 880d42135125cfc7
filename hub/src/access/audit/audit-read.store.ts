/** Reading the audit, page by page: the newest first for people, the oldest first for an export. */
import { type ProjectId } from '#kernel/id.ts';
import { formatInstantOrNull, type Instant, instantFromDate } from '#kernel/instant.ts';
import type { JsonValue } from '#kernel/syntax/json.ts';
import { type ListPage, type Position, toPageValues } from '#platform/http/resource.ts';
import type { Queryable, Row } from '#platform/postgres/postgres.ts';
import { statement } from '#platform/postgres/statement.ts';
import type { AuditRequest, AuditSeal, StoredAudit } from './stored-audit.ts';

/** An action without a dot is of all actions on that kind. */
const FILTER = `
  ($1::text[] is null or project_id = any($1))
  and ($5::text is null or principal_id = $5 or principal_name = $5)
  and ($6::text is null or action = $6 or starts_with(action, $6 || '.'))
  and ($7::text is null or object_id = $7 or object_name = $7)
  and ($8::timestamptz is null or at >= $8)
  and ($9::timestamptz is null or at < $9)
`;

const LIST_NEWEST = statement(
  'audit.list_newest',
  `
  select *
    from audit
   where ${FILTER}
     and ($2::timestamptz is null or (at, audit_id) < ($2, $3::uuid))
   order by at desc, audit_id desc
   limit $4
  `,
);

const LIST_OLDEST = statement(
  'audit.list_oldest',
  `
  select *
    from audit
   where ${FILTER}
     and ($2::timestamptz is null or (at, audit_id) > ($2, $3::uuid))
   order by at, audit_id
   limit $4
  `,
);

export type AuditFilter = {
  readonly principal: string | null;
  readonly action: string | null;
  readonly object: string | null;
  readonly since: Instant | null;
  /** The moment itself is left out. */
  readonly until: Instant | null;
};

export async function listAudit(
  db: Queryable,
  page: ListPage,
  filter: AuditFilter,
): Promise<readonly StoredAudit[]> {
  const rows = await db.run(LIST_NEWEST, [...toPageValues(page), ...toValues(filter)]);
  return rows.map(parseAudit);
}

export async function listAuditFromOldest(
  db: Queryable,
  page: {
    readonly projectIds: readonly ProjectId[] | null;
    readonly after: Position | null;
    readonly rowsMax: number;
  },
  filter: AuditFilter,
): Promise<readonly StoredAudit[]> {
  const rows = await db.run(LIST_OLDEST, [...toPageValues(page), ...toValues(filter)]);
  return rows.map(parseAudit);
}

function toValues({ principal, action, object, since, until }: AuditFilter): readonly unknown[] {
  return [principal, action, object, formatInstantOrNull(since), formatInstantOrNull(until)];
}

function parseAudit(row: Row): StoredAudit {
  return {
    projectId: row['project_id'] as string,
    auditId: row['audit_id'] as string,
    at: instantFromDate(row['at'] as Date),
    principal: {
      id: row['principal_id'] as string,
      name: row['principal_name'] as string,
      authMethod: row['auth_method'] as string,
      role: row['role'] as string,
    },
    action: row['action'] as string,
    object: {
      kind: row['object_kind'] as string,
      id: row['object_id'] as string,
      name: row['object_name'] as string | null,
    },
    before: row['before'] as JsonValue,
    after: row['after'] as JsonValue,
    request: parseRequest(row),
    seal: parseSeal(row),
  };
}

function parseRequest(row: Row): AuditRequest | null {
  if (row['request_id'] === null) return null;
  return {
    id: row['request_id'] as string,
    remoteAddress: row['remote_address'] as string,
    method: row['method'] as string,
    route: row['route'] as string,
    idempotencyKey: row['idempotency_key'] as string | null,
  };
}

function parseSeal(row: Row): AuditSeal | null {
  if (row['seq'] === null) return null;
  return {
    seq: Number(row['seq']),
    sealedAt: instantFromDate(row['sealed_at'] as Date),
    keyId: row['key_id'] as string,
    mac: new Uint8Array(row['mac'] as Buffer),
  };
}

/**
 * Every statement on `responder`: people who can be called. Who is asked for by id may be gone by
 * then; what was sent to somebody keeps the id and the name.
 */
import {
  type ChannelId,
  projectId,
  type ProjectId,
  responderId,
  type ResponderId,
} from '#kernel/id.ts';
import { formatInstant, type Instant, instantFromDate } from '#kernel/instant.ts';
import { parseAddresses, renderAddresses } from '#kernel/calling/address.ts';
import type { Responder } from '#kernel/calling/responder.ts';
import type { Queryable, Row } from '#platform/postgres/postgres.ts';
import { type ListPage, type ProjectFilter, toPageValues } from '#platform/http/resource.ts';
import { statement } from '#platform/postgres/statement.ts';

export type StoredResponder = Responder & {
  readonly projectId: ProjectId;
  readonly version: number;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
};

const INSERT = statement(
  'escalation.insert_responder',
  `
  insert into responder (
    project_id, responder_id, name, language, addresses, position, is_active, version,
    created_at, updated_at
  )
  values ($1, $2, $3, $4, $5::text::jsonb, $6, $7, $8, $9, $10)
  `,
);

const UPDATE = statement(
  'escalation.update_responder',
  `
  update responder
     set name = $3, language = $4, addresses = $5::text::jsonb, position = $6, is_active = $7,
         version = $8, updated_at = $9
   where project_id = $1 and responder_id = $2
  `,
);

const DELETE = statement(
  'escalation.delete_responder',
  'delete from responder where project_id = $1 and responder_id = $2',
);

const LIST_OF_PROJECT = statement(
  'escalation.list_responders',
  'select * from responder where project_id = $1 order by position, created_at, responder_id',
);

const LIST_PAGE = statement(
  'escalation.list_responders_page',
  `
  select *
    from responder
   where ($1::text[] is null or project_id = any($1))
     and ($2::timestamptz is null or (created_at, responder_id) < ($2, $3::uuid))
   order by created_at desc, responder_id desc
   limit $4
  `,
);

const FIND = statement(
  'escalation.find_responder',
  `
  select * from responder where responder_id = $2 and ($1::text[] is null or project_id = any($1))
  `,
);

const LIST_KNOWN_IDS = statement(
  'escalation.list_known_responder_ids',
  'select responder_id from responder where project_id = $1 and responder_id = any($2::uuid[])',
);

const MEASURE = statement(
  'escalation.measure_responders',
  `
  select count(*)::integer as total, max(position) as last_position
    from responder
   where project_id = $1
  `,
);

const LIST_NAMES_BY_CHANNEL = statement(
  'escalation.list_responder_names_by_channel',
  `
  select name
    from responder
   where project_id = $1
     and addresses @> jsonb_build_array(jsonb_build_object('channel_id', $2::text))
   order by name
  `,
);

/** All of a project, in the order in which they are called. */
export async function listResponders(
  db: Queryable,
  id: ProjectId,
): Promise<readonly StoredResponder[]> {
  return (await db.run(LIST_OF_PROJECT, [id])).map(parseResponderRow);
}

/** Newest first. */
export async function listRespondersPage(
  db: Queryable,
  page: ListPage,
): Promise<readonly StoredResponder[]> {
  return (await db.run(LIST_PAGE, toPageValues(page))).map(parseResponderRow);
}

export async function findResponder(
  db: Queryable,
  projectIds: ProjectFilter,
  id: ResponderId,
): Promise<StoredResponder | null> {
  const [row] = await db.run(FIND, [projectIds, id]);
  return row === undefined ? null : parseResponderRow(row);
}

/** Those of the given ids that are responders of the project. */
export async function listKnownResponderIds(
  db: Queryable,
  project: ProjectId,
  ids: readonly ResponderId[],
): Promise<ReadonlySet<ResponderId>> {
  if (ids.length === 0) return new Set();
  const rows = await db.run(LIST_KNOWN_IDS, [project, ids]);
  return new Set(rows.map((row) => responderId(String(row['responder_id']))));
}

/** How many there are, and the position of the last; null where there is none. */
export async function measureResponders(
  db: Queryable,
  project: ProjectId,
): Promise<{ readonly total: number; readonly lastPosition: number | null }> {
  const [row] = await db.run(MEASURE, [project]);
  const last = row?.['last_position'];
  return {
    total: Number(row?.['total'] ?? 0),
    lastPosition: typeof last === 'number' ? last : null,
  };
}

/** Who has an address that names this channel. */
export async function listResponderNamesByChannel(
  db: Queryable,
  project: ProjectId,
  channel: ChannelId,
): Promise<readonly string[]> {
  const rows = await db.run(LIST_NAMES_BY_CHANNEL, [project, channel]);
  return rows.map((row) => String(row['name']));
}

export async function insertResponder(tx: Queryable, stored: StoredResponder): Promise<void> {
  await tx.run(INSERT, [
    stored.projectId,
    stored.responderId,
    stored.name,
    stored.language,
    JSON.stringify(renderAddresses(stored.addresses)),
    stored.position,
    stored.isActive,
    stored.version,
    formatInstant(stored.createdAt),
    formatInstant(stored.updatedAt),
  ]);
}

export async function updateResponder(tx: Queryable, stored: StoredResponder): Promise<void> {
  await tx.run(UPDATE, [
    stored.projectId,
    stored.responderId,
    stored.name,
    stored.language,
    JSON.stringify(renderAddresses(stored.addresses)),
    stored.position,
    stored.isActive,
    stored.version,
    formatInstant(stored.updatedAt),
  ]);
}

export async function deleteResponder(
  tx: Queryable,
  stored: Pick<StoredResponder, 'projectId' | 'responderId'>,
): Promise<void> {
  await tx.run(DELETE, [stored.projectId, stored.responderId]);
}

function parseResponderRow(row: Row): StoredResponder {
  return {
    projectId: projectId(row['project_id'] as string),
    responderId: responderId(row['responder_id'] as string),
    name: row['name'] as string,
    language: row['language'] as Responder['language'],
    addresses: parseAddresses(row['addresses']),
    position: row['position'] as number,
    isActive: row['is_active'] as boolean,
    version: row['version'] as number,
    createdAt: parseTime(row['created_at']),
    updatedAt: parseTime(row['updated_at']),
  };
}

function parseTime(value: unknown): Instant {
  return instantFromDate(value as Date);
}

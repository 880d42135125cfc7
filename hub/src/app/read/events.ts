/**
 * Reads of events for the API: list, one, those of an alert. Read-only.
 *
 * `event` has one index, its primary key (project_id, event_id), for more of them would slow
 * intake down. So a list walks that key, from the newest event or from where the cursor is, and
 * looks at `LIMITS.eventScanMax` events at most, whatever is asked for: a page that found little
 * among so many is short, or empty, and its cursor goes on from the last event that was looked at.
 * Ids are ordered in time, so partitions before `since` and behind the cursor are not touched.
 */
import { type EventId, lowestUuidV7, type ProjectId, type SourceId } from '#kernel/id.ts';
import { formatInstant, type Instant, instantFromDate, plusMs } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { JsonObject, JsonValue } from '#kernel/syntax/json.ts';
import type { Queryable, Row } from '#platform/postgres/postgres.ts';
import { statement } from '#platform/postgres/statement.ts';
import type { AlertRef } from './alerts.ts';

/** Whatever the planner thinks of a table that was small a moment ago: by the key, in its order. */
const BY_KEY = statement(
  'read.events_by_key',
  `
  select set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true)
  `,
);

const MATCHES = `
  ($5::uuid[] is null or w.source_id = any($5))
  and ($6::text is null or w.channel_type = $6)
  and ($7::text is null or w.provider = $7)
  and ($8::text is null or w.stage = $8)
  and ($9::text is null or w.alert_id = $9)
  and ($10::text is null or w.title ilike $10 or w.content_preview ilike $10)
  and ($11::timestamptz is null or w.received_at >= $11)
  and ($12::boolean is null or w.is_duplicate = $12)
`;

const WALK = statement(
  'read.walk_events',
  `
  with walked as (
    select e.*
      from unnest($1::text[]) as wanted(project_id)
     cross join lateral (
       select x.project_id, x.event_id, x.source_id, x.channel_type, x.provider, x.stage,
              x.alert_id, x.title, x.content_preview, x.received_at, x.is_duplicate
         from event x
        where x.project_id = wanted.project_id and x.event_id < $2::uuid and x.event_id >= $3::uuid
        order by x.event_id desc
        limit $4
     ) e
     order by e.event_id desc
     limit $4
  ), matching as (
    select w.project_id, w.event_id
      from walked w
     where ${MATCHES}
     order by w.event_id desc
     limit $13
  )
  select (select count(*)::int from walked) as walked_count,
         (select event_id from walked order by event_id limit 1) as last_id,
         array(select project_id from matching order by event_id desc) as project_ids,
         array(select event_id::text from matching order by event_id desc) as event_ids
  `,
);

/** From the event that raised it on. */
const WALK_OF_ALERT = statement(
  'read.walk_events_of_alert',
  `
  with walked as (
    select x.event_id, x.alert_id
      from event x
     where x.project_id = $1 and x.event_id > $2::uuid and x.event_id < $3::uuid
     order by x.event_id
     limit $4
  ), matching as (
    select event_id from walked where alert_id = $5 order by event_id limit $6
  )
  select (select count(*)::int from walked) as walked_count,
         (select event_id from walked order by event_id desc limit 1) as last_id,
         array(select $1::text from matching) as project_ids,
         array(select event_id::text from matching order by event_id) as event_ids
  `,
);

const LOAD = statement(
  'read.load_events',
  `
  select e.*, s.name as source_name
    from unnest($1::text[], $2::uuid[]) with ordinality as f(project_id, event_id, place)
    join event e on e.project_id = f.project_id and e.event_id = f.event_id
    left join source s on s.project_id = e.project_id and s.source_id = e.source_id
   order by f.place
  `,
);

const FIND = statement(
  'read.event',
  `
  select e.*, s.name as source_name
    from unnest($1::text[]) as wanted(project_id)
    join event e on e.project_id = wanted.project_id and e.event_id = $2
    left join source s on s.project_id = e.project_id and s.source_id = e.source_id
  `,
);

const FIND_SOURCES = statement(
  'read.sources_called',
  'select source_id from source where project_id = any($1::text[]) and name = $2',
);

export type EventFilter = {
  readonly projects: readonly ProjectId[];
  /** Null = any; several sources of one name are of several projects. */
  readonly sourceIds: readonly SourceId[] | null;
  readonly channelType: string | null;
  readonly provider: string | null;
  readonly stage: string | null;
  readonly alertId: string | null;
  readonly text: string | null;
  readonly since: Instant | null;
  readonly isDuplicate: boolean | null;
};

export type EventPage = {
  /** The last event that the page before has looked at. */
  readonly after: EventId | null;
  readonly limit: number;
};

export type FoundEvents = {
  readonly items: readonly JsonObject[];
  /** From where the next page looks on; null = there is nothing more. */
  readonly next: EventId | null;
};

const ID_MAX = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
const ID_MIN = '00000000-0000-0000-0000-000000000000';

/** Newest first. */
export async function listEvents(
  db: Queryable,
  filter: EventFilter,
  page: EventPage,
): Promise<FoundEvents> {
  const { projects, since } = filter;
  if (projects.length === 0) return { items: [], next: null };
  const depth = findDepth(filter, page.limit);
  const walk = db.run(WALK, [
    [...projects],
    page.after ?? ID_MAX,
    since === null ? ID_MIN : lowestUuidV7(since),
    depth,
    filter.sourceIds === null ? null : [...filter.sourceIds],
    filter.channelType,
    filter.provider,
    filter.stage,
    filter.alertId,
    filter.text === null ? null : `%${filter.text.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`,
    since === null ? null : formatInstant(since),
    filter.isDuplicate,
    page.limit + 1,
  ]);
  return loadWalked(db, walk, { depth, limit: page.limit });
}

/** Where nothing is sorted out, no more is looked at than the page can show. */
function findDepth(filter: EventFilter, limit: number): number {
  const { projects, since: _since, ...wanted } = filter;
  const isAny = Object.values(wanted).every((value) => value === null);
  if (isAny) return limit + 1;
  return Math.max(limit + 1, Math.floor(LIMITS.eventScanMax / projects.length));
}

/**
 * Oldest first, as its timeline: the event that raised it, and what came then. Ends where a copy
 * of its last event could still be known for one; what is that late is found by `listEvents`.
 */
export async function listEventsOfAlert(
  db: Queryable,
  alert: AlertRef & { readonly createdAt: Instant; readonly lastEventAt: Instant },
  page: EventPage,
): Promise<FoundEvents> {
  const depth = LIMITS.eventScanMax;
  const walk = db.run(WALK_OF_ALERT, [
    alert.projectId,
    page.after ?? lowestUuidV7(alert.createdAt),
    lowestUuidV7(plusMs(alert.lastEventAt, LIMITS.eventKeyKeepMs)),
    depth,
    alert.alertId,
    page.limit + 1,
  ]);
  return loadWalked(db, walk, { depth, limit: page.limit });
}

async function loadWalked(
  db: Queryable,
  walk: Promise<readonly Row[]>,
  { depth, limit }: { readonly depth: number; readonly limit: number },
): Promise<FoundEvents> {
  const [row] = await walk;
  const walked = parseWalk(row ?? {});
  const count = Math.min(limit, walked.eventIds.length);
  const rows =
    count === 0
      ? []
      : await db.run(LOAD, [walked.projectIds.slice(0, count), walked.eventIds.slice(0, count)]);
  const isCut = walked.eventIds.length > limit;
  const lastId = isCut ? walked.eventIds[limit - 1] : walked.lastId;
  const isEnd = !isCut && walked.count < depth;
  return { items: rows.map(parseItem), next: isEnd ? null : (lastId ?? null) };
}

function parseWalk(row: Row) {
  return {
    count: Number(row['walked_count'] ?? 0),
    lastId: (row['last_id'] ?? null) as EventId | null,
    projectIds: (row['project_ids'] ?? []) as readonly ProjectId[],
    eventIds: (row['event_ids'] ?? []) as readonly EventId[],
  };
}

/** For the transaction that the lists are read in. */
export async function walkByKey(db: Queryable): Promise<void> {
  await db.run(BY_KEY, []);
}

export async function findStoredEvent(
  db: Queryable,
  projects: readonly ProjectId[],
  id: EventId,
): Promise<JsonObject | null> {
  const [row] = await db.run(FIND, [[...projects], id]);
  return row === undefined ? null : parseWhole(row);
}

export async function findSourcesCalled(
  db: Queryable,
  projects: readonly ProjectId[],
  name: string,
): Promise<readonly SourceId[]> {
  const rows = await db.run(FIND_SOURCES, [[...projects], name]);
  return rows.map(parseSourceId);
}

function parseSourceId(row: Row): SourceId {
  return row['source_id'] as SourceId;
}

function parseItem(row: Row): JsonObject {
  const plain = (name: string) => (row[name] ?? null) as JsonValue;
  return {
    event_id: plain('event_id'),
    project_id: plain('project_id'),
    source: { id: plain('source_id'), name: plain('source_name') },
    channel_type: plain('channel_type'),
    provider: plain('provider'),
    stage: plain('stage'),
    provider_event_id: plain('provider_event_id'),
    channel_chat_id: plain('channel_chat_id'),
    title: plain('title'),
    content_preview: plain('content_preview'),
    has_redacted_content: plain('has_redacted_content'),
    redaction_version: plain('redaction_version'),
    source_url: plain('source_url'),
    content_sha256: plain('content_sha256'),
    content_length: plain('content_length'),
    source_ref_count: plain('source_ref_count'),
    alertname: plain('alertname'),
    severity: plain('severity'),
    namespace: plain('namespace'),
    target_resource: plain('target_resource'),
    fingerprint: plain('fingerprint'),
    labels: plain('labels'),
    run_id: plain('run_id'),
    alert_id: plain('alert_id'),
    is_duplicate: plain('is_duplicate'),
    duplicate_of: plain('duplicate_of'),
    synthetic: plain('synthetic'),
    ...parseClocks(row),
  };
}

function parseClocks(row: Row): JsonObject {
  const receivedAt = instantFromDate(row['received_at'] as Date);
  const given = row['provider_ts'];
  const sentAt = given instanceof Date ? instantFromDate(given) : null;
  return {
    provider_ts: sentAt === null ? null : formatInstant(sentAt),
    received_at: formatInstant(receivedAt),
    is_clock_skewed: sentAt !== null && Math.abs(receivedAt - sentAt) > LIMITS.clockSkewMaxMs,
  };
}

function parseWhole(row: Row): JsonObject {
  const plain = (name: string) => (row[name] ?? null) as JsonValue;
  return {
    ...parseItem(row),
    content_redacted: plain('content_redacted'),
    annotations: plain('annotations'),
    source_refs: plain('source_refs'),
    log_correlation: plain('log_correlation'),
    payload: plain('payload'),
  };
}

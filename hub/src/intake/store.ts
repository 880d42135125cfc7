/** Every statement on `event` and `event_key`. Rows travel as one JSON text per statement. */
import type { EventId, ProjectId, SourceId } from '#kernel/id.ts';
import { alertId, eventId } from '#kernel/id.ts';
import { type Instant, formatInstant, formatInstantOrNull } from '#kernel/instant.ts';
import { columnarInsert } from '#platform/postgres/columnar.ts';
import {
  postRows,
  type Queryable,
  type Row,
  type Transaction,
} from '#platform/postgres/postgres.ts';
import { statement } from '#platform/postgres/statement.ts';
import type { AlertId } from '#kernel/id.ts';
import type { Event } from './event.ts';

/** Its own statement: within one, the insert below would still meet the row. */
const FORGET_KEYS = statement(
  'intake.forget_keys',
  `
  delete from event_key k
   using json_to_recordset($1::text::json) as r(
     project_id text, source_id uuid, provider_event_id text, forget_before timestamptz
   )
   where k.project_id = r.project_id
     and k.source_id = r.source_id
     and k.provider_event_id = r.provider_event_id
     and k.received_at < r.forget_before
  `,
);

const CLAIM_KEYS = statement(
  'intake.claim_keys',
  `
  insert into event_key as k
    (project_id, source_id, provider_event_id, event_id, alert_id, received_at)
  select r.project_id, r.source_id, r.provider_event_id, r.event_id, null, r.received_at
    from json_to_recordset($1::text::json) as r(
      project_id text, source_id uuid, provider_event_id text, event_id uuid,
      received_at timestamptz
    )
   order by r.project_id, r.source_id, r.provider_event_id
  on conflict (project_id, source_id, provider_event_id)
    do update set received_at = k.received_at
  returning project_id, source_id, provider_event_id, event_id, alert_id
  `,
);

const SET_KEY_ALERTS = statement(
  'intake.set_key_alerts',
  `
  update event_key as k
     set alert_id = r.alert_id
    from json_to_recordset($1::text::json) as r(
      project_id text, source_id uuid, provider_event_id text, alert_id text
    )
   where k.project_id = r.project_id
     and k.source_id = r.source_id
     and k.provider_event_id = r.provider_event_id
  `,
);

const INSERT_EVENTS = columnarInsert('intake.insert_events', {
  table: 'event',
  row: `
    project_id text, event_id uuid, source_id uuid, channel_type text, provider text,
    stage text, provider_event_id text, channel_chat_id text, title text,
    content_preview text, content_redacted text, has_redacted_content boolean,
    redaction_version text, source_url text, content_sha256 text, content_length integer,
    source_refs jsonb, source_ref_count integer, log_correlation jsonb, alertname text,
    severity text, namespace text, target_resource text, fingerprint text, labels jsonb,
    annotations jsonb, payload jsonb, run_id text, alert_id text, is_duplicate boolean,
    duplicate_of uuid, synthetic boolean, provider_ts timestamptz, received_at timestamptz
  `,
});

const FIND_EVENT = statement(
  'intake.find_event',
  `select 1 from event where project_id = $1 and event_id = $2`,
);

export type EventKey = {
  readonly projectId: ProjectId;
  readonly sourceId: SourceId;
  readonly providerEventId: string;
};

export type KeyClaim = EventKey & {
  readonly eventId: EventId;
  readonly receivedAt: Instant;
  /** A holder older than this no longer counts; null = it always does. */
  readonly forgetBefore: Instant | null;
};

/** The first event of that key, which may be the one that claims. */
export type KeyHolder = { readonly eventId: EventId; readonly alertId: AlertId | null };

export function renderEventKey(key: EventKey): string {
  return `${key.projectId}/${key.sourceId}/${key.providerEventId}`;
}

/**
 * Claims sender's ids for events; each key at most once per call. Locks the keys in order until
 * the end of the transaction, so that of two racing duplicates one waits for the other.
 */
export async function claimEventKeys(
  tx: Transaction,
  claims: readonly KeyClaim[],
): Promise<ReadonlyMap<string, KeyHolder>> {
  const rows = claims.map((claim) => ({
    project_id: claim.projectId,
    source_id: claim.sourceId,
    provider_event_id: claim.providerEventId,
    event_id: claim.eventId,
    received_at: formatInstant(claim.receivedAt),
    forget_before: formatInstantOrNull(claim.forgetBefore),
  }));
  const text = JSON.stringify(rows);
  if (claims.some((claim) => claim.forgetBefore !== null)) tx.post(FORGET_KEYS, [text]);
  const found = await tx.run(CLAIM_KEYS, [text]);
  return new Map(found.map(parseHolder));
}

function parseHolder(row: Row): [string, KeyHolder] {
  const key = {
    projectId: row['project_id'] as ProjectId,
    sourceId: row['source_id'] as SourceId,
    providerEventId: row['provider_event_id'] as string,
  };
  const holder = {
    eventId: eventId(row['event_id'] as string),
    alertId: row['alert_id'] === null ? null : alertId(row['alert_id'] as string),
  };
  return [renderEventKey(key), holder];
}

/** Whether an event of that id is stored: how a lost answer to a commit is settled. */
export async function findEvent(
  db: Queryable,
  projectId: ProjectId,
  id: EventId,
): Promise<boolean> {
  return (await db.run(FIND_EVENT, [projectId, id])).length > 0;
}

/** Remembers which alert a key's first event came to. */
export function postKeyAlerts(
  tx: Transaction,
  keys: readonly (EventKey & { readonly alertId: AlertId })[],
): void {
  if (keys.length === 0) return;
  const rows = keys.map((key) => ({
    project_id: key.projectId,
    source_id: key.sourceId,
    provider_event_id: key.providerEventId,
    alert_id: key.alertId,
  }));
  tx.post(SET_KEY_ALERTS, [JSON.stringify(rows)]);
}

export function postEvents(tx: Transaction, events: readonly Event[]): void {
  if (events.length > 0) postRows(tx, INSERT_EVENTS, events.map(toEventRow));
}

function toEventRow(event: Event) {
  const { report } = event;
  return {
    project_id: event.projectId,
    event_id: event.eventId,
    source_id: event.sourceId,
    channel_type: event.channelType,
    provider: report.provider,
    stage: report.stage,
    provider_event_id: report.providerEventId,
    channel_chat_id: report.channelChatId,
    title: report.title,
    content_preview: event.contentPreview,
    content_redacted: report.content,
    has_redacted_content: event.hasRedactedContent,
    redaction_version: event.redactionVersion,
    source_url: report.sourceUrl,
    content_sha256: event.contentSha256,
    content_length: report.content?.length ?? null,
    source_refs: report.sourceRefs,
    source_ref_count: event.sourceRefCount,
    log_correlation: report.logCorrelation,
    alertname: report.alertname,
    severity: report.severity,
    namespace: report.namespace,
    target_resource: report.targetResource,
    fingerprint: report.fingerprint,
    labels: report.labels,
    annotations: report.annotations,
    payload: report.payload,
    run_id: report.runId,
    alert_id: event.alertId,
    is_duplicate: event.duplicateOf !== null,
    duplicate_of: event.duplicateOf,
    synthetic: report.isSynthetic,
    provider_ts: formatInstantOrNull(report.providerTs),
    received_at: formatInstant(event.receivedAt),
  };
}

/** Reads of alerts for the API: list, one, timeline, messages, counts. Read-only. */
import { parseAlertRow } from '#alert/store.ts';
import type { AlertFacts } from '#app/alert-view.ts';
import type { Escalation } from '#escalation/round.ts';
import type { Policy } from '#kernel/calling/policy.ts';
import type { Instant } from '#kernel/instant.ts';
import { formatInstant, formatInstantOrNull, instantFromDate } from '#kernel/instant.ts';
import { type AlertId, DEFAULT_PROJECT_ID, isUuid, type ProjectId } from '#kernel/id.ts';
import type { JsonObject } from '#kernel/syntax/json.ts';
import type { AlertStatus } from '#kernel/words/lifecycle.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { Queryable, Row } from '#platform/postgres/postgres.ts';
import { statement } from '#platform/postgres/statement.ts';

/** What hangs on an alert, under names that do not clash with its own columns. */
const JOINED = `
  e.snapshot_id as e_snapshot_id, e.level as e_level, e.fired_level as e_fired_level,
  e.called_responders as e_called_responders, e.declined_by as e_declined_by, e.round as e_round,
  e.round_count as e_round_count, e.called_count as e_called_count,
  e.resent_round as e_resent_round, e.again_label as e_again_label,
  e.timed_out_at as e_timed_out_at, e.stepped_at as e_stepped_at,
  e.last_round_at as e_last_round_at, e.due_at as e_due_at, e.due_kind as e_due_kind,
  p.document as p_document, s.kind as s_kind, s.name as s_name
`;
const JOINS = `
  left join escalation e on e.project_id = a.project_id and e.alert_id = a.alert_id
  left join policy_snapshot p on p.project_id = e.project_id and p.snapshot_id = e.snapshot_id
  left join source s on s.project_id = a.project_id and s.source_id = a.source_id
`;
const OPEN = `status in ('PENDING', 'DELIVERED', 'SEEN', 'ACKNOWLEDGED')`;

/** One index walk per project, merged: the newest of all of them. */
const listStatement = (name: string, status: string) =>
  statement(
    name,
    `
    select a.*, ${JOINED}
      from unnest($1::text[]) as wanted(project_id)
     cross join lateral (
       select *
         from alert x
        where x.project_id = wanted.project_id
          and ${status}
          and ($3::text is null or x.severity = $3)
          and ($4::uuid is null or x.source_id = $4)
          and ($5::text is null or x.device_id = $5)
          and ($6::text is null or x.camera_id = $6)
          and ($7::text is null or x.title ilike $7)
          and ($8::timestamptz is null or x.created_at >= $8)
          and ($9::timestamptz is null
               or (x.created_at, x.alert_id, x.project_id) < ($9, $10, $11))
          and ($13::timestamptz is null or exists (
            select from escalation d
             where d.project_id = x.project_id and d.alert_id = x.alert_id and d.due_at <= $13
          ))
          and ($14::boolean is null or (x.archived_at is not null) = $14)
        order by x.created_at desc, x.alert_id desc
        limit $12
     ) a
     ${JOINS}
     order by a.created_at desc, a.alert_id desc, a.project_id desc
     limit $12
    `,
  );

const LIST = listStatement('read.alerts', `($2::text[] is null or x.status = any($2))`);
/** The open ones have an index of their own. */
const LIST_OPEN = listStatement(
  'read.open_alerts',
  `x.${OPEN} and ($2::text[] is null or x.status = any($2))`,
);

const SHOW = statement(
  'read.alert',
  `
  select a.*, ${JOINED}
    from alert a
    ${JOINS}
   where a.project_id = any($1::text[]) and a.alert_id = $2
   order by a.project_id <> '${DEFAULT_PROJECT_ID}', a.project_id
   limit 1
  `,
);

const SHOW_ALL = statement(
  'read.alerts_by_id',
  `
  select a.*, ${JOINED}
    from unnest($1::text[], $2::text[]) as wanted(project_id, alert_id)
    join alert a on a.project_id = wanted.project_id and a.alert_id = wanted.alert_id
    ${JOINS}
  `,
);

/** The newest ones, when there are more than the limit. */
const LIST_CHANGED = statement(
  'read.changed_alerts',
  `
  select project_id, alert_id, version, updated_at
    from alert
   where updated_at >= $1
   order by updated_at desc
   limit $2
  `,
);

const LOCATE = statement(
  'read.locate_alerts',
  `
  select distinct on (alert_id) project_id, alert_id
    from alert
   where project_id = any($1::text[]) and alert_id = any($2::text[])
   order by alert_id, project_id <> '${DEFAULT_PROJECT_ID}', project_id
  `,
);

const TIMELINE = statement(
  'read.timeline',
  `
  select entry_id, at, kind, detail, principal_id, principal_name, auth_method
    from timeline
   where project_id = $1 and alert_id = $2
   order by entry_id
   limit $3
  `,
);

const NOTIFICATIONS = statement(
  'read.notifications',
  `
  select n.*, c.name as channel_name, c.channel_type
    from notification n
    left join channel c on c.project_id = n.project_id and c.channel_id = n.channel_id
   where n.project_id = $1 and n.subject_id = $2 and n.subject_kind = 'alert'
   order by n.created_at, n.notification_id
   limit $3
  `,
);

const COUNT_ACTIVE = statement(
  'read.active_count',
  `
  select count(*) filter (where a.status = 'PENDING')::int as pending,
         count(*) filter (where a.status = 'DELIVERED')::int as delivered
    from alert a
   where a.project_id = any($1::text[])
     and a.${OPEN}
     and a.status in ('PENDING', 'DELIVERED')
     and ($2::text is null or a.device_id = $2)
     and ($3::text is null or a.camera_id = $3)
  `,
);

export type AlertFilter = {
  readonly projects: readonly ProjectId[];
  /** Null = all. */
  readonly statuses: readonly AlertStatus[] | null;
  readonly isOpenOnly: boolean;
  readonly severity: string | null;
  readonly sourceId: string | null;
  readonly deviceId: string | null;
  readonly cameraId: string | null;
  readonly title: string | null;
  readonly since: Instant | null;
  /** Something is due for it by then. */
  readonly dueBy: Instant | null;
  readonly isArchived: boolean | null;
};

export type AlertCursor = {
  readonly createdAt: Instant;
  readonly alertId: string;
  readonly projectId: string;
};

export async function listAlerts(
  db: Queryable,
  filter: AlertFilter,
  page: { readonly after: AlertCursor | null; readonly limit: number },
): Promise<readonly AlertFacts[]> {
  const { after } = page;
  const rows = await db.run(filter.isOpenOnly ? LIST_OPEN : LIST, [
    [...filter.projects],
    filter.statuses === null ? null : [...filter.statuses],
    filter.severity,
    filter.sourceId,
    filter.deviceId,
    filter.cameraId,
    filter.title === null ? null : `%${escapeLike(filter.title)}%`,
    formatInstantOrNull(filter.since),
    formatInstantOrNull(after?.createdAt ?? null),
    after?.alertId ?? null,
    after?.projectId ?? null,
    page.limit,
    formatInstantOrNull(filter.dueBy),
    filter.isArchived,
  ]);
  return rows.map(parseFacts);
}

export async function findAlert(
  db: Queryable,
  projects: readonly ProjectId[],
  id: AlertId,
): Promise<AlertFacts | null> {
  const [row] = await db.run(SHOW, [[...projects], id]);
  return row === undefined ? null : parseFacts(row);
}

/** In no order; what is not there is left out. */
export async function findAlerts(
  db: Queryable,
  refs: readonly AlertRef[],
): Promise<readonly AlertFacts[]> {
  if (refs.length === 0) return [];
  const projects = refs.map(({ projectId }) => projectId);
  const ids = refs.map(({ alertId }) => alertId);
  return (await db.run(SHOW_ALL, [projects, ids])).map(parseFacts);
}

export type Changed = AlertRef & { readonly version: number; readonly updatedAt: Instant };

/** What changed since then, newest first; of more than the limit the oldest are left out. */
export async function listChanged(
  db: Queryable,
  since: Instant,
  limit: number,
): Promise<readonly Changed[]> {
  const rows = await db.run(LIST_CHANGED, [formatInstant(since), limit]);
  return rows.map(parseChanged);
}

function parseChanged(row: Row): Changed {
  return {
    ...parseRef(row),
    version: row['version'] as number,
    updatedAt: instantFromDate(row['updated_at'] as Date),
  };
}

/** Where these alerts are; what is not there is left out. */
export async function locateAll(
  db: Queryable,
  projects: readonly ProjectId[],
  ids: readonly AlertId[],
): Promise<readonly AlertRef[]> {
  const rows = await db.run(LOCATE, [[...projects], [...ids]]);
  return rows.map(parseRef);
}

function parseRef(row: Row): AlertRef {
  return { projectId: row['project_id'] as ProjectId, alertId: row['alert_id'] as AlertId };
}

export type AlertRef = { readonly projectId: ProjectId; readonly alertId: AlertId };

export async function readTimeline(db: Queryable, ref: AlertRef): Promise<readonly JsonObject[]> {
  const rows = await db.run(TIMELINE, [ref.projectId, ref.alertId, LIMITS.timelineMax]);
  return rows.map(parseTimelineItem);
}

function parseTimelineItem(row: Row): JsonObject {
  return {
    entry_id: readText(row, 'entry_id'),
    at: readTime(row, 'at'),
    kind: readText(row, 'kind'),
    detail: readText(row, 'detail'),
    principal: {
      id: readText(row, 'principal_id'),
      name: readText(row, 'principal_name'),
      auth_method: readText(row, 'auth_method'),
    },
  };
}

/** Names as users of the old mail notifier know them. */
export async function readNotifications(
  db: Queryable,
  ref: AlertRef,
): Promise<readonly JsonObject[]> {
  const rows = await db.run(NOTIFICATIONS, [ref.projectId, ref.alertId, LIMITS.timelineMax]);
  return rows.map(parseNotificationItem);
}

function parseNotificationItem(row: Row): JsonObject {
  const isWaiting = row['status'] === 'pending';
  const recipient = readText(row, row['recipient'] === null ? 'target' : 'recipient');
  // A webhook's address is often a secret in itself.
  const isAddressSecret = row['address'] !== null && row['channel_type'] !== 'email';
  return {
    id: readText(row, 'notification_id'),
    project_id: readText(row, 'project_id'),
    alert_id: readText(row, 'subject_id'),
    transition: readText(row, 'transition'),
    round: row['round'] as number,
    event_type: readText(row, 'event_type'),
    priority: readText(row, 'priority'),
    channel_id: readText(row, 'channel_id'),
    channel_name: row['channel_name'] as string | null,
    channel_type: row['channel_type'] as string | null,
    target: isAddressSecret ? recipient : readText(row, 'target'),
    recipient,
    responder_id: row['responder_id'] as string | null,
    rule_id: isUuid(readText(row, 'rule_key')) ? readText(row, 'rule_key') : null,
    named_by: isUuid(readText(row, 'rule_key')) ? 'rule' : readText(row, 'rule_key'),
    status: readText(row, 'status'),
    reason: row['reason'] as string | null,
    attempt_count: row['attempt_count'] as number,
    max_attempts: row['max_attempts'] as number,
    next_retry_at: isWaiting ? readTime(row, 'due_at') : null,
    http_status: row['http_status'] as number | null,
    last_error: row['last_error'] as string | null,
    is_possibly_duplicate: row['is_possibly_duplicate'] as boolean,
    created_at: readTime(row, 'created_at'),
    sent_at: readTime(row, 'sent_at'),
    delivered_at: readTime(row, 'delivered_at'),
    read_at: readTime(row, 'read_at'),
    finished_at: readTime(row, 'finished_at'),
  };
}

export async function countActive(
  db: Queryable,
  filter: Pick<AlertFilter, 'projects' | 'deviceId' | 'cameraId'>,
): Promise<{ readonly pending: number; readonly delivered: number; readonly total: number }> {
  const [row] = await db.run(COUNT_ACTIVE, [
    [...filter.projects],
    filter.deviceId,
    filter.cameraId,
  ]);
  const pending = Number(row?.['pending'] ?? 0);
  const delivered = Number(row?.['delivered'] ?? 0);
  return { pending, delivered, total: pending + delivered };
}

function escapeLike(text: string): string {
  return text.replaceAll(/[\\%_]/g, (character) => `\\${character}`);
}

function parseFacts(row: Row): AlertFacts {
  const alert = parseAlertRow(row);
  return {
    alert,
    escalation: parseJoinedEscalation(row),
    policy: (row['p_document'] ?? null) as Policy | null,
    source: {
      sourceId: alert.sourceId,
      kind: readText(row, 's_kind'),
      name: readText(row, 's_name'),
    },
  };
}

function parseJoinedEscalation(row: Row): Escalation | null {
  if (row['e_snapshot_id'] === null) return null;
  return {
    projectId: row['project_id'] as ProjectId,
    alertId: row['alert_id'] as AlertId,
    snapshotId: row['e_snapshot_id'] as string,
    level: row['e_level'] as number,
    firedLevel: row['e_fired_level'] as number,
    calledResponders: row['e_called_responders'] as Escalation['calledResponders'],
    declinedBy: row['e_declined_by'] as Escalation['declinedBy'],
    round: row['e_round'] as number,
    roundCount: row['e_round_count'] as number,
    calledCount: row['e_called_count'] as number,
    resentRound: row['e_resent_round'] as number,
    againLabel: row['e_again_label'] as string | null,
    timedOutAt: parseTime(row['e_timed_out_at']),
    steppedAt: instantFromDate(row['e_stepped_at'] as Date),
    lastRoundAt: instantFromDate(row['e_last_round_at'] as Date),
    dueAt: parseTime(row['e_due_at']),
    dueKind: row['e_due_kind'] as Escalation['dueKind'],
  };
}

function parseTime(value: unknown): Instant | null {
  return value instanceof Date ? instantFromDate(value) : null;
}

function readText(row: Row, column: string): string {
  const value = row[column];
  return typeof value === 'string' ? value : '';
}

function readTime(row: Row, column: string): string | null {
  const value = row[column];
  return value instanceof Date ? formatInstant(instantFromDate(value)) : null;
}

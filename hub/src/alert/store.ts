/**
 * Every statement on `alert_head`, `alert` and `timeline`.
 * Lock order everywhere: heads, then alerts, then their children; each sorted by key.
 */
import type { TimelineEntry } from '#kernel/effect.ts';
import { type AlertId, alertId, type ProjectId } from '#kernel/id.ts';
import {
  formatInstant,
  formatInstantOrNull,
  type Instant,
  instantFromDate,
} from '#kernel/instant.ts';
import { columnarInsert, fillColumns } from '#platform/postgres/columnar.ts';
import {
  postRows,
  type Queryable,
  type Row,
  type Transaction,
} from '#platform/postgres/postgres.ts';
import { statement } from '#platform/postgres/statement.ts';
import type { Alert } from './alert.ts';
import type { AlertHead } from './head.ts';

const HEAD_ROW = `
  project_id text, alert_key uuid, current_alert_id text, previous_alert_id text,
  episode_started_at timestamptz, episode_ends_at timestamptz, is_episode_over boolean,
  last_ended_at timestamptz, updated_at timestamptz
`;

/** A row that is there already is locked and answered as it is. */
const LOCK_HEADS = columnarInsert('alert.lock_heads', {
  table: 'alert_head',
  row: HEAD_ROW,
  orderBy: 'project_id, alert_key',
  onConflict: `
    on conflict (project_id, alert_key) do update set updated_at = t.updated_at
    returning project_id, alert_key, current_alert_id, previous_alert_id, episode_started_at,
      episode_ends_at, is_episode_over, last_ended_at
  `,
});

/*
 * Changes are written as upserts of whole rows: they find their row through the key whatever the
 * planner believes. `update ... from` read whole tables when it misjudged how many rows come.
 */
const SAVE_HEADS = columnarInsert('alert.save_heads', {
  table: 'alert_head',
  row: HEAD_ROW,
  onConflict: `
    on conflict (project_id, alert_key) do update
       set current_alert_id = excluded.current_alert_id,
           previous_alert_id = excluded.previous_alert_id,
           episode_started_at = excluded.episode_started_at,
           episode_ends_at = excluded.episode_ends_at,
           is_episode_over = excluded.is_episode_over,
           last_ended_at = excluded.last_ended_at,
           updated_at = excluded.updated_at
  `,
});

const COUNT_OPEN = statement(
  'alert.count_open',
  `
  select status, count(*)::int as count
    from alert
   where status in ('PENDING', 'DELIVERED', 'SEEN', 'ACKNOWLEDGED')
   group by status
  `,
);

const LOCK_ALERTS = statement(
  'alert.lock_alerts',
  `
  select a.*
    from alert a
    join json_to_recordset($1::text::json) as r(project_id text, alert_id text)
      on a.project_id = r.project_id and a.alert_id = r.alert_id
   order by a.project_id, a.alert_id
     for update of a
  `,
);

const ALERT_ROW = `
  project_id text, alert_id text, alert_key uuid, source_id uuid, policy_id uuid, status text,
  version integer, title text, severity text, priority text, labels jsonb, annotations jsonb,
  fingerprint text, device_id text, camera_id text, area_id text, image text,
  audio_relay_ws text, camera_ip_map jsonb, "analyse" jsonb, source_url text, is_test boolean,
  occurrence_count integer, previous_alert_id text, intent text, outcome text,
  acknowledged_by text, assigned_to text, closed_by text, created_at timestamptz,
  updated_at timestamptz,
  last_event_at timestamptz, started_at timestamptz, ends_at timestamptz,
  delivered_at timestamptz, seen_at timestamptz, acknowledged_at timestamptz,
  resolved_at timestamptz, expired_at timestamptz, closed_at timestamptz,
  archived_at timestamptz
`;

const INSERT_ALERTS = columnarInsert('alert.insert_alerts', { table: 'alert', row: ALERT_ROW });

/** Only what can change is updated; identity, labels and creation never are. */
const SAVE_ALERTS = columnarInsert('alert.save_alerts', {
  table: 'alert',
  row: ALERT_ROW,
  onConflict: `
    on conflict (project_id, alert_id) do update
       set status = excluded.status, version = excluded.version,
           annotations = excluded.annotations, occurrence_count = excluded.occurrence_count,
           intent = excluded.intent, outcome = excluded.outcome,
           acknowledged_by = excluded.acknowledged_by,
           assigned_to = excluded.assigned_to, closed_by = excluded.closed_by,
           updated_at = excluded.updated_at, last_event_at = excluded.last_event_at,
           ends_at = excluded.ends_at, delivered_at = excluded.delivered_at,
           seen_at = excluded.seen_at, acknowledged_at = excluded.acknowledged_at,
           resolved_at = excluded.resolved_at, expired_at = excluded.expired_at,
           closed_at = excluded.closed_at
     where t.alert_key = excluded.alert_key
  `,
});

const INSERT_TIMELINE = columnarInsert('alert.insert_timeline', {
  table: 'timeline',
  row: `
    project_id text, alert_id text, entry_id uuid, at timestamptz, kind text, detail text,
    principal_id text, principal_name text, auth_method text
  `,
});

export type AlertRef = { readonly projectId: ProjectId; readonly alertId: AlertId };

/**
 * Locks the heads; those that are not there yet are made as proposed. Answers what is stored: a
 * proposal that comes back as it went is new. Each key at most once per call.
 */
export async function lockHeads(
  tx: Transaction,
  proposals: readonly AlertHead[],
  now: Instant,
): Promise<readonly AlertHead[]> {
  if (proposals.length === 0) return [];
  const { statement: lock, values } = fillColumns(
    LOCK_HEADS,
    proposals.map((head) => toHeadRow(head, now)),
  );
  return (await tx.run(lock, values)).map(parseHeadRow);
}

export async function lockAlerts(
  tx: Queryable,
  refs: readonly AlertRef[],
): Promise<readonly Alert[]> {
  if (refs.length === 0) return [];
  const rows = refs.map((ref) => ({ project_id: ref.projectId, alert_id: ref.alertId }));
  const found = await tx.run(LOCK_ALERTS, [JSON.stringify(rows)]);
  return found.map(parseAlertRow);
}

export function postHeads(tx: Transaction, heads: readonly AlertHead[], now: Instant): void {
  if (heads.length === 0) return;
  const rows = heads.map((head) => toHeadRow(head, now));
  postRows(tx, SAVE_HEADS, rows);
}

function toHeadRow(head: AlertHead, now: Instant) {
  return {
    project_id: head.projectId,
    alert_key: head.alertKey,
    current_alert_id: head.currentAlertId,
    previous_alert_id: head.previousAlertId,
    episode_started_at: formatInstantOrNull(head.episodeStartedAt),
    episode_ends_at: formatInstantOrNull(head.episodeEndsAt),
    is_episode_over: head.isEpisodeOver,
    last_ended_at: formatInstantOrNull(head.lastEndedAt),
    updated_at: formatInstant(now),
  };
}

export function postNewAlerts(tx: Transaction, alerts: readonly Alert[]): void {
  if (alerts.length > 0) postRows(tx, INSERT_ALERTS, alerts.map(toAlertRow));
}

export function postAlerts(tx: Transaction, alerts: readonly Alert[]): void {
  if (alerts.length > 0) postRows(tx, SAVE_ALERTS, alerts.map(toAlertRow));
}

export type TimelineRow = AlertRef & TimelineEntry & { readonly entryId: string };

export function postTimeline(tx: Transaction, entries: readonly TimelineRow[]): void {
  if (entries.length === 0) return;
  const rows = entries.map((entry) => ({
    project_id: entry.projectId,
    alert_id: entry.alertId,
    entry_id: entry.entryId,
    at: formatInstant(entry.at),
    kind: entry.kind,
    detail: entry.detail,
    principal_id: entry.by.principalId,
    principal_name: entry.by.name,
    auth_method: entry.by.authMethod,
  }));
  postRows(tx, INSERT_TIMELINE, rows);
}

function toAlertRow(alert: Alert) {
  return {
    project_id: alert.projectId,
    alert_id: alert.alertId,
    alert_key: alert.alertKey,
    source_id: alert.sourceId,
    policy_id: alert.policyId,
    status: alert.status,
    version: alert.version,
    title: alert.title,
    severity: alert.severity,
    priority: alert.priority,
    labels: alert.labels,
    annotations: alert.annotations,
    fingerprint: alert.fingerprint,
    device_id: alert.deviceId,
    camera_id: alert.cameraId,
    area_id: alert.areaId,
    image: alert.image,
    audio_relay_ws: alert.audioRelayWs,
    camera_ip_map: alert.cameraIpMap,
    analyse: alert.analyse,
    source_url: alert.sourceUrl,
    is_test: alert.isTest,
    occurrence_count: alert.occurrenceCount,
    previous_alert_id: alert.previousAlertId,
    intent: alert.intent,
    outcome: alert.outcome,
    acknowledged_by: alert.acknowledgedBy,
    assigned_to: alert.assignedTo,
    closed_by: alert.closedBy,
    ...toAlertTimes(alert),
  };
}

function toAlertTimes(alert: Alert) {
  return {
    created_at: formatInstant(alert.createdAt),
    updated_at: formatInstant(alert.updatedAt),
    last_event_at: formatInstant(alert.lastEventAt),
    started_at: formatInstantOrNull(alert.startedAt),
    ends_at: formatInstantOrNull(alert.endsAt),
    delivered_at: formatInstantOrNull(alert.deliveredAt),
    seen_at: formatInstantOrNull(alert.seenAt),
    acknowledged_at: formatInstantOrNull(alert.acknowledgedAt),
    resolved_at: formatInstantOrNull(alert.resolvedAt),
    expired_at: formatInstantOrNull(alert.expiredAt),
    closed_at: formatInstantOrNull(alert.closedAt),
    archived_at: formatInstantOrNull(alert.archivedAt),
  };
}

function parseHeadRow(row: Row): AlertHead {
  return {
    projectId: row['project_id'] as ProjectId,
    alertKey: row['alert_key'] as string,
    currentAlertId: parseAlertId(row['current_alert_id']),
    previousAlertId: parseAlertId(row['previous_alert_id']),
    episodeStartedAt: parseTime(row['episode_started_at']),
    episodeEndsAt: parseTime(row['episode_ends_at']),
    isEpisodeOver: row['is_episode_over'] as boolean,
    lastEndedAt: parseTime(row['last_ended_at']),
  };
}

/** One row of `alert`, as `select *` gives it. */
export function parseAlertRow(row: Row): Alert {
  return {
    projectId: row['project_id'] as ProjectId,
    alertId: alertId(row['alert_id'] as string),
    alertKey: row['alert_key'] as string,
    sourceId: row['source_id'] as Alert['sourceId'],
    policyId: row['policy_id'] as Alert['policyId'],
    status: row['status'] as Alert['status'],
    version: row['version'] as number,
    title: row['title'] as string,
    severity: row['severity'] as Alert['severity'],
    priority: row['priority'] as Alert['priority'],
    labels: row['labels'] as Alert['labels'],
    annotations: row['annotations'] as Alert['annotations'],
    fingerprint: row['fingerprint'] as string | null,
    deviceId: row['device_id'] as string | null,
    cameraId: row['camera_id'] as string | null,
    areaId: row['area_id'] as string | null,
    image: row['image'] as string | null,
    audioRelayWs: row['audio_relay_ws'] as string | null,
    cameraIpMap: row['camera_ip_map'] as Alert['cameraIpMap'],
    analyse: row['analyse'] as Alert['analyse'],
    sourceUrl: row['source_url'] as string | null,
    isTest: row['is_test'] as boolean,
    occurrenceCount: row['occurrence_count'] as number,
    previousAlertId: parseAlertId(row['previous_alert_id']),
    intent: row['intent'] as Alert['intent'],
    outcome: row['outcome'] as Alert['outcome'],
    acknowledgedBy: row['acknowledged_by'] as string | null,
    assignedTo: row['assigned_to'] as string | null,
    closedBy: row['closed_by'] as string | null,
    ...parseAlertTimes(row),
  };
}

/** Of all projects; a status that no alert has is left out. */
export async function countOpen(db: Queryable): Promise<Readonly<Record<string, number>>> {
  const rows = await db.run(COUNT_OPEN, []);
  return Object.fromEntries(rows.map((row) => [String(row['status']), Number(row['count'])]));
}

function parseAlertTimes(row: Row) {
  return {
    createdAt: instantFromDate(row['created_at'] as Date),
    updatedAt: instantFromDate(row['updated_at'] as Date),
    lastEventAt: instantFromDate(row['last_event_at'] as Date),
    startedAt: parseTime(row['started_at']),
    endsAt: parseTime(row['ends_at']),
    deliveredAt: parseTime(row['delivered_at']),
    seenAt: parseTime(row['seen_at']),
    acknowledgedAt: parseTime(row['acknowledged_at']),
    resolvedAt: parseTime(row['resolved_at']),
    expiredAt: parseTime(row['expired_at']),
    closedAt: parseTime(row['closed_at']),
    archivedAt: parseTime(row['archived_at']),
  };
}

function parseAlertId(value: unknown): AlertId | null {
  return typeof value === 'string' ? alertId(value) : null;
}

function parseTime(value: unknown): Instant | null {
  return value instanceof Date ? instantFromDate(value) : null;
}

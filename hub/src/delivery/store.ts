/**
 * Every statement on `notification` and `attempt`.
 * A claim marks the row `sending` under the node's lease and writes the attempt's start in one
 * transaction; an answer to the alert cancels under the same row lock. So no attempt commits its
 * start after the answer has committed.
 */
import {
  type AlertId,
  alertId,
  type ChannelId,
  channelId,
  type NotificationId,
  notificationId,
  type ProjectId,
  projectId,
} from '#kernel/id.ts';
import {
  formatInstant,
  formatInstantOrNull,
  type Instant,
  instantFromDate,
} from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import { parseLanguage } from '#kernel/words/language.ts';
import { columnarInsert } from '#platform/postgres/columnar.ts';
import {
  postRows,
  type Queryable,
  type Row,
  type Transaction,
} from '#platform/postgres/postgres.ts';
import { statement } from '#platform/postgres/statement.ts';
import type { AttemptEnd, ClaimedNotification } from './attempt-end.ts';
import type { Notification } from './notification.ts';

const INSERT = columnarInsert('delivery.insert_notifications', {
  table: 'notification',
  row: `
    project_id text, notification_id uuid, subject_id text, subject_kind text, transition text,
    purpose text, round integer, channel_id uuid, target text, recipient text, address text,
    responder_id uuid, language text, rule_key text, event_type text, event_payload jsonb,
    priority text, status text, reason text, attempt_count integer, try_count integer,
    max_attempts integer, retry text, due_at timestamptz, is_possibly_duplicate boolean,
    created_at timestamptz, finished_at timestamptz
  `,
  onConflict: 'on conflict on constraint notification_once do nothing',
});

/**
 * Whoever changes several rows locks them in one order first: an answer and the ends of attempts,
 * each in an order of its own, once waited for one another until one was given up. By notification
 * and then project: the other way round the planner would walk the primary key of all rows.
 */
const CANCEL_CALLS = statement(
  'delivery.cancel_calls',
  `
  with open_call as (
    select n.project_id, n.notification_id, r.reason
      from json_to_recordset($1::text::json) as r(
        project_id text, alert_id text, reason text
      )
      join notification n on n.project_id = r.project_id and n.subject_id = r.alert_id
     where n.subject_kind = 'alert'
       and n.purpose = 'call'
       and n.status in ('pending', 'sending')
     order by n.notification_id, n.project_id
       for no key update of n
  )
  update notification n
     set status = case when n.status = 'pending' then 'cancelled' else n.status end,
         -- Of one that is being sent: why, if it must not be tried again.
         reason = o.reason,
         finished_at = case when n.status = 'pending' then $2::timestamptz end,
         cancel_requested_at = $2
    from open_call o
   where n.project_id = o.project_id and n.notification_id = o.notification_id
  `,
);

/** Walks the index from channel to channel: costs one look per channel, not per row. */
const LIST_DUE_CHANNELS = statement(
  'delivery.list_due_channels',
  `
  with recursive waiting as (
    (select n.channel_id, n.project_id
       from notification n
      where n.status = 'pending'
      order by n.channel_id
      limit 1)
    union all
    select next.channel_id, next.project_id
      from waiting w
     cross join lateral (
       select n.channel_id, n.project_id
         from notification n
        where n.status = 'pending' and n.channel_id > w.channel_id
        order by n.channel_id
        limit 1
     ) next
  )
  select w.project_id, w.channel_id, first.due_at
    from waiting w
   cross join lateral (
     select n.due_at
       from notification n
      where n.status = 'pending' and n.channel_id = w.channel_id
      order by n.due_at
      limit 1
   ) first
  `,
);

const CLAIM = statement(
  'delivery.claim',
  `
  with due as (
    select n.project_id, n.notification_id
      from json_to_recordset($1::text::json) as w(
        project_id text, channel_id uuid, free integer
      )
     cross join lateral (
       select p.project_id, p.notification_id
         from notification p
        where p.status = 'pending' and p.channel_id = w.channel_id and p.due_at <= $2
        order by p.due_at, p.notification_id
        limit w.free
          for update skip locked
     ) n
     -- The planner would else expect so many rows that it reads the whole table.
     limit ${LIMITS.claimBatchMax}
  ), claimed as (
    update notification n
       set status = 'sending', try_count = n.try_count + 1, lease_node = $3, lease_epoch = $4
      from due
     where n.project_id = due.project_id and n.notification_id = due.notification_id
    returning n.*
  ), started as (
    insert into attempt
      (project_id, notification_id, attempt_no, node_id, node_epoch, started_at)
    select project_id, notification_id, try_count, $3, $4, $2 from claimed
  )
  select * from claimed
  `,
);

const COMPLETE = statement(
  'delivery.complete',
  `
  with done as (
    select *
      from json_to_recordset($1::text::json) as r(
        project_id text, notification_id uuid, status text, reason text, due_at timestamptz,
        counts_attempt boolean, is_possibly_duplicate boolean, outcome text,
        http_status integer, error text, hint text, provider_id text, duration_ms integer,
        finished_at timestamptz
      )
  ), held as (
    select n.project_id, n.notification_id
      from done r
      join notification n
        on n.project_id = r.project_id and n.notification_id = r.notification_id
     where n.status = 'sending' and n.lease_node = $2 and n.lease_epoch = $3
     order by n.notification_id, n.project_id
       for no key update of n
  ), kept as (
    update notification n
       set status = case
             -- The device was quicker than the answer of the provider.
             when n.read_at is not null then 'read'
             when n.delivered_at is not null then 'delivered'
             when n.cancel_requested_at is not null and r.status = 'pending' then 'cancelled'
             else r.status
           end,
           reason = case
             when coalesce(n.read_at, n.delivered_at) is not null then null
             when n.cancel_requested_at is not null and r.status = 'pending'
               then coalesce(n.reason, 'answered')
             else r.reason
           end,
           due_at = coalesce(r.due_at, n.due_at),
           attempt_count = n.attempt_count + case when r.counts_attempt then 1 else 0 end,
           is_possibly_duplicate = n.is_possibly_duplicate or r.is_possibly_duplicate,
           http_status = r.http_status,
           last_error = coalesce(r.error, n.last_error),
           provider_id = coalesce(r.provider_id, n.provider_id),
           sent_at = case
             when r.status = 'sent' then r.finished_at
             else coalesce(n.delivered_at, n.read_at)
           end,
           finished_at = case
             when r.status <> 'pending' or n.cancel_requested_at is not null
               or coalesce(n.delivered_at, n.read_at) is not null
               then r.finished_at
           end,
           lease_node = null,
           lease_epoch = null
      from held h
      join done r on r.project_id = h.project_id and r.notification_id = h.notification_id
     where n.project_id = h.project_id and n.notification_id = h.notification_id
    returning n.project_id, n.notification_id, n.try_count, n.status, r.outcome,
      r.http_status, r.error, r.hint, r.provider_id, r.duration_ms, r.finished_at
  ), ended as (
    update attempt a
       set finished_at = k.finished_at, outcome = k.outcome, http_status = k.http_status,
           error = k.error, hint = k.hint, provider_id = k.provider_id,
           duration_ms = k.duration_ms
      from kept k
     where a.project_id = k.project_id
       and a.notification_id = k.notification_id
       and a.attempt_no = k.try_count
  )
  select project_id, notification_id, status from kept
  `,
);

/**
 * Rows that a node took and can no longer finish: it is gone, or its lease ran out once, or it is
 * this one and never heard that its claim had been committed (`$5` are those it knows of).
 */
const TAKE_LOST = statement(
  'delivery.take_lost',
  `
  with sending as materialized (
    select n.project_id, n.notification_id, n.lease_node, n.lease_epoch
      from notification n
     where n.status = 'sending'
       -- True of all of them; without it the planner may walk through all rows in their order.
       and n.lease_node is not null
       and (
         (n.lease_node = $2 and n.lease_epoch = $3 and n.notification_id <> all ($5::uuid[]))
         or not exists (
           select from node o
            where o.node_id = n.lease_node and o.epoch = n.lease_epoch and o.expires_at > $1
         )
       )
  ), lost as (
    select n.project_id, n.notification_id
      from sending s
      join notification n
        on n.project_id = s.project_id and n.notification_id = s.notification_id
       and n.lease_node = s.lease_node and n.lease_epoch = s.lease_epoch
     where n.status = 'sending'
     order by n.project_id, n.notification_id
     limit $4
       for update of n skip locked
  )
  update notification n
     set lease_node = $2, lease_epoch = $3
    from lost
   where n.project_id = lost.project_id and n.notification_id = lost.notification_id
  returning n.*
  `,
);

const SKIP_INACTIVE = statement(
  'delivery.skip_inactive',
  `
  with waiting as (
    select project_id, notification_id
      from notification
     where project_id = $1 and channel_id = $2 and status = 'pending'
     order by due_at, notification_id
     limit $4
       for update skip locked
  )
  update notification n
     set status = 'skipped', reason = 'channel_inactive', finished_at = $3
    from waiting w
   where n.project_id = w.project_id and n.notification_id = w.notification_id
  returning n.project_id, n.subject_id, n.subject_kind, n.purpose, n.round,
            n.event_type = 'alert.expired' as is_expiry
  `,
);

export type AlertRef = { readonly projectId: ProjectId; readonly alertId: AlertId };

export function postNotifications(tx: Transaction, rows: readonly Notification[]): void {
  if (rows.length > 0) postRows(tx, INSERT, rows.map(toRow));
}

export type CancelledAlert = AlertRef & { readonly reason: 'answered' | 'expired' };

/** An answered alert: what waits is cancelled, what is on its way is not tried again. */
export function postCancelledCalls(
  tx: Transaction,
  alerts: readonly CancelledAlert[],
  now: Instant,
): void {
  if (alerts.length === 0) return;
  const rows = alerts.map((ref) => ({
    project_id: ref.projectId,
    alert_id: ref.alertId,
    reason: ref.reason,
  }));
  tx.post(CANCEL_CALLS, [JSON.stringify(rows), formatInstant(now)]);
}

export type WaitingChannel = {
  readonly projectId: ProjectId;
  readonly channelId: ChannelId;
  /** Of its first waiting notification. */
  readonly dueAt: Instant;
};

export async function listWaitingChannels(db: Queryable): Promise<readonly WaitingChannel[]> {
  return (await db.run(LIST_DUE_CHANNELS, [])).map((row) => ({
    projectId: projectId(parseText(row, 'project_id')),
    channelId: channelId(parseText(row, 'channel_id')),
    dueAt: parseTime(row, 'due_at'),
  }));
}

export type Lease = { readonly nodeId: string; readonly epoch: number };

export type FreeSlots = {
  readonly projectId: ProjectId;
  readonly channelId: ChannelId;
  readonly free: number;
};

export async function claimNotifications(
  db: Queryable,
  slots: readonly FreeSlots[],
  claim: { readonly lease: Lease; readonly now: Instant },
): Promise<readonly ClaimedNotification[]> {
  const wanted = slots.map((slot) => ({
    project_id: slot.projectId,
    channel_id: slot.channelId,
    free: slot.free,
  }));
  const { lease, now } = claim;
  const values = [JSON.stringify(wanted), formatInstant(now), lease.nodeId, lease.epoch];
  return (await db.run(CLAIM, values)).map(parseClaimed);
}

export async function takeLostNotifications(
  db: Queryable,
  lease: Lease,
  bounds: {
    readonly now: Instant;
    readonly batchMax: number;
    readonly known: ReadonlySet<NotificationId>;
  },
): Promise<readonly ClaimedNotification[]> {
  const { now, batchMax, known } = bounds;
  const values = [formatInstant(now), lease.nodeId, lease.epoch, batchMax, [...known]];
  return (await db.run(TAKE_LOST, values)).map(parseClaimed);
}

/** Returns those that were still ours; the others had been taken over after a lost lease. */
export async function completeNotifications(
  tx: Transaction,
  lease: Lease,
  ends: readonly AttemptEnd[],
): Promise<ReadonlySet<NotificationId>> {
  const rows = ends.map((end) => ({
    project_id: end.notification.projectId,
    notification_id: end.notification.notificationId,
    status: end.completion.status,
    reason: end.completion.reason,
    due_at: formatInstantOrNull(end.completion.dueAt),
    counts_attempt: end.completion.countsAttempt,
    is_possibly_duplicate: end.completion.isPossiblyDuplicate,
    outcome: end.outcome,
    http_status: end.httpStatus,
    error: end.error,
    hint: end.hint,
    provider_id: end.providerId,
    duration_ms: end.durationMs,
    finished_at: formatInstant(end.finishedAt),
  }));
  const kept = await tx.run(COMPLETE, [JSON.stringify(rows), lease.nodeId, lease.epoch]);
  return new Set(kept.map((row) => notificationId(parseText(row, 'notification_id'))));
}

/** Returns how many it skipped, and the rounds that lost a message by it. */
export async function skipInactive(
  db: Queryable,
  channel: Pick<WaitingChannel, 'projectId' | 'channelId'>,
  bounds: { readonly now: Instant; readonly batchMax: number },
): Promise<{ readonly count: number; readonly rounds: readonly RoundRef[] }> {
  const { projectId: project, channelId: id } = channel;
  const { now, batchMax } = bounds;
  const rows = await db.run(SKIP_INACTIVE, [project, id, formatInstant(now), batchMax]);
  const calls = rows.filter((row) => row['subject_kind'] === 'alert' && row['purpose'] === 'call');
  return { count: rows.length, rounds: calls.map(parseRound) };
}

/** One calling-out of an alert, or the news that it has expired. */
export type RoundRef = AlertRef & { readonly round: number; readonly isExpiry: boolean };

export function parseRound(row: Row): RoundRef {
  return {
    projectId: projectId(parseText(row, 'project_id')),
    alertId: alertId(parseText(row, 'subject_id')),
    round: row['round'] as number,
    isExpiry: row['is_expiry'] as boolean,
  };
}

function toRow(row: Notification) {
  return {
    project_id: row.projectId,
    notification_id: row.notificationId,
    subject_id: row.subjectId,
    subject_kind: row.subjectKind,
    transition: row.transition,
    purpose: row.purpose,
    round: row.round,
    channel_id: row.channelId,
    target: row.target,
    recipient: row.recipient,
    address: row.address,
    responder_id: row.responderId,
    language: row.language,
    rule_key: row.ruleKey,
    event_type: row.eventType,
    event_payload: row.eventPayload,
    priority: row.priority,
    status: row.status,
    reason: row.reason,
    attempt_count: 0,
    try_count: 0,
    max_attempts: row.attemptsMax,
    retry: row.retry,
    due_at: formatInstant(row.dueAt),
    is_possibly_duplicate: false,
    created_at: formatInstant(row.createdAt),
    finished_at: row.status === 'skipped' ? formatInstant(row.createdAt) : null,
  };
}

function parseClaimed(row: Row): ClaimedNotification {
  return {
    projectId: projectId(parseText(row, 'project_id')),
    notificationId: notificationId(parseText(row, 'notification_id')),
    subjectId: parseText(row, 'subject_id'),
    subjectKind: row['subject_kind'] as Notification['subjectKind'],
    transition: parseText(row, 'transition'),
    purpose: row['purpose'] as Notification['purpose'],
    round: row['round'] as number,
    channelId: channelId(parseText(row, 'channel_id')),
    target: parseText(row, 'target'),
    recipient: parseRecipient(row),
    address: row['address'] as string | null,
    responderId: row['responder_id'] as Notification['responderId'],
    language: parseLanguage(parseText(row, 'language')),
    ruleKey: parseText(row, 'rule_key'),
    eventType: row['event_type'] as Notification['eventType'],
    eventPayload: row['event_payload'] as Notification['eventPayload'],
    priority: row['priority'] as Notification['priority'],
    attemptsMax: row['max_attempts'] as number,
    retry: row['retry'] as Notification['retry'],
    dueAt: parseTime(row, 'due_at'),
    createdAt: parseTime(row, 'created_at'),
    attemptCount: row['attempt_count'] as number,
    tryCount: row['try_count'] as number,
  };
}

/** Rows of the version before have no recipient. */
export function parseRecipient(row: Row): string {
  return (row['recipient'] ?? row['target']) as string;
}

function parseText(row: Row, column: string): string {
  return row[column] as string;
}

function parseTime(row: Row, column: string): Instant {
  return instantFromDate(row[column] as Date);
}

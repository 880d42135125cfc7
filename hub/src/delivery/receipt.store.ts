/**
 * What happens to a message after it was sent: receipts of devices, and rounds that came to
 * nothing. Receipts are written under the lock of their alert.
 */
import {
  type NotificationId,
  notificationId,
  type ProjectId,
  projectId,
  type ResponderId,
} from '#kernel/id.ts';
import { formatInstant, type Instant, instantFromDate } from '#kernel/instant.ts';
import { type Language, parseLanguage } from '#kernel/words/language.ts';
import type { Queryable, Row } from '#platform/postgres/postgres.ts';
import { statement } from '#platform/postgres/statement.ts';
import type { Notification } from './notification.ts';
import { type AlertRef, parseRecipient, parseRound, type RoundRef } from './store.ts';

/**
 * What a device says of a message. Only ever forward: read is more than delivered, and both are
 * more than all we know ourselves. While it is being sent the row stays `sending`; its completion
 * finds the times. A message that was cancelled or failed has arrived all the same.
 */
const NOTE_RECEIPT = statement(
  'delivery.note_receipt',
  `
  update notification
     set delivered_at = coalesce(delivered_at, $4),
         read_at = case when $3 = 'read' then coalesce(read_at, $4) else read_at end,
         status = case
           when status = 'sending' then status
           when $3 = 'read' or read_at is not null then 'read'
           else 'delivered'
         end,
         reason = case when status = 'sending' then reason end,
         sent_at = case when status = 'sending' then sent_at else coalesce(sent_at, $4) end,
         finished_at = case when status = 'sending' then finished_at
           else coalesce(finished_at, $4) end
   where project_id = $1 and notification_id = $2
     and (delivered_at is null or ($3 = 'read' and read_at is null))
  returning notification_id
  `,
);

const FIND_MESSAGE = statement(
  'delivery.find_message',
  `
  select project_id, notification_id, subject_id, subject_kind, purpose, event_type, target,
         recipient, responder_id, language, created_at
    from notification
   where project_id = $1 and notification_id = $2
  `,
);

/** Calls of a round of these alerts of which none can arrive any more. */
const LIST_LOST_ROUNDS = statement(
  'delivery.list_lost_rounds',
  `
  select n.project_id, n.subject_id, n.round, r.is_expiry
    from notification n
    join json_to_recordset($1::text::json) as r(
      project_id text, alert_id text, round integer, is_expiry boolean
    )
      on n.project_id = r.project_id and n.subject_id = r.alert_id and n.round = r.round
     and (n.event_type = 'alert.expired') = r.is_expiry
   where n.subject_kind = 'alert' and n.purpose = 'call'
   group by n.project_id, n.subject_id, n.round, r.is_expiry
  having bool_and(n.status in ('failed', 'skipped'))
  `,
);

const DELETE_OF_ALERTS = statement(
  'delivery.delete_of_alerts',
  `
  with gone as (
    delete from notification n
     using json_to_recordset($1::text::json) as r(project_id text, alert_id text)
     where n.project_id = r.project_id
       and n.subject_id = r.alert_id
       and n.subject_kind = 'alert'
    returning n.project_id, n.notification_id
  )
  delete from attempt a
   using gone g
   where a.project_id = g.project_id and a.notification_id = g.notification_id
  `,
);

/** Of alerts that are forgotten, under their locks; with all attempts. */
export async function deleteNotifications(tx: Queryable, refs: readonly AlertRef[]): Promise<void> {
  const rows = refs.map((ref) => ({ project_id: ref.projectId, alert_id: ref.alertId }));
  await tx.run(DELETE_OF_ALERTS, [JSON.stringify(rows)]);
}

/** Of these rounds, those of which no message can arrive any more. */
export async function listLostRounds(
  db: Queryable,
  rounds: readonly RoundRef[],
): Promise<readonly RoundRef[]> {
  if (rounds.length === 0) return [];
  const rows = rounds.map((ref) => ({
    project_id: ref.projectId,
    alert_id: ref.alertId,
    round: ref.round,
    is_expiry: ref.isExpiry,
  }));
  return (await db.run(LIST_LOST_ROUNDS, [JSON.stringify(rows)])).map(parseRound);
}

/** What a signed link needs to know of the message it came in. */
export type Message = {
  readonly projectId: ProjectId;
  readonly notificationId: NotificationId;
  readonly subjectId: string;
  readonly subjectKind: Notification['subjectKind'];
  readonly purpose: Notification['purpose'];
  readonly eventType: string;
  readonly recipient: string;
  readonly responderId: ResponderId | null;
  readonly language: Language;
  readonly createdAt: Instant;
};

export async function findMessage(
  db: Queryable,
  project: ProjectId,
  id: NotificationId,
): Promise<Message | null> {
  const [row] = await db.run(FIND_MESSAGE, [project, id]);
  return row === undefined ? null : parseMessage(row);
}

function parseMessage(row: Row): Message {
  return {
    projectId: projectId(parseText(row, 'project_id')),
    notificationId: notificationId(parseText(row, 'notification_id')),
    subjectId: parseText(row, 'subject_id'),
    subjectKind: row['subject_kind'] as Notification['subjectKind'],
    purpose: row['purpose'] as Notification['purpose'],
    eventType: parseText(row, 'event_type'),
    recipient: parseRecipient(row),
    responderId: row['responder_id'] as Notification['responderId'],
    language: parseLanguage(parseText(row, 'language')),
    createdAt: instantFromDate(row['created_at'] as Date),
  };
}

/** Under the lock of its alert. False when as much was known already. */
export async function noteReceipt(
  tx: Queryable,
  message: Pick<Message, 'projectId' | 'notificationId'>,
  receipt: { readonly status: 'delivered' | 'read'; readonly now: Instant },
): Promise<boolean> {
  const { status, now } = receipt;
  const values = [message.projectId, message.notificationId, status, formatInstant(now)];
  return (await tx.run(NOTE_RECEIPT, values)).length > 0;
}

function parseText(row: Row, column: string): string {
  return row[column] as string;
}

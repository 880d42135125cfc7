/** What attempts came to, for the history of the alert they were about. */
import { postTimeline, type TimelineRow } from '#alert/store.ts';
import type { AttemptEnd } from '#delivery/attempt-end.ts';
import { alertId } from '#kernel/id.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { Ids } from '#kernel/ports.ts';
import { TIMER } from '#kernel/principal.ts';
import type { Transaction } from '#platform/postgres/postgres.ts';

export function recordAttempts(tx: Transaction, ends: readonly AttemptEnd[], ids: Ids): void {
  const rows: TimelineRow[] = [];
  for (const end of ends) {
    const { notification, completion } = end;
    if (notification.subjectKind !== 'alert' || completion.status === 'pending') continue;
    rows.push({
      projectId: notification.projectId,
      alertId: alertId(notification.subjectId),
      entryId: ids.next(end.finishedAt),
      at: end.finishedAt,
      kind: kindOf(end),
      detail: describe(end).slice(0, LIMITS.detailCharsMax),
      by: TIMER,
    });
  }
  postTimeline(tx, rows);
}

function kindOf(end: AttemptEnd): TimelineRow['kind'] {
  if (end.completion.status !== 'sent') return 'NOTIFICATION_FAILED';
  return isReminder(end) ? 'NOTIFICATION_RESENT' : 'NOTIFICATION_SENT';
}

/** The news that it expired is no round, though it goes to those who were called. */
function isReminder({ notification }: AttemptEnd): boolean {
  return notification.purpose === 'call' && notification.eventType === 'alert.escalated';
}

/** "level n, send #m" are the words that users of the fall-alert manager know. */
function describe(end: AttemptEnd): string {
  const { notification, completion } = end;
  const payload = notification.eventPayload;
  const parts: string[] = [];
  if (isReminder(end)) {
    const level = payload['level'];
    parts.push(`level ${typeof level === 'number' ? level : 0}, send #${notification.round + 1}`);
  }
  if (typeof payload['label'] === 'string') parts.push(payload['label']);
  const status = end.httpStatus === null ? '' : ` (HTTP ${end.httpStatus})`;
  const verb = completion.status === 'sent' ? 'accepted by' : 'not accepted by';
  parts.push(`${notification.eventType} ${verb} ${notification.recipient}${status}`);
  parts.push(`attempt ${notification.tryCount}`);
  if (end.error !== null) parts.push(end.error);
  return parts.join(' | ');
}

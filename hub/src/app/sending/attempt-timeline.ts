/** What attempts came to, for the history of the alert they were about. */
import { postTimeline, type TimelineRow } from '#alert/store.ts';
import type { AttemptEnd } from '#delivery/attempt-end.ts';
import { alertId } from '#kernel/id.ts';
import { formatInstant, type Instant } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { Ids } from '#kernel/ports.ts';
import { TIMER } from '#kernel/principal.ts';
import type { Transaction } from '#platform/postgres/postgres.ts';

export function recordAttempts(tx: Transaction, ends: readonly AttemptEnd[], ids: Ids): void {
  const rows: TimelineRow[] = [];
  for (const end of ends) {
    const { notification, completion } = end;
    if (notification.subjectKind !== 'alert') continue;
    // The first that failed is told, for all may end before the last; the ones between are not.
    if (completion.status === 'pending' && notification.tryCount > 1) continue;
    rows.push({
      projectId: notification.projectId,
      alertId: alertId(notification.subjectId),
      entryId: ids.next(end.finishedAt),
      at: end.finishedAt,
      kind: kindOf(end),
      detail: describeAttempt(end).slice(0, LIMITS.detailCharsMax),
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
export function describeAttempt(end: AttemptEnd): string {
  const { notification, completion } = end;
  const payload = notification.eventPayload;
  const parts: string[] = [];
  if (isReminder(end)) {
    const level = payload['level'];
    parts.push(`level ${typeof level === 'number' ? level : 0}, send #${notification.round + 1}`);
  }
  if (typeof payload['label'] === 'string') parts.push(payload['label']);
  const status = end.httpStatus === null ? '' : ` (HTTP ${end.httpStatus})`;
  const verb = VERBS[completion.status];
  // A channel accepts a message itself; for a person a server does, and they know nothing of it.
  const whose = notification.address === null ? 'by' : 'for';
  parts.push(`${notification.eventType} ${verb} ${whose} ${notification.recipient}${status}`);
  parts.push(`attempt ${notification.tryCount}`);
  if (end.error !== null) parts.push(end.error);
  if (completion.dueAt !== null) parts.push(`again at ${renderTime(completion.dueAt)}`);
  return parts.join(' | ');
}

const VERBS: Readonly<Record<AttemptEnd['completion']['status'], string>> = {
  pending: 'not accepted yet',
  sent: 'accepted',
  failed: 'not accepted',
  skipped: 'not accepted',
};

function renderTime(at: Instant): string {
  return `${formatInstant(at).slice(11, 19)} UTC`;
}

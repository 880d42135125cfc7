/** What must hold of links and receipts, which anybody can press and any device can send. */
import { type Asked, nameAlert, RANKS } from '#test/sim/seen/ledger.ts';
import { type Find, indexOf, type Observation } from '#test/sim/seen/observation.ts';
import type { NotificationRow, Snapshot } from '#test/sim/seen/snapshot.ts';

function renderState({ nodes: _nodes, ...state }: Snapshot): string {
  return JSON.stringify(state);
}

/** 32 */
export const findActingGet: Find = ({ act, before, now }) => {
  if (act?.kind !== 'look') return null;
  return renderState(before) === renderState(now) ? null : 'looking has changed something';
};

const ORDER: Readonly<Record<string, number>> = { delivered: 1, read: 2 };

/** 33 */
export const findBackwardReceipt: Find = (seen) => {
  const known = new Map(seen.before.notifications.map((row) => [row.notification_id, row]));
  for (const row of seen.now.notifications) {
    const was = known.get(row.notification_id);
    const fault =
      findReceiptFault(row, seen) ?? (was === undefined ? null : findStepBack(was, row));
    if (fault !== null) return `message ${row.notification_id} ${fault}`;
  }
  return findSendByReceipt(seen);
};

function findReceiptFault(row: NotificationRow, { ledger }: Observation): string | null {
  const { status, delivered_at: deliveredAt, read_at: readAt } = row;
  const isConfirmed = deliveredAt !== null || readAt !== null;
  if (isConfirmed && !ledger.receipts.has(row.notification_id)) return 'was confirmed by nobody';
  const should = readAt === null ? 'delivered' : 'read';
  const isRight = isConfirmed ? status === should || status === 'sending' : !(status in ORDER);
  return isRight ? null : `is ${status} although a device said ${isConfirmed ? should : 'nothing'}`;
}

function findStepBack(was: NotificationRow, is: NotificationRow): string | null {
  if ((ORDER[is.status] ?? 0) < (ORDER[was.status] ?? 0)) return `went back to ${is.status}`;
  const isMoved =
    (was.delivered_at !== null && was.delivered_at !== is.delivered_at) ||
    (was.read_at !== null && was.read_at !== is.read_at);
  return isMoved ? 'was delivered or read at another time than before' : null;
}

/** A receipt is no attempt, whatever had become of its message. */
function findSendByReceipt({ ledger, before, now, act }: Observation): string | null {
  if (act?.kind !== 'receipt' && act?.kind !== 'press') return null;
  const [asked] = ledger.asked;
  const isSame = before.attempts.length === now.attempts.length;
  return isSame || asked === undefined ? null : 'an answer from outside counts as an attempt';
}

/** 34 */
export const findStrangeLink: Find = (seen) => {
  for (const asked of seen.ledger.asked) {
    if (!asked.isFutile && asked.notificationId === null) continue;
    const { what, statuses, alert } = asked;
    const isAnswered = statuses.some((status) => status === 200);
    if (asked.isFutile) {
      if (isAnswered) return `${what} by a link that is not good was answered with 200`;
      const isSame = renderState(seen.before) === renderState(seen.now);
      if (!isSame) return `${what} by a link that is not good has changed something`;
      continue;
    }
    const refused = statuses.find((status) => status !== 200 && status !== 0);
    if (refused !== undefined) return `${what} by a good link was answered with ${refused}`;
    const fault = findOtherAlert(seen, alert) ?? (isAnswered ? findUndone(seen, asked) : null);
    if (fault !== null) return `${what} by the link of ${asked.notificationId}: ${fault}`;
  }
  return null;
};

/** What is pressed is about the alert of its message and no other. */
function findOtherAlert(seen: Observation, name: string): string | null {
  const { alerts } = indexOf(seen.before);
  const other = seen.now.alerts.find(
    (alert) => nameAlert(alert) !== name && alerts.get(nameAlert(alert))?.version !== alert.version,
  );
  return other === undefined ? null : `it moved ${other.alert_id}`;
}

const WANTED: Readonly<Record<string, string>> = {
  seen: 'ACKNOWLEDGED',
  calling: 'ACKNOWLEDGED',
  resolve: 'RESOLVED',
  receipt: 'DELIVERED',
};

function findUndone(
  seen: Observation,
  { what, alert: name, notificationId }: Asked,
): string | null {
  const message = seen.before.notifications.find((row) => row.notification_id === notificationId);
  // Who cannot come has read it, which moves nothing; a receipt that comes then is an old story.
  if (what === 'receipt' && message?.delivered_at !== null) return null;
  const is = indexOf(seen.now).alerts.get(name);
  const wanted = RANKS[WANTED[what] ?? 'PENDING'] ?? 0;
  if (is === undefined || (RANKS[is.status] ?? 0) >= wanted) return null;
  return `${is.alert_id} is still ${is.status}`;
}

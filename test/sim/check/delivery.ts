/** What must hold of messages, attempts, and the network that knows what really happened. */
import { findUncalled } from './called.ts';
import { nameNotification } from '#test/sim/seen/ledger.ts';
import { type Flight, isReceived } from '#test/sim/network.ts';
import type { AttemptRow, NotificationRow } from '#test/sim/seen/snapshot.ts';
import {
  type Find,
  findProject,
  indexOf,
  nameSubject,
  type Observation,
} from '#test/sim/seen/observation.ts';

/** Calls that were there when their alert was answered. */
function* listAnsweredCalls({ now, ledger }: Observation): Generator<[NotificationRow, number]> {
  for (const row of now.notifications) {
    if (row.purpose !== 'call' || row.subject_kind !== 'alert') continue;
    const answered = ledger.stepOfAnswer.get(nameSubject(row));
    const made = ledger.stepOfNotification.get(nameNotification(row)) ?? 0;
    if (answered !== undefined && made < answered) yield [row, answered];
  }
}

/** 6 */
export const findCallAfterAnswer: Find = (seen) => {
  for (const [row, answered] of listAnsweredCalls(seen)) {
    for (let number = 1; number <= row.try_count; number += 1) {
      const started = seen.ledger.stepOfAttempt.get(`${nameNotification(row)}/${number}`) ?? 0;
      if (started > answered) {
        const call = `attempt ${number} of ${row.notification_id}`;
        return `${call} began after ${row.subject_id} was answered`;
      }
    }
  }
  return null;
};

/** 7 */
export const findPendingAfterAnswer: Find = (seen) => {
  for (const [row] of listAnsweredCalls(seen)) {
    if (row.status === 'pending') {
      return `call ${row.notification_id} waits although ${row.subject_id} was answered`;
    }
  }
  return null;
};

/** 8 */
export const findWrongMessages: Find = (seen) => {
  const { now } = seen;
  const nameRow = (row: NotificationRow) =>
    [nameSubject(row), row.transition, row.channel_id, row.target, row.rule_key].join('/');
  for (const [name, rows] of Map.groupBy(now.notifications, nameRow)) {
    if (rows.length > 1) return `${rows.length} notifications are ${name}`;
  }
  const accepted = now.attempts.filter(({ outcome }) => outcome === 'accepted');
  for (const [name, attempts] of Map.groupBy(accepted, nameNotification)) {
    if (attempts.length > 1) return `notification ${name} was accepted ${attempts.length} times`;
  }
  return findUncalled(seen);
};

/** 12 */
export const findStuck: Find = ({ now, isAtRest }) => {
  if (!isAtRest) return null;
  const unfinished = now.notifications.find(({ status }) =>
    ['sending', 'pending'].includes(status),
  );
  if (unfinished !== undefined) {
    const { notification_id: id, status, subject_id: subject, try_count: tries } = unfinished;
    return `notification ${id} of ${subject} is ${status} for ever, after ${tries} tries`;
  }
  const open = now.attempts.find(({ finished_at }) => finished_at === null);
  return open === undefined ? null : `an attempt of ${open.notification_id} never ended`;
};

/** At least so many for a call of priority high and above. */
const URGENT_ATTEMPTS = 6;

/** 15 */
export const findWrongAttempts: Find = (seen) => {
  const { attempts: byNotification } = indexOf(seen.now);
  for (const row of seen.now.notifications) {
    const { plan, channelIds } = findProject(seen, row.project_id);
    const channel = plan.channels[channelIds.indexOf(row.channel_id)];
    const own = channel?.attemptsMax ?? 0;
    const isUrgent = row.purpose === 'call' && row.priority !== 'normal';
    const max = isUrgent ? Math.max(own, URGENT_ATTEMPTS) : own;
    if (row.attempt_count > max) {
      return `${row.notification_id} was tried ${row.attempt_count} times; ${max} are allowed`;
    }
    const fault = findAttemptFault(row, byNotification.get(nameNotification(row)) ?? []);
    if (fault !== null) return `notification ${row.notification_id}: ${fault}`;
  }
  return null;
};

function findAttemptFault(row: NotificationRow, attempts: readonly AttemptRow[]): string | null {
  if (attempts.length !== row.try_count) return `${attempts.length} attempts, not ${row.try_count}`;
  const open = attempts.filter(({ finished_at }) => finished_at === null);
  const isLastOpen = open.every(({ attempt_no }) => attempt_no === row.try_count);
  if (open.length !== (row.status === 'sending' ? 1 : 0) || !isLastOpen) {
    return `${row.status} with ${open.length} attempts under way`;
  }
  const isAccepted = attempts.at(-1)?.outcome === 'accepted';
  // A device that confirms it says more than the answer to the attempt did.
  const isConfirmed = row.status === 'delivered' || row.status === 'read';
  if (isConfirmed || isAccepted === (row.status === 'sent')) return null;
  return `${row.status}, accepted ${isAccepted}`;
}

const OUTCOMES: Readonly<Record<Flight['kind'], string>> = {
  accepted: 'accepted',
  server_error: 'retry',
  rate_limited: 'rate_limited',
  gone: 'target_gone',
  busy: 'retry',
  sign_in_refused: 'misconfigured',
  mailbox_unknown: 'target_gone',
  content_refused: 'rejected',
  unsent: 'retry',
  unknown_received: 'ambiguous',
  unknown_lost: 'ambiguous',
};

/** 16: nothing is sent twice by one node in one moment, so that names an attempt. */
export const findFalseOutcome: Find = ({ now, flights }) => {
  const nameOf = (id: string, nodeId: string, at: number) => `${id}/${nodeId}/${at}`;
  const byName = new Map(
    flights.map((flight) => [nameOf(flight.notificationId, flight.nodeId, flight.sentAt), flight]),
  );
  for (const attempt of now.attempts) {
    const { outcome, notification_id: id, attempt_no: number } = attempt;
    if (outcome === null || outcome === 'ambiguous') continue;
    const flight = byName.get(nameOf(id, attempt.node_id, attempt.started_at));
    const said = flight?.state === 'answered' ? OUTCOMES[flight.kind] : 'nothing';
    if (said !== outcome) {
      return `attempt ${number} of ${id} is recorded as ${outcome}; the target said ${said}`;
    }
  }
  return null;
};

/** 19 */
export const findUnmarkedCopy: Find = ({ now, flights }) => {
  const copies = Map.groupBy(flights.filter(isReceived), ({ notificationId }) => notificationId);
  for (const row of now.notifications) {
    const count = copies.get(row.notification_id)?.length ?? 0;
    if (count > 1 && !row.is_possibly_duplicate) {
      return `${row.notification_id} arrived ${count} times and is not marked as a possible copy`;
    }
  }
  return null;
};

/** 20 */
export const findWaitingAfterBeat: Find = ({ now, at, ledger }) => {
  if (!ledger.hasDelivered) return null;
  const late = now.notifications.find(({ status, due_at }) => status === 'pending' && due_at <= at);
  if (late === undefined) return null;
  return `${late.notification_id} is due since ${at - late.due_at} ms and was not claimed`;
};

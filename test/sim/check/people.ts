/** What must come of what persons ask for, and what nobody asked for must not come. */
import { type Asked, nameAlert, RANKS } from '#test/sim/seen/ledger.ts';
import {
  type Find,
  findProject,
  indexOf,
  isGivenUp,
  isOpen,
  isTouched,
  listEntries,
  type Observation,
} from '#test/sim/seen/observation.ts';
import { isAskedFor, listRounds, OUTSIDE, type Told } from '#test/sim/seen/rounds.ts';
import type {
  AlertRow,
  EscalationRow,
  NotificationRow,
  TimelineRow,
} from '#test/sim/seen/snapshot.ts';

type Moved = {
  readonly alert: AlertRow;
  readonly was: EscalationRow;
  readonly is: EscalationRow;
  readonly isTaken: boolean;
};

/** The alert as it was when it was asked, and what became of its calling; null = forgotten. */
function findMoved(seen: Observation, { alert: name, statuses }: Asked): Moved | null {
  const [before, now] = [indexOf(seen.before), indexOf(seen.now)];
  const alert = before.alerts.get(name);
  const was = before.escalations.get(name);
  const is = now.escalations.get(name);
  if (alert === undefined || was === undefined || is === undefined) return null;
  return { alert, was, is, isTaken: statuses.includes(200) };
}

/** 28 */
export const findDeafDecline: Find = (seen) => {
  for (const asked of seen.ledger.asked) {
    const moved = asked.what === 'cannot' ? findMoved(seen, asked) : null;
    if (moved === null) continue;
    const { alert, was, is, isTaken } = moved;
    const key = asked.notificationId ?? '';
    const wanted = !asked.isFutile && isHeard(seen, moved, key) ? 1 : 0;
    const rounds = is.round - was.round;
    if (rounds > wanted || (isTaken && rounds < wanted)) {
      return `"I cannot" of ${key} called ${rounds} rounds for ${alert.alert_id}, not ${wanted}`;
    }
  }
  return null;
};

/** From whoever could come so far, and the first time. */
function isHeard(seen: Observation, { alert, was }: Moved, key: string): boolean {
  if (was.declined_by.includes(key) || !isOpen(alert)) return false;
  if (alert.status !== 'ACKNOWLEDGED' || isGivenUp(alert)) return true;
  const row = seen.before.notifications.find(({ notification_id }) => notification_id === key);
  // A responder is one person, whatever the address.
  const name = row?.recipient.replace(/ \(\S+\)$/, '');
  return [row?.recipient, name].includes(alert.acknowledged_by ?? '');
}

/** 29 */
export const findSlowRequest: Find = (seen) => {
  for (const asked of seen.ledger.asked) {
    const isRequest = asked.what === 'escalate_step' || asked.what === 'escalate_responder';
    const moved = isRequest ? findMoved(seen, asked) : null;
    if (moved === null || !moved.isTaken) continue;
    const { alert, was, is } = moved;
    const { alert_id: id } = alert;
    if (!isOpen(alert)) return `${id}, which is ${alert.status}, was escalated`;
    if (is.round <= was.round) return `${id} was escalated and called nobody`;
    const rows = indexOf(seen.now).notifications.get(nameAlert(alert)) ?? [];
    const late = rows.find((row) => row.round > was.round && row.due_at > seen.at);
    if (late !== undefined) return `${id} was escalated, ${late.target} is called later`;
  }
  return null;
};

/** 30 */
export const findMiscountedOutside: Find = (seen) => {
  for (const asked of seen.ledger.asked) {
    const moved = asked.what === 'outside' ? findMoved(seen, asked) : null;
    if (moved === null || !moved.isTaken) continue;
    const { alert, was, is } = moved;
    const { minIntervalS } = findProject(seen, alert.project_id).plan.policy;
    const isCounted = is.round > was.round && is.last_round_at === seen.at;
    if (!isCounted) return `a round by other means for ${alert.alert_id} does not count`;
    const isCalling = is.due_kind === 'step' || is.due_kind === 'repeat';
    if (isCalling && (is.due_at ?? 0) < seen.at + minIntervalS * 1_000) {
      return `${alert.alert_id} was called by other means, and is called again too soon`;
    }
  }
  return findSentOutside(seen);
};

function findSentOutside(seen: Observation): string | null {
  const { notifications } = indexOf(seen.now);
  for (const alert of seen.now.alerts) {
    if (!isTouched(seen, alert)) continue;
    const rounds = listRounds(listEntries(seen.now, alert));
    const outside = new Set(rounds.flatMap(({ label, round }) => (label === OUTSIDE ? round : [])));
    const sent = (notifications.get(nameAlert(alert)) ?? []).find(
      ({ round, transition }) => outside.has(round) && /^(escalated|undelivered):/.test(transition),
    );
    if (sent !== undefined) return `round ${sent.round} was called by other means, and by us`;
  }
  return null;
}

/** 31 */
export const findUnaskedCall: Find = (seen) => {
  const [before, now] = [indexOf(seen.before), indexOf(seen.now)];
  const known = new Set(seen.before.notifications.map(({ notification_id }) => notification_id));
  for (const row of seen.now.notifications) {
    if (row.purpose !== 'call' || known.has(row.notification_id)) continue;
    const name = nameAlert({ project_id: row.project_id, alert_id: row.subject_id });
    const alert = before.alerts.get(name);
    if (alert === undefined || (RANKS[alert.status] ?? 0) < (RANKS['ACKNOWLEDGED'] ?? 0)) continue;
    const entries = now.timeline.get(name) ?? [];
    if (isGivenUp(alert)) continue;
    const why = findReason(seen, { alert, row, entries });
    if (why === null) return `${row.target} was called for the ${alert.status} alert ${name}`;
  }
  return null;
};

type Calling = {
  readonly alert: AlertRow;
  readonly row: NotificationRow;
  readonly entries: readonly TimelineRow[];
};

/** Why somebody is called although somebody has it; null = there is no reason. */
function findReason(seen: Observation, { alert, row, entries }: Calling): string | null {
  const told = listRounds(entries).find(({ round }) => round === row.round);
  const isLoss = /^(nobody:)?lost:/.test(row.transition);
  // Nobody has heard of its end: that must not fail without a word.
  if (!isOpen(alert)) return isLoss && alert.status === 'EXPIRED' ? 'expired' : null;
  const acknowledgedAt = alert.acknowledged_at ?? 0;
  // Nobody can get a round that was called after the acknowledgement.
  if (isLoss) {
    const calledAt = told?.at ?? alert.created_at;
    return calledAt >= acknowledgedAt ? 'lost' : null;
  }
  if (told === undefined || row.transition.startsWith('undelivered:')) return null;
  if (isAskedFor(entries, told.at)) return 'asked';
  return findOccasion(seen, { alert, row, entries }, told);
}

function findOccasion(seen: Observation, calling: Calling, told: Told): string | null {
  const { alert, entries } = calling;
  const { policy } = findProject(seen, alert.project_id).plan;
  const acknowledgedAt = alert.acknowledged_at ?? 0;
  const isOwed = indexOf(seen.before).escalations.get(nameAlert(alert))?.again_label !== null;
  const joined = entries.some(({ kind, at }) => kind === 'JOINED' && at >= acknowledgedAt);
  if (told.label === 'Again') return joined || isOwed ? 'joined' : null;
  if (told.label !== 'Acknowledged, but not resolved') return null;
  const isOver = told.at >= acknowledgedAt + policy.ackTimeoutS * 1_000;
  return policy.ackTimeoutAction === 'escalate' && isOver ? 'timed out' : null;
}

/** 35 */
export const findHeldUpAnswer: Find = (seen) => {
  const [before, now] = [indexOf(seen.before), indexOf(seen.now)];
  for (const { alert: name, status } of seen.ledger.bulk) {
    const was = before.alerts.get(name);
    const is = now.alerts.get(name);
    if (was === undefined || is === undefined || was.status === 'RESOLVED') continue;
    const isAnswer = status === 'ACKNOWLEDGED' || status === 'RESOLVED';
    const isDone =
      was.status === 'EXPIRED'
        ? !isAnswer || is.closed_at !== null
        : (RANKS[is.status] ?? 0) >= (RANKS[status] ?? 0);
    if (!isDone) return `${name} was to be ${status} with others, and is ${is.status}`;
  }
  return null;
};

/** What must hold of reminders: none too early, none missing, none late. */
import { nameAlert } from '#test/sim/ledger.ts';
import type { AlertRow, EscalationRow } from '#test/sim/snapshot.ts';
import { labelOf, type MadeProject } from '#test/sim/world.ts';
import {
  type Find,
  findProject,
  isOpen,
  listChannels,
  listStepChannels,
  listWithEscalation,
  type Observation,
} from './observation.ts';

const SECOND = 1_000;

/** 9 */
export const findWrongReminders: Find = (seen) => {
  for (const [alert, escalation] of listWithEscalation(seen)) {
    if (escalation === undefined) continue;
    const project = findProject(seen, alert.project_id);
    const fault =
      findUnaccountedStep(seen, { alert, escalation, project }) ??
      findMissingRound(seen, { alert, escalation, project }) ??
      findWrongDue({ alert, escalation, project }) ??
      findOverdue(seen, { alert, escalation, project });
    if (fault !== null) return `alert ${alert.alert_id} (${alert.status}): ${fault}`;
  }
  return null;
};

type Called = {
  readonly alert: AlertRow;
  readonly escalation: EscalationRow;
  readonly project: MadeProject;
};

/** Each step up to the present level was fired or is recorded as skipped, once, and not early. */
function findUnaccountedStep(seen: Observation, called: Called): string | null {
  const { alert, escalation, project } = called;
  const entries = seen.now.timeline.filter(
    (entry) => entry.project_id === alert.project_id && entry.alert_id === alert.alert_id,
  );
  const { steps } = project.plan.policy;
  if (escalation.level > steps.length) return `level ${escalation.level} of ${steps.length}`;
  for (let level = 1; level <= escalation.level; level += 1) {
    const label = labelOf(level - 1);
    const isStep = ({ detail }: { readonly detail: string }) =>
      detail.startsWith(`${label} | level ${level}`);
    const skipped = entries.filter((entry) => entry.kind === 'STEP_SKIPPED' && isStep(entry));
    const fired = entries.filter((entry) => entry.kind === 'ESCALATED' && isStep(entry));
    const isAccounted = skipped.length + Math.min(1, fired.length) === 1;
    if (!isAccounted) return `step ${level}: ${fired.length} fired, ${skipped.length} skipped`;
    const earliest = alert.created_at + (steps[level - 1]?.delayS ?? 0) * SECOND;
    const early = [...skipped, ...fired].find(({ at }) => at < earliest);
    if (early !== undefined) return `step ${level} came ${earliest - early.at} ms early`;
  }
  return null;
}

/** Every round has its message on every channel that it was to go to. */
function findMissingRound(seen: Observation, called: Called): string | null {
  const { alert, escalation, project } = called;
  const own = seen.now.notifications.filter(
    (row) => row.project_id === alert.project_id && row.subject_id === alert.alert_id,
  );
  const byRules = listChannels(project, alert.labels, ['alert.escalated']);
  for (let round = 1; round <= escalation.round; round += 1) {
    const isOfRound = ({ transition }: { readonly transition: string }) =>
      transition.startsWith('escalated:') && transition.endsWith(`:${round}`);
    const rows = own.filter(isOfRound);
    const level = Number(rows[0]?.transition.split(':')[1] ?? 0);
    // A round of which no message came to be has no level to be read; then the rules decide.
    const wanted = listStepChannels(project, level, byRules);
    const missing = wanted.find((id) => !rows.some(({ channel_id }) => channel_id === id));
    if (missing === undefined) continue;
    // Rounds that were planned and answered in one transaction were never made.
    if (rows.length === 0 && isAnsweredAtOnce(seen, alert, round)) continue;
    return `round ${round} at level ${level} did not go to channel ${missing}`;
  }
  return null;
}

function isAnsweredAtOnce(seen: Observation, alert: AlertRow, round: number): boolean {
  const entries = seen.now.timeline.filter(
    (entry) => entry.project_id === alert.project_id && entry.alert_id === alert.alert_id,
  );
  const called = entries.find(({ detail }) => detail.includes(`send #${round + 1},`));
  return entries.some(({ kind, at }) => kind === 'STATUS_CHANGED' && at === called?.at);
}

/** The due moment as the policy says it, worked out anew from the rows. */
function findWrongDue(called: Called): string | null {
  const { alert, escalation } = called;
  if (!isOpen(alert) || escalation.due_at === null) return null;
  const expected = Math.min(...listMoments(called));
  if (escalation.due_kind === 'source_end') {
    const isRight = alert.ends_at !== null && alert.ends_at <= escalation.due_at;
    if (isRight && escalation.due_at <= expected) return null;
  } else if (escalation.due_at === expected) return null;
  const byMs = escalation.due_at - expected;
  return `its ${escalation.due_kind} is due ${byMs} ms beside what the policy says`;
}

function listMoments({ alert, escalation, project }: Called): readonly number[] {
  const { policy } = project.plan;
  const { status, created_at: createdAt, seen_at: seenAt } = alert;
  const isWaiting = status === 'PENDING' || status === 'DELIVERED';
  const moments: number[] = [];
  if (isWaiting) moments.push(createdAt + policy.expireAfterS * SECOND);
  if (status === 'SEEN') moments.push((seenAt ?? 0) + policy.seenExpireAfterS * SECOND);
  if (status === 'ACKNOWLEDGED') {
    const since = Math.max(alert.acknowledged_at ?? 0, escalation.stepped_at);
    moments.push(since + policy.ackTimeoutS * SECOND);
  }
  const { level, stepped_at: steppedAt, last_round_at: lastRoundAt } = escalation;
  const step = policy.steps[level];
  const repeatS = step === undefined ? policy.repeatEveryS : null;
  const planned = [
    ...(step === undefined ? [] : [createdAt + step.delayS * SECOND]),
    ...(repeatS === null ? [] : [steppedAt + repeatS * SECOND]),
  ].map((moment) => Math.max(moment, lastRoundAt + policy.minIntervalS * SECOND));
  if (isWaiting) moments.push(...planned);
  if (status === 'SEEN' && policy.seenHoldS !== null) {
    const heldUntil = (seenAt ?? 0) + policy.seenHoldS * SECOND;
    moments.push(...planned.map((moment) => Math.max(moment, heldUntil)));
  }
  const isResendable = status === 'PENDING' && escalation.resent_round < escalation.round;
  if (isResendable && policy.ifNotDeliveredS !== null) {
    moments.push(lastRoundAt + policy.ifNotDeliveredS * SECOND);
  }
  return moments;
}

/** After a beat that ran through, only what another living node has claimed may still be due. */
function findOverdue(seen: Observation, { escalation }: Called): string | null {
  const beatOf = seen.ledger.escalationBeatOf;
  const { due_at: dueAt, lease_node: leaseNode, quarantined_at: quarantinedAt } = escalation;
  if (beatOf === null || dueAt === null || dueAt > seen.at) return null;
  if (quarantinedAt !== null) return null;
  const isClaimedElsewhere = seen.now.nodes.some(
    (node) => node.node_id === leaseNode && leaseNode !== beatOf && node.expires_at > seen.at,
  );
  return isClaimedElsewhere ? null : `due since ${seen.at - dueAt} ms after a beat`;
}

/** 10 */
export const findSilentExpiry: Find = (seen) => {
  for (const [alert, escalation] of listWithEscalation(seen)) {
    if (alert.status !== 'EXPIRED' || escalation === undefined) continue;
    const project = findProject(seen, alert.project_id);
    const types = ['alert.expired', 'alert.escalated', 'alert.created'];
    const byRules = listChannels(project, alert.labels, types);
    const wanted = listStepChannels(project, escalation.level, byRules);
    const rows = seen.now.notifications.filter(
      (row) => nameSubject(row) === nameAlert(alert) && row.transition === 'expired',
    );
    const missing = wanted.find((id) => !rows.some(({ channel_id }) => channel_id === id));
    if (missing !== undefined) return `${alert.alert_id} expired, channel ${missing} was not told`;
  }
  return null;
};

export function nameSubject(row: {
  readonly project_id: string;
  readonly subject_id: string;
}): string {
  return nameAlert({ project_id: row.project_id, alert_id: row.subject_id });
}

/** 18: no decision is broken here, so none may be set aside. */
export const findQuarantined: Find = ({ now }) => {
  const row = now.escalations.find(({ quarantined_at }) => quarantined_at !== null);
  return row === undefined ? null : `alert ${row.alert_id} was set aside and is called no more`;
};

/** What must hold of reminders: none too early, none missing, none late. */
import { nameAlert } from './ledger.ts';
import { type AlertRow, claimableAt, type EscalationRow, type TimelineRow } from './snapshot.ts';
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

type Told = {
  /** Step of the policy, from 1; null = a round beside the steps. */
  readonly step: number | null;
  readonly level: number;
  /** The first round after the creation is 1. */
  readonly round: number;
  readonly at: number;
};

/** The first line of each round; later ones with its number tell of the same round again. */
function listRounds(seen: Observation, alert: AlertRow): readonly Told[] {
  const rounds = new Map<number, Told>();
  for (const { kind, detail, at } of listEntries(seen, alert)) {
    if (kind !== 'ESCALATED') continue;
    const [, label = '', level, sent] = /^(.*?) \| level (\d+), send #(\d+)/.exec(detail) ?? [];
    const round = Number(sent) - 1;
    const step = /^Step (\d+)$/.exec(label)?.[1];
    const told = {
      step: step === undefined ? null : Number(step),
      level: Number(level),
      round,
      at,
    };
    if (round > 0 && label !== 'alert.expired' && !rounds.has(round)) rounds.set(round, told);
  }
  return [...rounds.values()];
}

function listEntries(seen: Observation, alert: AlertRow): readonly TimelineRow[] {
  return seen.now.timeline.filter(
    (entry) => entry.project_id === alert.project_id && entry.alert_id === alert.alert_id,
  );
}

/** Each step up to the present level was fired or is recorded as skipped, once, and not early. */
function findUnaccountedStep(seen: Observation, called: Called): string | null {
  const { alert, escalation, project } = called;
  const skips = listEntries(seen, alert).filter(({ kind }) => kind === 'STEP_SKIPPED');
  const rounds = listRounds(seen, alert);
  const { steps } = project.plan.policy;
  if (escalation.level > steps.length) return `level ${escalation.level} of ${steps.length}`;
  for (let level = 1; level <= escalation.level; level += 1) {
    const line = `${labelOf(level - 1)} | level ${level} |`;
    const skipped = skips.filter(({ detail }) => detail.startsWith(line));
    const fired = rounds.filter(({ step }) => step === level);
    // The last step's name is also that of the repeats after it.
    const isRepeatable = level === steps.length && skipped.length === 1;
    const times = skipped.length + (isRepeatable ? 0 : fired.length);
    const isRepeated = level === steps.length && skipped.length === 0 && fired.length > 0;
    if (times !== 1 && !isRepeated) {
      return `step ${level}: ${fired.length} fired, ${skipped.length} skipped`;
    }
    const earliest = alert.created_at + (steps[level - 1]?.delayS ?? 0) * SECOND;
    const early = [...skipped, ...fired].find(({ at }) => at < earliest);
    if (early !== undefined) return `step ${level} came ${earliest - early.at} ms early`;
  }
  return null;
}

/** Every round has its message on every channel that it was to go to. */
function findMissingRound(seen: Observation, called: Called): string | null {
  const { alert, escalation, project } = called;
  const own = seen.now.notifications.filter((row) => nameSubject(row) === nameAlert(alert));
  const byRules = listChannels(project, alert.labels, ['alert.escalated']);
  const told = new Map(listRounds(seen, alert).map((each) => [each.round, each]));
  for (let round = 1; round <= escalation.round; round += 1) {
    const line = told.get(round);
    if (line === undefined) return `round ${round} is not on the timeline`;
    const transition = `escalated:${line.level}:${round}`;
    const rows = own.filter((row) => row.transition === transition);
    const wanted = listStepChannels(project, line.step ?? line.level, byRules);
    const missing = wanted.find((id) => !rows.some(({ channel_id }) => channel_id === id));
    // A round that was planned and answered in one transaction was never made.
    if (missing === undefined || (rows.length === 0 && isAnsweredAt(seen, alert, line.at)))
      continue;
    return `${transition} did not go to channel ${missing}`;
  }
  return null;
}

function isAnsweredAt(seen: Observation, alert: AlertRow, moment: number): boolean {
  const entries = listEntries(seen, alert);
  return entries.some(({ kind, at }) => kind === 'STATUS_CHANGED' && at === moment);
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
    const since = Math.max(alert.acknowledged_at ?? 0, escalation.timed_out_at ?? 0);
    moments.push(since + policy.ackTimeoutS * SECOND);
  }
  const { level, stepped_at: steppedAt, last_round_at: lastRoundAt } = escalation;
  const held = lastRoundAt + policy.minIntervalS * SECOND;
  if (escalation.again_label !== null) moments.push(held);
  const step = policy.steps[level];
  const repeatS = step === undefined ? policy.repeatEveryS : null;
  const planned = [
    ...(step === undefined ? [] : [createdAt + step.delayS * SECOND]),
    ...(repeatS === null ? [] : [steppedAt + repeatS * SECOND]),
  ].map((moment) => Math.max(moment, held));
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
  if (escalation.claim_count > 0 || !isLeftByBeat(seen, escalation)) return null;
  return `due since ${seen.at - (escalation.due_at ?? 0)} ms after a beat`;
}

function isLeftByBeat(seen: Observation, escalation: EscalationRow): boolean {
  const beatOf = seen.ledger.escalationBeatOf;
  const moment = claimableAt(escalation);
  if (beatOf === null || moment === null || moment > seen.at) return false;
  const { lease_node: leaseNode } = escalation;
  return !seen.now.nodes.some(
    (node) => node.node_id === leaseNode && leaseNode !== beatOf && node.expires_at > seen.at,
  );
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

/** 18 */
export const findGivenUp: Find = (seen) => {
  const row = seen.now.escalations.find(
    (escalation) => escalation.claim_count > 0 && isLeftByBeat(seen, escalation),
  );
  if (row === undefined) return null;
  return `alert ${row.alert_id}, claimed ${row.claim_count} times for nothing, is not tried again`;
};

/** What must hold of reminders: none too early, none missing, none late. */
import { type AlertRow, claimableAt, type EscalationRow } from '#test/sim/seen/snapshot.ts';
import { labelOf, type MadeProject } from '#test/sim/world.ts';
import { findMissingRound } from './called.ts';
import {
  type Find,
  findProject,
  isGivenUp,
  isOpen,
  isTouched,
  listEntries,
  listWithEscalation,
  type Observation,
} from '#test/sim/seen/observation.ts';
import { isAskedFor, listRounds } from '#test/sim/seen/rounds.ts';

const SECOND = 1_000;

/** 9 */
export const findWrongReminders: Find = (seen) => {
  for (const [alert, escalation] of listWithEscalation(seen)) {
    if (escalation === undefined) continue;
    const project = findProject(seen, alert.project_id);
    const called = { alert, escalation, project };
    const fault =
      (isTouched(seen, alert) ? findMovedWrong(seen, called) : null) ?? findOverdue(seen, called);
    if (fault !== null) return `alert ${alert.alert_id} (${alert.status}): ${fault}`;
  }
  return findMissingRound(seen);
};

function findMovedWrong(seen: Observation, called: Called): string | null {
  return findUnaccountedStep(seen, called) ?? findWrongMoment(seen, called) ?? findWrongDue(called);
}

type Called = {
  readonly alert: AlertRow;
  readonly escalation: EscalationRow;
  readonly project: MadeProject;
};

/** Each step up to the present level was fired or is recorded as skipped, once, and not early. */
function findUnaccountedStep(seen: Observation, called: Called): string | null {
  const { alert, escalation, project } = called;
  const entries = listEntries(seen.now, alert);
  const skips = entries.filter(({ kind }) => kind === 'STEP_SKIPPED');
  const rounds = listRounds(entries);
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
    // Repeats of a step that a person had brought forward count from that one.
    const early = [...skipped, ...fired.slice(0, 1)].find(
      ({ at }) => at < earliest && !isAskedFor(entries, at),
    );
    if (early !== undefined) return `step ${level} came ${earliest - early.at} ms early`;
  }
  return null;
}

/** The interval counts from the last round, whoever it was that called it. */
function findWrongMoment(seen: Observation, { alert, escalation }: Called): string | null {
  const last = listRounds(listEntries(seen.now, alert)).at(-1)?.at ?? alert.created_at;
  if (escalation.last_round_at === last) return null;
  return `its last round counts ${escalation.last_round_at - last} ms beside what is told of it`;
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
  if (isWaiting || isGivenUp(alert)) moments.push(...planned);
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

/** 18 */
export const findGivenUp: Find = (seen) => {
  const row = seen.now.escalations.find(
    (escalation) => escalation.claim_count > 0 && isLeftByBeat(seen, escalation),
  );
  if (row === undefined) return null;
  return `alert ${row.alert_id}, claimed ${row.claim_count} times for nothing, is not tried again`;
};

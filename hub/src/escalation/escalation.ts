/**
 * When people are called, and called again. Pure. Works from the snapshot of the policy that the
 * alert was raised under; an alert has one due moment at a time (`findDue`), and one decision when
 * that moment has come (`decideEscalation` with `wake`).
 */
import { type Alert, isGivenUp } from '#alert/alert.ts';
import { unreachable } from '#kernel/decision.ts';
import type { Call, CallTarget, Effect, TimelineEntry } from '#kernel/effect.ts';
import { type Instant, MS_PER_SECOND } from '#kernel/instant.ts';
import { type AlertStatus, type EventType, isOpen } from '#kernel/words/lifecycle.ts';
import type { PolicyStep } from '#kernel/calling/policy.ts';
import { TIMER } from '#kernel/principal.ts';
import { PRIORITIES, type Priority } from '#kernel/words/severity.ts';
import { type AskedCommand, decideAsked } from './asked.ts';
import { findOverdue } from './due.ts';
import {
  listRuleTypes,
  changed,
  type Escalation,
  type EscalationContext,
  type EscalationDecision,
  fireRound,
  roundType,
  stepOf,
  type Waking,
  withDue,
} from './round.ts';

export type EscalationCommand =
  /** The alert was raised: round 0 goes out. */
  | { readonly kind: 'start'; readonly snapshotId: string }
  /** The source reported again: see when something is due next. */
  | { readonly kind: 'replan' }
  /** The alert has a new status: an answer ends the calling, and those who ask are told. */
  | { readonly kind: 'alert_moved'; readonly to: AlertStatus }
  /** Someone had taken it, and it happened again: one more round, now. */
  | { readonly kind: 'call_again'; readonly label: string }
  | AskedCommand
  /** The due moment has come. */
  | { readonly kind: 'wake' };

/** Round 0: everybody the rules name, at once. */
export function startEscalation(
  snapshotId: string,
  context: EscalationContext,
  now: Instant,
): EscalationDecision {
  const { alert } = context;
  const fresh: Escalation = {
    projectId: alert.projectId,
    alertId: alert.alertId,
    snapshotId,
    level: 0,
    firedLevel: 0,
    round: 0,
    roundCount: 1,
    calledCount: 0,
    resentRound: -1,
    calledResponders: [],
    declinedBy: [],
    againLabel: null,
    timedOutAt: null,
    steppedAt: now,
    lastRoundAt: now,
    dueAt: null,
    dueKind: null,
  };
  const call: Call = {
    purpose: 'call',
    eventType: 'alert.created',
    ruleEventTypes: listRuleTypes(['alert.created'], alert),
    transition: 'created',
    round: 0,
    level: 0,
    label: null,
    priority: alert.priority,
    targets: [{ type: 'rules' }],
    isFallback: false,
  };
  return changed(withDue(fresh, context), [], [{ kind: 'call', call }]);
}

export function decideEscalation(
  escalation: Escalation,
  command: Exclude<EscalationCommand, { kind: 'start' }>,
  how: EscalationContext & { readonly now: Instant },
): EscalationDecision {
  switch (command.kind) {
    case 'replan':
      return changed(withDue(escalation, how), [], []);
    case 'alert_moved':
      return followAlert(escalation, command.to, how);
    case 'call_again':
      return callAgain({ ...escalation, againLabel: command.label }, how);
    case 'escalate_now':
    case 'round_recorded':
    case 'round_lost':
      return decideAsked(escalation, command, how);
    case 'wake':
      return wake(escalation, how);
    default:
      return unreachable(command, 'escalation command');
  }
}

const NOTICES: Readonly<Record<AlertStatus, EventType | null>> = {
  PENDING: null,
  DELIVERED: null,
  SEEN: 'alert.seen',
  ACKNOWLEDGED: 'alert.acknowledged',
  RESOLVED: 'alert.resolved',
  EXPIRED: 'alert.expired',
};

/** Calls that were not answered yet are cancelled before anybody is told of the answer. */
function followAlert(escalation: Escalation, to: AlertStatus, how: Waking): EscalationDecision {
  const effects: Effect[] = [];
  const isAnswered = to === 'ACKNOWLEDGED' || !isOpen(to);
  if (isAnswered) effects.push({ kind: 'cancel_calls' });
  const eventType = NOTICES[to];
  if (eventType !== null) {
    effects.push({ kind: 'call', call: tellOf(eventType, escalation, how) });
  }
  // Whoever has it now knows of what had happened again until then: no round is owed for that.
  const againLabel = isAnswered ? null : escalation.againLabel;
  // Somebody knows of it: it is none any more that reaches nobody.
  const isKnown = to === 'SEEN' || to === 'ACKNOWLEDGED';
  const calledCount = isKnown ? Math.max(1, escalation.calledCount) : escalation.calledCount;
  return changed(withDue({ ...escalation, againLabel, calledCount }, how), [], effects);
}

/** An alert that expires is never silent: it goes to whom the policy would call last. */
function tellOf(eventType: EventType, escalation: Escalation, how: Waking): Call {
  const isExpiry = eventType === 'alert.expired';
  const lastStep = how.policy.steps.at(-1);
  return {
    purpose: isExpiry ? 'call' : 'notice',
    eventType,
    ruleEventTypes: isExpiry
      ? listRuleTypes([eventType, 'alert.escalated', 'alert.created'], how.alert)
      : [eventType],
    transition: nameNotice(eventType, escalation),
    round: escalation.round,
    level: escalation.level,
    label: null,
    priority: isExpiry ? moreUrgent(how.alert.priority, lastStep?.priority) : 'normal',
    targets: isExpiry
      ? (lastStep?.targets ?? [{ type: 'rules' }])
      : [{ type: 'rules' }, ...whoWasCalled(eventType, escalation)],
    isFallback: false,
  };
}

/** Once for each who took it: an alert that was given up is acknowledged again. */
function nameNotice(eventType: EventType, { declinedBy }: Escalation): string {
  const name = eventType.slice('alert.'.length);
  const isAgain = eventType === 'alert.acknowledged' && declinedBy.length > 0;
  return isAgain ? `${name}:${declinedBy.length}` : name;
}

function moreUrgent(one: Priority, other: Priority | undefined): Priority {
  if (other === undefined) return one;
  return PRIORITIES.indexOf(other) > PRIORITIES.indexOf(one) ? other : one;
}

/** Whoever was called by name hears that somebody has it, or that it is over. */
function whoWasCalled(eventType: EventType, escalation: Escalation): readonly CallTarget[] {
  if (eventType === 'alert.seen') return [];
  return escalation.calledResponders.map((responderId) => ({ type: 'responder', responderId }));
}

function wake(escalation: Escalation, how: Waking): EscalationDecision {
  const kind = findOverdue(escalation, how, how.now);
  if (kind === null) return changed(withDue(escalation, how), [], []);
  const by = TIMER;
  switch (kind) {
    case 'source_end': {
      const detail = 'the source has not reported it again in time';
      return changed(escalation, [], [command({ kind: 'end', by, detail })]);
    }
    case 'expire':
    case 'seen_expire': {
      const detail = kind === 'expire' ? 'nobody answered' : 'seen, but nobody answered';
      return changed(escalation, [], [command({ kind: 'expire', by, detail })]);
    }
    case 'ack_timeout':
      return timeOutAcknowledgement(escalation, how);
    case 'step':
      return fireStep(escalation, how);
    case 'again':
      return callAgain(escalation, how);
    case 'repeat':
      return repeatLastStep(escalation, how);
    case 'undelivered':
      return resendRound(escalation, how);
    default:
      return unreachable(kind, 'due kind');
  }
}

function command(alertCommand: Extract<Effect, { kind: 'alert_command' }>['command']): Effect {
  return { kind: 'alert_command', command: alertCommand };
}

function timeOutAcknowledgement(escalation: Escalation, how: Waking): EscalationDecision {
  const action = how.policy.ackTimeoutAction;
  const detail = 'acknowledged, but not resolved in time';
  const timedOut: Escalation = { ...escalation, timedOutAt: how.now };
  return changed(timedOut, [], [command({ kind: 'time_out', by: TIMER, detail, action })]);
}

/** The owed round, unless the last one is too fresh: then it is due when the interval is over. */
function callAgain(escalation: Escalation, how: Waking): EscalationDecision {
  const { againLabel: label, lastRoundAt, firedLevel: level } = escalation;
  const isHeld = lastRoundAt + how.policy.minIntervalS * MS_PER_SECOND > how.now;
  if (label === null || isHeld || !isOpen(how.alert.status)) {
    return changed(withDue(escalation, how), [], []);
  }
  return fireRound(escalation, how, { label, level });
}

/** The last step over and over, as long as its condition holds. */
function repeatLastStep(escalation: Escalation, how: Waking): EscalationDecision {
  const step = how.policy.steps.at(-1);
  if (step === undefined || !isConditionMet(step, how.alert)) {
    return changed(withDue({ ...escalation, steppedAt: how.now }, how), [], []);
  }
  const level = how.policy.steps.length;
  return fireRound(escalation, how, { label: step.label, level, step });
}

/** The highest step that is due fires; the ones before it are recorded as skipped. */
function fireStep(escalation: Escalation, how: Waking): EscalationDecision {
  const { alert, policy, now } = how;
  const dueCount = policy.steps.filter(
    (step) => alert.createdAt + step.delayS * MS_PER_SECOND <= now,
  ).length;
  const candidates = policy.steps.slice(escalation.level, dueCount);
  const chosen = candidates.findLastIndex((step) => isConditionMet(step, alert));
  const events: TimelineEntry[] = [];
  for (const [index, step] of candidates.entries()) {
    if (index === chosen) continue;
    const why = isConditionMet(step, alert)
      ? 'a later step was due too'
      : `only if ${step.condition}`;
    const detail = `${step.label} | level ${escalation.level + index + 1} | ${why}`;
    events.push({ at: now, kind: 'STEP_SKIPPED', detail, by: TIMER });
  }
  const stepped: Escalation = {
    ...escalation,
    level: escalation.level + candidates.length,
    steppedAt: now,
  };
  const step = candidates[chosen];
  if (step === undefined) return changed(withDue(stepped, how), events, []);
  const level = escalation.level + chosen + 1;
  const fired = fireRound(stepped, how, { label: step.label, level, step });
  return fired.kind === 'refused' ? fired : { ...fired, events: [...events, ...fired.events] };
}

function isConditionMet(step: PolicyStep, alert: Alert): boolean {
  switch (step.condition) {
    case 'not_acknowledged':
      return alert.acknowledgedAt === null || isGivenUp(alert);
    case 'not_seen':
      return alert.seenAt === null && alert.acknowledgedAt === null;
    case 'not_delivered':
      return alert.status === 'PENDING';
    default:
      return unreachable(step.condition, 'condition');
  }
}

/**
 * The same round once more, because no device confirmed anything of it in time: by the ways that
 * stand in for those it went, and by the same where nothing does.
 */
function resendRound(escalation: Escalation, how: Waking): EscalationDecision {
  const { round, firedLevel: level } = escalation;
  const step = stepOf(level, how.policy);
  const eventType = roundType(round);
  const call: Call = {
    purpose: 'call',
    eventType,
    ruleEventTypes: listRuleTypes([eventType], how.alert),
    transition: `undelivered:${level}:${round}`,
    round,
    level,
    label: 'Not delivered',
    priority: step?.priority ?? how.alert.priority,
    targets: step?.targets ?? [{ type: 'rules' }],
    isFallback: true,
  };
  const next: Escalation = { ...escalation, resentRound: round };
  return changed(withDue(next, how), [], [{ kind: 'call', call }]);
}

/**
 * When people are called, and called again. Pure. Works from the snapshot of the policy that the
 * alert was raised under; an alert has one due moment at a time (`planDue`), and one decision when
 * that moment has come (`decideEscalation` with `wake`).
 */
import type { Alert } from '#alert/alert.ts';
import { type Decision, unreachable } from '#kernel/decision.ts';
import type {
  Call,
  CalledOutside,
  CallTarget,
  Effect,
  TimelineEntry,
  Whom,
} from '#kernel/effect.ts';
import type { AlertId, ProjectId, ResponderId } from '#kernel/id.ts';
import { type Instant, MS_PER_SECOND } from '#kernel/instant.ts';
import { type AlertStatus, type EventType, isOpen } from '#kernel/words/lifecycle.ts';
import type { Policy, PolicyStep } from '#kernel/calling/policy.ts';
import { type Principal, TIMER } from '#kernel/principal.ts';
import { PRIORITIES, type Priority } from '#kernel/words/severity.ts';
import { type DueKind, type DueSettings, findDue, findOverdue } from './due.ts';

export type Escalation = {
  readonly projectId: ProjectId;
  readonly alertId: AlertId;
  readonly snapshotId: string;
  /** Steps fired or skipped; index of the next one. */
  readonly level: number;
  /** The last step that fired, counted from 1; 0 = none. Skipped ones do not count here. */
  readonly firedLevel: number;
  /** Number of the last round; 0 is the one at creation. */
  readonly round: number;
  /** Rounds handed over to delivery, round 0 included. */
  readonly roundCount: number;
  /** Messages that the last round came to. 0 = nobody is called. */
  readonly calledCount: number;
  /** The last round that was sent again because nothing of it was delivered; -1 = none. */
  readonly resentRound: number;
  /** Who has been called so far, so that the next one is somebody else. */
  readonly calledResponders: readonly ResponderId[];
  /** Messages that were answered with "I cannot come"; each calls the next one once. */
  readonly declinedBy: readonly string[];
  /** Someone has it, and it happened again: one more round is owed, under this label. */
  readonly againLabel: string | null;
  /** When an acknowledgement last ran out without the alert being over. */
  readonly timedOutAt: Instant | null;
  /** Last step or repeat; the creation before the first. Repeats count from here. */
  readonly steppedAt: Instant;
  readonly lastRoundAt: Instant;
  readonly dueAt: Instant | null;
  readonly dueKind: DueKind | null;
};

export type EscalationCommand =
  /** The alert was raised: round 0 goes out. */
  | { readonly kind: 'start'; readonly snapshotId: string }
  /** The source reported again: see when something is due next. */
  | { readonly kind: 'replan' }
  /** The alert has a new status: an answer ends the calling, and those who ask are told. */
  | { readonly kind: 'alert_moved'; readonly to: AlertStatus }
  /** Someone had taken it, and it happened again: one more round, now. */
  | { readonly kind: 'call_again'; readonly label: string }
  /** A person wants more people, now: no interval holds it, no condition stops it. */
  | { readonly kind: 'escalate_now'; readonly whom: Whom; readonly declineKey: string | null }
  /** People were called by other means: counts as a round. */
  | {
      readonly kind: 'round_recorded';
      readonly by: Principal;
      readonly detail: string | null;
      readonly called: CalledOutside;
    }
  /** None of that round's messages can arrive any more. */
  | { readonly kind: 'round_lost'; readonly round: number }
  /** The due moment has come. */
  | { readonly kind: 'wake' };

export type EscalationDecision = Decision<Escalation, TimelineEntry, Effect, never>;

export type EscalationContext = {
  readonly alert: Alert;
  readonly policy: Policy;
  readonly settings: DueSettings;
  /** Those who can be called next, in their order. */
  readonly responders: readonly ResponderId[];
};

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
    ruleEventTypes: ['alert.created'],
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
      return escalateNow(escalation, command, how);
    case 'round_recorded':
      return recordRound(escalation, command, how);
    case 'round_lost':
      return loseRound(escalation, command.round, how);
    case 'wake':
      return wake(escalation, how);
    default:
      return unreachable(command, 'escalation command');
  }
}

function changed(
  state: Escalation,
  events: readonly TimelineEntry[],
  effects: readonly Effect[],
): EscalationDecision {
  return { kind: 'changed', state, events, effects };
}

function withDue(escalation: Escalation, context: EscalationContext): Escalation {
  const due = findDue(escalation, context);
  return { ...escalation, dueAt: due?.at ?? null, dueKind: due?.kind ?? null };
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
  if (to === 'ACKNOWLEDGED' || !isOpen(to)) effects.push({ kind: 'cancel_calls' });
  const eventType = NOTICES[to];
  if (eventType !== null) {
    effects.push({ kind: 'call', call: tellOf(eventType, escalation, how) });
  }
  return changed(withDue(escalation, how), [], effects);
}

/** An alert that expires is never silent: it goes to whom the policy would call last. */
function tellOf(eventType: EventType, escalation: Escalation, how: Waking): Call {
  const isExpiry = eventType === 'alert.expired';
  const lastStep = how.policy.steps.at(-1);
  return {
    purpose: isExpiry ? 'call' : 'notice',
    eventType,
    ruleEventTypes: isExpiry ? [eventType, 'alert.escalated', 'alert.created'] : [eventType],
    transition: eventType.slice('alert.'.length),
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

function moreUrgent(one: Priority, other: Priority | undefined): Priority {
  if (other === undefined) return one;
  return PRIORITIES.indexOf(other) > PRIORITIES.indexOf(one) ? other : one;
}

/** Whoever was called by name hears that somebody has it, or that it is over. */
function whoWasCalled(eventType: EventType, escalation: Escalation): readonly CallTarget[] {
  if (eventType === 'alert.seen') return [];
  return escalation.calledResponders.map((responderId) => ({ type: 'responder', responderId }));
}

type Waking = EscalationContext & { readonly now: Instant };

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
      return alert.acknowledgedAt === null;
    case 'not_seen':
      return alert.seenAt === null && alert.acknowledgedAt === null;
    case 'not_delivered':
      return alert.status === 'PENDING';
    default:
      return unreachable(step.condition, 'condition');
  }
}

type Round = {
  readonly label: string;
  readonly level: number;
  readonly step?: PolicyStep;
  /** Instead of those of the step. */
  readonly targets?: readonly CallTarget[];
  readonly priority?: Priority;
};

function fireRound(escalation: Escalation, how: Waking, round: Round): EscalationDecision {
  const number = escalation.round + 1;
  const step = round.step ?? stepOf(round.level, how.policy);
  const call: Call = {
    purpose: 'call',
    eventType: 'alert.escalated',
    ruleEventTypes: ['alert.escalated'],
    transition: `escalated:${round.level}:${number}`,
    round: number,
    level: round.level,
    label: round.label,
    priority: round.priority ?? step?.priority ?? how.alert.priority,
    targets: round.targets ?? step?.targets ?? [{ type: 'rules' }],
    isFallback: false,
  };
  const next: Escalation = {
    ...escalation,
    firedLevel: round.level,
    againLabel: null,
    round: number,
    roundCount: escalation.roundCount + 1,
    steppedAt: how.now,
    lastRoundAt: how.now,
  };
  return changed(withDue(next, how), [], [{ kind: 'call', call }]);
}

/** The step of this level; none at level 0. */
function stepOf(level: number, policy: Policy): PolicyStep | undefined {
  return level === 0 ? undefined : policy.steps[level - 1];
}

/**
 * The same round once more, because no device confirmed anything of it in time: by the ways that
 * stand in for those it went, and by the same where nothing does.
 */
function resendRound(escalation: Escalation, how: Waking): EscalationDecision {
  const { round, firedLevel: level } = escalation;
  const step = stepOf(level, how.policy);
  const eventType = round === 0 ? 'alert.created' : 'alert.escalated';
  const call: Call = {
    purpose: 'call',
    eventType,
    ruleEventTypes: [eventType],
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

/** Whoever asked twice has been heard: only the first time calls somebody. */
function escalateNow(
  escalation: Escalation,
  command: Extract<EscalationCommand, { kind: 'escalate_now' }>,
  how: Waking,
): EscalationDecision {
  const { whom, declineKey } = command;
  const { declinedBy } = escalation;
  if (declineKey !== null && declinedBy.includes(declineKey)) return changed(escalation, [], []);
  const heard =
    declineKey === null ? escalation : { ...escalation, declinedBy: [...declinedBy, declineKey] };
  return whom === 'responder' ? callNextResponder(heard, how) : fireNextStep(heard, how);
}

/** The first responder who has not been called; when all have, whoever the next step names. */
function callNextResponder(escalation: Escalation, how: Waking): EscalationDecision {
  const { calledResponders, firedLevel: level } = escalation;
  const next = how.responders.find((id) => !calledResponders.includes(id));
  if (next === undefined) return fireNextStep(escalation, how);
  const priority = stepOf(level, how.policy)?.priority ?? how.alert.priority;
  return fireRound(escalation, how, {
    label: 'Next responder',
    level,
    priority: priority === 'normal' ? 'high' : priority,
    targets: [{ type: 'responder', responderId: next }],
  });
}

/** Before its time, and whatever its condition: a person asked. After the last, that one again. */
function fireNextStep(escalation: Escalation, how: Waking): EscalationDecision {
  const { steps } = how.policy;
  const level = Math.min(escalation.level + 1, steps.length);
  const step = steps[level - 1];
  const stepped = { ...escalation, level: Math.max(level, escalation.level) };
  const label = step?.label ?? 'Again';
  return fireRound(stepped, how, { label, level, ...(step === undefined ? {} : { step }) });
}

/** Counts like a round of ours, for the interval and on the timeline; we send nothing. */
function recordRound(
  escalation: Escalation,
  command: Extract<EscalationCommand, { kind: 'round_recorded' }>,
  how: Waking,
): EscalationDecision {
  const { by, detail, called } = command;
  const next: Escalation = {
    ...escalation,
    round: escalation.round + 1,
    roundCount: escalation.roundCount + 1,
    lastRoundAt: how.now,
    // It is not ours to send again when nothing is delivered.
    resentRound: escalation.round + 1,
  };
  const parts = [
    `level ${next.firedLevel}, send #${next.roundCount}`,
    ...[called.label, called.priority].filter((part) => part !== null),
    `called by other means${called.recipient === null ? '' : `: ${called.recipient}`}`,
    ...(detail === null ? [] : [detail]),
  ];
  const entry: TimelineEntry = {
    at: how.now,
    kind: 'NOTIFICATION_RESENT',
    detail: parts.join(' | '),
    by,
  };
  return changed(withDue(next, how), [entry], []);
}

/** Nobody will get the last round: those who look after the project are told instead. */
function loseRound(escalation: Escalation, round: number, how: Waking): EscalationDecision {
  const isLast = round === escalation.round && escalation.calledCount > 0;
  if (!isLast) return changed(escalation, [], []);
  const { firedLevel: level } = escalation;
  const call: Call = {
    purpose: 'call',
    eventType: round === 0 ? 'alert.created' : 'alert.escalated',
    ruleEventTypes: [],
    transition: `lost:${level}:${round}`,
    round,
    level,
    label: NOBODY_LABEL,
    priority: stepOf(level, how.policy)?.priority ?? how.alert.priority,
    targets: [{ type: 'administrators' }],
    isFallback: false,
  };
  return changed({ ...escalation, calledCount: 0 }, [], [{ kind: 'call', call }]);
}

/** Of a call that reaches nobody else than those who look after the project. */
export const NOBODY_LABEL = 'Nobody is called';

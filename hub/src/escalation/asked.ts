/**
 * Rounds that do not wait for their time: a person wants more people, or cannot come, or has called
 * somebody by other means; or a round turns out to have reached nobody. Pure.
 */
import { type Alert, isGivenUp } from '#alert/alert.ts';
import { unreachable } from '#kernel/decision.ts';
import type { Call, CalledOutside, TimelineEntry, Whom } from '#kernel/effect.ts';
import type { Principal } from '#kernel/principal.ts';
import { isOpen } from '#kernel/words/lifecycle.ts';
import {
  changed,
  type Escalation,
  type EscalationDecision,
  fireRound,
  NOBODY_LABEL,
  roundType,
  stepOf,
  type Waking,
  withDue,
} from './round.ts';

export type AskedCommand =
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
  | { readonly kind: 'round_lost'; readonly round: number; readonly isExpiry: boolean };

export function decideAsked(
  escalation: Escalation,
  command: AskedCommand,
  how: Waking,
): EscalationDecision {
  switch (command.kind) {
    case 'escalate_now':
      return escalateNow(escalation, command, how);
    case 'round_recorded':
      return recordRound(escalation, command, how);
    case 'round_lost':
      return loseRound(escalation, command, how);
    default:
      return unreachable(command, 'asked command');
  }
}

/** Whoever asked twice has been heard: only the first time calls somebody. */
function escalateNow(
  escalation: Escalation,
  command: Extract<AskedCommand, { kind: 'escalate_now' }>,
  how: Waking,
): EscalationDecision {
  const { whom, declineKey } = command;
  const { declinedBy } = escalation;
  // Given up a second time after it was taken again: the reminders go on at least.
  const isKnown = declineKey !== null && declinedBy.includes(declineKey);
  if (isKnown) return changed(withDue(escalation, how), [], []);
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
  command: Extract<AskedCommand, { kind: 'round_recorded' }>,
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
function loseRound(
  escalation: Escalation,
  { round, isExpiry }: { readonly round: number; readonly isExpiry: boolean },
  how: Waking,
): EscalationDecision {
  const isLast = round === escalation.round && escalation.calledCount > 0;
  const isMissed = isExpiry ? isExpiredStill(how.alert) : !isHeld(escalation, how.alert);
  if (!isLast || !isMissed) return changed(escalation, [], []);
  const { firedLevel: level } = escalation;
  const call: Call = {
    purpose: 'call',
    eventType: isExpiry ? 'alert.expired' : roundType(round),
    ruleEventTypes: [],
    transition: isExpiry ? 'lost:expired' : `lost:${level}:${round}`,
    round,
    level,
    label: NOBODY_LABEL,
    priority: stepOf(level, how.policy)?.priority ?? how.alert.priority,
    targets: [{ type: 'administrators' }],
    isFallback: false,
  };
  return changed({ ...escalation, calledCount: 0 }, [], [{ kind: 'call', call }]);
}

function isExpiredStill({ status, closedAt }: Alert): boolean {
  return status === 'EXPIRED' && closedAt === null;
}

/** It is over, or somebody has it who took it after the round went out. */
function isHeld(escalation: Escalation, alert: Alert): boolean {
  if (!isOpen(alert.status)) return true;
  const takenAt = isGivenUp(alert) ? null : alert.acknowledgedAt;
  return takenAt !== null && takenAt > escalation.lastRoundAt;
}

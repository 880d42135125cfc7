/**
 * One round of calling: what an escalation is, and how a round is fired from it. Pure; the parts
 * that both the policy's time and a person's wish are made of.
 */
import type { Alert } from '#alert/alert.ts';
import type { Decision } from '#kernel/decision.ts';
import type { Call, CallTarget, Effect, TimelineEntry } from '#kernel/effect.ts';
import type { AlertId, ProjectId, ResponderId } from '#kernel/id.ts';
import type { Instant } from '#kernel/instant.ts';
import { type EventType, findAlarmType } from '#kernel/words/lifecycle.ts';
import type { Policy, PolicyStep } from '#kernel/calling/policy.ts';
import type { Priority } from '#kernel/words/severity.ts';
import { type DueKind, type DueSettings, findDue } from './due.ts';

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
  /** Messages that the last round came to, 1 at least once somebody has seen it. 0 = nobody. */
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

export type EscalationDecision = Decision<Escalation, TimelineEntry, Effect, never>;

export type EscalationContext = {
  readonly alert: Alert;
  readonly policy: Policy;
  readonly settings: DueSettings;
  /** Those who can be called next, in their order. */
  readonly responders: readonly ResponderId[];
};

export type Waking = EscalationContext & { readonly now: Instant };

export function changed(
  state: Escalation,
  events: readonly TimelineEntry[],
  effects: readonly Effect[],
): EscalationDecision {
  return { kind: 'changed', state, events, effects };
}

/**
 * Whether people see the same in both. When the source's report ends does not count while nothing
 * else is due before: it moves with every repetition of the report, and calls nobody.
 */
export function isShownAlike(one: Escalation, other: Escalation): boolean {
  const isEndAlone = one.dueKind === 'source_end' && other.dueKind === 'source_end';
  return (
    (isEndAlone || one.dueAt === other.dueAt) &&
    one.level === other.level &&
    one.firedLevel === other.firedLevel &&
    one.round === other.round &&
    one.roundCount === other.roundCount &&
    one.resentRound === other.resentRound &&
    one.calledCount === other.calledCount &&
    one.againLabel === other.againLabel &&
    one.timedOutAt === other.timedOutAt &&
    one.steppedAt === other.steppedAt &&
    one.lastRoundAt === other.lastRoundAt
  );
}

export function withDue(escalation: Escalation, context: EscalationContext): Escalation {
  const due = findDue(escalation, context);
  return { ...escalation, dueAt: due?.at ?? null, dueKind: due?.kind ?? null };
}

export type Round = {
  readonly label: string;
  readonly level: number;
  readonly step?: PolicyStep;
  /** Instead of those of the step. */
  readonly targets?: readonly CallTarget[];
  readonly priority?: Priority;
};

export function fireRound(escalation: Escalation, how: Waking, round: Round): EscalationDecision {
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
    // A round for one person is not the one that is owed to all.
    againLabel: round.targets === undefined ? null : escalation.againLabel,
    round: number,
    roundCount: escalation.roundCount + 1,
    steppedAt: how.now,
    lastRoundAt: how.now,
  };
  return changed(withDue(next, how), [], [{ kind: 'call', call }]);
}

/** The step of this level; none at level 0. */
export function stepOf(level: number, policy: Policy): PolicyStep | undefined {
  return level === 0 ? undefined : policy.steps[level - 1];
}

export function roundType(round: number): EventType {
  return round === 0 ? 'alert.created' : 'alert.escalated';
}

/** Rules that ask for silent devices need not ask for every new alert to hear of one. */
export function listRuleTypes(
  eventTypes: readonly EventType[],
  alert: Alert,
): readonly EventType[] {
  const alarmType = findAlarmType(alert.labels['alertname']);
  const isNew = eventTypes.includes('alert.created');
  return alarmType === null || !isNew ? eventTypes : [...eventTypes, alarmType];
}

/** Of a call that reaches nobody else than those who look after the project. */
export const NOBODY_LABEL = 'Nobody is called';

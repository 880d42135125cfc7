/**
 * One alert and its calling, moved through time by hand: the pure decisions of both stages, wired
 * as the hub wires them, without rules, channels or a database.
 */
import { type Alert, decideAlert } from '#alert/alert.ts';
import type { DueSettings } from '#escalation/due.ts';
import { decideEscalation, startEscalation } from '#escalation/escalation.ts';
import type { Escalation, EscalationDecision } from '#escalation/round.ts';
import { assert, unreachable } from '#kernel/decision.ts';
import type { AlertCommand, Call, Effect, TimelineEntry } from '#kernel/effect.ts';
import type { ResponderId } from '#kernel/id.ts';
import { type Instant, instant, MS_PER_SECOND } from '#kernel/instant.ts';
import type { Policy, PolicyStep } from '#kernel/calling/policy.ts';

export type CallMade = Call & { readonly at: Instant };

export type Calling = {
  alert: Alert;
  escalation: Escalation;
  now: Instant;
  settings: DueSettings;
  /** Who can be called next. */
  responders: readonly ResponderId[];
  readonly policy: Policy;
  readonly calls: CallMade[];
  readonly timeline: TimelineEntry[];
  /** How often pending calls were cancelled. */
  cancelCount: number;
};

export function createStep(delayS: number, more: Partial<PolicyStep> = {}): PolicyStep {
  return {
    delayS,
    label: `after ${delayS} s`,
    priority: 'high',
    condition: 'not_acknowledged',
    targets: [{ type: 'rules' }],
    ...more,
  };
}

export function createPolicy(more: Partial<Policy> = {}): Policy {
  return {
    steps: [createStep(120), createStep(300)],
    repeatEveryS: 600,
    minIntervalS: 0,
    seenHoldS: null,
    ifNotDeliveredS: null,
    expireAfterS: 7_200,
    seenExpireAfterS: 14_400,
    ackTimeoutS: 7_200,
    ackTimeoutAction: 'resolve',
    ...more,
  };
}

/** The alert has just been raised, and its round 0 is out. */
export function startCalling(alert: Alert, policy: Policy): Calling {
  const now = alert.createdAt;
  const settings = { listeningSince: now };
  const decision = startEscalation('snapshot', { alert, policy, settings, responders: [] }, now);
  assert(decision.kind !== 'refused', 'an escalation refuses nothing');
  const calling: Calling = {
    alert,
    escalation: decision.state,
    now,
    settings,
    responders: [],
    policy,
    calls: [],
    timeline: [],
    cancelCount: 0,
  };
  settle(calling, take(calling, decision));
  return calling;
}

/** False when the alert refuses it. */
export function command(calling: Calling, alertCommand: AlertCommand): boolean {
  const decision = decideAlert(calling.alert, alertCommand, calling.now);
  if (decision.kind === 'refused') return false;
  calling.alert = decision.state;
  calling.timeline.push(...decision.events);
  settle(calling, decision.effects);
  return true;
}

export function wake(calling: Calling): void {
  const { alert, policy, settings, responders, now } = calling;
  const how = { alert, policy, settings, responders, now };
  settle(calling, take(calling, decideEscalation(calling.escalation, { kind: 'wake' }, how)));
}

/** Seconds since the creation. */
export function ageS(calling: Calling, at: Instant = calling.now): number {
  return (at - calling.alert.createdAt) / MS_PER_SECOND;
}

export function moveTo(calling: Calling, seconds: number): void {
  calling.now = instant(calling.alert.createdAt + seconds * MS_PER_SECOND);
}

/** Wakes it at each due moment up to and including that age, as a hub does that was never away. */
export function advanceTo(calling: Calling, seconds: number): void {
  const end = calling.alert.createdAt + seconds * MS_PER_SECOND;
  for (let beat = 0; ; beat += 1) {
    const { dueAt } = calling.escalation;
    if (dueAt === null || dueAt > end) break;
    assert(beat < 10_000, 'a due moment comes to an end');
    calling.now = instant(Math.max(calling.now, dueAt));
    wake(calling);
  }
  moveTo(calling, seconds);
}

/** One line each: `120 Reminder 1 high`, the seconds first; round 0 is `0 created critical`. */
export function listCalls(calling: Calling): readonly string[] {
  return calling.calls
    .filter((call) => call.purpose === 'call')
    .map((call) => `${ageS(calling, call.at)} ${call.label ?? call.transition} ${call.priority}`);
}

/** The steps that were passed over, and why. */
export function listSkipped(calling: Calling): readonly string[] {
  return calling.timeline.flatMap(({ kind, detail }) => (kind === 'STEP_SKIPPED' ? [detail] : []));
}

function take(calling: Calling, decision: EscalationDecision): readonly Effect[] {
  assert(decision.kind !== 'refused', 'an escalation refuses nothing');
  calling.escalation = decision.state;
  calling.timeline.push(...decision.events);
  return decision.effects;
}

function settle(calling: Calling, effects: readonly Effect[]): void {
  for (const effect of effects) route(calling, effect);
}

function route(calling: Calling, effect: Effect): void {
  const { alert, policy, settings, responders, now, escalation } = calling;
  const how = { alert, policy, settings, responders, now };
  switch (effect.kind) {
    case 'alert_raised':
      return;
    case 'alert_moved':
    case 'call_again':
    case 'escalate_now':
    case 'round_recorded':
    case 'round_lost':
    case 'alert_refreshed': {
      const next = effect.kind === 'alert_refreshed' ? { kind: 'replan' as const } : effect;
      settle(calling, take(calling, decideEscalation(escalation, next, how)));
      return;
    }
    case 'alert_command':
      command(calling, effect.command);
      return;
    case 'call':
      calling.calls.push({ ...effect.call, at: now });
      calling.escalation = noteCalled(calling.escalation, effect.call);
      return;
    case 'cancel_calls':
      calling.cancelCount += 1;
      return;
    case 'timeline':
      calling.timeline.push(effect.entry);
      return;
    default:
      return unreachable(effect, 'effect');
  }
}

/** As the hub counts who was called: everybody whom the targets name. */
function noteCalled(escalation: Escalation, call: Call): Escalation {
  if (call.purpose !== 'call') return escalation;
  const named = call.targets.flatMap((target) =>
    target.type === 'responder' ? [target.responderId] : [],
  );
  const calledResponders = [...new Set([...escalation.calledResponders, ...named])];
  const isTelling = call.targets.every((target) => target.type === 'administrators');
  return { ...escalation, calledResponders, calledCount: isTelling ? escalation.calledCount : 1 };
}

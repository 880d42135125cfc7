/**
 * The one place where effects find their stage. A decision's effects are folded to a fixpoint in
 * memory, bounded, and leave behind what has to be saved: alert, escalation, timeline,
 * notifications, cancellations. Pure but for the ids it is given.
 */
import {
  type Alert,
  type AlertDecision,
  type AlertRefusal,
  decideAlert,
  type NewAlert,
  raiseAlert,
} from '#alert/alert.ts';
import type { Notification } from '#delivery/notification.ts';
import { planNotifications } from '#delivery/notification.ts';
import type { DueSettings } from '#escalation/due.ts';
import {
  decideEscalation,
  type Escalation,
  type EscalationCommand,
  startEscalation,
} from '#escalation/escalation.ts';
import { assert, unreachable } from '#kernel/decision.ts';
import type { AlertCommand, Call, Effect, TimelineEntry } from '#kernel/effect.ts';
import { notificationId } from '#kernel/id.ts';
import type { Instant } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { Policy } from '#kernel/policy.ts';
import type { Ids } from '#kernel/ports.ts';
import { TIMER } from '#kernel/principal.ts';
import { renderAlert } from './alert-view.ts';
import type { ProjectConfig } from './project-config.ts';

/** One alert on its way through a transaction. */
export type AlertWork = {
  alert: Alert;
  escalation: Escalation | null;
  readonly policy: Policy;
  readonly snapshotId: string;
  readonly config: ProjectConfig;
  readonly timeline: TimelineEntry[];
  readonly notifications: Notification[];
  isAlertNew: boolean;
  isAlertChanged: boolean;
  isEscalationNew: boolean;
  isEscalationChanged: boolean;
  isCancellingCalls: boolean;
};

export type DispatchContext = {
  readonly ids: Ids;
  readonly now: Instant;
  readonly settings: DueSettings;
};

export type CommandResult =
  | { readonly kind: 'changed' | 'recorded' }
  | { readonly kind: 'refused'; readonly refusal: AlertRefusal };

export type WorkBasis = Pick<
  AlertWork,
  'alert' | 'escalation' | 'policy' | 'snapshotId' | 'config'
>;

export function createWork(basis: WorkBasis): AlertWork {
  return {
    ...basis,
    timeline: [],
    notifications: [],
    isAlertNew: false,
    isAlertChanged: false,
    isEscalationNew: false,
    isEscalationChanged: false,
    isCancellingCalls: false,
  };
}

/** A new alert: raised, its calling started, its first round planned. */
export function raise(
  fresh: NewAlert,
  how: Pick<AlertWork, 'policy' | 'snapshotId' | 'config'>,
  context: DispatchContext,
): AlertWork {
  const decision = raiseAlert(fresh, context.now);
  assert(decision.kind !== 'refused', 'raising is never refused');
  const work = createWork({ ...how, alert: decision.state, escalation: null });
  work.isAlertNew = true;
  follow(work, decision, context);
  return work;
}

export function runAlertCommand(
  work: AlertWork,
  command: AlertCommand,
  context: DispatchContext,
): CommandResult {
  const decision = decideAlert(work.alert, command, context.now);
  if (decision.kind === 'refused') return decision;
  follow(work, decision, context);
  return { kind: decision.kind };
}

/** What is due for the alert is due now. */
export function wakeAlert(work: AlertWork, context: DispatchContext): void {
  settle(work, runEscalation(work, { kind: 'wake' }, context), context);
}

function follow(
  work: AlertWork,
  decision: Exclude<AlertDecision, { kind: 'refused' }>,
  context: DispatchContext,
): void {
  settle(work, takeAlertDecision(work, decision), context);
}

function settle(work: AlertWork, effects: readonly Effect[], context: DispatchContext): void {
  let pending = effects;
  for (let depth = 0; pending.length > 0; depth += 1) {
    assert(depth < LIMITS.effectRoundsMax, 'effects come to an end');
    pending = pending.flatMap((effect) => route(work, effect, context));
  }
}

/** Returns what the effect leads to. */
function route(work: AlertWork, effect: Effect, context: DispatchContext): readonly Effect[] {
  switch (effect.kind) {
    case 'alert_raised':
      return runEscalation(work, { kind: 'start', snapshotId: work.snapshotId }, context);
    case 'alert_moved':
      return runEscalation(work, { kind: 'alert_moved', to: effect.to }, context);
    case 'alert_refreshed':
      return runEscalation(work, { kind: 'replan' }, context);
    case 'call_again':
      return runEscalation(work, { kind: 'call_again', label: effect.label }, context);
    case 'alert_command': {
      const decision = decideAlert(work.alert, effect.command, context.now);
      return decision.kind === 'refused' ? [] : takeAlertDecision(work, decision);
    }
    case 'cancel_calls':
      work.isCancellingCalls = true;
      dropPlannedCalls(work);
      return [];
    case 'call':
      planCall(work, effect.call, context);
      return [];
    case 'timeline':
      work.timeline.push(effect.entry);
      return [];
    default:
      return unreachable(effect, 'effect');
  }
}

function takeAlertDecision(
  work: AlertWork,
  decision: Exclude<AlertDecision, { kind: 'refused' }>,
): readonly Effect[] {
  if (decision.state !== work.alert) work.isAlertChanged = true;
  work.alert = decision.state;
  work.timeline.push(...decision.events);
  return decision.effects;
}

function runEscalation(
  work: AlertWork,
  command: EscalationCommand,
  context: DispatchContext,
): readonly Effect[] {
  const { alert, policy, escalation } = work;
  const basis = { alert, policy, settings: context.settings };
  let decision: ReturnType<typeof decideEscalation>;
  if (command.kind === 'start') {
    decision = startEscalation(command.snapshotId, basis, context.now);
    work.isEscalationNew = true;
  } else {
    assert(escalation !== null, 'an alert that is there has an escalation');
    decision = decideEscalation(escalation, command, { ...basis, now: context.now });
    work.isEscalationChanged = true;
  }
  assert(decision.kind !== 'refused', 'an escalation refuses nothing');
  work.escalation = decision.state;
  work.timeline.push(...decision.events);
  return decision.effects;
}

/** A call that was planned in this same transaction and is answered in it was never made. */
function dropPlannedCalls(work: AlertWork): void {
  const kept = work.notifications.filter((row) => row.purpose !== 'call');
  work.notifications.splice(0, work.notifications.length, ...kept);
}

function planCall(work: AlertWork, call: Call, context: DispatchContext): void {
  const { alert, config } = work;
  const source = config.findSource(alert.sourceId);
  const subject = {
    projectId: alert.projectId,
    subjectId: alert.alertId,
    subjectKind: 'alert' as const,
    facts: { labels: alert.labels, fields: factsOf(alert, source) },
    // A message that somebody gets does not say that nobody is called.
    payload: {
      alert: { ...renderAlert({ ...work, source }, context.now), is_nobody_called: false },
    },
  };
  const planned = planNotifications(call, subject, {
    ways: config.ways,
    nextId: () => notificationId(context.ids.next(context.now)),
    now: context.now,
  });
  work.notifications.push(...planned);
  if (call.purpose === 'call') noteCall(work, call, { planned, now: context.now });
}

function factsOf(alert: Alert, source: { readonly kind: string; readonly name: string }) {
  const fields: Record<string, string> = {
    title: alert.title,
    severity: alert.severity,
    priority: alert.priority,
    status: alert.status,
    source: source.name,
    source_kind: source.kind,
    is_test: String(alert.isTest),
  };
  if (alert.deviceId !== null) fields['device_id'] = alert.deviceId;
  if (alert.cameraId !== null) fields['camera_id'] = alert.cameraId;
  if (alert.areaId !== null) fields['area_id'] = alert.areaId;
  if (alert.outcome !== null) fields['outcome'] = alert.outcome;
  return fields;
}

/** Says on the timeline whom a round went to, or that it went to nobody. */
function noteCall(
  work: AlertWork,
  call: Call,
  how: { readonly planned: readonly Notification[]; readonly now: Instant },
): void {
  const { planned, now } = how;
  const reachable = planned.filter((row) => row.status === 'pending');
  const { escalation } = work;
  if (escalation !== null) {
    work.escalation = { ...escalation, calledCount: reachable.length };
    work.isEscalationChanged = true;
  }
  const names = reachable.map((row) => row.target).join(', ');
  const whom = reachable.length > 0 ? `calling ${names}` : describeNobody(planned);
  const last = work.timeline.at(-1);
  if (call.transition === 'created' && last?.kind === 'CREATED') {
    work.timeline.splice(-1, 1, { ...last, detail: `${last.detail} | ${whom}` });
    return;
  }
  const label = call.label === null ? call.eventType : call.label;
  const isRound = call.eventType === 'alert.escalated';
  const send = isRound ? `level ${call.level}, send #${escalation?.roundCount ?? 1}, ` : '';
  const detail = `${label} | ${send}${call.priority} | ${whom}`;
  work.timeline.push({ at: now, kind: 'ESCALATED', detail, by: TIMER });
}

function describeNobody(planned: readonly Notification[]): string {
  const names = planned.map((row) => row.target).join(', ');
  return planned.length === 0
    ? 'nobody is called: no rule leads to a channel'
    : `nobody is called: ${names} inactive`;
}

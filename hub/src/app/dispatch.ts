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
import { type Planned, planNotifications } from '#delivery/notification.ts';
import type { MatchFacts } from '#delivery/rule.ts';
import type { DueSettings } from '#escalation/due.ts';
import {
  decideEscalation,
  type EscalationCommand,
  startEscalation,
} from '#escalation/escalation.ts';
import { type Escalation, isShownAlike, NOBODY_LABEL } from '#escalation/round.ts';
import { assert, unreachable } from '#kernel/decision.ts';
import type { AlertCommand, Call, Effect, TimelineEntry } from '#kernel/effect.ts';
import { notificationId } from '#kernel/id.ts';
import type { Instant } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import { isOpen } from '#kernel/words/lifecycle.ts';
import type { Policy } from '#kernel/calling/policy.ts';
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
  /** Somebody was called before; of a new alert, somebody has to be. */
  readonly wasCalled: boolean;
  /** As it was stored; a change of what the alert shows goes beyond it, once at least. */
  readonly storedVersion: number;
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
  /** Told of every call as it is planned, those that reach nobody too. */
  readonly onCall?: (made: MadeCall) => void;
};

export type MadeCall = {
  readonly call: Call;
  readonly planned: Planned;
  /** To those who look after the project, because it reaches nobody else. */
  readonly told: Planned;
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
    wasCalled: basis.escalation === null || basis.escalation.calledCount > 0,
    storedVersion: basis.alert.version,
    isAlertNew: false,
    isAlertChanged: false,
    isEscalationNew: false,
    isEscalationChanged: false,
    isCancellingCalls: false,
  };
}

/** From now on nobody is called for it. */
export function hasLostEverybody({ wasCalled, escalation }: AlertWork): boolean {
  return wasCalled && escalation?.calledCount === 0;
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
  settle(work, takeAlertDecision(work, decision, context), context);
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
    case 'escalate_now':
    case 'round_recorded':
    case 'round_lost':
      return runEscalation(work, effect, context);
    case 'alert_command': {
      const decision = decideAlert(work.alert, effect.command, context.now);
      return decision.kind === 'refused' ? [] : takeAlertDecision(work, decision, context);
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
  context: DispatchContext,
): readonly Effect[] {
  if (decision.state !== work.alert) work.isAlertChanged = true;
  work.alert = decision.state;
  work.timeline.push(...decision.events);
  // A note on what is over changes nothing, and must not keep it from being archived.
  const isNoted = decision.events.some(({ kind }) => kind === 'NOTE');
  if (isNoted && isOpen(work.alert.status)) noteShown(work, context.now);
  return decision.effects;
}

function runEscalation(
  work: AlertWork,
  command: EscalationCommand,
  context: DispatchContext,
): readonly Effect[] {
  const { alert, policy, escalation } = work;
  const { nextResponders: responders } = work.config;
  const basis = { alert, policy, settings: context.settings, responders };
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
  if (escalation !== null && !isShownAlike(escalation, decision.state)) {
    noteShown(work, context.now);
  }
  work.escalation = decision.state;
  work.timeline.push(...decision.events);
  return decision.effects;
}

/**
 * What people see of the alert has changed, though its own row may not have: the version says so
 * to whoever follows it. Before messages are planned, for they carry the version too.
 */
function noteShown(work: AlertWork, now: Instant): void {
  if (work.isAlertNew || work.alert.version > work.storedVersion) return;
  work.alert = { ...work.alert, version: work.alert.version + 1, updatedAt: now };
  work.isAlertChanged = true;
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
    facts: matchFactsOf(alert, source),
    // A message that somebody gets does not say that nobody is called.
    payload: {
      alert: { ...renderAlert({ ...work, source }, context.now), is_nobody_called: false },
    },
  };
  const how = {
    ways: config.ways,
    nextId: () => notificationId(context.ids.next(context.now)),
    now: context.now,
  };
  const planned = planNotifications(call, subject, how);
  const isReached = planned.rows.some((row) => row.status === 'pending');
  // Whoever looks after the project is told of a call that reaches nobody.
  const standIn = isReached || call.purpose !== 'call' ? null : tellAdministrators(call);
  const told = standIn === null ? NOTHING : planNotifications(standIn, subject, how);
  work.notifications.push(...planned.rows, ...told.rows);
  context.onCall?.({ call, planned, told });
  if (call.purpose === 'call') noteCall(work, call, { planned, told, now: context.now });
}

const NOTHING: Planned = { rows: [], unreachable: [] };

function tellAdministrators(call: Call): Call {
  return {
    ...call,
    transition: `nobody:${call.transition}`,
    label: NOBODY_LABEL,
    targets: [{ type: 'administrators' }],
    isFallback: false,
  };
}

/** What the matchers of rules see of an alert. */
export function matchFactsOf(
  alert: Alert,
  source: { readonly kind: string; readonly name: string },
): Omit<MatchFacts, 'eventType'> {
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
  return { labels: alert.labels, fields };
}

type Reached = { readonly reached: readonly Notification[]; readonly now: Instant };
type Called = { readonly planned: Planned; readonly told: Planned; readonly now: Instant };

/** Says on the timeline whom a round went to, or that it went to nobody. */
function noteCall(work: AlertWork, call: Call, called: Called): void {
  const reached = called.planned.rows.filter((row) => row.status === 'pending');
  noteReached(work, call, { reached, now: called.now });
  const whom = describeCalled(call, reached, called);
  const last = work.timeline.at(-1);
  if (call.transition === 'created' && last?.kind === 'CREATED') {
    work.timeline.splice(-1, 1, { ...last, detail: `${last.detail} | ${whom}` });
    return;
  }
  const label = call.label ?? (call.eventType === 'alert.expired' ? 'expired' : call.eventType);
  const isRound = call.eventType === 'alert.escalated';
  const sends = work.escalation?.roundCount ?? 1;
  const send = isRound ? `level ${call.level}, send #${sends}, ` : '';
  const detail = `${label} | ${send}${call.priority} | ${whom}`;
  work.timeline.push({ at: called.now, kind: 'ESCALATED', detail, by: TIMER });
}

/** Those who look after the project do not count: nobody who should come has been called. */
function noteReached(work: AlertWork, call: Call, { reached, now }: Reached): void {
  const { escalation } = work;
  if (escalation === null) return;
  const isOnlyTelling = call.targets.every((target) => target.type === 'administrators');
  const calledCount = isOnlyTelling || call.isFallback ? escalation.calledCount : reached.length;
  const known = escalation.calledResponders;
  const fresh = reached.flatMap(({ responderId }) =>
    responderId === null || known.includes(responderId) ? [] : [responderId],
  );
  const calledResponders = fresh.length === 0 ? known : [...new Set([...known, ...fresh])];
  if ((calledCount === 0) !== (escalation.calledCount === 0)) noteShown(work, now);
  work.escalation = { ...escalation, calledCount, calledResponders };
  work.isEscalationChanged = true;
}

function describeCalled(call: Call, reached: readonly Notification[], called: Called): string {
  const { planned, told } = called;
  const parts: string[] = [];
  if (reached.length > 0) parts.push(`calling ${nameAll(reached)}`);
  else if (planned.rows.length === 0 && planned.unreachable.length === 0) {
    parts.push(`nobody is called: ${whyNobody(call)}`);
  } else parts.push('nobody is called');
  const inactive = planned.rows.filter((row) => row.status !== 'pending');
  if (inactive.length > 0) parts.push(`${nameAll(inactive)} inactive`);
  if (planned.unreachable.length > 0) parts.push(`not reached: ${planned.unreachable.join(', ')}`);
  if (told.rows.length > 0) parts.push(`telling the administrators: ${nameAll(told.rows)}`);
  return parts.join(' | ');
}

function whyNobody(call: Call): string {
  if (call.targets.some((target) => target.type === 'rules')) return 'no rule leads to a channel';
  const isTelling = call.targets.some((target) => target.type === 'administrators');
  return isTelling ? 'the project names no administrators' : 'no one is named';
}

/** As many as a line can hold. */
function nameAll(rows: readonly Notification[]): string {
  const shown = rows.slice(0, LIMITS.namesPerLineMax).map((row) => row.recipient);
  const more = rows.length - shown.length;
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

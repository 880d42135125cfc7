/**
 * The life of an alert: how it is raised, and what a command makes of it. Pure.
 * PENDING -> DELIVERED -> SEEN -> ACKNOWLEDGED -> RESOLVED, or EXPIRED; forward only.
 * What every command does in every status is the table in transitions.ts.
 */
import { assert, type Decision, unreachable } from '#kernel/decision.ts';
import type { AlertCommand, Effect, Occurrence, TimelineEntry } from '#kernel/effect.ts';
import type { AlertId, PolicyId, ProjectId, SourceId } from '#kernel/id.ts';
import type { Instant } from '#kernel/instant.ts';
import type { AlertStatus, Intent, Outcome } from '#kernel/words/lifecycle.ts';
import type { Principal } from '#kernel/principal.ts';
import { initialPriority, type Priority } from '#kernel/words/severity.ts';
import { ALERT_TRANSITIONS } from './transitions.ts';

export type Alert = Omit<Occurrence, 'startsAt'> & {
  readonly projectId: ProjectId;
  readonly alertId: AlertId;
  /** Keyed identity of the problem; the head that locks it has the same. */
  readonly alertKey: string;
  readonly sourceId: SourceId;
  readonly policyId: PolicyId | null;
  readonly status: AlertStatus;
  readonly version: number;
  readonly priority: Priority;
  readonly occurrenceCount: number;
  readonly previousAlertId: AlertId | null;
  /** Of whoever has it; null while ACKNOWLEDGED = they said since that they cannot come. */
  readonly intent: Intent | null;
  readonly outcome: Outcome | null;
  readonly acknowledgedBy: string | null;
  readonly assignedTo: string | null;
  readonly closedBy: string | null;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
  readonly lastEventAt: Instant;
  readonly startedAt: Instant | null;
  readonly deliveredAt: Instant | null;
  readonly seenAt: Instant | null;
  readonly acknowledgedAt: Instant | null;
  readonly resolvedAt: Instant | null;
  readonly expiredAt: Instant | null;
  readonly closedAt: Instant | null;
  readonly archivedAt: Instant | null;
};

/** Why a command was refused. */
export type AlertRefusal = { readonly kind: 'transition_refused'; readonly sentence: string };

export type AlertDecision = Decision<Alert, TimelineEntry, Effect, AlertRefusal>;

export type NewAlert = {
  readonly projectId: ProjectId;
  readonly alertId: AlertId;
  readonly alertKey: string;
  readonly sourceId: SourceId;
  readonly policyId: PolicyId | null;
  readonly previousAlertId: AlertId | null;
  readonly occurrence: Occurrence;
  readonly by: Principal;
};

/** A new problem, or a known one that came back after it was over. */
export function raiseAlert(fresh: NewAlert, now: Instant): AlertDecision {
  const { startsAt, ...occurrence } = fresh.occurrence;
  const state: Alert = {
    ...occurrence,
    projectId: fresh.projectId,
    alertId: fresh.alertId,
    alertKey: fresh.alertKey,
    sourceId: fresh.sourceId,
    policyId: fresh.policyId,
    previousAlertId: fresh.previousAlertId,
    startedAt: startsAt,
    status: 'PENDING',
    version: 1,
    priority: initialPriority(occurrence.severity),
    occurrenceCount: 1,
    intent: null,
    outcome: null,
    acknowledgedBy: null,
    assignedTo: null,
    closedBy: null,
    createdAt: now,
    updatedAt: now,
    lastEventAt: now,
    deliveredAt: null,
    seenAt: null,
    acknowledgedAt: null,
    resolvedAt: null,
    expiredAt: null,
    closedAt: null,
    archivedAt: null,
  };
  const detail = `${occurrence.severity}, raised by ${fresh.by.name}`;
  const entry: TimelineEntry = { at: now, kind: 'CREATED', detail, by: fresh.by };
  return { kind: 'changed', state, events: [entry], effects: [{ kind: 'alert_raised' }] };
}

export function decideAlert(alert: Alert, command: AlertCommand, now: Instant): AlertDecision {
  const cell = ALERT_TRANSITIONS[alert.status][command.kind];
  switch (cell.does) {
    case 'move':
      return move(alert, command, { to: cell.to, now });
    case 'record':
      return record(alert, command, now);
    case 'refuse':
      return refuse(alert, command);
    case 'join':
      return join(alert, command, { isCallingAgain: false, now });
    case 'join_again':
      return join(alert, command, { isCallingAgain: true, now });
    case 'refresh':
      return refresh(alert, command, now);
    case 'answer_late':
      return answerLate(alert, command, now);
    case 'late_receipt':
      return command.by.authMethod === 'receipt_link'
        ? record(alert, command, now)
        : refuse(alert, command);
    case 'time_out':
      return timeOut(alert, command, now);
    case 'note':
      return note(alert, command, now);
    case 'assign':
      return assign(alert, command, now);
    case 'close':
      return close(alert, command, now);
    case 'pass_on':
      return passOn(alert, command, now);
    case 'decline':
      return giveUp(alert, command, now);
    case 'take_over':
      return isGivenUp(alert) ? takeOver(alert, command, now) : takeAgain(alert, command, now);
    case 'ignore':
      return { kind: 'recorded', state: alert, events: [], effects: [] };
    default:
      return unreachable(cell, 'cell');
  }
}

/** The times and persons that come with each status. */
function marksOf(to: AlertStatus, command: AlertCommand, now: Instant): Partial<Alert> {
  switch (to) {
    case 'DELIVERED':
      return { deliveredAt: now };
    case 'SEEN':
      return { seenAt: now };
    case 'ACKNOWLEDGED':
      return {
        acknowledgedAt: now,
        acknowledgedBy: command.by.name,
        intent: command.kind === 'acknowledge' ? command.intent : 'seen',
      };
    case 'RESOLVED':
      return { resolvedAt: now, outcome: outcomeOf(command) };
    case 'EXPIRED':
      return { expiredAt: now };
    case 'PENDING':
      return {};
    default:
      return unreachable(to, 'status');
  }
}

function outcomeOf(command: AlertCommand): Outcome {
  if (command.kind === 'resolve') return command.outcome;
  return command.kind === 'end' ? 'resolved_by_source' : 'unconfirmed';
}

function move(
  alert: Alert,
  command: AlertCommand,
  how: { readonly to: AlertStatus; readonly now: Instant },
): AlertDecision {
  const { to, now } = how;
  const state: Alert = {
    ...alert,
    ...marksOf(to, command, now),
    status: to,
    version: alert.version + 1,
    updatedAt: now,
    lastEventAt: command.kind === 'end' ? now : alert.lastEventAt,
  };
  const what = describe(state, command);
  const entry: TimelineEntry = {
    at: now,
    kind: 'STATUS_CHANGED',
    detail: `${alert.status} -> ${to}${what === '' ? '' : ` | ${what}`}`,
    by: command.by,
  };
  const effects: Effect[] = [{ kind: 'alert_moved', from: alert.status, to }];
  return { kind: 'changed', state, events: [entry], effects };
}

/** The part of a STATUS_CHANGED line after the arrow. */
function describe(state: Alert, command: AlertCommand): string {
  const parts: string[] = [];
  if (state.status === 'ACKNOWLEDGED' && state.intent !== null) parts.push(state.intent);
  if (state.status === 'RESOLVED' && state.outcome !== null) parts.push(state.outcome);
  if ('detail' in command && command.detail !== null) parts.push(command.detail);
  return parts.join(' | ');
}

/** What a command asks for, in a sentence. */
const ASKED: Readonly<Partial<Record<AlertCommand['kind'], string>>> = {
  await: 'PENDING',
  deliver: 'DELIVERED',
  see: 'SEEN',
  acknowledge: 'ACKNOWLEDGED',
  resolve: 'RESOLVED',
  expire: 'EXPIRED',
  close: 'closed',
  assign: 'assigned',
  escalate: 'escalated',
  record_round: 'called again',
};

function record(alert: Alert, command: AlertCommand, now: Instant): AlertDecision {
  const intent = command.kind === 'acknowledge' ? ` (${command.intent})` : '';
  const asked = `${ASKED[command.kind] ?? command.kind}${intent}`;
  const note = 'detail' in command && command.detail !== null ? ` | ${command.detail}` : '';
  const detail = `${asked} while ${alert.status}, nothing changed${note}`;
  const entry: TimelineEntry = { at: now, kind: 'RECEIPT', detail, by: command.by };
  return { kind: 'recorded', state: alert, events: [entry], effects: [] };
}

function refuse(alert: Alert, command: AlertCommand): AlertDecision {
  const asked = ASKED[command.kind] ?? command.kind;
  const sentence =
    command.kind === 'close'
      ? `Only an EXPIRED alert is closed; this one is ${alert.status}: resolve it.`
      : `An alert that is ${alert.status} cannot become ${asked}.`;
  return { kind: 'refused', refusal: { kind: 'transition_refused', sentence } };
}

/** A later report says when the problem ends now; what the first one told is never overwritten. */
function withReport(alert: Alert, command: AlertCommand, now: Instant): Alert {
  if (!('occurrence' in command)) return { ...alert, lastEventAt: now };
  return { ...alert, endsAt: command.occurrence.endsAt, lastEventAt: now };
}

function join(
  alert: Alert,
  command: AlertCommand,
  how: { readonly isCallingAgain: boolean; readonly now: Instant },
): AlertDecision {
  const state: Alert = {
    ...withReport(alert, command, how.now),
    occurrenceCount: alert.occurrenceCount + 1,
    version: alert.version + 1,
    updatedAt: how.now,
  };
  const detail = `occurrence ${state.occurrenceCount}, reported by ${command.by.name}`;
  const entry: TimelineEntry = { at: how.now, kind: 'JOINED', detail, by: command.by };
  const effects: Effect[] = [
    how.isCallingAgain ? { kind: 'call_again', label: 'Again' } : { kind: 'alert_refreshed' },
  ];
  return { kind: 'changed', state, events: [entry], effects };
}

function refresh(alert: Alert, command: AlertCommand, now: Instant): AlertDecision {
  const isOver = alert.status === 'RESOLVED' || alert.status === 'EXPIRED';
  if (isOver) {
    const state = { ...alert, lastEventAt: now };
    return { kind: 'recorded', state, events: [], effects: [] };
  }
  const state = withReport(alert, command, now);
  return { kind: 'recorded', state, events: [], effects: [{ kind: 'alert_refreshed' }] };
}

/** Nobody answered in time, then someone did: kept as a note, and the alert leaves the board. */
function answerLate(alert: Alert, command: AlertCommand, now: Instant): AlertDecision {
  const asked = ASKED[command.kind] ?? command.kind;
  const note = 'detail' in command && command.detail !== null ? ` | ${command.detail}` : '';
  const detail = `answered ${asked} after it had expired${renderChoice(command)}${note}`;
  const events: TimelineEntry[] = [{ at: now, kind: 'NOTE', detail, by: command.by }];
  if (alert.closedAt !== null) return { kind: 'recorded', state: alert, events, effects: [] };
  events.push({ at: now, kind: 'CLOSED', detail: 'closed by a late answer', by: command.by });
  const state = closeAt(alert, command.by, now);
  return { kind: 'recorded', state, events, effects: [{ kind: 'cancel_calls' }] };
}

/** What was chosen with the answer: of an alert that stays EXPIRED no field tells it. */
function renderChoice(command: AlertCommand): string {
  if (command.kind === 'acknowledge') return ` | ${command.intent}`;
  return command.kind === 'resolve' ? ` | ${command.outcome}` : '';
}

function closeAt(alert: Alert, by: Principal, now: Instant): Alert {
  return {
    ...alert,
    closedAt: now,
    closedBy: by.name,
    version: alert.version + 1,
    updatedAt: now,
  };
}

/** Also stops a round that went out since, because it happened again. */
function takeAgain(alert: Alert, command: AlertCommand, now: Instant): AlertDecision {
  const recorded = record(alert, command, now);
  return recorded.kind === 'refused'
    ? recorded
    : { ...recorded, effects: [{ kind: 'cancel_calls' }] };
}

/** Whoever had it said that they cannot come, and nobody has taken it over. */
export function isGivenUp({ status, intent }: Pick<Alert, 'status' | 'intent'>): boolean {
  return status === 'ACKNOWLEDGED' && intent === null;
}

/** While nobody has it, each who cannot come calls the next one. */
function giveUp(alert: Alert, command: AlertCommand, now: Instant): AlertDecision {
  if (isGivenUp(alert)) return passOn(alert, command, now);
  if (command.by.name !== alert.acknowledgedBy) return note(alert, command, now);
  const state = { ...alert, intent: null, version: alert.version + 1, updatedAt: now };
  return passOn(state, command, now);
}

function takeOver(alert: Alert, command: AlertCommand, now: Instant): AlertDecision {
  const state: Alert = {
    ...alert,
    ...marksOf('ACKNOWLEDGED', command, now),
    version: alert.version + 1,
    updatedAt: now,
  };
  const from = alert.acknowledgedBy ?? 'nobody';
  const detail = `takes it over from ${from} | ${describe(state, command)}`;
  const entry: TimelineEntry = { at: now, kind: 'NOTE', detail, by: command.by };
  const effects: Effect[] = [{ kind: 'alert_moved', from: alert.status, to: 'ACKNOWLEDGED' }];
  return { kind: 'changed', state, events: [entry], effects };
}

/** What nobody has cannot count as done: it expires, and is told. */
function timeOut(alert: Alert, command: AlertCommand, now: Instant): AlertDecision {
  if (command.kind === 'time_out' && command.action === 'resolve') {
    return move(alert, command, { to: isGivenUp(alert) ? 'EXPIRED' : 'RESOLVED', now });
  }
  const effects: Effect[] = [{ kind: 'call_again', label: 'Acknowledged, but not resolved' }];
  return { kind: 'recorded', state: alert, events: [], effects };
}

/** Something for the timeline alone. */
function note(alert: Alert, command: AlertCommand, now: Instant): AlertDecision {
  const detail = NOTED[command.kind] ?? '';
  const more = 'detail' in command && command.detail !== null ? [command.detail] : [];
  const text = [...(detail === '' ? [] : [detail]), ...more].join(' | ');
  const entry: TimelineEntry = { at: now, kind: 'NOTE', detail: text, by: command.by };
  return { kind: 'recorded', state: alert, events: [entry], effects: [] };
}

/** How a command that is noted is told. */
const NOTED: Readonly<Partial<Record<AlertCommand['kind'], string>>> = {
  decline: 'cannot come',
};

function assign(alert: Alert, command: AlertCommand, now: Instant): AlertDecision {
  assert(command.kind === 'assign', 'only an assignment assigns');
  const { to, by } = command;
  const note = command.detail === null ? '' : ` | ${command.detail}`;
  const detail = `${to === null ? 'to nobody' : `to ${to}`}${note}`;
  const entry: TimelineEntry = { at: now, kind: 'ASSIGNED', detail, by };
  if (to === alert.assignedTo) {
    return { kind: 'recorded', state: alert, events: [entry], effects: [] };
  }
  const state = { ...alert, assignedTo: to, version: alert.version + 1, updatedAt: now };
  return { kind: 'changed', state, events: [entry], effects: [] };
}

function close(alert: Alert, command: AlertCommand, now: Instant): AlertDecision {
  if (alert.closedAt !== null) return record(alert, command, now);
  const detail = 'detail' in command ? (command.detail ?? '') : '';
  const entry: TimelineEntry = { at: now, kind: 'CLOSED', detail, by: command.by };
  return {
    kind: 'changed',
    state: closeAt(alert, command.by, now),
    events: [entry],
    effects: [{ kind: 'cancel_calls' }],
  };
}

/** Who is called then is the escalation's to say. */
function passOn(alert: Alert, command: AlertCommand, now: Instant): AlertDecision {
  const { by } = command;
  switch (command.kind) {
    case 'escalate':
    case 'decline': {
      const isDeclined = command.kind === 'decline';
      const whom = isDeclined ? 'responder' : command.whom;
      const asked = whom === 'step' ? 'calls the next step' : 'calls the next responder';
      const what = isDeclined ? 'cannot come' : asked;
      const detail = command.detail === null ? what : `${what} | ${command.detail}`;
      const entry: TimelineEntry = { at: now, kind: 'NOTE', detail, by };
      const declineKey = isDeclined ? command.key : null;
      const effects: Effect[] = [{ kind: 'escalate_now', whom, declineKey }];
      return { kind: 'changed', state: alert, events: [entry], effects };
    }
    case 'record_round': {
      const { detail, called } = command;
      const effects: Effect[] = [{ kind: 'round_recorded', by, detail, called }];
      return { kind: 'changed', state: alert, events: [], effects };
    }
    case 'lose_round': {
      const { round, isExpiry } = command;
      const effects: Effect[] = [{ kind: 'round_lost', round, isExpiry }];
      return { kind: 'recorded', state: alert, events: [], effects };
    }
    default:
      return refuse(alert, command);
  }
}

/** What must hold of every calling-out and telling: who gets a message, and in which words. */
import { type Setting, type Target, targetsOf } from '#test/sim/settings.ts';
import type { MadeProject } from '#test/sim/world.ts';
import { nameAlert } from '#test/sim/seen/ledger.ts';
import {
  type Find,
  findProject,
  indexOf,
  listNewEntries,
  listSettings,
  type Observation,
} from '#test/sim/seen/observation.ts';
import { parseTold, type Told } from '#test/sim/seen/rounds.ts';
import type { AlertRow, EscalationRow, NotificationRow } from '#test/sim/seen/snapshot.ts';
import {
  type CallWanted,
  listNextResponders,
  listOwed,
  nameOwed,
  type Owed,
  reachAdministrators,
} from '#test/sim/seen/ways.ts';

type CallKind = 'created' | 'step' | 'again' | 'next' | 'undelivered' | 'lost' | 'expired' | 'told';

/** One call that was made in this step. */
type Made = {
  readonly kind: CallKind;
  readonly transition: string;
  readonly eventTypes: readonly string[];
  /** By a state of the configuration; null = there is nobody of the kind that was called. */
  readonly targetsBy: (setting: Setting) => readonly Target[] | null;
};

export type CallFault = {
  readonly kind: CallKind;
  readonly what: 'channel' | 'responder' | 'language' | 'administrators';
  readonly detail: string;
};

const found = new WeakMap<Observation, readonly CallFault[]>();

/** All that is wrong with what was planned in this step. */
function listCallFaults(seen: Observation): readonly CallFault[] {
  const known = found.get(seen);
  if (known !== undefined) return known;
  const faults = seen.now.alerts.flatMap((alert) => {
    const project = findProject(seen, alert.project_id);
    return listMade(seen, alert, project).flatMap((made) => judge(seen, alert, made));
  });
  found.set(seen, faults);
  return faults;
}

/** Judged by each state of the configuration that it may have been planned by. */
function judge(seen: Observation, alert: AlertRow, made: Made): readonly CallFault[] {
  const project = findProject(seen, alert.project_id);
  const rows = indexOf(seen.now).notifications.get(nameAlert(alert)) ?? [];
  const planned = {
    rows: rows.filter(({ transition }) => transition === made.transition),
    instead: rows.filter(({ transition }) => transition === `nobody:${made.transition}`),
  };
  const isAnswered = seen.ledger.stepOfAnswer.get(nameAlert(alert)) === seen.ledger.step;
  // A call that was planned and answered in one transaction was never made.
  const isDropped = planned.rows.length === 0 && planned.instead.length === 0;
  if (made.kind !== 'told' && isAnswered && isDropped) return [];
  let newest: readonly CallFault[] | null = null;
  for (const setting of listSettings(seen, project)) {
    const faults = compare(alert, made, { setting, ...planned });
    if (faults.length === 0) return [];
    newest ??= faults;
  }
  return newest ?? [];
}

type Planned = {
  readonly setting: Setting;
  readonly rows: readonly NotificationRow[];
  /** What went to those who look after the project, because it reached nobody else. */
  readonly instead: readonly NotificationRow[];
};

function compare(alert: AlertRow, made: Made, planned: Planned): readonly CallFault[] {
  const { kind, transition, eventTypes } = made;
  const { setting, rows, instead } = planned;
  const targets = made.targetsBy(setting);
  const about = `${transition} of ${alert.alert_id}`;
  if (targets === null) {
    return [{ kind, what: 'responder', detail: `${about} went to somebody who was called before` }];
  }
  const isFallback = kind === 'undelivered';
  const wanted: CallWanted = { targets, eventTypes, labels: alert.labels, isFallback };
  const owed = listOwed(wanted, setting);
  const isReached = owed.some(({ isActive }) => isActive);
  const standIns = isReached || kind === 'told' ? [] : reachAdministrators(setting);
  return [
    ...compareRows(owed, rows).map((fault) => ({
      kind,
      ...fault,
      detail: `${about} ${fault.detail}`,
    })),
    ...compareRows(standIns, instead).map(({ detail }) => ({
      kind,
      what: 'administrators' as const,
      detail: `${about}, which reaches nobody, for those who look after the project: ${detail}`,
    })),
  ];
}

function compareRows(
  owed: readonly Owed[],
  rows: readonly NotificationRow[],
): readonly Pick<CallFault, 'what' | 'detail'>[] {
  const byName = new Map(
    rows.map((row) => [nameOwed({ channelId: row.channel_id, target: row.target }), row]),
  );
  const faults: Pick<CallFault, 'what' | 'detail'>[] = [];
  for (const one of owed) {
    const row = byName.get(nameOwed(one));
    byName.delete(nameOwed(one));
    const what = one.responderId === null ? 'channel' : 'responder';
    if (row === undefined) {
      faults.push({ what, detail: `did not go to ${one.target} on channel ${one.channelId}` });
    } else if (row.responder_id !== one.responderId) {
      faults.push({ what, detail: `went to ${one.target} as ${row.responder_id ?? 'nobody'}` });
    } else if (row.language !== one.language) {
      const detail = `went to ${one.target} in ${row.language}, not in ${one.language}`;
      faults.push({ what: 'language', detail });
    } else if (!one.isActive && row.status === 'pending') {
      faults.push({ what, detail: `waits for the inactive channel ${one.channelId}` });
    }
  }
  for (const row of byName.values()) {
    const what = row.responder_id === null ? 'channel' : 'responder';
    faults.push({ what, detail: `went to ${row.target}, who was not called` });
  }
  return faults;
}

function listMade(seen: Observation, alert: AlertRow, project: MadeProject): readonly Made[] {
  const name = nameAlert(alert);
  const before = indexOf(seen.before).escalations.get(name);
  const now = indexOf(seen.now).escalations.get(name);
  if (now === undefined) return [];
  const made: Made[] = [];
  const entries = listNewEntries(seen, alert);
  const told = entries.flatMap((entry) => parseTold(entry) ?? []);
  const called = before?.called_responders ?? [];
  for (const line of told) {
    // Which of several came first is not told; each must still be somebody new.
    const taken = told.length > 1 ? findCalled(seen, name, line) : null;
    const isOver = alert.status === 'EXPIRED';
    made.push(...listOfLine(line, { project, called, taken, isOver }));
  }
  const basis = { project, now };
  for (const { kind, detail } of entries) {
    if (kind === 'CREATED') made.push(BY_RULES);
    const isTakenOver = kind === 'NOTE' && detail.startsWith('takes it over from ');
    if (isTakenOver) made.push(...listOfMove('ACKNOWLEDGED', basis));
    if (kind === 'STATUS_CHANGED') made.push(...listOfMove(/-> (\w+)/.exec(detail)?.[1], basis));
  }
  return made;
}

const RULES: readonly Target[] = [{ type: 'rules' }];

const BY_RULES: Made = {
  kind: 'created',
  transition: 'created',
  eventTypes: ['alert.created'],
  targetsBy: () => RULES,
};

/** Whom the step of that level names; at level 0, and beside the steps, the rules. */
function targetsAt(level: number, project: MadeProject): readonly Target[] {
  const step = level === 0 ? undefined : project.plan.policy.steps[level - 1];
  return step === undefined ? RULES : targetsOf(step, project);
}

/** The responder that the round went to. */
function findCalled(seen: Observation, alert: string, { level, round }: Told): string | null {
  const rows = indexOf(seen.now).notifications.get(alert) ?? [];
  const transition = `escalated:${level}:${round}`;
  return rows.find((row) => row.transition === transition)?.responder_id ?? null;
}

type LineBasis = {
  readonly project: MadeProject;
  readonly called: readonly string[];
  readonly taken: string | null;
  readonly isOver: boolean;
};

const ADMINISTRATORS: readonly Target[] = [{ type: 'administrators' }];

function listOfLine(line: Told, { project, called, taken, isOver }: LineBasis): readonly Made[] {
  const { label, level, round } = line;
  if (round === null || label === 'outside') return [];
  const eventTypes = [round === 0 ? 'alert.created' : 'alert.escalated'];
  const named = { eventTypes, targetsBy: () => targetsAt(level, project) };
  const transition = `escalated:${level}:${round}`;
  switch (label) {
    case 'Not delivered':
      return [{ ...named, kind: 'undelivered', transition: `undelivered:${level}:${round}` }];
    case 'Nobody is called':
      return [
        {
          kind: 'lost',
          transition: isOver ? 'lost:expired' : `lost:${level}:${round}`,
          eventTypes: [],
          targetsBy: () => ADMINISTRATORS,
        },
      ];
    case 'Next responder':
      return [{ kind: 'next', transition, eventTypes, targetsBy: findNext(called, taken) }];
    default:
      return [{ ...named, kind: line.step === null ? 'again' : 'step', transition }];
  }
}

/** The first who has not been called yet. */
function findNext(called: readonly string[], taken: string | null): Made['targetsBy'] {
  return (setting) => {
    const free = listNextResponders(setting).filter((id) => !called.includes(id));
    const responderId = free.find((id) => id === taken) ?? free[0];
    return responderId === undefined ? null : [{ type: 'responder', responderId }];
  };
}

type MoveBasis = { readonly project: MadeProject; readonly now: EscalationRow };

function listOfMove(to: string | undefined, basis: MoveBasis): readonly Made[] {
  const { project, now } = basis;
  switch (to) {
    case 'EXPIRED': {
      const eventTypes = ['alert.expired', 'alert.escalated', 'alert.created'];
      const targetsBy = () => targetsAt(project.plan.policy.steps.length, project);
      return [{ kind: 'expired', transition: 'expired', eventTypes, targetsBy }];
    }
    case 'SEEN':
    case 'ACKNOWLEDGED':
    case 'RESOLVED': {
      const type = to.toLowerCase();
      // Once for each who took it after somebody else could not.
      const count = to === 'ACKNOWLEDGED' ? now.declined_by.length : 0;
      const transition = count === 0 ? type : `${type}:${count}`;
      const called = to === 'SEEN' ? [] : now.called_responders;
      const people = called.map((responderId) => ({ type: 'responder', responderId }) as const);
      const targetsBy = () => [...RULES, ...people];
      return [{ kind: 'told', transition, eventTypes: [`alert.${type}`], targetsBy }];
    }
    default:
      return [];
  }
}

function findFault(isIt: (fault: CallFault) => boolean): Find {
  return (seen) => listCallFaults(seen).find(isIt)?.detail ?? null;
}

function findOfKind(...kinds: readonly CallKind[]): Find {
  return findFault(({ kind, what }) => kinds.includes(kind) && what === 'channel');
}

/** 8 */
export const findUncalled = findOfKind('created');
/** 9 */
export const findMissingRound = findOfKind('step', 'again', 'next');
/** 10 */
export const findSilentExpiry = findOfKind('expired');
/** 23 */
export const findUntoldAdministrators = findFault(
  ({ kind, what }) => what === 'administrators' || (kind === 'lost' && what === 'channel'),
);
/** 24 */
export const findMissedResponder = findFault(
  ({ kind, what }) => what === 'responder' && kind !== 'told',
);
/** 25 */
export const findUnstoodIn = findOfKind('undelivered');
/** 26 */
export const findUntoldAnswer = findFault(
  ({ kind, what }) => kind === 'told' && (what === 'channel' || what === 'responder'),
);
/** 27 */
export const findWrongLanguage = findFault(({ what }) => what === 'language');

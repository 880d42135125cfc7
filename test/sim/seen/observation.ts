/** What an invariant looks at: the state before and after a step, and what the simulator knows. */
import type { Act } from '#test/sim/draw.ts';
import type { Flight } from '#test/sim/network.ts';
import type { Setting } from '#test/sim/settings.ts';
import { listPossible } from '#test/sim/settings.ts';
import type { MadeProject } from '#test/sim/world.ts';
import { type Ledger, nameAlert, nameNotification } from './ledger.ts';
import type {
  AlertRow,
  AttemptRow,
  EscalationRow,
  NotificationRow,
  Snapshot,
  TimelineRow,
} from './snapshot.ts';

export type Observation = {
  readonly before: Snapshot;
  readonly now: Snapshot;
  /** Milliseconds since 1970, as in the snapshots. */
  readonly at: number;
  readonly ledger: Ledger;
  readonly flights: readonly Flight[];
  readonly projects: readonly MadeProject[];
  readonly act: Act | null;
  /** The step in which the last of the nodes asked whether the configuration has changed. */
  readonly configFloor: number;
  /** After the quiet period: nothing is due any more. */
  readonly isAtRest: boolean;
};

/** What is wrong, or null. */
export type Find = (seen: Observation) => string | null;

export function isOpen(alert: AlertRow): boolean {
  return alert.status !== 'RESOLVED' && alert.status !== 'EXPIRED';
}

/** Whoever had it said that they cannot come: it is called out again as if nobody had it. */
export function isGivenUp({ status, intent }: AlertRow): boolean {
  return status === 'ACKNOWLEDGED' && intent === null;
}

export function findProject(seen: Observation, projectId: string): MadeProject {
  const found = seen.projects.find(({ plan }) => plan.projectId === projectId);
  if (found === undefined) throw new Error(`there is no project ${projectId}`);
  return found;
}

/** The states of the configuration that this step may have been decided by; newest first. */
export function listSettings(seen: Observation, project: MadeProject): readonly Setting[] {
  return listPossible(project.history, seen.configFloor);
}

/** A snapshot by what its rows belong to. Alerts by project and id. */
export type Index = {
  readonly alerts: ReadonlyMap<string, AlertRow>;
  readonly escalations: ReadonlyMap<string, EscalationRow>;
  readonly timeline: ReadonlyMap<string, readonly TimelineRow[]>;
  /** About alerts and events. */
  readonly notifications: ReadonlyMap<string, readonly NotificationRow[]>;
  readonly attempts: ReadonlyMap<string, readonly AttemptRow[]>;
};

const indexes = new WeakMap<Snapshot, Index>();

export function indexOf(snapshot: Snapshot): Index {
  const known = indexes.get(snapshot);
  if (known !== undefined) return known;
  const index: Index = {
    alerts: new Map(snapshot.alerts.map((row) => [nameAlert(row), row])),
    escalations: new Map(snapshot.escalations.map((row) => [nameAlert(row), row])),
    timeline: Map.groupBy(snapshot.timeline, nameAlert),
    notifications: Map.groupBy(snapshot.notifications, nameSubject),
    attempts: Map.groupBy(snapshot.attempts, nameNotification),
  };
  indexes.set(snapshot, index);
  return index;
}

export function nameSubject(row: {
  readonly project_id: string;
  readonly subject_id: string;
}): string {
  return nameAlert({ project_id: row.project_id, alert_id: row.subject_id });
}

/** The alerts of the drawn policy; a sender cannot choose another one here. */
export function* listWithEscalation(
  seen: Observation,
): Generator<readonly [alert: AlertRow, escalation: EscalationRow | undefined]> {
  const { escalations } = indexOf(seen.now);
  for (const alert of seen.now.alerts) yield [alert, escalations.get(nameAlert(alert))];
}

export function listEntries(snapshot: Snapshot, alert: AlertRow): readonly TimelineRow[] {
  return indexOf(snapshot).timeline.get(nameAlert(alert)) ?? [];
}

/** Lines of the timeline that came in this step. */
export function listNewEntries(seen: Observation, alert: AlertRow): readonly TimelineRow[] {
  const entries = listEntries(seen.now, alert);
  const old = listEntries(seen.before, alert);
  if (entries.length === old.length) return [];
  const known = new Set(old.map(({ entry_id }) => entry_id));
  return entries.filter(({ entry_id }) => !known.has(entry_id));
}

/** What happened to it in this step; time alone does not count. */
export function isTouched(seen: Observation, alert: AlertRow): boolean {
  const name = nameAlert(alert);
  const [before, now] = [indexOf(seen.before), indexOf(seen.now)];
  const was = before.alerts.get(name);
  if (was === undefined || was.version !== alert.version || was.status !== alert.status)
    return true;
  if (before.timeline.get(name)?.length !== now.timeline.get(name)?.length) return true;
  const [old, is] = [before.escalations.get(name), now.escalations.get(name)];
  return JSON.stringify(old) !== JSON.stringify(is);
}

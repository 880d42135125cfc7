/** What an invariant looks at: the state before and after a step, and what the simulator knows. */
import type { Act, RulePlan } from '#test/sim/draw.ts';
import type { Ledger } from './ledger.ts';
import type { Flight } from '#test/sim/network.ts';
import type { AlertRow, EscalationRow, Snapshot } from './snapshot.ts';
import type { MadeProject } from '#test/sim/world.ts';

export type Observation = {
  readonly before: Snapshot;
  readonly now: Snapshot;
  /** Milliseconds since 1970, as in the snapshots. */
  readonly at: number;
  readonly ledger: Ledger;
  readonly flights: readonly Flight[];
  readonly projects: readonly MadeProject[];
  readonly act: Act | null;
  /** After the quiet period: nothing is due any more. */
  readonly isAtRest: boolean;
};

/** What is wrong, or null. */
export type Find = (seen: Observation) => string | null;

export function isOpen(alert: AlertRow): boolean {
  return alert.status !== 'RESOLVED' && alert.status !== 'EXPIRED';
}

export function findProject(seen: Observation, projectId: string): MadeProject {
  const found = seen.projects.find(({ plan }) => plan.projectId === projectId);
  if (found === undefined) throw new Error(`there is no project ${projectId}`);
  return found;
}

/** The alerts of the drawn policy; a sender cannot choose another one here. */
export function* listWithEscalation(
  seen: Observation,
): Generator<readonly [alert: AlertRow, escalation: EscalationRow | undefined]> {
  const byAlert = new Map(
    seen.now.escalations.map((row) => [`${row.project_id}/${row.alert_id}`, row]),
  );
  for (const alert of seen.now.alerts) {
    yield [alert, byAlert.get(`${alert.project_id}/${alert.alert_id}`)];
  }
}

/** The channels to which the rules lead for any of these types. */
export function listChannels(
  project: MadeProject,
  labels: Readonly<Record<string, string>>,
  eventTypes: readonly string[],
): readonly string[] {
  const isMatching = (rule: RulePlan): boolean =>
    eventTypes.some((type) => rule.eventTypes.includes(type)) &&
    (rule.site === null || rule.site === labels['site']);
  const ids = project.plan.rules
    .filter(isMatching)
    .map(({ channel }) => project.channelIds[channel]);
  return [...new Set(ids.filter((id) => id !== undefined))];
}

/** The channels that a step of the policy calls; null = there is no such step. */
export function listStepChannels(
  project: MadeProject,
  level: number,
  byRules: readonly string[],
): readonly string[] {
  const channel = project.plan.policy.steps[level - 1]?.channel ?? null;
  if (channel === null) return byRules;
  const id = project.channelIds[channel];
  return id === undefined ? [] : [id];
}

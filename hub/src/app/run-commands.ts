/**
 * Commands on alerts that are there: locks the alerts in key order, decides, saves, all in one
 * transaction. Used by the API (one command) and by the escalation's beat (many wakes).
 */
import { type Alert, type AlertRefusal } from '#alert/alert.ts';
import { type AlertRef, lockAlerts } from '#alert/store.ts';
import { loadEscalations } from '#escalation/store.ts';
import type { DueSettings } from '#escalation/due.ts';
import { assert } from '#kernel/decision.ts';
import type { AlertCommand } from '#kernel/effect.ts';
import type { Clock, Ids } from '#kernel/ports.ts';
import type { Database, Transaction } from '#platform/postgres/postgres.ts';
import { type AlertWork, createWork, runAlertCommand, wakeAlert } from './dispatch.ts';
import type { ConfigCache } from './project-config.ts';
import { compareText, saveWorks } from './save-works.ts';

export type CommandDeps = {
  readonly database: Database;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly configs: ConfigCache;
  readonly settings: () => DueSettings;
};

export type AnswerResult =
  | { readonly kind: 'changed' | 'recorded'; readonly work: AlertWork }
  | { readonly kind: 'refused'; readonly refusal: AlertRefusal }
  | { readonly kind: 'not_found' };

/** One command of a principal. */
export async function runAnswer(
  deps: CommandDeps,
  ref: AlertRef,
  command: AlertCommand,
): Promise<AnswerResult> {
  return deps.database.transaction(async (tx) => {
    const [work] = await loadWorks(deps, tx, [ref]);
    if (work === undefined) return { kind: 'not_found' };
    const now = deps.clock.now();
    const context = { ids: deps.ids, now, settings: deps.settings() };
    const result = runAlertCommand(work, command, context);
    if (result.kind === 'refused') return result;
    saveWorks(tx, { heads: [], works: [work], notifications: [] }, { ids: deps.ids, now });
    return { kind: result.kind, work };
  });
}

/** What is due for these alerts is decided now. Returns whether there is something to send. */
export async function runWakes(deps: CommandDeps, refs: readonly AlertRef[]): Promise<boolean> {
  return deps.database.transaction(async (tx) => {
    const works = await loadWorks(deps, tx, refs);
    const now = deps.clock.now();
    const context = { ids: deps.ids, now, settings: deps.settings() };
    for (const work of works) wakeAlert(work, context);
    saveWorks(tx, { heads: [], works, notifications: [] }, { ids: deps.ids, now });
    return works.some((work) => work.notifications.length > 0);
  });
}

/** Locks the alerts, then reads what hangs on them: nobody else can move it meanwhile. */
export async function loadWorks(
  deps: Pick<CommandDeps, 'configs'>,
  tx: Transaction,
  refs: readonly AlertRef[],
): Promise<readonly AlertWork[]> {
  const sorted = refs.toSorted(
    (one, other) =>
      compareText(one.projectId, other.projectId) || compareText(one.alertId, other.alertId),
  );
  const alerts = await lockAlerts(tx, sorted);
  return createWorks(deps, tx, alerts);
}

export async function createWorks(
  deps: Pick<CommandDeps, 'configs'>,
  tx: Transaction,
  alerts: readonly Alert[],
): Promise<readonly AlertWork[]> {
  if (alerts.length === 0) return [];
  const escalations = await loadEscalations(tx, alerts);
  await deps.configs.loadPolicies(escalations);
  const byAlert = new Map(escalations.map((one) => [`${one.projectId}/${one.alertId}`, one]));
  const works: AlertWork[] = [];
  for (const alert of alerts) {
    const escalation = byAlert.get(`${alert.projectId}/${alert.alertId}`);
    const config = await deps.configs.load(alert.projectId);
    assert(escalation !== undefined, `alert ${alert.alertId} has an escalation`);
    assert(config !== null, `project ${alert.projectId} is there`);
    const { snapshotId } = escalation;
    const policy = deps.configs.policyOf({ projectId: alert.projectId, snapshotId });
    works.push(createWork({ alert, escalation, policy, snapshotId, config }));
  }
  return works;
}

/** Writes what a dispatch left behind: one set-based statement per table, all in one go. */
import { type AlertHead } from '#alert/head.ts';
import { postAlerts, postHeads, postNewAlerts, postTimeline } from '#alert/store.ts';
import type { Notification } from '#delivery/notification.ts';
import { postCancelledCalls, postNotifications } from '#delivery/store.ts';
import { postEscalations, postNewEscalations } from '#escalation/store.ts';
import type { Instant } from '#kernel/instant.ts';
import type { Ids } from '#kernel/ports.ts';
import type { Transaction } from '#platform/postgres/postgres.ts';
import type { AlertWork } from './dispatch.ts';

export type ToSave = {
  readonly heads: readonly AlertHead[];
  readonly works: readonly AlertWork[];
  /** Messages about events themselves. */
  readonly notifications: readonly Notification[];
};

/** In lock order: heads, alerts, then their children. Cancels before it plans anew. */
export function saveWorks(
  tx: Transaction,
  saved: ToSave,
  how: { readonly ids: Ids; readonly now: Instant },
): void {
  const works = saved.works.toSorted(compareWorks);
  const { ids, now } = how;
  postHeads(tx, saved.heads, now);
  const raised = works.filter((work) => work.isAlertNew);
  const changed = works.filter((work) => !work.isAlertNew && work.isAlertChanged);
  postAlerts(
    tx,
    changed.map((work) => work.alert),
  );
  // An alert that closes makes room for the next one of its problem: first the one, then the other.
  if (changed.length > 0 && raised.length > 0) tx.separate();
  postNewAlerts(
    tx,
    raised.map((work) => work.alert),
  );
  postNewEscalations(
    tx,
    works.flatMap((work) => (work.isEscalationNew ? (work.escalation ?? []) : [])),
  );
  postEscalations(
    tx,
    works.flatMap((work) =>
      !work.isEscalationNew && work.isEscalationChanged ? (work.escalation ?? []) : [],
    ),
  );
  postTimeline(
    tx,
    works.flatMap(({ alert, timeline }) =>
      timeline.map((entry) => ({
        ...entry,
        projectId: alert.projectId,
        alertId: alert.alertId,
        entryId: ids.next(now),
      })),
    ),
  );
  postCancelledCalls(
    tx,
    works
      .filter((work) => work.isCancellingCalls && !work.isAlertNew)
      .map(({ alert: { projectId, alertId, status, closedAt } }) => ({
        projectId,
        alertId,
        reason: status === 'EXPIRED' && closedAt === null ? 'expired' : 'answered',
      })),
    now,
  );
  postNotifications(tx, [...works.flatMap((work) => work.notifications), ...saved.notifications]);
}

function compareWorks(one: AlertWork, other: AlertWork): number {
  return (
    compareText(one.alert.projectId, other.alert.projectId) ||
    compareText(one.alert.alertId, other.alert.alertId)
  );
}

export function compareText(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

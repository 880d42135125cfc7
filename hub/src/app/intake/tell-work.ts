/** What a flush left to do, told to the beats and to the metrics. */
import type { Instant } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { Metrics } from '#platform/metrics.ts';
import { hasLostEverybody } from '#app/dispatch.ts';
import type { IntakeResult } from './intake-decide.ts';

/** Something was stored that is due in so many milliseconds, or is to be sent. */
export type OnWork = (dueInMs: number, hasNotifications: boolean) => void;

export function tellWork(
  results: readonly IntakeResult[],
  to: {
    readonly metrics: Metrics;
    readonly onWork: OnWork;
    readonly now: Instant;
  },
): void {
  let dueInMs: number = LIMITS.pollMs;
  let hasNotifications = false;
  let isSomethingNew = false;
  for (const { work, isAlertNew } of results) {
    if (work === null) continue;
    hasNotifications ||= work.notifications.length > 0;
    if (hasLostEverybody(work)) to.metrics.alertsNobodyCalled.inc();
    const { escalation } = work;
    const dueAt = escalation?.dueAt ?? null;
    if (dueAt !== null) dueInMs = Math.min(dueInMs, dueAt - to.now);
    if (!isAlertNew) continue;
    isSomethingNew = true;
    to.metrics.alerts.inc();
  }
  if (isSomethingNew || hasNotifications) to.onWork(dueInMs, hasNotifications);
}

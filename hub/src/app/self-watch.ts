/**
 * The watch on ourselves: what is overdue, set aside or reaches nobody, as numbers that a monitor
 * can read, and as a line in the log when it begins and when it ends. Runs on every node, so that
 * one whose work is done elsewhere still notices that it is not done.
 * Emits: gauges of platform/metrics.ts; `error` when something is overdue, `info` when it is over.
 */
import { measureUnsealed } from '#access/audit/chain.store.ts';
import { countOpen } from '#alert/store.ts';
import { listWaitingChannels } from '#delivery/store.ts';
import { countNobodyCalled, countSetAside, findNextDue } from '#escalation/store.ts';
import { ALERT_STATUSES, isOpen } from '#kernel/words/lifecycle.ts';
import { type Instant, MS_PER_SECOND } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { Clock, Log } from '#kernel/ports.ts';
import type { Metrics } from '#platform/metrics.ts';
import type { Database, Queryable } from '#platform/postgres/postgres.ts';
import { countSilentDevices } from '#supervision/device.store.ts';
import { countSilentSources, findNextDuePulse } from '#supervision/pulse.store.ts';
import { findNextDueDevice } from '#supervision/store.ts';

export type Backlog = {
  /** How long the oldest due row has waited; 0 = nothing is overdue. */
  readonly remindersOverdueMs: number;
  readonly messagesOverdueMs: number;
  /** Since when somebody who may be silent should have been looked at. */
  readonly looksOverdueMs: number;
  readonly silentDeviceCount: number;
  readonly silentSourceCount: number;
  readonly setAsideCount: number;
  /** Rows of the audit, counted up to LIMITS.auditUnsealedCountMax, and how long the oldest waits. */
  readonly auditUnsealedCount: number;
  readonly auditUnsealedMs: number;
  /** Counted up to LIMITS.nobodyCountMax. */
  readonly nobodyCalledCount: number;
};

/**
 * In a session whose plans go by keys (docs/adr/0006): a plan that was made on empty tables and
 * kept would join all alerts with all due rows, every few seconds, for ever.
 */
export async function readBacklog(database: Database, now: Instant): Promise<Backlog> {
  return database.transaction(async (tx) => {
    const [nextDueAt, channels, setAsideCount, nobodyCalledCount, unsealed, silences] =
      await Promise.all([
        findNextDue(tx),
        listWaitingChannels(tx),
        countSetAside(tx),
        countNobodyCalled(tx, LIMITS.nobodyCountMax),
        measureUnsealed(tx, null, LIMITS.auditUnsealedCountMax),
        readSilences(tx, now),
      ]);
    const waits = channels.map(({ dueAt }) => now - dueAt);
    return {
      remindersOverdueMs: nextDueAt === null ? 0 : Math.max(0, now - nextDueAt),
      messagesOverdueMs: Math.max(0, ...waits),
      setAsideCount,
      nobodyCalledCount,
      auditUnsealedCount: unsealed.count,
      auditUnsealedMs: Math.max(0, now - (unsealed.oldestAt ?? now)),
      ...silences,
    };
  });
}

const OPEN_STATUSES = ALERT_STATUSES.filter(isOpen);

async function readSilences(tx: Queryable, now: Instant) {
  const [deviceDueAt, sourceDueAt, silentDeviceCount, silentSourceCount] = await Promise.all([
    findNextDueDevice(tx),
    findNextDuePulse(tx),
    countSilentDevices(tx),
    countSilentSources(tx),
  ]);
  const looksOverdueMs = Math.max(0, now - (deviceDueAt ?? now), now - (sourceDueAt ?? now));
  return { looksOverdueMs, silentDeviceCount, silentSourceCount };
}

export type SelfWatch = { readonly runOnce: () => Promise<void> };

export function createSelfWatch(deps: {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}): SelfWatch {
  const { metrics, log } = deps;
  let isOverdue = false;
  let countedAt: Instant | null = null;
  return {
    runOnce: async () => {
      const backlog = await readBacklog(deps.database, deps.clock.now());
      const now = deps.clock.now();
      if (countedAt === null || now - countedAt >= LIMITS.openCountMs) {
        countedAt = now;
        const counts = await deps.database.read(countOpen);
        for (const status of OPEN_STATUSES) metrics.alertsOpen.set({ status }, counts[status] ?? 0);
      }
      metrics.remindersOverdue.set(backlog.remindersOverdueMs / MS_PER_SECOND);
      metrics.messagesOverdue.set(backlog.messagesOverdueMs / MS_PER_SECOND);
      metrics.nobodyCalled.set(backlog.nobodyCalledCount);
      metrics.setAsideNow.set(backlog.setAsideCount);
      metrics.looksOverdue.set(backlog.looksOverdueMs / MS_PER_SECOND);
      metrics.auditUnsealed.set(backlog.auditUnsealedCount);
      metrics.auditUnsealedAge.set(backlog.auditUnsealedMs / MS_PER_SECOND);
      metrics.silentSources.set(backlog.silentSourceCount);
      const { remindersOverdueMs, messagesOverdueMs, looksOverdueMs } = backlog;
      const overdueMs = Math.max(remindersOverdueMs, messagesOverdueMs, looksOverdueMs);
      const wasOverdue = isOverdue;
      isOverdue = overdueMs > LIMITS.overdueAlarmMs;
      const fields = {
        reminders_ms: remindersOverdueMs,
        messages_ms: messagesOverdueMs,
        looks_ms: looksOverdueMs,
      };
      if (isOverdue && !wasOverdue) log.error('work is overdue: is a worker running?', fields);
      if (!isOverdue && wasOverdue) log.info('work is no longer overdue', fields);
    },
  };
}

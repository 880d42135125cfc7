/**
 * Whether this hub can do its work, and why not. `blocking` reasons make /readyz answer 503; the
 * others are told to whoever has a key, because someone should look.
 */
import { MS_PER_SECOND } from '#kernel/instant.ts';
import type { JsonObject } from '#kernel/syntax/json.ts';
import type { Clock } from '#kernel/ports.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { NodeLease } from '#platform/postgres/node-lease.ts';
import type { Database } from '#platform/postgres/postgres.ts';
import { readBacklog } from '#app/self-watch.ts';
import { giveReason, type Reason } from './readiness-reasons.ts';

export type Readiness = {
  readonly check: () => Promise<readonly Reason[]>;
  readonly noteStored: () => void;
  readonly noteNotStored: (why: string) => void;
  /** From now on: the hub is going away. */
  readonly noteStopping: () => void;
};

export function createReadiness(deps: {
  readonly database: Database;
  readonly clock: Clock;
  readonly isClockTrusted: () => boolean;
  readonly roles: readonly string[];
  readonly nodeLease: NodeLease;
}): Readiness {
  let notStored: string | null = null;
  let isStopping = false;

  async function check(): Promise<readonly Reason[]> {
    const reasons: Reason[] = [];
    if (isStopping) reasons.push(giveReason('stopping'));
    if (!deps.isClockTrusted()) reasons.push(giveReason('clock_offset'));
    if (deps.nodeLease.current() === null) reasons.push(giveReason('lease_lost'));
    if (notStored !== null) reasons.push(giveReason('not_stored', notStored));
    try {
      reasons.push(...(await checkRows(deps)));
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      reasons.push(giveReason('database', text));
    }
    return reasons;
  }

  return {
    check,
    noteStored: () => {
      notStored = null;
    },
    noteNotStored: (why) => {
      notStored = why;
    },
    noteStopping: () => {
      isStopping = true;
    },
  };
}

async function checkRows(deps: {
  readonly database: Database;
  readonly clock: Clock;
}): Promise<readonly Reason[]> {
  const reasons: Reason[] = [];
  const backlog = await readBacklog(deps.database, deps.clock.now());
  const { remindersOverdueMs, messagesOverdueMs, looksOverdueMs } = backlog;
  const { setAsideCount, nobodyCalledCount, silentDeviceCount, silentSourceCount } = backlog;
  if (remindersOverdueMs > LIMITS.overdueAlarmMs) {
    reasons.push(giveReason('timers_overdue', seconds(remindersOverdueMs)));
  }
  if (messagesOverdueMs > LIMITS.overdueAlarmMs) {
    reasons.push(giveReason('messages_overdue', seconds(messagesOverdueMs)));
  }
  if (looksOverdueMs > LIMITS.overdueAlarmMs) {
    reasons.push(giveReason('looks_overdue', seconds(looksOverdueMs)));
  }
  if (silentDeviceCount > 0) reasons.push(giveReason('devices_silent', silentDeviceCount));
  if (silentSourceCount > 0) reasons.push(giveReason('sources_silent', silentSourceCount));
  if (backlog.auditUnsealedMs > LIMITS.auditUnsealedAlarmMs) {
    reasons.push(giveReason('audit_unsealed', seconds(backlog.auditUnsealedMs)));
  }
  if (setAsideCount > 0) reasons.push(giveReason('set_aside', setAsideCount));
  if (nobodyCalledCount > 0) {
    const isAll = nobodyCalledCount < LIMITS.nobodyCountMax;
    const count = isAll ? String(nobodyCalledCount) : `${nobodyCalledCount} or more`;
    reasons.push(giveReason('nobody_called', count));
  }
  return reasons;
}

function seconds(durationMs: number): number {
  return Math.round(durationMs / MS_PER_SECOND);
}

export function renderReasons(reasons: readonly Reason[]): JsonObject {
  return {
    status: reasons.some((reason) => reason.isBlocking) ? 'not_ready' : 'ready',
    reasons: reasons.map(({ code, sentence, isBlocking, action }) => ({
      code,
      message: sentence,
      blocking: isBlocking,
      action,
    })),
  };
}

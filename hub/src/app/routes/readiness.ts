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

export type Reason = {
  readonly code: string;
  readonly sentence: string;
  readonly isBlocking: boolean;
};

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
    if (isStopping) reasons.push(block('stopping', 'The hub is stopping.'));
    if (!deps.isClockTrusted()) {
      reasons.push(block('clock_offset', 'The clock has moved against the database by over 1 s.'));
    }
    if (deps.nodeLease.current() === null) {
      reasons.push(block('lease_lost', 'This node could not renew its lease in the database.'));
    }
    if (notStored !== null)
      reasons.push(block('not_stored', `The last write failed: ${notStored}`));
    try {
      reasons.push(...(await checkRows(deps)));
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      reasons.push(block('database', `The database does not answer: ${text}`));
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

const WHO_WORKS = 'is a worker running?';

async function checkRows(deps: {
  readonly database: Database;
  readonly clock: Clock;
}): Promise<readonly Reason[]> {
  const reasons: Reason[] = [];
  const backlog = await readBacklog(deps.database, deps.clock.now());
  const { remindersOverdueMs, messagesOverdueMs, setAsideCount, nobodyCalledCount } = backlog;
  const tell = (code: string, sentence: string) => {
    reasons.push({ code, sentence, isBlocking: false });
  };
  if (remindersOverdueMs > LIMITS.overdueAlarmMs) {
    tell('timers_overdue', `A reminder is ${seconds(remindersOverdueMs)} s overdue: ${WHO_WORKS}`);
  }
  if (messagesOverdueMs > LIMITS.overdueAlarmMs) {
    tell('messages_overdue', `A message has waited ${seconds(messagesOverdueMs)} s: ${WHO_WORKS}`);
  }
  if (setAsideCount > 0) {
    const sentence = `${setAsideCount} alerts were set aside because deciding them failed.`;
    tell('set_aside', sentence);
  }
  if (nobodyCalledCount > 0) {
    const isAll = nobodyCalledCount < LIMITS.nobodyCountMax;
    const count = isAll ? String(nobodyCalledCount) : `${nobodyCalledCount} or more`;
    const where = 'Their timelines say why.';
    tell('nobody_called', `Open alerts that reach nobody: ${count}. ${where}`);
  }
  return reasons;
}

function seconds(durationMs: number): number {
  return Math.round(durationMs / MS_PER_SECOND);
}

function block(code: string, sentence: string): Reason {
  return { code, sentence, isBlocking: true };
}

export function renderReasons(reasons: readonly Reason[]): JsonObject {
  return {
    status: reasons.some((reason) => reason.isBlocking) ? 'not_ready' : 'ready',
    reasons: reasons.map(({ code, sentence, isBlocking }) => ({
      code,
      message: sentence,
      blocking: isBlocking,
    })),
  };
}

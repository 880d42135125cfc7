/**
 * Whether this hub can do its work, and why not. `blocking` reasons make /readyz answer 503; the
 * others are told to whoever has a key, because someone should look.
 */
import { countNobodyCalled, countSetAside, findNextDue } from '#escalation/store.ts';
import type { JsonObject } from '#kernel/syntax/json.ts';
import type { Clock } from '#kernel/ports.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { NodeLease } from '#platform/postgres/node-lease.ts';
import type { Database } from '#platform/postgres/postgres.ts';

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

async function checkRows(deps: {
  readonly database: Database;
  readonly clock: Clock;
}): Promise<readonly Reason[]> {
  const reasons: Reason[] = [];
  const { next, setAside, nobody } = await deps.database.read(async (tx) => ({
    next: await findNextDue(tx),
    setAside: await countSetAside(tx),
    nobody: await countNobodyCalled(tx, LIMITS.nobodyCountMax),
  }));
  const overdueMs = next === null ? 0 : deps.clock.now() - next;
  if (overdueMs > LIMITS.overdueAlarmMs) {
    const sentence = `A reminder is ${Math.round(overdueMs / 1000)} s overdue.`;
    reasons.push({ code: 'timers_overdue', sentence, isBlocking: false });
  }
  if (setAside > 0) {
    const sentence = `${setAside} alerts were set aside because deciding them failed.`;
    reasons.push({ code: 'set_aside', sentence, isBlocking: false });
  }
  if (nobody > 0) {
    const count = nobody < LIMITS.nobodyCountMax ? String(nobody) : `${nobody} or more`;
    const sentence = `Open alerts that reach nobody: ${count}. No rule leads to a usable channel.`;
    reasons.push({ code: 'nobody_called', sentence, isBlocking: false });
  }
  return reasons;
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

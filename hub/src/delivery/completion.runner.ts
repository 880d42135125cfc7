/**
 * Outcomes of attempts on their way into the database: committed together, as soon as a commit is
 * free. While the database is away they are kept and tried again by the beat; if it comes back
 * within the node's lease nothing is lost, else whoever takes the rows over says `ambiguous`.
 * Emits: `onAttempt` for each that is committed, `onLostLease` for those that came too late.
 */
import { LIMITS } from '#kernel/limits.ts';
import { alertId } from '#kernel/id.ts';
import type { Log } from '#kernel/ports.ts';
import type { Database, Transaction } from '#platform/postgres/postgres.ts';
import type { AttemptEnd } from './attempt-end.ts';
import { completeNotifications, type Lease, type RoundRef } from './store.ts';

export type CompletionOptions = {
  readonly database: Database;
  readonly log: Log;
  /** Writes what happened where the subject's history is kept, in the same transaction. */
  readonly recordAttempts: (tx: Transaction, ends: readonly AttemptEnd[]) => void;
  readonly onAttempt: (end: AttemptEnd) => void;
  /** After the commit: calls that ended without having been sent. */
  readonly onUnsent: (rounds: readonly RoundRef[]) => Promise<void>;
  readonly onLostLease: (count: number) => void;
};

export type Completions = {
  readonly add: (lease: Lease, end: AttemptEnd) => void;
  /** Tries again what could not be stored. */
  readonly runOnce: () => Promise<void>;
  readonly isBusy: () => boolean;
  /** Calls of these rounds ended without having been sent. Never fails. */
  readonly tellUnsent: (rounds: readonly RoundRef[]) => Promise<void>;
};

type Waiting = { readonly lease: Lease; readonly end: AttemptEnd };

export function createCompletions(options: CompletionOptions): Completions {
  let waiting: readonly Waiting[] = [];
  let committing: Promise<void> | null = null;

  async function runOnce(): Promise<void> {
    committing ??= commitAll().finally(() => {
      committing = null;
    });
    await committing;
  }

  async function commitAll(): Promise<void> {
    for (let batch = takeBatch(); batch.length > 0; batch = takeBatch()) {
      try {
        await commitBatch(options, batch);
      } catch (error) {
        waiting = [...batch, ...waiting];
        const text = error instanceof Error ? error.message : String(error);
        options.log.warn('outcomes could not be stored yet', { count: batch.length, error: text });
        return;
      }
    }
  }

  /** Those of one lease, for the statement names it once. */
  function takeBatch(): readonly Waiting[] {
    const epoch = waiting[0]?.lease.epoch;
    const batch = waiting
      .filter((item) => item.lease.epoch === epoch)
      .slice(0, LIMITS.completionBatchMax);
    const taken = new Set(batch);
    waiting = waiting.filter((item) => !taken.has(item));
    return batch;
  }

  return {
    add: (lease, end) => {
      waiting = [...waiting, { lease, end }];
      void runOnce();
    },
    runOnce,
    isBusy: () => committing !== null,
    tellUnsent: (rounds) => tellUnsent(options, rounds),
  };
}

async function commitBatch(options: CompletionOptions, batch: readonly Waiting[]): Promise<void> {
  const [first] = batch;
  if (first === undefined) return;
  const ends = batch.map((item) => item.end);
  const kept = await options.database.transaction(async (tx) => {
    const ids = await completeNotifications(tx, first.lease, ends);
    const ours = ends.filter((end) => ids.has(end.notification.notificationId));
    options.recordAttempts(tx, ours);
    return ids;
  });
  if (kept.size < ends.length) options.onLostLease(ends.length - kept.size);
  for (const end of ends) options.onAttempt(end);
  const stored = ends.filter((end) => kept.has(end.notification.notificationId));
  await tellUnsent(options, stored.flatMap(findUnsent));
}

function findUnsent({ notification, completion }: AttemptEnd): readonly RoundRef[] {
  const { projectId, subjectId, subjectKind, purpose, round, eventType } = notification;
  const isLost = completion.status === 'failed' || completion.status === 'skipped';
  const isCall = subjectKind === 'alert' && purpose === 'call';
  const isExpiry = eventType === 'alert.expired';
  return isLost && isCall ? [{ projectId, alertId: alertId(subjectId), round, isExpiry }] : [];
}

/** Best effort: the next round that comes to nothing is told again. */
async function tellUnsent(
  options: Pick<CompletionOptions, 'log' | 'onUnsent'>,
  rounds: readonly RoundRef[],
): Promise<void> {
  if (rounds.length === 0) return;
  try {
    await options.onUnsent(rounds);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    options.log.warn('a round that nobody gets could not be told', { error: text });
  }
}

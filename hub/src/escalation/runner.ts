/**
 * The beat of escalation: claim what is due, have it decided and committed, say when to come
 * again. A row whose decision broke before is tried alone, later each time; after
 * LIMITS.poisonClaimsMax times it is alarmed. So one broken row never stops the calling of all
 * others, and an innocent one is never given up.
 * Emits: `onMoved` with each row's lateness, `onSetAside`.
 */
import type { Instant } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { Clock, Log } from '#kernel/ports.ts';
import type { Database } from '#platform/postgres/postgres.ts';
import { isUnavailable } from '#platform/postgres/postgres.ts';
import {
  type AlertRef,
  claimDue,
  claimSuspect,
  type DueClaim,
  findNextDue,
  type Lease,
  spareClaims,
} from './store.ts';

export type EscalationRunner = {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Log;
  /** Null while this node may not claim: no lease, or a clock that is not trusted. */
  readonly lease: () => Lease | null;
  /** Decides and commits `wake` for these alerts, in one transaction. */
  readonly wake: (refs: readonly AlertRef[]) => Promise<void>;
  readonly onMoved: (latenessMs: number) => void;
  readonly onSetAside: (claim: DueClaim) => void;
  /** Claims whose decision the database could not store: kept from beat to beat. */
  readonly innocent: { claims: readonly DueClaim[] };
};

export type EscalationBeat = {
  readonly moved: number;
  /** When something is due next; null = nothing is. */
  readonly nextDueAt: Instant | null;
};

export async function runEscalationOnce(runner: EscalationRunner): Promise<EscalationBeat> {
  const lease = runner.lease();
  if (lease === null) return { moved: 0, nextDueAt: null };
  await spareInnocent(runner, lease);
  const now = runner.clock.now();
  const claims = await claimDue(runner.database, lease, { now, batchMax: LIMITS.dueBatchMax });
  const movedAtOnce = await wakeAll(runner, claims);
  const suspects = await wakeSuspects(runner, lease);
  const moved = movedAtOnce + suspects.moved;
  // What a dead node had claimed comes one by one: a whole batch of it must not take many polls.
  const isMore =
    claims.length === LIMITS.dueBatchMax || suspects.tried === LIMITS.suspectsPerBeatMax;
  return { moved, nextDueAt: isMore ? now : await findNextDue(runner.database) };
}

/** A database that went away says nothing about the rows: they must not wait as suspects do. */
async function spareInnocent(runner: EscalationRunner, lease: Lease): Promise<void> {
  const { innocent } = runner;
  if (innocent.claims.length === 0) return;
  await spareClaims(runner.database, lease, innocent.claims);
  innocent.claims = [];
}

async function wakeSuspects(
  runner: EscalationRunner,
  lease: Lease,
): Promise<{ readonly moved: number; readonly tried: number }> {
  let moved = 0;
  let tried = 0;
  for (; tried < LIMITS.suspectsPerBeatMax; tried += 1) {
    const suspect = await claimSuspect(runner.database, lease, runner.clock.now());
    if (suspect === null) break;
    const isMoved = (await wakeAll(runner, [suspect])) > 0;
    if (isMoved) moved += 1;
    else if (suspect.claimCount >= LIMITS.poisonClaimsMax) runner.onSetAside(suspect);
  }
  return { moved, tried };
}

async function wakeAll(runner: EscalationRunner, claims: readonly DueClaim[]): Promise<number> {
  if (claims.length === 0) return 0;
  try {
    await runner.wake(claims);
  } catch (error) {
    if (isUnavailable(error)) {
      const kept = [...runner.innocent.claims, ...claims];
      runner.innocent.claims = kept.slice(-LIMITS.innocentClaimsMax);
      throw error;
    }
    const text = error instanceof Error ? error.message : String(error);
    runner.log.error('due rows could not be decided', { rows: claims.length, error: text });
    return 0;
  }
  const now = runner.clock.now();
  for (const claim of claims) runner.onMoved(now - claim.dueAt);
  return claims.length;
}

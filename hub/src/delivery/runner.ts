/**
 * The beats of delivery. A claim takes only what a free slot of its channel can send at once, so
 * that one channel that hangs never holds up another, and nothing waits under a lease. What
 * attempts came to is committed together, as soon as a commit is free.
 *
 * Danger: between the last byte sent and the commit of its outcome a crash leaves the row
 * `sending`; whoever finds its lease lost records the attempt as ambiguous, never as not sent.
 * Emits: `onAttempt` for each attempt that ended, `onLostLease` for each outcome that came too late.
 */
import type { ChannelId } from '#kernel/id.ts';
import type { Instant } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { Clock, Http, Log, Random } from '#kernel/ports.ts';
import type { Database, Transaction } from '#platform/postgres.ts';
import type { Channel, Secrets } from './channel.ts';
import type { ConfiguredChannel } from './configured-channel.ts';
import { completionOf } from './notification.ts';
import { FAILURE_REASONS, type SendOutcome } from './outcome.ts';
import { planRetry } from './retry.ts';
import {
  type AttemptEnd,
  type ClaimedNotification,
  claimNotifications,
  completeNotifications,
  type Lease,
  listWaitingChannels,
  skipInactive,
  takeLostNotifications,
  type WaitingChannel,
} from './store.ts';

/** A channel made ready to send on, or why it cannot be. */
export type ReadyChannel =
  | {
      readonly ok: true;
      readonly configured: ConfiguredChannel;
      readonly kind: Channel;
      readonly secrets: Secrets;
    }
  | { readonly ok: false; readonly field: string; readonly hint: string };

export type DeliveryOptions = {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly http: Http;
  readonly version: string;
  /** Null while this node may not claim: no lease, or a clock that is not trusted. */
  readonly lease: () => Lease | null;
  readonly findChannel: (channel: Pick<WaitingChannel, 'projectId' | 'channelId'>) =>
    Promise<ReadyChannel>;
  /** Writes what happened where the subject's history is kept, in the same transaction. */
  readonly recordAttempts: (tx: Transaction, ends: readonly AttemptEnd[]) => void;
  readonly onAttempt: (end: AttemptEnd) => void;
  readonly onLostLease: (count: number) => void;
  /** Something has ended: a slot is free, or a retry is planned. */
  readonly onFree: () => void;
};

export type DeliveryBeat = {
  readonly claimed: number;
  /** When the first waiting notification is due; null = none waits, or no slot is free for it. */
  readonly nextDueAt: Instant | null;
};

export type Delivery = {
  readonly runOnce: () => Promise<DeliveryBeat>;
  /** Takes over what lost leases have left behind. Returns how many. */
  readonly runLostOnce: () => Promise<number>;
  /** When everything claimed has been sent and its outcome committed. */
  readonly idle: () => Promise<void>;
};

export function createDelivery(options: DeliveryOptions): Delivery {
  const sendingByChannel = new Map<ChannelId, number>();
  const underWay = new Set<Promise<void>>();
  const ended: { readonly lease: Lease; readonly end: AttemptEnd }[] = [];
  let committing: Promise<void> | null = null;

  async function runOnce(): Promise<DeliveryBeat> {
    const lease = options.lease();
    if (lease === null) return { claimed: 0, nextDueAt: null };
    const now = options.clock.now();
    const waiting = await listWaitingChannels(options.database);
    const due = waiting.filter((channel) => channel.dueAt <= now);
    const slots = await findFreeSlots(due, now);
    const claims =
      slots.length === 0
        ? []
        : await claimNotifications(options.database, slots, { lease, now });
    for (const claim of claims) track(claim.channelId, send(claim, lease));
    return { claimed: claims.length, nextDueAt: findNextDue(waiting, now) };
  }

  async function findFreeSlots(due: readonly WaitingChannel[], now: Instant) {
    const slots = [];
    let room = LIMITS.claimBatchMax - underWay.size;
    for (const channel of due) {
      const ready = await options.findChannel(channel);
      if (ready.ok && !ready.configured.isActive) {
        await skipInactive(options.database, channel, now);
        continue;
      }
      const used = sendingByChannel.get(channel.channelId) ?? 0;
      const free = Math.min(LIMITS.channelSlotsMax - used, room);
      if (free <= 0) continue;
      room -= free;
      slots.push({ projectId: channel.projectId, channelId: channel.channelId, free });
    }
    return slots;
  }

  function findNextDue(waiting: readonly WaitingChannel[], now: Instant): Instant | null {
    let next: Instant | null = null;
    for (const channel of waiting) {
      const used = sendingByChannel.get(channel.channelId) ?? 0;
      if (used >= LIMITS.channelSlotsMax || channel.dueAt <= now) continue;
      if (next === null || channel.dueAt < next) next = channel.dueAt;
    }
    return next;
  }

  function track(channelId: ChannelId, sending: Promise<void>): void {
    sendingByChannel.set(channelId, (sendingByChannel.get(channelId) ?? 0) + 1);
    const tracked = sending.finally(() => {
      sendingByChannel.set(channelId, (sendingByChannel.get(channelId) ?? 1) - 1);
      underWay.delete(tracked);
      options.onFree();
    });
    underWay.add(tracked);
  }

  async function send(claim: ClaimedNotification, lease: Lease): Promise<void> {
    const startedAt = options.clock.now();
    const outcome = await attempt(claim);
    const finishedAt = options.clock.now();
    const durationMs = finishedAt - startedAt;
    keep(lease, endOf({ claim, outcome, durationMs, random: options.random.random() }, finishedAt));
  }

  async function attempt(claim: ClaimedNotification): Promise<SendOutcome> {
    try {
      const ready = await options.findChannel(claim);
      if (!ready.ok) return { kind: 'misconfigured', field: ready.field, hint: ready.hint };
      return await ready.kind.send(options.http, {
        notification: {
          notificationId: claim.notificationId,
          eventType: claim.eventType,
          payload: claim.eventPayload,
          createdAt: claim.createdAt,
        },
        config: ready.configured.config,
        secrets: ready.secrets,
        version: options.version,
        now: options.clock.now(),
      });
    } catch (error) {
      // A fault of ours: nobody knows whether bytes were written, so it counts as possible.
      const text = error instanceof Error ? error.message : String(error);
      options.log.error('a send failed inside', { channel: claim.target, error: text });
      return { kind: 'ambiguous', reason: 'connection_lost' };
    }
  }

  function keep(lease: Lease, end: AttemptEnd): void {
    ended.push({ lease, end });
    committing ??= commitEnded().finally(() => {
      committing = null;
      if (ended.length > 0) options.onFree();
    });
  }

  async function commitEnded(): Promise<void> {
    while (ended.length > 0) {
      const [first] = ended;
      if (first === undefined) return;
      const batch = ended
        .filter((item) => item.lease.epoch === first.lease.epoch)
        .slice(0, LIMITS.completionBatchMax);
      const ends = batch.map((item) => item.end);
      try {
        await commitBatch(first.lease, ends);
      } catch (error) {
        // The rows stay `sending`; if the database comes back within the lease they are kept.
        const text = error instanceof Error ? error.message : String(error);
        options.log.warn('outcomes could not be stored yet', { count: ends.length, error: text });
        return;
      }
      const gone = new Set(batch);
      ended.splice(0, ended.length, ...ended.filter((item) => !gone.has(item)));
      for (const end of ends) options.onAttempt(end);
    }
  }

  async function commitBatch(lease: Lease, ends: readonly AttemptEnd[]): Promise<void> {
    const kept = await options.database.transaction(async (tx) => {
      const ids = await completeNotifications(tx, lease, ends);
      options.recordAttempts(
        tx,
        ends.filter((end) => ids.has(end.notification.notificationId)),
      );
      return ids;
    });
    if (kept.size < ends.length) options.onLostLease(ends.length - kept.size);
  }

  async function runLostOnce(): Promise<number> {
    const lease = options.lease();
    if (lease === null) return 0;
    if (ended.length > 0) {
      committing ??= commitEnded().finally(() => {
        committing = null;
      });
      await committing;
    }
    const now = options.clock.now();
    const bounds = { now, batchMax: LIMITS.claimBatchMax };
    const lost = await takeLostNotifications(options.database, lease, bounds);
    for (const claim of lost) {
      const outcome: SendOutcome = { kind: 'ambiguous', reason: 'connection_lost' };
      const random = options.random.random();
      keep(lease, endOf({ claim, outcome, durationMs: null, random }, now));
    }
    return lost.length;
  }

  async function idle(): Promise<void> {
    while (underWay.size > 0 || committing !== null) {
      await Promise.all([...underWay, committing]);
    }
  }

  return { runOnce, runLostOnce, idle };
}

type Ending = {
  readonly claim: ClaimedNotification;
  readonly outcome: SendOutcome;
  readonly durationMs: number | null;
  readonly random: number;
};

function endOf(ending: Ending, finishedAt: Instant): AttemptEnd {
  const { claim, outcome, durationMs, random } = ending;
  const plan = planRetry(
    {
      outcome,
      attemptCount: claim.attemptCount,
      attemptsMax: claim.attemptsMax,
      schedule: claim.retry,
      random,
      createdAt: claim.createdAt,
    },
    finishedAt,
  );
  return {
    notification: claim,
    completion: completionOf(plan),
    outcome: outcome.kind,
    httpStatus: 'httpStatus' in outcome ? outcome.httpStatus : null,
    error: describeError(outcome),
    hint: outcome.kind === 'misconfigured' ? outcome.hint : null,
    providerId: outcome.kind === 'accepted' ? outcome.providerId : null,
    durationMs,
    finishedAt,
  };
}

function describeError(outcome: SendOutcome): string | null {
  switch (outcome.kind) {
    case 'accepted':
      return null;
    case 'retry':
    case 'ambiguous':
    case 'rejected':
      return `${outcome.reason}: ${FAILURE_REASONS[outcome.reason]}`;
    case 'rate_limited':
      return 'rate_limited: The target asked to be called less often.';
    case 'misconfigured':
      return `misconfigured: ${outcome.field}: ${outcome.hint}`;
    case 'target_gone':
      return `target_gone: ${outcome.target}`;
  }
}

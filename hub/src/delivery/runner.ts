/**
 * The beats of delivery. A claim takes only what a free slot of its channel can send at once, so
 * that one channel that hangs never holds up another, and nothing waits under a lease.
 *
 * Danger: between the last byte sent and the commit of its outcome a crash leaves the row
 * `sending`; whoever finds its lease lost records the attempt as ambiguous, never as not sent.
 * Emits: `onFree` when a slot is free again; see completion.runner.ts for the rest.
 */
import type { ChannelId, NotificationId, ProjectId } from '#kernel/id.ts';
import type { Instant } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { Clock, Random } from '#kernel/ports.ts';
import { type ClaimedNotification, decideEnd } from './attempt-end.ts';
import type { ActionLinks, Channel, ChannelPorts, Secrets } from './channel.ts';
import {
  type CompletionOptions,
  type Completions,
  createCompletions,
} from './completion.runner.ts';
import type { ConfiguredChannel } from './settings/configured-channel.ts';
import type { SendOutcome } from './outcome.ts';
import {
  claimNotifications,
  type FreeSlots,
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

export type MessageLinks = {
  readonly actions: ActionLinks | null;
  readonly receiptUrl: string | null;
};

export type ChannelRef = { readonly projectId: ProjectId; readonly channelId: ChannelId };

export type DeliveryOptions = CompletionOptions & {
  readonly clock: Clock;
  readonly random: Random;
  readonly ports: ChannelPorts;
  /** The signed links of a message: the same for each of its attempts. */
  readonly linksOf: (claim: ClaimedNotification) => Promise<MessageLinks>;
  readonly version: string;
  /** Null while this node may not claim: no lease, or a clock that is not trusted. */
  readonly lease: () => Lease | null;
  readonly findChannel: (channel: ChannelRef) => Promise<ReadyChannel>;
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
  /** When everything claimed has been sent and its outcome committed, or kept for the next try. */
  readonly idle: () => Promise<void>;
};

type Sending = {
  readonly options: DeliveryOptions;
  /** Claimed by this process, until what came of it is committed. */
  readonly known: Set<NotificationId>;
  /** Claims one after the other, so that what is claimed is known before anyone asks. */
  turn: Promise<unknown>;
  readonly completions: Completions;
  readonly byChannel: Map<ChannelId, number>;
  readonly underWay: Set<Promise<void>>;
};

export function createDelivery(options: DeliveryOptions): Delivery {
  const known = new Set<NotificationId>();
  const sending: Sending = {
    options,
    known,
    turn: Promise.resolve(),
    completions: createCompletions({
      ...options,
      onAttempt: (end) => {
        known.delete(end.notification.notificationId);
        options.onAttempt(end);
      },
    }),
    byChannel: new Map(),
    underWay: new Set(),
  };
  return {
    runOnce: () => runOnce(sending),
    runLostOnce: () => runLostOnce(sending),
    idle: async () => {
      while (sending.underWay.size > 0 || sending.completions.isBusy()) {
        await Promise.all([...sending.underWay, sending.completions.runOnce()]);
      }
    },
  };
}

async function runOnce(sending: Sending): Promise<DeliveryBeat> {
  const { options } = sending;
  const lease = options.lease();
  if (lease === null) return { claimed: 0, nextDueAt: null };
  const now = options.clock.now();
  const waiting = await listWaitingChannels(options.database);
  const due = waiting.filter((channel) => channel.dueAt <= now);
  const skippedAll = await skipAllInactive(sending, due, now);
  const slots = await findFreeSlots(sending, due);
  const claims =
    slots.length === 0
      ? []
      : await claimInTurn(sending, () =>
          claimNotifications(options.database, slots, { lease, now }),
        );
  for (const claim of claims) track(sending, claim.channelId, send(sending, claim, lease));
  const nextDueAt = skippedAll ? findNextDue(sending, waiting, now) : now;
  return { claimed: claims.length, nextDueAt };
}

/** A claim whose answer is lost stays unknown, and is found by `runLostOnce`. */
async function claimInTurn(
  sending: Sending,
  claim: () => Promise<readonly ClaimedNotification[]>,
): Promise<readonly ClaimedNotification[]> {
  const mine = sending.turn.then(async () => {
    const claims = await claim();
    for (const { notificationId } of claims) sending.known.add(notificationId);
    return claims;
  });
  sending.turn = mine.catch(() => undefined);
  return mine;
}

/**
 * Those of channels that were made inactive meanwhile; a batch of each at a time, for all others
 * wait behind this. Returns whether that was all.
 */
async function skipAllInactive(
  sending: Sending,
  due: readonly WaitingChannel[],
  now: Instant,
): Promise<boolean> {
  const { options, completions } = sending;
  const batchMax = LIMITS.claimBatchMax;
  let isAll = true;
  for (const channel of due) {
    if (!(await isInactive(options, channel))) continue;
    const { count, rounds } = await skipInactive(options.database, channel, { now, batchMax });
    if (count === batchMax) isAll = false;
    await completions.tellUnsent(rounds);
  }
  return isAll;
}

async function isInactive(options: DeliveryOptions, channel: ChannelRef): Promise<boolean> {
  const ready = await options.findChannel(channel);
  return ready.ok && !ready.configured.isActive;
}

async function findFreeSlots(
  sending: Sending,
  due: readonly WaitingChannel[],
): Promise<readonly FreeSlots[]> {
  const { options } = sending;
  const slots: FreeSlots[] = [];
  let room = Math.min(LIMITS.claimBatchMax, LIMITS.sendsUnderWayMax - sending.underWay.size);
  for (const channel of due) {
    if (await isInactive(options, channel)) continue;
    const free = Math.min(countFree(sending, channel.channelId), room);
    if (free <= 0) continue;
    room -= free;
    slots.push({ projectId: channel.projectId, channelId: channel.channelId, free });
  }
  return slots;
}

function countFree(sending: Sending, channelId: ChannelId): number {
  return LIMITS.channelSlotsMax - (sending.byChannel.get(channelId) ?? 0);
}

function findNextDue(
  sending: Sending,
  waiting: readonly WaitingChannel[],
  now: Instant,
): Instant | null {
  let next: Instant | null = null;
  for (const { channelId, dueAt } of waiting) {
    // A channel without a free slot asks again by itself when it has one.
    if (countFree(sending, channelId) <= 0 || dueAt <= now) continue;
    if (next === null || dueAt < next) next = dueAt;
  }
  return next;
}

function track(sending: Sending, channelId: ChannelId, sent: Promise<void>): void {
  const { byChannel, underWay, options } = sending;
  byChannel.set(channelId, (byChannel.get(channelId) ?? 0) + 1);
  const tracked = sent.finally(() => {
    byChannel.set(channelId, (byChannel.get(channelId) ?? 1) - 1);
    underWay.delete(tracked);
    options.onFree();
  });
  underWay.add(tracked);
}

async function send(sending: Sending, claim: ClaimedNotification, lease: Lease): Promise<void> {
  const { clock, random } = sending.options;
  const startedAt = clock.now();
  const outcome = await attempt(sending.options, claim);
  const finishedAt = clock.now();
  const durationMs = finishedAt - startedAt;
  const ending = { claim, outcome, durationMs, random: random.random() };
  sending.completions.add(lease, decideEnd(ending, finishedAt));
}

async function attempt(options: DeliveryOptions, claim: ClaimedNotification): Promise<SendOutcome> {
  try {
    const ready = await options.findChannel(claim);
    if (!ready.ok) return { kind: 'misconfigured', field: ready.field, hint: ready.hint };
    return await ready.kind.send(options.ports, {
      notification: {
        notificationId: claim.notificationId,
        eventType: claim.eventType,
        payload: claim.eventPayload,
        createdAt: claim.createdAt,
        subjectId: claim.subjectId,
        address: claim.address,
        recipient: claim.recipient,
        language: claim.language,
        ...(await options.linksOf(claim)),
      },
      config: ready.configured.config,
      secrets: ready.secrets,
      version: options.version,
      now: options.clock.now(),
    });
  } catch (error) {
    // A fault of ours: nobody knows whether bytes were written, so it counts as possible.
    const text = error instanceof Error ? error.message : String(error);
    options.log.error('a send failed inside', { channel: claim.channelId, error: text });
    return { kind: 'ambiguous', reason: 'connection_lost' };
  }
}

async function runLostOnce(sending: Sending): Promise<number> {
  const { options, completions } = sending;
  const lease = options.lease();
  if (lease === null) return 0;
  // Under a steady load it would go on and on, and the work of a dead node would wait for it.
  if (!completions.isBusy()) await completions.runOnce();
  const now = options.clock.now();
  const bounds = { now, batchMax: LIMITS.claimBatchMax, known: sending.known };
  const lost = await claimInTurn(sending, () =>
    takeLostNotifications(options.database, lease, bounds),
  );
  for (const claim of lost) {
    const outcome: SendOutcome = { kind: 'ambiguous', reason: 'connection_lost' };
    const ending = { claim, outcome, durationMs: null, random: options.random.random() };
    completions.add(lease, decideEnd(ending, now));
  }
  return lost.length;
}

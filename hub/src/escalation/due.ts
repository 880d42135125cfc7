/** The one moment at which something is due for an alert. Pure. */
import { type Alert, isGivenUp } from '#alert/alert.ts';
import { type Instant, instant, MS_PER_SECOND, plusMs } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import { isOpen } from '#kernel/words/lifecycle.ts';
import type { Policy } from '#kernel/calling/policy.ts';

export const DUE_KINDS = [
  'source_end',
  'expire',
  'seen_expire',
  'ack_timeout',
  'again',
  'step',
  'repeat',
  'undelivered',
] as const;
export type DueKind = (typeof DUE_KINDS)[number];

export type Due = { readonly at: Instant; readonly kind: DueKind };

export type DueSettings = {
  /**
   * Since when this hub has been there to be reported to. A source that could not reach us is not
   * taken for one that fell silent: it gets time to report again after an outage of ours.
   */
  readonly listeningSince: Instant;
};

/** What of an escalation the due moment depends on. */
export type Progress = {
  readonly level: number;
  readonly round: number;
  readonly resentRound: number;
  /** One more round is owed, because it happened again while someone had it. */
  readonly againLabel: string | null;
  readonly timedOutAt: Instant | null;
  readonly steppedAt: Instant;
  readonly lastRoundAt: Instant;
};

type Context = {
  readonly alert: Alert;
  readonly policy: Policy;
  readonly settings: DueSettings;
};

/**
 * The earliest of all that can become due, or null when the alert is over. When several are due
 * at the same moment, the order of DUE_KINDS decides.
 */
export function findDue(progress: Progress, context: Context): Due | null {
  if (!isOpen(context.alert.status)) return null;
  let earliest: Due | null = null;
  for (const kind of DUE_KINDS) {
    const at = findMoment(kind, progress, context);
    if (at !== null && (earliest === null || at < earliest.at)) earliest = { at, kind };
  }
  return earliest;
}

/** Of all that is due by now, what comes first: an end or an expiry spares the calls before it. */
export function findOverdue(progress: Progress, context: Context, now: Instant): DueKind | null {
  if (!isOpen(context.alert.status)) return null;
  const isDue = (kind: DueKind) => {
    const at = findMoment(kind, progress, context);
    return at !== null && at <= now;
  };
  return DUE_KINDS.find(isDue) ?? null;
}

/** When people are called next if nobody answers; null when nothing more is planned. */
export function findNextStep(progress: Progress, context: Context): Due | null {
  if (!isOpen(context.alert.status)) return null;
  const step = escalationMoment('step', progress, context);
  if (step !== null) return { at: step, kind: 'step' };
  const repeat = escalationMoment('repeat', progress, context);
  return repeat === null ? null : { at: repeat, kind: 'repeat' };
}

function findMoment(kind: DueKind, progress: Progress, context: Context): Instant | null {
  const { alert, policy, settings } = context;
  const isWaiting = alert.status === 'PENDING' || alert.status === 'DELIVERED';
  switch (kind) {
    case 'source_end':
      return alert.endsAt === null ? null : sourceEnd(alert, alert.endsAt, settings);
    case 'expire':
      return isWaiting ? plusS(alert.createdAt, policy.expireAfterS) : null;
    case 'seen_expire':
      return alert.status === 'SEEN' && alert.seenAt !== null
        ? plusS(alert.seenAt, policy.seenExpireAfterS)
        : null;
    case 'ack_timeout':
      return alert.status === 'ACKNOWLEDGED' && alert.acknowledgedAt !== null
        ? plusS(latest(alert.acknowledgedAt, progress.timedOutAt), policy.ackTimeoutS)
        : null;
    case 'again':
      return progress.againLabel === null ? null : plusS(progress.lastRoundAt, policy.minIntervalS);
    case 'step':
    case 'repeat':
      return escalationMoment(kind, progress, context);
    case 'undelivered':
      return alert.status === 'PENDING' &&
        policy.ifNotDeliveredS !== null &&
        progress.resentRound < progress.round
        ? plusS(progress.lastRoundAt, policy.ifNotDeliveredS)
        : null;
    default:
      return null;
  }
}

function sourceEnd(alert: Alert, endsAt: Instant, settings: DueSettings): Instant {
  const wasAway = alert.lastEventAt < settings.listeningSince;
  return wasAway ? latest(endsAt, plusMs(settings.listeningSince, LIMITS.sourceGraceMs)) : endsAt;
}

/** Steps from the creation, then repeats from the last one; both held by seen and by interval. */
function escalationMoment(
  kind: 'step' | 'repeat',
  progress: Progress,
  context: Context,
): Instant | null {
  const { alert, policy } = context;
  const step = policy.steps[progress.level];
  let moment: Instant | null = null;
  if (kind === 'step' && step !== undefined) moment = plusS(alert.createdAt, step.delayS);
  if (kind === 'repeat' && step === undefined && policy.repeatEveryS !== null) {
    moment = plusS(progress.steppedAt, policy.repeatEveryS);
  }
  const isTaken = alert.status === 'ACKNOWLEDGED' && !isGivenUp(alert);
  if (moment === null || isTaken) return null;
  const held = latest(moment, plusS(progress.lastRoundAt, policy.minIntervalS));
  if (alert.status !== 'SEEN') return held;
  if (policy.seenHoldS === null || alert.seenAt === null) return null;
  return latest(held, plusS(alert.seenAt, policy.seenHoldS));
}

function plusS(at: Instant, seconds: number): Instant {
  return plusMs(at, seconds * MS_PER_SECOND);
}

function latest(one: Instant, other: Instant | null): Instant {
  return other === null ? one : instant(Math.max(one, other));
}

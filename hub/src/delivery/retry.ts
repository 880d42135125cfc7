/**
 * When a notification is tried again, or that it is not. Delays grow by a fixed schedule and are
 * stretched by 0 to 20 %, never shortened, so that many failures do not come back at one moment.
 */
import type { Instant } from '#kernel/instant.ts';
import { instant, MS_PER_HOUR, MS_PER_MINUTE, MS_PER_SECOND, plusMs } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { FailureReason, SendOutcome } from './outcome.ts';

export type RetrySchedule = {
  readonly delaysMs: readonly number[];
  /** Unless the channel sets its own. */
  readonly attemptsMax: number;
};

export const RETRY_SCHEDULES = {
  /** The third delay serves channels that allow a fourth attempt. */
  standard: {
    delaysMs: [5 * MS_PER_MINUTE, 30 * MS_PER_MINUTE, 2 * MS_PER_HOUR],
    attemptsMax: 3,
  },
  /** For rounds of priority high and above. */
  urgent: {
    delaysMs: [
      5 * MS_PER_SECOND,
      15 * MS_PER_SECOND,
      60 * MS_PER_SECOND,
      5 * MS_PER_MINUTE,
      15 * MS_PER_MINUTE,
    ],
    attemptsMax: 6,
  },
} as const satisfies Readonly<Record<string, RetrySchedule>>;

export type RetryScheduleName = keyof typeof RETRY_SCHEDULES;

export type FinalReason = FailureReason | 'misconfigured' | 'target_gone' | 'too_old';

export type RetryPlan =
  | {
      readonly kind: 'retry';
      readonly at: Instant;
      /** Whether the attempt that just ended uses up one of the channel's attempts. */
      readonly countsAttempt: boolean;
      /** The target may have had it already; shown to the operator. */
      readonly isPossiblyDuplicate: boolean;
    }
  | { readonly kind: 'final'; readonly status: 'sent'; readonly reason: null }
  | { readonly kind: 'final'; readonly status: 'failed'; readonly reason: FinalReason };

export type RetryQuestion = {
  readonly outcome: SendOutcome;
  /** Counted attempts before the one that just ended: 0 at the first. */
  readonly attemptCount: number;
  /** Null: what the schedule says. */
  readonly attemptsMax: number | null;
  readonly schedule: RetryScheduleName;
  /** Uniform in [0, 1). */
  readonly random: number;
  readonly createdAt: Instant;
};

export function planRetry(question: RetryQuestion, now: Instant): RetryPlan {
  const { outcome } = question;
  switch (outcome.kind) {
    case 'accepted':
      return { kind: 'final', status: 'sent', reason: null };
    case 'rejected':
      return fail(outcome.reason);
    case 'misconfigured':
    case 'target_gone':
      return fail(outcome.kind);
    case 'rate_limited': {
      const earliest = plusMs(now, LIMITS.rateLimitWaitMinMs);
      return planAt(question, { at: latest(outcome.notBefore, earliest), countsAttempt: false });
    }
    case 'retry':
      return planNext(question, outcome.notBefore, now);
    case 'ambiguous':
      return planNext(question, null, now);
  }
}

function planNext(question: RetryQuestion, notBefore: Instant | null, now: Instant): RetryPlan {
  const schedule: RetrySchedule = RETRY_SCHEDULES[question.schedule];
  const attemptsMax = question.attemptsMax ?? schedule.attemptsMax;
  const { outcome } = question;
  if (question.attemptCount + 1 >= attemptsMax && 'reason' in outcome) return fail(outcome.reason);
  const delayMs = schedule.delaysMs[question.attemptCount] ?? schedule.delaysMs.at(-1) ?? 0;
  const stretched = delayMs * (1 + LIMITS.retryJitterMax * question.random);
  const at = plusMs(now, Math.ceil(stretched));
  return planAt(question, { at: latest(at, notBefore ?? at), countsAttempt: true });
}

function planAt(
  question: RetryQuestion,
  next: { readonly at: Instant; readonly countsAttempt: boolean },
): RetryPlan {
  if (next.at > plusMs(question.createdAt, LIMITS.deliveryAgeMaxMs)) return fail('too_old');
  const isPossiblyDuplicate = question.outcome.kind === 'ambiguous';
  return { kind: 'retry', ...next, isPossiblyDuplicate };
}

function fail(reason: FinalReason): RetryPlan {
  return { kind: 'final', status: 'failed', reason };
}

function latest(one: Instant, other: Instant): Instant {
  return instant(Math.max(one, other));
}

/** How an attempt ended, and what becomes of its notification. Pure. */
import type { Instant } from '#kernel/instant.ts';
import { completionOf } from './notification.ts';
import { FAILURE_REASONS, type SendOutcome } from './outcome.ts';
import { planRetry } from './retry.ts';
import type { Completion, Notification } from './notification.ts';

/** A claimed row: everything that is needed to send it and to decide what comes then. */
export type ClaimedNotification = Omit<Notification, 'status' | 'reason'> & {
  readonly attemptCount: number;
  readonly tryCount: number;
};

export type AttemptEnd = {
  readonly notification: ClaimedNotification;
  readonly completion: Completion;
  readonly outcome: SendOutcome['kind'];
  readonly httpStatus: number | null;
  readonly error: string | null;
  readonly hint: string | null;
  readonly providerId: string | null;
  readonly durationMs: number | null;
  readonly finishedAt: Instant;
};

export type Ending = {
  readonly claim: ClaimedNotification;
  readonly outcome: SendOutcome;
  readonly durationMs: number | null;
  /** Uniform in [0, 1). */
  readonly random: number;
};

export function decideEnd(ending: Ending, finishedAt: Instant): AttemptEnd {
  const { claim, outcome, durationMs, random } = ending;
  const question = {
    outcome,
    attemptCount: claim.attemptCount,
    attemptsMax: claim.attemptsMax,
    schedule: claim.retry,
    random,
    createdAt: claim.createdAt,
  };
  return {
    notification: claim,
    completion: completionOf(planRetry(question, finishedAt)),
    outcome: outcome.kind,
    httpStatus: 'httpStatus' in outcome ? outcome.httpStatus : null,
    error: describeError(outcome),
    hint: outcome.kind === 'misconfigured' ? outcome.hint : null,
    providerId: outcome.kind === 'accepted' ? outcome.providerId : null,
    durationMs,
    finishedAt,
  };
}

/** For the operator: the reason as a word, and a sentence. */
export function describeError(outcome: SendOutcome): string | null {
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

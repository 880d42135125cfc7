/** What one attempt of a notification came to. Answers, not exceptions. */
import type { Instant } from '#kernel/instant.ts';
import type { HttpFailure } from '#kernel/ports.ts';

/** Each reason and the sentence that an operator reads. */
export const FAILURE_REASONS = {
  address_refused: 'The address of the target is private or reserved.',
  url_invalid: 'The address of the target is not usable.',
  dns_failed: 'The name of the target could not be resolved.',
  connect_failed: 'No connection to the target could be made.',
  tls_failed: 'The TLS handshake with the target failed.',
  timeout: 'The target did not answer in time.',
  connection_lost: 'The connection broke before an answer came.',
  server_error: 'The target answered with an error of its own (5xx).',
  request_refused: 'The target refused the message.',
  redirected: 'The target redirected; redirects are never followed.',
  stopped_by_target: 'The target asked that this message not be sent again.',
  answer_unexpected: 'The target answered in a way that its contract does not know.',
  not_ready: 'The target asked to be tried again later.',
  mailbox_full: 'The mailbox of the recipient is full.',
  message_too_large: 'The message is larger than the target takes.',
  policy_refused: 'The target refused the message by its policy (spam, sender check, relay).',
} as const satisfies Readonly<Record<HttpFailure, string>> & Readonly<Record<string, string>>;

export type FailureReason = keyof typeof FAILURE_REASONS;

/** Texts in it hold no URL, token or secret: it is stored, logged and shown. */
export type SendOutcome =
  | {
      readonly kind: 'accepted';
      readonly providerId: string | null;
      readonly httpStatus: number | null;
    }
  | {
      readonly kind: 'retry';
      readonly reason: FailureReason;
      readonly notBefore: Instant | null;
      readonly httpStatus: number | null;
    }
  | {
      readonly kind: 'rate_limited';
      readonly notBefore: Instant;
      readonly httpStatus: number | null;
    }
  /** Bytes were written and no answer came: the target may have acted. */
  | { readonly kind: 'ambiguous'; readonly reason: FailureReason }
  | {
      readonly kind: 'rejected';
      readonly reason: FailureReason;
      readonly httpStatus: number | null;
    }
  | { readonly kind: 'misconfigured'; readonly field: string; readonly hint: string }
  | {
      readonly kind: 'target_gone';
      readonly target: string;
      readonly httpStatus: number | null;
    };

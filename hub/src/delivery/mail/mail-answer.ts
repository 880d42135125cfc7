/**
 * What the answer of a mail server comes to: by its enhanced code (RFC 3463) first, then by where
 * in the conversation it stands. Before a recipient was named, a refusal is about the channel's
 * settings and would meet every message; after that it is about this one.
 */
import type { Instant } from '#kernel/instant.ts';
import { plusMs } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { SmtpOutcome } from '#kernel/ports.ts';
import { classifyUnanswered } from '#delivery/http-answer.ts';
import type { FailureReason, SendOutcome } from '#delivery/outcome.ts';

export type MailContext = {
  /** The domain of the recipient is shown, never the whole address. */
  readonly target: string;
  /** The provider id where the server's answer names none. */
  readonly messageId: string;
  readonly now: Instant;
};

type Refusal = Extract<SmtpOutcome, { kind: 'refused' }>;

export function classifyMailOutcome(outcome: SmtpOutcome, context: MailContext): SendOutcome {
  if (outcome.kind === 'accepted') {
    const providerId = findQueueId(outcome.reply) ?? context.messageId;
    return { kind: 'accepted', providerId, httpStatus: null };
  }
  if (outcome.kind !== 'refused') return classifyUnanswered(outcome, 'smtp_host');
  return isTemporary(outcome) ? retryLater(outcome, context.now) : classifyFinal(outcome, context);
}

/** `250 2.0.0 Ok: queued as 4XyZ` and the like: what the server's operator can look for. */
function findQueueId(reply: string): string | null {
  const match = /\bqueued as <?([\w.@-]{1,128})|\bid=<?([\w.@-]{1,128})/i.exec(reply);
  return match?.[1] ?? match?.[2] ?? null;
}

function isTemporary({ code, enhancedCode }: Refusal): boolean {
  if (code === 421) return true;
  return enhancedCode === null ? code < 500 : enhancedCode.startsWith('4');
}

function retryLater(refusal: Refusal, now: Instant): SendOutcome {
  const notBefore = isGreylisting(refusal) ? plusMs(now, LIMITS.greylistWaitMs) : null;
  // 454: it cannot encrypt. Whoever reads "try again later" would not look for that.
  const reason = refusal.phase === 'starttls' ? 'tls_failed' : 'not_ready';
  return { kind: 'retry', reason, notBefore, httpStatus: null };
}

/** Servers that want to see who comes back say 450 or 451, seldom why. */
function isGreylisting({ phase, code, enhancedCode }: Refusal): boolean {
  if (phase !== 'mail' && phase !== 'rcpt' && phase !== 'data') return false;
  if (code !== 450 && code !== 451) return false;
  return enhancedCode === null || enhancedCode === '4.2.0' || enhancedCode.startsWith('4.7.');
}

function classifyFinal(refusal: Refusal, context: MailContext): SendOutcome {
  const setting = findWrongSetting(refusal);
  if (setting !== null) {
    const hint = `${setting.hint} (it answered ${renderSaid(refusal)})`;
    return { kind: 'misconfigured', field: setting.field, hint };
  }
  if (isTargetGone(refusal)) {
    const target = `${context.target} has no such mailbox (it answered ${renderSaid(refusal)})`;
    return { kind: 'target_gone', target, httpStatus: null };
  }
  return { kind: 'rejected', reason: findReason(refusal), httpStatus: null };
}

function renderSaid({ code, enhancedCode }: Refusal): string {
  return enhancedCode === null ? String(code) : `${code} ${enhancedCode}`;
}

type WrongSetting = { readonly field: string; readonly hint: string };

const WANTS_SIGN_IN = 'the mail server wants a sign-in, or one that is encrypted';
const REFUSED_SIGN_IN = 'the mail server refused the user name or password';

function findWrongSetting({ phase, code, enhancedCode }: Refusal): WrongSetting | null {
  if (code === 530 || code === 538 || enhancedCode === '5.7.11') {
    return { field: phase === 'auth' ? 'smtp_use_tls' : 'smtp_password', hint: WANTS_SIGN_IN };
  }
  if (code === 535 || enhancedCode === '5.7.8' || phase === 'auth') {
    return { field: 'smtp_password', hint: REFUSED_SIGN_IN };
  }
  if (phase === 'starttls') {
    return { field: 'smtp_use_starttls', hint: 'the mail server does not speak STARTTLS' };
  }
  if (phase === 'greeting' || phase === 'hello') {
    return { field: 'smtp_host', hint: 'the mail server does not talk to this host' };
  }
  const isSender = enhancedCode === '5.1.7' || enhancedCode === '5.1.8';
  if (isSender || (phase === 'mail' && !isTooLarge(phase, code, enhancedCode))) {
    return { field: 'from_email', hint: 'the mail server refused the sender' };
  }
  return null;
}

/** No such mailbox, no such domain, not an address, moved away, takes no mail, switched off. */
const GONE_CODES: ReadonlySet<string> = new Set([
  '5.1.0',
  '5.1.1',
  '5.1.2',
  '5.1.3',
  '5.1.6',
  '5.1.10',
  '5.2.1',
]);

function isTargetGone({ phase, code, enhancedCode }: Refusal): boolean {
  if (enhancedCode !== null) return GONE_CODES.has(enhancedCode);
  return phase === 'rcpt' && (code === 550 || code === 551 || code === 553);
}

function findReason({ phase, code, enhancedCode }: Refusal): FailureReason {
  if (isTooLarge(phase, code, enhancedCode)) return 'message_too_large';
  if (enhancedCode === '5.2.2' || (enhancedCode === null && code === 552)) return 'mailbox_full';
  if (enhancedCode?.startsWith('5.7.') === true) return 'policy_refused';
  return 'request_refused';
}

function isTooLarge(phase: Refusal['phase'], code: number, enhancedCode: string | null): boolean {
  if (enhancedCode !== null) return enhancedCode === '5.3.4' || enhancedCode === '5.2.3';
  return code === 552 && phase !== 'rcpt';
}

/** What a server said, and what a failure in the conversation with it means. Pure. */
import { LIMITS } from '#kernel/limits.ts';
import type { HttpFailure, SmtpOutcome, SmtpPhase } from '#kernel/ports.ts';

type WithoutDuration<Outcome> = Outcome extends SmtpOutcome ? Omit<Outcome, 'durationMs'> : never;
export type SmtpResult = WithoutDuration<SmtpOutcome>;

/** What nodemailer tells of a failure, as far as it is used. Its texts are not: they may echo. */
export type SmtpFault = {
  readonly code?: string | undefined;
  readonly originalCode?: string | undefined;
  readonly command?: string | undefined;
  readonly response?: string | undefined;
  readonly responseCode?: number | undefined;
};

export type FaultPlace = {
  /** What was being done. */
  readonly step: 'opening' | 'auth' | 'sending';
  /** A TLS handshake was under way. */
  readonly isUpgrading: boolean;
  /** All of the message had been handed to the connection, its end included. */
  readonly isWhole: boolean;
};

export function readFault(fault: SmtpFault, place: FaultPlace): SmtpResult {
  const code = fault.responseCode ?? 0;
  if (code >= 400 && code <= 599) {
    const enhancedCode = findEnhancedCode(fault.response ?? '', code);
    return { kind: 'refused', phase: findPhase(fault, place), code, enhancedCode };
  }
  // The server has announced the most that it takes; it was not even asked.
  if (fault.code === 'EMESSAGE' && fault.command === 'MAIL FROM') {
    return { kind: 'refused', phase: 'mail', code: 552, enhancedCode: '5.3.4' };
  }
  const reason = findReason(fault, place);
  const cause = fault.originalCode ?? fault.code ?? 'no code';
  const detail = `${DETAILS[reason]} (${cause})`;
  return { kind: place.isWhole ? 'unknown' : 'unsent', reason, detail };
}

const DETAILS = {
  timeout: 'no answer in time',
  tls_failed: 'the TLS handshake failed',
  connection_lost: 'the connection was lost',
} as const satisfies Partial<Record<HttpFailure, string>>;

function findReason(fault: SmtpFault, place: FaultPlace): keyof typeof DETAILS {
  if (fault.code === 'ETIMEDOUT') return 'timeout';
  return place.isUpgrading || fault.code === 'ETLS' ? 'tls_failed' : 'connection_lost';
}

function findPhase(fault: SmtpFault, place: FaultPlace): SmtpPhase {
  const { command = '' } = fault;
  if (command === 'EHLO' || command === 'HELO') return 'hello';
  if (command === 'STARTTLS') return 'starttls';
  if (command === 'MAIL FROM') return 'mail';
  if (command === 'RCPT TO') return 'rcpt';
  if (command === 'DATA') return 'data';
  if (place.step === 'auth') return 'auth';
  if (place.step === 'opening') return 'greeting';
  return place.isWhole ? 'data' : 'mail';
}

/** `550-5.1.1 No such user`: only where its class is one of a refusal. */
export function findEnhancedCode(response: string, code: number): string | null {
  const match = /^\d{3}[ -]([45]\.\d{1,3}\.\d{1,3})(?!\d)/m.exec(response);
  return code >= 400 ? (match?.[1] ?? null) : null;
}

/** The server's own words, for the record: one line, bounded, without control characters. */
export function cleanReply(response: string): string {
  return response.replace(/\p{Cc}+/gu, ' ').slice(0, LIMITS.smtpReplyCharsMax);
}

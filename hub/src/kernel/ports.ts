/** What the outside world looks like from inside: every effectful thing is one of these. */
import type { Instant } from './instant.ts';

/** Time is an argument; this is where the argument comes from. */
export type Clock = { readonly now: () => Instant };

/** Chance is an argument too. `random` is uniform in [0, 1). */
export type Random = {
  readonly bytes: (count: number) => Uint8Array;
  readonly random: () => number;
};

/** Time-ordered, unique identifiers (UUIDv7, lower case, with dashes). */
export type Ids = { readonly next: (at: Instant) => string };

export type LogFields = Readonly<Record<string, unknown>>;

/** Structured log. Never pass secrets, tokens, URLs of requests or payloads. */
export type Log = {
  readonly debug: (message: string, fields?: LogFields) => void;
  readonly info: (message: string, fields?: LogFields) => void;
  readonly warn: (message: string, fields?: LogFields) => void;
  readonly error: (message: string, fields?: LogFields) => void;
};

export type HttpRequest = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** http or https; the host is checked by the address guard on its resolved address. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
  /** From the first lookup to the last byte of the answer. */
  readonly timeoutMs: number;
  /** Bytes of the answer's body that are kept; the rest is not read. */
  readonly answerBytesMax: number;
};

/**
 * How a request ended. `unsent`: surely no byte of it reached the target. `unknown`: bytes were
 * written and no answer came, so the target may or may not have acted.
 */
export type HttpOutcome =
  | {
      readonly kind: 'answered';
      readonly status: number;
      /** Names in lower case. */
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
      readonly durationMs: number;
    }
  | {
      readonly kind: 'unsent';
      readonly reason: HttpFailure;
      /** For the operator; holds no URL and no secret. */
      readonly detail: string;
      readonly durationMs: number;
    }
  | {
      readonly kind: 'unknown';
      readonly reason: HttpFailure;
      readonly detail: string;
      readonly durationMs: number;
    };

export type HttpFailure =
  | 'address_refused'
  | 'url_invalid'
  | 'dns_failed'
  | 'connect_failed'
  | 'tls_failed'
  | 'timeout'
  | 'connection_lost';

export type Http = { readonly send: (request: HttpRequest) => Promise<HttpOutcome> };

export type SmtpServer = {
  /** A name or an address literal; checked by the address guard on its resolved address. */
  readonly host: string;
  readonly port: number;
  /** `starttls` is required, never opportunistic. */
  readonly security: 'tls' | 'starttls' | 'none';
  /** Null: no authentication. */
  readonly user: string | null;
  readonly password: string | null;
};

/** One message to one recipient. Addresses and header values are free of control characters. */
export type MailMessage = {
  readonly fromAddress: string;
  readonly fromName: string | null;
  readonly toAddress: string;
  /** Without angle brackets. The same for every attempt. */
  readonly messageId: string;
  readonly sentAt: Instant;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly headers: Readonly<Record<string, string>>;
};

export type SmtpRequest = {
  readonly server: SmtpServer;
  readonly message: MailMessage;
  /** From the first lookup to the answer to the message. */
  readonly timeoutMs: number;
};

/** Where in the conversation the server said no. */
export type SmtpPhase = 'greeting' | 'hello' | 'starttls' | 'auth' | 'mail' | 'rcpt' | 'data';

/** As with HTTP: `unsent` is sure, `unknown` means the whole message went and no answer came. */
export type SmtpOutcome =
  | { readonly kind: 'accepted'; readonly reply: string; readonly durationMs: number }
  | {
      readonly kind: 'refused';
      readonly phase: SmtpPhase;
      /** 400 to 599. */
      readonly code: number;
      /** RFC 3463, like `5.1.1`. */
      readonly enhancedCode: string | null;
      readonly durationMs: number;
    }
  | {
      readonly kind: 'unsent' | 'unknown';
      readonly reason: HttpFailure;
      /** For the operator; holds no secret. */
      readonly detail: string;
      readonly durationMs: number;
    };

/** Whether a target takes a connection at all; nothing is said to it. */
export type ReachOutcome =
  | { readonly kind: 'reached'; readonly durationMs: number }
  | { readonly kind: 'failed'; readonly reason: HttpFailure; readonly detail: string };

export type Reach = {
  readonly probe: (target: {
    /** A name or an address literal; checked by the address guard on its resolved address. */
    readonly host: string;
    readonly port: number;
    readonly timeoutMs: number;
  }) => Promise<ReachOutcome>;
};

export type Smtp = { readonly send: (request: SmtpRequest) => Promise<SmtpOutcome> };

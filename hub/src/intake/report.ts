/** What a source's file makes of one raw report: plain, typed, bounded, not yet redacted. */
import type { AlertId } from '#kernel/id.ts';
import type { Instant } from '#kernel/instant.ts';
import type { JsonObject, JsonValue } from '#kernel/syntax/json.ts';
import type { MailDirection, MailKind } from '#kernel/words/mail.ts';
import type { Severity } from '#kernel/words/severity.ts';
import type { Receipt } from './sent-mail/sent-mail.ts';

export const STAGES = ['received', 'updated', 'resolved', 'heartbeat'] as const;
export type Stage = (typeof STAGES)[number];

/** Which reports speak of the same problem. */
export type Identity =
  /** The sender named the alert itself; unique in the project, whatever the source. */
  | { readonly kind: 'own'; readonly alertId: AlertId }
  /** Reports of one source with the same key. */
  | { readonly kind: 'key'; readonly key: string }
  /** Each detection is a problem of its own. */
  | { readonly kind: 'single' };

export type Labels = Readonly<Record<string, string>>;

/**
 * What a report about mail is to rules and to the message that was sent. Kept in memory until the
 * report is stored, never longer, and never sent: filters and correlation need what redaction
 * would mask.
 */
export type MailNews = {
  /** What rules hear of it, besides `event.received`. */
  readonly eventType: 'message.received' | 'message.state_changed';
  readonly kind: MailKind;
  readonly direction: MailDirection;
  /** By which rules may call the mailbox. */
  readonly mailboxes: readonly string[];
  /** About a mail that we have sent: whoever is told of it by mail causes the next one. */
  readonly isAboutOwn: boolean;
  readonly sent: {
    /** By which the message that was sent is found again, the surest first. */
    readonly names: readonly string[];
    readonly receipt: Receipt;
    /** Others may raise an alarm, but never move a state. */
    readonly isTrusted: boolean;
  } | null;
};

export type Report = {
  readonly stage: Stage;
  readonly identity: Identity;
  readonly title: string;
  readonly severity: Severity;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly fingerprint: string | null;

  readonly provider: string | null;
  readonly providerEventId: string | null;
  readonly channelChatId: string | null;
  readonly content: string | null;
  readonly sourceUrl: string | null;
  readonly sourceRefs: JsonObject | null;
  readonly logCorrelation: JsonObject | null;
  readonly alertname: string | null;
  readonly namespace: string | null;
  readonly targetResource: string | null;
  readonly runId: string | null;
  readonly payload: JsonObject | null;
  readonly providerTs: Instant | null;

  readonly deviceId: string | null;
  readonly cameraId: string | null;
  readonly areaId: string | null;
  readonly image: string | null;
  readonly audioRelayWs: string | null;
  readonly cameraIpMap: JsonValue;
  readonly analyse: JsonObject;
  readonly policyId: string | null;
  readonly isTest: boolean;
  /** Says something, of a problem or of none: stored with the alert that is open, raises none. */
  readonly isRemark: boolean;
  /** Made up by the hub: a sign of life of nobody. */
  readonly isSynthetic: boolean;
  /** Null: not about mail. */
  readonly mail: MailNews | null;

  /** When the problem began, as the sender says; null = it does not say. */
  readonly startsAt: Instant | null;
  /** When the sender itself says it ends or ended; null = it does not say. */
  readonly endsAt: Instant | null;
  /** Seconds without another report after which it counts as over; null = never. */
  readonly resolveTimeoutMs: number | null;
};

/** Everything a sender need not say. */
export const BARE_REPORT = {
  labels: {},
  annotations: {},
  fingerprint: null,
  provider: null,
  providerEventId: null,
  channelChatId: null,
  content: null,
  sourceUrl: null,
  sourceRefs: null,
  logCorrelation: null,
  alertname: null,
  namespace: null,
  targetResource: null,
  runId: null,
  payload: null,
  providerTs: null,
  deviceId: null,
  cameraId: null,
  areaId: null,
  image: null,
  audioRelayWs: null,
  cameraIpMap: null,
  analyse: {},
  policyId: null,
  isTest: false,
  isRemark: false,
  isSynthetic: false,
  mail: null,
  startsAt: null,
  endsAt: null,
  resolveTimeoutMs: null,
} as const satisfies Partial<Report>;

/** The id of a report about an alert that its sender named, unless the sender gives another. */
export function nameOwnEvent(
  alertId: string,
  stage: 'received' | 'resolved' | 'heartbeat',
): string {
  return `${alertId}:${stage}`;
}

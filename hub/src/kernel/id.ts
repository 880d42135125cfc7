/** Branded identifiers, so that one kind cannot be passed for another. */
import type { Instant } from './instant.ts';

declare const idBrand: unique symbol;
type Id<Name extends string> = string & { readonly [idBrand]: Name };

export type ProjectId = Id<'project'>;
export type SourceId = Id<'source'>;
export type EventId = Id<'event'>;
/** A UUIDv7 of ours or the sender's own id: `[A-Za-z0-9._:-]{1,128}`. Unique per project. */
export type AlertId = Id<'alert'>;
export type PolicyId = Id<'policy'>;
export type ChannelId = Id<'channel'>;
export type RuleId = Id<'rule'>;
export type KeyId = Id<'key'>;
export type NotificationId = Id<'notification'>;
export type ResponderId = Id<'responder'>;
export type OperatorId = Id<'operator'>;
export type SessionId = Id<'session'>;

export const projectId = (text: string): ProjectId => text as ProjectId;
export const sourceId = (text: string): SourceId => text as SourceId;
export const eventId = (text: string): EventId => text as EventId;
export const alertId = (text: string): AlertId => text as AlertId;
export const policyId = (text: string): PolicyId => text as PolicyId;
export const channelId = (text: string): ChannelId => text as ChannelId;
export const ruleId = (text: string): RuleId => text as RuleId;
export const keyId = (text: string): KeyId => text as KeyId;
export const notificationId = (text: string): NotificationId => text as NotificationId;
export const responderId = (text: string): ResponderId => text as ResponderId;
export const operatorId = (text: string): OperatorId => text as OperatorId;
export const sessionId = (text: string): SessionId => text as SessionId;

export const DEFAULT_PROJECT_ID = projectId('default');
/** Where `tocsin demo` plays: nobody real is called there, at any time. */
export const DEMO_PROJECT_ID = projectId('demo');

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export function isUuid(text: string): boolean {
  return UUID.test(text);
}

export const ALERT_ID_PATTERN = /^[A-Za-z0-9._:-]{1,128}$/;
export const PROJECT_ID_PATTERN = /^[a-z0-9][a-z0-9_-]{0,63}$/;
export const SOURCE_TOKEN_PATTERN = /^[a-z0-9]{32}$/;

/**
 * UUIDv7 (RFC 9562): 48 bits of milliseconds, then 74 bits given by the caller (10 bytes, whose
 * spare bits are overwritten by version and variant).
 */
export function formatUuidV7(at: Instant, tail: Uint8Array): string {
  const time = formatTime(at);
  const hex = (index: number): string => HEX[tail[index] ?? 0] ?? '00';
  const version = HEX[((tail[0] ?? 0) & 0x0f) | 0x70] ?? '70';
  const variant = HEX[((tail[2] ?? 0) & 0x3f) | 0x80] ?? '80';
  return (
    `${time}-${version}${hex(1)}-${variant}${hex(3)}-` +
    `${hex(4)}${hex(5)}${hex(6)}${hex(7)}${hex(8)}${hex(9)}`
  );
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** The first 48 bits, dash included. */
function formatTime(at: Instant): string {
  const time = Math.max(0, at).toString(16).padStart(12, '0').slice(-12);
  return `${time.slice(0, 8)}-${time.slice(8)}`;
}

/** The smallest UUIDv7 of that moment: the bound of an event partition. */
export function lowestUuidV7(at: Instant): string {
  return `${formatTime(at)}-0000-0000-000000000000`;
}

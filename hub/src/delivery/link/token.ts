/**
 * The token of a signed link: which message it came in, what it may do, until when. Pure.
 * 43 bytes, 58 characters of base64url: it fits where a provider allows 64 bytes for a button.
 *
 * Whoever has the link may do what it says, and nothing else: it names one message, and through it
 * one alert. It is no login. Danger: what it is for is part of what is signed, so that the token of
 * a receipt never answers an alert.
 */
import { concatBytes, decodeBase64Url, encodeBase64Url, isSameHash } from '#kernel/crypto.ts';
import { type NotificationId, notificationId } from '#kernel/id.ts';
import { type Instant, instant, MS_PER_SECOND } from '#kernel/instant.ts';

/** `page` shows all that can be answered; the position is what is signed, so only ever append. */
export const LINK_PURPOSES = ['page', 'seen', 'calling', 'cannot', 'resolve', 'receipt'] as const;
export type LinkPurpose = (typeof LINK_PURPOSES)[number];

export type Link = {
  readonly purpose: LinkPurpose;
  /** The project's short name. */
  readonly linkNo: number;
  readonly notificationId: NotificationId;
  /** Whole seconds. */
  readonly expiresAt: Instant;
};

/** HMAC-SHA-256 under a key that is for links alone. */
export type SignLink = (content: Uint8Array) => Uint8Array;

const LINK_NO_BYTES = 6;
const UUID_BYTES = 16;
const TIME_BYTES = 4;
const MAC_BYTES = 16;
const CONTENT_BYTES = 1 + LINK_NO_BYTES + UUID_BYTES + TIME_BYTES;

export function renderLinkToken(link: Link, sign: SignLink): string {
  const content = concatBytes([
    Uint8Array.of(LINK_PURPOSES.indexOf(link.purpose)),
    renderNumber(link.linkNo, LINK_NO_BYTES),
    renderUuid(link.notificationId),
    renderNumber(Math.floor(link.expiresAt / MS_PER_SECOND), TIME_BYTES),
  ]);
  return encodeBase64Url(concatBytes([content, sign(content).subarray(0, MAC_BYTES)]));
}

/** Null: not one of ours. Whether it has expired is the caller's to see. */
export function parseLinkToken(text: string, sign: SignLink): Link | null {
  const bytes = decodeBase64Url(text);
  if (bytes === null || bytes.length !== CONTENT_BYTES + MAC_BYTES) return null;
  const content = bytes.slice(0, CONTENT_BYTES);
  const mac = sign(content).subarray(0, MAC_BYTES);
  if (!isSameHash(mac, bytes.subarray(CONTENT_BYTES))) return null;
  const purpose = LINK_PURPOSES[content[0] ?? LINK_PURPOSES.length];
  if (purpose === undefined) return null;
  const afterNo = 1 + LINK_NO_BYTES;
  const afterId = afterNo + UUID_BYTES;
  return {
    purpose,
    linkNo: parseNumber(content.subarray(1, afterNo)),
    notificationId: notificationId(parseUuid(content.subarray(afterNo, afterId))),
    expiresAt: instant(parseNumber(content.subarray(afterId)) * MS_PER_SECOND),
  };
}

const BITS = 8;
const BYTE = 2 ** BITS;

function renderNumber(value: number, bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, at) => {
    return Math.floor(value / BYTE ** (bytes - 1 - at)) % BYTE;
  });
}

function parseNumber(bytes: Uint8Array): number {
  return bytes.reduce((value, byte) => value * BYTE + byte, 0);
}

function renderUuid(id: string): Uint8Array {
  const hex = id.replaceAll('-', '');
  return Uint8Array.from({ length: UUID_BYTES }, (_, at) => {
    return Number.parseInt(hex.slice(at * 2, at * 2 + 2), 16);
  });
}

function parseUuid(bytes: Uint8Array): string {
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  const cuts = [0, 8, 12, 16, 20, 32];
  return cuts
    .slice(1)
    .map((end, at) => hex.slice(cuts[at], end))
    .join('-');
}

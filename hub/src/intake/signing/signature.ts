/**
 * Signatures that are an HMAC of the bytes as they came, written in hex. Pure.
 *
 * All secrets are tried, in constant time, whichever is right; hex is hex in either case. A text
 * that was signed is not read before this: to write JSON anew gives other bytes.
 */
import { encodeHex, encodeUtf8, equalsConstantTime, hmacSha256 } from '#kernel/crypto.ts';
import { type Instant, instant, MS_PER_SECOND } from '#kernel/instant.ts';

export function isSignedBy(
  secrets: readonly string[],
  signed: Uint8Array,
  signature: string,
): boolean {
  const given = signature.trim().toLowerCase();
  let isRight = false;
  for (const secret of secrets) {
    const wanted = encodeHex(hmacSha256(encodeUtf8(secret), signed));
    if (equalsConstantTime(wanted, given)) isRight = true;
  }
  return isRight;
}

const SECONDS = /^\d{9,11}$/;

/** A header that holds Unix seconds; null for anything else. */
export function parseUnixSeconds(text: string | undefined): Instant | null {
  const trimmed = text?.trim() ?? '';
  return SECONDS.test(trimmed) ? instant(Number(trimmed) * MS_PER_SECOND) : null;
}

/**
 * Signatures as the Standard Webhooks specification has them: HMAC-SHA256 over
 * `id.timestamp.body`, base64, each with its version in front.
 */
import { concatBytes, decodeBase64, encodeBase64, encodeUtf8, hmacSha256 } from './crypto.ts';
import { assert } from './decision.ts';
import { LIMITS } from './limits.ts';

export type WebhookKeyReading =
  | { readonly ok: true; readonly key: Uint8Array }
  | { readonly ok: false; readonly message: string };

const PREFIX = 'whsec_';

/** `whsec_` + base64 of 24 to 64 bytes; text without the prefix stands for its UTF-8 bytes. */
export function parseWebhookSecret(text: string): WebhookKeyReading {
  if (text === '') return { ok: false, message: 'must not be empty' };
  if (text.length > LIMITS.secretCharsMax) {
    return { ok: false, message: `must have at most ${LIMITS.secretCharsMax} characters` };
  }
  if (!text.startsWith(PREFIX)) return { ok: true, key: encodeUtf8(text) };
  const key = decodeBase64(text.slice(PREFIX.length));
  const { webhookSecretBytesMin: min, webhookSecretBytesMax: max } = LIMITS;
  if (key === null || key.length < min || key.length > max) {
    return { ok: false, message: `after whsec_ must come base64 of ${min} to ${max} bytes` };
  }
  return { ok: true, key };
}

/** From fresh random bytes of the caller. */
export function renderWebhookSecret(randomBytes: Uint8Array): string {
  const { webhookSecretBytesMin: min, webhookSecretBytesMax: max } = LIMITS;
  const isLongEnough = randomBytes.length >= min && randomBytes.length <= max;
  assert(isLongEnough, `a webhook secret has ${min} to ${max} bytes`);
  return `${PREFIX}${encodeBase64(randomBytes)}`;
}

export type SignedContent = {
  readonly id: string;
  readonly timestampS: number;
  readonly body: Uint8Array;
};

/** The header's value: one signature per key (current first), divided by spaces. */
export function renderWebhookSignature(
  content: SignedContent,
  keys: readonly Uint8Array[],
): string {
  // With a dot in the id, two different contents could be signed by the same bytes.
  assert(!content.id.includes('.'), 'the id of a webhook holds no dot');
  const signed = concatBytes([encodeUtf8(`${content.id}.${content.timestampS}.`), content.body]);
  return keys.map((key) => `v1,${encodeBase64(hmacSha256(key, signed))}`).join(' ');
}

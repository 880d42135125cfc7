/**
 * The last line of defence before something is kept for ever: what is shown by the API holds no
 * secrets, and what looks like one all the same is masked. Pure.
 */
import { sha256Hex } from '#kernel/crypto.ts';
import { LIMITS } from '#kernel/limits.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '#kernel/syntax/json.ts';
import type { AuditSide } from '#kernel/words/audit-entry.ts';

export const MASK = '[masked]';

/** Names of fields whose texts are secrets. `token_url`, `key_id` and the like only name one. */
const SECRET_NAMES = [
  /(secret|token|password|passphrase|apikey)s?(_previous|_next)?$/i,
  /(^|[_.-])(passwd|credentials?|authorization|cookie|signature|pin|otp|codes?|recovery)$/i,
  /(^|[_.-])(api|access|private|routing|signing|master|auth|hmac|secret)[_-]?keys?(_previous)?$/i,
  /^(keys?|auth|bearer)$/i,
];

/** Our own keys and those of webhooks, wherever they stand. */
const SECRET_TEXT = /\b(tcs_[A-Za-z0-9_-]{16,}|whsec_[A-Za-z0-9+/=_-]{16,})/g;

export function isSecretName(name: string): boolean {
  return SECRET_NAMES.some((pattern) => pattern.test(name));
}

/** As JSON text with its keys in one order, without secrets, and bounded. */
export function renderSide(side: AuditSide): string | null {
  if (side === null) return null;
  const text = JSON.stringify(maskSecrets(parseShown(side)));
  if (text.length <= LIMITS.auditSideCharsMax) return text;
  return JSON.stringify({ left_out: 'too large', chars: text.length, sha256: sha256Hex(text) });
}

/** What an answer of the API becomes on the wire: no undefined, nothing but JSON. */
function parseShown(side: Readonly<Record<string, unknown>>): JsonValue {
  return JSON.parse(JSON.stringify(side)) as JsonValue;
}

export function maskSecrets(value: JsonValue): JsonValue {
  if (typeof value === 'string') return value.replaceAll(SECRET_TEXT, MASK);
  if (typeof value !== 'object' || value === null) return value;
  if (!isJsonObject(value)) return value.map(maskSecrets);
  return maskObject(value);
}

function maskObject(object: JsonObject): JsonObject {
  const names = Object.keys(object).toSorted();
  return Object.fromEntries(
    names.map((name) => {
      const value = object[name] ?? null;
      const masked = isSecretName(name) ? maskAll(value) : maskSecrets(value);
      return [name.replaceAll(SECRET_TEXT, MASK), masked];
    }),
  );
}

/** Below such a name every text and number is one; `{is_set: true}` stays. */
function maskAll(value: JsonValue): JsonValue {
  if (typeof value === 'string' || typeof value === 'number') return MASK;
  if (typeof value !== 'object' || value === null) return value;
  if (!isJsonObject(value)) return value.map(maskAll);
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, maskAll(one)]));
}

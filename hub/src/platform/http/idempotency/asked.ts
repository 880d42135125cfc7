/**
 * What a key of idempotency holds: who asked, what and where. Both hashes are keyed, for bodies
 * may be short secrets. Pure.
 */
import { createHmacSha256, joinUnambiguously } from '#kernel/crypto.ts';
import { CodedError } from '#kernel/error-codes.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { Action, Principal } from '#kernel/principal.ts';

const WRITING: readonly unknown[] = [
  'answer',
  'operate',
  'administer',
  'administer_hub',
] satisfies readonly Action[];
const METHODS = ['POST', 'PUT', 'PATCH', 'DELETE'];

/** By the route's access alone, so that no route can be forgotten. */
export function takesKey(access: unknown, method: string): boolean {
  return WRITING.includes(access) && METHODS.includes(method);
}

/** Null: none came. */
export function readKey(header: string | readonly string[] | undefined): string | null {
  if (header === undefined) return null;
  const key = typeof header === 'string' ? header.trim() : '';
  const isShort = key.length >= 1 && key.length <= LIMITS.idempotencyKeyCharsMax;
  if (isShort && /^[\x20-\x7e]*$/.test(key)) return key;
  const message = `must be 1 to ${LIMITS.idempotencyKeyCharsMax} printable ASCII characters`;
  throw new CodedError('invalid', { details: [{ path: 'Idempotency-Key', message }] });
}

export type Asked = {
  readonly key: string;
  readonly principal: Principal;
  readonly method: string;
  /** The pattern of the route, and what stands in its places. */
  readonly route: string;
  readonly params: unknown;
  /** What stands behind the question mark, as it came. */
  readonly query: string;
  readonly body: unknown;
};

export type Fingerprint = { readonly scopeHash: Uint8Array; readonly requestHash: Uint8Array };

export type TakeFingerprint = (asked: Asked) => Fingerprint;

export function createFingerprints(secret: Uint8Array): TakeFingerprint {
  const hash = createHmacSha256(secret);
  return ({ key, principal, method, route, params, query, body }) => ({
    scopeHash: hash(
      joinUnambiguously([
        principal.authMethod,
        principal.principalId,
        method,
        route,
        JSON.stringify(params ?? null),
        key,
      ]),
    ),
    // If-Match is left out: whoever sends it again with the newer version has not seen the answer.
    requestHash: hash(joinUnambiguously([query, JSON.stringify(body ?? null)])),
  });
}

/** A login that lasts: from the first answer of a browser to its end. Pure. */
import { encodeBase64Url, sha256 } from '#kernel/crypto.ts';
import type { OperatorId, SessionId } from '#kernel/id.ts';
import { type Instant, instant, plusMs } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { Random } from '#kernel/ports.ts';

export type Session = {
  readonly sessionId: SessionId;
  readonly operatorId: OperatorId;
  readonly createdAt: Instant;
  readonly lastSeenAt: Instant;
  readonly expiresAt: Instant;
  /** Where it was opened. */
  readonly address: string;
  readonly agent: string;
};

const TOKEN_BYTES = 32;
const TOKEN = /^[\w-]{43}$/;

export function makeToken(random: Random): string {
  return encodeBase64Url(random.bytes(TOKEN_BYTES));
}

/** Of the token of a session or a link. What has not its form was never one. */
export function hashToken(token: string): Uint8Array | null {
  return TOKEN.test(token) ? sha256(token) : null;
}

/** When it ends, unless somebody uses it until then. */
export function findSessionEnd(session: Pick<Session, 'expiresAt' | 'lastSeenAt'>): Instant {
  const idleAt = plusMs(session.lastSeenAt, LIMITS.sessionIdleMs);
  return instant(Math.min(session.expiresAt, idleAt));
}

/** What a browser says of itself, as one line of bounded length. */
export function cleanAgent(agent: string | undefined): string {
  const line = (agent ?? '').replaceAll(/[^\x20-\x7e]/g, '').slice(0, LIMITS.sessionAgentCharsMax);
  return line.trim();
}

/**
 * From the credential of a request to its principal: `Bearer KEY`, or Basic with the key as the
 * password, or a source's token in the path, or the cookie of a login. Kinds: the hub's admin key,
 * keys of projects, tokens of sources, sessions of operators. Danger: URLs end up in logs of
 * proxies, so in a path no key counts, only a token, which may report and nothing else.
 * Only hashes are stored and looked up. Found principals are remembered for a while
 * (LIMITS.credentialCacheMs) and forgotten when their project, or a login, changes, so that what
 * was revoked ends at once on its node and within a second on the others.
 * Emits: `onUse` for each time that a key or a session was taken.
 */
import { decodeBase64, decodeUtf8, encodeHex, isSameHash, sha256 } from '#kernel/crypto.ts';
import {
  type KeyId,
  type ProjectId,
  type SessionId,
  SOURCE_TOKEN_PATTERN,
  type SourceId,
} from '#kernel/id.ts';
import { type Instant, instant, plusMs } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { Clock } from '#kernel/ports.ts';
import type { Principal } from '#kernel/principal.ts';
import type { SourceKind } from '#kernel/words/severity.ts';
import type { ApiKey } from './key.ts';
import { findSessionEnd, hashToken, type Session } from './session/session.ts';

/** As it came: in the header `authorization`, or as the cookie of a login. */
export type Credential = { readonly kind: 'header' | 'session'; readonly text: string };

export type FoundSession = { readonly session: Session; readonly principal: Principal };

/** What was used, to be noted. */
export type CredentialUse =
  | { readonly kind: 'key'; readonly projectId: ProjectId; readonly keyId: KeyId }
  | { readonly kind: 'session'; readonly sessionId: SessionId };

export type SourceCredential = {
  readonly projectId: ProjectId;
  readonly sourceId: SourceId;
  readonly name: string;
  readonly kind: SourceKind;
};

export type AuthenticatorOptions = {
  readonly clock: Clock;
  /** SHA-256 of the admin key. */
  readonly adminKeyHash: Uint8Array;
  readonly findKey: (hash: Uint8Array) => Promise<ApiKey | null>;
  readonly findSource: (hash: Uint8Array) => Promise<SourceCredential | null>;
  /** With the operator as they are now; null also when they are disabled. */
  readonly findSession: (hash: Uint8Array) => Promise<FoundSession | null>;
  readonly onUse: (use: CredentialUse, at: Instant) => void;
};

export type Authenticator = {
  readonly authenticate: (credential: Credential | null) => Promise<Principal | null>;
  /** By a token of a source alone, as it is in a path. */
  readonly authenticateToken: (token: string) => Promise<Principal | null>;
  /** Something of these projects has changed; `all`: an operator or a session. */
  readonly forget: (projects: readonly ProjectId[] | 'all') => void;
};

type Remembered = {
  readonly principal: Principal;
  readonly until: Instant;
  readonly use: CredentialUse | null;
};

const ADMIN: Principal = {
  principalId: 'admin',
  name: 'admin key',
  authMethod: 'admin_key',
  role: 'admin',
  projects: 'all',
  source: null,
};

export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const remembered = new Map<string, Remembered>();
  let forgetCount = 0;

  async function authenticate(credential: Credential | null): Promise<Principal | null> {
    if (credential?.kind === 'session') return authenticateSession(credential.text);
    const key = parseAuthorization(credential?.text);
    if (key === null) return null;
    const hash = sha256(key);
    if (isSameHash(hash, options.adminKeyHash)) return ADMIN;
    const name = `key ${encodeHex(hash)}`;
    return find(name, (now) => findPrincipal(options, { credential: key, hash, now }));
  }

  async function authenticateSession(token: string): Promise<Principal | null> {
    const hash = hashToken(token);
    if (hash === null) return null;
    // By another name: the cookie of a login is no key, and goes into no header.
    return find(`session ${encodeHex(hash)}`, (now) => findSession(options, hash, now));
  }

  async function find(
    name: string,
    lookUp: (now: Instant) => Promise<Remembered | null>,
  ): Promise<Principal | null> {
    const now = options.clock.now();
    const known = remembered.get(name);
    if (known !== undefined && known.until > now) return take(known, now);
    remembered.delete(name);
    const before = forgetCount;
    const found = await lookUp(now);
    if (found === null) return null;
    if (remembered.size >= LIMITS.credentialCacheMax) remembered.clear();
    // Revoked while it was looked up: true for this request, not for the next.
    if (before === forgetCount) remembered.set(name, found);
    return take(found, now);
  }

  function take({ use, principal }: Remembered, now: Instant): Principal {
    if (use !== null) options.onUse(use, now);
    return principal;
  }

  function forget(projects: readonly ProjectId[] | 'all'): void {
    forgetCount += 1;
    for (const [name, { principal }] of remembered) {
      const own = principal.projects;
      const isMeant = projects === 'all' || own === 'all';
      if (isMeant || own.some((project) => projects.includes(project))) remembered.delete(name);
    }
  }

  async function authenticateToken(token: string): Promise<Principal | null> {
    if (!SOURCE_TOKEN_PATTERN.test(token)) return null;
    // An admin key may look like a token.
    const principal = await authenticate({ kind: 'header', text: `Bearer ${token}` });
    return principal?.authMethod === 'source_token' ? principal : null;
  }

  return { authenticate, authenticateToken, forget };
}

async function findPrincipal(
  options: AuthenticatorOptions,
  given: { readonly credential: string; readonly hash: Uint8Array; readonly now: Instant },
): Promise<Remembered | null> {
  const until = plusMs(given.now, LIMITS.credentialCacheMs);
  if (SOURCE_TOKEN_PATTERN.test(given.credential)) {
    const source = await options.findSource(given.hash);
    return source === null ? null : { principal: asPrincipal(source), until, use: null };
  }
  const key = await options.findKey(given.hash);
  if (key === null || key.revokedAt !== null) return null;
  if (key.expiresAt !== null && key.expiresAt <= given.now) return null;
  const ends = key.expiresAt === null ? until : instant(Math.min(until, key.expiresAt));
  const principal: Principal = {
    principalId: key.keyId,
    name: key.name,
    authMethod: 'api_key',
    role: key.role,
    projects: [key.projectId],
    source: null,
  };
  const use = { kind: 'key', projectId: key.projectId, keyId: key.keyId } as const;
  return { principal, until: ends, use };
}

async function findSession(
  options: AuthenticatorOptions,
  hash: Uint8Array,
  now: Instant,
): Promise<Remembered | null> {
  const found = await options.findSession(hash);
  if (found === null) return null;
  const { session, principal } = found;
  const endsAt = findSessionEnd(session);
  if (endsAt <= now) return null;
  const until = instant(Math.min(endsAt, plusMs(now, LIMITS.credentialCacheMs)));
  return { principal, until, use: { kind: 'session', sessionId: session.sessionId } };
}

/** A source's token reports, and does nothing else. */
export function asPrincipal(source: SourceCredential): Principal {
  return {
    principalId: source.sourceId,
    name: source.name,
    authMethod: 'source_token',
    role: 'ingest',
    projects: [source.projectId],
    source: { sourceId: source.sourceId, kind: source.kind },
  };
}

/** The credential itself; null when there is none or it is no form we know. */
export function parseAuthorization(header: string | undefined): string | null {
  if (header === undefined || header.length > LIMITS.credentialCharsMax) return null;
  const space = header.indexOf(' ');
  const scheme = header.slice(0, Math.max(0, space)).toLowerCase();
  const rest = header.slice(space + 1).trim();
  if (rest === '') return null;
  if (scheme === 'bearer') return rest;
  if (scheme !== 'basic') return null;
  const bytes = decodeBase64(rest);
  const text = bytes === null ? null : decodeUtf8(bytes);
  const colon = text?.indexOf(':') ?? -1;
  const password = text?.slice(colon + 1) ?? '';
  return colon === -1 || password === '' ? null : password;
}

/**
 * Who comes in, wired together: keys, tokens and logins in front of every route, and what has to
 * be forgotten when one of them ends. A change is felt at once on this node; others look a
 * credential up anew within LIMITS.credentialCacheMs.
 */
import type { FastifyRequest } from 'fastify';
import {
  type Authenticator,
  createAuthenticator,
  type Credential,
  type CredentialUse,
} from '#access/authenticate.ts';
import { createCredentialUses } from '#access/credential-uses.ts';
import type { LoginRouteDeps } from '#access/operator/login.routes.ts';
import { principalOfOperator } from '#access/operator/operator.ts';
import { renderSetUpUrl } from '#access/operator/operator.routes.ts';
import { findOperator } from '#access/operator/operator.store.ts';
import {
  deleteEndedSessions,
  findSessionByHash,
  noteSessionUse,
} from '#access/operator/session.store.ts';
import { makeFirstLink } from '#access/operator/set-up.runner.ts';
import { deleteExpiredLinks } from '#access/operator/link.store.ts';
import { deleteForgottenGuesses } from '#access/operator/throttle.store.ts';
import { createTurns } from '#access/proof/turns.ts';
import { findOrigin } from '#access/session/same-origin.ts';
import { readCookie } from '#access/session/session-cookie.ts';
import { findKeyByHash, noteKeyUse } from '#access/store.ts';
import { findSourceByTokenHash } from '#intake/source.store.ts';
import { createHmacSha256, hmacSha256, sha256 } from '#kernel/crypto.ts';
import { CodedError } from '#kernel/error-codes.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { Principal } from '#kernel/principal.ts';
import type { RecordAudit } from '#platform/http/acting.ts';
import { parseParam } from '#platform/http/http-server.ts';
import { callAfterCommit } from '#platform/postgres/whole-request.ts';
import type { HubParts } from '#app/hub-parts.ts';

export type Access = {
  readonly authenticator: Authenticator;
  /** Of a request to a route: a key, a source's token, or a login. */
  readonly authenticate: (request: FastifyRequest) => Promise<Principal | null>;
  readonly readCredential: (request: FastifyRequest) => Credential | null;
  readonly login: LoginRouteDeps;
  /** Where the first administrator sets up the login; null when somebody has. */
  readonly makeFirstUrl: () => Promise<string | null>;
  /** Writes when keys and sessions were used, and takes away what has ended. */
  readonly runOnce: () => Promise<void>;
};

export function createAccess(
  parts: HubParts,
  options: {
    readonly identityKey: Uint8Array;
    readonly recordAudit: RecordAudit;
    /** A login has ended, or may do something else now. */
    readonly onAccessChanged: () => void;
  },
): Access {
  const { clock, publicUrl } = parts;
  const uses = createCredentialUses();
  const authenticator = createAuthenticatorOf(parts, uses.note);
  const onAccessChanged = () =>
    callAfterCommit(() => {
      authenticator.forget('all');
      options.onAccessChanged();
    });
  const login = createLoginDeps(parts, { ...options, authenticator, onAccessChanged });
  const readCredential = (request: FastifyRequest) => findCredential(request, publicUrl());
  return {
    authenticator,
    authenticate: (request) => {
      if (request.routeOptions.config.credential === 'path') {
        return authenticator.authenticateToken(parseParam(request, 'token'));
      }
      const credential = readCredential(request);
      refuseForeignWrite(request, credential, publicUrl());
      return authenticator.authenticate(credential);
    },
    readCredential,
    login,
    makeFirstUrl: async () => {
      const token = await makeFirstLink(login);
      return token === null ? null : renderSetUpUrl(publicUrl(), token);
    },
    runOnce: async () => {
      const { keys, sessions } = uses.take();
      await noteKeyUse(parts.database, keys);
      await noteSessionUse(parts.database, sessions);
      const now = clock.now();
      await deleteEndedSessions(parts.database, now);
      await deleteExpiredLinks(parts.database, now);
      await deleteForgottenGuesses(parts.database, now);
    },
  };
}

function createAuthenticatorOf(
  { database, clock, adminKey }: HubParts,
  onUse: (use: CredentialUse, at: ReturnType<typeof clock.now>) => void,
): Authenticator {
  return createAuthenticator({
    clock,
    adminKeyHash: sha256(adminKey),
    findKey: (hash) => findKeyByHash(database, hash),
    findSource: (hash) => findSourceByTokenHash(database, hash),
    findSession: (hash) =>
      database.read(async (db) => {
        const session = await findSessionByHash(db, hash);
        const operator = session === null ? null : await findOperator(db, null, session.operatorId);
        if (session === null || operator === null || operator.disabledAt !== null) return null;
        return { session, principal: principalOfOperator(operator) };
      }),
    onUse,
  });
}

type Inside = {
  readonly recordAudit: RecordAudit;
  readonly identityKey: Uint8Array;
  readonly authenticator: Authenticator;
  readonly onAccessChanged: () => void;
};

function createLoginDeps(parts: HubParts, inside: Inside): LoginRouteDeps {
  const { secretBox, metrics } = parts;
  const placeOf = (id: string) => ({ projectId: '*', channelId: id, field: 'operator.totp' });
  return {
    ...parts,
    hashing: createTurns({
      runningMax: LIMITS.passwordHashesMax,
      waitingMax: LIMITS.passwordWaitingMax,
    }),
    sealTotp: (id, secret) => secretBox.seal(secret, placeOf(id)),
    openTotp: ({ operatorId }, sealed) => secretBox.open(sealed, placeOf(operatorId)),
    signKnown: createHmacSha256(hmacSha256(inside.identityKey, 'known-browser')),
    onLogin: (result) => metrics.logins.inc({ result }),
    recordAudit: inside.recordAudit,
    onAccessChanged: inside.onAccessChanged,
    findName: async (token) => {
      const credential = { kind: 'session', text: token } as const;
      return (await inside.authenticator.authenticate(credential))?.name ?? null;
    },
  };
}

/** A header counts before a cookie: whoever sends one means it. */
function findCredential({ headers }: FastifyRequest, publicUrl: string): Credential | null {
  if (headers.authorization !== undefined) return { kind: 'header', text: headers.authorization };
  const token = readCookie(headers.cookie, 'session', publicUrl);
  return token === null ? null : { kind: 'session', text: token };
}

const READS: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

/**
 * A browser brings cookies along, and the password of its own dialog, whoever makes it write. So a
 * write with a cookie needs the word of the browser that a page of ours sent it.
 */
function refuseForeignWrite(
  { method, headers }: FastifyRequest,
  credential: Credential | null,
  publicUrl: string,
): void {
  if (credential === null || READS.includes(method)) return;
  const origin = findOrigin(headers, publicUrl);
  const isBasic = credential.kind === 'header' && /^basic /i.test(credential.text);
  const isRefused =
    credential.kind === 'session' ? origin !== 'own' : isBasic && origin === 'foreign';
  if (isRefused) throw new CodedError('foreign_origin');
}

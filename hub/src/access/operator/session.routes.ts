/**
 * Who am I, and where am I logged in: `/api/v1/me`, `/api/v1/sessions`. Everybody sees and ends
 * their own sessions alone. Emits: `onAccessChanged` when one was ended.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { MeAnswer, SessionAnswer } from '#contract/access/operator.ts';
import { operatorId, type OperatorId, sessionId, type SessionId } from '#kernel/id.ts';
import { formatInstant } from '#kernel/instant.ts';
import type { Clock } from '#kernel/ports.ts';
import type { Principal } from '#kernel/principal.ts';
import { CodedError } from '#kernel/error-codes.ts';
import { readCookie } from '#access/session/session-cookie.ts';
import { findSessionEnd, hashToken, type Session } from '#access/session/session.ts';
import type { RecordAudit } from '#platform/http/acting.ts';
import { principalOf } from '#platform/http/http-server.ts';
import { readPathId } from '#platform/http/resource.ts';
import type { Database, Queryable } from '#platform/postgres/postgres.ts';
import { noteDeed } from './operator-note.ts';
import { countRecoveryCodes } from './operator.store.ts';
import { deleteSession, findSessionByHash, listSessions } from './session.store.ts';

export type SessionRouteDeps = {
  readonly database: Database;
  readonly clock: Clock;
  readonly publicUrl: () => string;
  readonly recordAudit: RecordAudit;
  readonly onAccessChanged: () => void;
};

export function registerSessionRoutes(server: FastifyInstance, deps: SessionRouteDeps): void {
  const { database, clock } = deps;

  server.get('/api/v1/me', { config: { access: 'count' } }, async (request) => {
    const principal = principalOf(request);
    const operator = operatorOf(principal);
    return database.read(async (db): Promise<MeAnswer> => {
      const session = await findOwn(db, deps, request);
      return {
        id: principal.principalId,
        name: principal.name,
        auth_method: methodOf(principal),
        is_hub_admin: principal.projects === 'all',
        roles: listRoles(principal),
        session: session === null ? null : renderSession(session, session.sessionId),
        recovery_codes_left: operator === null ? null : await countRecoveryCodes(db, operator),
      };
    });
  });

  server.get('/api/v1/sessions', { config: { access: 'count' } }, async (request) => {
    const operator = operatorOf(principalOf(request));
    if (operator === null) return { items: [], next_cursor: null };
    return database.read(async (db) => {
      const own = await findOwn(db, deps, request);
      const sessions = await listSessions(db, operator, clock.now());
      const items = sessions.map((one) => renderSession(one, own?.sessionId ?? null));
      return { items, next_cursor: null };
    });
  });

  server.delete('/api/v1/sessions/:id', { config: { access: 'count' } }, async (request, reply) => {
    const by = principalOf(request);
    const operator = operatorOf(by);
    const id = sessionId(readPathId(request));
    if (operator === null) throw new CodedError('not_found');
    await database.transaction(async (tx) => {
      if (!(await deleteSession(tx, operator, id))) throw new CodedError('not_found');
      const whose = { operatorId: operator, name: by.name };
      deps.recordAudit(tx, noteDeed('session_ended', whose, { session_id: id }));
    });
    deps.onAccessChanged();
    return reply.code(204).send();
  });
}

function operatorOf(principal: Principal): OperatorId | null {
  return principal.authMethod === 'session' ? operatorId(principal.principalId) : null;
}

/** The session that the request itself came with; null of a key. */
async function findOwn(
  db: Queryable,
  deps: SessionRouteDeps,
  request: FastifyRequest,
): Promise<Session | null> {
  if (operatorOf(principalOf(request)) === null) return null;
  const token = readCookie(request.headers.cookie, 'session', deps.publicUrl());
  const hash = token === null ? null : hashToken(token);
  return hash === null ? null : findSessionByHash(db, hash);
}

/** Timers and links never come as a request to a route that asks who comes. */
function methodOf({ authMethod }: Principal): MeAnswer['auth_method'] {
  switch (authMethod) {
    case 'admin_key':
    case 'api_key':
    case 'session':
    case 'source_token':
      return authMethod;
    default:
      throw new Error(`assertion failed: ${authMethod} is no credential of a request`);
  }
}

/** Of who is the same in all projects there is no list: `is_hub_admin` says it. */
function listRoles({ projects, grants, role }: Principal): MeAnswer['roles'] {
  const held = projects === 'all' ? [] : projects.map((projectId) => ({ projectId, role }));
  return (grants ?? held).map((grant) => ({ project_id: grant.projectId, role: grant.role }));
}

function renderSession(session: Session, own: SessionId | null): SessionAnswer {
  return {
    id: session.sessionId,
    is_current: session.sessionId === own,
    created_at: formatInstant(session.createdAt),
    last_seen_at: formatInstant(session.lastSeenAt),
    ends_at: formatInstant(findSessionEnd(session)),
    address: session.address,
    agent: session.agent,
  };
}

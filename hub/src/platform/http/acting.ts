/**
 * Who acts, for the audit: set once for each request that may write, read by whoever records. So
 * no route has to hand a principal on, and none can forget to.
 *
 * Danger: a write that was answered with 2xx and left no record is a hole in the audit. It is told
 * (`onUnaudited`), unless its route says `unaudited`, with the reason why it writes nothing, or
 * the write itself found that there was nothing to do (`noteNothingWritten`).
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { LIMITS } from '#kernel/limits.ts';
import type { Action, Principal } from '#kernel/principal.ts';
import type { AuditEntry } from '#kernel/words/audit-entry.ts';
import type { Transaction } from '#platform/postgres/postgres.ts';

/**
 * Leaves a row in the audit, or several, in the transaction of the change. `by` is for who acts
 * without being the principal of a request: a signed link, or the hub itself.
 */
export type RecordAudit = (
  tx: Transaction,
  entries: AuditEntry | readonly AuditEntry[],
  by?: Principal,
) => void;

export type Acting = {
  /** Null on a way in that is open to all. */
  readonly principal: Principal | null;
  readonly requestId: string;
  readonly remoteAddress: string;
  readonly method: string;
  /** The pattern, never the URL. */
  readonly route: string;
  readonly idempotencyKey: string | null;
  /** Something was recorded, or there was nothing to record. */
  isAccounted: boolean;
};

export type WriteRoute = {
  readonly method: string;
  readonly path: string;
  readonly access: Action;
  /** Null: what is answered with 2xx has left a record. */
  readonly unaudited: string | null;
};

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Why a route that needs the right to write leaves no audit record. */
    unaudited?: string;
  }
  interface FastifyInstance {
    readonly writeRoutes: readonly WriteRoute[];
  }
  interface FastifyRequest {
    acting: Acting | null;
  }
}

export type Unaudited = { readonly route: string; readonly method: string };

const storage = new AsyncLocalStorage<Acting>();

/** Null outside of a request that may write. */
export function currentActing(): Acting | null {
  return storage.getStore() ?? null;
}

/** The request changes nothing, though it was allowed to: a dry run, or it is so already. */
export function noteNothingWritten(): void {
  const acting = currentActing();
  if (acting !== null) acting.isAccounted = true;
}

const READING = ['GET', 'HEAD', 'OPTIONS'];
const WRITING: readonly unknown[] = ['answer', 'operate', 'administer', 'administer_hub'];

/** Events are their own record: what only reports is not audited. */
function isWriting(access: unknown, method: string): access is Action {
  return WRITING.includes(access) && !READING.includes(method);
}

/** Sets who acts, before the handler runs, and looks afterwards whether it was recorded. */
export function keepActing(
  server: FastifyInstance,
  onUnaudited: (write: Unaudited) => void = () => undefined,
): void {
  const writeRoutes: WriteRoute[] = [];
  server.decorate('writeRoutes', writeRoutes);
  server.decorateRequest('acting', null);
  server.addHook('onRoute', ({ method, url, config }) => {
    const access = config?.access;
    for (const name of [method].flat()) {
      if (!isWriting(access, name)) continue;
      writeRoutes.push({ method: name, path: url, access, unaudited: config?.unaudited ?? null });
    }
  });
  server.addHook('preHandler', (request, _reply, done) => {
    if (READING.includes(request.method)) return done();
    const acting = describeRequest(request);
    request.acting = acting;
    storage.run(acting, done);
  });
  server.addHook('onResponse', (request, reply, done) => {
    const { acting, method, routeOptions } = request;
    const { access, unaudited } = routeOptions.config;
    const isDone = reply.statusCode >= 200 && reply.statusCode < 300;
    const isHole = acting?.isAccounted === false && unaudited === undefined && isDone;
    if (isHole && isWriting(access, method)) onUnaudited({ method, route: acting.route });
    done();
  });
}

function describeRequest(request: FastifyRequest): Acting {
  const key = request.headers['idempotency-key'];
  return {
    principal: request.principal,
    requestId: request.id,
    remoteAddress: request.ip,
    method: request.method,
    route: request.routeOptions.url ?? 'unmatched',
    idempotencyKey: typeof key === 'string' ? key.slice(0, LIMITS.identifierCharsMax) : null,
    isAccounted: false,
  };
}

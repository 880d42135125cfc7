/** HTTP of alerts, the reads: list, show, timeline, messages, active count. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { CodedError } from '#kernel/error-codes.ts';
import { ALERT_ID_PATTERN, type AlertId, alertId, type ProjectId } from '#kernel/id.ts';
import type { JsonObject } from '#kernel/syntax/json.ts';
import type { Principal } from '#kernel/principal.ts';
import { parseParam, parseQuery, principalOf, type Query } from '#platform/http/http-server.ts';

export type AlertRef = { readonly projectId: ProjectId; readonly alertId: AlertId };

export type AlertRouteDeps = {
  /**
   * Where a principal's alert of that id is; null = nowhere it may look. Senders' own ids are
   * unique in a project only: `project` chooses when several projects use one.
   */
  readonly locate: (
    principal: Principal,
    id: AlertId,
    project: string | null,
  ) => Promise<AlertRef | null>;
  readonly show: (ref: AlertRef) => Promise<JsonObject | null>;
  /** As `by` may see it: how people are reached is for administrators. */
  readonly timeline: (ref: AlertRef, by: Principal) => Promise<readonly JsonObject[]>;
  readonly notifications: (ref: AlertRef, by: Principal) => Promise<readonly JsonObject[]>;
  readonly list: (principal: Principal, query: Query) => Promise<JsonObject>;
  readonly activeCount: (principal: Principal, query: Query) => Promise<JsonObject>;
};

export function registerAlertRoutes(server: FastifyInstance, deps: AlertRouteDeps): void {
  const read = { config: { access: 'read' } } as const;
  server.get('/api/v1/alerts', read, (request) =>
    deps.list(principalOf(request), parseQuery(request)),
  );
  server.get('/api/v1/alerts/active-count', { config: { access: 'count' } }, (request) =>
    deps.activeCount(principalOf(request), parseQuery(request)),
  );
  server.get('/api/v1/alerts/:alert_id', read, async (request) => {
    const alert = await deps.show(await locate(deps, request));
    if (alert === null) throw new CodedError('not_found');
    return alert;
  });
  server.get('/api/v1/alerts/:alert_id/timeline', read, async (request) => {
    const items = await deps.timeline(await locate(deps, request), principalOf(request));
    return { items, next_cursor: null };
  });
  server.get('/api/v1/alerts/:alert_id/notifications', read, async (request) => {
    const items = await deps.notifications(await locate(deps, request), principalOf(request));
    return { items, next_cursor: null };
  });
}

export async function locate(
  deps: Pick<AlertRouteDeps, 'locate'>,
  request: FastifyRequest,
): Promise<AlertRef> {
  const id = parseParam(request, 'alert_id');
  const project = [parseQuery(request)['project_id'] ?? []].flat().at(-1) ?? null;
  const ref = ALERT_ID_PATTERN.test(id)
    ? await deps.locate(principalOf(request), alertId(id), project)
    : null;
  if (ref === null) throw new CodedError('not_found', { message: 'There is no such alert.' });
  return ref;
}

/** HTTP of alerts: list, show, timeline, messages, active count, and the answer of a person. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { parseWire } from '#contract/wire.ts';
import { statusChange } from '#contract/alert.ts';
import type { AlertCommand } from '#kernel/effect.ts';
import { CodedError } from '#kernel/error-codes.ts';
import { ALERT_ID_PATTERN, type AlertId, alertId, type ProjectId } from '#kernel/id.ts';
import type { JsonObject, JsonValue } from '#kernel/syntax/json.ts';
import type { Principal } from '#kernel/principal.ts';
import {
  parseJsonBody,
  parseParam,
  parseQuery,
  principalOf,
  type Query,
} from '#platform/http/http-server.ts';
import type { AlertRefusal } from './alert.ts';

export type AlertAnswer =
  | { readonly kind: 'changed' | 'recorded'; readonly alert: JsonObject }
  | { readonly kind: 'refused'; readonly refusal: AlertRefusal }
  | { readonly kind: 'not_found' };

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
  readonly timeline: (ref: AlertRef) => Promise<readonly JsonObject[]>;
  readonly notifications: (ref: AlertRef) => Promise<readonly JsonObject[]>;
  readonly list: (principal: Principal, query: Query) => Promise<JsonObject>;
  readonly activeCount: (principal: Principal, query: Query) => Promise<JsonObject>;
  readonly answer: (ref: AlertRef, command: AlertCommand) => Promise<AlertAnswer>;
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
    const items = await deps.timeline(await locate(deps, request));
    return { items, next_cursor: null };
  });
  server.get('/api/v1/alerts/:alert_id/notifications', read, async (request) => {
    const items = await deps.notifications(await locate(deps, request));
    return { items, next_cursor: null };
  });
  server.post('/api/v1/alerts/:alert_id/status', { config: { access: 'answer' } }, (request) =>
    answer(deps, request),
  );
}

async function locate(deps: AlertRouteDeps, request: FastifyRequest): Promise<AlertRef> {
  const id = parseParam(request, 'alert_id');
  const project = [parseQuery(request)['project_id'] ?? []].flat().at(-1) ?? null;
  const ref = ALERT_ID_PATTERN.test(id)
    ? await deps.locate(principalOf(request), alertId(id), project)
    : null;
  if (ref === null) throw new CodedError('not_found', { message: 'There is no such alert.' });
  return ref;
}

async function answer(deps: AlertRouteDeps, request: FastifyRequest): Promise<JsonObject> {
  const ref = await locate(deps, request);
  const command = parseCommand(parseJsonBody(request), principalOf(request));
  const result = await deps.answer(ref, command);
  switch (result.kind) {
    case 'not_found':
      throw new CodedError('not_found', { message: 'There is no such alert.' });
    case 'refused':
      throw new CodedError('transition_refused', { message: result.refusal.sentence });
    default:
      return { alert: result.alert, changed: result.kind === 'changed' };
  }
}

function parseCommand(body: JsonValue, by: Principal): AlertCommand {
  const reading = parseWire(statusChange, body);
  if (!reading.ok) throw new CodedError('invalid', { details: reading.details });
  const { status, intent, outcome } = reading.value;
  const detail = reading.value.detail ?? null;
  switch (status) {
    case 'PENDING':
      return { kind: 'await', by, detail };
    case 'DELIVERED':
      return { kind: 'deliver', by, detail };
    case 'SEEN':
      return { kind: 'see', by, detail };
    case 'ACKNOWLEDGED':
      return { kind: 'acknowledge', by, detail, intent: intent ?? 'seen' };
    case 'RESOLVED':
      return { kind: 'resolve', by, detail, outcome: outcome ?? 'fixed' };
    case 'EXPIRED':
      if (by.role === 'admin') return { kind: 'expire', by, detail };
      throw new CodedError('transition_refused', {
        message: 'Only the timer or an admin lets an alert expire.',
      });
  }
}

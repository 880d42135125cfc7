/** HTTP of events, the reads: the list, one of them, those of an alert. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type EventQuery, eventQuery } from '#contract/intake/stored-event.ts';
import { pageQuery } from '#contract/field.ts';
import { parseWire } from '#contract/wire.ts';
import { decodeBase64Url, decodeUtf8, encodeBase64Url, encodeUtf8 } from '#kernel/crypto.ts';
import { CodedError } from '#kernel/error-codes.ts';
import {
  ALERT_ID_PATTERN,
  alertId,
  type EventId,
  eventId,
  isUuid,
  type ProjectId,
  type SourceId,
  sourceId,
} from '#kernel/id.ts';
import { parseInstant } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import { parseParam, principalOf } from '#platform/http/http-server.ts';
import { accept, invalid } from '#platform/http/resource.ts';
import type { Database, Queryable } from '#platform/postgres/postgres.ts';
import { findAlert } from '#app/read/alerts.ts';
import {
  type EventFilter,
  findSourcesCalled,
  findStoredEvent,
  type FoundEvents,
  listEvents,
  listEventsOfAlert,
  walkByKey,
} from '#app/read/events.ts';
import { listReadable } from './alert-ports.ts';

type EventRouteDeps = { readonly database: Database };

export function registerEventRoutes(server: FastifyInstance, { database }: EventRouteDeps): void {
  const read = { config: { access: 'read' } } as const;
  server.get('/api/v1/events', read, (request) => {
    const query = accept(parseWire(eventQuery, request.query));
    return database.read(async (db) => {
      const projects = await listReadable(db, principalOf(request), query.project_id);
      const filter = await readFilter(db, projects, query);
      await walkByKey(db);
      return renderPage(await listEvents(db, filter, toPage(query)));
    });
  });

  server.get('/api/v1/events/:event_id', read, async (request) => {
    const id = parseParam(request, 'event_id');
    const event = isUuid(id)
      ? await database.read(async (db) => {
          const projects = await listReadable(db, principalOf(request), null);
          return findStoredEvent(db, projects, eventId(id));
        })
      : null;
    if (event === null) throw new CodedError('not_found', { message: 'There is no such event.' });
    return event;
  });

  server.get('/api/v1/alerts/:alert_id/events', read, (request) => {
    const query = accept(parseWire(pageQuery, request.query));
    return database.read(async (db) => {
      const alert = await locate(db, request, query.project_id);
      await walkByKey(db);
      return renderPage(await listEventsOfAlert(db, alert, toPage(query)));
    });
  });
}

async function locate(db: Queryable, request: FastifyRequest, project: string | null) {
  const id = parseParam(request, 'alert_id');
  const projects = await listReadable(db, principalOf(request), project);
  const facts = ALERT_ID_PATTERN.test(id) ? await findAlert(db, projects, alertId(id)) : null;
  if (facts === null) throw new CodedError('not_found', { message: 'There is no such alert.' });
  return facts.alert;
}

async function readFilter(
  db: Queryable,
  projects: readonly ProjectId[],
  query: EventQuery,
): Promise<EventFilter> {
  return {
    projects,
    sourceIds: query.source === null ? null : await findSources(db, projects, query.source),
    channelType: query.channel_type,
    provider: query.provider,
    stage: query.stage,
    alertId: query.alert_id,
    text: query.q,
    since: query.since === null ? null : parseInstant(query.since),
    isDuplicate: query.is_duplicate === null ? null : query.is_duplicate === 'true',
  };
}

/** An id is believed: events outlive their source. A name that nobody has is a mistake. */
async function findSources(
  db: Queryable,
  projects: readonly ProjectId[],
  given: string,
): Promise<readonly SourceId[]> {
  if (isUuid(given)) return [sourceId(given)];
  const found = await findSourcesCalled(db, projects, given);
  if (found.length === 0) throw invalid('source', 'is no source that you may see');
  return found;
}

function toPage(query: Pick<EventQuery, 'limit' | 'cursor'>) {
  const after = query.cursor === null ? null : parseCursor(query.cursor);
  return { after, limit: query.limit ?? LIMITS.pageDefault };
}

function renderPage({ items, next }: FoundEvents) {
  return { items, next_cursor: next === null ? null : encodeBase64Url(encodeUtf8(next)) };
}

function parseCursor(cursor: string): EventId {
  const bytes = decodeBase64Url(cursor);
  const id = bytes === null ? null : decodeUtf8(bytes);
  if (id !== null && isUuid(id)) return eventId(id);
  throw invalid('cursor', 'is not one of ours; take next_cursor of the page before');
}

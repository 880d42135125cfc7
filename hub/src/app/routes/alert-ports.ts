/** What the routes of alerts ask for, joined from several stages. */
import { hideInNotification, hideInTimeline } from '#app/read/hidden-addresses.ts';
import { CodedError } from '#kernel/error-codes.ts';
import type { AlertAnswer, AnswerRouteDeps } from '#alert/answer.routes.ts';
import type { AlertRef, AlertRouteDeps } from '#alert/routes.ts';
import { decodeBase64Url, decodeUtf8, encodeBase64Url, encodeUtf8 } from '#kernel/crypto.ts';
import { listProjectIds } from '#access/store.ts';
import {
  ALERT_ID_PATTERN,
  isUuid,
  type ProjectId,
  PROJECT_ID_PATTERN,
  projectId,
} from '#kernel/id.ts';
import { formatInstant, type Instant, parseInstant } from '#kernel/instant.ts';
import type { JsonObject } from '#kernel/syntax/json.ts';
import { ALERT_STATUSES, type AlertStatus, isOpen } from '#kernel/words/lifecycle.ts';
import { LIMITS } from '#kernel/limits.ts';
import { mayIn, type Principal } from '#kernel/principal.ts';
import { SEVERITIES } from '#kernel/words/severity.ts';
import type { Query } from '#platform/http/http-server.ts';
import { requireProject } from '#platform/http/resource.ts';
import type { Database, Queryable } from '#platform/postgres/postgres.ts';
import { type AlertFacts, renderAlert } from '#app/alert-view.ts';
import type { AlertWork } from '#app/dispatch.ts';
import {
  type AlertCursor,
  type AlertFilter,
  countActive,
  findAlert,
  listAlerts,
  locateAll,
  readNotifications,
  readTimeline,
} from '#app/read/alerts.ts';
import { type AnswerResult, type CommandDeps, runAnswer, runAnswers } from '#app/run-commands.ts';
import type { OnWork } from '#app/intake/tell-work.ts';

export type AlertPortsDeps = CommandDeps & { readonly onWork: OnWork };

export function createAlertPorts(deps: AlertPortsDeps): AlertRouteDeps & AnswerRouteDeps {
  const { database, clock } = deps;
  const show = (ref: AlertRef) =>
    database.read((db) => findAlert(db, [ref.projectId], ref.alertId));
  return {
    locate: (principal, id, project) =>
      database.read(async (db) => {
        const projects = await listReadable(db, principal, project);
        const facts = await findAlert(db, projects, id);
        return facts === null ? null : { projectId: facts.alert.projectId, alertId: id };
      }),
    show: async (ref) => {
      const facts = await show(ref);
      return facts === null ? null : renderAlert(facts, clock.now());
    },
    timeline: (ref, by) =>
      database.read(async (db) => {
        const items = await readTimeline(db, ref);
        return mayIn(by, 'administer', ref.projectId) ? items : items.map(hideInTimeline);
      }),
    notifications: (ref, by) =>
      database.read(async (db) => {
        const items = await readNotifications(db, ref);
        return mayIn(by, 'administer', ref.projectId) ? items : items.map(hideInNotification);
      }),
    list: (principal, query) => list(database, { principal, query, now: () => clock.now() }),
    activeCount: (principal, query) =>
      database.read(async (db) => {
        const [deviceId, cameraId] = [one(query, 'device_id'), one(query, 'camera_id')];
        const projects = await listReadable(db, principal, one(query, 'project_id'));
        return countActive(db, { projects, deviceId, cameraId });
      }),
    answer: async (ref, command) => {
      const result = await runAnswer(deps, ref, { command });
      return result.kind === 'not_found' ? result : tellAnswer(deps, result);
    },
    answerAll: async ({ by, project, ids }, command) => {
      const refs = await database.read(async (db) => {
        const projects = await listReadable(db, by, project);
        return locateAll(db, projects, ids);
      });
      const results = await runAnswers(deps, refs, command);
      return new Map([...results].map(([id, result]) => [id, tellAnswer(deps, result)]));
    },
  };
}

/** Wakes the beats that have something to do now. */
export function tellAnswer(
  deps: Pick<AlertPortsDeps, 'clock' | 'onWork'>,
  result: Exclude<AnswerResult, { kind: 'not_found' }>,
): AlertAnswer {
  if (result.kind === 'refused') return result;
  const { work } = result;
  const dueAt = work.escalation?.dueAt ?? null;
  const inMs = dueAt === null ? LIMITS.pollMs : dueAt - deps.clock.now();
  deps.onWork(inMs, work.notifications.length > 0);
  return { kind: result.kind, alert: renderAlert(factsOf(work), deps.clock.now()) };
}

export function factsOf(work: AlertWork): AlertFacts {
  return { ...work, source: work.config.findSource(work.alert.sourceId) };
}

/** The projects that a read is about; one of others is as good as none. */
export async function listReadable(
  db: Queryable,
  principal: Principal,
  given: string | null,
): Promise<readonly ProjectId[]> {
  if (given !== null) {
    const wanted = projectId(given);
    if (PROJECT_ID_PATTERN.test(given)) return [requireProject(principal, wanted)];
    throw new CodedError('not_found', { message: 'There is no such project.' });
  }
  return principal.projects === 'all' ? listProjectIds(db) : principal.projects;
}

async function list(
  database: Database,
  asked: { readonly principal: Principal; readonly query: Query; readonly now: () => Instant },
): Promise<JsonObject> {
  const { query } = asked;
  refuseUnknown(query);
  const limit = parseLimit(one(query, 'limit'));
  const after = parseCursor(one(query, 'cursor'));
  return database.read(async (db) => {
    const projects = await listReadable(db, asked.principal, one(query, 'project_id'));
    const filter = parseFilter(query, projects);
    const found = await listAlerts(db, filter, { after, limit: limit + 1 });
    const page = found.slice(0, limit);
    const last = page.at(-1)?.alert;
    const now = asked.now();
    return {
      items: page.map((facts) => renderAlert(facts, now)),
      next_cursor: found.length > limit && last !== undefined ? renderCursor(last) : null,
    };
  });
}

const KNOWN = [
  'project_id',
  'status',
  'severity',
  'source',
  'device_id',
  'camera_id',
  'q',
  'since',
  'due',
  'archived',
  'limit',
  'cursor',
];

function refuseUnknown(query: Query): void {
  const unknown = Object.keys(query).filter((name) => !KNOWN.includes(name));
  if (unknown.length === 0) return;
  const message = `unknown parameter; known are ${KNOWN.join(', ')}`;
  throw new CodedError('invalid', { details: unknown.map((path) => ({ path, message })) });
}

function parseFilter(query: Query, projects: readonly ProjectId[]): AlertFilter {
  const statuses = parseStatuses(query);
  const severity = one(query, 'severity');
  if (severity !== null && !SEVERITIES.some((known) => known === severity)) {
    throw invalid('severity', `must be one of ${SEVERITIES.join(', ')}`);
  }
  const sourceId = one(query, 'source');
  if (sourceId !== null && !isUuid(sourceId)) throw invalid('source', 'must be the id of a source');
  return {
    projects,
    statuses,
    isOpenOnly: statuses?.every(isOpen) ?? false,
    severity,
    sourceId,
    deviceId: one(query, 'device_id'),
    cameraId: one(query, 'camera_id'),
    title: one(query, 'q'),
    since: parseTime(query, 'since'),
    dueBy: parseTime(query, 'due'),
    isArchived: parseBoolean(query, 'archived'),
  };
}

function parseTime(query: Query, name: string): Instant | null {
  const text = one(query, name);
  if (text === null) return null;
  const at = parseInstant(text);
  if (at === null) throw invalid(name, 'must be a time like 2026-01-31T12:00:00Z');
  return at;
}

function parseBoolean(query: Query, name: string): boolean | null {
  const text = one(query, name);
  if (text === null) return null;
  if (text !== 'true' && text !== 'false') throw invalid(name, 'must be true or false');
  return text === 'true';
}

/** `open`, or a list separated by commas or given several times. */
function parseStatuses(query: Query): readonly AlertStatus[] | null {
  const given = [query['status'] ?? []].flat().flatMap((text) => text.split(','));
  if (given.length === 0) return null;
  return given.flatMap((text) => {
    if (text === 'open') return ALERT_STATUSES.filter(isOpen);
    const known = ALERT_STATUSES.find((status) => status === text.toUpperCase());
    if (known !== undefined) return [known];
    throw invalid('status', `must be open, or one of ${ALERT_STATUSES.join(', ')}`);
  });
}

function parseLimit(text: string | null): number {
  if (text === null) return LIMITS.pageDefault;
  const limit = Number(text);
  if (/^\d{1,4}$/.test(text) && limit >= 1 && limit <= LIMITS.pageMax) return limit;
  throw invalid('limit', `must be a number from 1 to ${LIMITS.pageMax}`);
}

function renderCursor(last: AlertFacts['alert']): string {
  const parts = [formatInstant(last.createdAt), last.alertId, last.projectId];
  return encodeBase64Url(encodeUtf8(JSON.stringify(parts)));
}

function parseCursor(text: string | null): AlertCursor | null {
  if (text === null) return null;
  const bytes = decodeBase64Url(text);
  const json = bytes === null ? null : decodeUtf8(bytes);
  const [at, alertId, project] = parseParts(json ?? '');
  const createdAt = at === undefined ? null : parseInstant(at);
  const isKnown = ALERT_ID_PATTERN.test(alertId ?? '') && PROJECT_ID_PATTERN.test(project ?? '');
  if (createdAt !== null && alertId !== undefined && project !== undefined && isKnown) {
    return { createdAt, alertId, projectId: project };
  }
  throw invalid('cursor', 'is not one of ours; take next_cursor of the page before');
}

function parseParts(json: string): readonly string[] {
  try {
    const parts: unknown = JSON.parse(json);
    return Array.isArray(parts) && parts.every((part) => typeof part === 'string') ? parts : [];
  } catch {
    return [];
  }
}

function one(query: Query, name: string): string | null {
  const text = [query[name] ?? []].flat().at(-1);
  if (text === undefined || text === '') return null;
  if (text.length > LIMITS.identifierCharsMax || text.includes('\0')) {
    throw invalid(name, `must be at most ${LIMITS.identifierCharsMax} plain characters`);
  }
  return text;
}

function invalid(path: string, message: string): CodedError {
  return new CodedError('invalid', { details: [{ path, message }] });
}

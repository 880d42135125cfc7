/**
 * What the routes of all configured resources (projects, keys, sources, policies, channels,
 * rules) share: which project is meant, pages of a list, If-Match, and the transaction of a write.
 *
 * Danger: every write of configuration goes through `changeProject`. It touches the project's
 * version, by which other nodes notice, and lets one write of a project run at a time.
 * Emits: `onConfigChanged` after each write that was, or may have been, committed.
 */
import type { FastifyRequest } from 'fastify';
import { decodeBase64Url, decodeUtf8, encodeBase64Url, encodeUtf8 } from '#kernel/crypto.ts';
import { CodedError, type ErrorDetail } from '#kernel/error-codes.ts';
import { DEFAULT_PROJECT_ID, isUuid, type ProjectId, projectId } from '#kernel/id.ts';
import { formatInstant, formatInstantOrNull, type Instant, parseInstant } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { Clock, Ids, Random } from '#kernel/ports.ts';
import { isInProject, isKnownTo, type Principal } from '#kernel/principal.ts';
import {
  CommitUnknownError,
  type Database,
  errorCode,
  type Queryable,
  type Transaction,
} from '#platform/postgres/postgres.ts';
import type { RecordAudit } from './acting.ts';

export type TouchProject = (
  tx: Transaction,
  projectId: ProjectId,
  now: Instant,
) => Promise<boolean>;

export type ResourceDeps = {
  readonly database: Database;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly random: Random;
  readonly touchProject: TouchProject;
  /** Posted by each change, in its transaction. */
  readonly recordAudit: RecordAudit;
  readonly onConfigChanged: (projectId: ProjectId) => void;
};

/** Null = all projects. */
export type ProjectFilter = readonly ProjectId[] | null;

export type ListPage = {
  readonly projectIds: ProjectFilter;
  /** The last one of the page before. */
  readonly after: Position | null;
  readonly rowsMax: number;
};

export type Position = { readonly createdAt: Instant; readonly id: string };

/** As the contract has read it from the query. */
export type PageQuery = {
  readonly project_id: string | null;
  readonly limit: number | null;
  readonly cursor: string | null;
};

/** The first four parameters of every statement that lists: projects, position, rows. */
export function toPageValues(page: ListPage): readonly unknown[] {
  const { projectIds, after, rowsMax } = page;
  return [projectIds, formatInstantOrNull(after?.createdAt ?? null), after?.id ?? null, rowsMax];
}

/** One row more than the page has, which tells whether there is a next one. */
export function toListPage(
  principal: Principal,
  query: PageQuery,
  isId: (text: string) => boolean = isUuid,
): ListPage {
  return {
    projectIds: readableProjects(principal, query.project_id),
    after: query.cursor === null ? null : parseCursor(query.cursor, isId),
    rowsMax: (query.limit ?? LIMITS.pageDefault) + 1,
  };
}

/** `rows` as asked for by `toListPage`. */
export function renderList<Item>(
  rows: readonly Item[],
  page: ListPage,
  how: {
    readonly position: (row: Item) => Position;
    readonly render: (row: Item) => unknown;
  },
): { readonly items: readonly unknown[]; readonly next_cursor: string | null } {
  const shown = rows.slice(0, page.rowsMax - 1);
  const last = shown.at(-1);
  const hasNext = rows.length > shown.length && last !== undefined;
  return {
    items: shown.map(how.render),
    next_cursor: hasNext ? renderCursor(how.position(last)) : null,
  };
}

function renderCursor({ createdAt, id }: Position): string {
  return encodeBase64Url(encodeUtf8(`${formatInstant(createdAt)} ${id}`));
}

function parseCursor(cursor: string, isId: (text: string) => boolean): Position {
  const bytes = decodeBase64Url(cursor);
  const text = bytes === null ? null : decodeUtf8(bytes);
  const [, at = '', id = ''] = /^(\S*) (.*)$/su.exec(text ?? '') ?? [];
  const createdAt = parseInstant(at);
  if (createdAt === null || !isId(id))
    throw invalid('cursor', 'is not one that a list has answered');
  return { createdAt, id };
}

/** The projects that a read is about. A project of others is as good as none: 404. */
export function readableProjects(principal: Principal, given: string | null): ProjectFilter {
  if (given === null) return principal.projects === 'all' ? null : principal.projects;
  return [requireProject(principal, projectId(given))];
}

/** The project that a write is about, when the body may leave it out. */
export function writableProject(principal: Principal, given: string | null): ProjectId {
  if (given !== null) return requireProject(principal, projectId(given));
  if (principal.projects === 'all') return DEFAULT_PROJECT_ID;
  const [first, ...others] = principal.projects;
  if (first !== undefined && others.length === 0) return first;
  if (isInProject(principal, DEFAULT_PROJECT_ID)) return DEFAULT_PROJECT_ID;
  throw invalid('project_id', 'is required, for this principal has several projects');
}

/** A project that it knows, but not as somebody who may do this, is no secret to it. */
export function requireProject(principal: Principal, wanted: ProjectId): ProjectId {
  if (isInProject(principal, wanted)) return wanted;
  throw new CodedError(isKnownTo(principal, wanted) ? 'not_allowed' : 'not_found');
}

/** The id in the path. What is no id of ours names nothing, so it is not found. */
export function readPathId(
  request: FastifyRequest,
  isId: (text: string) => boolean = isUuid,
): string {
  const { params } = request;
  const isNamed = typeof params === 'object' && params !== null && 'id' in params;
  const id = isNamed ? params.id : null;
  if (typeof id !== 'string' || !isId(id)) throw new CodedError('not_found');
  return id;
}

/** What was looked up, or the refusal that there is no such thing for this principal. */
export function found<Item>(item: Item | null | undefined): Item {
  if (item === null || item === undefined) throw new CodedError('not_found');
  return item;
}

/** `If-Match: 3`; the quotes of an entity tag are allowed. */
export function requireVersion(request: FastifyRequest, version: number): void {
  const given = request.headers['if-match'];
  const [, digits] = /^(?:W\/)?"?(\d{1,10})"?$/.exec(given?.trim() ?? '') ?? [];
  if (digits !== undefined && Number(digits) === version) return;
  const hint =
    digits === undefined
      ? 'Send `If-Match: VERSION` with the version that you have read.'
      : `It is at version ${version}. Read it again, and send that in If-Match.`;
  throw new CodedError('version_conflict', { hint });
}

/** A body as the contract has read it, or the refusal with its details. */
export function accept<Value>(reading: WireReading<Value>): Value {
  if (reading.ok) return reading.value;
  throw new CodedError('invalid', { details: reading.details });
}

export type WireReading<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly details: readonly ErrorDetail[] };

export function invalid(path: string, message: string): CodedError {
  return new CodedError('invalid', { details: [{ path, message }] });
}

type ChangeDeps = Pick<ResourceDeps, 'database' | 'clock' | 'touchProject' | 'onConfigChanged'>;

/** One write of configuration, in one transaction with the touch of its project. */
export async function changeProject<Result>(
  deps: ChangeDeps,
  id: ProjectId,
  body: (tx: Transaction, now: Instant) => Promise<Result>,
): Promise<Result> {
  const now = deps.clock.now();
  try {
    const result = await deps.database.transaction(async (tx) => {
      if (!(await deps.touchProject(tx, id, now))) throw new CodedError('not_found');
      return body(tx, now);
    });
    deps.onConfigChanged(id);
    return result;
  } catch (error) {
    if (error instanceof CommitUnknownError) deps.onConfigChanged(id);
    throw toRefusal(error);
  }
}

type InProject = { readonly projectId: ProjectId };

export type Change<Item> = {
  readonly tx: Transaction;
  /** As it is under the lock of its project. */
  readonly item: Item;
  readonly now: Instant;
};

/** A write of something that is there: found first to learn its project, then under the lock. */
export async function changeItem<Item extends InProject, Result>(
  deps: ChangeDeps,
  find: (db: Queryable) => Promise<Item | null>,
  body: (change: Change<Item>) => Promise<Result>,
): Promise<Result> {
  const { projectId } = found(await deps.database.read(find));
  return changeProject(deps, projectId, async (tx, now) =>
    body({ tx, item: found(await find(tx)), now }),
  );
}

/** The next version of something; its time never goes back. */
export function nextStamps(
  item: { readonly version: number; readonly updatedAt: Instant },
  now: Instant,
): { readonly version: number; readonly updatedAt: Instant } {
  return { version: item.version + 1, updatedAt: now > item.updatedAt ? now : item.updatedAt };
}

/** What every answer about a resource begins with. */
export function renderStamps(item: {
  readonly projectId: ProjectId;
  readonly version: number;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
}) {
  return {
    project_id: item.projectId,
    version: item.version,
    created_at: formatInstant(item.createdAt),
    updated_at: formatInstant(item.updatedAt),
  };
}

/** Refuses to remove what others refer to, and says who they are. */
export function refuseInUse(users: readonly ErrorDetail[]): void {
  if (users.length > 0) throw new CodedError('still_in_use', { details: users });
}

export function nameTaken(path: string): CodedError {
  return new CodedError('name_taken', { details: [{ path, message: 'is used already' }] });
}

/** Stands behind the checks of the routes, for what the database alone can know for sure. */
export function toRefusal(error: unknown): unknown {
  if (error instanceof CodedError) return error;
  const code = errorCode(error);
  if (code === '23503') return new CodedError('still_in_use');
  return code === '23505' && isNameConstraint(error) ? nameTaken('name') : error;
}

function isNameConstraint(error: unknown): boolean {
  if (typeof error !== 'object' || error === null || !('constraint' in error)) return false;
  return typeof error.constraint === 'string' && error.constraint.endsWith('_name_once');
}

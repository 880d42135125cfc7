/**
 * `/api/v1/operators`. An admin of projects sees those who have a role in them, and of their roles
 * only these; `operator.ts` decides who may change whom. Danger: a set-up link is answered once,
 * and whoever has it becomes that operator.
 * Emits: `onAccessChanged` after each change, on which logins have to be looked up anew.
 */
import type { FastifyInstance } from 'fastify';
import {
  newOperator,
  type NewOperator,
  type OperatorAnswer,
  operatorPatch,
  type WireOperatorPatch,
} from '#contract/access/operator.ts';
import { pageQuery } from '#contract/field.ts';
import { parseWire } from '#contract/wire.ts';
import { CodedError } from '#kernel/error-codes.ts';
import { type OperatorId, operatorId, projectId } from '#kernel/id.ts';
import { formatInstant, formatInstantOrNull, type Instant } from '#kernel/instant.ts';
import { type Grant, mayIn, type Principal } from '#kernel/principal.ts';
import { refBucket } from '#access/proof/throttle.ts';
import { principalOf } from '#platform/http/http-server.ts';
import {
  accept,
  found,
  invalid,
  nameTaken,
  nextStamps,
  readableProjects,
  readPathId,
  renderList,
  requireProject,
  requireVersion,
  toListPage,
} from '#platform/http/resource.ts';
import {
  CommitUnknownError,
  type Queryable,
  type Transaction,
} from '#platform/postgres/postgres.ts';
import { noteDeed, noteOperator } from './operator-note.ts';
import {
  changeOperator,
  isWithin,
  listShownGrants,
  NOT_YOURS,
  type Operator,
  type OperatorPatch,
  readLogin,
  type Refusal,
  refuseLastOne,
  refuseNew,
} from './operator.ts';
import {
  countHubAdmins,
  deleteOperator,
  findByLogin,
  findOperator,
  insertOperator,
  listKnownProjects,
  listOperators,
  lockOperators,
  saveCredentials,
  updateOperator,
} from './operator.store.ts';
import { deleteLinksOf } from './link.store.ts';
import { deleteSessionsOf } from './session.store.ts';
import { makeLink, type SetUpDeps } from './set-up.runner.ts';
import { deleteBucket } from './throttle.store.ts';

export type OperatorRouteDeps = Pick<
  SetUpDeps,
  'database' | 'clock' | 'ids' | 'random' | 'recordAudit' | 'onAccessChanged'
> & { readonly publicUrl: () => string };

export function registerOperatorRoutes(server: FastifyInstance, deps: OperatorRouteDeps): void {
  const { database } = deps;
  const administer = { config: { access: 'administer' } } as const;
  const linked = { config: { access: 'administer', shownOnce: ['set_up_url'] } } as const;

  server.get('/api/v1/operators', administer, async (request) => {
    const by = principalOf(request);
    const page = toListPage(by, accept(parseWire(pageQuery, request.query)));
    const rows = await database.read((db) => listOperators(db, page));
    const position = ({ createdAt, operatorId: id }: Operator) => ({ createdAt, id });
    return renderList(rows, page, { position, render: (row) => renderOperator(by, row) });
  });

  server.get('/api/v1/operators/:id', administer, async (request) => {
    const by = principalOf(request);
    const id = operatorId(readPathId(request));
    return renderOperator(by, await database.read((db) => findShown(db, by, id)));
  });

  server.post('/api/v1/operators', linked, async (request, reply) => {
    const by = principalOf(request);
    const body = accept(parseWire(newOperator, request.body));
    const { operator, link } = await addOperator(deps, by, body);
    return reply.code(201).send({ ...renderOperator(by, operator), ...renderLink(deps, link) });
  });

  server.patch('/api/v1/operators/:id', administer, async (request) => {
    const by = principalOf(request);
    const id = operatorId(readPathId(request));
    const patch = readPatch(by, accept(parseWire(operatorPatch, request.body)));
    return changeOperators(deps, async (tx, now) => {
      const operator = await findShown(tx, by, id);
      requireVersion(request, operator.version);
      const changed = await saveChange(tx, { by, operator, patch, now });
      deps.recordAudit(tx, noteOperator({ before: operator, after: changed }));
      return renderOperator(by, changed);
    });
  });

  server.delete('/api/v1/operators/:id', administer, async (request, reply) => {
    const by = principalOf(request);
    const id = operatorId(readPathId(request));
    await changeOperators(deps, async (tx) => {
      const operator = await findShown(tx, by, id);
      if (!isWithin(by, operator)) throw toError(NOT_YOURS);
      await refuseLast(tx, by, { before: operator, after: null });
      await deleteLinksOf(tx, id);
      await deleteOperator(tx, id);
      deps.recordAudit(tx, noteOperator({ before: operator, after: null }));
    });
    return reply.code(204).send();
  });

  server.post('/api/v1/operators/:id/reset', linked, async (request, reply) => {
    const by = principalOf(request);
    const id = operatorId(readPathId(request));
    const link = await changeOperators(deps, async (tx, now) => {
      const operator = await findShown(tx, by, id);
      if (!isWithin(by, operator)) throw toError(NOT_YOURS);
      return resetOperator(deps, tx, { operator, now });
    });
    return reply.code(201).send({ id, ...renderLink(deps, link) });
  });
}

/** One change of operators at a time; afterwards every login is looked up anew. */
async function changeOperators<Result>(
  deps: OperatorRouteDeps,
  body: (tx: Transaction, now: Instant) => Promise<Result>,
): Promise<Result> {
  try {
    const result = await deps.database.transaction(async (tx) => {
      await lockOperators(tx);
      return body(tx, deps.clock.now());
    });
    deps.onAccessChanged();
    return result;
  } catch (error) {
    if (error instanceof CommitUnknownError) deps.onAccessChanged();
    throw error;
  }
}

async function findShown(db: Queryable, by: Principal, id: OperatorId): Promise<Operator> {
  return found(await findOperator(db, readableProjects(by, null), id));
}

async function addOperator(deps: OperatorRouteDeps, by: Principal, body: NewOperator) {
  const wanted = {
    name: body.name,
    login: requireLogin(body.login),
    isHubAdmin: body.is_hub_admin ?? false,
    grants: readGrants(by, body.roles ?? []),
  };
  return changeOperators(deps, async (tx, now) => {
    refuse(refuseNew(by, wanted));
    await requireProjects(tx, wanted.grants);
    if ((await findByLogin(tx, wanted.login)) !== null) throw nameTaken('login');
    const operator: Operator = {
      ...wanted,
      operatorId: operatorId(deps.ids.next(now)),
      isSetUp: false,
      lastLoginAt: null,
      disabledAt: null,
      version: 1,
      createdAt: now,
      updatedAt: now,
    };
    await insertOperator(tx, operator);
    deps.recordAudit(tx, noteOperator({ before: null, after: operator }));
    return { operator, link: await makeLink(deps, tx, { operator, purpose: 'set_up', now }) };
  });
}

type Saving = {
  readonly by: Principal;
  readonly operator: Operator;
  readonly patch: OperatorPatch;
  readonly now: Instant;
};

async function saveChange(tx: Transaction, { by, operator, patch, now }: Saving) {
  const change = changeOperator(by, operator, { patch, now });
  if (change.kind === 'refused') throw toError(change.refusal);
  const changed: Operator = { ...change.operator, ...nextStamps(operator, now) };
  await refuseLast(tx, by, { before: operator, after: changed });
  await requireProjects(tx, patch.grants ?? []);
  const other = await findByLogin(tx, changed.login);
  if (other !== null && other.operator.operatorId !== operator.operatorId) throw nameTaken('login');
  await updateOperator(tx, changed);
  // Who is let in again logs in again.
  if (changed.disabledAt !== null) {
    await deleteSessionsOf(tx, operator.operatorId);
    await deleteLinksOf(tx, operator.operatorId);
  }
  return changed;
}

type Resetting = { readonly operator: Operator; readonly now: Instant };

/** Out at once: until the link is used, nobody logs in as them. */
async function resetOperator(
  deps: OperatorRouteDeps,
  tx: Transaction,
  { operator, now }: Resetting,
) {
  const { operatorId: id, login } = operator;
  if (operator.disabledAt !== null) throw new CodedError('still_in_use', { message: DISABLED });
  await saveCredentials(tx, id, { credentials: null, codeHashes: [], now });
  await deleteSessionsOf(tx, id);
  await deleteBucket(tx, refBucket('name', login));
  deps.recordAudit(tx, noteDeed('reset', operator));
  return makeLink(deps, tx, { operator, purpose: 'reset', now });
}

const DISABLED = 'The operator is disabled; let them in again first.';

async function refuseLast(
  tx: Queryable,
  by: Principal,
  change: { readonly before: Operator; readonly after: Operator | null },
): Promise<void> {
  refuse(refuseLastOne(by, change, await countHubAdmins(tx)));
}

function refuse(refusal: Refusal | null): void {
  if (refusal !== null) throw toError(refusal);
}

function toError({ code, path, message }: Refusal): CodedError {
  return new CodedError(code, { details: [{ path, message }] });
}

function requireLogin(text: string): string {
  const login = readLogin(text);
  if (login === null) throw invalid('login', 'must be one word, or a mail address');
  return login;
}

/** Only of projects that the principal administers. */
function readGrants(by: Principal, roles: NonNullable<NewOperator['roles']>): readonly Grant[] {
  return roles.map(({ project_id: id, role }) => {
    const grant = { projectId: requireProject(by, projectId(id)), role };
    if (!mayIn(by, 'administer', grant.projectId)) throw new CodedError('not_allowed');
    return grant;
  });
}

/** Who may act in all projects may also name one that is not there. */
async function requireProjects(db: Queryable, grants: readonly Grant[]): Promise<void> {
  if (grants.length === 0) return;
  const ids = grants.map((grant) => grant.projectId);
  const known = await listKnownProjects(db, ids);
  const at = ids.findIndex((id) => !known.has(id));
  if (at !== -1) throw invalid(`roles[${at}].project_id`, 'there is no such project');
}

function readPatch(by: Principal, body: WireOperatorPatch): OperatorPatch {
  const { name, login, is_hub_admin: isHubAdmin, roles, disabled } = body;
  return {
    ...(name === undefined ? {} : { name }),
    ...(login === undefined ? {} : { login: requireLogin(login) }),
    ...(isHubAdmin === undefined ? {} : { isHubAdmin }),
    ...(roles === undefined ? {} : { grants: readGrants(by, roles) }),
    ...(disabled === undefined ? {} : { isDisabled: disabled }),
  };
}

function renderOperator(by: Principal, operator: Operator): OperatorAnswer {
  return {
    id: operator.operatorId,
    name: operator.name,
    login: operator.login,
    is_hub_admin: operator.isHubAdmin,
    roles: listShownGrants(by, operator).map(renderGrant),
    is_set_up: operator.isSetUp,
    last_login_at: formatInstantOrNull(operator.lastLoginAt),
    disabled_at: formatInstantOrNull(operator.disabledAt),
    version: operator.version,
    created_at: formatInstant(operator.createdAt),
    updated_at: formatInstant(operator.updatedAt),
  };
}

function renderGrant({ projectId: id, role }: Grant): OperatorAnswer['roles'][number] {
  // No operator has it: the column does not take it.
  if (role === 'ingest') throw new Error('assertion failed: no operator is an ingest');
  return { project_id: id, role };
}

function renderLink(
  { publicUrl }: OperatorRouteDeps,
  { token, expiresAt }: { readonly token: string; readonly expiresAt: Instant },
) {
  return {
    set_up_url: renderSetUpUrl(publicUrl(), token),
    set_up_expires_at: formatInstant(expiresAt),
  };
}

export function renderSetUpUrl(publicUrl: string, token: string): string {
  return `${publicUrl.replace(/\/$/, '')}/setup/${token}`;
}

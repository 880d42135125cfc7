/**
 * `/api/v1/responders`: people who can be called. Their addresses are held against the kinds of
 * channels and the project's own ones when they are saved; what reaches nobody for want of a
 * channel is kept and warned of, so that people can be entered before the channels are.
 * Emits: `onConfigChanged`.
 */
import { mayIn, type Principal } from '#kernel/principal.ts';
import { maskWritten } from '#kernel/calling/masked-address.ts';
import type { FastifyInstance } from 'fastify';
import { pageQuery } from '#contract/field.ts';
import {
  newResponder,
  type NewResponder,
  type ResponderAnswer,
  responderPatch,
  type ResponderPatch,
} from '#contract/escalation/responder.ts';
import { parseWire } from '#contract/wire.ts';
import {
  type AddressKinds,
  type Carrier,
  findAddressFaults,
  findAddressWarnings,
  parseAddresses,
  renderAddresses,
} from '#kernel/calling/address.ts';
import { CodedError, type ErrorDetail } from '#kernel/error-codes.ts';
import { type ProjectId, projectId, responderId } from '#kernel/id.ts';
import { LIMITS } from '#kernel/limits.ts';
import { noteChange } from '#kernel/words/audit-entry.ts';
import type { Language } from '#kernel/words/language.ts';
import { principalOf } from '#platform/http/http-server.ts';
import type { Queryable } from '#platform/postgres/postgres.ts';
import {
  accept,
  changeItem,
  changeProject,
  found,
  invalid,
  nextStamps,
  readableProjects,
  readPathId,
  refuseInUse,
  renderList,
  renderStamps,
  requireVersion,
  type ResourceDeps,
  toListPage,
  writableProject,
} from '#platform/http/resource.ts';
import { listPolicyNamesByResponder } from './policy.store.ts';
import {
  deleteResponder,
  findResponder,
  insertResponder,
  listRespondersPage,
  measureResponders,
  type StoredResponder,
  updateResponder,
} from './responder.store.ts';

export type ResponderRouteDeps = ResourceDeps & {
  readonly addressKinds: AddressKinds;
  readonly listCarriers: (
    db: Queryable,
    projects: readonly ProjectId[],
  ) => Promise<readonly Carrier[]>;
  /** Of those who have none of their own. */
  readonly readLanguage: (db: Queryable, project: ProjectId) => Promise<Language>;
};

export function registerResponderRoutes(server: FastifyInstance, deps: ResponderRouteDeps): void {
  registerReads(server, deps);

  server.post(
    '/api/v1/responders',
    { config: { access: 'administer' } },
    async (request, reply) => {
      const body = accept(parseWire(newResponder, request.body));
      const project = writableProject(principalOf(request), body.project_id);
      return reply.code(201).send(await addResponder(deps, project, body));
    },
  );

  server.patch('/api/v1/responders/:id', { config: { access: 'administer' } }, async (request) => {
    const id = responderId(readPathId(request));
    const projectIds = readableProjects(principalOf(request), null);
    const body = accept(parseWire(responderPatch, request.body));
    return changeItem(
      deps,
      (db) => findResponder(db, projectIds, id),
      async ({ tx, item, now }) => {
        requireVersion(request, item.version);
        const next = { ...patchResponder(item, body), ...nextStamps(item, now) };
        const carriers = await deps.listCarriers(tx, [next.projectId]);
        // Addresses that are kept were checked when they came, and are not refused now.
        if (body.addresses !== undefined) requireReachable(deps, next, carriers);
        await updateResponder(tx, next);
        const answer = renderResponder(next, carriers);
        deps.recordAudit(tx, noteChange('responder', renderResponder(item, carriers), answer));
        return answer;
      },
    );
  });

  server.delete(
    '/api/v1/responders/:id',
    { config: { access: 'administer' } },
    async (request, reply) => {
      const id = responderId(readPathId(request));
      const projectIds = readableProjects(principalOf(request), null);
      await changeItem(
        deps,
        (db) => findResponder(db, projectIds, id),
        async ({ tx, item }) => {
          refuseInUse(await findResponderUsers(tx, item));
          await deleteResponder(tx, item);
          deps.recordAudit(tx, noteChange('responder', renderResponder(item, []), null));
        },
      );
      return reply.code(204).send();
    },
  );
}

function registerReads(server: FastifyInstance, deps: ResponderRouteDeps): void {
  const { database } = deps;

  server.get('/api/v1/responders', { config: { access: 'read' } }, async (request) => {
    const query = accept(parseWire(pageQuery, request.query));
    const page = toListPage(principalOf(request), query);
    return database.read(async (db) => {
      const rows = await listRespondersPage(db, page);
      const projects = new Set(rows.map(({ projectId }) => projectId));
      const carriers = await deps.listCarriers(db, [...projects]);
      const position = ({ createdAt, responderId: id }: StoredResponder) => ({ createdAt, id });
      const by = principalOf(request);
      const render = (stored: StoredResponder) => showTo(by, renderResponder(stored, carriers));
      return renderList(rows, page, { position, render });
    });
  });

  server.get('/api/v1/responders/:id', { config: { access: 'read' } }, async (request) => {
    const id = responderId(readPathId(request));
    const projectIds = readableProjects(principalOf(request), null);
    return database.read(async (db) => {
      const stored = found(await findResponder(db, projectIds, id));
      const carriers = await deps.listCarriers(db, [stored.projectId]);
      return showTo(principalOf(request), renderResponder(stored, carriers));
    });
  });
}

/** How people are reached is for those who look after it. */
function showTo(by: Principal, answer: ResponderAnswer): ResponderAnswer {
  if (mayIn(by, 'administer', projectId(answer.project_id))) return answer;
  return { ...answer, addresses: maskWritten(answer.addresses) };
}

async function addResponder(
  deps: ResponderRouteDeps,
  project: ProjectId,
  body: NewResponder,
): Promise<ResponderAnswer> {
  return changeProject(deps, project, async (tx, now) => {
    const stored: StoredResponder = {
      ...(await readResponder(deps, tx, { project, body })),
      projectId: project,
      responderId: responderId(deps.ids.next(now)),
      version: 1,
      createdAt: now,
      updatedAt: now,
    };
    const carriers = await deps.listCarriers(tx, [project]);
    requireReachable(deps, stored, carriers);
    await insertResponder(tx, stored);
    const answer = renderResponder(stored, carriers);
    deps.recordAudit(tx, noteChange('responder', null, answer));
    return answer;
  });
}

type ResponderContent = Pick<
  StoredResponder,
  'name' | 'language' | 'addresses' | 'position' | 'isActive'
>;

/** What is said about somebody new, with the default for all that may be left out. */
export async function readResponder(
  deps: Pick<ResponderRouteDeps, 'readLanguage'>,
  db: Queryable,
  { project, body }: { readonly project: ProjectId; readonly body: NewResponder },
): Promise<ResponderContent> {
  const { total, lastPosition } = await measureResponders(db, project);
  if (total >= LIMITS.respondersPerProjectMax) {
    throw invalid('name', `the project has ${total} responders already, and no room for more`);
  }
  return {
    name: body.name,
    language: body.language ?? (await deps.readLanguage(db, project)),
    addresses: parseAddresses(body.addresses ?? []),
    position: body.position ?? nextPosition(lastPosition),
    isActive: body.is_active ?? true,
  };
}

/** After the last; at the very end it shares the position, and comes after by its age. */
function nextPosition(last: number | null): number {
  return last === null ? 0 : Math.min(last + 1, LIMITS.responderPositionMax);
}

function patchResponder(stored: StoredResponder, body: ResponderPatch): StoredResponder {
  const { addresses } = body;
  return {
    ...stored,
    name: body.name ?? stored.name,
    language: body.language ?? stored.language,
    addresses: addresses === undefined ? stored.addresses : parseAddresses(addresses),
    position: body.position ?? stored.position,
    isActive: body.is_active ?? stored.isActive,
  };
}

/** Under the lock of the project: a channel that is named cannot go away in between. */
export function requireReachable(
  deps: Pick<ResponderRouteDeps, 'addressKinds'>,
  stored: StoredResponder,
  carriers: readonly Carrier[],
): void {
  const details = findAddressFaults(toAddressed(stored), deps.addressKinds, carriers);
  if (details.length > 0) throw new CodedError('invalid', { details });
}

function toAddressed({ projectId, addresses }: StoredResponder) {
  return { projectId, field: 'addresses', addresses };
}

export async function findResponderUsers(
  db: Queryable,
  stored: StoredResponder,
): Promise<readonly ErrorDetail[]> {
  const { projectId, responderId: id } = stored;
  const names = await listPolicyNamesByResponder(db, projectId, id);
  return names.map((name) => ({ path: 'policies', message: `policy ${name} calls them` }));
}

function renderResponder(stored: StoredResponder, carriers: readonly Carrier[]): ResponderAnswer {
  return {
    id: stored.responderId,
    ...renderStamps(stored),
    name: stored.name,
    language: stored.language,
    addresses: renderAddresses(stored.addresses),
    position: stored.position,
    is_active: stored.isActive,
    warnings: [...findAddressWarnings(toAddressed(stored), carriers)],
  };
}

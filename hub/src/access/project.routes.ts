/**
 * `/api/v1/projects`. Made by the hub's own administrators; each project's administrators may
 * change what theirs is called, who looks after it, and how long it keeps what is over.
 * Emits: `onConfigChanged`.
 */
import { mayIn, type Principal } from '#kernel/principal.ts';
import { maskWritten } from '#kernel/calling/masked-address.ts';
import type { FastifyInstance } from 'fastify';
import { pageQuery } from '#contract/field.ts';
import {
  newProject,
  type NewProject,
  type ProjectAnswer,
  projectPatch,
  type ProjectPatch,
} from '#contract/project.ts';
import { parseWire } from '#contract/wire.ts';
import {
  type AddressKinds,
  type Carrier,
  findAddressFaults,
  findAddressWarnings,
  parseAddresses,
  renderAddresses,
} from '#kernel/calling/address.ts';
import { CodedError } from '#kernel/error-codes.ts';
import { PROJECT_ID_PATTERN, type ProjectId, projectId } from '#kernel/id.ts';
import type { Instant } from '#kernel/instant.ts';
import { HUB_SCOPE, noteChange } from '#kernel/words/audit-entry.ts';
import { principalOf } from '#platform/http/http-server.ts';
import type { Queryable, Transaction } from '#platform/postgres/postgres.ts';
import {
  accept,
  changeProject,
  found,
  nameTaken,
  readableProjects,
  readPathId,
  renderList,
  renderStamps,
  requireVersion,
  type ResourceDeps,
  toListPage,
} from '#platform/http/resource.ts';
import { renderPolicy } from '#redaction/policy/document.ts';
import { type Project, PROJECT_DEFAULTS, type ProjectSettings } from './key.ts';
import { findProject, listProjects, updateProject } from './store.ts';

export type ProjectRouteDeps = ResourceDeps & {
  /** With its built-in policies and sources; false when it is there already. */
  readonly createProject: (
    tx: Transaction,
    project: ProjectSettings & { readonly projectId: ProjectId },
    now: Instant,
  ) => Promise<boolean>;
  /** Adds to what it masks; refuses what would reveal. */
  readonly changeRedaction: (
    tx: Transaction,
    project: Project,
    how: {
      readonly change: NewProject['redaction'] | undefined;
      readonly by: Principal;
      readonly now: Instant;
    },
  ) => Promise<Project>;
  readonly addressKinds: AddressKinds;
  readonly listCarriers: (
    db: Queryable,
    projects: readonly ProjectId[],
  ) => Promise<readonly Carrier[]>;
};

const isProjectId = (text: string): boolean => PROJECT_ID_PATTERN.test(text);

export function registerProjectRoutes(server: FastifyInstance, deps: ProjectRouteDeps): void {
  const { database } = deps;

  server.get('/api/v1/projects', { config: { access: 'read' } }, async (request) => {
    const query = accept(parseWire(pageQuery, request.query));
    const page = toListPage(principalOf(request), query, isProjectId);
    return database.read(async (db) => {
      const rows = await listProjects(db, page);
      const carriers = await deps.listCarriers(
        db,
        rows.map((project) => project.projectId),
      );
      const position = ({ createdAt, projectId: id }: Project) => ({ createdAt, id });
      const by = principalOf(request);
      const render = (project: Project) => showTo(by, renderProject(project, carriers));
      return renderList(rows, page, { position, render });
    });
  });

  server.get('/api/v1/projects/:id', { config: { access: 'read' } }, async (request) => {
    const id = readPathId(request, isProjectId);
    readableProjects(principalOf(request), id);
    return database.read(async (db) => {
      const project = found(await findProject(db, projectId(id)));
      const carriers = await deps.listCarriers(db, [project.projectId]);
      return showTo(principalOf(request), renderProject(project, carriers));
    });
  });

  server.post(
    '/api/v1/projects',
    { config: { access: 'administer_hub' } },
    async (request, reply) => {
      const body = accept(parseWire(newProject, request.body));
      const added = await addProject(deps, principalOf(request), body);
      return reply.code(201).send(renderProject(added, []));
    },
  );

  server.patch('/api/v1/projects/:id', { config: { access: 'administer' } }, async (request) => {
    const id = readPathId(request, isProjectId);
    readableProjects(principalOf(request), id);
    const body = accept(parseWire(projectPatch, request.body));
    return changeProject(deps, projectId(id), async (tx, now) => {
      const touched = found(await findProject(tx, projectId(id)));
      // The touch of this very transaction has counted already.
      requireVersion(request, touched.version - 1);
      const how = { change: body.redaction, by: principalOf(request), now };
      const next = await deps.changeRedaction(tx, patchProject(touched, body), how);
      const carriers = await deps.listCarriers(tx, [next.projectId]);
      // Addresses that are kept were checked when they came, and are not refused now.
      if (body.administrators !== undefined) requireAdministrators(deps, next, carriers);
      await updateProject(tx, next);
      const answer = renderProject(next, carriers);
      const before = { ...renderProject(touched, carriers), version: touched.version - 1 };
      deps.recordAudit(tx, noteChange('project', before, answer));
      return answer;
    });
  });
}

/** How its administrators are reached is for themselves. */
function showTo(by: Principal, answer: ProjectAnswer): ProjectAnswer {
  if (mayIn(by, 'administer', projectId(answer.id))) return answer;
  return { ...answer, administrators: maskWritten(answer.administrators) };
}

async function addProject(
  deps: ProjectRouteDeps,
  by: Principal,
  body: NewProject,
): Promise<Project> {
  const now = deps.clock.now();
  const project = {
    projectId: projectId(body.project_id),
    name: body.name ?? body.project_id,
    language: body.language ?? PROJECT_DEFAULTS.language,
    administrators: parseAddresses(body.administrators ?? []),
    archiveAfterS: body.archive_after_s ?? PROJECT_DEFAULTS.archiveAfterS,
    retentionDays: body.retention_days,
    mailContent: body.mail_content ?? PROJECT_DEFAULTS.mailContent,
    redaction: PROJECT_DEFAULTS.redaction,
  };
  // It has no channels yet that an address could name.
  requireAdministrators(deps, project, []);
  const added = await deps.database.transaction(async (tx) => {
    if (!(await deps.createProject(tx, project, now))) throw nameTaken('project_id');
    const fresh = found(await findProject(tx, project.projectId));
    const { redaction: change } = body;
    const made = await deps.changeRedaction(tx, fresh, { change, by, now });
    if (change !== null) await updateProject(tx, made);
    const note = noteChange('project', null, renderProject(made, []));
    deps.recordAudit(tx, { ...note, projectId: HUB_SCOPE });
    return made;
  });
  deps.onConfigChanged(project.projectId);
  return added;
}

/** Absent keeps, null clears. */
export function patchProject(project: Project, body: ProjectPatch): Project {
  const { administrators, retention_days: retentionDays } = body;
  return {
    ...project,
    name: body.name ?? project.name,
    language: body.language ?? project.language,
    administrators:
      administrators === undefined ? project.administrators : parseAddresses(administrators),
    archiveAfterS: body.archive_after_s ?? project.archiveAfterS,
    retentionDays: retentionDays === undefined ? project.retentionDays : retentionDays,
    mailContent: body.mail_content ?? project.mailContent,
  };
}

export function requireAdministrators(
  deps: Pick<ProjectRouteDeps, 'addressKinds'>,
  project: Pick<Project, 'projectId' | 'administrators'>,
  carriers: readonly Carrier[],
): void {
  const details = findAddressFaults(toAddressed(project), deps.addressKinds, carriers);
  if (details.length > 0) throw new CodedError('invalid', { details });
}

function toAddressed(project: Pick<Project, 'projectId' | 'administrators'>) {
  const field = 'administrators';
  return { projectId: project.projectId, field, addresses: project.administrators };
}

function renderProject(project: Project, carriers: readonly Carrier[]): ProjectAnswer {
  return {
    id: project.projectId,
    ...renderStamps(project),
    name: project.name,
    language: project.language,
    administrators: renderAddresses(project.administrators),
    archive_after_s: project.archiveAfterS,
    retention_days: project.retentionDays,
    mail_content: project.mailContent,
    redaction: renderPolicy(project.redaction),
    warnings: [...findAddressWarnings(toAddressed(project), carriers)],
  };
}

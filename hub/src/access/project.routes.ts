/**
 * `/api/v1/projects`. Made by the hub's own administrators; each project's administrators may
 * rename theirs. Emits: `onConfigChanged`.
 */
import type { FastifyInstance } from 'fastify';
import { pageQuery } from '#contract/field.ts';
import { newProject, type ProjectAnswer, projectPatch } from '#contract/project.ts';
import { parseWire } from '#contract/wire.ts';
import { PROJECT_ID_PATTERN, type ProjectId, projectId } from '#kernel/id.ts';
import type { Instant } from '#kernel/instant.ts';
import { principalOf } from '#platform/http/http-server.ts';
import type { Transaction } from '#platform/postgres/postgres.ts';
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
import type { Project } from './key.ts';
import { findProject, listProjects, renameProject } from './store.ts';

export type ProjectRouteDeps = ResourceDeps & {
  /** With its built-in policies and sources; false when it is there already. */
  readonly createProject: (
    tx: Transaction,
    project: { readonly projectId: ProjectId; readonly name: string },
    now: Instant,
  ) => Promise<boolean>;
};

const isProjectId = (text: string): boolean => PROJECT_ID_PATTERN.test(text);

export function registerProjectRoutes(server: FastifyInstance, deps: ProjectRouteDeps): void {
  const { database } = deps;

  server.get('/api/v1/projects', { config: { access: 'read' } }, async (request) => {
    const query = accept(parseWire(pageQuery, request.query));
    const page = toListPage(principalOf(request), query, isProjectId);
    const rows = await database.read((db) => listProjects(db, page));
    const position = ({ createdAt, projectId: id }: Project) => ({ createdAt, id });
    return renderList(rows, page, { position, render: renderProject });
  });

  server.get('/api/v1/projects/:id', { config: { access: 'read' } }, async (request) => {
    const id = readPathId(request, isProjectId);
    readableProjects(principalOf(request), id);
    return renderProject(found(await database.read((db) => findProject(db, projectId(id)))));
  });

  server.post(
    '/api/v1/projects',
    { config: { access: 'administer_hub' } },
    async (request, reply) => {
      const body = accept(parseWire(newProject, request.body));
      const id = projectId(body.project_id);
      const project = await addProject(deps, { projectId: id, name: body.name ?? id });
      return reply.code(201).send(renderProject(project));
    },
  );

  server.patch('/api/v1/projects/:id', { config: { access: 'administer' } }, async (request) => {
    const id = readPathId(request, isProjectId);
    readableProjects(principalOf(request), id);
    const body = accept(parseWire(projectPatch, request.body));
    const renamed = await changeProject(deps, projectId(id), async (tx) => {
      const touched = found(await findProject(tx, projectId(id)));
      // The touch of this very transaction has counted already.
      requireVersion(request, touched.version - 1);
      return found(await renameProject(tx, touched.projectId, body.name));
    });
    return renderProject(renamed);
  });
}

async function addProject(
  deps: ProjectRouteDeps,
  project: { readonly projectId: ProjectId; readonly name: string },
): Promise<Project> {
  const now = deps.clock.now();
  const isNew = await deps.database.transaction((tx) => deps.createProject(tx, project, now));
  if (!isNew) throw nameTaken('project_id');
  deps.onConfigChanged(project.projectId);
  return { ...project, version: 1, createdAt: now, updatedAt: now };
}

function renderProject(project: Project): ProjectAnswer {
  return { id: project.projectId, ...renderStamps(project), name: project.name };
}

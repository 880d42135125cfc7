/**
 * `POST /api/v1/doctor`: looks at everything an alarm needs on its way. A POST, because it opens
 * connections to the servers of channels; it changes nothing and sends nothing.
 */
import type { FastifyInstance } from 'fastify';
import type { DoctorAnswer } from '#contract/supervision/doctor.ts';
import { DEMO_PROJECT_ID, type ProjectId } from '#kernel/id.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { Principal } from '#kernel/principal.ts';
import { principalOf } from '#platform/http/http-server.ts';
import type { Database } from '#platform/postgres/postgres.ts';
import { type Check, CHECK_STATUSES } from '#app/doctor/check.ts';
import { checkHub, type HubExam } from '#app/doctor/hub-checks.ts';
import { checkProject, type ProjectExam } from '#app/doctor/project-checks.ts';
import { listReadable } from './alert-ports.ts';

export type DoctorRouteDeps = HubExam & ProjectExam & { readonly database: Database };

export function registerDoctorRoutes(server: FastifyInstance, deps: DoctorRouteDeps): void {
  const looking = {
    config: { access: 'operate', unaudited: 'it only looks', reachesOut: true },
  } as const;
  server.post('/api/v1/doctor', looking, async (request) => {
    const [hub, projects] = await Promise.all([
      checkHub(deps),
      listProjects(deps, principalOf(request)),
    ]);
    const checks = [...hub];
    // The demo calls only itself, and only while it plays.
    const real = projects.filter((project) => project !== DEMO_PROJECT_ID);
    for (const project of real.slice(0, LIMITS.doctorProjectsMax)) {
      checks.push(...(await checkProject(deps, project)));
    }
    return renderChecks(checks);
  });
}

/** Without a database the hub's own checks say so. */
async function listProjects(
  { database }: DoctorRouteDeps,
  principal: Principal,
): Promise<readonly ProjectId[]> {
  return database.read((db) => listReadable(db, principal, null)).catch(() => []);
}

function renderChecks(checks: readonly Check[]): DoctorAnswer {
  const worst = CHECK_STATUSES.toReversed().find((status) =>
    checks.some((check) => check.status === status),
  );
  return {
    status: worst ?? 'pass',
    checks: checks.map(({ subject, status, sentence, action, projectId }) => ({
      subject,
      status,
      message: sentence,
      action,
      project_id: projectId,
    })),
  };
}

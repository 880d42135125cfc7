/**
 * What a project masks: how it grows, and `GET /api/v1/projects/{id}/redaction`, which tells what
 * the `redaction_version` of an event stands for. It is changed with the project itself.
 *
 * Danger: what comes in is masked before it is stored and kept nowhere in clear, so nothing here
 * can show it again, and no change reaches what is stored already.
 */
import type { FastifyInstance } from 'fastify';
import type { RedactionAnswer } from '#contract/redaction/policy.ts';
import { CodedError } from '#kernel/error-codes.ts';
import { PROJECT_ID_PATTERN, type ProjectId, projectId } from '#kernel/id.ts';
import { formatInstant, type Instant } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { Principal } from '#kernel/principal.ts';
import { principalOf } from '#platform/http/http-server.ts';
import { found, readPathId, requireProject } from '#platform/http/resource.ts';
import type { Database, Queryable } from '#platform/postgres/postgres.ts';
import { MASK_CLASSES } from '#redaction/mask.ts';
import type { RedactionPolicy } from '#redaction/policy.ts';
import { extendPolicy, nameVersion, type RedactionChange, renderPolicy } from './document.ts';
import { insertPolicyVersions, listPolicyVersions, type PolicyVersion } from './policy.store.ts';

/** What a project masks, as it stands with the project. */
type Masking = { readonly projectId: ProjectId; readonly redaction: RedactionPolicy };

type Author = Pick<Principal, 'principalId' | 'name' | 'authMethod'>;

/** The caller has locked the project, and stores what comes back with it. */
export async function changeRedaction<Project extends Masking>(
  tx: Queryable,
  project: Project,
  how: {
    readonly change: RedactionChange | null | undefined;
    readonly by: Author;
    readonly now: Instant;
  },
): Promise<Project> {
  if (how.change === null || how.change === undefined) return project;
  const extension = extendPolicy(project.redaction, how.change);
  switch (extension.kind) {
    case 'same':
      return project;
    case 'invalid':
      throw new CodedError('invalid', { details: extension.details });
    case 'reveals':
      throw new CodedError('policy_reveals', { details: extension.details, hint: ONLY_MORE });
    case 'extended': {
      const next = { ...project, redaction: extension.policy };
      await noteVersions(tx, [next], how);
      return next;
    }
  }
}

const ONLY_MORE =
  'Send what is there together with what is new. What masks too much stays; a new project begins ' +
  'without it.';

/** Remembers what is in force from now; what was in force before is known already. */
export async function noteVersions(
  tx: Queryable,
  projects: readonly Masking[],
  { by, now }: { readonly by: Author; readonly now: Instant },
): Promise<void> {
  const { principalId, name, authMethod } = by;
  const versions = projects.map(({ projectId: id, redaction: policy }) => ({
    projectId: id,
    redactionVersion: nameVersion(policy),
    policy,
    createdBy: { principalId, name, authMethod },
    createdAt: now,
  }));
  await insertPolicyVersions(tx, versions);
}

export type RedactionRouteDeps = {
  readonly database: Database;
  readonly findProject: (
    db: Queryable,
    id: ProjectId,
  ) => Promise<(Masking & { readonly mailContent: 'minimal' | 'full' }) | null>;
};

export function registerRedactionRoutes(server: FastifyInstance, deps: RedactionRouteDeps): void {
  const read = { config: { access: 'read' } } as const;
  server.get('/api/v1/projects/:id/redaction', read, async (request): Promise<RedactionAnswer> => {
    const id = projectId(readPathId(request, (text) => PROJECT_ID_PATTERN.test(text)));
    requireProject(principalOf(request), id);
    return deps.database.read(async (db) => {
      const { redaction, mailContent } = found(await deps.findProject(db, id));
      const versions = await listPolicyVersions(db, id, LIMITS.redactionVersionsMax);
      return {
        project_id: id,
        redaction_version: nameVersion(redaction),
        policy: renderPolicy(redaction),
        mail_content: mailContent,
        classes: { ...MASK_CLASSES },
        versions: versions.map(renderVersion),
      };
    });
  });
}

function renderVersion({ redactionVersion, policy, createdBy, createdAt }: PolicyVersion) {
  const { principalId, name, authMethod } = createdBy;
  return {
    redaction_version: redactionVersion,
    policy: renderPolicy(policy),
    created_at: formatInstant(createdAt),
    created_by: { principal_id: principalId, name, auth_method: authMethod },
  };
}

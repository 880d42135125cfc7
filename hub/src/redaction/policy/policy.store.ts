/** Every statement on `redaction_policy`, which only grows. */
import type { ProjectId } from '#kernel/id.ts';
import { formatInstant, type Instant, instantFromDate } from '#kernel/instant.ts';
import type { JsonValue } from '#kernel/syntax/json.ts';
import type { Queryable, Row } from '#platform/postgres/postgres.ts';
import { statement } from '#platform/postgres/statement.ts';
import type { RedactionPolicy } from '#redaction/policy.ts';
import { parsePolicy, renderPolicy } from './document.ts';

const INSERT_VERSIONS = statement(
  'redaction.insert_versions',
  `
  insert into redaction_policy (project_id, redaction_version, document, created_by, created_at)
  select r.project_id, r.redaction_version, r.document, r.created_by, r.created_at
    from jsonb_to_recordset($1::text::jsonb) as r(
      project_id text, redaction_version text, document jsonb, created_by jsonb,
      created_at timestamptz
    )
  on conflict (project_id, redaction_version) do nothing
  `,
);

const LIST_VERSIONS = statement(
  'redaction.list_versions',
  `
  select *
    from redaction_policy
   where project_id = $1
   order by created_at desc, redaction_version
   limit $2
  `,
);

export type PolicyVersion = {
  readonly projectId: ProjectId;
  readonly redactionVersion: string;
  readonly policy: RedactionPolicy;
  readonly createdBy: {
    readonly principalId: string;
    readonly name: string;
    readonly authMethod: string;
  };
  /** When it came into force first. */
  readonly createdAt: Instant;
};

/** One that has been in force before stays as it is. */
export async function insertPolicyVersions(
  tx: Queryable,
  versions: readonly PolicyVersion[],
): Promise<void> {
  if (versions.length === 0) return;
  const rows = versions.map(({ projectId, redactionVersion, policy, createdBy, createdAt }) => ({
    project_id: projectId,
    redaction_version: redactionVersion,
    document: renderPolicy(policy),
    created_by: {
      principal_id: createdBy.principalId,
      name: createdBy.name,
      auth_method: createdBy.authMethod,
    },
    created_at: formatInstant(createdAt),
  }));
  await tx.run(INSERT_VERSIONS, [JSON.stringify(rows)]);
}

/** The newest first. */
export async function listPolicyVersions(
  db: Queryable,
  projectId: ProjectId,
  countMax: number,
): Promise<readonly PolicyVersion[]> {
  return (await db.run(LIST_VERSIONS, [projectId, countMax])).map(parseVersionRow);
}

function parseVersionRow(row: Row): PolicyVersion {
  const by = row['created_by'] as Readonly<Record<string, string>>;
  return {
    projectId: row['project_id'] as ProjectId,
    redactionVersion: row['redaction_version'] as string,
    policy: parsePolicy(row['document'] as JsonValue),
    createdBy: {
      principalId: by['principal_id'] ?? '',
      name: by['name'] ?? '',
      authMethod: by['auth_method'] ?? '',
    },
    createdAt: instantFromDate(row['created_at'] as Date),
  };
}

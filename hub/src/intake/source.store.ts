/**
 * Every statement on `source`. A source is looked up by the hash of its token, which itself is
 * stored nowhere.
 */
import {
  type PolicyId,
  policyId,
  type ProjectId,
  projectId,
  type SourceId,
  sourceId,
} from '#kernel/id.ts';
import { formatInstant, type Instant, instantFromDate } from '#kernel/instant.ts';
import type { Queryable, Row } from '#platform/postgres/postgres.ts';
import { type ListPage, type ProjectFilter, toPageValues } from '#platform/http/resource.ts';
import { statement } from '#platform/postgres/statement.ts';
import type { Source } from './source.ts';

const INSERT = statement(
  'intake.insert_source',
  `
  insert into source (
    project_id, source_id, name, kind, token_hash, severity_default, policy_id, silent_after_s,
    dedup_window_s, mapping, secrets, is_built_in, version, created_at, updated_at, join_by
  )
  values (
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10::text::jsonb, $11::text::jsonb, $12, $13, $14, $15,
    $16::text::jsonb
  )
  `,
);

/** The kind and the token are for life. */
const UPDATE = statement(
  'intake.update_source',
  `
  update source
     set name = $3, severity_default = $4, policy_id = $5, silent_after_s = $6,
         dedup_window_s = $7, mapping = $8::text::jsonb, secrets = $9::text::jsonb, version = $10,
         updated_at = $11, join_by = $12::text::jsonb
   where project_id = $1 and source_id = $2
  `,
);

const UPDATE_TOKEN = statement(
  'intake.update_source_token',
  'update source set token_hash = $3 where project_id = $1 and source_id = $2',
);

const DELETE = statement(
  'intake.delete_source',
  'delete from source where project_id = $1 and source_id = $2',
);

const LIST_OF_PROJECT = statement(
  'intake.list_sources',
  'select * from source where project_id = $1 order by source_id',
);

const LIST_PAGE = statement(
  'intake.list_sources_page',
  `
  select *
    from source
   where ($1::text[] is null or project_id = any($1))
     and ($2::timestamptz is null or (created_at, source_id) < ($2, $3::uuid))
   order by created_at desc, source_id desc
   limit $4
  `,
);

const FIND = statement(
  'intake.find_source',
  'select * from source where source_id = $2 and ($1::text[] is null or project_id = any($1))',
);

const FIND_BY_TOKEN_HASH = statement(
  'intake.find_source_by_token_hash',
  'select * from source where token_hash = $1',
);

const LIST_NAMES_BY_POLICY = statement(
  'intake.list_source_names_by_policy',
  'select name from source where project_id = $1 and policy_id = $2 order by name',
);

/** All of a project, built-in ones first. */
export async function listSources(db: Queryable, id: ProjectId): Promise<readonly Source[]> {
  return (await db.run(LIST_OF_PROJECT, [id])).map(parseSourceRow);
}

export async function findSourceByTokenHash(
  db: Queryable,
  tokenHash: Uint8Array,
): Promise<Source | null> {
  const [row] = await db.run(FIND_BY_TOKEN_HASH, [tokenHash]);
  return row === undefined ? null : parseSourceRow(row);
}

/** Newest first. */
export async function listSourcesPage(db: Queryable, page: ListPage): Promise<readonly Source[]> {
  return (await db.run(LIST_PAGE, toPageValues(page))).map(parseSourceRow);
}

export async function findSource(
  db: Queryable,
  projectIds: ProjectFilter,
  id: SourceId,
): Promise<Source | null> {
  const [row] = await db.run(FIND, [projectIds, id]);
  return row === undefined ? null : parseSourceRow(row);
}

/** Which sources give their alerts this policy. */
export async function listSourceNamesByPolicy(
  db: Queryable,
  project: ProjectId,
  policy: PolicyId,
): Promise<readonly string[]> {
  return (await db.run(LIST_NAMES_BY_POLICY, [project, policy])).map((row) => String(row['name']));
}

/** Without a token a source can only be used by keys, as the built-in ones are. */
export async function insertSource(
  tx: Queryable,
  source: Source,
  tokenHash: Uint8Array | null,
): Promise<void> {
  await tx.run(INSERT, [
    source.projectId,
    source.sourceId,
    source.name,
    source.kind,
    tokenHash,
    source.severityDefault,
    source.policyId,
    source.silentAfterS,
    source.dedupWindowS,
    JSON.stringify(source.mapping),
    JSON.stringify(source.secrets),
    source.isBuiltIn,
    source.version,
    formatInstant(source.createdAt),
    formatInstant(source.updatedAt),
    renderJoinBy(source),
  ]);
}

export async function updateSource(tx: Queryable, source: Source): Promise<void> {
  await tx.run(UPDATE, [
    source.projectId,
    source.sourceId,
    source.name,
    source.severityDefault,
    source.policyId,
    source.silentAfterS,
    source.dedupWindowS,
    JSON.stringify(source.mapping),
    JSON.stringify(source.secrets),
    source.version,
    formatInstant(source.updatedAt),
    renderJoinBy(source),
  ]);
}

function renderJoinBy({ joinBy }: Source): string | null {
  return joinBy === null ? null : JSON.stringify(joinBy);
}

/** From its commit on the token before opens nothing. */
export async function updateSourceToken(
  tx: Queryable,
  source: Pick<Source, 'projectId' | 'sourceId'>,
  tokenHash: Uint8Array,
): Promise<void> {
  await tx.run(UPDATE_TOKEN, [source.projectId, source.sourceId, tokenHash]);
}

export async function deleteSource(
  tx: Queryable,
  source: Pick<Source, 'projectId' | 'sourceId'>,
): Promise<void> {
  await tx.run(DELETE, [source.projectId, source.sourceId]);
}

function parseSourceRow(row: Row): Source {
  return {
    projectId: projectId(row['project_id'] as string),
    sourceId: sourceId(row['source_id'] as string),
    name: row['name'] as string,
    kind: row['kind'] as Source['kind'],
    severityDefault: row['severity_default'] as Source['severityDefault'],
    policyId: typeof row['policy_id'] === 'string' ? policyId(row['policy_id']) : null,
    silentAfterS: row['silent_after_s'] as number | null,
    dedupWindowS: row['dedup_window_s'] as number | null,
    joinBy: row['join_by'] as Source['joinBy'],
    mapping: row['mapping'] as Source['mapping'],
    secrets: row['secrets'] as Source['secrets'],
    isBuiltIn: row['is_built_in'] as boolean,
    version: row['version'] as number,
    createdAt: parseTime(row['created_at']),
    updatedAt: parseTime(row['updated_at']),
  };
}

function parseTime(value: unknown): Instant {
  return instantFromDate(value as Date);
}

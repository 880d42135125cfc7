/**
 * Every statement on `project` and `api_key`. Keys are looked up by the hash of their text, which
 * itself is stored nowhere.
 */
import { type KeyId, keyId, type ProjectId, projectId } from '#kernel/id.ts';
import {
  formatInstant,
  formatInstantOrNull,
  type Instant,
  instantFromDate,
} from '#kernel/instant.ts';
import type { Queryable, Row } from '#platform/postgres/postgres.ts';
import { type ListPage, type ProjectFilter, toPageValues } from '#platform/http/resource.ts';
import { statement } from '#platform/postgres/statement.ts';
import { parsePolicy, renderPolicy } from '#redaction/policy/document.ts';
import type { JsonValue } from '#kernel/syntax/json.ts';
import { parseAddresses, renderAddresses } from '#kernel/calling/address.ts';
import type { ApiKey, Project, ProjectSettings } from './key.ts';

const INSERT_PROJECT = statement(
  'access.insert_project',
  `
  insert into project (
    project_id, name, version, created_at, updated_at, language, administrators, archive_after_s,
    retention_days, mail_content
  )
  values ($1, $2, $3, $4, $5, $6, $7::text::jsonb, $8, $9, $10)
  on conflict (project_id) do nothing
  returning project_id
  `,
);

const FIND_PROJECT = statement(
  'access.find_project',
  'select * from project where project_id = $1',
);

const LOCK_PROJECT = statement(
  'access.lock_project',
  'select * from project where project_id = $1 for no key update',
);

const FIND_PROJECT_BY_LINK_NO = statement(
  'access.find_project_by_link_no',
  'select * from project where link_no = $1::bigint',
);

const LIST_PROJECTS = statement(
  'access.list_projects',
  `
  select *
    from project
   where ($1::text[] is null or project_id = any($1))
     and ($2::timestamptz is null or (created_at, project_id) < ($2, $3::text))
   order by created_at desc, project_id desc
   limit $4
  `,
);

const LIST_PROJECT_IDS = statement(
  'access.list_project_ids',
  'select project_id from project order by project_id',
);

const LIST_PROJECT_VERSIONS = statement(
  'access.list_project_versions',
  'select project_id, version from project where project_id = any($1::text[])',
);

const TOUCH_PROJECT = statement(
  'access.touch_project',
  `
  update project
     set version = version + 1, updated_at = greatest(updated_at, $2)
   where project_id = $1
  returning version
  `,
);

const UPDATE_PROJECT = statement(
  'access.update_project',
  `
  update project
     set name = $2, language = $3, administrators = $4::text::jsonb, archive_after_s = $5,
         retention_days = $6, mail_content = $7, redaction = $8::text::jsonb
   where project_id = $1
  `,
);

const LIST_REDACTIONS = statement(
  'access.list_redactions',
  'select project_id, redaction from project order by project_id',
);

const LIST_RETENTIONS = statement(
  'access.list_retentions',
  'select project_id, archive_after_s, retention_days from project order by project_id',
);

const INSERT_KEY = statement(
  'access.insert_key',
  `
  insert into api_key (project_id, key_id, name, role, key_hash, created_at, expires_at)
  values ($1, $2, $3, $4, $5, $6, $7)
  `,
);

const FIND_KEY_BY_HASH = statement(
  'access.find_key_by_hash',
  'select * from api_key where key_hash = $1',
);

const FIND_KEY = statement(
  'access.find_key',
  'select * from api_key where key_id = $2 and ($1::text[] is null or project_id = any($1))',
);

const FIND_KEY_BY_NAME = statement(
  'access.find_key_by_name',
  'select * from api_key where project_id = $1 and name = $2 and revoked_at is null limit 1',
);

const LIST_KEYS = statement(
  'access.list_keys',
  `
  select *
    from api_key
   where ($1::text[] is null or project_id = any($1))
     and ($2::timestamptz is null or (created_at, key_id) < ($2, $3::uuid))
   order by created_at desc, key_id desc
   limit $4
  `,
);

const REVOKE_KEY = statement(
  'access.revoke_key',
  `
  update api_key
     set revoked_at = $3
   where project_id = $1 and key_id = $2 and revoked_at is null
  `,
);

const NOTE_KEY_USE = statement(
  'access.note_key_use',
  `
  update api_key k
     set last_used_at = r.used_at
    from jsonb_to_recordset($1::text::jsonb) as r(
      project_id text, key_id uuid, used_at timestamptz
    )
   where k.project_id = r.project_id and k.key_id = r.key_id
     and (k.last_used_at is null or k.last_used_at < r.used_at)
  `,
);

/** Its link_no is the database's to give; what it masks begins with what every project does. */
export type NewProject = Omit<Project, 'linkNo' | 'redaction'>;

/** False when it is there already; then nothing is changed. */
export async function insertProject(tx: Queryable, project: NewProject): Promise<boolean> {
  const rows = await tx.run(INSERT_PROJECT, [
    project.projectId,
    project.name,
    project.version,
    formatInstant(project.createdAt),
    formatInstant(project.updatedAt),
    project.language,
    JSON.stringify(renderAddresses(project.administrators)),
    project.archiveAfterS,
    project.retentionDays,
    project.mailContent,
  ]);
  return rows.length === 1;
}

export async function findProject(db: Queryable, id: ProjectId): Promise<Project | null> {
  const [row] = await db.run(FIND_PROJECT, [id]);
  return row === undefined ? null : parseProjectRow(row);
}

/** For links that have come back: the number is the project's for ever. */
export async function findProjectByLinkNo(db: Queryable, linkNo: number): Promise<Project | null> {
  if (!Number.isSafeInteger(linkNo)) return null;
  const [row] = await db.run(FIND_PROJECT_BY_LINK_NO, [linkNo]);
  return row === undefined ? null : parseProjectRow(row);
}

/** Newest first. */
export async function listProjects(db: Queryable, page: ListPage): Promise<readonly Project[]> {
  return (await db.run(LIST_PROJECTS, toPageValues(page))).map(parseProjectRow);
}

export async function listProjectIds(db: Queryable): Promise<readonly ProjectId[]> {
  return (await db.run(LIST_PROJECT_IDS, [])).map(parseProjectId);
}

/** Projects that are not there are left out. */
export async function listProjectVersions(
  db: Queryable,
  ids: readonly ProjectId[],
): Promise<ReadonlyMap<ProjectId, number>> {
  const rows = await db.run(LIST_PROJECT_VERSIONS, [ids]);
  return new Map(rows.map((row) => [parseProjectId(row), Number(row['version'])]));
}

/**
 * First in every transaction that changes configuration: other nodes notice by the version, and
 * the row's lock lets one such transaction of a project run at a time, so that what it has
 * checked stays true until it commits. False when there is no such project.
 */
export async function touchProject(tx: Queryable, id: ProjectId, now: Instant): Promise<boolean> {
  return (await tx.run(TOUCH_PROJECT, [id, formatInstant(now)])).length === 1;
}

/** As `touchProject` holds it, for who does not know yet whether anything will change. */
export async function lockProject(tx: Queryable, id: ProjectId): Promise<Project | null> {
  const [row] = await tx.run(LOCK_PROJECT, [id]);
  return row === undefined ? null : parseProjectRow(row);
}

/** The caller has touched the project, which made its version and time. */
export async function updateProject(
  tx: Queryable,
  project: ProjectSettings & Pick<Project, 'projectId'>,
): Promise<void> {
  await tx.run(UPDATE_PROJECT, [
    project.projectId,
    project.name,
    project.language,
    JSON.stringify(renderAddresses(project.administrators)),
    project.archiveAfterS,
    project.retentionDays,
    project.mailContent,
    JSON.stringify(renderPolicy(project.redaction)),
  ]);
}

/** What each project masks. */
export async function listRedactions(
  db: Queryable,
): Promise<readonly Pick<Project, 'projectId' | 'redaction'>[]> {
  return (await db.run(LIST_REDACTIONS, [])).map(parseRedactionRow);
}

function parseRedactionRow(row: Row): Pick<Project, 'projectId' | 'redaction'> {
  const redaction = parsePolicy(row['redaction'] as JsonValue);
  return { projectId: parseProjectId(row), redaction };
}

export type Retention = Pick<Project, 'projectId' | 'archiveAfterS' | 'retentionDays'>;

/** How long each project keeps what is over. */
export async function listRetentions(db: Queryable): Promise<readonly Retention[]> {
  return (await db.run(LIST_RETENTIONS, [])).map(parseRetention);
}

function parseRetention(row: Row): Retention {
  return {
    projectId: parseProjectId(row),
    archiveAfterS: row['archive_after_s'] as number,
    retentionDays: row['retention_days'] as number | null,
  };
}

export async function insertKey(tx: Queryable, key: ApiKey, keyHash: Uint8Array): Promise<void> {
  await tx.run(INSERT_KEY, [
    key.projectId,
    key.keyId,
    key.name,
    key.role,
    keyHash,
    formatInstant(key.createdAt),
    formatInstantOrNull(key.expiresAt),
  ]);
}

/** Also revoked and expired ones: the caller has the clock. */
export async function findKeyByHash(db: Queryable, keyHash: Uint8Array): Promise<ApiKey | null> {
  const [row] = await db.run(FIND_KEY_BY_HASH, [keyHash]);
  return row === undefined ? null : parseKeyRow(row);
}

export async function findKey(
  db: Queryable,
  projectIds: ProjectFilter,
  id: KeyId,
): Promise<ApiKey | null> {
  const [row] = await db.run(FIND_KEY, [projectIds, id]);
  return row === undefined ? null : parseKeyRow(row);
}

/** Among those that are not revoked. */
export async function hasKeyName(db: Queryable, id: ProjectId, name: string): Promise<boolean> {
  return (await db.run(FIND_KEY_BY_NAME, [id, name])).length > 0;
}

/** Newest first, revoked ones included. */
export async function listKeys(db: Queryable, page: ListPage): Promise<readonly ApiKey[]> {
  return (await db.run(LIST_KEYS, toPageValues(page))).map(parseKeyRow);
}

/** A key that is revoked already keeps its time. */
export async function revokeKey(
  tx: Queryable,
  key: Pick<ApiKey, 'projectId' | 'keyId'>,
  now: Instant,
): Promise<void> {
  await tx.run(REVOKE_KEY, [key.projectId, key.keyId, formatInstant(now)]);
}

export type KeyUse = Pick<ApiKey, 'projectId' | 'keyId'> & { readonly usedAt: Instant };

/** Each key at most once per call. No configuration: the project's version stays. */
export async function noteKeyUse(db: Queryable, uses: readonly KeyUse[]): Promise<void> {
  if (uses.length === 0) return;
  const rows = uses.map((use) => ({
    project_id: use.projectId,
    key_id: use.keyId,
    used_at: formatInstant(use.usedAt),
  }));
  await db.run(NOTE_KEY_USE, [JSON.stringify(rows)]);
}

function parseProjectId(row: Row): ProjectId {
  return projectId(row['project_id'] as string);
}

function parseProjectRow(row: Row): Project {
  return {
    projectId: parseProjectId(row),
    linkNo: Number(row['link_no']),
    name: row['name'] as string,
    language: row['language'] as Project['language'],
    administrators: parseAddresses(row['administrators']),
    archiveAfterS: row['archive_after_s'] as number,
    retentionDays: row['retention_days'] as number | null,
    mailContent: row['mail_content'] as Project['mailContent'],
    redaction: parsePolicy(row['redaction'] as JsonValue),
    version: row['version'] as number,
    createdAt: instantFromDate(row['created_at'] as Date),
    updatedAt: instantFromDate(row['updated_at'] as Date),
  };
}

function parseKeyRow(row: Row): ApiKey {
  return {
    projectId: parseProjectId(row),
    keyId: keyId(row['key_id'] as string),
    name: row['name'] as string,
    role: row['role'] as ApiKey['role'],
    createdAt: instantFromDate(row['created_at'] as Date),
    expiresAt: parseTime(row['expires_at']),
    revokedAt: parseTime(row['revoked_at']),
    lastUsedAt: parseTime(row['last_used_at']),
  };
}

function parseTime(value: unknown): Instant | null {
  return value instanceof Date ? instantFromDate(value) : null;
}

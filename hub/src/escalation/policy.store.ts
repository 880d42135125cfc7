/**
 * Every statement on `policy` and `policy_snapshot`. Whoever saves a policy also saves the
 * snapshot of what it says, in the same transaction: an alert raised a moment later refers to it.
 */
import {
  type ChannelId,
  policyId,
  type PolicyId,
  projectId,
  type ProjectId,
  type ResponderId,
} from '#kernel/id.ts';
import { formatInstant, type Instant, instantFromDate } from '#kernel/instant.ts';
import type { Policy, StepTarget } from '#kernel/calling/policy.ts';
import type { Queryable, Row } from '#platform/postgres/postgres.ts';
import { type ListPage, type ProjectFilter, toPageValues } from '#platform/http/resource.ts';
import { statement } from '#platform/postgres/statement.ts';
import type { StoredPolicy } from './policy.ts';

const INSERT = statement(
  'escalation.insert_policy',
  `
  insert into policy (
    project_id, policy_id, name, document, snapshot_id, is_default, is_built_in, version,
    created_at, updated_at
  )
  values ($1, $2, $3, $4::text::jsonb, $5, $6, $7, $8, $9, $10)
  `,
);

const UPDATE = statement(
  'escalation.update_policy',
  `
  update policy
     set name = $3, document = $4::text::jsonb, snapshot_id = $5, is_default = $6, version = $7,
         updated_at = $8
   where project_id = $1 and policy_id = $2
  `,
);

/** A snapshot is named by its content, so the one that is there says the same. */
const SAVE_SNAPSHOT = statement(
  'escalation.save_snapshot',
  `
  insert into policy_snapshot (project_id, snapshot_id, policy_id, document, created_at)
  values ($1, $2, $3, $4::text::jsonb, $5)
  on conflict (project_id, snapshot_id) do nothing
  `,
);

const CLEAR_DEFAULT = statement(
  'escalation.clear_default_policy',
  `
  update policy
     set is_default = false, version = version + 1, updated_at = $3
   where project_id = $1 and is_default and policy_id <> $2
  `,
);

const DELETE = statement(
  'escalation.delete_policy',
  'delete from policy where project_id = $1 and policy_id = $2',
);

const LIST_OF_PROJECT = statement(
  'escalation.list_policies',
  'select * from policy where project_id = $1 order by policy_id',
);

const LIST_PAGE = statement(
  'escalation.list_policies_page',
  `
  select *
    from policy
   where ($1::text[] is null or project_id = any($1))
     and ($2::timestamptz is null or (created_at, policy_id) < ($2, $3::uuid))
   order by created_at desc, policy_id desc
   limit $4
  `,
);

const FIND = statement(
  'escalation.find_policy',
  'select * from policy where policy_id = $2 and ($1::text[] is null or project_id = any($1))',
);

const LOAD_SNAPSHOTS = statement(
  'escalation.load_snapshots',
  `
  select s.project_id, s.snapshot_id, s.document
    from policy_snapshot s
    join jsonb_to_recordset($1::text::jsonb) as r(project_id text, snapshot_id text)
      on s.project_id = r.project_id and s.snapshot_id = r.snapshot_id
  `,
);

/** All of a project, built-in ones first. */
export async function listPolicies(db: Queryable, id: ProjectId): Promise<readonly StoredPolicy[]> {
  return (await db.run(LIST_OF_PROJECT, [id])).map(parsePolicyRow);
}

export type SnapshotRef = { readonly projectId: ProjectId; readonly snapshotId: string };
export type PolicySnapshot = SnapshotRef & { readonly policy: Policy };

/** In no order; what is not there is left out. */
export async function loadSnapshots(
  db: Queryable,
  refs: readonly SnapshotRef[],
): Promise<readonly PolicySnapshot[]> {
  if (refs.length === 0) return [];
  const rows = refs.map((ref) => ({ project_id: ref.projectId, snapshot_id: ref.snapshotId }));
  return (await db.run(LOAD_SNAPSHOTS, [JSON.stringify(rows)])).map(parseSnapshotRow);
}

/** Newest first. */
export async function listPoliciesPage(
  db: Queryable,
  page: ListPage,
): Promise<readonly StoredPolicy[]> {
  return (await db.run(LIST_PAGE, toPageValues(page))).map(parsePolicyRow);
}

export async function findPolicy(
  db: Queryable,
  projectIds: ProjectFilter,
  id: PolicyId,
): Promise<StoredPolicy | null> {
  const [row] = await db.run(FIND, [projectIds, id]);
  return row === undefined ? null : parsePolicyRow(row);
}

/** Which policies have a step that calls this channel by itself. */
export async function listPolicyNamesByChannel(
  db: Queryable,
  project: ProjectId,
  channel: ChannelId,
): Promise<readonly string[]> {
  const isChannel = (target: StepTarget): boolean =>
    target.type === 'channel' && target.channelId === channel;
  return listNamesByTarget(db, project, isChannel);
}

/** Which policies have a step that calls this responder by name. */
export async function listPolicyNamesByResponder(
  db: Queryable,
  project: ProjectId,
  responder: ResponderId,
): Promise<readonly string[]> {
  const isResponder = (target: StepTarget): boolean =>
    target.type === 'responder' && target.responderId === responder;
  return listNamesByTarget(db, project, isResponder);
}

async function listNamesByTarget(
  db: Queryable,
  project: ProjectId,
  isWanted: (target: StepTarget) => boolean,
): Promise<readonly string[]> {
  const policies = await listPolicies(db, project);
  return policies
    .filter(({ policy }) => policy.steps.some(({ targets }) => targets.some(isWanted)))
    .map(({ name }) => name);
}

export async function insertPolicy(tx: Queryable, stored: StoredPolicy): Promise<void> {
  if (stored.isDefault) await clearDefault(tx, stored);
  await tx.run(INSERT, [
    stored.projectId,
    stored.policyId,
    stored.name,
    JSON.stringify(stored.policy),
    stored.snapshotId,
    stored.isDefault,
    stored.isBuiltIn,
    stored.version,
    formatInstant(stored.createdAt),
    formatInstant(stored.updatedAt),
  ]);
  await saveSnapshot(tx, stored);
}

export async function updatePolicy(tx: Queryable, stored: StoredPolicy): Promise<void> {
  if (stored.isDefault) await clearDefault(tx, stored);
  await tx.run(UPDATE, [
    stored.projectId,
    stored.policyId,
    stored.name,
    JSON.stringify(stored.policy),
    stored.snapshotId,
    stored.isDefault,
    stored.version,
    formatInstant(stored.updatedAt),
  ]);
  await saveSnapshot(tx, stored);
}

/** Its snapshots stay: alerts that were raised under it go on as it said. */
export async function deletePolicy(
  tx: Queryable,
  stored: Pick<StoredPolicy, 'projectId' | 'policyId'>,
): Promise<void> {
  await tx.run(DELETE, [stored.projectId, stored.policyId]);
}

/** A project has one default: the one before steps back first, or the index would refuse. */
async function clearDefault(tx: Queryable, next: StoredPolicy): Promise<void> {
  await tx.run(CLEAR_DEFAULT, [next.projectId, next.policyId, formatInstant(next.updatedAt)]);
}

async function saveSnapshot(tx: Queryable, stored: StoredPolicy): Promise<void> {
  await tx.run(SAVE_SNAPSHOT, [
    stored.projectId,
    stored.snapshotId,
    stored.policyId,
    JSON.stringify(stored.policy),
    formatInstant(stored.updatedAt),
  ]);
}

function parsePolicyRow(row: Row): StoredPolicy {
  return {
    projectId: projectId(row['project_id'] as string),
    policyId: policyId(row['policy_id'] as string),
    name: row['name'] as string,
    policy: row['document'] as Policy,
    snapshotId: row['snapshot_id'] as string,
    isDefault: row['is_default'] as boolean,
    isBuiltIn: row['is_built_in'] as boolean,
    version: row['version'] as number,
    createdAt: parseTime(row['created_at']),
    updatedAt: parseTime(row['updated_at']),
  };
}

function parseSnapshotRow(row: Row): PolicySnapshot {
  return {
    projectId: projectId(row['project_id'] as string),
    snapshotId: row['snapshot_id'] as string,
    policy: row['document'] as Policy,
  };
}

function parseTime(value: unknown): Instant {
  return instantFromDate(value as Date);
}

/** Every statement on `operator`, `operator_role` and `operator_recovery_code`. */
import { type OperatorId, operatorId, type ProjectId, projectId } from '#kernel/id.ts';
import {
  formatInstant,
  formatInstantOrNull,
  type Instant,
  instantFromDate,
} from '#kernel/instant.ts';
import type { Grant } from '#kernel/principal.ts';
import { type ListPage, type ProjectFilter, toPageValues } from '#platform/http/resource.ts';
import type { Queryable, Row } from '#platform/postgres/postgres.ts';
import { statement } from '#platform/postgres/statement.ts';
import type { Credentials, Operator } from './operator.ts';

const OPERATOR_COLUMNS = `
  o.*,
  (
    select coalesce(
             jsonb_agg(
               jsonb_build_object('project_id', r.project_id, 'role', r.role)
               order by r.project_id
             ),
             '[]'
           )
      from operator_role r
     where r.operator_id = o.operator_id
  ) as roles
`;

const LIST_OPERATORS = statement(
  'operator.list',
  `
  select ${OPERATOR_COLUMNS}
    from operator o
   where (
           $1::text[] is null
           or exists (
             select 1
               from operator_role own
              where own.operator_id = o.operator_id and own.project_id = any($1)
           )
         )
     and ($2::timestamptz is null or (o.created_at, o.operator_id) < ($2, $3::uuid))
   order by o.created_at desc, o.operator_id desc
   limit $4
  `,
);

const FIND_OPERATOR = statement(
  'operator.find',
  `
  select ${OPERATOR_COLUMNS}
    from operator o
   where o.operator_id = $2
     and (
           $1::text[] is null
           or exists (
             select 1
               from operator_role own
              where own.operator_id = o.operator_id and own.project_id = any($1)
           )
         )
  `,
);

const FIND_OPERATOR_BY_LOGIN = statement(
  'operator.find_by_login',
  `select ${OPERATOR_COLUMNS} from operator o where o.login = $1`,
);

const LOCK_OPERATOR_BY_LOGIN = statement(
  'operator.lock_by_login',
  `select ${OPERATOR_COLUMNS} from operator o where o.login = $1 for no key update of o`,
);

const LOCK_OPERATORS = statement(
  'operator.lock_all',
  'lock table operator in share row exclusive mode',
);

const COUNT_HUB_ADMINS = statement(
  'operator.count_hub_admins',
  `
  select count(*) as count
    from operator
   where is_hub_admin and disabled_at is null and password_hash is not null
  `,
);

const HAS_ANY_SET_UP = statement(
  'operator.has_any_set_up',
  'select exists (select 1 from operator where password_hash is not null) as is_there',
);

const INSERT_OPERATOR = statement(
  'operator.insert',
  `
  insert into operator (
    operator_id, name, login, is_hub_admin, version, created_at, updated_at
  )
  values ($1, $2, $3, $4, $5, $6, $7)
  `,
);

const UPDATE_OPERATOR = statement(
  'operator.update',
  `
  update operator
     set name = $2, login = $3, is_hub_admin = $4, disabled_at = $5, version = $6, updated_at = $7
   where operator_id = $1
  `,
);

const DELETE_OPERATOR = statement('operator.delete', 'delete from operator where operator_id = $1');

const DELETE_ROLES = statement(
  'operator.delete_roles',
  'delete from operator_role where operator_id = $1',
);

const INSERT_ROLES = statement(
  'operator.insert_roles',
  `
  insert into operator_role (project_id, operator_id, role)
  select r.project_id, $1, r.role
    from jsonb_to_recordset($2::text::jsonb) as r(project_id text, role text)
  `,
);

const LIST_KNOWN_PROJECTS = statement(
  'operator.list_known_projects',
  'select project_id from project where project_id = any($1::text[])',
);

const SAVE_CREDENTIALS = statement(
  'operator.save_credentials',
  `
  update operator
     set password_hash = $2, totp_secret = $3, totp_step = $4, version = version + 1,
         updated_at = greatest(updated_at, $5)
   where operator_id = $1
  `,
);

const NOTE_LOGIN = statement(
  'operator.note_login',
  `
  update operator
     set password_hash = $2, totp_step = $3, last_login_at = greatest(last_login_at, $4)
   where operator_id = $1
  `,
);

const DELETE_RECOVERY_CODES = statement(
  'operator.delete_recovery_codes',
  'delete from operator_recovery_code where operator_id = $1',
);

const INSERT_RECOVERY_CODES = statement(
  'operator.insert_recovery_codes',
  `
  insert into operator_recovery_code (operator_id, code_hash)
  select $1, code_hash from unnest($2::bytea[]) as code_hash
  `,
);

const FIND_RECOVERY_CODE = statement(
  'operator.find_recovery_code',
  'select 1 as one from operator_recovery_code where operator_id = $1 and code_hash = $2',
);

const USE_RECOVERY_CODE = statement(
  'operator.use_recovery_code',
  'delete from operator_recovery_code where operator_id = $1 and code_hash = $2',
);

const COUNT_RECOVERY_CODES = statement(
  'operator.count_recovery_codes',
  'select count(*) as count from operator_recovery_code where operator_id = $1',
);

/** Newest first; of projects: those with a role in one of them. */
export async function listOperators(db: Queryable, page: ListPage): Promise<readonly Operator[]> {
  return (await db.run(LIST_OPERATORS, toPageValues(page))).map(parseOperatorRow);
}

export async function findOperator(
  db: Queryable,
  projectIds: ProjectFilter,
  id: OperatorId,
): Promise<Operator | null> {
  const [row] = await db.run(FIND_OPERATOR, [projectIds, id]);
  return row === undefined ? null : parseOperatorRow(row);
}

export type Known = { readonly operator: Operator; readonly credentials: Credentials | null };

export async function findByLogin(db: Queryable, login: string): Promise<Known | null> {
  const [row] = await db.run(FIND_OPERATOR_BY_LOGIN, [login]);
  return row === undefined ? null : parseKnownRow(row);
}

/** One login of a person at a time: a code that two bring at once opens for one of them. */
export async function lockByLogin(tx: Queryable, login: string): Promise<Known | null> {
  const [row] = await tx.run(LOCK_OPERATOR_BY_LOGIN, [login]);
  return row === undefined ? null : parseKnownRow(row);
}

/** One change of operators at a time, so that what was counted stays true until the commit. */
export async function lockOperators(tx: Queryable): Promise<void> {
  await tx.run(LOCK_OPERATORS, []);
}

/** Those who can log in. */
export async function countHubAdmins(db: Queryable): Promise<number> {
  const [row] = await db.run(COUNT_HUB_ADMINS, []);
  return Number(row?.['count']);
}

/** Somebody has been set up, whoever it is. */
export async function hasAnySetUp(db: Queryable): Promise<boolean> {
  const [row] = await db.run(HAS_ANY_SET_UP, []);
  return row?.['is_there'] === true;
}

export async function insertOperator(tx: Queryable, operator: Operator): Promise<void> {
  await tx.run(INSERT_OPERATOR, [
    operator.operatorId,
    operator.name,
    operator.login,
    operator.isHubAdmin,
    operator.version,
    formatInstant(operator.createdAt),
    formatInstant(operator.updatedAt),
  ]);
  await saveGrants(tx, operator);
}

export async function updateOperator(tx: Queryable, operator: Operator): Promise<void> {
  await tx.run(UPDATE_OPERATOR, [
    operator.operatorId,
    operator.name,
    operator.login,
    operator.isHubAdmin,
    formatInstantOrNull(operator.disabledAt),
    operator.version,
    formatInstant(operator.updatedAt),
  ]);
  await tx.run(DELETE_ROLES, [operator.operatorId]);
  await saveGrants(tx, operator);
}

async function saveGrants(tx: Queryable, { operatorId: id, grants }: Operator): Promise<void> {
  if (grants.length === 0) return;
  const rows = grants.map((grant) => ({ project_id: grant.projectId, role: grant.role }));
  await tx.run(INSERT_ROLES, [id, JSON.stringify(rows)]);
}

/** With all that is theirs. */
export async function deleteOperator(tx: Queryable, id: OperatorId): Promise<void> {
  await tx.run(DELETE_OPERATOR, [id]);
}

/** Those of them that are there. */
export async function listKnownProjects(
  db: Queryable,
  ids: readonly ProjectId[],
): Promise<ReadonlySet<ProjectId>> {
  const rows = await db.run(LIST_KNOWN_PROJECTS, [ids]);
  return new Set(rows.map((row) => projectId(parseText(row['project_id']))));
}

/** Null takes them away: then nobody logs in until the next set-up. */
export async function saveCredentials(
  tx: Queryable,
  id: OperatorId,
  {
    credentials,
    codeHashes,
    now,
  }: {
    readonly credentials: Credentials | null;
    readonly codeHashes: readonly Uint8Array[];
    readonly now: Instant;
  },
): Promise<void> {
  await tx.run(SAVE_CREDENTIALS, [
    id,
    credentials?.passwordHash ?? null,
    credentials?.totpSecret ?? null,
    credentials?.totpStep ?? null,
    formatInstant(now),
  ]);
  await tx.run(DELETE_RECOVERY_CODES, [id]);
  if (codeHashes.length > 0) await tx.run(INSERT_RECOVERY_CODES, [id, codeHashes]);
}

/** No change of configuration: the version stays. */
export async function noteLogin(
  tx: Queryable,
  id: OperatorId,
  {
    passwordHash,
    totpStep,
    now,
  }: {
    readonly passwordHash: string;
    readonly totpStep: number;
    readonly now: Instant;
  },
): Promise<void> {
  await tx.run(NOTE_LOGIN, [id, passwordHash, totpStep, formatInstant(now)]);
}

export async function hasRecoveryCode(
  db: Queryable,
  id: OperatorId,
  codeHash: Uint8Array,
): Promise<boolean> {
  return (await db.run(FIND_RECOVERY_CODE, [id, codeHash])).length > 0;
}

/** It opens nothing any more. */
export async function useRecoveryCode(
  tx: Queryable,
  id: OperatorId,
  codeHash: Uint8Array,
): Promise<void> {
  await tx.run(USE_RECOVERY_CODE, [id, codeHash]);
}

export async function countRecoveryCodes(db: Queryable, id: OperatorId): Promise<number> {
  const [row] = await db.run(COUNT_RECOVERY_CODES, [id]);
  return Number(row?.['count']);
}

function parseOperatorRow(row: Row): Operator {
  return {
    operatorId: operatorId(parseText(row['operator_id'])),
    name: parseText(row['name']),
    login: parseText(row['login']),
    isHubAdmin: row['is_hub_admin'] === true,
    grants: parseGrants(row['roles']),
    isSetUp: row['password_hash'] !== null,
    lastLoginAt: parseTime(row['last_login_at']),
    disabledAt: parseTime(row['disabled_at']),
    version: Number(row['version']),
    createdAt: instantFromDate(row['created_at'] as Date),
    updatedAt: instantFromDate(row['updated_at'] as Date),
  };
}

function parseKnownRow(row: Row): Known {
  const { password_hash: passwordHash, totp_secret: totpSecret, totp_step: totpStep } = row;
  const operator = parseOperatorRow(row);
  if (passwordHash === null) return { operator, credentials: null };
  const credentials = {
    passwordHash: parseText(passwordHash),
    totpSecret: parseText(totpSecret),
    totpStep: Number(totpStep),
  };
  return { operator, credentials };
}

function parseGrants(value: unknown): readonly Grant[] {
  const rows = value as readonly { readonly project_id: string; readonly role: Grant['role'] }[];
  return rows.map(({ project_id: id, role }) => ({ projectId: projectId(id), role }));
}

function parseText(value: unknown): string {
  return value as string;
}

function parseTime(value: unknown): Instant | null {
  return value instanceof Date ? instantFromDate(value) : null;
}

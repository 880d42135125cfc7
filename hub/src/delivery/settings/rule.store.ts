/** Every statement on `rule`. */
import {
  type ChannelId,
  channelId,
  type ProjectId,
  projectId,
  type RuleId,
  ruleId,
} from '#kernel/id.ts';
import { formatInstant, type Instant, instantFromDate } from '#kernel/instant.ts';
import type { Queryable, Row } from '#platform/postgres/postgres.ts';
import { type ListPage, type ProjectFilter, toPageValues } from '#platform/http/resource.ts';
import { statement } from '#platform/postgres/statement.ts';
import type { Rule } from '#delivery/rule.ts';

const INSERT = statement(
  'delivery.insert_rule',
  `
  insert into rule (
    project_id, rule_id, name, event_types, matchers, filter, channel_id, is_active, version,
    created_at, updated_at
  )
  values ($1, $2, $3, $4::text[], $5::text[], $6::jsonb, $7, $8, $9, $10, $11)
  `,
);

const UPDATE = statement(
  'delivery.update_rule',
  `
  update rule
     set name = $3, event_types = $4::text[], matchers = $5::text[], filter = $6::jsonb,
         channel_id = $7, is_active = $8, version = $9, updated_at = $10
   where project_id = $1 and rule_id = $2
  `,
);

const DELETE = statement(
  'delivery.delete_rule',
  'delete from rule where project_id = $1 and rule_id = $2',
);

const LIST_OF_PROJECT = statement(
  'delivery.list_rules',
  'select * from rule where project_id = $1 order by rule_id',
);

const LIST_PAGE = statement(
  'delivery.list_rules_page',
  `
  select *
    from rule
   where ($1::text[] is null or project_id = any($1))
     and ($2::timestamptz is null or (created_at, rule_id) < ($2, $3::uuid))
   order by created_at desc, rule_id desc
   limit $4
  `,
);

const FIND = statement(
  'delivery.find_rule',
  'select * from rule where rule_id = $2 and ($1::text[] is null or project_id = any($1))',
);

const LIST_NAMES_BY_CHANNEL = statement(
  'delivery.list_rule_names_by_channel',
  'select name from rule where project_id = $1 and channel_id = $2 order by name',
);

/** All of a project, oldest first: the order in which they are asked. */
export async function listRules(db: Queryable, id: ProjectId): Promise<readonly Rule[]> {
  return (await db.run(LIST_OF_PROJECT, [id])).map(parseRuleRow);
}

/** Newest first. */
export async function listRulesPage(db: Queryable, page: ListPage): Promise<readonly Rule[]> {
  return (await db.run(LIST_PAGE, toPageValues(page))).map(parseRuleRow);
}

export async function findRule(
  db: Queryable,
  projectIds: ProjectFilter,
  id: RuleId,
): Promise<Rule | null> {
  const [row] = await db.run(FIND, [projectIds, id]);
  return row === undefined ? null : parseRuleRow(row);
}

export async function listRuleNamesByChannel(
  db: Queryable,
  project: ProjectId,
  channel: ChannelId,
): Promise<readonly string[]> {
  const rows = await db.run(LIST_NAMES_BY_CHANNEL, [project, channel]);
  return rows.map((row) => String(row['name']));
}

export async function insertRule(tx: Queryable, rule: Rule): Promise<void> {
  await tx.run(INSERT, [
    rule.projectId,
    rule.ruleId,
    rule.name,
    rule.eventTypes,
    rule.matchers,
    JSON.stringify(rule.filter),
    rule.channelId,
    rule.isActive,
    rule.version,
    formatInstant(rule.createdAt),
    formatInstant(rule.updatedAt),
  ]);
}

export async function updateRule(tx: Queryable, rule: Rule): Promise<void> {
  await tx.run(UPDATE, [
    rule.projectId,
    rule.ruleId,
    rule.name,
    rule.eventTypes,
    rule.matchers,
    JSON.stringify(rule.filter),
    rule.channelId,
    rule.isActive,
    rule.version,
    formatInstant(rule.updatedAt),
  ]);
}

export async function deleteRule(
  tx: Queryable,
  rule: Pick<Rule, 'projectId' | 'ruleId'>,
): Promise<void> {
  await tx.run(DELETE, [rule.projectId, rule.ruleId]);
}

function parseRuleRow(row: Row): Rule {
  return {
    projectId: projectId(row['project_id'] as string),
    ruleId: ruleId(row['rule_id'] as string),
    name: row['name'] as string,
    eventTypes: row['event_types'] as Rule['eventTypes'],
    matchers: row['matchers'] as Rule['matchers'],
    filter: row['filter'] as Rule['filter'],
    channelId: channelId(row['channel_id'] as string),
    isActive: row['is_active'] as boolean,
    version: row['version'] as number,
    createdAt: parseTime(row['created_at']),
    updatedAt: parseTime(row['updated_at']),
  };
}

function parseTime(value: unknown): Instant {
  return instantFromDate(value as Date);
}

/**
 * `/api/v1/rules`. What a rule says and we do not understand is refused here, when it is saved:
 * a rule never fails open. Emits: `onConfigChanged`.
 */
import type { FastifyInstance } from 'fastify';
import { pageQuery } from '#contract/field.ts';
import {
  newRule,
  type NewRule,
  type RuleAnswer,
  type RuleFilter,
  rulePatch,
  type RulePatch,
} from '#contract/rule.ts';
import { parseWire } from '#contract/wire.ts';
import { CodedError } from '#kernel/error-codes.ts';
import { channelId, type ProjectId, ruleId } from '#kernel/id.ts';
import { noteChange } from '#kernel/words/audit-entry.ts';
import type { EventType } from '#kernel/words/lifecycle.ts';
import { parseMatcher } from '#kernel/syntax/matcher.ts';
import { principalOf } from '#platform/http/http-server.ts';
import type { Queryable } from '#platform/postgres/postgres.ts';
import {
  accept,
  changeItem,
  changeProject,
  found,
  invalid,
  nextStamps,
  readableProjects,
  readPathId,
  renderList,
  renderStamps,
  requireVersion,
  type ResourceDeps,
  toListPage,
  writableProject,
} from '#platform/http/resource.ts';
import { listKnownChannelIds } from './channel.store.ts';
import { findFilterFaults, type MailFilter, type Rule } from '#delivery/rule.ts';
import { deleteRule, findRule, insertRule, listRulesPage, updateRule } from './rule.store.ts';

export function registerRuleRoutes(server: FastifyInstance, deps: ResourceDeps): void {
  const { database } = deps;

  server.get('/api/v1/rules', { config: { access: 'read' } }, async (request) => {
    const query = accept(parseWire(pageQuery, request.query));
    const page = toListPage(principalOf(request), query);
    const rows = await database.read((db) => listRulesPage(db, page));
    const position = ({ createdAt, ruleId: id }: Rule) => ({ createdAt, id });
    return renderList(rows, page, { position, render: renderRule });
  });

  server.get('/api/v1/rules/:id', { config: { access: 'read' } }, async (request) => {
    const id = ruleId(readPathId(request));
    const projectIds = readableProjects(principalOf(request), null);
    return renderRule(found(await database.read((db) => findRule(db, projectIds, id))));
  });

  server.post('/api/v1/rules', { config: { access: 'administer' } }, async (request, reply) => {
    const body = accept(parseWire(newRule, request.body));
    const project = writableProject(principalOf(request), body.project_id);
    return reply.code(201).send(renderRule(await addRule(deps, project, body)));
  });

  server.patch('/api/v1/rules/:id', { config: { access: 'administer' } }, async (request) => {
    const id = ruleId(readPathId(request));
    const projectIds = readableProjects(principalOf(request), null);
    const body = accept(parseWire(rulePatch, request.body));
    const changed = await changeItem(
      deps,
      (db) => findRule(db, projectIds, id),
      async ({ tx, item, now }) => {
        requireVersion(request, item.version);
        const next = { ...patchRule(item, body), ...nextStamps(item, now) };
        await checkChannel(tx, next);
        await updateRule(tx, next);
        deps.recordAudit(tx, noteChange('rule', renderRule(item), renderRule(next)));
        return next;
      },
    );
    return renderRule(changed);
  });

  server.delete(
    '/api/v1/rules/:id',
    { config: { access: 'administer' } },
    async (request, reply) => {
      const id = ruleId(readPathId(request));
      const projectIds = readableProjects(principalOf(request), null);
      await changeItem(
        deps,
        (db) => findRule(db, projectIds, id),
        async ({ tx, item }) => {
          await deleteRule(tx, item);
          deps.recordAudit(tx, noteChange('rule', renderRule(item), null));
        },
      );
      return reply.code(204).send();
    },
  );
}

async function addRule(deps: ResourceDeps, project: ProjectId, body: NewRule): Promise<Rule> {
  const content = readRule(body);
  return changeProject(deps, project, async (tx, now) => {
    const rule: Rule = {
      ...content,
      projectId: project,
      ruleId: ruleId(deps.ids.next(now)),
      version: 1,
      createdAt: now,
      updatedAt: now,
    };
    await checkChannel(tx, rule);
    await insertRule(tx, rule);
    deps.recordAudit(tx, noteChange('rule', null, renderRule(rule)));
    return rule;
  });
}

type RuleContent = Pick<
  Rule,
  'name' | 'eventTypes' | 'matchers' | 'filter' | 'channelId' | 'isActive'
>;

/** What the author of a rule says, with the default for all that may be left out. */
export function readRule(body: NewRule): RuleContent {
  return {
    name: body.name,
    eventTypes: readEventTypes(body) ?? [],
    matchers: checkMatchers(body.matchers ?? []),
    filter: checkFilter(body.filter),
    channelId: channelId(body.channel_id),
    isActive: body.is_active ?? true,
  };
}

/** Absent keeps. */
function patchRule(rule: Rule, body: RulePatch): Rule {
  return {
    ...rule,
    name: body.name ?? rule.name,
    eventTypes: readEventTypes(body) ?? rule.eventTypes,
    matchers: body.matchers === undefined ? rule.matchers : checkMatchers(body.matchers),
    // Null keeps, as with a mapping; `{}` takes everything again.
    filter: body.filter === null ? rule.filter : checkFilter(body.filter),
    channelId: body.channel_id === undefined ? rule.channelId : channelId(body.channel_id),
    isActive: body.is_active ?? rule.isActive,
  };
}

/** Each once; null when the body names none, which the contract allows only for a PATCH. */
function readEventTypes(body: {
  readonly event_type?: EventType | undefined;
  readonly event_types?: readonly EventType[] | undefined;
}): readonly EventType[] | null {
  if (body.event_type !== undefined) return [body.event_type];
  return body.event_types === undefined ? null : [...new Set(body.event_types)];
}

/** Kept as they were written. Positions are counted from 1, as an editor does. */
function checkMatchers(texts: readonly string[]): readonly string[] {
  const details = texts.flatMap((text, index) => {
    const reading = parseMatcher(text);
    if (reading.ok) return [];
    const message = `${reading.message} (at character ${reading.at + 1})`;
    return [{ path: `matchers[${index}]`, message }];
  });
  if (details.length > 0) throw new CodedError('invalid', { details });
  return texts;
}

function checkFilter(given: RuleFilter | null): MailFilter {
  const filter = readFilter(given);
  const details = findFilterFaults(filter);
  if (details.length > 0) throw new CodedError('invalid', { details: [...details] });
  return filter;
}

/** Without the keys that are left out. */
export function readFilter(given: RuleFilter | null): MailFilter {
  const { mailbox_id, direction, pec_type } = given ?? {};
  return {
    ...(mailbox_id === undefined ? {} : { mailbox_id }),
    ...(direction === undefined ? {} : { direction }),
    ...(pec_type === undefined ? {} : { pec_type }),
  };
}

export async function checkChannel(db: Queryable, rule: Rule): Promise<void> {
  const known = await listKnownChannelIds(db, rule.projectId, [rule.channelId]);
  if (!known.has(rule.channelId)) throw invalid('channel_id', 'is no channel of this project');
}

function renderRule(rule: Rule): RuleAnswer {
  return {
    id: rule.ruleId,
    ...renderStamps(rule),
    name: rule.name,
    event_types: [...rule.eventTypes],
    matchers: [...rule.matchers],
    filter: renderFilter(rule.filter),
    channel_id: rule.channelId,
    is_active: rule.isActive,
  };
}

function renderFilter(filter: MailFilter): RuleFilter {
  return Object.fromEntries(
    Object.entries(filter).map(([key, value]) => [
      key,
      typeof value === 'string' ? value : [...value],
    ]),
  );
}

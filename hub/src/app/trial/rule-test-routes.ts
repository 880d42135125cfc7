/**
 * `POST /api/v1/rules/test`: which rules of a project would take an event or an alert, and why the
 * others would not. Reads only: whoever may see the rules may ask what they do.
 */
import type { FastifyInstance } from 'fastify';
import { raiseAlert } from '#alert/alert.ts';
import {
  type RuleTestAnswer,
  type RuleTestBody,
  ruleTestBody,
  type TriedRule,
} from '#contract/delivery/rule-test.ts';
import { parseWire } from '#contract/wire.ts';
import { type CompiledRule, compileRule, type MatchFacts } from '#delivery/rule.ts';
import { readFilter } from '#delivery/settings/rule.routes.ts';
import { judgeRule } from '#delivery/settings/rule-verdict.ts';
import { assert } from '#kernel/decision.ts';
import { CodedError } from '#kernel/error-codes.ts';
import { alertId, channelId, eventId, type ProjectId, ruleId } from '#kernel/id.ts';
import { INSTANT_MIN } from '#kernel/instant.ts';
import type { Clock } from '#kernel/ports.ts';
import type { Principal } from '#kernel/principal.ts';
import { parseMatcher } from '#kernel/syntax/matcher.ts';
import { type EventType, isEventNews } from '#kernel/words/lifecycle.ts';
import { parseJsonBody, principalOf } from '#platform/http/http-server.ts';
import { accept, invalid } from '#platform/http/resource.ts';
import type { Queryable } from '#platform/postgres/postgres.ts';
import { matchFactsOf } from '#app/dispatch.ts';
import { matchFactsOfEvent } from '#app/intake/event-notifications.ts';
import type { ProjectConfig } from '#app/project-config.ts';
import { findAlert } from '#app/read/alerts.ts';
import { findStoredEvent } from '#app/read/events.ts';
import { listReadable } from '#app/routes/alert-ports.ts';
import { loadConfig, previewAlert, type PreviewDeps, previewReport } from './preview.ts';
import { parseStoredFacts } from './stored-facts.ts';

export type RuleTestRouteDeps = PreviewDeps & { readonly clock: Clock };

/** What is held against the rules, and of which project. */
type Subject = { readonly config: ProjectConfig; readonly facts: MatchFacts };

type Facts = Omit<MatchFacts, 'eventType'>;

export function registerRuleTestRoutes(server: FastifyInstance, deps: RuleTestRouteDeps): void {
  server.post('/api/v1/rules/test', { config: { access: 'read' } }, async (request) => {
    const body = accept(parseWire(ruleTestBody, parseJsonBody(request)));
    const subject = await findSubject(deps, principalOf(request), body);
    return renderVerdicts(subject, body.rule);
  });
}

async function findSubject(
  deps: RuleTestRouteDeps,
  by: Principal,
  body: RuleTestBody,
): Promise<Subject> {
  const { event, alert_id, event_id } = body;
  if (event !== null) return tryEvent(deps, by, { ...body, event });
  const found = await deps.database.read(async (db) => {
    const projects = await listReadable(db, by, body.project_id);
    return alert_id === null
      ? readEvent(db, projects, { eventId: event_id ?? '', type: body.event_type })
      : readAlert(db, projects, { alertId: alert_id, type: body.event_type });
  });
  return { config: await loadConfig(deps, by, found.projectId), facts: found.facts };
}

/** An event that nobody has sent. */
async function tryEvent(
  deps: RuleTestRouteDeps,
  by: Principal,
  body: RuleTestBody & { readonly event: NonNullable<RuleTestBody['event']> },
): Promise<Subject> {
  const project_id = body.project_id ?? body.event.project_id;
  const wire = { ...body.event, project_id, source: body.source };
  const preview = await previewReport(deps, by, wire);
  const { config, source, report } = preview;
  const eventType = body.event_type ?? 'alert.created';
  if (isEventNews(eventType)) {
    return { config, facts: { ...matchFactsOfEvent(report, source), eventType } };
  }
  const now = deps.clock.now();
  const decision = raiseAlert(previewAlert(preview, by, now), now);
  assert(decision.kind !== 'refused', 'raising is never refused');
  return { config, facts: toFacts(matchFactsOf(decision.state, source), eventType) };
}

type Read = { readonly projectId: ProjectId; readonly facts: MatchFacts };

async function readAlert(
  db: Queryable,
  projects: readonly ProjectId[],
  asked: { readonly alertId: string; readonly type: EventType | null },
): Promise<Read> {
  if (asked.type !== null && isEventNews(asked.type)) {
    throw invalid('event_type', 'is of events; give the event_id of one');
  }
  const known = await findAlert(db, projects, alertId(asked.alertId));
  if (known === null) throw new CodedError('not_found', { message: 'There is no such alert.' });
  const facts = matchFactsOf(known.alert, known.source);
  const { projectId } = known.alert;
  return { projectId, facts: toFacts(facts, asked.type ?? 'alert.created') };
}

/** By its alert, where it has one and nothing else is asked for. */
async function readEvent(
  db: Queryable,
  projects: readonly ProjectId[],
  asked: { readonly eventId: string; readonly type: EventType | null },
): Promise<Read> {
  const event = await findStoredEvent(db, projects, eventId(asked.eventId));
  if (event === null) throw new CodedError('not_found', { message: 'There is no such event.' });
  const { projectId, alertId: alert, report, source } = parseStoredFacts(event);
  if (alert !== null && (asked.type === null || !isEventNews(asked.type))) {
    return readAlert(db, [projectId], { alertId: alert, type: asked.type });
  }
  const eventType = asked.type ?? 'event.received';
  if (!isEventNews(eventType)) {
    throw invalid('event_type', 'must be event.received: this event has raised no alert');
  }
  return { projectId, facts: { ...matchFactsOfEvent(report, source), eventType } };
}

/** The status that an alert has when this is told of it. */
const STATUS_AT: Readonly<Partial<Record<EventType, string>>> = {
  'alert.created': 'PENDING',
  'alert.seen': 'SEEN',
  'alert.acknowledged': 'ACKNOWLEDGED',
  'alert.resolved': 'RESOLVED',
  'alert.expired': 'EXPIRED',
};

function toFacts({ labels, fields }: Facts, eventType: EventType): MatchFacts {
  const status = STATUS_AT[eventType];
  return { eventType, labels, fields: status === undefined ? fields : { ...fields, status } };
}

function renderVerdicts({ config, facts }: Subject, tried: TriedRule | null): RuleTestAnswer {
  const saved = config.ways.rules;
  const all = tried === null ? saved : [compileTried(tried, config, facts.eventType), ...saved];
  return {
    project_id: config.projectId,
    event_type: facts.eventType,
    fields: { ...facts.fields },
    labels: { ...facts.labels },
    rules: all.map((compiled) => renderVerdict(compiled, { config, facts })),
  };
}

function renderVerdict(compiled: CompiledRule, { config, facts }: Subject) {
  const { rule } = compiled;
  const channel = config.ways.channels.get(rule.channelId);
  const isNamed = rule.channelId !== NO_CHANNEL;
  const verdict = judgeRule(compiled, facts, isNamed ? channel : null);
  return {
    id: rule.ruleId === UNSAVED ? null : rule.ruleId,
    name: rule.name,
    is_active: rule.isActive,
    event_types: [...rule.eventTypes],
    is_event_type_wanted: verdict.isTypeWanted,
    matchers: verdict.matchers.map(({ matcher, isMet, seen }) => ({
      matcher,
      is_met: isMet,
      seen: [...seen],
    })),
    channel:
      channel === undefined
        ? null
        : {
            id: channel.channelId,
            name: channel.name,
            channel_type: channel.channelType,
            is_active: channel.isActive,
          },
    would_match: verdict.isMatching,
    would_send: verdict.isSending,
    why: verdict.why,
  };
}

const UNSAVED = ruleId('');
const NO_CHANNEL = channelId('');

function compileTried(tried: TriedRule, config: ProjectConfig, type: EventType): CompiledRule {
  const matchers = tried.matchers ?? [];
  const details = matchers.flatMap((text, index) => {
    const reading = parseMatcher(text);
    if (reading.ok) return [];
    const message = `${reading.message} (at character ${reading.at + 1})`;
    return [{ path: `rule.matchers[${index}]`, message }];
  });
  if (details.length > 0) throw new CodedError('invalid', { details });
  const one = tried.event_type === undefined ? [type] : [tried.event_type];
  return compileRule({
    projectId: config.projectId,
    ruleId: UNSAVED,
    name: tried.name ?? 'the rule of this request',
    eventTypes: tried.event_types ?? one,
    matchers,
    filter: readFilter(tried.filter),
    channelId: tried.channel_id === null ? NO_CHANNEL : channelId(tried.channel_id),
    isActive: tried.is_active ?? true,
    version: 1,
    createdAt: INSTANT_MIN,
    updatedAt: INSTANT_MIN,
  });
}

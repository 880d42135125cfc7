/** What one of Sentry's webhooks is about: an issue, an event of it, or a metric. Pure. */
import { formatInstantOrNull, type Instant } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import { isJsonObject, type JsonObject } from '#kernel/syntax/json.ts';
import type { Report } from '#intake/report.ts';
import type { SentryAction } from './action.ts';
import { compact, firstTime, lineOf, listOf, objectAt, tagsOf, textOf, urlOf } from './value.ts';

export type Subject = {
  readonly issueId: string | null;
  readonly eventId: string | null;
  /** Of one metric alert, from its beginning to its end. */
  readonly metricId: string | null;
  readonly rule: string | null;
  readonly project: string | null;
  readonly level: string | null;
  /** When it happened, as far as the body says. */
  readonly at: Instant | null;
  readonly endedAt: Instant | null;
  readonly tags: ReadonlyMap<string, string>;
  readonly payload: JsonObject;
  readonly isTest: boolean;
};

export function readSubject({ data }: SentryAction, now: Instant): Subject {
  const event = eventOf(data);
  const issue = objectAt(data['issue']);
  const metric = objectAt(data['metric_alert']);
  const tags = tagsOf(event['tags']);
  return {
    issueId: readIssueId(data, event),
    eventId: lineOf(event['event_id']),
    metricId: lineOf(metric['id']),
    rule: readRule(data, metric),
    project: readProject(data, event),
    level: lineOf(event['level']) ?? tags.get('level') ?? lineOf(issue['level']),
    at: firstTime(
      [event['received'], event['datetime'], event['timestamp'], issue['lastSeen']].concat([
        metric['date_started'],
        metric['date_detected'],
        data['timestamp'],
      ]),
      now,
    ),
    endedAt: firstTime([metric['date_closed']], now),
    tags,
    payload: describePayload(data, event, issue),
    isTest: tags.get('sample_event') === 'yes',
  };
}

function eventOf(data: JsonObject): JsonObject {
  return isJsonObject(data['event']) ? data['event'] : objectAt(data['error']);
}

/** Of older bodies only the link to the issue has it. */
function readIssueId(data: JsonObject, event: JsonObject): string | null {
  const named = [event['issue_id'], objectAt(data['issue'])['id'], data['issue_id']];
  for (const value of [...named, data['group_id']]) {
    const id = lineOf(value);
    if (id !== null) return id;
  }
  const link = urlOf(event['issue_url'], event['web_url']) ?? '';
  return /\/issues\/(\d{1,20})(?:\/|$)/.exec(link)?.[1] ?? null;
}

function readRule(data: JsonObject, metric: JsonObject): string | null {
  const rule = objectAt(metric['alert_rule'])['name'];
  const titles = [data['triggered_rule'], objectAt(data['issue_alert'])['title'], rule];
  return lineOf([...titles, objectAt(data['alert'])['title']].find((one) => lineOf(one) !== null));
}

function readProject(data: JsonObject, event: JsonObject): string | null {
  const ofIssue = objectAt(data['issue'], 'project');
  const [first] = listOf(objectAt(data['metric_alert'])['projects']);
  const linked = /\/projects\/[^/]+\/([^/]+)\/events\//.exec(urlOf(event['url']) ?? '')?.[1];
  for (const value of [ofIssue['slug'], data['project_slug'], linked, first, event['project']]) {
    const name = lineOf(value);
    if (name !== null) return name;
  }
  return null;
}

const EXCEPTIONS_MAX = 4;
const EXCEPTION_CHARS_MAX = 1_000;

/** What went wrong, without the variables and the data of whoever met it. */
function describePayload(data: JsonObject, event: JsonObject, issue: JsonObject): JsonObject {
  const exceptions = listOf(objectAt(event['exception'])['values'])
    .filter(isJsonObject)
    .slice(-EXCEPTIONS_MAX)
    .map((one) => ({
      type: lineOf(one['type']),
      value: textOf(one['value'], EXCEPTION_CHARS_MAX),
    }));
  const request = objectAt(event['request']);
  const told: Readonly<Record<string, string | null>> = {
    activity: lineOf(objectAt(data['activity'])['type']),
    substatus: lineOf(issue['substatus']),
    count: lineOf(issue['count']),
    user_count: lineOf(issue['userCount']),
    first_seen: lineOf(issue['firstSeen']),
    last_seen: lineOf(issue['lastSeen']),
    priority: lineOf(issue['priority']),
    transaction: lineOf(event['transaction']),
    request_url: urlOf(request['url']),
    request_method: lineOf(request['method']),
  };
  return { ...compact(told), ...(exceptions.length === 0 ? {} : { exceptions }) };
}

/** What people and matchers see of it. */
export function describeSubject(
  action: SentryAction,
  subject: Subject,
): Pick<
  Report,
  | 'title'
  | 'content'
  | 'labels'
  | 'alertname'
  | 'namespace'
  | 'targetResource'
  | 'sourceUrl'
  | 'sourceRefs'
  | 'logCorrelation'
> {
  const { data } = action;
  const { project, rule, tags } = subject;
  const event = eventOf(data);
  const issue = objectAt(data['issue']);
  const culprit = lineOf(event['culprit']) ?? lineOf(issue['culprit']);
  return {
    title: readTitle(action, event, issue),
    content: readContent(data, event, issue),
    labels: compact({
      project,
      level: subject.level,
      environment: lineOf(event['environment']) ?? tags.get('environment') ?? null,
      release: lineOf(event['release']) ?? tags.get('release') ?? null,
      platform: lineOf(event['platform']) ?? lineOf(issue['platform']),
      server_name: tags.get('server_name') ?? null,
      alert_rule: rule,
      issue: lineOf(issue['shortId']),
    }),
    alertname: rule ?? readType(event, issue),
    namespace: project,
    targetResource: culprit ?? lineOf(event['transaction']) ?? tags.get('server_name') ?? null,
    sourceUrl: readLink(data, event, issue),
    sourceRefs: { sentry: nameReferences(subject, issue) },
    logCorrelation: correlate(event, subject),
  };
}

function readType(event: JsonObject, issue: JsonObject): string | null {
  return lineOf(objectAt(event['metadata'])['type']) ?? lineOf(objectAt(issue['metadata'])['type']);
}

function readTitle(action: SentryAction, event: JsonObject, issue: JsonObject): string {
  const { data, resource } = action;
  const charsMax = LIMITS.titleCharsMax;
  const metric = objectAt(data['metric_alert'])['title'];
  const titles = [data['description_title'], event['title'], issue['title'], metric];
  for (const value of [...titles, event['message'], objectAt(data['alert'])['title']]) {
    const title = lineOf(value, charsMax);
    if (title !== null) return title;
  }
  return `Sentry: ${resource} ${action.action}`.slice(0, charsMax);
}

function readContent(data: JsonObject, event: JsonObject, issue: JsonObject): string | null {
  const texts = [
    data['description_text'],
    objectAt(event['metadata'])['value'],
    event['message'],
    objectAt(event['logentry'])['formatted'],
    objectAt(issue['metadata'])['value'],
    objectAt(data['activity'], 'details')['summary'],
    data['comment'],
  ];
  return textOf(
    texts.find((one) => textOf(one) !== null),
    LIMITS.contentCharsMax,
  );
}

function readLink(data: JsonObject, event: JsonObject, issue: JsonObject): string | null {
  const links = [event['web_url'], issue['web_url'], issue['permalink'], data['web_url']];
  return urlOf(...links, event['url'], objectAt(data['alert'])['url']);
}

function nameReferences({ issueId, eventId, metricId, project }: Subject, issue: JsonObject) {
  return compact({
    issue: issueId,
    issue_short_id: lineOf(issue['shortId']),
    event: eventId,
    metric_alert: metricId,
    project,
  });
}

function correlate(event: JsonObject, { at, tags, project }: Subject): JsonObject | null {
  const trace = objectAt(event['contexts'], 'trace');
  const found = compact({
    trace_id: lineOf(trace['trace_id']) ?? tags.get('trace_id') ?? tags.get('trace') ?? null,
    span_id: lineOf(trace['span_id']) ?? tags.get('span_id') ?? null,
    request_id: tags.get('request_id') ?? tags.get('transaction_id') ?? null,
    service: tags.get('service') ?? project,
    from: formatInstantOrNull(at),
  });
  return Object.keys(found).length === 0 ? null : found;
}

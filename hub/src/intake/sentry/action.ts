/** Which of Sentry's webhooks a body is. Pure. */
import { isJsonObject, type JsonObject } from '#kernel/syntax/json.ts';
import type { Headers } from '#intake/source-type.ts';
import { lineOf, listOf, objectAt } from './value.ts';

export type SentryAction = {
  /** As the header says; by the body where there is none. */
  readonly resource: string;
  readonly action: string;
  /** Of an activity alert: what has happened to the issue. */
  readonly activity: string | null;
  readonly installation: string | null;
  readonly actor: JsonObject;
  readonly data: JsonObject;
  /** The older plugin: no integration, and no signature. */
  readonly isPlugin: boolean;
};

/** Null: it is none of Sentry's. */
export function readAction(body: JsonObject, headers: Headers): SentryAction | null {
  const named = lineOf(headers['sentry-hook-resource']);
  const data = body['data'];
  if (named === null && isPlugin(body)) return describePlugin(body);
  if (named === null && !isJsonObject(data)) return null;
  const content = objectAt(data);
  const actor = objectAt(body['actor']);
  return {
    resource: named ?? guessResource(content),
    action: lineOf(body['action']) ?? 'unknown',
    activity: lineOf(objectAt(content['activity'])['type']),
    installation: lineOf(objectAt(body['installation'])['uuid']),
    actor: { type: lineOf(actor['type']), id: lineOf(actor['id']) },
    data: content,
    isPlugin: false,
  };
}

/** Without the header, as in a try-out: by what only this resource has. */
function guessResource(data: JsonObject): string {
  const has = (name: string): boolean => isJsonObject(data[name]);
  if (has('metric_alert')) return 'metric_alert';
  if (has('event')) return 'event_alert';
  if (has('error')) return 'error';
  if (has('activity')) return 'activity_alert';
  if (has('issue')) return 'issue';
  if (has('installation')) return 'installation';
  return data['comment'] === undefined && data['comment_id'] === undefined ? 'unknown' : 'comment';
}

function isPlugin(body: JsonObject): boolean {
  const isProjectNamed = body['project'] !== undefined || body['project_slug'] !== undefined;
  return isProjectNamed && isJsonObject(body['event']) && body['data'] === undefined;
}

/** Its fields, where an integration has them. */
function describePlugin(body: JsonObject): SentryAction {
  const event = objectAt(body['event']);
  const rules = listOf(body['triggering_rules']);
  const known = {
    issue_id: body['id'],
    web_url: body['url'],
    level: body['level'],
    culprit: body['culprit'],
    message: body['message'],
  };
  const given = Object.entries(known).flatMap(([name, value]) =>
    value === undefined || value === null ? [] : [[name, value] as const],
  );
  return {
    resource: 'event_alert',
    action: 'triggered',
    activity: null,
    installation: null,
    actor: {},
    data: {
      event: { ...event, ...Object.fromEntries(given) },
      triggered_rule: rules.length === 0 ? null : rules.map((one) => lineOf(one)).join(', '),
      project_slug: body['project_slug'] ?? body['project'] ?? null,
    },
    isPlugin: true,
  };
}

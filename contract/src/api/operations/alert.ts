/** Alerts: reading them, and what a person does about one. */
import * as z from 'zod/mini';
import type { Operation, OperationGroup } from '#contract/api/operation.ts';
import { withShape } from '#contract/api/shape.ts';
import {
  alertAnswer,
  alertId,
  assignment,
  bulkStatusChange,
  calledOutside,
  escalateBody,
  noteBody,
  statusChange,
  WIRE_ALERT_STATUSES,
  WIRE_PRIORITIES,
  WIRE_SEVERITIES,
} from '#contract/alert.ts';
import { id, listOf, pageQuery, projectId, timestamp } from '#contract/field.ts';
import { eventItem } from '#contract/intake/stored-event.ts';
import type { WireSchema } from '#contract/wire.ts';
import { streamQuery } from '#contract/stream/stream.ts';

const maybeAt = z.nullable(timestamp());
const flag = withShape(z.string(), { type: 'boolean' });

/** Read by the hub itself, field by field; a test compares the names. */
const alertsQuery = z.strictObject({
  project_id: z.optional(projectId()),
  status: z.optional(
    withShape(z.string(), {
      type: 'array',
      items: { type: 'string', enum: ['open', ...WIRE_ALERT_STATUSES] },
    }),
  ),
  severity: z.optional(z.enum(WIRE_SEVERITIES)),
  source: z.optional(id()),
  device_id: z.optional(z.string()),
  camera_id: z.optional(z.string()),
  q: z.optional(z.string()),
  since: z.optional(timestamp()),
  due: z.optional(timestamp()),
  archived: z.optional(flag),
  limit: pageQuery.shape.limit,
  cursor: pageQuery.shape.cursor,
});

const ofOneProject = z.strictObject({ project_id: z.optional(projectId()) });

const activeQuery = z.strictObject({
  project_id: z.optional(projectId()),
  device_id: z.optional(z.string()),
  camera_id: z.optional(z.string()),
});

export const activeCount = z.strictObject({
  pending: z.int(),
  delivered: z.int(),
  total: z.int(),
});

export const timelineEntry = z.strictObject({
  entry_id: id(),
  at: timestamp(),
  kind: z.string(),
  detail: z.string(),
  principal: z.strictObject({ id: z.string(), name: z.string(), auth_method: z.string() }),
});

export const notificationAnswer = z.strictObject({
  id: id(),
  project_id: projectId(),
  alert_id: alertId(),
  transition: z.string(),
  round: z.int(),
  event_type: z.string(),
  priority: z.enum(WIRE_PRIORITIES),
  channel_id: id(),
  channel_name: z.nullable(z.string()),
  channel_type: z.nullable(z.string()),
  target: z.string(),
  recipient: z.string(),
  responder_id: z.nullable(id()),
  rule_id: z.nullable(id()),
  named_by: z.string(),
  status: z.string(),
  reason: z.nullable(z.string()),
  attempt_count: z.int(),
  max_attempts: z.int(),
  next_retry_at: maybeAt,
  http_status: z.nullable(z.int()),
  last_error: z.nullable(z.string()),
  is_possibly_duplicate: z.boolean(),
  created_at: timestamp(),
  sent_at: maybeAt,
  delivered_at: maybeAt,
  read_at: maybeAt,
  finished_at: maybeAt,
});

export const answeredAlert = z.strictObject({ alert: alertAnswer, changed: z.boolean() });

const bulkAnswer = z.strictObject({
  results: z.array(
    z.strictObject({
      alert_id: alertId(),
      changed: z.boolean(),
      alert: z.nullable(alertAnswer),
      error: z.nullable(z.strictObject({ code: z.string(), message: z.string() })),
    }),
  ),
});

const ONE = '/api/v1/alerts/{alert_id}';

type AnswerWords = {
  readonly id: string;
  readonly path: string;
  readonly summary: string;
  readonly notes?: string;
  readonly body: WireSchema;
  readonly isOptional?: boolean;
};

/** What a person does about one alert. */
function answering({ id: name, path, body, isOptional, ...words }: AnswerWords): Operation {
  return {
    id: name,
    method: 'POST',
    path: `${ONE}/${path}`,
    ...words,
    access: 'answer',
    query: ofOneProject,
    body: { schema: body, ...(isOptional === true ? { isOptional } : {}) },
    answers: { 200: { says: 'The alert, and whether this changed it.', schema: answeredAlert } },
    errors: ['transition_refused'],
  };
}

const READS: readonly Operation[] = [
  {
    id: 'listAlerts',
    method: 'GET',
    path: '/api/v1/alerts',
    summary: 'List alerts, the newest first',
    access: 'read',
    query: alertsQuery,
    answers: { 200: { says: 'A page of them.', schema: listOf(alertAnswer) } },
    errors: ['invalid', 'not_found'],
  },
  {
    id: 'countActiveAlerts',
    method: 'GET',
    path: '/api/v1/alerts/active-count',
    summary: 'Count the alerts that nobody has seen',
    notes: 'Senders throttle themselves by it; a key that reports may ask.',
    access: 'count',
    query: activeQuery,
    answers: { 200: { says: 'How many.', schema: activeCount } },
    errors: ['invalid', 'not_found'],
  },
  {
    id: 'followAlerts',
    method: 'GET',
    path: '/api/v1/stream',
    summary: 'Follow alerts as they change',
    notes: 'Server-sent events `alert`, `beat` and `resync`: docs/reference/stream.md.',
    access: 'read',
    query: streamQuery,
    answers: { 200: { says: 'A stream that stays open.', type: 'text/event-stream' } },
    errors: ['invalid', 'not_found', 'too_many_streams'],
  },
  {
    id: 'showAlert',
    method: 'GET',
    path: ONE,
    summary: 'Show one alert',
    access: 'read',
    query: ofOneProject,
    answers: { 200: { says: 'As it is now.', schema: alertAnswer } },
  },
  {
    id: 'listTimeline',
    method: 'GET',
    path: `${ONE}/timeline`,
    summary: 'Show all that happened to an alert, the oldest first',
    access: 'read',
    query: ofOneProject,
    answers: { 200: { says: 'All of it.', schema: listOf(timelineEntry) } },
  },
  {
    id: 'listNotifications',
    method: 'GET',
    path: `${ONE}/notifications`,
    summary: 'Show who was sent what about an alert, and what came of it',
    access: 'read',
    query: ofOneProject,
    answers: {
      200: { says: 'All of them, the oldest first.', schema: listOf(notificationAnswer) },
    },
  },
];

const EVENTS: Operation = {
  id: 'listEventsOfAlert',
  method: 'GET',
  path: `${ONE}/events`,
  summary: 'List what was reported about an alert, the newest first',
  access: 'read',
  query: pageQuery,
  answers: { 200: { says: 'A page of them.', schema: listOf(eventItem) } },
  errors: ['invalid'],
};

const ANSWERS: readonly Operation[] = [
  answering({
    id: 'setStatus',
    path: 'status',
    summary: 'Answer an alert: seen, acknowledged, resolved',
    notes: 'What is allowed in which status: docs/reference/states.md.',
    body: statusChange,
  }),
  {
    id: 'setStatusOfMany',
    method: 'POST',
    path: '/api/v1/alerts/bulk-status',
    summary: 'Give one answer to many alerts of a project',
    notes: 'One that is refused does not stop the others; each has its own result.',
    access: 'answer',
    body: { schema: bulkStatusChange },
    answers: { 200: { says: 'One result each, in the order asked.', schema: bulkAnswer } },
    errors: ['transition_refused', 'not_found'],
  },
  answering({
    id: 'escalateAlert',
    path: 'escalate',
    summary: 'Call more people now',
    body: escalateBody,
    isOptional: true,
  }),
  answering({
    id: 'assignAlert',
    path: 'assign',
    summary: 'Say whose alert it is',
    body: assignment,
  }),
  answering({ id: 'noteOnAlert', path: 'note', summary: 'Write a note', body: noteBody }),
  answering({
    id: 'closeAlert',
    path: 'close',
    summary: 'Close an alert that expired, with a note',
    body: noteBody,
  }),
  answering({
    id: 'recordRound',
    path: 'notifications',
    summary: 'Record that people were called by other means',
    notes: 'It counts as a round: the next reminder keeps its interval.',
    body: calledOutside,
    isOptional: true,
  }),
];

export const ALERT: OperationGroup = {
  name: 'alert',
  says: 'What happened, who has it, and what came of it.',
  operations: [...READS, EVENTS, ...ANSWERS],
};

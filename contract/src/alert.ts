/** Alerts: the report that raises one, the change of its status, and how one is answered. */
import * as z from 'zod/mini';
import {
  freeJson,
  freeJsonObject,
  freeTextOrObject,
  id,
  maybe,
  maybeText,
  projectId,
  text,
  textMap,
  timestamp,
} from './field.ts';
import { WIRE_LIMITS } from './limits.ts';

export const WIRE_SEVERITIES = ['critical', 'high', 'medium', 'low', 'info'] as const;
export const WIRE_PRIORITIES = ['normal', 'high', 'critical', 'emergency'] as const;
export const WIRE_ALERT_STATUSES = [
  'PENDING',
  'DELIVERED',
  'SEEN',
  'ACKNOWLEDGED',
  'RESOLVED',
  'EXPIRED',
] as const;
export const WIRE_INTENTS = ['seen', 'calling', 'on_site'] as const;
export const WIRE_OUTCOMES = [
  'help_sent',
  'false_alarm',
  'fixed',
  'duplicate',
  'test',
  'resolved_by_source',
  'unconfirmed',
] as const;

/** A sender's own id, or one of ours. */
export function alertId() {
  const message = 'must be 1 to 128 of A-Z, a-z, 0-9, dot, underscore, colon and dash';
  return z.string().check(z.regex(/^[A-Za-z0-9._:-]{1,128}$/, message));
}

const identifier = maybeText(WIRE_LIMITS.identifierCharsMax);

const labels = textMap({
  entriesMax: WIRE_LIMITS.labelsMax,
  valueCharsMax: WIRE_LIMITS.labelValueCharsMax,
});
const annotations = textMap({
  entriesMax: WIRE_LIMITS.annotationsMax,
  valueCharsMax: WIRE_LIMITS.annotationCharsMax,
});

/** Sound of the place where it happened is not sent over the network in clear. */
const audioRelay = maybeText(WIRE_LIMITS.urlCharsMax).check(
  z.refine((url) => url === null || /^wss:\/\/[^/?#\s]/i.test(url), 'must begin with wss://'),
);

/**
 * What a sender may say about a problem. Everything but the title may be left out or null; both
 * are null here. Severity is any word: an unknown one is the source's default, never a refusal.
 */
export const reportFields = {
  title: text(WIRE_LIMITS.titleCharsMax),
  project_id: maybe(projectId()),
  alert_id: maybe(alertId()),
  severity: maybeText(WIRE_LIMITS.severityCharsMax),
  labels: maybe(labels),
  annotations: maybe(annotations),
  fingerprint: identifier,
  device_id: identifier,
  camera_id: identifier,
  area_id: identifier,
  image: maybeText(WIRE_LIMITS.urlCharsMax),
  /** The older name of `image`. */
  image_path: maybeText(WIRE_LIMITS.urlCharsMax),
  audio_relay_ws: audioRelay,
  camera_ip_map: maybe(freeTextOrObject()),
  analyse: maybe(freeJsonObject()),
  content: maybeText(WIRE_LIMITS.contentCharsMax),
  source_url: maybeText(WIRE_LIMITS.urlCharsMax),
  source_refs: maybe(freeJsonObject()),
  log_correlation: maybe(freeJsonObject()),
  provider: identifier,
  provider_event_id: identifier,
  provider_ts: maybe(timestamp()),
  channel_chat_id: identifier,
  alertname: identifier,
  namespace: identifier,
  target_resource: identifier,
  run_id: identifier,
  payload: maybe(freeJson()),
  policy_id: maybe(id()),
  is_test: maybe(z.boolean()),
  starts_at: maybe(timestamp()),
  ends_at: maybe(timestamp()),
};

type Pictured = { readonly image: string | null; readonly image_path: string | null };

/** Two names of one field must not disagree. */
export function hasTwoImages({ image, image_path }: Pictured): boolean {
  return image !== null && image_path !== null && image !== image_path;
}

export const TWO_IMAGES = { error: 'is another name of image; give one', path: ['image_path'] };

/** The body of `POST /api/v1/alerts`. */
export const newAlert = z
  .strictObject(reportFields)
  .check(z.refine((report) => !hasTwoImages(report), TWO_IMAGES));
export type NewAlert = z.output<typeof newAlert>;

/** The body of `POST /api/v1/alerts/{alert_id}/status`. */
export const statusChange = z.strictObject({
  status: z.enum(WIRE_ALERT_STATUSES),
  intent: maybe(z.enum(WIRE_INTENTS)),
  outcome: maybe(z.enum(WIRE_OUTCOMES)),
  detail: maybeText(WIRE_LIMITS.detailCharsMax),
});
export type StatusChange = z.output<typeof statusChange>;

/** The body of `POST /api/v1/alerts/bulk-status`: one answer to many alerts of one project. */
export const bulkStatusChange = z.strictObject({
  project_id: maybe(projectId()),
  alert_ids: z.array(alertId()).check(
    z.minLength(1),
    z.maxLength(WIRE_LIMITS.bulkAlertsMax),
    z.refine((ids) => new Set(ids).size === ids.length, 'must not name one twice'),
  ),
  status: z.enum(WIRE_ALERT_STATUSES),
  intent: maybe(z.enum(WIRE_INTENTS)),
  outcome: maybe(z.enum(WIRE_OUTCOMES)),
  detail: maybeText(WIRE_LIMITS.detailCharsMax),
});

/** The bodies of `/note` and `/close`: what a person has to say about it. */
export const noteBody = z.strictObject({ detail: text(WIRE_LIMITS.detailCharsMax) });

/** The body of `/assign`; null = nobody any more. */
export const assignment = z.strictObject({
  assigned_to: z.nullable(text(WIRE_LIMITS.nameCharsMax)),
  detail: maybeText(WIRE_LIMITS.detailCharsMax),
});

export const WIRE_WHOM = ['step', 'responder'] as const;

/** The body of `/escalate`: the policy's next step, or the next responder; at once. */
export const escalateBody = z.strictObject({
  whom: maybe(z.enum(WIRE_WHOM)),
  detail: maybeText(WIRE_LIMITS.detailCharsMax),
});

/** The body of `POST /api/v1/alerts/{alert_id}/notifications`: people were called by other means. */
export const calledOutside = z.strictObject({
  label: maybeText(WIRE_LIMITS.policyLabelCharsMax),
  priority: maybe(z.enum(WIRE_PRIORITIES)),
  recipient: maybeText(WIRE_LIMITS.nameCharsMax),
  detail: maybeText(WIRE_LIMITS.detailCharsMax),
});

export const WIRE_RECEIPTS = ['delivered', 'read'] as const;

/** The body of `POST /api/v1/receipts/{token}`; left out, it was delivered. */
export const receiptBody = z.strictObject({ status: maybe(z.enum(WIRE_RECEIPTS)) });

const maybeAt = z.nullable(timestamp());
const texts = z.record(z.string(), z.string());

export const nextStepAnswer = z.strictObject({
  index: z.int(),
  label: z.string(),
  priority: z.enum(WIRE_PRIORITIES),
  due_at: timestamp(),
  targets: z.array(freeJsonObject()),
});

/** An alert as every answer has it; what is not known is null. */
export const alertAnswer = z.strictObject({
  alert_id: alertId(),
  project_id: projectId(),
  version: z.int(),
  status: z.enum(WIRE_ALERT_STATUSES),
  outcome: z.nullable(z.enum(WIRE_OUTCOMES)),
  intent: z.nullable(z.enum(WIRE_INTENTS)),
  severity: z.enum(WIRE_SEVERITIES),
  priority: z.enum(WIRE_PRIORITIES),
  title: z.string(),
  labels: texts,
  annotations: texts,
  fingerprint: z.nullable(z.string()),
  source: z.strictObject({ id: id(), kind: z.string(), name: z.string() }),
  source_url: z.nullable(z.string()),
  device_id: z.nullable(z.string()),
  camera_id: z.nullable(z.string()),
  area_id: z.nullable(z.string()),
  occurrence_count: z.int(),
  is_nobody_called: z.boolean(),
  notification_count: z.int(),
  escalation_level: z.int(),
  next_due_at: maybeAt,
  next_step: z.nullable(nextStepAnswer),
  policy_id: z.nullable(id()),
  created_at: timestamp(),
  updated_at: timestamp(),
  starts_at: maybeAt,
  ends_at: maybeAt,
  delivered_at: maybeAt,
  seen_at: maybeAt,
  acknowledged_at: maybeAt,
  acknowledged_by: z.nullable(z.string()),
  assigned_to: z.nullable(z.string()),
  resolved_at: maybeAt,
  expired_at: maybeAt,
  closed_at: maybeAt,
  closed_by: z.nullable(z.string()),
  archived_at: maybeAt,
  age_seconds: z.int(),
  image: z.nullable(z.string()),
  audio_relay_ws: z.nullable(z.string()),
  camera_ip_map: z.nullable(freeTextOrObject()),
  last_event_at: timestamp(),
  last_notification_at: maybeAt,
  previous_alert_id: z.nullable(alertId()),
  media: z.array(freeJsonObject()),
  analyse: freeJsonObject(),
  is_test: z.boolean(),
});
export type AlertAnswer = z.output<typeof alertAnswer>;

/** Events as they are read back: the query of their list, and what is answered. */
import * as z from 'zod/mini';
import { WIRE_SEVERITIES } from '#contract/alert.ts';
import { WIRE_STAGES } from '#contract/event.ts';
import {
  freeJsonObject,
  id,
  maybe,
  maybeText,
  pageQuery,
  projectId,
  timestamp,
} from '#contract/field.ts';
import { WIRE_LIMITS } from '#contract/limits.ts';

const identifier = maybeText(WIRE_LIMITS.identifierCharsMax);

/** `GET /api/v1/events`. What is left out or empty takes everything. */
export const eventQuery = z.extend(pageQuery, {
  /** Its name or its id. */
  source: identifier,
  channel_type: identifier,
  provider: identifier,
  stage: maybe(z.enum(WIRE_STAGES)),
  alert_id: identifier,
  /** In the title or the beginning of the content. */
  q: identifier,
  since: maybe(timestamp()),
  is_duplicate: maybe(z.enum(['true', 'false'])),
});
export type EventQuery = z.output<typeof eventQuery>;

const text = z.nullable(z.string());
const texts = z.record(z.string(), z.string());
const object = z.nullable(freeJsonObject());

const summary = {
  event_id: id(),
  project_id: projectId(),
  /** The name is null when the source has been removed since. */
  source: z.strictObject({ id: id(), name: text }),
  channel_type: z.string(),
  provider: text,
  stage: z.enum(WIRE_STAGES),
  provider_event_id: text,
  channel_chat_id: text,
  title: text,
  content_preview: text,
  has_redacted_content: z.boolean(),
  redaction_version: z.string(),
  source_url: text,
  content_sha256: text,
  content_length: z.nullable(z.int()),
  source_ref_count: z.int(),
  alertname: text,
  severity: z.nullable(z.enum(WIRE_SEVERITIES)),
  namespace: text,
  target_resource: text,
  fingerprint: text,
  labels: texts,
  run_id: text,
  alert_id: text,
  is_duplicate: z.boolean(),
  duplicate_of: z.nullable(id()),
  synthetic: z.boolean(),
  provider_ts: z.nullable(timestamp()),
  received_at: timestamp(),
  /** The sender's clock and ours are far apart, or the report was long under way. */
  is_clock_skewed: z.boolean(),
};

/** One in a list: without what may be long. */
export const eventItem = z.strictObject(summary);

export const eventAnswer = z.strictObject({
  ...summary,
  content_redacted: text,
  annotations: texts,
  source_refs: object,
  log_correlation: object,
  payload: object,
});

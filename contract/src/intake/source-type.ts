/** Kinds of sources: what each takes, and what would become of a body. A try-out stores nothing. */
import * as z from 'zod/mini';
import { withShape } from '#contract/api/shape.ts';
import { WIRE_SEVERITIES } from '#contract/alert.ts';
import { errorDetail } from '#contract/error.ts';
import { WIRE_STAGES } from '#contract/event.ts';
import { freeJsonObject, listOf, maybe, text, timestamp, type WireJson } from '#contract/field.ts';
import { WIRE_LIMITS } from '#contract/limits.ts';
import { WIRE_SOURCE_KINDS } from '#contract/source.ts';

export const sourceTypeAnswer = z.strictObject({
  kind: z.enum(WIRE_SOURCE_KINDS),
  summary: z.string(),
  /** As `POST /ingest/generic/{token}`. */
  ways_in: z.array(z.string()),
  /** What its senders sign with; empty when they sign nothing. */
  secret_fields: z.array(z.strictObject({ name: z.string(), label: z.string() })),
  /** JSON Schema; null when sources of this kind take no mapping. */
  mapping_schema: z.nullable(freeJsonObject()),
  /** Whether `POST /api/v1/source-types/{kind}/try` knows it. */
  has_try: z.boolean(),
});
export type SourceTypeAnswer = z.output<typeof sourceTypeAnswer>;

export const sourceTypeList = listOf(sourceTypeAnswer);

/** Anything that is there; as large as a request may be. */
const anyJson = withShape(
  z
    .custom<WireJson>()
    .check(z.refine((value) => value !== undefined, { error: 'is required: what a sender posts' })),
  { description: 'Any JSON.' },
);

/** The body of `POST /api/v1/source-types/{kind}/try`. */
export const sourceTry = z.strictObject({
  body: anyJson,
  mapping: maybe(freeJsonObject()),
  /** For kinds that say in a header what the body is. */
  headers: maybe(z.record(text(WIRE_LIMITS.nameCharsMax), text(WIRE_LIMITS.urlCharsMax))),
  severity_default: maybe(z.enum(WIRE_SEVERITIES)),
});

const texts = z.record(z.string(), z.string());
const maybeString = z.nullable(z.string());

const triedReport = z.strictObject({
  stage: z.enum(WIRE_STAGES),
  /** Stored and told by rules; no alert is raised for it. */
  is_event_only: z.boolean(),
  title: z.string(),
  severity: z.enum(WIRE_SEVERITIES),
  /** What reports of the same problem share; null when each is a problem of its own. */
  key: maybeString,
  /** The sender's own name of the alert. */
  alert_id: maybeString,
  content: maybeString,
  labels: texts,
  annotations: texts,
  device_id: maybeString,
  camera_id: maybeString,
  area_id: maybeString,
  source_url: maybeString,
  image: maybeString,
  provider: maybeString,
  provider_event_id: maybeString,
  provider_ts: z.nullable(timestamp()),
  starts_at: z.nullable(timestamp()),
});
export type TriedReport = z.output<typeof triedReport>;

export const sourceTryAnswer = z.strictObject({
  reports: z.array(triedReport),
  /** One sentence for each part that would be left out. */
  refused: z.array(z.string()),
  /** Where the fields of the first reports came from, as `reports[0].title`. */
  notes: z.array(errorDetail),
});
export type SourceTryAnswer = z.output<typeof sourceTryAnswer>;

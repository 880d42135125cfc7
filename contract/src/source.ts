/** Sources: configured ways in. The token is answered once, when the source is made. */
import * as z from 'zod/mini';
import {
  freeJsonObject,
  id,
  maybe,
  name,
  projectId,
  resourceStamps,
  seconds,
  timestamp,
  labelNames,
} from './field.ts';
import { secretTexts } from '#contract/api/secret-texts.ts';
import { WIRE_SEVERITIES } from './alert.ts';
import { errorDetail } from './error.ts';

export const WIRE_SOURCE_KINDS = [
  'native',
  'alertmanager',
  'edge',
  'generic',
  'sentry',
  'signoz',
  'grafana',
  'cloudevents',
  'pec',
] as const;

export const newSource = z.strictObject({
  project_id: maybe(projectId()),
  name: name(),
  kind: z.enum(WIRE_SOURCE_KINDS),
  severity_default: maybe(z.enum(WIRE_SEVERITIES)),
  policy_id: maybe(id()),
  silent_after_s: maybe(seconds()),
  dedup_window_s: maybe(seconds()),
  join_by: maybe(labelNames()),
  /** What a source of its kind takes: `GET /api/v1/source-types`. */
  mapping: maybe(freeJsonObject()),
  /** What the sender signs with, so that only what it has signed is taken. */
  secrets: maybe(secretTexts),
});
export type NewSource = z.output<typeof newSource>;

export const sourcePatch = z.strictObject({
  name: z.optional(name()),
  severity_default: z.optional(z.enum(WIRE_SEVERITIES)),
  policy_id: z.optional(z.nullable(id())),
  silent_after_s: z.optional(z.nullable(seconds())),
  dedup_window_s: z.optional(z.nullable(seconds())),
  join_by: z.optional(z.nullable(labelNames())),
  /** What a source of its kind takes: `GET /api/v1/source-types`. */
  mapping: maybe(freeJsonObject()),
  /** One that is replaced is accepted as `<name>_previous` until that is set to null. */
  secrets: z.optional(secretTexts),
});
export type SourcePatch = z.output<typeof sourcePatch>;

export const sourceAnswer = z.strictObject({
  id: id(),
  ...resourceStamps,
  name: name(),
  kind: z.enum(WIRE_SOURCE_KINDS),
  severity_default: z.enum(WIRE_SEVERITIES),
  policy_id: z.nullable(id()),
  silent_after_s: z.nullable(seconds()),
  dedup_window_s: z.nullable(seconds()),
  join_by: z.nullable(labelNames()),
  mapping: freeJsonObject(),
  secrets: z.record(z.string(), z.strictObject({ is_set: z.boolean() })),
  is_built_in: z.boolean(),
  /** Null: nothing has come through it since devices and sources are watched. */
  last_heard_at: z.nullable(timestamp()),
  /** When a report was refused for its signature, to the minute; null: none ever was. */
  last_refused_at: z.nullable(timestamp()),
  /** For longer than `silent_after_s`, as an alert says. */
  is_silent: z.boolean(),
  /** What works, but not as well as it could. */
  warnings: z.array(errorDetail),
});
export type SourceAnswer = z.output<typeof sourceAnswer>;

export const createdSourceAnswer = z.extend(sourceAnswer, {
  /** Null when the answer is told again: it is shown once. */
  token: z.nullable(z.string()),
  /** A path alone where the hub does not know its public URL. Null when the token is. */
  ingest_url: z.nullable(z.string()),
});

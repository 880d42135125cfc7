/** Sources: configured ways in. The token is answered once, when the source is made. */
import * as z from 'zod/mini';
import { id, maybe, name, projectId, resourceStamps, seconds } from './field.ts';
import { WIRE_SEVERITIES } from './alert.ts';

export const WIRE_SOURCE_KINDS = ['native', 'alertmanager'] as const;

const NO_MAPPING = 'sources of this kind take no mapping';

const noMapping = z.strictObject(
  {},
  { error: ({ code }) => (code === 'unrecognized_keys' ? NO_MAPPING : undefined) },
);

export const newSource = z.strictObject({
  project_id: maybe(projectId()),
  name: name(),
  kind: z.enum(WIRE_SOURCE_KINDS),
  severity_default: maybe(z.enum(WIRE_SEVERITIES)),
  policy_id: maybe(id()),
  silent_after_s: maybe(seconds()),
  dedup_window_s: maybe(seconds()),
  mapping: maybe(noMapping),
});
export type NewSource = z.output<typeof newSource>;

export const sourcePatch = z.strictObject({
  name: z.optional(name()),
  severity_default: z.optional(z.enum(WIRE_SEVERITIES)),
  policy_id: z.optional(z.nullable(id())),
  silent_after_s: z.optional(z.nullable(seconds())),
  dedup_window_s: z.optional(z.nullable(seconds())),
  mapping: maybe(noMapping),
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
  mapping: z.strictObject({}),
  is_built_in: z.boolean(),
});
export type SourceAnswer = z.output<typeof sourceAnswer>;

export const createdSourceAnswer = z.extend(sourceAnswer, {
  token: z.string(),
  /** A path alone where the hub does not know its public URL. */
  ingest_url: z.string(),
});

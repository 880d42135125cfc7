/** What the hub answers about configuration as code. Secrets are never in it but once, when made. */
import * as z from 'zod/mini';
import { errorDetail } from '#contract/error.ts';
import { freeJson, freeJsonObject, maybe, projectId } from '#contract/field.ts';
import { configDocument } from './document.ts';

export const WIRE_CONFIG_KINDS = [
  'project',
  'source',
  'device',
  'channel',
  'responder',
  'policy',
  'rule',
] as const;

const versions = z.record(z.string(), z.nullable(z.int()));

export const configQuery = z.strictObject({ project_id: maybe(projectId()) });

/** The document itself, and how it is meant. */
export const configRequest = z.extend(configDocument, {
  /** True: what the document does not name is removed. */
  prune: maybe(z.boolean()),
});

export const configApplication = z.extend(configRequest, {
  /** As the plan has answered them; 409 when one is another by now. Left out: whatever they are. */
  project_versions: maybe(versions),
});

const configChange = z.strictObject({
  project_id: projectId(),
  kind: z.enum(WIRE_CONFIG_KINDS),
  name: z.string(),
  change: z.enum(['create', 'update', 'delete', 'same']),
  /** Of a secret: `set`, `changed`, or null. */
  fields: z.array(z.strictObject({ path: z.string(), before: freeJson(), after: freeJson() })),
});
export type ConfigChange = z.output<typeof configChange>;

const told = {
  /** Of each project, before; null: there is none yet. */
  project_versions: versions,
  changes: z.array(configChange),
} as const;

export const configPlanAnswer = z.strictObject(told);

export const configApplyAnswer = z.strictObject({
  ...told,
  /** Shown this once. */
  generated: z.array(
    z.strictObject({
      project_id: projectId(),
      kind: z.enum(['source', 'channel']),
      name: z.string(),
      field: z.string(),
      /** Null when the answer is told again. */
      value: z.nullable(z.string()),
      /** Of the token of a source: where it reports to. */
      ingest_url: z.nullable(z.string()),
    }),
  ),
});

export const configAnswer = z.strictObject({
  config: freeJsonObject(),
  /** What is set and not shown: secrets. */
  left_out: z.array(errorDetail),
});

/** Drills: who would be called for an alert, and when, if nobody answered it. */
import * as z from 'zod/mini';
import {
  hasTwoImages,
  reportFields,
  TWO_IMAGES,
  WIRE_PRIORITIES,
  WIRE_SEVERITIES,
} from '#contract/alert.ts';
import { id, maybeText, projectId, timestamp } from '#contract/field.ts';
import { WIRE_LIMITS } from '#contract/limits.ts';
import { eventType } from '#contract/rule.ts';
import { WIRE_STEP_CONDITIONS } from './policy.ts';

/** The body of `POST /api/v1/drill`: what `POST /api/v1/alerts` takes, and through which source. */
export const drillBody = z
  .strictObject({
    ...reportFields,
    /** Its name or its id; the built-in one for alerts of our own kind when left out. */
    source: maybeText(WIRE_LIMITS.identifierCharsMax),
  })
  .check(z.refine((report) => !hasTwoImages(report), TWO_IMAGES));
export type DrillBody = z.output<typeof drillBody>;

const WIRE_NAMED_BY = ['rule', 'policy', 'responder', 'administrators', 'fallback'] as const;

const message = z.strictObject({
  channel_id: id(),
  channel: z.string(),
  channel_type: z.string(),
  recipient: z.string(),
  /** Null: the one in the channel's own config. Masked for who may not administer. */
  address: z.nullable(z.string()),
  by: z.enum(WIRE_NAMED_BY),
  /** The rule that names the channel. */
  rule: z.nullable(z.string()),
  language: z.string(),
  /** Why it would not be sent; null = it would. */
  problem: z.nullable(z.string()),
});

const step = z.strictObject({
  at: timestamp(),
  after_s: z.number(),
  /** What makes it due: `raised`, `step`, `repeat`, `undelivered`, `expire`, ... */
  reason: z.string(),
  purpose: z.enum(['call', 'notice']),
  event_type: eventType,
  round: z.int(),
  level: z.int(),
  label: z.nullable(z.string()),
  priority: z.enum(WIRE_PRIORITIES),
  condition: z.nullable(z.enum(WIRE_STEP_CONDITIONS)),
  messages: z.array(message),
  /** Named, and not to be reached: who, and why. */
  not_reached: z.array(z.string()),
  reaches_nobody: z.boolean(),
});

const text = z.nullable(z.string());

export const drillAnswer = z.strictObject({
  project_id: projectId(),
  at: timestamp(),
  alert: z.strictObject({
    title: z.string(),
    severity: z.enum(WIRE_SEVERITIES),
    priority: z.enum(WIRE_PRIORITIES),
    labels: z.record(z.string(), z.string()),
    fingerprint: text,
    device_id: text,
    camera_id: text,
    area_id: text,
    is_test: z.boolean(),
  }),
  source: z.strictObject({ id: id(), kind: z.string(), name: z.string() }),
  policy: z.strictObject({
    id: id(),
    name: z.string(),
    chosen_by: z.enum(['alert', 'source', 'project']),
  }),
  steps: z.array(step),
  /** How it ends; null when the drill was cut before. */
  end: z.nullable(
    z.strictObject({
      at: timestamp(),
      after_s: z.number(),
      status: z.enum(['EXPIRED', 'RESOLVED']),
    }),
  ),
  warnings: z.array(z.strictObject({ code: z.string(), message: z.string() })),
});
export type DrillAnswer = z.output<typeof drillAnswer>;

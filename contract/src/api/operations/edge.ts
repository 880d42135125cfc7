/** What other senders say in their own words. The hub reads it by a parser of its kind of source. */
import * as z from 'zod/mini';
import { withShape } from '#contract/api/shape.ts';

/** Boxes write their ids as texts or as numbers. */
const foreignId = withShape(z.custom<string | number>(), { type: ['string', 'integer'] });

export const edgeAlarm = z.looseObject({
  alarm_id: z.optional(foreignId),
  alarm_type: z.optional(z.string()),
  camera_id: z.optional(foreignId),
  device_id: z.optional(foreignId),
  confidence: z.optional(z.number()),
  image_url: z.optional(z.string()),
  vlm_description: z.optional(z.string()),
  ext_data: z.optional(z.looseObject({ area_id: z.optional(foreignId) })),
});

export const edgeAnswer = z.strictObject({
  code: z.literal(0),
  msg: z.string(),
  data: z.nullable(z.looseObject({})),
});

export const foreignBody = withShape(z.unknown(), {
  type: ['object', 'array'],
  description: 'As the kind of sender writes it.',
});

export const foreignAnswer = withShape(z.unknown(), {
  description: 'As the kind of sender expects it; often nothing.',
});

/**
 * Channels: configured ways out. What `config` and `secrets` may hold is the matter of the kind of
 * channel; here they are only bounded. Secrets are never read back, only whether they are set.
 */
import * as z from 'zod/mini';
import { errorDetail } from './error.ts';
import { freeJsonObject, id, maybe, name, projectId } from './field.ts';
import { resourceStamps, text, wholeNumber } from './field.ts';
import { WIRE_LIMITS } from './limits.ts';
import { secretTexts } from '#contract/api/secret-texts.ts';

export const WIRE_RETRIES = ['standard', 'urgent'] as const;

const attempts = wholeNumber(1, WIRE_LIMITS.maxAttemptsMax);

export const newChannel = z.strictObject({
  project_id: maybe(projectId()),
  name: name(),
  channel_type: text(WIRE_LIMITS.nameCharsMax),
  config: freeJsonObject(),
  secrets: maybe(secretTexts),
  is_active: maybe(z.boolean()),
  max_attempts: maybe(attempts),
  retry: maybe(z.enum(WIRE_RETRIES)),
  /** Stands in while nothing of a round is delivered by this one. */
  fallback_channel_id: maybe(id()),
});
export type NewChannel = z.output<typeof newChannel>;

export const channelPatch = z.strictObject({
  name: z.optional(name()),
  config: z.optional(freeJsonObject()),
  secrets: z.optional(secretTexts),
  is_active: z.optional(z.boolean()),
  max_attempts: z.optional(attempts),
  retry: z.optional(z.enum(WIRE_RETRIES)),
  fallback_channel_id: z.optional(z.nullable(id())),
});
export type ChannelPatch = z.output<typeof channelPatch>;

const secretAnswer = z.strictObject({
  is_set: z.boolean(),
  /** Only in the answer to the POST that generated it; null when that is told again. */
  value: z.optional(z.nullable(z.string())),
});

export const channelAnswer = z.strictObject({
  id: id(),
  ...resourceStamps,
  name: name(),
  channel_type: z.string(),
  config: freeJsonObject(),
  secrets: z.record(z.string(), secretAnswer),
  is_active: z.boolean(),
  max_attempts: attempts,
  retry: z.enum(WIRE_RETRIES),
  fallback_channel_id: z.nullable(id()),
  /** What works, but not as one would wish: messages that are not signed, for example. */
  warnings: z.array(errorDetail),
});
export type ChannelAnswer = z.output<typeof channelAnswer>;

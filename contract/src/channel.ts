/**
 * Channels: configured ways out. What `config` and `secrets` may hold is the matter of the kind of
 * channel; here they are only bounded. Secrets are never read back, only whether they are set.
 */
import * as z from 'zod/mini';
import { errorDetail } from './error.ts';
import { freeJsonObject, id, isPlainObject, maybe, name, projectId } from './field.ts';
import { resourceStamps, text, wholeNumber } from './field.ts';
import { WIRE_LIMITS } from './limits.ts';
import { withShape } from '#contract/api/shape.ts';

export const WIRE_RETRIES = ['standard', 'urgent'] as const;

export type SecretTexts = Readonly<Record<string, string | null>>;

/** Text sets or replaces, null removes (or leaves unset), absent keeps. */
const secretTexts = withShape(
  z.custom<SecretTexts>().check((ctx) => {
    for (const { path, message } of findSecretFaults(ctx.value)) {
      // Without the input: no secret in an error.
      ctx.issues.push({ code: 'custom', path, message, input: null });
    }
  }),
  {
    type: 'object',
    maxProperties: WIRE_LIMITS.secretsMax,
    additionalProperties: {
      type: ['string', 'null'],
      minLength: 1,
      maxLength: WIRE_LIMITS.secretCharsMax,
    },
  },
);

function findSecretFaults(secrets: unknown) {
  if (!isPlainObject(secrets)) return [{ path: [], message: 'must be an object of texts' }];
  const { secretsMax, secretCharsMax } = WIRE_LIMITS;
  const entries = Object.entries(secrets);
  if (entries.length > secretsMax) {
    return [{ path: [], message: `must have at most ${secretsMax} entries` }];
  }
  return entries.flatMap(([key, value]) => {
    if (value === null) return [];
    if (typeof value !== 'string') return [{ path: [key], message: 'must be text or null' }];
    if (value === '') return [{ path: [key], message: 'must not be empty; null means unset' }];
    if (value.length <= secretCharsMax) return [];
    return [{ path: [key], message: `must have at most ${secretCharsMax} characters` }];
  });
}

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
  /** Only in the answer to the POST that generated it. */
  value: z.optional(z.string()),
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

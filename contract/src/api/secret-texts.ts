/** Secrets on their way in: bounded, and never repeated in an error. */
import * as z from 'zod/mini';
import { isPlainObject } from '#contract/field.ts';
import { WIRE_LIMITS } from '#contract/limits.ts';
import { withShape } from './shape.ts';

export type SecretTexts = Readonly<Record<string, string | null>>;

/** Text sets or replaces, null removes (or leaves unset), absent keeps. */
export const secretTexts = withShape(
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

/** The shape of every error that the operator API answers. */
import * as z from 'zod/mini';

export const errorDetail = z.strictObject({
  /** Like `events[3].title`; empty for the whole body. */
  path: z.string(),
  message: z.string(),
});

export const errorAnswer = z.strictObject({
  error: z.strictObject({
    /** One of docs/reference/errors.md. */
    code: z.string(),
    message: z.string(),
    details: z.optional(z.array(errorDetail)),
    hint: z.optional(z.string()),
    request_id: z.string(),
  }),
});

export type ErrorAnswer = z.output<typeof errorAnswer>;

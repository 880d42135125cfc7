/** Channel tests: a message sent now, and what came of it. */
import * as z from 'zod/mini';
import { id, maybe, projectId, text } from '#contract/field.ts';
import { WIRE_LIMITS } from '#contract/limits.ts';

/** The body of `POST /api/v1/channels/{id}/test`; may be left out altogether. */
export const channelTestBody = z.strictObject({
  /** Instead of the addresses in the channel's own config. */
  address: maybe(
    text(WIRE_LIMITS.urlCharsMax).check(z.regex(/^\P{Cc}*$/u, 'must not hold control characters')),
  ),
});

/** In the words of the attempts of notifications. */
const came = {
  recipient: z.string(),
  outcome: z.enum([
    'accepted',
    'retry',
    'rate_limited',
    'ambiguous',
    'rejected',
    'misconfigured',
    'target_gone',
  ]),
  http_status: z.nullable(z.int()),
  error: z.nullable(z.string()),
  /** What to look at. */
  hint: z.nullable(z.string()),
  provider_id: z.nullable(z.string()),
  duration_ms: z.int(),
};

export const channelTestAnswer = z.strictObject({
  channel_id: id(),
  project_id: projectId(),
  channel: z.string(),
  channel_type: z.string(),
  is_active: z.boolean(),
  /** Of the first message that was not accepted; else of the first. */
  ...came,
  /** One for each address. */
  messages: z.array(z.strictObject(came)),
});
export type ChannelTestAnswer = z.output<typeof channelTestAnswer>;

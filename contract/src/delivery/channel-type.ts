/** Kinds of channels: what a channel of each is set up with. */
import * as z from 'zod/mini';
import { freeJsonObject, listOf } from '#contract/field.ts';

export const channelTypeAnswer = z.strictObject({
  channel_type: z.string(),
  label: z.string(),
  summary: z.string(),
  /** JSON Schema of `config`: what is required, and what is there when it is left out. */
  config_schema: freeJsonObject(),
  secret_fields: z.array(
    z.strictObject({
      name: z.string(),
      label: z.string(),
      is_required: z.boolean(),
      /** Left out, Tocsin makes one and shows it once. */
      is_generated: z.boolean(),
    }),
  ),
  capabilities: z.strictObject({
    /** Whoever receives a message twice can tell. */
    has_duplicate_handle: z.boolean(),
    /** The provider tells when a message reached somebody, or was read. */
    has_receipts: z.boolean(),
    /** Buttons in the message answer the alert. */
    has_actions: z.boolean(),
  }),
});
export type ChannelTypeAnswer = z.output<typeof channelTypeAnswer>;

export const channelTypeList = listOf(channelTypeAnswer);

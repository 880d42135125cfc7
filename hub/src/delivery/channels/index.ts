/** Every kind of channel, once. */
import type { Channel } from '#delivery/channel.ts';
import { emailChannel } from './email.ts';
import { webhookChannel } from './webhook.ts';

export const CHANNELS: readonly Channel[] = [emailChannel, webhookChannel];

export function findChannel(type: string): Channel | null {
  return CHANNELS.find((channel) => channel.type === type) ?? null;
}

/** Every kind of channel, once. */
import type { Channel } from '#delivery/channel.ts';
import { webhookChannel } from './webhook.ts';

export const CHANNELS: readonly Channel[] = [webhookChannel];

export function findChannel(type: string): Channel | null {
  return CHANNELS.find((channel) => channel.type === type) ?? null;
}

/** `/api/v1/channel-types`: what a channel of each kind is set up with. */
import type { FastifyInstance } from 'fastify';
import type { ChannelTypeAnswer } from '#contract/delivery/channel-type.ts';
import type { Channel } from '#delivery/channel.ts';
import { CHANNELS } from '#delivery/channels/index.ts';
import { GENERATED_FIELDS } from './channel-settings.ts';

export function registerChannelTypeRoutes(server: FastifyInstance): void {
  server.get('/api/v1/channel-types', { config: { access: 'read' } }, () => ({
    items: CHANNELS.map(renderType),
    next_cursor: null,
  }));
}

function renderType(channel: Channel): ChannelTypeAnswer {
  const { capabilities } = channel;
  return {
    channel_type: channel.type,
    label: channel.label,
    summary: channel.summary,
    config_schema: channel.configSchema,
    secret_fields: channel.secretFields.map(({ name, label, isRequired }) => ({
      name,
      label,
      is_required: isRequired,
      is_generated: GENERATED_FIELDS[channel.type] === name,
    })),
    capabilities: {
      has_duplicate_handle: capabilities.hasDuplicateHandle,
      has_receipts: capabilities.hasReceipts,
      has_actions: capabilities.hasActions,
    },
  };
}

/** `tocsin channel list`. */
import { textOf } from '#app/cli/kit/ask.ts';
import { createListing } from '#app/cli/kit/listing.ts';

export const CHANNEL_LIST = createListing({
  noun: 'channel',
  path: '/api/v1/channels',
  summary: 'List the ways out: by what people are told',
  heads: ['CHANNEL', 'TYPE', 'ACTIVE', 'WARNINGS', 'PROJECT', 'ID'],
  toRows: async (items) =>
    items.map((channel) => [
      textOf(channel['name']),
      textOf(channel['channel_type']),
      channel['is_active'] === true ? 'yes' : 'no',
      Array.isArray(channel['warnings']) ? String(channel['warnings'].length) : '-',
      textOf(channel['project_id']),
      textOf(channel['id']),
    ]),
});

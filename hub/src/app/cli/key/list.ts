/** `tocsin key list`: keys without their text, which is nowhere. */
import { textOf } from '#app/cli/kit/ask.ts';
import { createListing } from '#app/cli/kit/listing.ts';

export const KEY_LIST = createListing({
  noun: 'key',
  path: '/api/v1/keys',
  summary: 'List the keys of the API, and when each was used',
  heads: ['KEY', 'ROLE', 'PROJECT', 'EXPIRES', 'REVOKED', 'LAST USED', 'ID'],
  toRows: async (items) =>
    items.map((key) => [
      textOf(key['name']),
      textOf(key['role']),
      textOf(key['project_id']),
      textOf(key['expires_at']),
      textOf(key['revoked_at']),
      textOf(key['last_used_at']),
      textOf(key['id']),
    ]),
});

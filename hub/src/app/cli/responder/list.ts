/** `tocsin responder list`: in the order in which they are called. */
import { isJsonObject, type JsonValue } from '#kernel/syntax/json.ts';
import { textOf } from '#app/cli/kit/ask.ts';
import { createListing } from '#app/cli/kit/listing.ts';

export const RESPONDER_LIST = createListing({
  noun: 'responder',
  path: '/api/v1/responders',
  summary: 'List the people who can be called, and by what',
  heads: ['RESPONDER', 'ACTIVE', 'POSITION', 'LANGUAGE', 'PROJECT', 'ID', 'ADDRESSES'],
  toRows: async (items) =>
    items.map((responder) => [
      textOf(responder['name']),
      responder['is_active'] === true ? 'yes' : 'no',
      textOf(responder['position']),
      textOf(responder['language']),
      textOf(responder['project_id']),
      textOf(responder['id']),
      renderAddresses(responder['addresses']),
    ]),
});

function renderAddresses(addresses: JsonValue | undefined): string {
  if (!Array.isArray(addresses) || addresses.length === 0) return '-';
  return addresses
    .filter(isJsonObject)
    .map((one) => `${textOf(one['channel_type'])} ${textOf(one['address'])}`)
    .join(', ');
}

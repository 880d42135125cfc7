/** `tocsin source list`. */
import type { JsonObject } from '#kernel/syntax/json.ts';
import { renderAge } from '#app/cli/kit/age.ts';
import { textOf } from '#app/cli/kit/ask.ts';
import { createListing } from '#app/cli/kit/listing.ts';

export const SOURCE_LIST = createListing({
  noun: 'source',
  path: '/api/v1/sources',
  summary: 'List the ways in: who may report, and as what',
  heads: ['SOURCE', 'KIND', 'SEVERITY', 'HEARD', 'SILENT AFTER', 'PROJECT', 'ID'],
  toRows: async (items, { now }) =>
    items.map((source) => [
      textOf(source['name']),
      textOf(source['kind']),
      textOf(source['severity_default']),
      renderAge(source['last_heard_at'], now),
      renderLimit(source),
      textOf(source['project_id']),
      textOf(source['id']),
    ]),
});

/** After how long it counts as silent, and that it does. */
function renderLimit(source: JsonObject): string {
  const limit = source['silent_after_s'];
  if (typeof limit !== 'number') return '-';
  return source['is_silent'] === true ? `${limit} s: silent` : `${limit} s`;
}

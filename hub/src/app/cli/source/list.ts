/** `tocsin source list`. */
import { textOf } from '#app/cli/kit/ask.ts';
import { createListing } from '#app/cli/kit/listing.ts';

export const SOURCE_LIST = createListing({
  noun: 'source',
  path: '/api/v1/sources',
  summary: 'List the ways in: who may report, and as what',
  heads: ['SOURCE', 'KIND', 'SEVERITY', 'SILENT AFTER', 'PROJECT', 'ID'],
  toRows: async (items) =>
    items.map((source) => [
      textOf(source['name']),
      textOf(source['kind']),
      textOf(source['severity_default']),
      typeof source['silent_after_s'] === 'number' ? `${source['silent_after_s']} s` : '-',
      textOf(source['project_id']),
      textOf(source['id']),
    ]),
});

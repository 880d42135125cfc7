/** `tocsin project list`. */
import { textOf } from '#app/cli/kit/ask.ts';
import { createListing } from '#app/cli/kit/listing.ts';

export const PROJECT_LIST = createListing({
  noun: 'project',
  path: '/api/v1/projects',
  summary: 'List the projects that the key may see',
  heads: ['PROJECT', 'LANGUAGE', 'KEPT', 'ADMINISTRATORS', 'NAME'],
  toRows: async (items) =>
    items.map((project) => [
      textOf(project['id']),
      textOf(project['language']),
      project['retention_days'] === null ? 'for ever' : `${textOf(project['retention_days'])} days`,
      Array.isArray(project['administrators']) ? String(project['administrators'].length) : '-',
      textOf(project['name']),
    ]),
});

/** `tocsin policy list`: after how long each of their steps calls people. */
import { MS_PER_SECOND } from '#kernel/instant.ts';
import { isJsonObject, type JsonValue } from '#kernel/syntax/json.ts';
import { renderSpan } from '#app/cli/kit/age.ts';
import { textOf } from '#app/cli/kit/ask.ts';
import { createListing } from '#app/cli/kit/listing.ts';

export const POLICY_LIST = createListing({
  noun: 'policy',
  path: '/api/v1/policies',
  summary: 'List the policies: who is called when, until somebody answers',
  heads: ['POLICY', 'DEFAULT', 'STEPS AFTER', 'REPEATED', 'PROJECT', 'ID'],
  toRows: async (items) =>
    items.map((policy) => [
      textOf(policy['name']),
      policy['is_default'] === true ? 'yes' : 'no',
      renderSteps(policy['steps']),
      policy['repeat_every_s'] === null ? 'no' : `every ${seconds(policy['repeat_every_s'])}`,
      textOf(policy['project_id']),
      textOf(policy['id']),
    ]),
});

function renderSteps(steps: JsonValue | undefined): string {
  if (!Array.isArray(steps)) return '-';
  return steps
    .filter(isJsonObject)
    .map((step) => seconds(step['delay_s']))
    .join(', ');
}

function seconds(count: JsonValue | undefined): string {
  return renderSpan(Number(count ?? 0) * MS_PER_SECOND);
}

/** `tocsin rule list`: what goes to which channel, by the channel's name. */
import type { JsonObject } from '#kernel/syntax/json.ts';
import { askAll, textOf } from '#app/cli/kit/ask.ts';
import type { HubClient } from '#app/cli/kit/hub-client.ts';
import { createListing } from '#app/cli/kit/listing.ts';
import { CHANNELS } from '#app/cli/kit/named.ts';

export const RULE_LIST = createListing({
  noun: 'rule',
  path: '/api/v1/rules',
  summary: 'List the rules: which alerts and events go to which channel',
  heads: ['RULE', 'ACTIVE', 'CHANNEL', 'PROJECT', 'ID', 'TAKES'],
  toRows,
});

const CHANNELS_MAX = 5_000;

async function toRows(rules: readonly JsonObject[], { hub }: { readonly hub: HubClient }) {
  const channels = await askAll(hub, { path: CHANNELS.path, query: {} }, CHANNELS_MAX);
  const names = new Map(channels.map((one) => [one['id'], textOf(one['name'])]));
  return rules.map((rule) => [
    textOf(rule['name']),
    rule['is_active'] === true ? 'yes' : 'no',
    names.get(rule['channel_id']) ?? textOf(rule['channel_id']),
    textOf(rule['project_id']),
    textOf(rule['id']),
    renderTakes(rule),
  ]);
}

function renderTakes({ event_types: types, matchers }: JsonObject): string {
  return [types ?? [], matchers ?? []].flat().map(textOf).join(' ');
}

/** `tocsin operator list`: who may log in, and what they are where. */
import { textOf } from '#app/cli/kit/ask.ts';
import { createListing } from '#app/cli/kit/listing.ts';
import { isJsonObject, type JsonObject } from '#kernel/syntax/json.ts';

export const OPERATOR_LIST = createListing({
  noun: 'operator',
  path: '/api/v1/operators',
  summary: 'List the operators, what they are in which project, and who has logged in',
  heads: ['NAME', 'LOGIN', 'ROLES', 'STATE', 'LAST LOGIN', 'ID'],
  toRows: async (items) =>
    items.map((one) => [
      textOf(one['name']),
      textOf(one['login']),
      renderRoles(one),
      renderState(one),
      textOf(one['last_login_at']),
      textOf(one['id']),
    ]),
});

function renderRoles({ roles, is_hub_admin: isHubAdmin }: JsonObject): string {
  const list = Array.isArray(roles) ? roles.filter(isJsonObject) : [];
  const shown = list.map((one) => `${textOf(one['project_id'])}:${textOf(one['role'])}`);
  return [...(isHubAdmin === true ? ['hub admin'] : []), ...shown].join(', ') || '-';
}

function renderState(one: JsonObject): string {
  if (one['disabled_at'] !== null) return 'disabled';
  return one['is_set_up'] === true ? 'set up' : 'not set up';
}

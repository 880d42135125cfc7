/** What to do about a 401 or a 403: nobody should have to look it up. Pure. */
import { type Action, rolesThatMay } from '#kernel/principal.ts';

export function adviseKey(): string {
  return 'Send `Authorization: Bearer KEY`; `tocsin key create`, or POST /api/v1/keys, makes one.';
}

/** Nothing where nobody may: no key would help. */
export function adviseRoles(action: Action | undefined): { readonly hint?: string } {
  if (action === undefined) return {};
  const roles = rolesThatMay(action);
  const last = roles.at(-1) ?? '';
  const words = roles.length > 1 ? `${roles.slice(0, -1).join(', ')} or ${last}` : last;
  const where = action === 'administer_hub' ? ' of all projects' : '';
  return { hint: `It takes the role ${words}${where}.` };
}

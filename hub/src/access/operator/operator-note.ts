/**
 * What the audit keeps of operators, in the chain of the hub: logins, and who was given which
 * role. Of passwords and codes there is nothing to keep. Pure.
 */
import { formatInstantOrNull } from '#kernel/instant.ts';
import { type AuditEntry, type AuditSide, HUB_SCOPE } from '#kernel/words/audit-entry.ts';
import type { Operator } from './operator.ts';

type Change = { readonly before: Operator | null; readonly after: Operator | null };

/** Whoever made the change: all that it was about, also in projects that they do not see. */
export function noteOperator({ before, after }: Change): AuditEntry {
  const verb = before === null ? 'created' : after === null ? 'deleted' : 'updated';
  const sides = { before: renderSide(before), after: renderSide(after) };
  return { ...about(`operator.${verb}`, after ?? before), ...sides };
}

export type Deed = 'logged_in' | 'logged_out' | 'set_up' | 'reset' | 'session_ended';

export function noteDeed(
  deed: Deed,
  operator: Pick<Operator, 'operatorId' | 'name'>,
  after: AuditSide = null,
): AuditEntry {
  return { ...about(`operator.${deed}`, operator), before: null, after };
}

function about(action: string, operator: Pick<Operator, 'operatorId' | 'name'> | null) {
  const { operatorId: id = '', name = null } = operator ?? {};
  return { projectId: HUB_SCOPE, action, object: { kind: 'operator', id, name } };
}

function renderSide(operator: Operator | null): AuditSide {
  if (operator === null) return null;
  return {
    name: operator.name,
    login: operator.login,
    is_hub_admin: operator.isHubAdmin,
    roles: Object.fromEntries(operator.grants.map(({ projectId, role }) => [projectId, role])),
    disabled_at: formatInstantOrNull(operator.disabledAt),
  };
}

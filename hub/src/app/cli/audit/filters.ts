/** Which part of the audit is meant: the same options for the list and the export. */
import type { Given } from '#app/cli/kit/command.ts';

export const AUDIT_FILTERS = {
  project: { value: 'ID', says: 'Only of this project; - is the hub itself.' },
  principal: { value: 'NAME', says: 'Only by this one; the name or the id of a key or a person.' },
  action: { value: 'ACTION', says: 'Only this, as channel.updated; or all on a kind, as channel.' },
  object: { value: 'NAME', says: 'Only on this object; its name or its id.' },
  since: { value: 'TIME', says: 'Only since then, as 2026-01-31T08:00:00Z.' },
  until: { value: 'TIME', says: 'Only before then.' },
} as const;

export function readAuditFilters(given: Given) {
  return {
    project_id: given.text('project'),
    principal: given.text('principal'),
    action: given.text('action'),
    object: given.text('object'),
    since: given.text('since'),
    until: given.text('until'),
  };
}

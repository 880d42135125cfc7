/** The audit: read, exported, verified. Nothing writes it but the changes themselves. */
import {
  auditExportQuery,
  auditList,
  auditQuery,
  auditVerification,
} from '#contract/access/audit.ts';
import type { Operation } from '#contract/api/operation.ts';

export const AUDIT_OPERATIONS: readonly Operation[] = [
  {
    id: 'listAudit',
    method: 'GET',
    path: '/api/v1/audit',
    summary: 'List who changed what, the newest first',
    notes:
      'An `action` without a dot is of all actions on that kind: `channel` finds ' +
      '`channel.updated`. `principal` and `object` are an id or a name.',
    access: 'administer',
    query: auditQuery,
    answers: { 200: { says: 'A page of them.', schema: auditList } },
    errors: ['invalid', 'not_found'],
  },
  {
    id: 'exportAudit',
    method: 'GET',
    path: '/api/v1/audit/export',
    summary: 'Export the audit, the oldest first, as long as it is',
    notes: '`jsonl` (unless said otherwise): a line for each, as in the list. `csv`: a table.',
    access: 'administer',
    query: auditExportQuery,
    answers: { 200: { says: 'All of it, as it is read.', type: 'application/x-ndjson' } },
    errors: ['invalid', 'not_found'],
  },
  {
    id: 'verifyAudit',
    method: 'POST',
    path: '/api/v1/audit/verify',
    summary: 'Prove that no row of the audit was changed, removed, moved or put in',
    notes:
      'Answers lines of JSON while it reads: progress, one for each chain, and one at the end; ' +
      'without that last line nothing is proven.',
    access: 'administer',
    body: { schema: auditVerification, isOptional: true },
    answers: { 200: { says: 'What was found.', type: 'application/x-ndjson' } },
    errors: ['not_found'],
  },
];

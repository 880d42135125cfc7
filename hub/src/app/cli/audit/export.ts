/** `tocsin audit export`: the whole audit, or a part of it, as lines of JSON or as a table. */
import { withQuery } from '#app/cli/kit/ask.ts';
import type { CliDeps, Command, Given } from '#app/cli/kit/command.ts';
import { cleanForTerminal } from '#app/cli/kit/terminal/text.ts';
import { AUDIT_FILTERS, readAuditFilters } from './filters.ts';
import { readLines } from './lines.ts';

export const AUDIT_EXPORT: Command = {
  name: 'audit export',
  summary: 'Print the audit as lines of JSON, or as a table for a spreadsheet',
  about: `The oldest first, as long as it is, page by page: send it into a file. In a table
(--format csv) a cell that a spreadsheet would take for a formula has a quote in front.`,
  options: {
    ...AUDIT_FILTERS,
    format: { value: 'FORMAT', says: 'jsonl unless given.', choices: ['jsonl', 'csv'] },
  },
  examples: [
    'tocsin audit export > audit.jsonl',
    'tocsin audit export --format csv --project ward-b > ward-b.csv',
  ],
  run: exportAudit,
};

async function exportAudit(given: Given, { hub, out }: CliDeps): Promise<number> {
  const query = { ...readAuditFilters(given), format: given.text('format') };
  const path = withQuery('/api/v1/audit/export', query);
  // A file gets the very text; a person's terminal obeys none of it.
  const show = out.terminal === undefined ? (line: string) => line : cleanForTerminal;
  for await (const line of readLines(hub(), { method: 'GET', path })) out.print(show(line));
  return 0;
}

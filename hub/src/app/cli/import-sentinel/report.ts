/** What an import will do, and what it did, in plain words. Pure. */
import type { JsonObject } from '#kernel/syntax/json.ts';
import type { ImportNotice, MergedAlerts } from '#app/import/sentinel/merge.ts';
import type { Sent, Totals } from './batches.ts';
import type { ImportOptions } from './options.ts';
import { renderTable } from '#app/cli/kit/output.ts';

export type Report = Sent & {
  readonly options: ImportOptions;
  readonly merged: MergedAlerts;
};

/** Before anything is stored: who will be called because of it. */
export function renderPreview(totals: Totals, options: ImportOptions): string {
  const { imported, alreadyThere, open, dueNow } = totals;
  const where = `project ${totals.projectId ?? options.projectId ?? 'default'}`;
  const lines = [`${imported} alerts to import into ${where}, ${alreadyThere} are there already.`];
  if (open === 0) lines.push('None of them is open: nobody will be called.');
  else if (options.isQuiet) {
    lines.push(`${open} are open. Nobody is called for what was due before now; from here on they \
go on escalating under the project's default policy.`);
  } else {
    lines.push(`${open} are open and go on escalating under the project's default policy; \
${dueNow} are due at once: people are called as soon as they are imported.`);
  }
  return lines.join('\n');
}

const NOTICES_SHOWN_MAX = 20;

export function renderResult(report: Report): string {
  const { totals, options, merged } = report;
  const warnings = listWarnings(report);
  const invalid = [...merged.invalid, ...totals.invalid];
  const title = options.isDryRun ? 'Would be imported (nothing was):' : 'Imported:';
  const rows: (readonly [string, number, string])[] = [
    ['imported', totals.imported, 'alerts with their timeline'],
    ['already there', totals.alreadyThere, 'left as they are'],
    ['open', totals.open, describeOpen(totals, options)],
    ['warnings', warnings.length, warnings.length === 0 ? '' : 'listed below'],
    ['left out', invalid.length, invalid.length === 0 ? '' : 'could not be understood'],
  ];
  return [
    title,
    renderTable(rows),
    ...renderNotices('Left out:', invalid),
    ...renderNotices('Warnings:', warnings),
  ].join('\n');
}

function describeOpen({ open, dueNow }: Totals, options: ImportOptions): string {
  if (open === 0) return '';
  return options.isQuiet || dueNow === 0
    ? 'wait for an answer'
    : `wait for an answer, ${dueNow} of them due at once`;
}

function renderNotices(title: string, notices: readonly ImportNotice[]): readonly string[] {
  if (notices.length === 0) return [];
  const shown = notices.slice(0, NOTICES_SHOWN_MAX);
  const left = notices.length - shown.length;
  return [
    '',
    title,
    ...shown.map(({ alertId, message }) => `  ${alertId}: ${message}`),
    ...(left === 0 ? [] : [`  and ${left} more; --json lists them all`]),
  ];
}

function listWarnings({ merged, totals }: Report): readonly ImportNotice[] {
  return [...merged.warnings, ...totals.warnings];
}

export function toJson(report: Report): JsonObject {
  const { totals, failure, options, merged } = report;
  return {
    project_id: totals.projectId,
    is_dry_run: options.isDryRun,
    is_quiet: options.isQuiet,
    imported: totals.imported,
    already_there: totals.alreadyThere,
    open: totals.open,
    due_now: totals.dueNow,
    warnings: listWarnings(report).map(renderNotice),
    invalid: [...merged.invalid, ...totals.invalid].map(renderNotice),
    error: failure === null ? null : failure.sentence,
  };
}

function renderNotice({ alertId, message }: ImportNotice): JsonObject {
  return { alert_id: alertId, message };
}

/**
 * Prints the sections of pages that come from the code: `npm run print-docs`. With `--check` it
 * writes nothing and fails, naming each page that is not what the code says.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { renderMayImport } from '#test/tidy/may-import.ts';
import { renderConfigSchema } from './print/printed-config-schema.ts';
import { renderLogs } from './print/printed-logs.ts';
import {
  renderApi,
  renderCommands,
  renderLimits,
  renderMetrics,
  renderReadiness,
} from './print/printed-references.ts';
import { renderMasks, renderNames, renderReportFields } from './print/printed-redaction.ts';
import { renderErrors, renderInvariants, renderSettings, renderStates } from './printed-pages.ts';
import { replaceSection } from './printed-section.ts';

type PrintedSection = {
  readonly page: string;
  /** Of the markers around the section. */
  readonly name: string;
  readonly render: () => string | Promise<string>;
};

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

const SECTIONS: readonly PrintedSection[] = [
  { page: 'ARCHITECTURE.md', name: 'may-import', render: renderMayImport },
  { page: 'ARCHITECTURE.md', name: 'invariants', render: renderInvariants },
  { page: 'README.md', name: 'settings', render: renderSettings },
  { page: 'docs/reference/states.md', name: 'states', render: renderStates },
  { page: 'docs/reference/errors.md', name: 'errors', render: renderErrors },
  { page: 'docs/reference/configuration.md', name: 'settings', render: renderSettings },
  { page: 'docs/reference/api.md', name: 'api', render: renderApi },
  { page: 'docs/reference/cli.md', name: 'commands', render: renderCommands },
  { page: 'docs/reference/limits.md', name: 'limits', render: renderLimits },
  { page: 'docs/reference/logs.md', name: 'logs', render: () => renderLogs(root) },
  { page: 'docs/reference/metrics.md', name: 'metrics', render: renderMetrics },
  { page: 'docs/reference/readiness.md', name: 'readiness', render: renderReadiness },
  { page: 'docs/reference/redaction.md', name: 'masks', render: renderMasks },
  { page: 'docs/reference/redaction.md', name: 'names', render: renderNames },
  { page: 'docs/reference/redaction.md', name: 'report-fields', render: renderReportFields },
];

/** Files that are printed whole. */
const FILES: readonly { readonly page: string; readonly render: () => string }[] = [
  { page: 'docs/reference/config.schema.json', render: renderConfigSchema },
];

const isCheck = process.argv.includes('--check');

for (const { page, name, render } of SECTIONS) {
  const path = join(root, page);
  const current = readFileSync(path, 'utf8');
  const printed = replaceSection(current, name, await render());
  if (!printed.ok) fail(`${page}: ${printed.sentence}`);
  else if (printed.page === current) console.log(`${page}: ${name} is current`);
  else if (isCheck) fail(`${page}: section ${name} is stale; run "npm run print-docs"`);
  else {
    writeFileSync(path, printed.page);
    console.log(`${page}: ${name} printed`);
  }
}

for (const { page, render } of FILES) {
  const path = join(root, page);
  const printed = render();
  if (existsSync(path) && readFileSync(path, 'utf8') === printed) console.log(`${page} is current`);
  else if (isCheck) fail(`${page} is stale; run "npm run print-docs"`);
  else {
    writeFileSync(path, printed);
    console.log(`${page} printed`);
  }
}

function fail(sentence: string): void {
  console.error(sentence);
  process.exitCode = 1;
}

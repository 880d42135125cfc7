/**
 * `tocsin import sentinel`: the alerts of the fall-alert manager, with what had happened to them.
 * Everything is read and checked before anything is sent; what the import will do is told before
 * it is done. Sent in batches, each of which can be repeated: so can the whole command.
 */
import { readFileSync, statSync } from 'node:fs';
import { decodeUtf8 } from '#kernel/crypto.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { Clock } from '#kernel/ports.ts';
import { convertSentinelAlert } from '#app/import/sentinel/alert.ts';
import { type FiledAlert, parseSentinelFile } from '#app/import/sentinel/file.ts';
import {
  type ImportNotice,
  type MergedAlerts,
  mergeSentinelFiles,
} from '#app/import/sentinel/merge.ts';
import { type CliDeps, CliFailure, type Command, type Given } from '#app/cli/kit/command.ts';
import { renderJson } from '#app/cli/kit/terminal/json.ts';
import { sendBatches, splitBatches } from './batches.ts';
import { IMPORT_OPTIONS, type ImportOptions, readImportOptions } from './options.ts';
import { renderPreview, renderResult, toJson } from './report.ts';

export const IMPORT_SENTINEL: Command = {
  name: 'import sentinel',
  summary: 'Bring in the alerts of the fall-alert manager',
  about: `Open alerts go on escalating under the project's default policy. What is there already
stays as it is, so the command can be repeated. It takes the key of an admin.`,
  arguments: [
    { name: 'ACTIVE', says: 'alerts_active.json of the fall-alert manager' },
    {
      name: 'HISTORY',
      says: 'alerts_history.json; what lies in it is imported as archived',
      isOptional: true,
    },
  ],
  options: IMPORT_OPTIONS,
  hasJson: true,
  examples: ['tocsin import sentinel active.json history.json --timezone Europe/Paris --dry-run'],
  run: runImportSentinel,
};

async function runImportSentinel(given: Given, deps: CliDeps): Promise<number> {
  const { out } = deps;
  const reading = readImportOptions(given);
  if (reading.kind === 'usage') throw new CliFailure(reading.sentence, { exitCode: 2 });
  const { options } = reading;
  const read = readFiles(options);
  if (!read.ok) {
    out.complain(`tocsin: ${read.sentence}`);
    return 1;
  }
  const checked = checkAlerts(read.merged, options, deps.clock);
  if (checked.invalid.length > 0 && !options.isSkippingInvalid) {
    for (const { alertId, message } of checked.invalid) out.complain(`  ${alertId} ${message}`);
    const count = checked.invalid.length;
    out.complain(`tocsin: ${count} alerts cannot be understood, see above. Nothing was imported. \
Mend them, or leave them out with --skip-invalid.`);
    return 1;
  }
  return sendAll({ ...checked, warnings: [...read.warnings, ...checked.warnings] }, options, deps);
}

type FilesReading =
  | {
      readonly ok: true;
      readonly merged: MergedAlerts;
      readonly warnings: readonly ImportNotice[];
    }
  | { readonly ok: false; readonly sentence: string };

function readFiles(options: ImportOptions): FilesReading {
  const filed: FiledAlert[] = [];
  const warnings: ImportNotice[] = [];
  for (const { path, origin } of options.files) {
    const read = readBounded(path);
    if (!read.ok) return { ok: false, sentence: `${path}: ${read.sentence}` };
    const file = parseSentinelFile(read.text, origin);
    if (!file.ok) return { ok: false, sentence: `${path}: ${file.sentence}` };
    filed.push(...file.alerts);
    warnings.push(...file.warnings.map((message) => ({ alertId: path, message })));
  }
  return { ok: true, merged: mergeSentinelFiles(filed), warnings };
}

type TextReading =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly sentence: string };

function readBounded(path: string): TextReading {
  try {
    const max = LIMITS.importFileBytesMax;
    if (statSync(path).size > max) return { ok: false, sentence: `is larger than ${max} bytes` };
    const text = decodeUtf8(readFileSync(path));
    if (text !== null) return { ok: true, text };
    return { ok: false, sentence: 'is no UTF-8 text. Nothing was imported.' };
  } catch (error) {
    return { ok: false, sentence: error instanceof Error ? error.message : String(error) };
  }
}

/** As the hub will read them, so that one which it refuses is known before any is stored. */
function checkAlerts(merged: MergedAlerts, options: ImportOptions, clock: Clock): MergedAlerts {
  const settings = { zone: options.zone, now: clock.now() };
  const invalid = [...merged.invalid];
  const alerts = merged.alerts.filter((alert) => {
    const conversion = convertSentinelAlert(alert, settings);
    if (!conversion.ok) invalid.push({ alertId: alert.alertId, message: conversion.sentence });
    return conversion.ok;
  });
  return { alerts, invalid, warnings: merged.warnings };
}

/** First what it would be, told; then, unless that was all that was asked for, the import. */
async function sendAll(
  merged: MergedAlerts,
  options: ImportOptions,
  deps: CliDeps,
): Promise<number> {
  const { out } = deps;
  const client = deps.hub();
  const sending = { client, out, options, batches: splitBatches(merged.alerts) };
  const preview = await sendBatches({ ...sending, isDryRun: true });
  if (preview.failure === null && !options.isJson) {
    out.complain(renderPreview(preview.totals, options));
  }
  const isEnd = preview.failure !== null || options.isDryRun;
  const done = isEnd ? preview : await sendBatches({ ...sending, isDryRun: false });
  const report = { ...done, options, merged };
  if (options.isJson) out.print(renderJson(toJson(report)));
  else if (done.failure === null || done.totals.imported > 0) out.print(renderResult(report));
  if (done.failure === null) return 0;
  for (const detail of done.failure.details) out.complain(`  ${detail}`);
  const rest =
    !isEnd && done.totals.imported > 0
      ? 'What was imported stays; repeat the command for the rest.'
      : 'Nothing was imported.';
  out.complain(`tocsin: ${done.failure.sentence}\n${rest}`);
  return 1;
}

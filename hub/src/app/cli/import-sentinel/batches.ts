/** A long list of alerts as requests that a hub takes, and what they came to together. */
import { encodeUtf8 } from '#kernel/crypto.ts';
import { LIMITS } from '#kernel/limits.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '#kernel/syntax/json.ts';
import type { ImportNotice, NamedAlert } from '#app/import/sentinel/merge.ts';
import type { HubClient } from '#app/cli/kit/hub-client.ts';
import type { ImportOptions } from './options.ts';
import { type Output, renderProgress } from '#app/cli/kit/output.ts';

export type Batch = readonly NamedAlert[];

/** Bounded in number, bytes and values; one alert alone is always within the bounds of a body. */
export function splitBatches(alerts: readonly NamedAlert[]): readonly Batch[] {
  const batches: NamedAlert[][] = [];
  let current: NamedAlert[] = [];
  let bytes = 0;
  let values = 0;
  for (const alert of alerts) {
    const text = JSON.stringify(alert);
    const ownBytes = encodeUtf8(text).length;
    const ownValues = countValues(alert.fields);
    const isFull =
      current.length >= LIMITS.importAlertsMax ||
      bytes + ownBytes > LIMITS.importBodyBytesMax ||
      values + ownValues > LIMITS.importBodyValuesMax;
    if (isFull && current.length > 0) {
      batches.push(current);
      current = [];
      bytes = 0;
      values = 0;
    }
    current.push(alert);
    bytes += ownBytes;
    values += ownValues;
  }
  if (current.length > 0) batches.push(current);
  return batches;
}

function countValues(value: JsonValue): number {
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce((sum: number, inner) => sum + countValues(inner), 1);
}

export type Totals = {
  readonly projectId: string | null;
  readonly imported: number;
  readonly alreadyThere: number;
  readonly open: number;
  readonly dueNow: number;
  readonly warnings: readonly ImportNotice[];
  readonly invalid: readonly ImportNotice[];
};

export type Sent = {
  readonly totals: Totals;
  readonly failure: { readonly sentence: string; readonly details: readonly string[] } | null;
};

export type Sending = {
  readonly client: Pick<HubClient, 'post'>;
  readonly out: Output;
  readonly options: ImportOptions;
  readonly batches: readonly Batch[];
  readonly isDryRun: boolean;
};

const NOTHING: Totals = {
  projectId: null,
  imported: 0,
  alreadyThere: 0,
  open: 0,
  dueNow: 0,
  warnings: [],
  invalid: [],
};

/** In order, one after the other; ends at the first that is refused. */
export async function sendBatches(sending: Sending): Promise<Sent> {
  const { client, options, out, isDryRun } = sending;
  // An empty file asks too: a wrong key or address is told all the same.
  const batches = sending.batches.length === 0 ? [[]] : sending.batches;
  let totals = NOTHING;
  for (const [index, batch] of batches.entries()) {
    const verb = isDryRun ? 'checking' : 'importing';
    out.progress(renderProgress({ verb, done: index, total: batches.length, noun: 'batches' }));
    const answer = await client.post('/api/v1/imports/sentinel', {
      ...(options.projectId === null ? {} : { project_id: options.projectId }),
      timezone: options.zone,
      is_quiet: options.isQuiet,
      is_dry_run: isDryRun,
      is_skipping_invalid: options.isSkippingInvalid,
      alerts: batch.map(({ alertId, origin, fields }) => ({ alert_id: alertId, origin, fields })),
    });
    if (!answer.ok) {
      out.progress('');
      return { totals, failure: answer };
    }
    totals = addTotals(totals, answer.body);
  }
  out.progress('');
  return { totals, failure: null };
}

function addTotals(totals: Totals, body: JsonObject): Totals {
  const count = (name: string) => (typeof body[name] === 'number' ? body[name] : 0);
  return {
    projectId: typeof body['project_id'] === 'string' ? body['project_id'] : totals.projectId,
    imported: totals.imported + count('imported'),
    alreadyThere: totals.alreadyThere + count('already_there'),
    open: totals.open + count('open'),
    dueNow: totals.dueNow + count('due_now'),
    warnings: [...totals.warnings, ...readNotices(body['warnings'])],
    invalid: [...totals.invalid, ...readNotices(body['invalid'])],
  };
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

function readNotices(value: JsonValue | undefined): readonly ImportNotice[] {
  if (!Array.isArray(value)) return [];
  return value.filter(isJsonObject).map((one) => ({
    alertId: textOf(one['alert_id']),
    message: textOf(one['message']),
  }));
}

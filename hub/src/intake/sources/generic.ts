/**
 * Any JSON, by a mapping that says where things are; what the mapping does not name is guessed
 * from the usual names, so that even a body nobody described becomes a readable alert. Pure.
 *
 * A key names the problem: reports with the same one join, and one that says it is over resolves.
 * Without a key each report is a problem of its own. docs/guides/any-json.md is the manual.
 */
import type { ErrorDetail } from '#kernel/error-codes.ts';
import { LIMITS } from '#kernel/limits.ts';
import { isJsonObject, type JsonValue } from '#kernel/syntax/json.ts';
import { createItem } from '#intake/generic/expression.ts';
import { MAPPING_SCHEMA } from '#intake/generic/mapping-schema.ts';
import { type Mapping, readMapping } from '#intake/generic/mapping.ts';
import { findAt, isList } from '#intake/generic/pointer.ts';
import { readReport } from '#intake/generic/read-report.ts';
import { isListOfObjects } from '#intake/generic/value.ts';
import { createWork, type Work } from '#intake/generic/work.ts';
import type { Report } from '#intake/report.ts';
import {
  OWN_SHAPE,
  type ParseContext,
  type SourceReading,
  type SourceType,
} from '#intake/source-type.ts';

export const GENERIC: SourceType = {
  kind: 'generic',
  summary: 'Anything that posts JSON; a mapping says what is what, the rest is guessed',
  mappingSchema: MAPPING_SCHEMA,
  findMappingFaults: (mapping) => readMapping(mapping).faults,
  parse: (body, context) => readBody(body, context, createWork()).reading,
  explain: (body, context) => readBody(body, context, createWork()).notes,
  refusalStatus: 422,
  ...OWN_SHAPE,
};

type BodyReading = { readonly reading: SourceReading; readonly notes: readonly ErrorDetail[] };

/** What the body holds, item by item, or why it holds none. */
type Items = {
  readonly entries: readonly JsonValue[];
  /** How an entry is called in a sentence; null: there is only the body. */
  readonly path: string | null;
  readonly refusals: readonly string[];
};

function readBody(body: JsonValue, context: ParseContext, work: Work): BodyReading {
  if (isEmpty(body)) {
    const details = [{ path: '', message: 'must hold something to report' }];
    return { reading: { ok: false, sentence: 'The body is empty.', details }, notes: [] };
  }
  const { mapping } = readMapping(context.mapping);
  const { entries, path, refusals: said } = listItems(body, mapping);
  if (entries.length > LIMITS.eventsPerRequestMax) {
    const message = `must have at most ${LIMITS.eventsPerRequestMax} entries`;
    const details = [{ path: path ?? '', message }];
    return { reading: { ok: false, sentence: 'Too many reports.', details }, notes: [] };
  }
  const reports: Report[] = [];
  const refusals = [...said];
  const notes: ErrorDetail[] = [];
  for (const [index, entry] of entries.entries()) {
    const place = path === null ? '' : `${path}[${index}]`;
    if (entry === null) {
      refusals.push(`${place}: is empty`);
      continue;
    }
    const item = createItem(isJsonObject(entry) ? entry : { value: entry }, body, work);
    const told = reports.length < LIMITS.triedReportsMax ? reports.length : null;
    const note = (field: string, message: string): void => {
      if (told === null || notes.length >= LIMITS.triedNotesMax) return;
      notes.push({ path: `reports[${told}].${field}`, message });
    };
    const read = readReport(item, { mapping, context, note });
    if ('report' in read) reports.push(read.report);
    else refusals.push(place === '' ? read.refusal : `${place}: ${read.refusal}`);
  }
  if (work.isExceeded()) refusals.push(EXCEEDED);
  return { reading: { ok: true, reports, refusals }, notes };
}

const EXCEEDED = 'the mapping builds too much of this body: some fields were left empty';

function isEmpty(body: JsonValue): boolean {
  if (body === null) return true;
  if (typeof body === 'string') return body.trim() === '';
  return typeof body === 'object' && Object.keys(body).length === 0;
}

function listItems(body: JsonValue, { items }: Mapping): Items {
  if (items === null) {
    if (!isListOfObjects(body)) return { entries: [body], path: null, refusals: [] };
    return nameItems(body, '');
  }
  const list = findAt(body, items);
  if (isList(list)) return nameItems(list, items.text);
  // The sender says something else than usual: better an alert about it than nothing.
  const refusal = `items: there is no list at ${items.text}; the whole body is taken as one report`;
  return { entries: [body], path: null, refusals: [refusal] };
}

function nameItems(entries: readonly JsonValue[], path: string): Items {
  const refusals = entries.length > 0 ? [] : ['the list is empty: there is nothing to store'];
  return { entries, path, refusals };
}

/**
 * CloudEvents 1.0 by HTTP, in all three modes. A mapping says what is what, as for any JSON; what
 * it does not name is found by cloudevents/default-mapping.ts. Pure.
 *
 * Each event is a problem of its own, unless the mapping names a `key`, or its type ends with a
 * word such as `firing` or `resolved` and it has a subject: these are about one thing. The same
 * `source` and `id` again is a duplicate. docs/guides/cloudevents.md is the manual.
 */
import type { ErrorDetail } from '#kernel/error-codes.ts';
import { LIMITS } from '#kernel/limits.ts';
import { isJsonObject, type JsonObject } from '#kernel/syntax/json.ts';
import { DEFAULT_MAPPING } from '#intake/cloudevents/default-mapping.ts';

import {
  type EventsReading,
  findMode,
  readBinaryEvent,
  readJsonEvents,
} from '#intake/cloudevents/http-binding.ts';
import { completeReport, toItem } from '#intake/cloudevents/item.ts';
import { createItem } from '#intake/generic/expression.ts';
import { MAPPING_SCHEMA } from '#intake/generic/mapping-schema.ts';
import { readMapping } from '#intake/generic/mapping.ts';
import { readReport } from '#intake/generic/read-report.ts';
import { createWork } from '#intake/generic/work.ts';
import type { Report } from '#intake/report.ts';
import {
  OWN_SHAPE,
  type ParseContext,
  type RawRequest,
  type SourceReading,
  type SourceType,
} from '#intake/source-type.ts';

export const CLOUDEVENTS: SourceType = {
  kind: 'cloudevents',
  summary: 'Whatever sends CloudEvents by HTTP: binary, structured or as a batch',
  mappingSchema: withoutItems(MAPPING_SCHEMA),
  findMappingFaults: (mapping) => [
    ...readMapping(mapping).faults,
    ...(Object.hasOwn(mapping, 'items') ? [{ path: 'items', message: NO_ITEMS }] : []),
  ],
  methods: ['OPTIONS'],
  answerOptions,
  read: (raw, context) => {
    if (findMode(raw.headers) !== 'binary') return null;
    return toReports(readBinaryEvent(raw.headers, raw.body), context).reading;
  },
  parse: (body, context) =>
    toReports(readJsonEvents(body, findMode(context.headers)), context).reading,
  explain: (body, context) =>
    toReports(readJsonEvents(body, findMode(context.headers)), context).notes,
  refusalStatus: 400,
  ...OWN_SHAPE,
};

const NO_ITEMS = 'is of no use here: each event is one report';

function withoutItems(schema: JsonObject): JsonObject {
  const { properties } = schema;
  if (!isJsonObject(properties)) return schema;
  const { items: _items, ...others } = properties;
  return { ...schema, properties: others };
}

/**
 * A sender asks whether it may send, before it does; the token in the path has said so. Danger: it
 * may also ask to be called back at an address of its own, which is not done.
 */
function answerOptions({ headers }: RawRequest) {
  const origin = headers['webhook-request-origin']?.trim() ?? '';
  const isAsked = /^[\w.:/-]{1,255}$/.test(origin);
  return {
    status: 200,
    headers: {
      allow: 'POST, OPTIONS',
      // Alarms have no limit of their own.
      ...(isAsked ? { 'webhook-allowed-origin': origin, 'webhook-allowed-rate': '*' } : {}),
    },
  };
}

/** A mapping is stored once and used for every request. */
const completed = new WeakMap<JsonObject, JsonObject>();

function complete(mapping: JsonObject): JsonObject {
  const known = completed.get(mapping) ?? { ...DEFAULT_MAPPING, ...mapping };
  completed.set(mapping, known);
  return known;
}

type Reading = { readonly reading: SourceReading; readonly notes: readonly ErrorDetail[] };

function toReports(read: EventsReading, context: ParseContext): Reading {
  if (!read.ok) return { reading: read, notes: [] };
  const { mapping } = readMapping(complete(context.mapping));
  const work = createWork();
  const reports: Report[] = [];
  const refusals: string[] = [];
  const notes: ErrorDetail[] = [];
  for (const [index, event] of read.events.entries()) {
    const place = read.isBatch ? `[${index}]: ` : '';
    const told = reports.length < LIMITS.triedReportsMax ? reports.length : null;
    const note = (field: string, message: string): void => {
      if (told === null || notes.length >= LIMITS.triedNotesMax) return;
      notes.push({ path: `reports[${told}].${field}`, message });
    };
    const value = toItem(event);
    const one = readReport(createItem(value, value, work), { mapping, context, note });
    if ('report' in one) reports.push(completeReport(one.report, event));
    else refusals.push(`${place}${one.refusal}`);
    refusals.push(...event.left.map((sentence) => `${place}${sentence}`));
  }
  if (work.isExceeded()) refusals.push(EXCEEDED);
  return { reading: { ok: true, reports, refusals }, notes };
}

const EXCEEDED = 'the mapping builds too much of these events: some fields were left empty';

/** An event as a mapping sees it, and the report that comes of it. Pure. */
import { LIMITS } from '#kernel/limits.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '#kernel/syntax/json.ts';
import { parseSeverity, type Severity } from '#kernel/words/severity.ts';
import { foldWord } from '#intake/generic/mapping.ts';
import { boundPayload, cutText } from '#intake/generic/value.ts';
import type { Report } from '#intake/report.ts';
import { BEGIN_WORDS, OVER_WORDS } from './default-mapping.ts';
import type { CloudEvent } from './envelope.ts';

/** Of one event each: as labels they would make a group of its own of everything. */
const NO_LABELS = new Set([
  'specversion',
  'id',
  'time',
  'datacontenttype',
  'datacontentencoding',
  'dataschema',
  'schemaurl',
  'dataref',
  'traceparent',
  'tracestate',
  'sequence',
  'expirytime',
  'recordedtime',
]);

export function toItem({ attributes, type, data }: CloudEvent): JsonObject {
  const severity = findSeverity(attributes);
  const subject = subjectOf(attributes);
  return {
    ...attributes,
    data,
    type_line: subject === null ? type : `${type}: ${subject}`,
    ...(subject === null ? {} : splitType(type)),
    ...(severity === null ? {} : { severity_word: severity }),
    label_set: { ...labelsOf(data), ...pick(attributes) },
  };
}

function pick(attributes: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => !NO_LABELS.has(name)));
}

function labelsOf(data: JsonValue): JsonObject {
  const labels = isJsonObject(data) ? data['labels'] : null;
  return isJsonObject(labels) ? labels : {};
}

function subjectOf({ subject }: JsonObject): string | null {
  return typeof subject === 'string' && subject.trim() !== '' ? subject : null;
}

/**
 * Only of an event that says what it is about: an end without a subject could end the wrong thing,
 * and somebody must look at it.
 */
function splitType(type: string): JsonObject {
  const [, stem = '', end = ''] = /^(.+)[./:_-]([a-z]+)$/is.exec(type) ?? [];
  const word = foldWord(end);
  if (!OVER_WORDS.includes(word) && !BEGIN_WORDS.includes(word)) return {};
  return { type_stem: stem, type_end: word };
}

/** Ends of the ranges of `severitynumber`, as logs count it. */
const NUMBERED: readonly (readonly [number, Severity])[] = [
  [12, 'info'],
  [16, 'medium'],
  [20, 'high'],
  [24, 'critical'],
];

function findSeverity(attributes: JsonObject): Severity | null {
  for (const name of ['severity', 'severitytext']) {
    const given = attributes[name];
    const word = typeof given === 'string' ? given.slice(0, LIMITS.severityCharsMax) : '';
    const severity = parseSeverity(word, 'low');
    if (severity === parseSeverity(word, 'high')) return severity;
  }
  const number = Number(attributes['severitynumber'] ?? Number.NaN);
  const found = NUMBERED.find(([last]) => number >= 1 && number <= last);
  return found?.[1] ?? null;
}

/** What no mapping can say. */
export function completeReport(report: Report, event: CloudEvent): Report {
  const { attributes, type, data } = event;
  const subject = subjectOf(attributes);
  return {
    ...report,
    // What the generic reader says of a sender without a name.
    provider: report.provider === 'generic' ? 'cloudevents' : report.provider,
    // Without what was only worked out.
    payload: boundPayload({ ...attributes, data }),
    logCorrelation: readTrace(attributes['traceparent']),
    alertname: report.alertname ?? cut(type),
    targetResource: report.targetResource ?? (subject === null ? null : cut(subject)),
  };
}

function cut(text: string): string {
  return cutText(text, LIMITS.identifierCharsMax);
}

function readTrace(value: JsonValue | undefined): JsonObject | null {
  if (typeof value !== 'string') return null;
  const [, trace, span] = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-/.exec(value.trim()) ?? [];
  return trace === undefined || span === undefined ? null : { trace_id: trace, span_id: span };
}

/**
 * Alertmanager's API v2, as Prometheus and amtool post to it. Pure.
 *
 * Identity is the label set. No endsAt means "over unless posted again within the resolve
 * timeout"; an endsAt that has passed means resolved. The time 0001-01-01 means unset. As
 * Alertmanager does, good alerts of a batch are taken although others of it are refused:
 * Prometheus would drop the whole batch for one bad alert otherwise.
 */
import { type Instant, parseInstant } from '#kernel/instant.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '#kernel/syntax/json.ts';
import { LIMITS } from '#kernel/limits.ts';
import { parseSeverity, type Severity } from '#kernel/words/severity.ts';
import { computeFingerprint } from '#intake/fingerprint.ts';
import { BARE_REPORT, type Labels, type Report } from '#intake/report.ts';

export type AlertmanagerReading =
  | {
      readonly ok: true;
      readonly reports: readonly Report[];
      /** One sentence for each alert that was refused, with its place. */
      readonly refusals: readonly string[];
    }
  /** The body as a whole is not what the API takes. */
  | { readonly ok: false; readonly sentence: string };

const NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const UNSET_TIME = '0001-01-01T00:00:00';
const FIELDS_MAX = 32;

export function parseAlertmanagerPost(
  body: JsonValue,
  severityDefault: Severity,
  now: Instant,
): AlertmanagerReading {
  if (!Array.isArray(body)) {
    return { ok: false, sentence: 'the body must be an array of alerts' };
  }
  if (body.length > LIMITS.eventsPerRequestMax) {
    return { ok: false, sentence: `more than ${LIMITS.eventsPerRequestMax} alerts in one request` };
  }
  const reports: Report[] = [];
  const refusals: string[] = [];
  for (const [index, item] of (body as readonly JsonValue[]).entries()) {
    const typeFault = findTypeFault(item);
    if (typeFault !== null) return { ok: false, sentence: `alert ${index}: ${typeFault}` };
    const read = parseOne(item as JsonObject, severityDefault, now);
    if (typeof read !== 'string') reports.push(read);
    else refusals.push(body.length === 1 ? read : `alert ${index}: ${read}`);
  }
  return { ok: true, reports, refusals };
}

/** Wrong types are a broken client; the whole body is refused, as Alertmanager does. */
function findTypeFault(item: JsonValue): string | null {
  if (!isJsonObject(item)) return 'must be an object';
  if (Object.keys(item).length > FIELDS_MAX) return `more than ${FIELDS_MAX} fields`;
  for (const name of ['labels', 'annotations']) {
    const map = item[name];
    if (map === undefined || map === null) continue;
    if (!isJsonObject(map)) return `${name} must be an object of strings`;
    const bad = Object.keys(map).find((key) => typeof map[key] !== 'string');
    if (bad !== undefined) return `${name}.${cut(bad)} must be a string`;
  }
  for (const name of ['startsAt', 'endsAt']) {
    const time = item[name];
    if (time === undefined || time === null || time === '') continue;
    const isTime = typeof time === 'string' && parseInstant(time) !== null;
    if (!isTime) return `${name} must be a time like 2026-01-31T12:00:00Z`;
  }
  const url = item['generatorURL'];
  if (url !== undefined && url !== null && typeof url !== 'string') {
    return 'generatorURL must be a string';
  }
  return null;
}

function parseOne(item: JsonObject, severityDefault: Severity, now: Instant): Report | string {
  const labels = parseMap(item['labels']);
  const annotations = parseMap(item['annotations']);
  const fault = findLabelFault(labels) ?? findAnnotationFault(annotations);
  if (fault !== null) return fault;
  const startsAt = parseTime(item['startsAt']);
  const endsAt = parseTime(item['endsAt']);
  if (startsAt !== null && endsAt !== null && startsAt > endsAt) {
    return 'start time must be before end time';
  }
  const url = parseText(item['generatorURL']);
  if (url !== null && url.length > LIMITS.urlCharsMax) return 'generatorURL is too long';
  const alertname = labels['alertname'] ?? null;
  const summary = annotations['summary'] ?? annotations['title'] ?? alertname ?? 'Alert';
  const fingerprint = computeFingerprint(labels);
  return {
    ...BARE_REPORT,
    stage: endsAt !== null && endsAt <= now ? 'resolved' : 'received',
    identity: { kind: 'key', key: fingerprint },
    fingerprint,
    title: summary.slice(0, LIMITS.titleCharsMax).toWellFormed(),
    severity: parseSeverity(labels['severity'], severityDefault),
    labels,
    annotations,
    provider: 'alertmanager',
    content: annotations['description'] ?? annotations['message'] ?? null,
    sourceUrl: url,
    alertname,
    namespace: labels['namespace'] ?? null,
    targetResource: labels['instance'] ?? labels['pod'] ?? labels['service'] ?? null,
    deviceId: labels['device_id'] ?? null,
    cameraId: labels['camera_id'] ?? null,
    areaId: labels['area_id'] ?? null,
    payload: { startsAt: item['startsAt'] ?? null, endsAt: item['endsAt'] ?? null },
    providerTs: startsAt,
    startsAt,
    endsAt,
    resolveTimeoutMs: LIMITS.resolveTimeoutMs,
  };
}

/** Labels with an empty value count as absent. */
function parseMap(value: JsonValue | undefined): Labels {
  if (!isJsonObject(value)) return {};
  const kept = Object.entries(value).filter((entry): entry is [string, string] => {
    return typeof entry[1] === 'string' && entry[1] !== '';
  });
  // Not by assignment: a label may be called __proto__.
  return Object.fromEntries(kept);
}

function findLabelFault(labels: Labels): string | null {
  const names = Object.keys(labels);
  if (names.length === 0) return 'at least one label pair required';
  if (names.length > LIMITS.labelsMax)
    return `invalid label set: more than ${LIMITS.labelsMax} labels`;
  for (const name of names) {
    if (!NAME.test(name)) return `invalid label set: invalid name ${JSON.stringify(cut(name))}`;
    if (name.length > LIMITS.labelNameCharsMax) {
      return `invalid label set: name ${JSON.stringify(cut(name))} is too long`;
    }
    if ((labels[name] ?? '').length > LIMITS.labelValueCharsMax) {
      return `invalid label set: value of ${JSON.stringify(cut(name))} is too long`;
    }
  }
  return null;
}

function findAnnotationFault(annotations: Labels): string | null {
  const names = Object.keys(annotations);
  if (names.length > LIMITS.annotationsMax) {
    return `invalid annotations: more than ${LIMITS.annotationsMax}`;
  }
  for (const name of names) {
    if (!NAME.test(name) || name.length > LIMITS.labelNameCharsMax) {
      return `invalid annotations: invalid name ${JSON.stringify(cut(name))}`;
    }
    if ((annotations[name] ?? '').length > LIMITS.annotationCharsMax) {
      return `invalid annotations: value of ${JSON.stringify(cut(name))} is too long`;
    }
  }
  return null;
}

function parseTime(value: JsonValue | undefined): Instant | null {
  if (typeof value !== 'string' || value === '' || isUnset(value)) return null;
  return parseInstant(value);
}

function isUnset(time: string): boolean {
  return time.startsWith(UNSET_TIME);
}

function parseText(value: JsonValue | undefined): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

const NAME_SHOWN_CHARS_MAX = 60;

function cut(text: string): string {
  return text.slice(0, NAME_SHOWN_CHARS_MAX).toWellFormed();
}

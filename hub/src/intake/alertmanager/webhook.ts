/**
 * The body of Alertmanager's webhook, which others send with things of their own. Pure.
 *
 * Each alert of it is acted upon by its own status, never by that of the group. Identity is the
 * label set, so the same alert in several groups, for several receivers and from both of a pair
 * is one problem. An alert that fires is over when the webhook says so, never by its endsAt.
 * Danger: Alertmanager never sends again what got an answer of 2xx or 4xx. What is too long is
 * cut therefore, not refused; identity is always that of the labels as they came.
 */
import { type Instant, INSTANT_MIN, MS_PER_DAY, parseInstant, plusMs } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '#kernel/syntax/json.ts';
import { parseSeverity } from '#kernel/words/severity.ts';
import { computeFingerprint } from '#intake/fingerprint.ts';
import { BARE_REPORT, type Labels, type Report } from '#intake/report.ts';
import type { ParseContext, SourceReading, SourceType } from '#intake/source-type.ts';

/** One alert as it came, with what it came in. */
export type WebhookAlert = {
  readonly item: JsonObject;
  readonly group: JsonObject;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly context: ParseContext;
};

/** What a sender of this webhook does in its own way. */
export type WebhookDialect = {
  /** How it is called in a refusal: `This is no webhook of NAME.` */
  readonly sender: string;
  /** What to do about a body that is none. */
  readonly advice: string | null;
  readonly provider: string;
  /** What the report says besides, or otherwise. */
  readonly refine: (report: Report, alert: WebhookAlert) => Partial<Report>;
};

/** The answers that senders of this webhook understand. */
export const WEBHOOK_ANSWERS: Pick<SourceType, 'refusalStatus' | 'renderAnswer' | 'renderError'> = {
  refusalStatus: 400,
  renderAnswer: (results, refusals) => ({ stored: results.length, refused: [...refusals] }),
  renderError: ({ status, message, details }) => ({
    code: status,
    message: [message, ...details.map((one) => `${one.path}: ${one.message}`)].join(' '),
  }),
};

export function parseWebhook(
  body: JsonValue,
  context: ParseContext,
  dialect: WebhookDialect,
): SourceReading {
  const alerts = isJsonObject(body) ? body['alerts'] : undefined;
  if (!isJsonObject(body) || !Array.isArray(alerts)) {
    const details = [{ path: 'alerts', message: 'must be a list of alerts' }];
    const sentence = `This is no webhook of ${dialect.sender}.`;
    const { advice } = dialect;
    return { ok: false, sentence: advice === null ? sentence : `${sentence} ${advice}`, details };
  }
  if (alerts.length > LIMITS.alertsPerWebhookMax) {
    const message = `must have at most ${LIMITS.alertsPerWebhookMax} entries`;
    return { ok: false, sentence: 'Too many alerts.', details: [{ path: 'alerts', message }] };
  }
  const reports: Report[] = [];
  const faults: { readonly path: string; readonly message: string }[] = [];
  for (const [index, item] of (alerts as readonly JsonValue[]).entries()) {
    const read = parseAlert(item, body, { ...context, dialect });
    if (typeof read === 'string') faults.push({ path: `alerts[${index}]`, message: read });
    else reports.push(read);
  }
  // Nothing of it can be taken: said loudly, for a 2xx would be the end of it.
  if (reports.length === 0 && faults.length > 0) {
    const details = faults.slice(0, LIMITS.errorDetailsMax);
    return { ok: false, sentence: 'No alert of it can be read.', details };
  }
  const refusals = faults.map(({ path, message }) => `${path}: ${message}`);
  const cutOff = readCutOff(body);
  if (cutOff > 0) refusals.push(`${cutOff} more were left out by the sender (its max_alerts)`);
  return { ok: true, reports, refusals };
}

type AlertContext = ParseContext & { readonly dialect: WebhookDialect };

function parseAlert(item: JsonValue, group: JsonObject, context: AlertContext): Report | string {
  if (!isJsonObject(item)) return 'must be an object';
  const labels = parseMap(item['labels']);
  if (Object.keys(labels).length === 0) return 'labels must not be empty';
  const annotations = parseMap(item['annotations']);
  const isOver = readIsOver(item, group);
  const startsAt = parseTime(item['startsAt'], context.now);
  const alertname = parseName(labels['alertname']);
  const summary = annotations['summary'] ?? annotations['title'] ?? alertname ?? 'Alert';
  const content = annotations['description'] ?? annotations['message'] ?? null;
  const fingerprint = computeFingerprint(labels);
  const report: Report = {
    ...BARE_REPORT,
    stage: isOver ? 'resolved' : 'received',
    identity: { kind: 'key', key: fingerprint },
    fingerprint,
    title: cut(summary, LIMITS.titleCharsMax),
    severity: parseSeverity(labels['severity'], context.severityDefault),
    labels: bound(labels, LIMITS.labelsMax, LIMITS.labelValueCharsMax),
    annotations: bound(annotations, LIMITS.annotationsMax, LIMITS.annotationCharsMax),
    provider: context.dialect.provider,
    content: content === null ? null : cut(content, LIMITS.contentCharsMax),
    sourceUrl: parseUrl(item['generatorURL']),
    sourceRefs: nameReferences(item, group),
    alertname,
    namespace: parseName(labels['namespace']),
    targetResource: parseName(labels['instance'] ?? labels['pod'] ?? labels['service']),
    deviceId: parseName(labels['device_id']),
    cameraId: parseName(labels['camera_id']),
    areaId: parseName(labels['area_id']),
    payload: describeGroup(item, group),
    providerTs: startsAt,
    startsAt,
    endsAt: isOver ? readEnd(item, context.now) : null,
  };
  const alert = { item, group, labels, annotations, context };
  return { ...report, ...context.dialect.refine(report, alert) };
}

/** The group speaks only for alerts that do not speak for themselves. */
function readIsOver(item: JsonObject, group: JsonObject): boolean {
  const status = item['status'] ?? group['status'];
  return typeof status === 'string' && status.trim().toLowerCase() === 'resolved';
}

function readCutOff(group: JsonObject): number {
  const count = group['truncatedAlerts'];
  return typeof count === 'number' && Number.isSafeInteger(count) ? Math.max(0, count) : 0;
}

function nameReferences(item: JsonObject, group: JsonObject): JsonObject {
  const alert: Record<string, string> = {};
  const fingerprint = parseText(item['fingerprint']);
  const generator = parseUrl(item['generatorURL']);
  const external = parseUrl(group['externalURL']);
  if (fingerprint !== null) alert['fingerprint'] = fingerprint;
  if (generator !== null) alert['generator_url'] = generator;
  if (external !== null) alert['alertmanager_url'] = external;
  return { alert };
}

function describeGroup(item: JsonObject, group: JsonObject): JsonObject {
  return {
    status: parseText(item['status']),
    startsAt: parseText(item['startsAt']),
    endsAt: parseText(item['endsAt']),
    receiver: parseText(group['receiver']),
    groupKey: parseText(group['groupKey']),
    truncatedAlerts: readCutOff(group),
  };
}

/** Labels with an empty value count as absent. What is no text becomes one: it tells two apart. */
function parseMap(value: JsonValue | undefined): Labels {
  if (!isJsonObject(value)) return {};
  const entries = Object.entries(value).map(([name, given]): readonly [string, string] => [
    name,
    typeof given === 'string' ? given : given === null ? '' : JSON.stringify(given),
  ]);
  // Not by assignment: a label may be called __proto__.
  return Object.fromEntries(entries.filter(([name, text]) => name !== '' && text !== ''));
}

/** What matchers and people ask for first; of too many labels the others go. */
const KEPT_FIRST: readonly string[] = ['alertname', 'severity', 'namespace', 'instance', 'job'];

function bound(map: Labels, entriesMax: number, valueCharsMax: number): Labels {
  const isFirst = ([name]: readonly [string, string]): boolean => KEPT_FIRST.includes(name);
  const entries = Object.entries(map);
  const isFew = entries.length <= entriesMax;
  const ordered = isFew
    ? entries
    : [...entries.filter(isFirst), ...entries.filter((entry) => !isFirst(entry))];
  const kept = ordered
    .slice(0, entriesMax)
    .map(([name, text]): readonly [string, string] => [
      cut(name, LIMITS.labelNameCharsMax),
      cut(text, valueCharsMax),
    ]);
  return Object.fromEntries(kept);
}

/** The year 1 means unset, and so does a time that is further ahead than clocks go wrong. */
export function parseTime(value: JsonValue | undefined, now: Instant): Instant | null {
  const at = typeof value === 'string' ? parseInstant(value) : null;
  return at === null || at < EARLIEST || at > plusMs(now, MS_PER_DAY) ? null : at;
}

const EARLIEST = plusMs(INSTANT_MIN, 366 * MS_PER_DAY);

/** An end that is yet to come is none: it would make every later end an old one. */
function readEnd(item: JsonObject, now: Instant): Instant | null {
  const at = parseTime(item['endsAt'], now);
  return at === null || at > now ? null : at;
}

export function parseText(value: JsonValue | undefined): string | null {
  if (typeof value !== 'string' || value === '') return null;
  return cut(value, LIMITS.urlCharsMax);
}

export function parseName(value: string | undefined): string | null {
  return value === undefined ? null : cut(value, LIMITS.identifierCharsMax);
}

/** A link that is cut leads nowhere. */
export function parseUrl(value: JsonValue | undefined): string | null {
  return typeof value === 'string' && value.length <= LIMITS.urlCharsMax ? parseText(value) : null;
}

export function cut(text: string, charsMax: number): string {
  return text.slice(0, charsMax).toWellFormed();
}

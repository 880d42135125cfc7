/**
 * Alertmanager's webhook, version 4, which SigNoz, Mimir and vmalert speak too. Pure.
 *
 * Each alert of it is acted upon by its own status, never by that of the group. Identity is the
 * label set, so the same alert in several groups, for several receivers and from both of a pair
 * is one problem. An alert that fires is over when the webhook says so, never by its endsAt.
 */
import { type Instant, parseInstant } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '#kernel/syntax/json.ts';
import { parseSeverity, type Severity } from '#kernel/words/severity.ts';
import { computeFingerprint } from '#intake/fingerprint.ts';
import { BARE_REPORT, type Labels, type Report } from '#intake/report.ts';
import { NO_MAPPING, type SourceReading, type SourceType } from '#intake/source-type.ts';

export const ALERTMANAGER: SourceType = {
  kind: 'alertmanager',
  summary: 'Alertmanager and whatever sends its webhook (version 4); Prometheus by API v2',
  ...NO_MAPPING,
  parse: (body, { severityDefault }) => parseWebhook(body, severityDefault),
  refusalStatus: 400,
  renderAnswer: (results, refusals) => ({ stored: results.length, refused: [...refusals] }),
  renderError: ({ status, message, details }) => ({
    code: status,
    message: [message, ...details.map((one) => `${one.path}: ${one.message}`)].join(' '),
  }),
};

const UNSET_TIME = '0001-01-01T00:00:00';

function parseWebhook(body: JsonValue, severityDefault: Severity): SourceReading {
  const alerts = isJsonObject(body) ? body['alerts'] : undefined;
  if (!isJsonObject(body) || !Array.isArray(alerts)) {
    const details = [{ path: 'alerts', message: 'must be a list of alerts' }];
    return { ok: false, sentence: 'This is no webhook of Alertmanager.', details };
  }
  if (alerts.length > LIMITS.eventsPerRequestMax) {
    const message = `must have at most ${LIMITS.eventsPerRequestMax} entries`;
    return { ok: false, sentence: 'Too many alerts.', details: [{ path: 'alerts', message }] };
  }
  const reports: Report[] = [];
  const refusals: string[] = [];
  for (const [index, item] of (alerts as readonly JsonValue[]).entries()) {
    const read = parseAlert(item, body, severityDefault);
    if (typeof read === 'string') refusals.push(`alerts[${index}]: ${read}`);
    else reports.push(read);
  }
  return { ok: true, reports, refusals };
}

function parseAlert(item: JsonValue, group: JsonObject, fallback: Severity): Report | string {
  if (!isJsonObject(item)) return 'must be an object';
  const labels = parseMap(item['labels']);
  const annotations = parseMap(item['annotations']);
  const fault = findFault(labels, LIMITS.labelsMax, LIMITS.labelValueCharsMax);
  if (fault !== null) return `labels ${fault}`;
  if (Object.keys(labels).length === 0) return 'labels must not be empty';
  const note = findFault(annotations, LIMITS.annotationsMax, LIMITS.annotationCharsMax);
  if (note !== null) return `annotations ${note}`;
  const isOver = item['status'] === 'resolved';
  const startsAt = parseTime(item['startsAt']);
  const endsAt = isOver ? parseTime(item['endsAt']) : null;
  const alertname = labels['alertname'] ?? null;
  const summary = annotations['summary'] ?? annotations['title'] ?? alertname ?? 'Alert';
  const fingerprint = computeFingerprint(labels);
  return {
    ...BARE_REPORT,
    stage: isOver ? 'resolved' : 'received',
    identity: { kind: 'key', key: fingerprint },
    fingerprint,
    title: summary.slice(0, LIMITS.titleCharsMax).toWellFormed(),
    severity: parseSeverity(labels['severity'], fallback),
    labels,
    annotations,
    provider: 'alertmanager',
    content: annotations['description'] ?? annotations['message'] ?? null,
    sourceUrl: parseUrl(item['generatorURL']),
    sourceRefs: nameReferences(item, group),
    alertname,
    namespace: labels['namespace'] ?? null,
    targetResource: labels['instance'] ?? labels['pod'] ?? labels['service'] ?? null,
    deviceId: labels['device_id'] ?? null,
    cameraId: labels['camera_id'] ?? null,
    areaId: labels['area_id'] ?? null,
    payload: describeGroup(item, group),
    providerTs: startsAt,
    startsAt,
    endsAt,
  };
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
    truncatedAlerts: typeof group['truncatedAlerts'] === 'number' ? group['truncatedAlerts'] : 0,
  };
}

/** Labels with an empty value count as absent; what is no text is left out. */
function parseMap(value: JsonValue | undefined): Labels {
  if (!isJsonObject(value)) return {};
  const kept = Object.entries(value).filter((entry): entry is [string, string] => {
    return typeof entry[1] === 'string' && entry[1] !== '';
  });
  return Object.fromEntries(kept);
}

function findFault(map: Labels, entriesMax: number, valueCharsMax: number): string | null {
  const entries = Object.entries(map);
  if (entries.length > entriesMax) return `must have at most ${entriesMax} entries`;
  for (const [name, value] of entries) {
    if (name === '' || name.length > LIMITS.labelNameCharsMax) return 'have a name that is no name';
    if (value.length > valueCharsMax)
      return `have a value of more than ${valueCharsMax} characters`;
  }
  return null;
}

function parseTime(value: JsonValue | undefined): Instant | null {
  if (typeof value !== 'string' || value === '' || value.startsWith(UNSET_TIME)) return null;
  return parseInstant(value);
}

function parseText(value: JsonValue | undefined): string | null {
  if (typeof value !== 'string' || value === '') return null;
  return value.slice(0, LIMITS.urlCharsMax).toWellFormed();
}

function parseUrl(value: JsonValue | undefined): string | null {
  return typeof value === 'string' && value.length <= LIMITS.urlCharsMax ? parseText(value) : null;
}

/**
 * Grafana: the webhook of its own alerting (version 1, POST or PUT), and that of the dashboard
 * alerts it had before. Pure.
 *
 * Identity is Grafana's own fingerprint where it sends one: labels that it keeps to itself, such
 * as the id of the rule, are in it and in nothing else that it sends. A rule whose data source
 * fails or says nothing sends DatasourceError or DatasourceNoData, a problem of its own.
 * Signatures are HMAC-SHA256 in hex over the body, or over `<seconds>:<body>` where a header of
 * the user's own choice holds the seconds; unless the mapping names it, it is found by its value.
 */
import type { ErrorDetail } from '#kernel/error-codes.ts';
import { concatBytes, encodeUtf8 } from '#kernel/crypto.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '#kernel/syntax/json.ts';
import { LIMITS } from '#kernel/limits.ts';
import { parseSeverity } from '#kernel/words/severity.ts';
import {
  cut,
  parseName,
  parseText,
  parseUrl,
  parseWebhook,
  WEBHOOK_ANSWERS,
  type WebhookAlert,
  type WebhookDialect,
} from '#intake/alertmanager/webhook.ts';
import { computeFingerprint } from '#intake/fingerprint.ts';
import { BARE_REPORT, type Labels, type Report } from '#intake/report.ts';
import { isSignedBy, parseUnixSeconds } from '#intake/signing/signature.ts';
import type {
  Headers,
  ParseContext,
  RawRequest,
  SourceReading,
  SourceType,
  Verification,
  VerifyContext,
} from '#intake/source-type.ts';

const SECRET = 'hmac_secret';
const SIGNATURE_HEADER = 'x-grafana-alerting-signature';

const HEADER_NAME = { type: 'string', minLength: 1, maxLength: LIMITS.nameCharsMax } as const;

const MAPPING_FIELDS: Readonly<Record<string, string>> = {
  signature_header: 'Where the signature is; X-Grafana-Alerting-Signature unless given.',
  timestamp_header: 'Where the seconds are that the signature covers; then they must be there.',
};

export const GRAFANA: SourceType = {
  kind: 'grafana',
  summary: 'Grafana by its webhook contact point, signed (HMAC) or not',
  mappingSchema: {
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(
      Object.entries(MAPPING_FIELDS).map(([name, description]) => [
        name,
        { ...HEADER_NAME, description },
      ]),
    ),
  },
  findMappingFaults,
  methods: ['PUT'],
  signing: { secretFields: [{ name: SECRET, label: 'HMAC secret' }], verify },
  parse: readWebhook,
  ...WEBHOOK_ANSWERS,
};

const HEADER = /^[A-Za-z0-9-]+$/;

function findMappingFaults(mapping: JsonObject): readonly ErrorDetail[] {
  return Object.entries(mapping).flatMap(([path, value]) => {
    if (!Object.hasOwn(MAPPING_FIELDS, path)) {
      const known = Object.keys(MAPPING_FIELDS).join(' and ');
      return [{ path, message: `unknown field; known are ${known}` }];
    }
    const isName =
      typeof value === 'string' && value.length <= LIMITS.nameCharsMax && HEADER.test(value);
    return isName ? [] : [{ path, message: 'must be the name of a header' }];
  });
}

function readHeaderName(mapping: JsonObject, field: string): string | null {
  const name = mapping[field];
  return typeof name === 'string' ? name.toLowerCase() : null;
}

const UNSIGNED = 'The request is not signed; set the HMAC secret of the contact point.';
const WRONG = 'The signature does not fit the body; the HMAC secret is another one here.';

function verify(raw: RawRequest, { secrets, mapping }: VerifyContext): Verification {
  const known = secrets[SECRET] ?? [];
  if (known.length === 0) return { kind: 'unsigned' };
  const header = readHeaderName(mapping, 'signature_header') ?? SIGNATURE_HEADER;
  const signature = raw.headers[header];
  if (signature === undefined) return { kind: 'refused', sentence: UNSIGNED };
  const timestampHeader = readHeaderName(mapping, 'timestamp_header');
  const isBareTaken = timestampHeader === null;
  // Both are computed, whichever is right.
  const isBare = isSignedBy(known, raw.body, signature);
  let verified: Verification | null = null;
  for (const text of listSeconds(raw.headers, timestampHeader)) {
    const signed = concatBytes([encodeUtf8(`${text}:`), raw.body]);
    if (!isSignedBy(known, signed, signature)) continue;
    verified = { kind: 'verified', signedAt: parseUnixSeconds(text) };
  }
  if (verified !== null) return verified;
  if (isBare && isBareTaken) return { kind: 'verified', signedAt: null };
  return { kind: 'refused', sentence: WRONG };
}

const SECONDS_TRIED_MAX = 4;

/** What may be the seconds: those of the header that was named, else whatever looks like some. */
function listSeconds(headers: Headers, named: string | null): readonly string[] {
  const texts = named === null ? Object.values(headers) : [headers[named] ?? ''];
  return texts
    .map((text) => text.trim())
    .filter((text) => parseUnixSeconds(text) !== null)
    .slice(0, SECONDS_TRIED_MAX);
}

const DIALECT: WebhookDialect = {
  sender: 'Grafana',
  advice: 'If its payload is templated, use a source of kind generic with a mapping.',
  provider: 'grafana',
  refine,
};

function readWebhook(body: JsonValue, context: ParseContext): SourceReading {
  if (isDashboardAlert(body)) {
    return { ok: true, reports: [readDashboardAlert(body, context)], refusals: [] };
  }
  return parseWebhook(body, context, DIALECT);
}

const OWN_FINGERPRINT = /^[0-9a-f]{1,16}$/;

function refine(report: Report, alert: WebhookAlert): Partial<Report> {
  const { item, group, labels, annotations } = alert;
  const given = parseText(item['fingerprint']);
  const isGiven = given !== null && OWN_FINGERPRINT.test(given);
  const key = isGiven ? `gf1:${given}` : computeFingerprint(labels);
  const state = readState(labels, annotations);
  const rule = labels['rulename'];
  const isTold = annotations['summary'] !== undefined || annotations['title'] !== undefined;
  const title =
    state === null || isTold || rule === undefined ? report.title : `${STATES[state]}: ${rule}`;
  return {
    identity: { kind: 'key', key },
    fingerprint: key,
    title: cut(title, LIMITS.titleCharsMax),
    namespace: report.namespace ?? parseName(labels['grafana_folder']),
    image: parseUrl(item['imageURL']),
    content: report.content ?? parseText(item['valueString']),
    sourceRefs: { ...report.sourceRefs, alert: nameReferences(report, alert) },
    payload: {
      ...report.payload,
      orgId: readId(group['orgId']),
      state,
      values: boundValues(item['values']),
    },
    isTest: isTest(labels),
  };
}

const STATES = { no_data: 'No data', error: 'Error' } as const;

function readState(labels: Labels, annotations: Labels): keyof typeof STATES | null {
  const reason = annotations['grafana_state_reason'] ?? '';
  if (labels['alertname'] === 'DatasourceNoData' || reason === 'NoData') return 'no_data';
  return labels['alertname'] === 'DatasourceError' || reason === 'Error' ? 'error' : null;
}

/** The button at a contact point sends this one alert. */
function isTest(labels: Labels): boolean {
  return labels['alertname'] === 'TestAlert' && labels['instance'] === 'Grafana';
}

function nameReferences(report: Report, { item, group, labels }: WebhookAlert): JsonObject {
  const alert = report.sourceRefs?.['alert'];
  const links = {
    grafana_url: parseUrl(group['externalURL']),
    dashboard_url: parseUrl(item['dashboardURL']),
    panel_url: parseUrl(item['panelURL']),
    silence_url: parseUrl(item['silenceURL']),
    rule: parseName(labels['__alert_rule_uid__']) ?? readRuleId(item),
  };
  const found = Object.entries(links).filter(([, value]) => value !== null);
  const { alertmanager_url: _own, ...kept } = isJsonObject(alert) ? alert : {};
  return { ...kept, ...Object.fromEntries(found) };
}

/** The link to a rule has its id: `/alerting/grafana/<uid>/view`. */
function readRuleId(item: JsonObject): string | null {
  const url = parseText(item['generatorURL']) ?? '';
  return /\/alerting\/(?:grafana\/)?([A-Za-z0-9_-]{1,40})\/(?:view|edit)/.exec(url)?.[1] ?? null;
}

const VALUES_MAX = 64;

/** What was measured, by the letter of the query. */
function boundValues(value: JsonValue | undefined): JsonObject {
  if (!isJsonObject(value)) return {};
  const numbers = Object.entries(value).filter(
    ([name, one]) =>
      name.length <= LIMITS.labelNameCharsMax && (typeof one === 'number' || isLongNumber(one)),
  );
  return Object.fromEntries(numbers.slice(0, VALUES_MAX));
}

function isLongNumber(value: JsonValue): boolean {
  return typeof value === 'string' && /^-?\d{1,40}$/.test(value);
}

function readId(value: JsonValue | undefined): string | null {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
  return parseText(value);
}

/** Grafana up to 8 sent one rule of a dashboard at a time. */
function isDashboardAlert(body: JsonValue): body is JsonObject {
  if (!isJsonObject(body) || body['alerts'] !== undefined) return false;
  return typeof body['state'] === 'string' && readId(body['ruleId']) !== null;
}

function readDashboardAlert(body: JsonObject, context: ParseContext): Report {
  const state = (parseText(body['state']) ?? '').toLowerCase();
  const key = `legacy:${readId(body['orgId']) ?? ''}/${readId(body['ruleId']) ?? ''}`;
  const name = parseText(body['ruleName']);
  const tags = readTags(body['tags']);
  return {
    ...BARE_REPORT,
    stage: state === 'ok' || state === 'paused' ? 'resolved' : 'received',
    identity: { kind: 'key', key: cut(key, LIMITS.identifierCharsMax) },
    fingerprint: cut(key, LIMITS.identifierCharsMax),
    title: cut(parseText(body['title']) ?? name ?? 'Alert', LIMITS.titleCharsMax),
    severity: parseSeverity(tags['severity'], context.severityDefault),
    labels: tags,
    provider: 'grafana',
    content: parseText(body['message']),
    sourceUrl: parseUrl(body['ruleUrl']),
    sourceRefs: { alert: { rule: readId(body['ruleId']) } },
    alertname: name === null ? null : parseName(name),
    image: parseUrl(body['imageUrl']),
    payload: { orgId: readId(body['orgId']), state, dashboard: readId(body['dashboardId']) },
  };
}

function readTags(value: JsonValue | undefined): Labels {
  if (!isJsonObject(value)) return {};
  const texts = Object.entries(value).flatMap(([name, one]): [string, string][] => {
    const text = parseText(one);
    if (name === '' || text === null) return [];
    return [[cut(name, LIMITS.labelNameCharsMax), cut(text, LIMITS.labelValueCharsMax)]];
  });
  return Object.fromEntries(texts.slice(0, LIMITS.labelsMax));
}

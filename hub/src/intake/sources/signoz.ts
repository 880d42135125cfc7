/**
 * SigNoz: the webhook of the Alertmanager inside it, with labels and annotations of its own. It
 * logs in (Basic with the token as the password, or Bearer with the user left out) or posts to the
 * address with the token in it. Pure.
 *
 * Identity leaves `ruleSource` out: it is a link to the rule, and would make every problem a new
 * one, and leave the old ones open for ever, when SigNoz moves to another host. The fingerprint
 * stays the one that SigNoz computes, link included, so that the two can be held together.
 */
import { LIMITS } from '#kernel/limits.ts';
import type { JsonObject } from '#kernel/syntax/json.ts';
import { formatInstantOrNull } from '#kernel/instant.ts';
import { parseSeverity } from '#kernel/words/severity.ts';
import {
  cut,
  parseName,
  parseUrl,
  parseWebhook,
  WEBHOOK_ANSWERS,
  type WebhookAlert,
  type WebhookDialect,
} from '#intake/alertmanager/webhook.ts';
import { computeFingerprint } from '#intake/fingerprint.ts';
import type { Labels, Report } from '#intake/report.ts';
import { NO_MAPPING, type SourceType } from '#intake/source-type.ts';

const DIALECT: WebhookDialect = {
  sender: 'SigNoz',
  advice: 'A source of kind generic takes any JSON.',
  provider: 'signoz',
  refine,
};

export const SIGNOZ: SourceType = {
  kind: 'signoz',
  summary: 'SigNoz by its webhook channel, logged in or by the address alone',
  ...NO_MAPPING,
  parse: (body, context) => parseWebhook(body, context, DIALECT),
  ...WEBHOOK_ANSWERS,
};

function refine(report: Report, alert: WebhookAlert): Partial<Report> {
  const { labels, annotations, context } = alert;
  const { ruleSource: _link, ...identity } = labels;
  const target = pickName(labels, ['service.name', 'k8s.pod.name', 'host.name']);
  const word = labels['severity'] ?? labels['threshold.name'];
  return {
    identity: { kind: 'key', key: computeFingerprint(identity) },
    severity: parseSeverity(word, context.severityDefault),
    namespace: pickName(labels, ['k8s.namespace.name', 'service.namespace']) ?? report.namespace,
    targetResource: target ?? report.targetResource,
    sourceRefs: { ...report.sourceRefs, signoz: nameReferences(labels, annotations) },
    logCorrelation: correlate(report, labels),
    isTest: isTrue(labels['testalert']),
    payload: { ...report.payload, is_nodata: isTrue(labels['nodata']) },
  };
}

function isTrue(text: string | undefined): boolean {
  return text?.trim().toLowerCase() === 'true';
}

function pickName(labels: Labels, names: readonly string[]): string | null {
  const found = names.find((name) => labels[name] !== undefined);
  return found === undefined ? null : parseName(labels[found]);
}

function nameReferences(labels: Labels, annotations: Labels): JsonObject {
  return dropNulls({
    rule: parseName(labels['ruleId']),
    rule_url: parseUrl(labels['ruleSource']),
    trace: parseUrl(annotations['related_traces']),
    logs: parseUrl(annotations['related_logs']),
  });
}

function correlate(report: Report, labels: Labels): JsonObject | null {
  const found = dropNulls({
    trace_id: pickName(labels, ['trace_id', 'traceID', 'trace.id']),
    span_id: pickName(labels, ['span_id', 'spanID', 'span.id']),
    request_id: pickName(labels, ['request_id', 'http.request.id']),
    service: pickName(labels, ['service.name']),
    from: formatInstantOrNull(report.startsAt),
    to: formatInstantOrNull(report.endsAt),
  });
  return Object.keys(found).length === 0 ? null : found;
}

function dropNulls(given: Readonly<Record<string, string | null>>): JsonObject {
  const entries = Object.entries(given).filter((one): one is [string, string] => one[1] !== null);
  return Object.fromEntries(entries.map(([name, text]) => [name, cut(text, LIMITS.urlCharsMax)]));
}

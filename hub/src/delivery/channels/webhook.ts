/**
 * Webhooks to any URL, signed after Standard Webhooks. The body is `{event, timestamp, data}`; its
 * bytes and `webhook-id` are the same over retries and replays, so the receiver can drop copies;
 * time and signature are new for each attempt. Where the notification has an address, it is the URL
 * of whoever gets it, and goes before the one in the config.
 */
import type { ErrorDetail } from '#kernel/error-codes.ts';
import { encodeUtf8 } from '#kernel/crypto.ts';
import type { Instant } from '#kernel/instant.ts';
import { formatInstant, MS_PER_SECOND, plusMs } from '#kernel/instant.ts';
import type { JsonObject } from '#kernel/syntax/json.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { HttpOutcome } from '#kernel/ports.ts';
import type { ConfigField } from '#delivery/settings/config-field.ts';
import {
  findUrlFault,
  parseConfigFields,
  renderConfigSchema,
} from '#delivery/settings/config-field.ts';
import { classifyUnanswered, parseRetryAfter } from '#delivery/http-answer.ts';
import type { SendOutcome } from '#delivery/outcome.ts';
import type {
  Channel,
  ChannelNotification,
  ChannelPorts,
  Endpoint,
  Rendered,
  Secrets,
  SecretsCheck,
  SendRequest,
} from '#delivery/channel.ts';
import { parseWebhookSecret, renderWebhookSignature } from '#kernel/webhook-signature.ts';

const CONFIG_FIELDS: readonly ConfigField[] = [
  { name: 'url', label: 'URL', kind: 'url', isRequired: true },
];

/** Current first. The previous one signs too while receivers change over. */
const SECRET_FIELDS = [
  { name: 'webhook_secret', label: 'Signing secret', isRequired: false },
  { name: 'webhook_secret_previous', label: 'Previous signing secret', isRequired: false },
] as const;

export const webhookChannel: Channel = {
  type: 'webhook',
  label: 'Webhook',
  summary: 'A signed POST (Standard Webhooks) to any address',
  configSchema: renderConfigSchema(CONFIG_FIELDS),
  secretFields: SECRET_FIELDS,
  capabilities: { hasDuplicateHandle: true, hasReceipts: false, hasActions: false },
  parseConfig: (value) => parseConfigFields(CONFIG_FIELDS, value),
  checkSecrets,
  listEndpoints,
  listAddresses: () => [],
  findAddressFault: findUrlFault,
  render: renderWebhook,
  send: sendWebhook,
};

const HTTPS_PORT = 443;
const HTTP_PORT = 80;

function listEndpoints(config: JsonObject): readonly Endpoint[] {
  const url = readUrl(config);
  if (findUrlFault(url) !== null) return [];
  const { hostname, port, protocol } = new URL(url);
  const usual = protocol === 'https:' ? HTTPS_PORT : HTTP_PORT;
  return [{ host: hostname, port: port === '' ? usual : Number(port) }];
}

function renderWebhook(notification: ChannelNotification): Rendered {
  const { eventType, createdAt, payload, actions, receiptUrl } = notification;
  const content: JsonObject = {
    event: eventType,
    timestamp: formatInstant(createdAt),
    data: { ...payload, action_url: actions?.page ?? null, receipt_url: receiptUrl },
  };
  return { body: encodeUtf8(JSON.stringify(content)) };
}

async function sendWebhook(ports: ChannelPorts, request: SendRequest): Promise<SendOutcome> {
  const { notification, now } = request;
  const reading = webhookChannel.parseConfig(request.config);
  if (!reading.ok) return misconfigured(reading.errors);
  const url = notification.address ?? readUrl(reading.config);
  if (findUrlFault(url) !== null) return refuseAddress('url_invalid');
  const keys = readKeys(request.secrets);
  if (keys.errors.length > 0) return misconfigured(keys.errors);
  const { body } = renderWebhook(notification);
  const id = notification.notificationId;
  const timestampS = Math.floor(now / MS_PER_SECOND);
  const outcome = await ports.http.send({
    method: 'POST',
    url,
    headers: {
      'content-type': 'application/json',
      'user-agent': `Tocsin/${request.version}`,
      'webhook-id': id,
      'webhook-timestamp': String(timestampS),
      ...(keys.found.length === 0
        ? {}
        : { 'webhook-signature': renderWebhookSignature({ id, timestampS, body }, keys.found) }),
    },
    body,
    timeoutMs: LIMITS.webhookTimeoutMs,
    answerBytesMax: LIMITS.answerBytesMax,
  });
  // One person's own URL says nothing about the channel: it must not open the breaker for all.
  const isOwn = notification.address !== null && outcome.kind === 'unsent';
  if (isOwn && outcome.reason === 'address_refused') return refuseAddress(outcome.reason);
  if (isOwn && outcome.reason === 'url_invalid') return refuseAddress(outcome.reason);
  return classifyWebhook(outcome, { url, now });
}

function refuseAddress(reason: 'address_refused' | 'url_invalid'): SendOutcome {
  return { kind: 'rejected', reason, httpStatus: null };
}

function misconfigured(errors: readonly ErrorDetail[]): SendOutcome {
  const [first] = errors;
  return {
    kind: 'misconfigured',
    field: first?.path ?? '',
    hint: first?.message ?? 'the config cannot be read',
  };
}

function readKeys(secrets: Secrets) {
  const errors: ErrorDetail[] = [];
  const found: Uint8Array[] = [];
  for (const { name } of SECRET_FIELDS) {
    const text = Object.hasOwn(secrets, name) ? secrets[name] : undefined;
    if (text === undefined) continue;
    const reading = parseWebhookSecret(text);
    if (reading.ok) found.push(reading.key);
    else errors.push({ path: name, message: reading.message });
  }
  return { errors, found };
}

function checkSecrets(secrets: Secrets): SecretsCheck {
  const { errors } = readKeys(secrets);
  if (Object.hasOwn(secrets, 'webhook_secret')) return { errors, warnings: [] };
  if (Object.hasOwn(secrets, 'webhook_secret_previous')) {
    errors.push({ path: 'webhook_secret_previous', message: 'needs a webhook_secret beside it' });
  }
  const unsigned = { path: 'webhook_secret', message: 'unset: webhooks are sent unsigned' };
  return { errors, warnings: [unsigned] };
}

type AnswerContext = { readonly url: string; readonly now: Instant };

function classifyWebhook(outcome: HttpOutcome, context: AnswerContext): SendOutcome {
  if (outcome.kind !== 'answered') return classifyUnanswered(outcome, 'url');
  const { status: httpStatus, headers } = outcome;
  if (httpStatus >= 200 && httpStatus < 300) {
    return { kind: 'accepted', providerId: null, httpStatus };
  }
  if (httpStatus === 410) {
    return { kind: 'target_gone', target: readHost(context.url), httpStatus };
  }
  if (headers['webhook-delivery'] === 'abort-message') {
    return { kind: 'rejected', reason: 'stopped_by_target', httpStatus };
  }
  if (httpStatus >= 300 && httpStatus < 400) {
    return { kind: 'rejected', reason: 'redirected', httpStatus };
  }
  const notBefore = parseRetryAfter(headers['retry-after'], context.now);
  if (httpStatus === 429) return classifyRateLimit(notBefore, context.now);
  return { kind: 'retry', reason: readReason(httpStatus), notBefore, httpStatus };
}

function classifyRateLimit(notBefore: Instant | null, now: Instant): SendOutcome {
  return {
    kind: 'rate_limited',
    notBefore: notBefore ?? plusMs(now, LIMITS.retryAfterDefaultMs),
    httpStatus: 429,
  };
}

/** Other 4xx too are tried again: faults of a receiver get repaired while we retry. */
function readReason(status: number) {
  if (status >= 500 && status < 600) return 'server_error';
  if (status === 408 || status === 425) return 'not_ready';
  return status >= 400 && status < 500 ? 'request_refused' : 'answer_unexpected';
}

function readUrl(config: JsonObject): string {
  const url = config['url'];
  return typeof url === 'string' ? url : '';
}

/** Only the host: path and query of a webhook URL are often its secret. */
function readHost(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'webhook';
}

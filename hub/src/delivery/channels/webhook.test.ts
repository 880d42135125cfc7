import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeUtf8, encodeUtf8 } from '#kernel/crypto.ts';
import { instant, parseInstant, plusMs } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { Http, HttpOutcome, HttpRequest } from '#kernel/ports.ts';
import type { SendOutcome } from '#delivery/outcome.ts';
import type { SendRequest } from '#delivery/channel.ts';
import { webhookChannel } from './webhook.ts';
import { parseWebhookSecret, renderWebhookSignature } from '#kernel/webhook-signature.ts';

const NOW = parseInstant('2027-03-01T10:00:00.900Z') ?? instant(0);
const URL_TEXT = 'https://hooks.example.org/in/PATH-CANARY?key=QUERY-CANARY';
const SECRET = 'vecchio segreto';

const REQUEST: SendRequest = {
  notification: {
    notificationId: '01900000-0000-7000-8000-000000000001',
    eventType: 'alert.created',
    payload: { title: 'Caduta in cucina', severity: 'critical', tags: ['a', null] },
    createdAt: parseInstant('2027-03-01T09:00:00Z') ?? instant(0),
  },
  config: { url: URL_TEXT },
  secrets: { webhook_secret: SECRET },
  version: '1.2.3',
  now: NOW,
};

function answer(status: number, headers: Readonly<Record<string, string>> = {}): HttpOutcome {
  return { kind: 'answered', status, headers, body: '', durationMs: 1 };
}

async function send(more: Partial<SendRequest> = {}, outcome = answer(200)) {
  const sent: HttpRequest[] = [];
  const http: Http = {
    send: async (request) => {
      sent.push(request);
      return outcome;
    },
  };
  return { outcome: await webhookChannel.send(http, { ...REQUEST, ...more }), sent };
}

async function sendOne(more: Partial<SendRequest> = {}): Promise<HttpRequest> {
  const { sent } = await send(more);
  const [request] = sent;
  assert.ok(request !== undefined && sent.length === 1);
  return request;
}

function classify(status: number, headers: Readonly<Record<string, string>> = {}): SendOutcome {
  const context = { config: REQUEST.config, now: NOW };
  return webhookChannel.classify(answer(status, headers), context);
}

test('the body is event, timestamp and data, in UTF-8', () => {
  const { body } = webhookChannel.render(REQUEST.notification);
  assert.equal(
    decodeUtf8(body),
    '{"event":"alert.created","timestamp":"2027-03-01T09:00:00.000Z",' +
      '"data":{"title":"Caduta in cucina","severity":"critical","tags":["a",null]}}',
  );
});

test('the request carries the headers of Standard Webhooks and is bounded', async () => {
  const request = await sendOne();
  const { 'webhook-signature': signature, ...headers } = request.headers;
  assert.deepEqual(headers, {
    'content-type': 'application/json',
    'user-agent': 'Tocsin/1.2.3',
    'webhook-id': REQUEST.notification.notificationId,
    'webhook-timestamp': '1803895200',
  });
  assert.match(signature ?? '', /^v1,[A-Za-z0-9+/]{43}=$/);
  assert.equal(request.method, 'POST');
  assert.equal(request.url, URL_TEXT);
  assert.equal(request.timeoutMs, LIMITS.webhookTimeoutMs);
  assert.equal(request.answerBytesMax, LIMITS.answerBytesMax);
});

test('the bytes that are signed are the bytes that are sent', async () => {
  const request = await sendOne();
  assert.ok(request.body instanceof Uint8Array);
  const content = {
    id: REQUEST.notification.notificationId,
    timestampS: 1_803_895_200,
    body: request.body,
  };
  const expected = renderWebhookSignature(content, [encodeUtf8(SECRET)]);
  assert.equal(request.headers['webhook-signature'], expected);
});

test('a retry has the same id and body, a new time and a new signature', async () => {
  const first = await sendOne();
  const second = await sendOne({ now: plusMs(NOW, 300_000) });
  assert.equal(second.headers['webhook-id'], first.headers['webhook-id']);
  assert.deepEqual(second.body, first.body);
  assert.equal(second.headers['webhook-timestamp'], '1803895500');
  assert.notEqual(second.headers['webhook-signature'], first.headers['webhook-signature']);
});

test('while a secret is changed over, both sign, the current one first', async () => {
  const old = await sendOne();
  const current = `whsec_${'A'.repeat(32)}`;
  const reading = parseWebhookSecret(current);
  assert.ok(reading.ok);
  const both = await sendOne({
    secrets: { webhook_secret: current, webhook_secret_previous: SECRET },
  });
  const alone = await sendOne({ secrets: { webhook_secret: current } });
  assert.equal(
    both.headers['webhook-signature'],
    `${alone.headers['webhook-signature']} ${old.headers['webhook-signature']}`,
  );
});

test('without a secret nothing is signed, and the check of secrets says so', async () => {
  const request = await sendOne({ secrets: {} });
  assert.equal(Object.hasOwn(request.headers, 'webhook-signature'), false);
  const { errors, warnings } = webhookChannel.checkSecrets({});
  assert.deepEqual(errors, []);
  assert.equal(warnings[0]?.path, 'webhook_secret');
  const signed = { errors: [], warnings: [] };
  assert.deepEqual(webhookChannel.checkSecrets({ webhook_secret: SECRET }), signed);
});

test('a secret that cannot be used stops the send: it is never sent unsigned instead', async () => {
  for (const webhook_secret of ['', 'whsec_short']) {
    const { outcome, sent } = await send({ secrets: { webhook_secret } });
    assert.ok(outcome.kind === 'misconfigured' && outcome.field === 'webhook_secret');
    assert.deepEqual(sent, []);
    assert.equal(webhookChannel.checkSecrets({ webhook_secret }).errors.length, 1);
  }
});

test('a previous secret without a current one is refused when saved', () => {
  const { errors } = webhookChannel.checkSecrets({ webhook_secret_previous: SECRET });
  assert.equal(errors[0]?.path, 'webhook_secret_previous');
});

test('a config that does not read stops the send and names the field', async () => {
  const { outcome, sent } = await send({ config: { url: 'ftp://x' } });
  assert.ok(outcome.kind === 'misconfigured' && outcome.field === 'url');
  assert.deepEqual(sent, []);
});

test('2xx is acceptance, with or without a request to stop', () => {
  for (const status of [200, 201, 202, 204, 299]) {
    const accepted = { kind: 'accepted', providerId: null, httpStatus: status };
    assert.deepEqual(classify(status), accepted);
    assert.deepEqual(classify(status, { 'webhook-delivery': 'abort-message' }), accepted);
  }
});

test('redirects are refusals', () => {
  for (const status of [301, 302, 304, 307, 308]) {
    const rejected = { kind: 'rejected', reason: 'redirected', httpStatus: status };
    assert.deepEqual(classify(status, { location: 'https://else.example' }), rejected);
  }
});

test('410 means the target is gone, named by host without its secret path', () => {
  assert.deepEqual(classify(410), {
    kind: 'target_gone',
    target: 'hooks.example.org',
    httpStatus: 410,
  });
});

test('429 is a rate limit until Retry-After, else for a minute', () => {
  const limited = (ms: number) => ({
    kind: 'rate_limited',
    notBefore: plusMs(NOW, ms),
    httpStatus: 429,
  });
  assert.deepEqual(classify(429, { 'retry-after': '34' }), limited(34_000));
  assert.deepEqual(classify(429), limited(60_000));
  assert.deepEqual(classify(429, { 'retry-after': 'soon' }), limited(60_000));
});

test('5xx, 408 and 425 are tried again, not before Retry-After', () => {
  const rows = [
    [500, 'server_error'],
    [502, 'server_error'],
    [503, 'server_error'],
    [504, 'server_error'],
    [408, 'not_ready'],
    [425, 'not_ready'],
  ] as const;
  for (const [httpStatus, reason] of rows) {
    const retry = { kind: 'retry', reason, httpStatus };
    assert.deepEqual(classify(httpStatus), { ...retry, notBefore: null });
    const later = classify(httpStatus, { 'retry-after': '120' });
    assert.deepEqual(later, { ...retry, notBefore: plusMs(NOW, 120_000) });
  }
});

test('other 4xx are tried again, since receivers get repaired', () => {
  for (const httpStatus of [400, 401, 403, 404, 413, 422]) {
    const retry = { kind: 'retry', reason: 'request_refused', notBefore: null, httpStatus };
    assert.deepEqual(classify(httpStatus), retry);
  }
});

test('a target that asks to stop is not tried again', () => {
  for (const httpStatus of [400, 429, 503]) {
    assert.deepEqual(classify(httpStatus, { 'webhook-delivery': 'abort-message' }), {
      kind: 'rejected',
      reason: 'stopped_by_target',
      httpStatus,
    });
  }
});

test('a private address is a fault of the config, with the way to allow it', async () => {
  const refused: HttpOutcome = {
    kind: 'unsent',
    reason: 'address_refused',
    detail: 'refused range (loopback)',
    durationMs: 0,
  };
  const { outcome } = await send({}, refused);
  assert.ok(outcome.kind === 'misconfigured' && outcome.field === 'url');
  assert.match(outcome.hint, /loopback.*TOCSIN_ALLOW_PRIVATE_TARGETS/);
});

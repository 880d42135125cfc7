import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeUtf8, encodeUtf8 } from '#kernel/crypto.ts';
import { instant, parseInstant, plusMs } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { HttpFailure, HttpOutcome, HttpRequest } from '#kernel/ports.ts';
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
    subjectId: 'al_1',
    address: null,
    recipient: 'Stanza 4',
    language: 'it',
    actions: null,
    receiptUrl: null,
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
  const ports = {
    http: {
      send: async (request: HttpRequest) => {
        sent.push(request);
        return outcome;
      },
    },
    smtp: { send: () => Promise.reject(new Error('webhooks go out over http')) },
  };
  return { outcome: await webhookChannel.send(ports, { ...REQUEST, ...more }), sent };
}

async function sendOne(more: Partial<SendRequest> = {}): Promise<HttpRequest> {
  const { sent } = await send(more);
  const [request] = sent;
  assert.ok(request !== undefined && sent.length === 1);
  return request;
}

async function classify(status: number, headers: Readonly<Record<string, string>> = {}) {
  return (await send({}, answer(status, headers))).outcome;
}

const addressed = (address: string): Partial<SendRequest> => ({
  notification: { ...REQUEST.notification, address },
});

function unsent(reason: HttpFailure, detail = 'refused range (loopback)'): HttpOutcome {
  return { kind: 'unsent', reason, detail, durationMs: 0 };
}

test('the body is event, timestamp and data, in UTF-8', () => {
  const { body } = webhookChannel.render(REQUEST.notification, REQUEST.config);
  assert.equal(
    decodeUtf8(body),
    '{"event":"alert.created","timestamp":"2027-03-01T09:00:00.000Z",' +
      '"data":{"title":"Caduta in cucina","severity":"critical","tags":["a",null],' +
      '"action_url":null,"receipt_url":null}}',
  );
});

test('where an answer is asked for, the body says where, and the receipt goes beside it', () => {
  const page = 'https://hub.example/a/t0';
  const actions = { page, seen: 's', calling: 'c', cannot: 'n', resolve: 'r' };
  const receiptUrl = 'https://hub.example/r/t5';
  const payload = { title: 'Caduta', action_url: null };
  const notification = { ...REQUEST.notification, payload, actions, receiptUrl };
  const { body } = webhookChannel.render(notification, REQUEST.config);
  const read: unknown = JSON.parse(decodeUtf8(body) ?? '');
  assert.deepEqual(read, {
    event: 'alert.created',
    timestamp: '2027-03-01T09:00:00.000Z',
    data: { title: 'Caduta', action_url: page, receipt_url: receiptUrl },
  });
});

test('the URL of whoever gets it goes before the one in the config, signed as ever', async () => {
  const own = 'https://own.example.net/in?key=OWN';
  const request = await sendOne(addressed(own));
  assert.equal(request.url, own);
  const shared = await sendOne();
  assert.equal(request.headers['webhook-signature'], shared.headers['webhook-signature']);
  assert.deepEqual(await send(addressed(own), answer(410)).then(({ outcome }) => outcome), {
    kind: 'target_gone',
    target: 'own.example.net',
    httpStatus: 410,
  });
});

test('the URL of one person that cannot be used is no fault of the channel', async () => {
  for (const address of ['', 'ftp://x', 'https://u:p@x', 'https://x\r\ny: z z']) {
    assert.ok(webhookChannel.findAddressFault(address) !== null, address);
    const { outcome, sent } = await send(addressed(address));
    assert.deepEqual(outcome, { kind: 'rejected', reason: 'url_invalid', httpStatus: null });
    assert.deepEqual(sent, []);
  }
  for (const reason of ['address_refused', 'url_invalid'] as const) {
    const { outcome } = await send(addressed('https://own.example.net'), unsent(reason));
    assert.deepEqual(outcome, { kind: 'rejected', reason, httpStatus: null });
  }
  assert.equal(webhookChannel.findAddressFault('https://own.example.net/in'), null);
  assert.deepEqual(webhookChannel.listAddresses(REQUEST.config), []);
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
  const { errors, warnings } = webhookChannel.checkSecrets({}, null);
  assert.deepEqual(errors, []);
  assert.equal(warnings[0]?.path, 'webhook_secret');
  const signed = { errors: [], warnings: [] };
  assert.deepEqual(webhookChannel.checkSecrets({ webhook_secret: SECRET }, null), signed);
});

test('a secret that cannot be used stops the send: it is never sent unsigned instead', async () => {
  for (const webhook_secret of ['', 'whsec_short']) {
    const { outcome, sent } = await send({ secrets: { webhook_secret } });
    assert.ok(outcome.kind === 'misconfigured' && outcome.field === 'webhook_secret');
    assert.deepEqual(sent, []);
    assert.equal(webhookChannel.checkSecrets({ webhook_secret }, null).errors.length, 1);
  }
});

test('a previous secret without a current one is refused when saved', () => {
  const { errors } = webhookChannel.checkSecrets({ webhook_secret_previous: SECRET }, null);
  assert.equal(errors[0]?.path, 'webhook_secret_previous');
});

test('a config that does not read stops the send and names the field', async () => {
  const { outcome, sent } = await send({ config: { url: 'ftp://x' } });
  assert.ok(outcome.kind === 'misconfigured' && outcome.field === 'url');
  assert.deepEqual(sent, []);
});

test('2xx is acceptance, with or without a request to stop', async () => {
  for (const status of [200, 201, 202, 204, 299]) {
    const accepted = { kind: 'accepted', providerId: null, httpStatus: status };
    assert.deepEqual(await classify(status), accepted);
    assert.deepEqual(await classify(status, { 'webhook-delivery': 'abort-message' }), accepted);
  }
});

test('redirects are refusals', async () => {
  for (const status of [301, 302, 304, 307, 308]) {
    const rejected = { kind: 'rejected', reason: 'redirected', httpStatus: status };
    assert.deepEqual(await classify(status, { location: 'https://else.example' }), rejected);
  }
});

test('410 means the target is gone, named by host without its secret path', async () => {
  assert.deepEqual(await classify(410), {
    kind: 'target_gone',
    target: 'hooks.example.org',
    httpStatus: 410,
  });
});

test('429 is a rate limit until Retry-After, else for a minute', async () => {
  const limited = (ms: number) => ({
    kind: 'rate_limited',
    notBefore: plusMs(NOW, ms),
    httpStatus: 429,
  });
  assert.deepEqual(await classify(429, { 'retry-after': '34' }), limited(34_000));
  assert.deepEqual(await classify(429), limited(60_000));
  assert.deepEqual(await classify(429, { 'retry-after': 'soon' }), limited(60_000));
});

test('5xx, 408 and 425 are tried again, not before Retry-After', async () => {
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
    assert.deepEqual(await classify(httpStatus), { ...retry, notBefore: null });
    const later = await classify(httpStatus, { 'retry-after': '120' });
    assert.deepEqual(later, { ...retry, notBefore: plusMs(NOW, 120_000) });
  }
});

test('other 4xx are tried again, since receivers get repaired', async () => {
  for (const httpStatus of [400, 401, 403, 404, 413, 422]) {
    const retry = { kind: 'retry', reason: 'request_refused', notBefore: null, httpStatus };
    assert.deepEqual(await classify(httpStatus), retry);
  }
});

test('a target that asks to stop is not tried again', async () => {
  for (const httpStatus of [400, 429, 503]) {
    assert.deepEqual(await classify(httpStatus, { 'webhook-delivery': 'abort-message' }), {
      kind: 'rejected',
      reason: 'stopped_by_target',
      httpStatus,
    });
  }
});

test('a private address is a fault of the config, with the way to allow it', async () => {
  const { outcome } = await send({}, unsent('address_refused'));
  assert.ok(outcome.kind === 'misconfigured' && outcome.field === 'url');
  assert.match(outcome.hint, /loopback.*TOCSIN_ALLOW_PRIVATE_TARGETS/);
});

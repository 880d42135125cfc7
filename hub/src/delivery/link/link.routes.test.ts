import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createHmacSha256 } from '#kernel/crypto.ts';
import { notificationId } from '#kernel/id.ts';
import { type Instant, MS_PER_DAY, plusMs } from '#kernel/instant.ts';
import { createHttpServer } from '#platform/http/http-server.ts';
import type { ActionResult } from '#delivery/text/action-page.ts';
import { createRecordingLog } from '#test/support/log.ts';
import { START } from '#test/support/samples/alert.ts';
import { type LinkSubject, type Pressed, registerLinkRoutes } from './link.routes.ts';
import { type LinkPurpose, renderLinkToken } from './token.ts';

const sign = createHmacSha256('key of these tests');
const MESSAGE = notificationId('0190a000-0000-7000-8000-000000000001');

const SUBJECT: LinkSubject = {
  language: 'en',
  recipient: 'Anna',
  alert: {
    title: 'Fall in room 12',
    severity: 'critical',
    status: 'PENDING',
    place: { areaId: null, cameraId: null, deviceId: null },
    sinceAt: START,
    holder: null,
    isTest: false,
  },
};

type Received = { readonly status: string };

function open(how: { readonly now?: Instant; readonly subject?: LinkSubject | null } = {}) {
  const pressed: Pressed[] = [];
  const received: Received[] = [];
  const server = createHttpServer({
    log: createRecordingLog(),
    authenticate: () => Promise.resolve(null),
    onAnswer: () => undefined,
  });
  const subject = how.subject === undefined ? SUBJECT : how.subject;
  const result: ActionResult = { kind: 'calling_next', name: 'Ben' };
  registerLinkRoutes(server, {
    sign,
    clock: { now: () => how.now ?? START },
    find: () => Promise.resolve(subject),
    press: (_link, one) => {
      pressed.push(one);
      return Promise.resolve(subject === null ? null : { subject, result });
    },
    receive: (_link, status) => {
      received.push({ status });
      return Promise.resolve({ isChanged: true });
    },
  });
  return { server, pressed, received };
}

function tokenOf(purpose: LinkPurpose, expiresAt = plusMs(START, MS_PER_DAY)): string {
  return renderLinkToken({ purpose, linkNo: 1, notificationId: MESSAGE, expiresAt }, sign);
}

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

describe('the page behind a link', () => {
  test('is shown to whoever has it, and showing it answers nothing', async () => {
    const { server, pressed } = open();
    for (const method of ['GET', 'HEAD'] as const) {
      const answer = await server.inject({ method, url: `/a/${tokenOf('seen')}` });
      assert.equal(answer.statusCode, 200);
    }
    const page = await server.inject({ method: 'GET', url: `/a/${tokenOf('page')}` });
    assert.match(page.body, /Fall in room 12/);
    assert.deepEqual(pressed, []);
  });

  test('runs nothing, loads nothing, stands in no frame, is kept nowhere', async () => {
    const { headers, body } = await open().server.inject({
      method: 'GET',
      url: `/a/${tokenOf('page')}`,
    });
    const policy = String(headers['content-security-policy']);
    for (const part of ["default-src 'none'", "frame-ancestors 'none'", "form-action 'self'"]) {
      assert.ok(policy.includes(part), policy);
    }
    assert.ok(!policy.includes('unsafe'));
    assert.equal(headers['cache-control'], 'no-store');
    assert.equal(headers['referrer-policy'], 'no-referrer');
    assert.doesNotMatch(body, /<script|https?:/);
    assert.ok(Buffer.byteLength(body) <= 14 * 1024);
  });

  test('that has run out, or is none of ours, says so without saying more', async () => {
    const late = open({ now: plusMs(START, 2 * MS_PER_DAY) });
    const { statusCode } = await late.server.inject({ url: `/a/${tokenOf('page')}` });
    assert.equal(statusCode, 410);
    const { server, pressed } = open();
    const forged = `${tokenOf('page').slice(0, -1)}_`;
    for (const token of ['x', forged, tokenOf('receipt'), 'a'.repeat(200)]) {
      const shown = await server.inject({ method: 'GET', url: `/a/${token}` });
      const posted = await server.inject({ method: 'POST', url: `/a/${token}`, payload: {} });
      assert.deepEqual([shown.statusCode, posted.statusCode], [404, 404], token);
      assert.doesNotMatch(shown.body, /room 12/);
    }
    assert.deepEqual(pressed, []);
  });

  test('of a message that is gone is unknown', async () => {
    const { server } = open({ subject: null });
    for (const method of ['GET', 'POST'] as const) {
      const answer = await server.inject({ method, url: `/a/${tokenOf('seen')}` });
      assert.equal(answer.statusCode, 404);
    }
  });
});

describe('an answer from a link', () => {
  async function post(purpose: LinkPurpose, payload: string | object, headers = {}) {
    const opened = open();
    const url = `/a/${tokenOf(purpose)}`;
    const answer = await opened.server.inject({ method: 'POST', url, payload, headers });
    return { answer, pressed: opened.pressed };
  }

  test('is what the form says, or what the link is for', async () => {
    const byForm = await post('page', 'action=cannot', FORM);
    assert.deepEqual(byForm.pressed, [{ action: 'cannot', outcome: null, detail: null }]);
    assert.match(byForm.answer.body, /Ben/);
    const byLink = await post('calling', '', FORM);
    assert.equal(byLink.pressed[0]?.action, 'calling');
    const byJson = await post('page', { action: 'seen' });
    assert.equal(byJson.pressed[0]?.action, 'seen');
  });

  test('of a resolve has its outcome and its words, cut to what a line can hold', async () => {
    const body = `action=resolve&outcome=help_sent&detail=${'x'.repeat(3_000)}`;
    const { pressed } = await post('resolve', body, FORM);
    assert.equal(pressed[0]?.outcome, 'help_sent');
    assert.equal(pressed[0].detail?.length, 500);
    const odd = await post('resolve', 'action=resolve&outcome=eaten', FORM);
    assert.equal(odd.pressed[0]?.outcome, null);
  });

  test('with the longest note that the page lets in is taken, in any script', async () => {
    const { body } = await open().server.inject({ url: `/a/${tokenOf('resolve')}` });
    const charsMax = Number(/maxlength="(\d+)"/.exec(body)?.[1]);
    const detail = '跌'.repeat(charsMax);
    const form = new URLSearchParams({ action: 'resolve', outcome: 'fixed', detail }).toString();
    const { answer, pressed } = await post('resolve', form, FORM);
    assert.equal(answer.statusCode, 200, answer.body);
    assert.equal(pressed[0]?.detail, detail);
  });

  test('that is none is refused, and answers nothing', async () => {
    for (const payload of ['action=delete', 'action=receipt', 'outcome=fixed']) {
      const { answer, pressed } = await post('page', payload, FORM);
      assert.equal(answer.statusCode, 422, payload);
      assert.deepEqual(pressed, []);
    }
    const large = await post('page', `action=seen&x=${'x'.repeat(9_000)}`, FORM);
    assert.equal(large.answer.statusCode, 413);
    const text = await post('page', 'action=seen', { 'content-type': 'text/plain' });
    assert.equal(text.answer.statusCode, 415);
  });
});

describe('a receipt', () => {
  async function post(token: string, payload?: object) {
    const opened = open();
    const url = `/api/v1/receipts/${token}`;
    const answer = await opened.server.inject({
      method: 'POST',
      url,
      ...(payload === undefined ? {} : { payload }),
    });
    return { answer, received: opened.received };
  }

  test('without a body says that the message was delivered', async () => {
    const { answer, received } = await post(tokenOf('receipt'));
    assert.deepEqual(received, [{ status: 'delivered' }]);
    assert.deepEqual(answer.json(), { status: 'delivered', changed: true });
  });

  test('can say that it was read, and nothing else', async () => {
    const read = await post(tokenOf('receipt'), { status: 'read' });
    assert.deepEqual(read.received, [{ status: 'read' }]);
    const odd = await post(tokenOf('receipt'), { status: 'acknowledged' });
    assert.equal(odd.answer.statusCode, 422);
    assert.deepEqual(odd.received, []);
  });

  test('needs the link of a receipt: one that answers is no receipt', async () => {
    for (const purpose of ['page', 'seen', 'calling', 'cannot', 'resolve'] as const) {
      assert.equal((await post(tokenOf(purpose))).answer.statusCode, 404, purpose);
    }
    const late = tokenOf('receipt', plusMs(START, -1_000));
    const { answer } = await post(late);
    assert.equal(answer.statusCode, 410);
    assert.match(answer.body, /"link_expired"/);
  });

  test('is never given by a GET', async () => {
    const { server, received } = open();
    const url = `/api/v1/receipts/${tokenOf('receipt')}`;
    assert.equal((await server.inject({ method: 'GET', url })).statusCode, 405);
    assert.deepEqual(received, []);
  });
});

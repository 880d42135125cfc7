/**
 * Answering from the message: the signed links of a call. GET shows a page and changes nothing;
 * POST acts. What a page says is the English of delivery/text/phrases.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JsonObject } from '#kernel/syntax/json.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { Answer } from '#test/support/hub/calls.ts';
import type { TestHub } from '#test/support/hub.ts';
import { shareTestHub } from '#test/support/hub/shared.ts';
import {
  addPolicy,
  listEvents,
  listMessages,
  listReceived,
  moveTo,
  pathOf,
  tellStory,
} from '#test/support/hub/story.ts';

/** How a webhook address of a person is shown. */
const HOOK = 'webhook 127.0.0.1';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

/** A fresh alert whose first message has arrived, and the page behind it. */
async function raiseWithPage(hub: TestHub, fields: JsonObject = {}) {
  const id = await hub.raise(fields);
  await hub.settle();
  return { id, page: pathOf(listReceived(hub, id)[0], 'action_url') };
}

/** As the browser of somebody without a login sends the form of the page. */
function press(hub: TestHub, page: string, fields: Readonly<Record<string, string>>) {
  const raw = new URLSearchParams(fields).toString();
  return hub.call(`POST ${page}`, undefined, { key: null, raw, headers: FORM });
}

function assertPage(answer: Answer, status: number, says: RegExp): void {
  assert.equal(answer.status, status, answer.text);
  assert.match(String(answer.headers['content-type']), /^text\/html/);
  assert.match(answer.text, says);
  assert.ok(Buffer.byteLength(answer.text) <= LIMITS.actionPageBytesMax);
  const policy = String(answer.headers['content-security-policy']);
  assert.match(policy, /^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self'/);
  assert.match(policy, /frame-ancestors 'none'; base-uri 'none'$/);
  assert.equal(answer.headers['cache-control'], 'no-store');
  assert.equal(answer.headers['referrer-policy'], 'no-referrer');
  assert.equal(answer.headers['x-content-type-options'], 'nosniff');
  assert.match(String(answer.headers['x-robots-tag']), /noindex/);
  assert.doesNotMatch(answer.text, /<script|<img|<link|\son\w+=|https?:\/\//i);
}

describe('the page behind the link of a message', () => {
  const shared = shareTestHub();

  test('GET shows the alert and what can be answered, and changes nothing', async () => {
    const hub = shared();
    const { id, page } = await raiseWithPage(hub, { title: 'Fall in room 12', area_id: '14' });
    const before = [await hub.alert(id), await tellStory(hub, id), await listMessages(hub, id)];
    for (let count = 0; count < 3; count += 1) {
      assertPage(await hub.call(`GET ${page}`, undefined, { key: null }), 200, /Fall in room 12/);
    }
    const head = await hub.call(`HEAD ${page}`, undefined, { key: null });
    assert.deepEqual([head.status, head.text], [200, '']);
    await hub.settle();
    assert.deepEqual(
      [await hub.alert(id), await tellStory(hub, id), await listMessages(hub, id)],
      before,
    );
  });

  test('what the sender wrote is text on it, and the longest titles leave it small', async () => {
    const hub = shared();
    const title = `<script>alert(1)</script>${'&"\'<'.repeat(240)}`;
    const { page } = await raiseWithPage(hub, { title, area_id: '<b>'.repeat(80) });
    assertPage(await hub.call(`GET ${page}`, undefined, { key: null }), 200, /&lt;script&gt;/);
  });

  test('other methods are not there', async () => {
    const hub = shared();
    const { id, page } = await raiseWithPage(hub);
    for (const method of ['PUT', 'DELETE', 'PATCH']) {
      const answer = await hub.call(`${method} ${page}`, undefined, { key: null });
      assert.equal(answer.status, 405, method);
    }
    assert.equal((await hub.alert(id))['status'], 'PENDING');
  });

  for (const [action, intent, says] of [
    ['seen', 'seen', /You have it\. Thank you\..*you saw it/s],
    ['calling', 'calling', /You have it\. Thank you\..*you are calling/s],
  ] as const) {
    test(`POST ${action} acknowledges it in the name of whoever had the message`, async () => {
      const hub = shared();
      const { id, page } = await raiseWithPage(hub);
      await hub.advance({ minutes: 1 });
      assertPage(await press(hub, page, { action }), 200, says);
      const alert = await hub.alert(id);
      assert.deepEqual([alert['status'], alert['intent']], ['ACKNOWLEDGED', intent]);
      assert.equal(alert['acknowledged_by'], 'ops');
      assert.equal(
        (await tellStory(hub, id)).at(-1),
        `1:00 STATUS_CHANGED PENDING -> ACKNOWLEDGED | ${intent} (ops)`,
      );
      assert.equal((await listMessages(hub, id))[0], 'ops created read', 'it has been read');
      const [who] = await hub.query(
        `select auth_method from timeline where alert_id = $1 and kind = 'STATUS_CHANGED'`,
        [id],
      );
      assert.equal(who?.['auth_method'], 'action_link');
    });
  }

  test('pressed twice it is answered once: the same page, and nobody is told again', async () => {
    const hub = shared();
    const { id, page } = await raiseWithPage(hub);
    for (let count = 0; count < 2; count += 1) {
      assertPage(await press(hub, page, { action: 'calling' }), 200, /You have it/);
      await hub.settle();
    }
    assert.deepEqual(listEvents(hub, id), ['created', 'acknowledged']);
    assert.equal((await hub.alert(id))['notification_count'], 1);
  });

  test('somebody else has it already: the page says who', async () => {
    const hub = shared();
    const { id, page } = await raiseWithPage(hub);
    await hub.acknowledge(id);
    assertPage(await press(hub, page, { action: 'seen' }), 200, /admin key already has it/);
    assert.equal((await hub.alert(id))['acknowledged_by'], 'admin key');
  });

  test('POST resolve asks what happened, and records it', async () => {
    const hub = shared();
    const { id, page } = await raiseWithPage(hub);
    assertPage(await press(hub, page, { action: 'resolve' }), 200, /choose what happened/);
    for (const outcome of ['', 'unconfirmed', 'resolved_by_source', '<b>']) {
      const again = await press(hub, page, { action: 'resolve', outcome });
      assertPage(again, 200, /choose what happened/);
    }
    assert.equal((await hub.alert(id))['status'], 'PENDING');
    const fields = { action: 'resolve', outcome: 'help_sent', detail: 'ambulance came' };
    assertPage(await press(hub, page, fields), 200, /Resolved\. Thank you/);
    assert.equal(
      (await tellStory(hub, id)).at(-1),
      '0:00 STATUS_CHANGED PENDING -> RESOLVED | help_sent | ambulance came (ops)',
    );
  });

  test('an alert that is RESOLVED: every button says so and changes nothing', async () => {
    const hub = shared();
    const { id, page } = await raiseWithPage(hub);
    await hub.acknowledge(id);
    await moveTo(hub, id, { status: 'RESOLVED', outcome: 'false_alarm' });
    const { version } = await hub.alert(id);
    for (const action of ['seen', 'calling', 'cannot', 'resolve']) {
      const answer = await press(hub, page, { action, outcome: 'fixed' });
      assertPage(answer, 200, /Already resolved/);
    }
    const alert = await hub.alert(id);
    assert.deepEqual([alert['version'], alert['outcome']], [version, 'false_alarm']);
    const shown = await hub.call(`GET ${page}`, undefined, { key: null });
    assert.doesNotMatch(shown.text, /<button/);
  });

  test('an alert that is EXPIRED: a late answer is noted and closes it', async () => {
    const hub = shared();
    const policy_id = await addPolicy(hub, 'late link', { delays: [10], expire_after_s: 30 });
    for (const action of ['seen', 'calling', 'resolve']) {
      const { id, page } = await raiseWithPage(hub, { policy_id });
      await hub.advance({ minutes: 1 });
      const answer = await press(hub, page, { action, outcome: 'fixed' });
      assertPage(answer, 200, /Noted and closed/);
      const alert = await hub.alert(id);
      assert.deepEqual([alert['status'], alert['closed_by']], ['EXPIRED', 'ops']);
    }
  });

  test('an alert that is EXPIRED: "I cannot" is noted, and it stays on the board', async () => {
    const hub = shared();
    const policy_id = await addPolicy(hub, 'late cannot', { delays: [10], expire_after_s: 30 });
    const { id, page } = await raiseWithPage(hub, { policy_id });
    await hub.advance({ minutes: 1 });
    const answer = await press(hub, page, { action: 'cannot' });
    assertPage(answer, 200, /nobody else is left/);
    assert.doesNotMatch(answer.text, /the alert is closed/);
    assert.equal((await hub.alert(id))['closed_at'], null);
    assert.equal((await tellStory(hub, id)).at(-1), '1:00 NOTE cannot come (ops)');
  });
});

describe('"I cannot" calls the next responder at once', () => {
  const shared = shareTestHub();

  test('the one after those who were called; each message declines once', async () => {
    const hub = shared();
    for (const name of ['ada', 'ben']) {
      const address = hub.receiver.url(`/${name}`);
      await hub.create('/api/v1/responders', {
        name,
        addresses: [{ channel_type: 'webhook', address }],
      });
    }
    const policy_id = await addPolicy(hub, 'patient', { delays: [600], min_interval_s: 300 });
    const { id, page } = await raiseWithPage(hub, { policy_id });
    const cannot = { action: 'cannot', detail: 'I am away' };
    assertPage(
      await press(hub, page, cannot),
      200,
      /ada \(webhook 127\.0\.0\.1\) is being called now/,
    );
    assertPage(await press(hub, page, cannot), 200, /The next person is being called now/);
    await hub.settle();
    const listPaths = () => listReceived(hub, id).map(({ path }) => path);
    assert.deepEqual(listPaths(), ['/ops', '/ada']);
    const adas = pathOf(listReceived(hub, id).at(-1), 'action_url');
    assertPage(
      await press(hub, adas, { action: 'cannot' }),
      200,
      /ben \(webhook 127\.0\.0\.1\) is being called/,
    );
    await hub.settle();
    assert.deepEqual(listPaths(), ['/ops', '/ada', '/ben']);
    assert.equal((await hub.alert(id))['status'], 'PENDING', 'nobody has it yet');
    const story = (await tellStory(hub, id)).filter((line) => !line.includes('NOTIFICATION'));
    assert.deepEqual(story.slice(1), [
      '0:00 NOTE cannot come | I am away (ops)',
      `0:00 ESCALATED Next responder | level 0, send #2, high | calling ada (${HOOK}) (Tocsin)`,
      '0:00 NOTE cannot come | I am away (ops)',
      '0:00 NOTE cannot come (ada)',
      `0:00 ESCALATED Next responder | level 0, send #3, high | calling ben (${HOOK}) (Tocsin)`,
    ]);
  });

  test('whoever has it cannot: the next one is called; from others it is noted', async () => {
    const hub = shared();
    const { id, page } = await raiseWithPage(hub);
    await hub.call(`POST /api/v1/alerts/${id}/escalate`, { whom: 'responder' });
    await hub.settle();
    const other = pathOf(listReceived(hub, id).at(-1), 'action_url');
    await press(hub, page, { action: 'calling' });
    const before = listReceived(hub, id).length;
    assertPage(await press(hub, other, { action: 'cannot' }), 200, /ops already has it/);
    await hub.settle();
    const calls = () => listEvents(hub, id).filter((event) => event === 'escalated').length;
    assert.equal(calls(), 1, `${before} messages`);
    await press(hub, page, { action: 'cannot' });
    await hub.settle();
    assert.equal(calls(), 2);
  });
});

describe('links that are not good', () => {
  const shared = shareTestHub();

  test('an expired link is 410, and does nothing', async () => {
    const hub = shared();
    const how = { delays: [600], expire_after_s: 30 * 86_400 };
    const { id, page } = await raiseWithPage(hub, { policy_id: await addPolicy(hub, 'long', how) });
    const receipt = pathOf(listReceived(hub, id)[0], 'receipt_url');
    hub.clock.advanceMs(LIMITS.linkAgeMaxMs - 1_000);
    assert.equal((await hub.call(`GET ${page}`, undefined, { key: null })).status, 200);
    hub.clock.advanceMs(1_000);
    assertPage(await hub.call(`GET ${page}`, undefined, { key: null }), 410, /too old|expired/i);
    assertPage(await press(hub, page, { action: 'seen' }), 410, /too old|expired/i);
    const late = await hub.call(`POST ${receipt}`, {}, { key: null });
    assert.deepEqual([late.status, late.at('error.code')], [410, 'link_expired']);
    await hub.settle();
    assert.notEqual((await hub.alert(id))['status'], 'ACKNOWLEDGED');
  });

  test('garbage is 404: each bit of a token counts', async () => {
    const hub = shared();
    const { id, page } = await raiseWithPage(hub);
    const token = page.slice('/a/'.length);
    const flipped = token.split('').map((char, at) => {
      const other = char === 'A' ? 'Q' : 'A';
      return `${token.slice(0, at)}${other}${token.slice(at + 1)}`;
    });
    const wrong = [...flipped, 'x', token.slice(1), `${token}A`, 'A'.repeat(64), 'A'.repeat(99)];
    for (const garbage of wrong) {
      const answer = await press(hub, `/a/${garbage}`, { action: 'seen' });
      assert.equal(answer.status, 404, garbage);
    }
    for (const odd of ['%00', '..%2f..', '%F0%9F%94%A5', `${token}%0A`]) {
      const { status } = await hub.call(`GET /a/${odd}`, undefined, { key: null });
      assert.ok(status === 404 || status === 400, `${odd}: ${status}`);
    }
    assert.equal((await hub.alert(id))['status'], 'PENDING');
  });

  test('a link for one purpose is no link for another', async () => {
    const hub = shared();
    const { id, page } = await raiseWithPage(hub);
    const receipt = pathOf(listReceived(hub, id)[0], 'receipt_url').split('/').at(-1);
    const shown = await hub.call(`GET /a/${receipt}`, undefined, { key: null });
    assertPage(shown, 404, /not|unknown/i);
    assert.equal((await press(hub, `/a/${receipt}`, { action: 'seen' })).status, 404);
    const action = page.split('/').at(-1);
    const received = await hub.call(`POST /api/v1/receipts/${action}`, {}, { key: null });
    assert.equal(received.status, 404);
    assert.equal((await hub.alert(id))['status'], 'PENDING');
  });

  test('an action that there is not is refused, and changes nothing', async () => {
    const hub = shared();
    const { id, page } = await raiseWithPage(hub);
    for (const action of ['receipt', 'page', 'expire', 'toString', '__proto__', '<b>']) {
      const answer = await press(hub, page, { action });
      assert.equal(answer.status, 422, action);
    }
    assert.equal((await hub.alert(id))['status'], 'PENDING');
  });

  test('JSON does what a form does; what is neither is refused', async () => {
    const hub = shared();
    const { id, page } = await raiseWithPage(hub);
    for (const [body, status] of [
      [[], 422],
      [null, 422],
      ['seen', 422],
      [{ action: 3 }, 422],
      [{ action: ['seen'] }, 422],
    ] as const) {
      const raw = JSON.stringify(body);
      const answer = await hub.call(`POST ${page}`, undefined, { key: null, raw });
      assert.equal(answer.status, status, raw);
    }
    for (const type of ['text/plain', 'multipart/form-data; boundary=x']) {
      const sent = { key: null, raw: 'action=seen', headers: { 'content-type': type } };
      assert.equal((await hub.call(`POST ${page}`, undefined, sent)).status, 415, type);
    }
    assert.equal((await hub.alert(id))['status'], 'PENDING');
    const json = await hub.call(`POST ${page}`, { action: 'seen' }, { key: null });
    assertPage(json, 200, /You have it/);
  });

  test('a form that is too large is refused, a long note is cut', async () => {
    const hub = shared();
    const { id, page } = await raiseWithPage(hub);
    const large = await press(hub, page, { action: 'seen', detail: 'x'.repeat(9_000) });
    assert.equal(large.status, 413);
    assert.equal((await hub.alert(id))['status'], 'PENDING');
    await press(hub, page, { action: 'seen', detail: `\0${'x'.repeat(2_000)}` });
    const line = (await tellStory(hub, id)).at(-1) ?? '';
    assert.match(line, new RegExp(` \\| x{${LIMITS.linkDetailCharsMax}} \\(ops\\)$`));
  });

  test('a notice only tells: it has no link that answers', async () => {
    const hub = shared();
    const { id } = await raiseWithPage(hub);
    await hub.acknowledge(id);
    await hub.settle();
    const told = listReceived(hub, id).at(-1);
    assert.deepEqual([told?.body['event'], told?.data['action_url']], ['alert.acknowledged', null]);
  });

  test('a form is read by the page alone, nowhere else', async () => {
    const hub = shared();
    const id = await hub.raise();
    const sent = { raw: 'status=SEEN', headers: FORM };
    const answer = await hub.call(`POST /api/v1/alerts/${id}/status`, undefined, sent);
    assert.equal(answer.status, 415);
  });
});

/** A channel is tried before an alarm needs it: a message now, and what came of it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { channelTestAnswer } from '#contract/delivery/channel-test.ts';
import { parseWire } from '#contract/wire.ts';
import type { JsonObject } from '#kernel/syntax/json.ts';
import type { TestHub } from '#test/support/hub.ts';
import { type Answer, type CallOptions, listItems } from '#test/support/hub/calls.ts';
import { typeCommand } from '#test/support/hub/command-line.ts';
import { WEBHOOK_SECRET } from '#test/support/hub/receiver.ts';
import { shareTestHub } from '#test/support/hub/shared.ts';
import { patch } from '#test/support/hub/story.ts';
import { readMail } from '#test/support/mail/mail-reader.ts';
import { startMailServer } from '#test/support/mail/mail-server.ts';
import { until } from '#test/support/until.ts';

const pathOf = (id: string) => `/api/v1/channels/${id}`;

/** After the pause that two tests of a channel keep. */
async function tryOut(
  hub: TestHub,
  id: string,
  asked: { readonly body?: JsonObject; readonly by?: CallOptions } = {},
): Promise<Answer> {
  hub.clock.advanceMs(2_000);
  const answer = await hub.call(`POST ${pathOf(id)}/test`, asked.body, asked.by);
  assert.equal(answer.status, 200, answer.text);
  const reading = parseWire(channelTestAnswer, answer.body);
  assert.ok(reading.ok, reading.ok ? '' : JSON.stringify(reading.details));
  return answer;
}

describe('a channel test', () => {
  const shared = shareTestHub({ isTelling: false });

  test('sends a signed message that says it is a test, and stores nothing', async () => {
    const hub = shared();
    const id = await hub.tell('/ops');
    const answer = await tryOut(hub, id);
    const told = ['outcome', 'http_status', 'error', 'hint'].map((name) => answer.at(name));
    assert.deepEqual(told, ['accepted', 200, null, null]);
    const [received] = hub.receiver.received('/ops');
    assert.equal(received?.isSigned, true);
    assert.equal(received?.body['event'], 'test');
    const { is_test, channel, sent_by, project_id, action_url } = received?.data ?? {};
    assert.deepEqual([is_test, channel, sent_by], [true, 'ops', 'admin key']);
    assert.deepEqual([project_id, action_url], ['default', null]);
    for (const table of ['notification', 'attempt', 'alert', 'event', 'timeline']) {
      assert.equal(await hub.countRows(table), 0, table);
    }
    assert.doesNotMatch(answer.text, /whsec|127\.0\.0\.1/);
  });

  test('says what the target answered, and what to look at', async () => {
    const hub = shared();
    const id = await hub.tell('/refusing');
    for (const [status, outcome, error] of [
      [404, 'retry', /^request_refused: /],
      [500, 'retry', /^server_error: /],
      [302, 'rejected', /^redirected: /],
      [410, 'target_gone', /^target_gone: /],
      [429, 'rate_limited', /^rate_limited: /],
    ] as const) {
      hub.receiver.answerNext('/refusing', status);
      const answer = await tryOut(hub, id);
      assert.deepEqual([answer.at('outcome'), answer.at('http_status')], [outcome, status]);
      assert.match(answer.textAt('error'), error);
    }
    assert.match((await tryOutBroken(hub, id)).textAt('hint'), /Does it speak what the channel/);
    const reset = await tryOut(hub, id);
    assert.equal(reset.at('outcome'), 'accepted', 'nothing of a test is held against the channel');
  });

  async function tryOutBroken(hub: TestHub, id: string): Promise<Answer> {
    hub.receiver.answerNext('/refusing', 'reset');
    const answer = await tryOut(hub, id);
    assert.deepEqual([answer.at('outcome'), answer.at('http_status')], ['ambiguous', null]);
    return answer;
  }

  test('goes to another address when one is given, if it is one', async () => {
    const hub = shared();
    const id = await hub.tell('/own');
    const address = hub.receiver.url('/somebody');
    assert.equal((await tryOut(hub, id, { body: { address } })).at('outcome'), 'accepted');
    assert.equal(hub.receiver.received('/own').length, 0);
    assert.equal(hub.receiver.received('/somebody').length, 1);
    const private_ = await tryOut(hub, id, { body: { address: 'http://10.0.0.1/' } });
    assert.deepEqual([private_.at('outcome'), private_.at('http_status')], ['rejected', null]);
    assert.match(private_.textAt('error'), /^address_refused: /);
    hub.clock.advanceMs(2_000);
    for (const [body, path] of [
      [{ address: 'somewhere' }, 'address'],
      [{ address: '' }, 'address'],
      [{ to: 'x' }, 'to'],
    ] as const) {
      const answer = await hub.call(`POST ${pathOf(id)}/test`, body);
      assert.deepEqual([answer.status, answer.at('error.details.0.path')], [422, path]);
    }
  });

  test('works while the channel is inactive, and right after it was changed', async () => {
    const hub = shared();
    const id = await hub.tell('/quiet', { is_active: false });
    const answer = await tryOut(hub, id);
    assert.deepEqual([answer.at('outcome'), answer.at('is_active')], ['accepted', false]);
    await patch(hub, pathOf(id), { config: { url: hub.receiver.url('/moved') } });
    await tryOut(hub, id);
    assert.equal(hub.receiver.received('/moved').length, 1);
  });

  test('one at a time, and not again at once', async () => {
    const hub = shared();
    const id = await hub.tell('/slow');
    const other = await hub.tell('/other');
    hub.receiver.answerNext('/slow', 'hang');
    hub.clock.advanceMs(2_000);
    const first = hub.call(`POST ${pathOf(id)}/test`);
    const what = 'the first test is on its way';
    await until(() => hub.receiver.heldCount() === 1, { what });
    const again = async () => hub.call(`POST ${pathOf(id)}/test`);
    const second = await again();
    assert.deepEqual([second.status, second.at('error.code')], [429, 'test_too_soon']);
    assert.equal(second.headers['retry-after'], '2');
    assert.equal((await tryOut(hub, other)).at('outcome'), 'accepted', 'another channel may');
    hub.receiver.release('/slow');
    assert.equal((await first).at('outcome'), 'accepted');
    assert.equal((await again()).status, 429);
    hub.clock.advanceMs(2_000);
    assert.equal((await again()).status, 200);
  });

  test('of a channel whose secret does not open is refused, and names no secret', async () => {
    const hub = shared();
    const id = await hub.tell('/sealed');
    await hub.query(
      `update channel set secrets = '{"webhook_secret": "x"}' where channel_id = $1`,
      [id],
    );
    const answer = await hub.call(`POST ${pathOf(id)}/test`);
    assert.deepEqual([answer.status, answer.at('error.code')], [409, 'channel_unusable']);
    assert.equal(answer.at('error.details.0.path'), 'webhook_secret');
    assert.ok(!answer.text.includes(WEBHOOK_SECRET));
  });

  test('is for operators, of their own projects', async () => {
    const hub = shared();
    for (const project_id of ['mine', 'theirs'])
      await hub.create('/api/v1/projects', { project_id });
    const keyOf = async (role: string) => {
      const body = { project_id: 'mine', name: role, role };
      return { key: (await hub.call('POST /api/v1/keys', body)).textAt('key') };
    };
    const [mine, theirs] = [
      await hub.tell('/mine', { project_id: 'mine', rule: { project_id: 'mine' } }),
      await hub.tell('/theirs', { project_id: 'theirs', rule: { project_id: 'theirs' } }),
    ];
    const operator = await keyOf('operator');
    assert.equal((await tryOut(hub, mine, { by: operator })).at('project_id'), 'mine');
    for (const role of ['viewer', 'responder', 'ingest']) {
      const answer = await hub.call(`POST ${pathOf(mine)}/test`, {}, await keyOf(role));
      assert.equal(answer.status, 403, role);
    }
    for (const id of [theirs, '0190a000-0000-7000-8000-00000000ffff', 'ops']) {
      assert.equal((await hub.call(`POST ${pathOf(id)}/test`, {}, operator)).status, 404);
    }
    assert.equal(hub.receiver.received('/theirs').length, 0);
  });

  test('by mail writes to each of its addresses, in the language of the project', async (t) => {
    const hub = shared();
    const server = await startMailServer({
      security: 'none',
      refuse: (place, address) =>
        place === 'rcpt' && address.startsWith('gone') ? { code: 550, text: 'no such user' } : null,
    });
    t.after(server.stop);
    await hub.create('/api/v1/projects', { project_id: 'mail', language: 'it' });
    const id = await hub.create('/api/v1/channels', {
      project_id: 'mail',
      name: 'mail',
      channel_type: 'email',
      config: {
        smtp_host: '127.0.0.1',
        smtp_port: server.port,
        smtp_use_tls: false,
        from_email: 'tocsin@example.org',
        to_email: 'ward@example.org, gone@example.org',
      },
    });
    const answer = await tryOut(hub, id);
    assert.equal(answer.at('messages.0.recipient'), 'ward@example.org');
    assert.equal(answer.at('messages.0.outcome'), 'accepted');
    assert.equal(answer.at('messages.1.recipient'), 'gone@example.org');
    assert.notEqual(answer.at('messages.1.outcome'), 'accepted');
    assert.equal(answer.at('recipient'), 'gone@example.org', 'what went wrong comes first');
    const mail = readMail(server.received[0]?.raw ?? '');
    assert.equal(mail.headers.get('subject'), '[Prova] Messaggio di prova da Tocsin');
    assert.match(mail.text, /È così che Tocsin La raggiunge/);
    assert.doesNotMatch(mail.text, /is_test|undefined/);
  });
});

describe('tocsin channel test', () => {
  const shared = shareTestHub({ isTelling: false });

  test('exits 0 when it was accepted, 1 when not, and says why', async () => {
    const hub = shared();
    const id = await hub.tell('/ops');
    const good = await typeCommand(hub, ['channel', 'test', 'ops']);
    assert.deepEqual([good.code, good.out, good.err], [0, 'ops (webhook): accepted, HTTP 200', '']);
    hub.clock.advanceMs(2_000);
    hub.receiver.answerNext('/ops', 403);
    const bad = await typeCommand(hub, ['channel', 'test', id]);
    assert.equal(bad.code, 1);
    assert.deepEqual(bad.out.split('\n'), [
      'ops (webhook): retry, HTTP 403',
      '  request_refused: The target refused the message.',
      '  Are address, path and secret what it expects? Its own log says more.',
    ]);
    const soon = await typeCommand(hub, ['channel', 'test', 'ops']);
    assert.equal(soon.code, 1);
    assert.match(soon.err, /429: A test of the channel is running or has just run/);
  });

  test('by another address, while inactive, and as JSON', async () => {
    const hub = shared();
    await hub.tell('/night', { is_active: false });
    const to = hub.receiver.url('/anna');
    const typed = await typeCommand(hub, ['channel', 'test', 'night', '--to', to]);
    assert.deepEqual(typed.out.split('\n'), [
      `night (webhook) to ${to}: accepted, HTTP 200`,
      'The channel is inactive: no alert goes out by it.',
    ]);
    assert.equal(hub.receiver.received('/anna').length, 1);
    hub.clock.advanceMs(2_000);
    const json = await typeCommand(hub, ['channel', 'test', 'night', '--json']);
    assert.ok(parseWire(channelTestAnswer, json.json()).ok, json.out);
    const unknown = await typeCommand(hub, ['channel', 'test', 'nigth']);
    assert.equal(unknown.code, 1);
    assert.match(unknown.err, /there is no channel nigth; did you mean night\?/);
    assert.equal(listItems(await hub.call('GET /api/v1/alerts')).length, 0);
  });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS } from '#kernel/limits.ts';
import { CONNECTED, DROP } from '#test/support/mail/mail-server.ts';
import { openSmtp, serveScript, mail, summarise, sendOne, talkUntil } from './smtp.fixture.ts';

test('a connection that breaks before the message is unsent, wherever it breaks', async () => {
  const commands = ['EHLO', 'MAIL', 'RCPT', 'DATA'];
  for (const command of commands) {
    const server = await serveScript((line) =>
      line.startsWith(command) ? DROP : talkUntil('.', '250 ok')(line, { connection: 1 }),
    );
    assert.equal(await sendOne(mail(server.port)), 'unsent connection_lost', command);
  }
});

/** More than the buffers of both ends hold: it cannot be handed over before anybody reads. */
const LARGE_TEXT = `x\r\n${`${'y'.repeat(70)}\r\n`.repeat(200_000)}`;

test('a connection that breaks in the middle of a message leaves it unsent', async () => {
  const begin = talkUntil('.', '250 ok');
  const server = await serveScript((line, at) => (line.startsWith('x') ? DROP : begin(line, at)));
  const outcome = await sendOne(mail(server.port, {}, { message: { text: LARGE_TEXT } }));
  assert.equal(outcome, 'unsent connection_lost');
});

test('a connection that breaks after the final dot leaves the outcome unknown', async () => {
  const server = await serveScript(talkUntil('.', DROP));
  assert.equal(await sendOne(mail(server.port)), 'unknown connection_lost');
  assert.equal(server.lines.filter((line) => line === '.').length, 1);
  assert.equal(server.connectionCount(), 1);
});

test('an acceptance before the message was there is none', async () => {
  const begin = talkUntil('.', '250 ok');
  const server = await serveScript((line, at) =>
    line.startsWith('x') ? '250 ok' : begin(line, at),
  );
  const outcome = await sendOne(mail(server.port, {}, { message: { text: LARGE_TEXT } }));
  assert.equal(outcome, 'unsent connection_lost');
});

test('silence after the final dot is unknown at the deadline, before it unsent', async () => {
  const late = { timeoutMs: 150 };
  const after = await serveScript(talkUntil('.', null));
  assert.equal(await sendOne(mail(after.port, {}, late)), 'unknown timeout');
  for (const command of [CONNECTED, 'MAIL FROM:<alarm@example.org>', 'DATA']) {
    const before = await serveScript(talkUntil(command, null));
    assert.equal(await sendOne(mail(before.port, {}, late)), 'unsent timeout', command);
  }
});

test('a refusal after the final dot is a refusal, also as a 421', async () => {
  for (const [said, expected] of [
    ['554 5.7.1 spam', 'refused data 554 5.7.1'],
    ['421 4.7.0 later', 'refused data 421 4.7.0'],
    ['550-5.1.1 nobody\r\n550 5.1.1 of that name', 'refused data 550 5.1.1'],
  ] as const) {
    const server = await serveScript(talkUntil('.', said));
    assert.equal(await sendOne(mail(server.port)), expected);
  }
});

test('an answer that is not SMTP after the final dot is no acceptance', async () => {
  const server = await serveScript(talkUntil('.', 'hello there'));
  assert.equal(await sendOne(mail(server.port)), 'unknown connection_lost');
});

test('a server that talks without end is left', async () => {
  const server = await serveScript(() => `220-${'x'.repeat(LIMITS.smtpReplyBytesMax)}`);
  assert.equal(await sendOne(mail(server.port)), 'unsent connection_lost');
});

test('a look-up that never ends is unsent at the deadline', async () => {
  const outcome = await openSmtp({ resolveName: () => {} }).send(mail(25, {}, { timeoutMs: 50 }));
  assert.equal(summarise(outcome), 'unsent timeout');
});

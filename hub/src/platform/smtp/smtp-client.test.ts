import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readMail } from '#test/support/mail/mail-reader.ts';
import { CONNECTED, type MailRefusal } from '#test/support/mail/mail-server.ts';
import { createSmtp } from './smtp-client.ts';
import {
  closers,
  serve,
  serveScript,
  MESSAGE,
  mail,
  summarise,
  sendOne,
  PASSWORD,
  SIGNED_IN,
  toThisMachine,
} from './smtp.fixture.ts';

for (const security of ['tls', 'starttls'] as const) {
  test(`a mail goes out over ${security}, signed in, and arrives with its headers`, async () => {
    const server = await serve({ security, password: PASSWORD });
    const outcome = await sendOne(mail(server.port, { security, ...SIGNED_IN }));
    assert.equal(outcome, 'accepted 250 2.0.0 Ok: queued as Q1');
    const [received] = server.received;
    assert.ok(received !== undefined && server.received.length === 1);
    const { raw, ...envelope } = received;
    const expected = { from: 'alarm@example.org', to: ['anna@example.net'] };
    assert.deepEqual(envelope, { ...expected, isSecure: true, user: 'alarm' });
    const { headers, text } = readMail(raw);
    assert.equal(text.trimEnd(), MESSAGE.text);
    assert.equal(headers.get('subject'), MESSAGE.subject);
    assert.equal(headers.get('to'), 'anna@example.net');
    assert.equal(headers.get('message-id'), '<n-1@example.org>');
    assert.equal(headers.get('date'), 'Sun, 22 Nov 2026 06:00:00 +0000');
    assert.equal(headers.get('auto-submitted'), 'auto-generated');
    assert.match(headers.get('from') ?? '', /Küche.* <alarm@example\.org>$/);
  });
}

test('without a user nobody signs in, also where it would be possible', async () => {
  const server = await serve({ security: 'tls', password: 'x', more: { authOptional: true } });
  await sendOne(mail(server.port, { security: 'tls' }));
  assert.equal(server.received[0]?.user, null);
});

test('a certificate that nobody vouches for ends it before the sign-in', async () => {
  for (const security of ['tls', 'starttls'] as const) {
    const server = await serve({ security, password: PASSWORD });
    // Node's own authorities do not know it; the right one knows it for another name.
    const strangers = createSmtp({
      allowedCidrs: [{ address: '127.0.0.0', prefix: 8, family: 4 }],
      resolveName: toThisMachine,
    });
    closers.push(strangers.close);
    const request = mail(server.port, { security, ...SIGNED_IN });
    assert.equal(summarise(await strangers.send(request)), 'unsent tls_failed');
    const other = { ...request, server: { ...request.server, host: 'other.example.org' } };
    assert.equal(await sendOne(other), 'unsent tls_failed');
    assert.deepEqual(server.received, []);
  }
});

test('TLS older than 1.2 is refused', async () => {
  const old = {
    minVersion: 'TLSv1',
    maxVersion: 'TLSv1.1',
    ciphers: 'DEFAULT@SECLEVEL=0',
  } as const;
  const server = await serve({ security: 'tls', more: old });
  assert.equal(await sendOne(mail(server.port, { security: 'tls' })), 'unsent tls_failed');
});

test('STARTTLS that is not offered, or refused, is not replaced by clear text', async () => {
  const plain = await serve({ security: 'none', password: null });
  const asked = mail(plain.port, { security: 'starttls' });
  assert.match(await sendOne(asked), /^refused starttls 50\d/);
  const server = await serveScript((line) => {
    if (line.startsWith('EHLO')) return '250-mail\r\n250 STARTTLS';
    return line === CONNECTED ? '220 mail' : '454 4.7.0 not now';
  });
  assert.equal(
    await sendOne(mail(server.port, { security: 'starttls', ...SIGNED_IN })),
    'refused starttls 454 4.7.0',
  );
  assert.deepEqual(server.lines.slice(1), ['STARTTLS']);
});

test('a TLS handshake that goes wrong is told as that', async () => {
  const server = await serveScript(() => 'this is not TLS');
  assert.equal(await sendOne(mail(server.port, { security: 'tls' })), 'unsent tls_failed');
});

test('a wrong password is refused in its own phase', async () => {
  const server = await serve({ security: 'tls', password: 'another' });
  const request = mail(server.port, { security: 'tls', ...SIGNED_IN });
  assert.equal(await sendOne(request), 'refused auth 535 5.7.8');
});

test('a server without sign-in does not get the mail unsigned instead', async () => {
  const server = await serve({ security: 'tls' });
  const request = mail(server.port, { security: 'tls', ...SIGNED_IN });
  assert.match(await sendOne(request), /^refused auth 50\d/);
  assert.deepEqual(server.received, []);
});

test('each refusal names where it was said and its codes', async () => {
  const rows: readonly (readonly ['mail' | 'rcpt' | 'data', MailRefusal, string])[] = [
    ['mail', { code: 530, text: '5.7.0 sign in first' }, 'refused mail 530 5.7.0'],
    ['rcpt', { code: 450, text: '4.2.0 greylisted' }, 'refused rcpt 450 4.2.0'],
    ['rcpt', { code: 550, text: '5.1.1 no such user CANARY' }, 'refused rcpt 550 5.1.1'],
    ['rcpt', { code: 550, text: 'no such user' }, 'refused rcpt 550 null'],
    ['data', { code: 554, text: '5.7.1 spam' }, 'refused data 554 5.7.1'],
    ['data', { code: 452, text: '4.3.1 disk full' }, 'refused data 452 4.3.1'],
  ];
  for (const [place, refusal, expected] of rows) {
    for (const hidePIPELINING of [false, true]) {
      const refuse = (at: string) => (at === place ? refusal : null);
      const server = await serve({ security: 'none', refuse, more: { hidePIPELINING } });
      assert.equal(await sendOne(mail(server.port)), expected);
      assert.deepEqual(server.received, []);
    }
  }
});

test('a server that does not want to talk is refused at the greeting or the hello', async () => {
  const closed = await serveScript(() => '554 5.7.1 go away');
  assert.equal(await sendOne(mail(closed.port)), 'refused greeting 554 5.7.1');
  const busy = await serveScript((line) => (line === CONNECTED ? '220 mail' : '421 4.3.2 busy'));
  assert.equal(await sendOne(mail(busy.port)), 'refused hello 421 4.3.2');
  const strange = await serveScript((line) => (line === CONNECTED ? '220 mail' : '550 who'));
  assert.equal(await sendOne(mail(strange.port)), 'refused hello 550 null');
});

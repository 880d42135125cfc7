/** The e-mail channel over the real SMTP client to a real mail server: what each answer comes to. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { SendRequest } from '#delivery/channel.ts';
import { emailChannel } from '#delivery/channels/email.ts';
import type { SendOutcome } from '#delivery/outcome.ts';
import { renderMailText } from '#delivery/text/mail-text.ts';
import { createNotification } from '#delivery/text/notification.fixture.ts';
import { plusMs } from '#kernel/instant.ts';
import { createSmtp } from '#platform/smtp/smtp-client.ts';
import { readMail } from '#test/support/mail/mail-reader.ts';
import {
  MAIL_CERTIFICATE,
  MAIL_HOST,
  type MailServerOptions,
  startMailServer,
} from '#test/support/mail/mail-server.ts';

const closers: (() => Promise<unknown>)[] = [];
after(async () => {
  for (const close of closers.toReversed()) await close();
});

const smtp = createSmtp({
  allowedCidrs: [{ address: '127.0.0.0', prefix: 8, family: 4 }],
  resolveName: (_name, done) => done(null, [{ address: '127.0.0.1', family: 4 }]),
  trustedCa: MAIL_CERTIFICATE,
});
closers.push(smtp.close);
const PORTS = { http: { send: () => Promise.reject(new Error('not over http')) }, smtp };

const NOTIFICATION = createNotification(
  { language: 'zh-Hans', recipient: '值班' },
  { title: '跌倒 🔥 <b>厨房</b>', labels: { wing: '.\r\nBcc: eve@example.net' } },
);

async function serve(options: Omit<MailServerOptions, 'security'> = {}) {
  const server = await startMailServer({ security: 'starttls', password: 'geheim', ...options });
  closers.push(server.stop);
  return server;
}

function deliver(port: number, changes: Partial<SendRequest> = {}): Promise<SendOutcome> {
  return emailChannel.send(PORTS, {
    notification: NOTIFICATION,
    config: {
      smtp_host: MAIL_HOST,
      smtp_port: port,
      smtp_use_starttls: true,
      from_email: 'alarm@care.example.org',
      from_name: '护理院',
      to_email: 'anna@example.net',
    },
    secrets: { smtp_password: 'geheim' },
    version: '1.0.0',
    now: NOTIFICATION.createdAt,
    ...changes,
  });
}

test('a mail in Chinese arrives whole, threaded, and twice the same', async () => {
  const server = await serve();
  const accepted = { kind: 'accepted', httpStatus: null };
  assert.deepEqual(await deliver(server.port), { ...accepted, providerId: 'Q1' });
  const later = { now: plusMs(NOTIFICATION.createdAt, 300_000) };
  assert.deepEqual(await deliver(server.port, later), { ...accepted, providerId: 'Q2' });
  const [first, second] = server.received;
  assert.ok(first !== undefined && second !== undefined);
  assert.equal(second.raw, first.raw);
  assert.deepEqual(first.to, ['anna@example.net']);
  assert.equal(first.user, 'alarm@care.example.org');

  const { subject, text, html } = renderMailText(NOTIFICATION);
  const read = readMail(first.raw);
  assert.equal(read.headers.get('subject'), subject);
  assert.equal(read.headers.get('from'), '护理院 <alarm@care.example.org>');
  assert.equal(read.headers.get('message-id'), '<tocsin.ntf_1@care.example.org>');
  assert.equal(read.headers.get('references'), '<alert-al_7@care.example.org>');
  assert.equal(read.headers.get('list-id'), 'Tocsin <tocsin.care.example.org>');
  assert.equal(read.headers.get('importance'), 'high');
  assert.equal(read.headers.has('bcc'), false);
  assert.equal(new Set(read.headerNames).size, read.headerNames.length);
  assert.equal(read.text.trimEnd(), text.replaceAll(/\r?\n/g, '\r\n').trimEnd());
  assert.equal(read.html.trimEnd(), html.replaceAll(/\r?\n/g, '\r\n').trimEnd());
});

test('a greylisting server is tried again in five minutes, and then takes it', async () => {
  let isKnown = false;
  const server = await serve({
    refuse: (place) => {
      if (place !== 'rcpt' || isKnown) return null;
      isKnown = true;
      return { code: 450, text: '4.2.0 greylisted' };
    },
  });
  assert.deepEqual(await deliver(server.port), {
    kind: 'retry',
    reason: 'not_ready',
    notBefore: plusMs(NOTIFICATION.createdAt, 300_000),
    httpStatus: null,
  });
  assert.equal((await deliver(server.port)).kind, 'accepted');
  assert.equal(server.received.length, 1);
});

test('an unknown recipient is gone, and only that one', async () => {
  const server = await serve({
    refuse: (place, address) =>
      place === 'rcpt' && address === 'gone@example.net'
        ? { code: 550, text: '5.1.1 no such user' }
        : null,
  });
  const notification = { ...NOTIFICATION, address: 'gone@example.net' };
  assert.deepEqual(await deliver(server.port, { notification }), {
    kind: 'target_gone',
    target: 'example.net has no such mailbox (it answered 550 5.1.1)',
    httpStatus: null,
  });
  assert.equal((await deliver(server.port)).kind, 'accepted');
});

test('a wrong password is a fault of the channel, and is not repeated', async () => {
  const server = await serve({ password: 'another' });
  const outcome = await deliver(server.port);
  assert.ok(outcome.kind === 'misconfigured' && outcome.field === 'smtp_password');
  assert.doesNotMatch(JSON.stringify(outcome), /geheim/);
});

test('a server that nobody reaches is tried again', async () => {
  const server = await startMailServer({ security: 'starttls' });
  await server.stop();
  assert.deepEqual(await deliver(server.port), {
    kind: 'retry',
    reason: 'connect_failed',
    notBefore: null,
    httpStatus: null,
  });
});

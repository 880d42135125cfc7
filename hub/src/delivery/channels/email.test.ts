import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeUtf8 } from '#kernel/crypto.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { MailMessage, SmtpOutcome, SmtpRequest, SmtpServer } from '#kernel/ports.ts';
import type { JsonObject } from '#kernel/syntax/json.ts';
import type { ChannelNotification, SendRequest } from '#delivery/channel.ts';
import { createNotification } from '#delivery/text/notification.fixture.ts';
import { emailChannel } from './email.ts';

const CONFIG: JsonObject = {
  smtp_host: 'mail.example.org',
  from_email: 'Alarm@Care.example.org',
  from_name: 'Tocsin',
  to_email: 'anna@example.net, bo@example.net',
};
const SECRETS = { smtp_password: 'PASSWORD-CANARY' };
const NOTIFICATION = createNotification({ notificationId: 'ntf_1', subjectId: 'al_7' });

const REQUEST: SendRequest = {
  notification: NOTIFICATION,
  config: CONFIG,
  secrets: SECRETS,
  version: '1.2.3',
  now: NOTIFICATION.createdAt,
};

const ACCEPTED: SmtpOutcome = { kind: 'accepted', reply: '250 queued as Q1', durationMs: 1 };

async function send(more: Partial<SendRequest> = {}) {
  const sent: SmtpRequest[] = [];
  const ports = {
    http: { send: () => Promise.reject(new Error('mail goes out over smtp')) },
    smtp: {
      send: async (request: SmtpRequest) => {
        sent.push(request);
        return ACCEPTED;
      },
    },
  };
  return { outcome: await emailChannel.send(ports, { ...REQUEST, ...more }), sent };
}

async function sendOne(more: Partial<SendRequest> = {}): Promise<SmtpRequest> {
  const { sent } = await send(more);
  const [request] = sent;
  assert.ok(request !== undefined && sent.length === 1);
  return request;
}

const mailOf = async (changes: Partial<ChannelNotification>): Promise<MailMessage> =>
  (await sendOne({ notification: { ...NOTIFICATION, ...changes } })).message;

const serverOf = async (config: JsonObject, secrets = {}): Promise<SmtpServer> =>
  (await sendOne({ config: { ...CONFIG, ...config }, secrets })).server;

function faultOf(config: JsonObject): string | null {
  const reading = emailChannel.parseConfig({ ...CONFIG, ...config });
  return reading.ok ? null : (reading.errors[0]?.path ?? '');
}

test('a mail goes to the first recipient, or to whom the notification names', async () => {
  const { message, timeoutMs } = await sendOne();
  assert.equal(message.toAddress, 'anna@example.net');
  assert.equal(message.fromAddress, 'Alarm@Care.example.org');
  assert.equal(message.fromName, 'Tocsin');
  assert.equal(message.sentAt, NOTIFICATION.createdAt);
  assert.equal(timeoutMs, LIMITS.mailTimeoutMs);
  assert.equal((await mailOf({ address: 'eve@example.com' })).toAddress, 'eve@example.com');
});

test('it is accepted under the id that the server gave it', async () => {
  const { outcome } = await send();
  assert.deepEqual(outcome, { kind: 'accepted', providerId: 'Q1', httpStatus: null });
});

test('the config lists one message per recipient', () => {
  const expected = ['anna@example.net', 'bo@example.net'];
  assert.deepEqual(emailChannel.listAddresses(CONFIG), expected);
});

test('the Message-ID is the notification, and the thread is the alert', async () => {
  const first = await mailOf({});
  assert.equal(first.messageId, 'tocsin.ntf_1@care.example.org');
  assert.equal(first.headers['In-Reply-To'], '<alert-al_7@care.example.org>');
  assert.equal(first.headers['References'], first.headers['In-Reply-To']);
  const second = await mailOf({ notificationId: 'ntf_2' });
  assert.notEqual(second.messageId, first.messageId);
  assert.equal(second.headers['References'], first.headers['References']);
  const other = await mailOf({ subjectId: 'al_8' });
  assert.notEqual(other.headers['References'], first.headers['References']);
});

test('ids that do not fit a Message-ID are hashed, each to its own', async () => {
  const ids = ['a b', 'a@b', 'a>\r\nBcc: x@y', 'ä', 'x'.repeat(65), '', '..'];
  const threads = new Set<string>();
  for (const subjectId of ids) {
    const { headers } = await mailOf({ subjectId });
    const thread = headers['In-Reply-To'] ?? '';
    assert.match(thread, /^<alert-[0-9a-f]{32}@care\.example\.org>$/);
    threads.add(thread);
  }
  assert.equal(threads.size, ids.length);
});

test('each attempt has the same message, whatever the time is', async () => {
  const first = await sendOne();
  const later = await sendOne({ now: REQUEST.now, version: '9.9.9' });
  assert.deepEqual(later.message, first.message);
  const { body } = emailChannel.render(NOTIFICATION, CONFIG);
  assert.deepEqual(JSON.parse(decodeUtf8(body) ?? ''), first.message);
});

test('nobody is on holiday at it, and lists are told apart', async () => {
  const { headers } = await mailOf({});
  assert.equal(headers['Auto-Submitted'], 'auto-generated');
  assert.equal(headers['X-Auto-Response-Suppress'], 'All');
  assert.equal(headers['List-ID'], 'Tocsin <tocsin.care.example.org>');
  assert.equal(headers['X-Tocsin-Notification'], 'ntf_1');
});

test('a high alert that needs somebody is marked, its end is not', async () => {
  const importance = async (eventType: string, alert: JsonObject) =>
    (await mailOf(createNotification({ eventType }, alert))).headers['Importance'] ?? null;
  for (const priority of ['high', 'critical', 'emergency']) {
    assert.equal(await importance('alert.created', { priority }), 'high');
    assert.equal(await importance('alert.escalated', { priority }), 'high');
    assert.equal(await importance('alert.resolved', { priority }), null);
  }
  assert.equal(await importance('alert.created', { priority: 'normal' }), null);
  assert.equal(await importance('alert.created', { severity: 'critical' }), 'high');
  assert.equal(await importance('alert.created', { severity: 'low' }), null);
  assert.equal((await mailOf({ payload: {} })).headers['X-Priority'], undefined);
});

test('a reminder is as urgent as its round, whatever the alert was', async () => {
  const round = createNotification({ eventType: 'alert.escalated' }, { severity: 'low' });
  const payload = { ...round.payload, priority: 'emergency' };
  assert.equal((await mailOf({ ...round, payload })).headers['Importance'], 'high');
});

test('two projects with an alert of one name have two threads', async () => {
  const threadOf = async (project: string) =>
    (await mailOf(createNotification({}, { project_id: project }))).headers['References'];
  assert.equal(await threadOf('care'), await threadOf('care'));
  assert.notEqual(await threadOf('care'), await threadOf('other'));
});

test('TLS from the start is the default, on its port', async () => {
  const { host, port, security } = await serverOf({});
  assert.deepEqual(
    { host, port, security },
    { host: 'mail.example.org', port: 465, security: 'tls' },
  );
});

test('with both kinds of TLS on, the port decides', async () => {
  const both = { smtp_use_tls: true, smtp_use_starttls: true };
  assert.equal((await serverOf({ ...both })).security, 'tls');
  assert.equal((await serverOf({ ...both, smtp_port: 587 })).security, 'starttls');
  assert.equal((await serverOf({ ...both, smtp_port: 2_525 })).security, 'starttls');
  const only = { smtp_use_starttls: true, smtp_port: 587 };
  assert.equal((await serverOf(only)).security, 'starttls');
});

test('ports that cannot speak what is asked of them are refused when saved', () => {
  assert.equal(faultOf({ smtp_port: 587 }), 'smtp_use_tls');
  assert.equal(faultOf({ smtp_port: 25 }), 'smtp_use_tls');
  assert.equal(faultOf({ smtp_use_tls: false, smtp_use_starttls: true }), 'smtp_use_starttls');
  for (const port of [25, 587, 2_525]) {
    assert.equal(faultOf({ smtp_port: port, smtp_use_tls: false }), null);
    const starttls = { smtp_port: port, smtp_use_starttls: true };
    assert.equal(faultOf(starttls), null);
  }
});

test('the user is the sender unless one is named, and only with a password', async () => {
  const none = { user: null, password: null };
  const { user, password } = await serverOf({ smtp_user: 'desk' });
  assert.deepEqual({ user, password }, none);
  assert.equal((await serverOf({}, SECRETS)).user, 'Alarm@Care.example.org');
  assert.equal((await serverOf({ smtp_user: 'desk' }, SECRETS)).user, 'desk');
  assert.equal((await serverOf({}, SECRETS)).password, SECRETS.smtp_password);
});

test('a password is never sent in the clear, and never left out instead', async () => {
  const clear = { ...CONFIG, smtp_use_tls: false, smtp_port: 25 };
  const { outcome, sent } = await send({ config: clear });
  assert.ok(outcome.kind === 'misconfigured' && outcome.field === 'smtp_use_tls');
  assert.deepEqual(sent, []);
  assert.equal((await sendOne({ config: clear, secrets: {} })).server.security, 'none');
});

test('a password that cannot be used stops the send and is not repeated', async () => {
  for (const smtp_password of ['', 'CANARY\u0000', 'CANARY\r\n']) {
    const { outcome, sent } = await send({ secrets: { smtp_password } });
    assert.ok(outcome.kind === 'misconfigured' && outcome.field === 'smtp_password');
    assert.doesNotMatch(JSON.stringify(outcome), /CANARY/);
    assert.deepEqual(sent, []);
    assert.equal(emailChannel.checkSecrets({ smtp_password }, CONFIG).errors.length, 1);
  }
});

test('without a password the channel is saved with a warning', () => {
  const { errors, warnings } = emailChannel.checkSecrets({}, CONFIG);
  assert.deepEqual(errors, []);
  assert.equal(warnings[0]?.path, 'smtp_password');
  assert.deepEqual(emailChannel.checkSecrets(SECRETS, CONFIG), { errors: [], warnings: [] });
});

test('a password for a server that is spoken to in the clear is refused when saved', () => {
  const clear = { ...CONFIG, smtp_use_tls: false, smtp_port: 2525 };
  const { errors } = emailChannel.checkSecrets(SECRETS, clear);
  assert.deepEqual(
    errors.map(({ path }) => path),
    ['smtp_password'],
  );
  assert.match(errors[0]?.message ?? '', /not sent unencrypted.*smtp_use_starttls/);
  assert.doesNotMatch(JSON.stringify(errors), /CANARY/);
  for (const config of [CONFIG, { ...clear, smtp_use_starttls: true }, null]) {
    assert.deepEqual(emailChannel.checkSecrets(SECRETS, config).errors, []);
  }
});

test('that mails go unencrypted is said with the channel', () => {
  const clear = { ...CONFIG, smtp_use_tls: false, smtp_port: 2525 };
  assert.match(emailChannel.checkSecrets({}, clear).warnings[0]?.message ?? '', /unencrypted/);
  assert.doesNotMatch(
    emailChannel.checkSecrets({}, CONFIG).warnings[0]?.message ?? '',
    /unencrypted/,
  );
});

test('a config that does not read stops the send and names the field', async () => {
  const { outcome, sent } = await send({ config: { ...CONFIG, from_email: 'nobody' } });
  assert.ok(outcome.kind === 'misconfigured' && outcome.field === 'from_email');
  assert.deepEqual(sent, []);
});

test('an address of one person that does not read is no fault of the channel', async () => {
  for (const address of ['', 'anna', 'anna@example.net\r\nBcc: eve@example.net']) {
    assert.ok(emailChannel.findAddressFault(address) !== null);
    const { outcome, sent } = await send({ notification: { ...NOTIFICATION, address } });
    assert.deepEqual(outcome, { kind: 'rejected', reason: 'url_invalid', httpStatus: null });
    assert.deepEqual(sent, []);
  }
});

test('hosts are names or addresses, never URLs', () => {
  for (const host of [
    'mail.example.org',
    'localhost',
    '192.0.2.7',
    '2001:db8::1',
    '[::1]',
    'm_1',
  ]) {
    assert.equal(faultOf({ smtp_host: host }), null, host);
  }
  for (const host of ['smtp://m', 'm/x', 'm:25', '-m', 'm.', 'a b', 'x'.repeat(254), 'm\n']) {
    assert.equal(faultOf({ smtp_host: host }), 'smtp_host', host);
  }
});

test('property: no title, id or name gets a control character into a header', async () => {
  const anyText = fc.uint16Array().map((units) => String.fromCharCode(...units));
  const text = fc.oneof(anyText, fc.string());
  await fc.assert(
    fc.asyncProperty(text, text, text, async (title, subjectId, notificationId) => {
      const changes = { ...createNotification({}, { title }), subjectId, notificationId };
      const message = await mailOf(changes);
      const lines = [message.subject, message.messageId, ...Object.values(message.headers)];
      for (const line of lines) assert.doesNotMatch(line, /[\p{Cc}\u2028\u2029]/u);
      assert.ok(message.subject.length <= LIMITS.mailSubjectCharsMax);
    }),
  );
});

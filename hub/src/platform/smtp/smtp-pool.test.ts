import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS } from '#kernel/limits.ts';
import { readMail } from '#test/support/mail/mail-reader.ts';
import { CONNECTED, DROP } from '#test/support/mail/mail-server.ts';
import {
  openSmtp,
  serve,
  serveScript,
  mail,
  summarise,
  PASSWORD,
  SIGNED_IN,
  talkUntil,
} from './smtp.fixture.ts';

test('many messages share a few connections, one after the other on each', async () => {
  const server = await serve({ security: 'tls', password: PASSWORD });
  const smtp = openSmtp();
  const count = 60;
  const outcomes = await Promise.all(
    Array.from({ length: count }, (_, index) => {
      const message = { messageId: `n-${index}@example.org` };
      return smtp.send(mail(server.port, { security: 'tls', ...SIGNED_IN }, { message }));
    }),
  );
  for (const outcome of outcomes) assert.equal(outcome.kind, 'accepted');
  const ids = server.received.map(({ raw }) => readMail(raw).headers.get('message-id'));
  assert.equal(new Set(ids).size, count);
  assert.equal(ids.length, count);
  assert.equal(server.connectionPeak(), LIMITS.smtpConnectionsPerServerMax);
  assert.equal(server.connectionCount(), LIMITS.smtpConnectionsPerServerMax);
});

test('another sign-in never gets a connection of the first', async () => {
  const server = await serve({ security: 'tls', password: PASSWORD });
  const smtp = openSmtp();
  const right = await smtp.send(mail(server.port, { security: 'tls', ...SIGNED_IN }));
  assert.equal(right.kind, 'accepted');
  const wrong = { security: 'tls', user: 'alarm', password: 'guess' } as const;
  assert.equal(summarise(await smtp.send(mail(server.port, wrong))), 'refused auth 535 5.7.8');
  assert.equal(server.connectionCount(), 2);
});

test('a connection ends after as many messages as one may carry', async () => {
  const server = await serve({ security: 'none' });
  const smtp = openSmtp();
  for (let sent = 0; sent <= LIMITS.smtpMessagesPerConnectionMax; sent += 1) {
    assert.equal((await smtp.send(mail(server.port))).kind, 'accepted');
  }
  assert.equal(server.connectionCount(), 2);
});

test('a kept connection that the server has dropped costs nothing but a new one', async () => {
  const server = await serveScript((line, { connection }) => {
    const isSecond = connection === 1 && line.startsWith('MAIL') && server.lines.includes('.');
    return isSecond ? DROP : talkUntil('.', '250 ok')(line, { connection });
  });
  const smtp = openSmtp();
  for (const sent of [1, 2, 3]) {
    assert.equal(summarise(await smtp.send(mail(server.port))), 'accepted 250 ok');
    assert.equal(server.lines.filter((line) => line === '.').length, sent);
  }
  assert.equal(server.connectionCount(), 2);
});

test('a kept connection that breaks after the dot is not tried again over another', async () => {
  const server = await serveScript((line, { connection }) => {
    const dots = server.lines.filter((each) => each === '.').length;
    return line === '.' && dots === 2 ? DROP : talkUntil('.', '250 ok')(line, { connection });
  });
  const smtp = openSmtp();
  assert.equal((await smtp.send(mail(server.port))).kind, 'accepted');
  assert.equal(summarise(await smtp.send(mail(server.port))), 'unknown connection_lost');
  assert.equal(server.connectionCount(), 1);
});

test('a kept connection that is ended by the answer to a message is not tried again', async () => {
  const server = await serveScript((line, { connection }) => {
    const dots = server.lines.filter((each) => each === '.').length;
    return line === '.' && dots === 2
      ? '421 4.3.2 bye'
      : talkUntil('.', '250 ok')(line, { connection });
  });
  const smtp = openSmtp();
  assert.equal((await smtp.send(mail(server.port))).kind, 'accepted');
  assert.equal(summarise(await smtp.send(mail(server.port))), 'refused data 421 4.3.2');
  assert.equal(server.connectionCount(), 1);
});

test('a refused recipient does not spoil the next message', async () => {
  let isFirst = true;
  const server = await serve({
    security: 'none',
    refuse: (place) => {
      if (place !== 'rcpt' || !isFirst) return null;
      isFirst = false;
      return { code: 550, text: '5.1.1 nobody' };
    },
  });
  const smtp = openSmtp();
  assert.equal((await smtp.send(mail(server.port))).kind, 'refused');
  assert.equal((await smtp.send(mail(server.port))).kind, 'accepted');
});

test('who waits for a free connection waits no longer than the deadline', async () => {
  const server = await serveScript(talkUntil(CONNECTED, null));
  const smtp = openSmtp();
  const busy = Array.from({ length: LIMITS.smtpConnectionsPerServerMax }, () =>
    smtp.send(mail(server.port)),
  );
  const waiting = [1, 2, 3].map(() => smtp.send(mail(server.port, {}, { timeoutMs: 100 })));
  for (const outcome of await Promise.all(waiting)) {
    assert.equal(summarise(outcome), 'unsent timeout');
  }
  assert.equal(server.connectionCount(), LIMITS.smtpConnectionsPerServerMax);
  await server.stop();
  for (const outcome of await Promise.all(busy)) assert.equal(outcome.kind, 'unsent');
});

test('more mails under way than there may be are unsent at once', async () => {
  const smtp = openSmtp({ resolveName: () => {} });
  const late = { timeoutMs: 100 };
  const underWay = Array.from({ length: LIMITS.smtpInFlightMax }, () =>
    smtp.send(mail(25, {}, late)),
  );
  assert.equal(summarise(await smtp.send(mail(25, {}, late))), 'unsent connect_failed');
  for (const outcome of await Promise.all(underWay)) {
    assert.equal(summarise(outcome), 'unsent timeout');
  }
});

test('what is closed sends nothing more, and lets what is under way end first', async () => {
  const server = await serve({ security: 'none' });
  const smtp = openSmtp();
  const underWay = smtp.send(mail(server.port));
  await smtp.close();
  assert.equal((await underWay).kind, 'accepted');
  assert.equal(summarise(await smtp.send(mail(server.port))), 'unsent connect_failed');
  assert.equal(server.received.length, 1);
});

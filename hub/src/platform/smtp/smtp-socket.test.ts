import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ResolveName } from '#platform/http/checked-addresses.ts';
import { MAIL_HOST, startMailServer } from '#test/support/mail/mail-server.ts';
import { openSmtp, serve, mail, summarise, sendOne, toThisMachine } from './smtp.fixture.ts';

test('a private address is refused when connecting, as a name and as a literal', async () => {
  const server = await serve({ security: 'none' });
  const warnings: unknown[] = [];
  const nothing = () => {};
  const log = {
    debug: nothing,
    info: nothing,
    error: nothing,
    warn: (text: string) => warnings.push(text),
  };
  const smtp = openSmtp({ cidrs: '10.0.0.0/8', log });
  for (const host of [MAIL_HOST, '127.0.0.1', '::1', '[::1]', '::ffff:127.0.0.1']) {
    const outcome = await smtp.send(mail(server.port, { host }));
    assert.equal(summarise(outcome), 'unsent address_refused', host);
  }
  assert.equal(warnings.length, 5);
  assert.equal(server.connectionCount(), 0);
});

test('one private address among those of a name is enough to refuse it', async () => {
  const server = await serve({ security: 'none' });
  const resolveName: ResolveName = (_name, done) => {
    done(null, [
      { address: '127.0.0.1', family: 4 },
      { address: '169.254.169.254', family: 4 },
    ]);
  };
  const outcome = await openSmtp({ resolveName }).send(mail(server.port));
  assert.equal(summarise(outcome), 'unsent address_refused');
  assert.equal(server.connectionCount(), 0);
});

test('the name is looked up once, and the connection goes to what was judged', async () => {
  const server = await serve({ security: 'tls' });
  let count = 0;
  const resolveName: ResolveName = (name, done) => {
    count += 1;
    toThisMachine(name, done);
  };
  const outcome = await openSmtp({ resolveName }).send(mail(server.port, { security: 'tls' }));
  assert.equal(outcome.kind, 'accepted');
  assert.equal(count, 1);
});

test('a literal address is checked against the certificate', async () => {
  const server = await serve({ security: 'tls' });
  const literal = mail(server.port, { security: 'tls', host: '127.0.0.1' });
  assert.match(await sendOne(literal), /^accepted/);
  const other = mail(server.port, { security: 'tls', host: '127.0.0.2' });
  assert.match(await sendOne(other), /^unsent (tls_failed|connect_failed)/);
});

test('a name that does not exist, and a port that nobody listens on, are unsent', async () => {
  const resolveName: ResolveName = (_name, done) => {
    done(Object.assign(new Error('no such CANARY'), { code: 'ENOTFOUND' }), []);
  };
  const lost = await openSmtp({ resolveName }).send(mail(25));
  assert.equal(summarise(lost), 'unsent dns_failed');
  const none: ResolveName = (_name, done) => done(null, []);
  assert.equal(
    summarise(await openSmtp({ resolveName: none }).send(mail(25))),
    'unsent dns_failed',
  );
  const server = await startMailServer({ security: 'none' });
  await server.stop();
  assert.equal(await sendOne(mail(server.port)), 'unsent connect_failed');
});

test('what is not the name of a server is refused', async () => {
  for (const host of ['', 'a b', 'mail.example.org\r\nX', 'mail/..', 'x'.repeat(254)]) {
    assert.equal(await sendOne(mail(25, { host })), 'unsent url_invalid', host);
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MailMessage } from '#kernel/ports.ts';
import { readMail } from '#test/support/mail/mail-reader.ts';
import { openSmtp, serve, mail, sendOne } from './smtp.fixture.ts';

test('a message over the size that the server takes is not offered to it', async () => {
  const server = await serve({ security: 'none', more: { size: 1_000 } });
  const big = { text: 'x'.repeat(2_000) };
  const outcome = await sendOne(mail(server.port, {}, { message: big }));
  assert.equal(outcome, 'refused mail 552 5.3.4');
});

test('line breaks in addresses, names and headers are refused before connecting', async () => {
  const server = await serve({ security: 'none' });
  const rows: readonly Partial<MailMessage>[] = [
    { toAddress: 'anna@example.net\r\nRCPT TO:<eve@example.net>' },
    { toAddress: 'anna@example.net>, <eve@example.net' },
    { toAddress: 'anna@example.net,eve@example.net' },
    { toAddress: '' },
    { fromAddress: 'a b@example.org' },
    { fromName: 'Alarm\r\nBcc: eve@example.net' },
    { subject: 'Alarm\nBcc: eve@example.net' },
    { subject: 'Alarm\u0000' },
    { messageId: 'n-1@example.org>\r\nX: y' },
    { headers: { 'X-Test': 'a\r\nBcc: eve@example.net' } },
    { headers: { 'Bcc: eve@example.net\r\nX': 'a' } },
  ];
  for (const message of rows) {
    const outcome = await sendOne(mail(server.port, {}, { message }));
    assert.equal(outcome, 'unsent url_invalid', JSON.stringify(message));
  }
  assert.equal(server.connectionCount(), 0);
});

test('dots, long lines, line breaks and every script arrive as they were', async () => {
  const texts = [
    '.\r\n..\r\n.leading\r\n\r\n.\r\nQUIT\r\n',
    `${'long '.repeat(600)}end\r\n${'x'.repeat(5_000)}`,
    'From here\r\nblanks at the end  \r\n\ttab',
    'è, ß, 中文測試, العربية, 🔥👩‍🚒 =20 =\r\n. dot',
    `${'中文測試。'.repeat(500)}\r\n.\r\n`,
  ];
  const server = await serve({ security: 'none' });
  const smtp = openSmtp();
  for (const text of texts) {
    const html = `<p>${text}</p>`;
    await smtp.send(mail(server.port, {}, { message: { text, html } }));
    const raw = server.received.at(-1)?.raw ?? '';
    const read = readMail(raw);
    assert.equal(read.text, text);
    assert.equal(read.html, html);
    for (const line of raw.split('\r\n')) assert.ok(line.length <= 998);
  }
});

test('the same message has the same bytes each time', async () => {
  const server = await serve({ security: 'none' });
  const message = { html: '<p>Bitte kommen.</p>' };
  for (const smtp of [openSmtp(), openSmtp()]) {
    await smtp.send(mail(server.port, {}, { message }));
  }
  const [first, second] = server.received;
  assert.ok(first !== undefined && second !== undefined);
  assert.equal(first.raw, second.raw);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { INSTANT_MIN, instant } from '#kernel/instant.ts';
import type { MailMessage } from '#kernel/ports.ts';
import { readMail } from '#test/support/mail/mail-reader.ts';
import { composeMail, findMessageFault, formatMailDate } from './mail-bytes.ts';

const MESSAGE: MailMessage = {
  fromAddress: 'alarm@example.org',
  fromName: 'Tocsin',
  toAddress: 'anna@example.net',
  messageId: 'n-1@example.org',
  sentAt: instant(0),
  subject: 'Alarm',
  text: 'come',
  html: '<p>come</p>',
  headers: {},
};

test('property: dates are written as mail writes them, in UTC', () => {
  assert.equal(formatMailDate(instant(0)), 'Thu, 01 Jan 1970 00:00:00 +0000');
  assert.equal(formatMailDate(INSTANT_MIN), 'Mon, 01 Jan 0001 00:00:00 +0000');
  fc.assert(
    fc.property(fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 }), (ms) => {
      const expected = new Date(ms).toUTCString().replace('GMT', '+0000');
      assert.equal(formatMailDate(instant(ms)), expected);
    }),
  );
});

test('a mail without HTML is one part, with HTML two', async () => {
  const both = (await composeMail(MESSAGE)).toString();
  assert.match(both, /multipart\/alternative/);
  assert.equal(readMail(both).html.trimEnd(), MESSAGE.html);
  const plain = (await composeMail({ ...MESSAGE, html: '' })).toString();
  assert.doesNotMatch(plain, /multipart|text\/html/);
  assert.equal(readMail(plain).text.trimEnd(), MESSAGE.text);
});

test('another message has another boundary', async () => {
  const boundaryOf = async (messageId: string): Promise<string | undefined> => {
    const raw = (await composeMail({ ...MESSAGE, messageId })).toString();
    return /boundary="?([^";\r]+)/.exec(raw)?.[1];
  };
  const first = await boundaryOf('n-1@example.org');
  assert.ok(first !== undefined);
  assert.equal(await boundaryOf('n-1@example.org'), first);
  assert.notEqual(await boundaryOf('n-2@example.org'), first);
});

test('a text that looks like a file, a URL or a boundary stays text', async () => {
  for (const text of ['/etc/passwd', 'https://example.org/x', '--tocsin-1-Part_1', 'data:,x']) {
    const raw = (await composeMail({ ...MESSAGE, text })).toString();
    assert.equal(readMail(raw).text.trimEnd(), text);
  }
});

test('property: whatever passes the check adds no header, recipient or line', async () => {
  const sample = (await composeMail(MESSAGE)).toString();
  const { headerNames } = readMail(sample);
  const anyText = fc.uint16Array().map((units) => String.fromCharCode(...units));
  await fc.assert(
    fc.asyncProperty(fc.oneof(anyText, fc.string()), fc.string(), async (subject, fromName) => {
      const message = { ...MESSAGE, subject, fromName };
      if (findMessageFault(message) !== null) return;
      const read = readMail((await composeMail(message)).toString());
      const found = read.headerNames.filter((name) => name !== 'subject');
      assert.deepEqual(
        found,
        headerNames.filter((name) => name !== 'subject'),
      );
      assert.equal(read.headers.get('to'), MESSAGE.toAddress);
    }),
  );
});

test('control characters, second addresses and odd header names are found', () => {
  assert.equal(findMessageFault(MESSAGE), null);
  assert.equal(findMessageFault({ ...MESSAGE, fromName: null }), null);
  const faults: readonly Partial<MailMessage>[] = [
    { subject: 'a\u0085b' },
    { subject: 'a\u2028b' },
    { subject: 'a\u007fb' },
    { toAddress: 'a@b;c@d' },
    { toAddress: 'a@b@c' },
    { toAddress: 'Anna <a@b>' },
    { fromAddress: '@b' },
    { messageId: 'no-domain' },
    { headers: { '': 'x' } },
    { headers: { 'X Y': 'x' } },
  ];
  for (const fault of faults) {
    const text = findMessageFault({ ...MESSAGE, ...fault });
    assert.ok(text !== null, JSON.stringify(fault));
  }
});

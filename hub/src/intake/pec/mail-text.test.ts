import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatInstantOrNull } from '#kernel/instant.ts';
import { crlf } from '#test/support/certified-mail/message.ts';
import { type MailPart, readMailPart } from './mail-part.ts';
import { readMailWords, readPartBytes, readPartText, toLine, toMessageId } from './mail-text.ts';

function read(text: string): MailPart {
  const reading = readMailPart(Buffer.from(crlf(text), 'latin1'));
  assert.ok(reading.ok);
  return reading.part;
}

const wordsOf = (head: string) => readMailWords(read(`${head}\n\nbody`));

describe('the words of a mail', () => {
  test('are those that people wrote, out of their encoding', async () => {
    const words = await wordsOf(`Subject: =?iso-8859-1?Q?Citt=E0_di_prova?=
From: "Per conto di: mittente@studio.example.it" <posta-certificata@pec.gestore.example.it>
Reply-To: mittente@studio.example.it
To: Ufficio <ufficio@pec.lume.example.it>, altri: a@b.it, c@d.it;
Cc: copia@pec.lume.example.it
Message-ID: <x.1@pec.gestore.example.it>
Date: Sun, 25 Oct 2026 02:30:00 +0100`);
    assert.deepEqual(
      { ...words, date: formatInstantOrNull(words.date) },
      {
        subject: 'Città di prova',
        fromAddress: 'posta-certificata@pec.gestore.example.it',
        replyToAddress: 'mittente@studio.example.it',
        toAddresses: [
          'ufficio@pec.lume.example.it',
          'a@b.it',
          'c@d.it',
          'copia@pec.lume.example.it',
        ],
        messageId: '<x.1@pec.gestore.example.it>',
        date: '2026-10-25T01:30:00.000Z',
      },
    );
  });

  test('are null where there are none', async () => {
    assert.deepEqual(await wordsOf('X-A: b'), {
      subject: null,
      fromAddress: null,
      replyToAddress: null,
      toAddresses: [],
      messageId: null,
      date: null,
    });
    assert.equal((await wordsOf('Date: last Tuesday')).date, null);
  });

  test('are bounded, and each is one line', async () => {
    const many = Array.from({ length: 500 }, (_, n) => `r${n}@example.it`).join(', ');
    assert.equal((await wordsOf(`To: ${many}`)).toAddresses.length, 50);
    assert.equal(toLine('a\r\nBcc: b\u2028c\u0000'), 'a Bcc: b c');
    assert.equal(toLine(' \t\n'), null);
    assert.equal(toLine(null), null);
    assert.ok((toLine('x'.repeat(100_000)) ?? '').length <= 65_536);
    assert.equal(toLine('😀'.repeat(40_000))?.isWellFormed(), true);
  });
});

test('the id of a message is one word, and nothing personal can stand beside it', () => {
  for (const id of ['<a.1@b.example.it>', 'a.1@b.example.it', 'msg-0419', '12']) {
    assert.equal(toMessageId(` ${id}\r\n`), id);
  }
  for (const text of [
    '<a@b.it> and a name',
    '<a@b.it><c@d.it>',
    '4111 1111',
    '110105194912X',
    'x'.repeat(300),
  ]) {
    assert.match(toMessageId(text) ?? '', /^sha256:[0-9a-f]{64}$/, text);
  }
  assert.equal(toMessageId(' '), null);
  assert.equal(toMessageId(null), null);
});

describe('the content of a part', () => {
  test('comes out of its transfer encoding', async () => {
    const contentOf = async (text: string) => {
      const bytes = await readPartBytes(read(text));
      // The last line of what is plain may gain its end.
      return bytes === null ? null : Buffer.from(bytes).toString('latin1').trim();
    };
    const base64 = 'Content-Transfer-Encoding: base64\n\nYWJj\nZGVm\n';
    assert.equal(await contentOf(base64), 'abcdef');
    const quoted = 'Content-Transfer-Encoding: quoted-printable\n\na=E8b=\nc';
    assert.equal(await contentOf(quoted), 'aèbc');
    assert.equal(await contentOf('Content-Type: text/plain; charset=utf-16\n\nabc'), 'abc');
    assert.equal(typeof (await contentOf('Content-Transfer-Encoding: base64\n\n!*?\n')), 'string');
  });

  test('is read as text in its character set, or in the plain one of several', async () => {
    const latin = `Content-Type: text/plain; charset="iso-8859-1"
Content-Transfer-Encoding: quoted-printable

Il messaggio =E8 stato accettato`;
    assert.equal((await readPartText(read(latin))).trim(), 'Il messaggio è stato accettato');
    const both = `Content-Type: multipart/alternative; boundary=z

--z
Content-Type: text/plain

nelle 24 ore
--z
Content-Type: text/html

<p>nelle <b>24</b> ore</p>
--z--
`;
    assert.match(await readPartText(read(both)), /nelle 24 ore/);
  });

  test('is not read where it is too long to be a notice', async () => {
    assert.equal(await readPartText(read(`\n${'nelle 24 ore '.repeat(20_000)}`)), '');
  });
});

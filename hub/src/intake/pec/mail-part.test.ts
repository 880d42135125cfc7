import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { crlf } from '#test/support/certified-mail/message.ts';
import {
  findHeader,
  type MailPart,
  readContentType,
  readMailPart,
  readPartName,
  splitMultipart,
} from './mail-part.ts';

function read(text: string | Uint8Array): MailPart {
  const bytes = typeof text === 'string' ? Buffer.from(text, 'latin1') : text;
  const reading = readMailPart(bytes);
  assert.ok(reading.ok, reading.ok ? '' : reading.sentence);
  return reading.part;
}

const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');

function childrenOf(text: string | Uint8Array): readonly string[] {
  const split = splitMultipart(read(text));
  assert.ok(split.ok);
  return split.children.map(textOf);
}

describe('the headers of a part', () => {
  test('are known whatever their case, and folded ones are one', () => {
    const part = read(crlf('X-RICEVUTA:\n accettazione\nSubject: a\n\tb\n\nbody'));
    assert.equal(findHeader(part, 'x-ricevuta'), 'accettazione');
    assert.equal(findHeader(part, 'subject'), 'a b');
    assert.equal(textOf(part.body), 'body');
    assert.equal(findHeader(part, 'body'), null);
  });

  test('of which there are two count by the first', () => {
    const part = read('X-Ricevuta: accettazione\nX-Ricevuta: avvenuta-consegna\n\n');
    assert.equal(findHeader(part, 'x-ricevuta'), 'accettazione');
  });

  test('end at the empty line: a body cannot bring one along', () => {
    const part = read(crlf('From: a@b.it\n\nX-Ricevuta: avvenuta-consegna\n'));
    assert.equal(findHeader(part, 'x-ricevuta'), null);
  });

  test('stand beside what is none, which is left out with all that is folded under it', () => {
    const part = read('From a@b.it Mon Nov 16\n X-Trasporto: errore\nnonsense\nTo: x\n\n');
    assert.deepEqual(part.headers, [{ name: 'to', value: 'x' }]);
  });

  test('may be missing, and so may the body', () => {
    assert.deepEqual(read('\r\nbody').headers, []);
    assert.equal(read('To: x').body.length, 0);
    assert.equal(read('').headers.length, 0);
  });
});

describe('the type of a part', () => {
  const typeOf = (value: string) => {
    const { type, parameters } = readContentType(read(`Content-Type: ${value}\n\n`));
    return [type, Object.fromEntries(parameters)];
  };

  test('has parameters, in quotes or not', () => {
    assert.deepEqual(typeOf('Multipart/Signed; micalg=sha-256; BOUNDARY="a;b \\"c\\""'), [
      'multipart/signed',
      { micalg: 'sha-256', boundary: 'a;b "c"' },
    ]);
    assert.deepEqual(typeOf('text/plain'), ['text/plain', {}]);
    assert.deepEqual(typeOf('x; boundary=first; boundary=second'), ['x', { boundary: 'first' }]);
    assert.deepEqual(typeOf('x; __proto__=y; constructor="z"')[0], 'x');
  });

  test('is plain text where a part says nothing', () => {
    assert.equal(readContentType(read('\n')).type, 'text/plain');
  });

  test('and its disposition name it', () => {
    const name = (head: string) => readPartName(read(`${head}\n\n`));
    assert.equal(name('Content-Type: application/xml; name="Daticert.XML"'), 'daticert.xml');
    const both = 'Content-Type: x; name=a\nContent-Disposition: inline; filename=b';
    assert.equal(name(both), 'b');
    assert.equal(name('Content-Type: text/plain'), null);
  });
});

describe('the children of a multipart', () => {
  const HEAD = 'Content-Type: multipart/mixed; boundary="b"\r\n\r\n';

  test('are the bytes between the delimiters, without the line break before the next', () => {
    const text = `${HEAD}preamble\r\n--b\r\none\r\n\r\n--b  \r\ntwo\r\n--b--\r\nepilogue`;
    assert.deepEqual(childrenOf(text), ['one\r\n', 'two']);
  });

  test('keep every byte, those of no character set too', () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    const whole = Buffer.concat([Buffer.from(`${HEAD}--b\r\n`), bytes, Buffer.from('\r\n--b--')]);
    const split = splitMultipart(read(whole));
    assert.ok(split.ok && split.children[0] !== undefined);
    assert.deepEqual(Buffer.from(split.children[0]), bytes);
  });

  test('end only at a whole line that is the delimiter', () => {
    const text = `${HEAD}--b\r\nx --b\r\n--bc\r\n--b-\r\n--b--x\r\n--b--\r\n`;
    assert.deepEqual(childrenOf(text), ['x --b\r\n--bc\r\n--b-\r\n--b--x']);
  });

  test('are there when the last delimiter is missing, and when one is empty', () => {
    assert.deepEqual(childrenOf(`${HEAD}--b\r\none`), ['one']);
    assert.deepEqual(childrenOf(`${HEAD}--b\r\n--b\r\n\r\n--b--`), ['', '']);
    assert.deepEqual(childrenOf(`${HEAD}nothing at all`), []);
  });

  test('are none of what is no multipart, or names no boundary', () => {
    assert.deepEqual(childrenOf('Content-Type: text/plain; boundary=b\r\n\r\n--b\r\nx'), []);
    assert.deepEqual(childrenOf('Content-Type: multipart/mixed\r\n\r\n--\r\nx'), []);
    assert.deepEqual(childrenOf('Content-Type: multipart/mixed; boundary=""\r\n\r\n--\r\nx'), []);
  });

  test('property: what was put together is taken apart, whichever line breaks it has', () => {
    const body = fc.string({ unit: fc.constantFrom('a', '-', 'b', ' ', '\t'), maxLength: 12 });
    const breaks = fc.constantFrom('\r\n', '\n');
    fc.assert(
      fc.property(fc.array(body, { maxLength: 5 }), breaks, (bodies, end) => {
        const children = bodies.filter((one) => !one.startsWith('--zz'));
        const parts = children.map((one) => `--zz${end}${one}${end}`);
        const head = `Content-Type: multipart/mixed; boundary=zz${end}${end}`;
        assert.deepEqual(childrenOf(`${head}${parts.join('')}--zz--${end}`), children);
      }),
    );
  });

  test('property: any bytes at all are parts or none, and nothing breaks', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const whole = Buffer.concat([Buffer.from(HEAD), bytes, Buffer.from('\n--b\n'), bytes]);
        const split = splitMultipart(read(whole));
        assert.ok(split.ok);
        for (const child of split.children) assert.ok(readMailPart(child).ok);
      }),
    );
  });
});

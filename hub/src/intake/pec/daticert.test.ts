import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { formatInstantOrNull } from '#kernel/instant.ts';
import { IDENTIFIER, TOWN, writeDaticert } from '#test/support/certified-mail/message.ts';
import { type Daticert, readDaticert } from './daticert.ts';

function read(xml: string | Uint8Array): Daticert {
  const reading = readDaticert(typeof xml === 'string' ? Buffer.from(xml) : xml);
  assert.ok(reading.ok, reading.ok ? '' : reading.reason);
  return reading.daticert;
}

function refusalOf(xml: string): string {
  const reading = readDaticert(Buffer.from(xml));
  return reading.ok ? 'taken' : reading.reason;
}

const momentOf = (more: Partial<Parameters<typeof writeDaticert>[0]>) =>
  formatInstantOrNull(read(writeDaticert({ tipo: 'accettazione', ...more })).at);

describe('daticert.xml', () => {
  test('says who, what, when and about which message', () => {
    const found = read(
      writeDaticert({
        tipo: 'errore-consegna',
        errore: 'no-dest',
        recipients: [TOWN, 'esterno:mario@example.com'],
        recipient: TOWN,
        errorText: '5.1.1 - indirizzo non valido',
      }),
    );
    assert.deepEqual(
      [found.tipo, found.errore, found.identifier, found.recipient, found.errorText],
      ['errore-consegna', 'no-dest', IDENTIFIER, TOWN, '5.1.1 - indirizzo non valido'],
    );
    assert.deepEqual(found.recipients, [
      { address: TOWN, isCertified: true },
      { address: 'mario@example.com', isCertified: false },
    ]);
    assert.equal(found.messageId, '<m-1@studio-lume.example.it>');
  });

  test('holds texts: a number, an entity and a hostile subject stay what was written', () => {
    for (const subject of [
      '0012',
      '1e5',
      'true',
      'caffè & tè <b>',
      '&#233; &amp;#233; &unknown;',
      '__proto__',
      ']]> --> <?php',
    ]) {
      assert.equal(read(writeDaticert({ tipo: 'accettazione', subject })).subject, subject);
    }
    const numeric = writeDaticert({ tipo: 'accettazione', subject: 'SUBJECT' });
    const written = numeric.replace(
      'SUBJECT',
      'citt&#224; &#xE8; &amp;#233; &#0; &#9999999; &#13;',
    );
    assert.equal(read(written).subject, 'città è &#233; &#0; &#9999999;');
  });

  test('is read although providers write stray text, or leave things out', () => {
    const xml = writeDaticert({ tipo: 'accettazione', messageId: null, subject: null });
    const odd = xml.replace('</risposte>', '</risposte>a').replace(/<risposte>.*?<\/risposte>/, '');
    const found = read(odd);
    assert.deepEqual([found.messageId, found.subject, found.identifier], [null, null, IDENTIFIER]);
    assert.equal(read(`\uFEFF${xml}`).tipo, 'accettazione');
    const latin = Buffer.from(writeDaticert({ tipo: 'accettazione', subject: 'già' }), 'latin1');
    assert.equal(read(latin).subject, 'già');
  });

  test('has a moment in its own zone: in autumn one local hour comes twice', () => {
    const autumn = { day: '25/10/2026', clock: '02:30:00' };
    assert.equal(momentOf({ ...autumn, zone: '+0200' }), '2026-10-25T00:30:00.000Z');
    assert.equal(momentOf({ ...autumn, zone: '+0100' }), '2026-10-25T01:30:00.000Z');
    assert.equal(momentOf({ ...autumn, zone: '+01:00' }), '2026-10-25T01:30:00.000Z');
    assert.equal(momentOf({ day: '1/2/2026', clock: '9:05:00' }), '2026-02-01T08:05:00.000Z');
  });

  test('has none where it names no zone, or a day that never was', () => {
    for (const more of [
      { zone: '' },
      { zone: 'CET' },
      { day: '31/02/2026' },
      { clock: '25:00:00' },
    ]) {
      assert.equal(momentOf(more), null, JSON.stringify(more));
    }
  });

  test('is refused with a document type, before anything in it is expanded', () => {
    const bomb = '<!DOCTYPE p [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>';
    assert.equal(refusalOf(`${bomb}<postacert tipo="accettazione">&b;</postacert>`), 'doctype');
    assert.equal(refusalOf('<!doctype x><postacert tipo="a"/>'), 'doctype');
  });

  test('is refused when it is something else, or too large', () => {
    assert.equal(refusalOf(''), 'not_daticert');
    assert.equal(refusalOf('<html></html>'), 'not_daticert');
    assert.equal(refusalOf('<postacert/>'), 'not_daticert');
    assert.equal(refusalOf(`<postacert tipo="a">${' '.repeat(600_000)}</postacert>`), 'too_large');
    const deep = `<postacert tipo="a">${'<x>'.repeat(50_000)}`;
    assert.notEqual(refusalOf(deep), 'taken');
  });

  test('property: anything at all is taken or refused, and nothing breaks', () => {
    const valid = writeDaticert({ tipo: 'avvenuta-consegna', recipient: TOWN });
    fc.assert(
      fc.property(fc.nat(valid.length), fc.nat(40), fc.string(), (from, length, junk) => {
        const spoiled = valid.slice(0, from) + junk + valid.slice(from + length);
        const reading = readDaticert(Buffer.from(spoiled));
        if (!reading.ok) return;
        for (const value of Object.values(reading.daticert)) {
          if (typeof value === 'string') assert.doesNotMatch(value, /\p{Cc}/u);
        }
      }),
      { numRuns: 300 },
    );
  });
});

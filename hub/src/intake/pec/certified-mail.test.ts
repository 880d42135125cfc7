import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { formatInstant } from '#kernel/instant.ts';
import { isJsonObject, type JsonObject, parseJson } from '#kernel/syntax/json.ts';
import { createSigner, type Signer } from '#test/support/certified-mail/authority.ts';
import {
  crlf,
  type MessageOptions,
  PROVIDER,
  TOWN,
  writeDaticert,
  writeSigned,
  writeUnsigned,
} from '#test/support/certified-mail/message.ts';
import { textOf } from '#test/support/hub/calls.ts';
import { at } from '#test/support/samples/sources.ts';
import { readAnchors } from './anchor.ts';
import { type CertifiedMail, readCertifiedMail } from './certified-mail.ts';

const FIXTURES = join(import.meta.dirname, '..', '..', '..', '..', 'test', 'fixtures', 'pec');
const NOW = at('2026-11-16T08:00:00Z');

function readFixture(name: string): Buffer {
  return readFileSync(join(FIXTURES, name));
}

async function read(bytes: Uint8Array, ...trusted: readonly string[]): Promise<CertifiedMail> {
  const { anchors, faults } = readAnchors([...trusted]);
  assert.deepEqual(faults, []);
  const reading = await readCertifiedMail(bytes, { anchors, now: NOW });
  assert.ok(reading.ok, reading.ok ? '' : reading.sentence);
  return reading.mail;
}

/** `certified`, or why not. */
function verdictOf({ certification }: CertifiedMail): string {
  return certification.isCertified ? 'certified' : certification.reason;
}

function detailOf({ certification }: CertifiedMail): string {
  return certification.isCertified ? '' : certification.detail;
}

describe('recorded messages', () => {
  const authority = readFixture('test-ca.pem').toString();
  const expected = parseJson(readFixture('expected.json').toString());
  assert.ok(expected.ok && isJsonObject(expected.value));
  const messages = expected.value['messages'];
  assert.ok(isJsonObject(messages));

  /** The expectations call envelopes by names of their own. */
  const KINDS: Readonly<Record<string, string>> = {
    'busta-trasporto': 'posta-certificata',
    'busta-anomalia': 'errore',
  };

  for (const name of readdirSync(FIXTURES).filter((one) => one.endsWith('.eml'))) {
    test(`${name} is what it is, proved by the authority of its provider`, async () => {
      const wanted = messages[name];
      assert.ok(isJsonObject(wanted));
      const mail = await read(readFixture(name), authority);
      const kind = textOf(wanted['kind']);
      assert.equal(mail.kind, KINDS[kind] ?? kind);
      assert.equal(verdictOf(mail), 'certified', detailOf(mail));
      assert.deepEqual(renderDaticert(mail), wanted['daticert']);
      assert.equal(mail.isVirus, name.startsWith('05'));
      assert.equal(mail.isLastNotice, name.startsWith('08') ? false : null);
    });
  }

  test('are proved as well by the certificate of their provider, and by no other', async () => {
    const mail = readFixture('04-errore-consegna.eml');
    const [own, other] = ['gestore-b.pem', 'gestore-a.pem'].map((name) =>
      readFixture(name).toString(),
    );
    assert.equal(verdictOf(await read(mail, own ?? '')), 'certified');
    assert.equal(verdictOf(await read(mail, other ?? '')), 'untrusted');
    const nobody = await read(mail);
    assert.deepEqual(
      [verdictOf(nobody), nobody.kind, detailOf(nobody)],
      [
        'untrusted',
        'errore-consegna',
        'the source trusts no certificate: set trusted_certificates',
      ],
    );
  });

  test('are no longer proved when one letter of them is another', async () => {
    const bytes = readFixture('03-avvenuta-consegna.eml');
    const text = bytes.toString('latin1').replace('stato consegnato', 'stato consegnatO');
    assert.notEqual(text, bytes.toString('latin1'));
    const mail = await read(Buffer.from(text, 'latin1'), authority);
    assert.equal(verdictOf(mail), 'tampered');
    assert.match(detailOf(mail), /changed on its way/);
  });

  test('are still proved when a program handed them on with line breaks of its own', async () => {
    const bytes = readFixture('02-accettazione.eml').toString('latin1').replaceAll('\r\n', '\n');
    assert.equal(verdictOf(await read(Buffer.from(bytes, 'latin1'), authority)), 'certified');
    const mixed = `\r\n${bytes}`.replace('ed indirizzato', 'ed\r\nindirizzato');
    const mail = await read(Buffer.from(mixed.trimStart(), 'latin1'), authority);
    assert.equal(verdictOf(mail), 'tampered');
  });
});

function renderDaticert({ daticert }: CertifiedMail): JsonObject | null {
  if (daticert === null) return null;
  return {
    tipo: daticert.tipo,
    errore: daticert.errore,
    mittente: daticert.sender,
    destinatari: daticert.recipients.map(({ address, isCertified }) => ({
      indirizzo: address,
      tipo: isCertified ? 'certificato' : 'esterno',
    })),
    oggetto: daticert.subject,
    gestore: daticert.provider,
    identificativo: daticert.identifier,
    msgid: daticert.messageId,
    ricevuta: daticert.receiptType,
    consegna: daticert.recipient,
    ricezione: [...daticert.takenFor],
    erroreEsteso: daticert.errorText,
    istante: daticert.at === null ? null : formatInstant(daticert.at),
  };
}

type World = { readonly authority: Signer; readonly provider: Signer };

let made: Promise<World> | null = null;

/** One authority and its provider for all tests of this file. */
function openWorld(): Promise<World> {
  made ??= (async () => {
    const authority = await createSigner({ name: 'Autorità di prova', isAuthority: true });
    const provider = await createSigner({
      name: 'Gestore di Prova S.p.A.',
      issuer: authority,
      address: PROVIDER,
    });
    return { authority, provider };
  })();
  return made;
}

const FAILED = writeDaticert({ tipo: 'errore-consegna', errore: 'no-dest', recipient: TOWN });
const FAILURE: MessageOptions = {
  headers: { 'X-Ricevuta': 'errore-consegna' },
  daticert: FAILED,
};

async function readSigned(options: MessageOptions): Promise<CertifiedMail> {
  const { authority, provider } = await openWorld();
  return read(await writeSigned(provider, options), authority.pem);
}

describe('a signature', () => {
  test('of a trusted provider certifies, however its types are written', async () => {
    for (const how of [
      {},
      { signatureType: 'application/x-pkcs7-signature', micalg: 'sha1' },
      { micalg: 'sha-256', isSwapped: true, original: 'Subject: x\n\nciao\n' },
    ]) {
      const mail = await readSigned({ ...FAILURE, ...how });
      assert.deepEqual([mail.kind, verdictOf(mail)], ['errore-consegna', 'certified']);
    }
  });

  test('that is missing certifies nothing, whatever the mail calls itself', async () => {
    const { authority } = await openWorld();
    const mail = await read(writeUnsigned(FAILURE), authority.pem);
    assert.deepEqual([mail.kind, verdictOf(mail)], ['errore-consegna', 'unsigned']);
  });

  test('of one who made a certificate with the same names is trusted by nobody', async () => {
    const { authority, provider } = await openWorld();
    const name = 'Gestore di Prova S.p.A.';
    const alike = await createSigner({ name, address: PROVIDER });
    const forged = await read(await writeSigned(alike, FAILURE), authority.pem);
    assert.deepEqual(
      [verdictOf(forged), detailOf(forged)],
      ['untrusted', 'the signer has made its certificate itself'],
    );
    const fake = await createSigner({ name: 'Autorità di prova', isAuthority: true });
    const issued = await createSigner({ name, issuer: fake, address: PROVIDER });
    const certificates = [issued.certificate, fake.certificate];
    const sent = await writeSigned(issued, { ...FAILURE, signing: { certificates } });
    assert.equal(verdictOf(await read(sent, authority.pem, provider.pem)), 'untrusted');
  });

  test('whose certificate another sent along is not his', async () => {
    const { authority, provider } = await openWorld();
    const stranger = await createSigner({ name: 'Un altro', address: PROVIDER });
    const certificates = [provider.certificate];
    const sent = await writeSigned(stranger, { ...FAILURE, signing: { certificates } });
    const mail = await read(sent, authority.pem);
    assert.deepEqual(
      [verdictOf(mail), detailOf(mail)],
      ['untrusted', 'the certificate of the signer is not in the signature'],
    );
  });

  test('that brings its own content along proves that content, not the mail', async () => {
    const enclosed = Buffer.from('Content-Type: text/plain\r\n\r\nnothing of this mail');
    const mail = await readSigned({ ...FAILURE, signing: { enclosed } });
    assert.deepEqual(
      [verdictOf(mail), detailOf(mail)],
      ['tampered', 'the signature brings its own content along'],
    );
  });

  test('counts by the day of the receipt: what has expired since is still proof', async () => {
    const { authority } = await openWorld();
    const old = await createSigner({
      name: 'Gestore di una volta',
      issuer: authority,
      address: PROVIDER,
      notBefore: '2012-01-01T00:00:00Z',
      notAfter: '2015-01-01T00:00:00Z',
      digest: 'SHA-1',
    });
    const oldest = await createSigner({ name: 'Autorità di una volta', isAuthority: true });
    assert.ok(oldest !== authority);
    const then = writeDaticert({ tipo: 'accettazione', day: '18/03/2013' });
    const now = writeDaticert({ tipo: 'accettazione', day: '18/03/2016' });
    const readAt = async (daticert: string) =>
      read(await writeSigned(old, { daticert, micalg: 'sha1' }), old.pem);
    const proved = await readAt(then);
    assert.equal(verdictOf(proved), 'certified', detailOf(proved));
    assert.ok(proved.certification.isCertified && proved.certification.digest === 'sha1');
    const late = await readAt(now);
    assert.deepEqual(
      [verdictOf(late), detailOf(late)],
      ['expired_at_receipt', 'a certificate had expired when the receipt was written'],
    );
    assert.equal(
      detailOf(await readAt(writeDaticert({ tipo: 'accettazione', day: '18/03/2011' }))),
      'a certificate was not valid yet when the receipt was written',
    );
  });

  test('is made out to the domain that the mail comes from', async () => {
    const { authority } = await openWorld();
    const other = await createSigner({
      name: 'Un altro gestore',
      issuer: authority,
      address: 'posta-certificata@pec.altro.example.it',
    });
    const mail = await read(await writeSigned(other, FAILURE), authority.pem);
    assert.equal(verdictOf(mail), 'domain_mismatch');
    assert.match(detailOf(mail), /made out to pec.altro.example.it/);
    const nameless = await createSigner({ name: 'Senza indirizzo', issuer: authority });
    const unnamed = await read(await writeSigned(nameless, FAILURE), authority.pem);
    assert.equal(verdictOf(unnamed), 'domain_mismatch');
  });

  test('leads to a trusted certificate by others, but never through one that may not', async () => {
    const { authority } = await openWorld();
    const between = await createSigner({ name: 'CA 2', issuer: authority, isAuthority: true });
    const signer = await createSigner({ name: 'Gestore', issuer: between, address: PROVIDER });
    const certificates = [signer.certificate, between.certificate];
    const sent = await writeSigned(signer, { ...FAILURE, signing: { certificates } });
    assert.equal(verdictOf(await read(sent, authority.pem)), 'certified');
    const alone = await writeSigned(signer, FAILURE);
    assert.equal(verdictOf(await read(alone, authority.pem)), 'untrusted');
    // Any provider could else certify whom it likes.
    const office = await createSigner({ name: 'Ufficio', issuer: authority, address: PROVIDER });
    const guest = await createSigner({ name: 'Ospite', issuer: office, address: PROVIDER });
    const through = { certificates: [guest.certificate, office.certificate] };
    const forged = await writeSigned(guest, { ...FAILURE, signing: through });
    assert.equal(verdictOf(await read(forged, authority.pem)), 'untrusted');
  });

  test('that cannot be read certifies nothing', async () => {
    const { authority, provider } = await openWorld();
    const sent = (await writeSigned(provider, FAILURE)).toString('latin1');
    const at = sent.lastIndexOf('\r\n\r\n', sent.lastIndexOf('------outer--') - 6);
    for (const junk of ['', 'AAAA', '!!!', 'MIIB', 'A'.repeat(200_000)]) {
      const text = `${sent.slice(0, at)}\r\n\r\n${junk}\r\n------outer--\r\n`;
      const mail = await read(Buffer.from(text, 'latin1'), authority.pem);
      assert.equal(verdictOf(mail), 'tampered', junk.slice(0, 10));
    }
  });
});

describe('what a mail certifies', () => {
  const FORGED = writeDaticert({ tipo: 'avvenuta-consegna', recipient: 'falso@example.it' });
  const NESTED = `From: mallory@example.com
Subject: CONSEGNA: falso
X-Ricevuta: avvenuta-consegna
Content-Type: multipart/mixed; boundary=zz

--zz
Content-Type: application/xml; name="daticert.xml"
Content-Disposition: attachment; filename="daticert.xml"

${FORGED}
--zz--
`;

  test('is not what the sender of the original wrote into it', async () => {
    for (const isSwapped of [false, true]) {
      const daticert = writeDaticert({ tipo: 'posta-certificata' });
      const mail = await readSigned({ daticert, original: NESTED, isSwapped });
      assert.equal(mail.kind, 'posta-certificata');
      assert.equal(mail.daticert?.recipient, null);
    }
  });

  test('is nothing where the provider wrote no daticert.xml, but for an anomaly', async () => {
    const anomaly = { headers: { 'X-Trasporto': 'errore' }, original: NESTED };
    const mail = await readSigned(anomaly);
    assert.deepEqual([mail.kind, verdictOf(mail), mail.daticert], ['errore', 'certified', null]);
    const claim = await readSigned({ ...anomaly, headers: { 'X-Ricevuta': 'avvenuta-consegna' } });
    assert.deepEqual([claim.kind, verdictOf(claim)], ['avvenuta-consegna', 'daticert_missing']);
  });

  test('is in doubt when there are two of them', async () => {
    const second = `Content-Type: application/xml; name="daticert.xml"\n\n${FORGED}`;
    const mail = await readSigned({ ...FAILURE, more: [second] });
    assert.deepEqual([mail.daticert, verdictOf(mail)], [null, 'daticert_missing']);
  });

  test('is what daticert.xml says, and not a header beside it or the subject', async () => {
    const headers = { 'X-Ricevuta': 'avvenuta-consegna', Subject: 'CONSEGNA: Atto di prova 12' };
    const mail = await readSigned({ ...FAILURE, headers });
    assert.equal(mail.kind, 'errore-consegna');
    const plain = writeUnsigned({
      headers: { Subject: 'CONSEGNA: una lettera', 'X-Ricevuta': '' },
    });
    const ordinary = await read(plain);
    assert.deepEqual([ordinary.kind, verdictOf(ordinary)], ['unknown', 'not_pec']);
  });

  test('that a signature holds for ordinary mail makes it no certified mail', async () => {
    const mail = await readSigned({ headers: { 'X-Ricevuta': '' } });
    assert.deepEqual([mail.kind, verdictOf(mail)], ['unknown', 'not_pec']);
  });

  test('that time ran out once or for good is in its text, if not in daticert.xml', async () => {
    const daticert = writeDaticert({ tipo: 'preavviso-errore-consegna', recipient: TOWN });
    const first = 'non =E8 stato consegnato nelle prime 12 ore dal suo invio.';
    const last = 'non =E8 stato consegnato nelle 24 ore successive al suo invio.';
    const telling = writeDaticert({
      tipo: 'preavviso-errore-consegna',
      errorText: 'messaggio non consegnato nelle 24 ore',
    });
    for (const [options, wanted] of [
      [{ daticert, text: first }, false],
      [{ daticert, text: last }, true],
      [{ daticert, text: 'non consegnato' }, null],
      [{ daticert: telling, text: first }, true],
    ] as const) {
      assert.equal((await readSigned(options)).isLastNotice, wanted, options.text);
    }
  });
});

describe('who a mail is about', () => {
  test('a receipt of a mail of ours is known, and the answer of a program to one', async () => {
    const own = { tipo: 'errore-consegna', messageId: '<tocsin.0190a000@lume.example.it>' };
    assert.equal((await readSigned({ daticert: writeDaticert(own) })).isAboutOwn, true);
    const headers = { 'X-Riferimento-Message-ID': '<tocsin.0190a000@altro.example.it>' };
    const nameless = writeDaticert({ tipo: 'accettazione', messageId: null });
    assert.equal((await readSigned({ daticert: nameless, headers })).isAboutOwn, true);
    assert.equal((await readSigned(FAILURE)).isAboutOwn, false);

    const daticert = writeDaticert({ tipo: 'posta-certificata' });
    const answer = 'In-Reply-To: <tocsin.0190a000@lume.example.it>\n';
    const away = `${answer}Auto-Submitted: auto-replied\n\nassente\n`;
    const absence = await readSigned({ daticert, original: away });
    assert.deepEqual([absence.isAboutOwn, absence.isAutomatic], [true, true]);
    const person = await readSigned({ daticert, original: `${answer}\nricevuto\n` });
    assert.deepEqual([person.isAboutOwn, person.isAutomatic], [false, false]);
  });
});

describe('what is no mail, or too much of one', () => {
  const refuse = async (bytes: Uint8Array): Promise<string> => {
    const reading = await readCertifiedMail(bytes, { anchors: [], now: NOW });
    assert.ok(!reading.ok, 'it is refused');
    return reading.sentence;
  };

  test('is refused with a sentence', async () => {
    assert.match(await refuse(Buffer.from('<xml/>')), /none of the headers/);
    assert.match(await refuse(Buffer.from('Hello: world\r\n\r\n')), /none of the headers/);
    const many = `From: a@b.it\r\n${'X-A: b\r\n'.repeat(501)}\r\n`;
    assert.match(await refuse(Buffer.from(many)), /more than 500 headers/);
    const long = `From: a@b.it\r\nX-A: ${'b'.repeat(300_000)}\r\n\r\n`;
    assert.match(await refuse(Buffer.from(long)), /more than 262144 bytes/);
    const children = '--b\r\n\r\nx\r\n'.repeat(300);
    const parts = `From: a@b.it\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n${children}`;
    assert.match(await refuse(Buffer.from(parts)), /more than 200 parts/);
  });

  test('mail inside mail inside mail is not opened', async () => {
    let inner = NESTED_TEXT;
    for (let depth = 0; depth < 200; depth += 1) {
      const name = `b${depth}`;
      const type = `Content-Type: multipart/mixed; boundary=${name}`;
      inner = `${type}\n\n--${name}\n${inner}\n--${name}--\n`;
    }
    const mail = await read(Buffer.from(crlf(`From: a@b.it\n${inner}`)));
    assert.deepEqual([mail.kind, mail.daticert], ['unknown', null]);
  });

  test('a boundary that begins another is not the other', async () => {
    const head = 'From: a@b.it\nContent-Type: multipart/mixed; boundary="b"\n';
    const text = `${head}\n--bb\nContent-Type: text/plain\n\nnot a part
--b\nContent-Type: application/xml; name=daticert.xml\n
${FAILED}\n x--b\n--b--\nrest\n`;
    const mail = await read(Buffer.from(crlf(text)));
    assert.equal(mail.daticert?.recipient, TOWN);
  });

  test('a mail that was cut off at any place is read, or refused, and never breaks', async () => {
    const bytes = readFixture('01-busta-trasporto.eml');
    for (let length = 0; length < bytes.length; length += 97) {
      const basis = { anchors: [], now: NOW };
      const reading = await readCertifiedMail(bytes.subarray(0, length), basis);
      if (reading.ok) assert.equal(reading.mail.certification.isCertified, false);
    }
  });
});

const NESTED_TEXT = `Content-Type: application/xml; name="daticert.xml"\n\n${FAILED}\n`;

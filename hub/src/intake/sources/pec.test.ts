import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Report } from '#intake/report.ts';
import type { JsonObject } from '#kernel/syntax/json.ts';
import { createSigner, type Signer } from '#test/support/certified-mail/authority.ts';
import {
  IDENTIFIER,
  type MessageOptions,
  type Notice,
  PROVIDER,
  TOWN,
  writeDaticert,
  writeSigned,
  writeUnsigned,
} from '#test/support/certified-mail/message.ts';
import { at, readWith } from '#test/support/samples/sources.ts';
import { PEC } from './pec.ts';

const FIXTURES = join(import.meta.dirname, '..', '..', '..', '..', 'test', 'fixtures', 'pec');
const AUTHORITY = readFileSync(join(FIXTURES, 'test-ca.pem'), 'utf8');
const NOW = at('2026-11-16T08:00:00Z');
const TRUSTING: JsonObject = { trusted_certificates: [AUTHORITY] };

async function readMail(
  bytes: Uint8Array,
  mapping: JsonObject = TRUSTING,
  headers: Readonly<Record<string, string>> = {},
): Promise<Report> {
  const context = { severityDefault: 'medium', mapping, headers, now: NOW } as const;
  const reading = await PEC.read?.({ method: 'POST', headers, body: bytes }, context);
  assert.ok(reading?.ok === true, JSON.stringify(reading));
  const [report, ...others] = reading.reports;
  assert.ok(report !== undefined && others.length === 0);
  return report;
}

const readFixture = (name: string, mapping?: JsonObject) =>
  readMail(readFileSync(join(FIXTURES, name)), mapping);

/** What becomes of it: `event`, `alert` or `end`. */
function fateOf({ isRemark, stage }: Report): string {
  return isRemark ? 'event' : stage === 'resolved' ? 'end' : 'alert';
}

const json = readWith(PEC, { now: NOW });

describe('which mail calls people', () => {
  const FATES: readonly (readonly [string, string])[] = [
    ['01-busta-trasporto.eml', 'event'],
    ['02-accettazione.eml', 'event'],
    ['03-avvenuta-consegna.eml', 'end'],
    ['04-errore-consegna.eml', 'alert'],
    ['05-rilevazione-virus.eml', 'alert'],
    ['05b-mancata-consegna-per-virus.eml', 'alert'],
    ['06-busta-anomalia.eml', 'event'],
    ['07-non-accettazione.eml', 'alert'],
    ['08-preavviso-12-ore.eml', 'alert'],
    ['10-presa-in-carico.eml', 'event'],
    ['11-avvenuta-consegna-breve.eml', 'end'],
  ];
  for (const [name, fate] of FATES) {
    test(`${name}: ${fate}`, async () => {
      const report = await readFixture(name);
      assert.equal(fateOf(report), fate);
      assert.equal(report.payload?.['certified'], true);
    });
  }

  test('a failure, its notices and the delivery after all are one problem', async () => {
    const names = ['04-errore-consegna', '08-preavviso-12-ore', '03-avvenuta-consegna'];
    const reports = await Promise.all(names.map((name) => readFixture(`${name}.eml`)));
    const keys = reports.map(({ identity }) => (identity.kind === 'key' ? identity.key : ''));
    assert.equal(new Set(keys).size, 1);
    assert.match(keys[0] ?? '', /alfa1026\.20260318160512.*protocollo@pec\.comune-esempio/);
    const refused = await readFixture('07-non-accettazione.eml');
    assert.ok(refused.identity.kind === 'key' && refused.identity.key !== keys[0]);
  });

  test('what is not proved raises an alert and says so, but it ends none', async () => {
    const failure = await readFixture('04-errore-consegna.eml', {});
    assert.equal(fateOf(failure), 'alert');
    assert.match(failure.title, /^Ricevuta di Mancata Consegna \(non certificata\)/);
    assert.equal(failure.labels['certified'], 'false');
    assert.match(failure.annotations['why_uncertified'] ?? '', /set trusted_certificates/);
    assert.equal(failure.mail?.sent?.isTrusted, false);
    const delivery = await readFixture('03-avvenuta-consegna.eml', {});
    assert.deepEqual([fateOf(delivery), delivery.mail?.sent?.isTrusted], ['event', false]);
    assert.equal(delivery.payload?.['uncertified_reason'], 'untrusted');
  });

  test('a source can ask for other kinds, or for none', async () => {
    const incoming = { ...TRUSTING, alert_on: ['posta_certificata', 'errore'] };
    assert.equal(fateOf(await readFixture('01-busta-trasporto.eml', incoming)), 'alert');
    assert.equal(fateOf(await readFixture('06-busta-anomalia.eml', incoming)), 'alert');
    assert.equal(fateOf(await readFixture('04-errore-consegna.eml', incoming)), 'event');
    const none = { ...TRUSTING, alert_on: [] };
    assert.equal(fateOf(await readFixture('04-errore-consegna.eml', none)), 'event');
    assert.equal(fateOf(await readFixture('03-avvenuta-consegna.eml', none)), 'end');
  });

  test('only providers of the named domains count, where a source names some', async () => {
    const report = await readFixture('04-errore-consegna.eml', {
      ...TRUSTING,
      provider_domains: ['pec.gestore-alfa.example.it'],
    });
    assert.equal(report.payload?.['uncertified_reason'], 'domain_mismatch');
    const known = { ...TRUSTING, provider_domains: ['PEC.gestore-beta.example.it'] };
    assert.equal((await readFixture('04-errore-consegna.eml', known)).payload?.['certified'], true);
  });
});

describe('what an event keeps of a mail', () => {
  test('the fields that programs know, by their names', async () => {
    const mapping = {
      ...TRUSTING,
      mailbox_id: 'box 7',
      mailbox_email: 'Protocollo@pec.x.example.it',
    };
    const { payload, sourceRefs, providerTs } = await readFixture(
      '01-busta-trasporto.eml',
      mapping,
    );
    assert.deepEqual(
      { ...payload, signed_by: undefined },
      {
        message_id: '<beta77.20260319091502.10233.4@pec.gestore-beta.example.it>',
        mailbox_id: 'box 7',
        mailbox_email: 'Protocollo@pec.x.example.it',
        subject: 'Re: Segnalazione caduta ospite camera 12 - verifica assistenza',
        from_address: 'protocollo@pec.comune-esempio.example.it',
        to_addresses: ['allarmi@pec.residenza-aurora.example.it'],
        pec_type: 'posta-certificata',
        direction: 'inbound',
        received_at: '2026-03-19T08:15:02.000Z',
        certified: true,
        signed_by: undefined,
        digest: 'sha256',
        identificativo: 'beta77.20260319091502.10233.4@pec.gestore-beta.example.it',
        reference_message_id: '<20260319081459.Zx1@comune-esempio.example.it>',
        recipient: null,
        provider: 'Gestore Beta PEC S.p.A.',
        error_text: null,
      },
    );
    assert.equal(providerTs, at('2026-03-19T08:15:02Z'));
    assert.deepEqual(sourceRefs, {
      message: {
        message_id: '<beta77.20260319091502.10233.4@pec.gestore-beta.example.it>',
        identificativo: 'beta77.20260319091502.10233.4@pec.gestore-beta.example.it',
        reference_message_id: '<20260319081459.Zx1@comune-esempio.example.it>',
      },
    });
  });

  test('what people wrote is in the payload alone, and nothing else tells it', async () => {
    for (const name of [
      '01-busta-trasporto.eml',
      '04-errore-consegna.eml',
      '06-busta-anomalia.eml',
    ]) {
      const { title, labels, annotations, content } = await readFixture(name);
      const shown = JSON.stringify([title, labels, annotations, content]);
      assert.doesNotMatch(shown, /caduta|comune-esempio|informazioni|mario\.rossi/, name);
      assert.match(content ?? '', /^Tipo: .+\nCasella: .+$/);
    }
  });

  test('the same bytes are one report, and a forged Message-ID does not hide another', async () => {
    const bytes = readFileSync(join(FIXTURES, '02-accettazione.eml'));
    const again = await readMail(bytes);
    assert.equal((await readMail(bytes)).providerEventId, again.providerEventId);
    const other = Buffer.from(bytes.toString('latin1').replace('771.61@', '771.61@ '), 'latin1');
    assert.notEqual((await readMail(other)).providerEventId, again.providerEventId);
  });

  test('a hostile subject is one bounded line of it', async () => {
    const subject = `=?utf-8?B?${Buffer.from('a\r\nX-Evil: 1\u0000\u2028b').toString('base64')}?=`;
    const report = await readMail(writeUnsigned({ headers: { Subject: subject } }));
    assert.equal(report.payload?.['subject'], 'a X-Evil: 1 b');
    const long = await readMail(writeUnsigned({ headers: { Subject: 'x'.repeat(200_000) } }));
    assert.ok(JSON.stringify(long.payload).length <= 65_536);
  });
});

let world: Promise<{ readonly authority: Signer; readonly provider: Signer }> | null = null;

async function readSigned(options: MessageOptions, mapping: JsonObject = {}): Promise<Report> {
  world ??= (async () => {
    const authority = await createSigner({ name: 'Autorità', isAuthority: true });
    const issuer = authority;
    return { authority, provider: await createSigner({ name: 'G', issuer, address: PROVIDER }) };
  })();
  const { authority, provider } = await world;
  const trusting = { trusted_certificates: [authority.pem], ...mapping };
  return readMail(await writeSigned(provider, options), trusting);
}

const readNotice = (notice: Notice, more: MessageOptions = {}) =>
  readSigned({ daticert: writeDaticert(notice), ...more });

describe('which sent message a receipt is about', () => {
  const namesOf = async (notice: Notice, more: MessageOptions = {}) =>
    (await readNotice(notice, more)).mail?.sent?.names;

  test('the one that the provider names, then the one that its sender named', async () => {
    assert.deepEqual(await namesOf({ tipo: 'accettazione' }), [`id:${IDENTIFIER}`, 'ref:m-1']);
    assert.deepEqual(await namesOf({ tipo: 'accettazione', identifier: null }), ['ref:m-1']);
  });

  test('by the header where daticert.xml does not say, whatever domain it was given', async () => {
    const notice = { tipo: 'accettazione', identifier: null, messageId: null };
    const headers = { 'X-Riferimento-Message-ID': '<m-1@pec.gestore-altro.example.it>' };
    assert.deepEqual(await namesOf(notice, { headers }), ['ref:m-1']);
    const report = await readNotice(notice);
    assert.equal(report.mail?.sent ?? null, null);
    const failed = await readNotice({ ...notice, tipo: 'errore-consegna' });
    assert.deepEqual([fateOf(failed), failed.identity.kind], ['alert', 'single']);
  });

  test('a notice is the first or the last one by its words', async () => {
    const notice = { tipo: 'preavviso-errore-consegna', recipient: TOWN };
    const states = await Promise.all(
      ['non consegnato nelle prime 12 ore', 'non consegnato nelle 24 ore', 'boh'].map(
        async (text) => (await readNotice(notice, { text })).mail?.sent?.receipt.state,
      ),
    );
    assert.deepEqual(states, ['in_doubt', 'failed_by_time', 'in_doubt']);
  });

  test('a receipt that names no recipient is of the only certified one', async () => {
    const recipients = [TOWN, 'esterno:mario@example.com'];
    const one = await readNotice({ tipo: 'errore-consegna', recipients });
    assert.equal(one.mail?.sent?.receipt.recipient, TOWN);
    const two = { tipo: 'errore-consegna', recipients: [TOWN, 'scuola@pec.example.it'] };
    assert.equal((await readNotice(two)).mail?.sent?.receipt.recipient, '');
  });
});

describe('mail that would go round for ever', () => {
  const OWN = '<tocsin.0190a000-0000-7000-8000-00000000d001@lume.example.it>';

  test('a failure of a mail of ours is an event that nobody is told of', async () => {
    const report = await readNotice({ tipo: 'errore-consegna', messageId: OWN, recipient: TOWN });
    assert.deepEqual([fateOf(report), report.mail?.isAboutOwn], ['event', true]);
    assert.equal(report.payload?.['is_about_own_mail'], true);
  });

  test('an absence notice raises no alert, even where incoming mail does', async () => {
    const daticert = writeDaticert({ tipo: 'posta-certificata' });
    const mapping = { alert_on: ['posta-certificata'] };
    const away = { daticert, original: 'Auto-Submitted: auto-replied\n\nassente\n' };
    assert.equal(fateOf(await readSigned(away, mapping)), 'event');
    assert.equal(fateOf(await readSigned({ daticert, original: '\nciao\n' }, mapping)), 'alert');
  });
});

describe('the fields of a program', () => {
  test('by their names of old, flat or inside data, are a message or a change of state', () => {
    const flat = json.one({ message_id: 'm', pec_type: 'avvenuta_consegna', subject: 'x' });
    assert.deepEqual(
      [flat.mail?.eventType, flat.labels['pec_type'], flat.payload?.['uncertified_reason']],
      ['message.received', 'avvenuta-consegna', 'reported'],
    );
    const data = { message_id: 'm', new_state: 'mancata_consegna', old_state: 'accettazione' };
    for (const body of [{ event: 'state_changed', data }, { ...data, event: null }, data]) {
      const report = json.one(body);
      assert.equal(report.mail?.eventType, 'message.state_changed');
      assert.equal(report.payload?.['old_state'], 'accettazione');
      assert.equal(fateOf(report), 'alert');
    }
  });

  test('raise an alert for a failure and end it with the delivery of the same message', () => {
    const failed = json.one({ message_id: 'm', new_state: 'failed', recipient: 'A@x.it' });
    const arrived = json.one({ message_id: 'm', new_state: 'delivered', recipient: 'a@x.it' });
    assert.deepEqual([fateOf(failed), fateOf(arrived)], ['alert', 'end']);
    assert.deepEqual(failed.identity, arrived.identity);
    const moved = json.one({ message_id: 'm', new_state: 'in lavorazione' });
    assert.equal(fateOf(moved), 'event');
  });

  test('of an unknown kind are a message, never a certified one', () => {
    const report = json.one({ message_id: 'm', pec_type: 'raccomandata', certified: true });
    assert.deepEqual(
      [report.payload?.['pec_type'], report.payload?.['certified'], fateOf(report)],
      ['unknown', false, 'event'],
    );
  });

  test('of a wrong type count as left out; ids may be numbers', () => {
    const report = json.one({
      message_id: 12,
      subject: {},
      from_address: [],
      to_addresses: 'a@x.it, b@x.it',
      direction: 'sideways',
      received_at: 'yesterday',
      mailbox_id: true,
    });
    const { payload } = report;
    assert.deepEqual(
      [payload?.['message_id'], payload?.['subject'], payload?.['direction']],
      ['12', null, 'inbound'],
    );
    assert.deepEqual(payload?.['to_addresses'], ['a@x.it', 'b@x.it']);
  });

  test('that say nothing of a message are refused, with what is missing', () => {
    assert.deepEqual(json.faults({ mailbox_id: 'm' }), [
      'body: needs one of message_id, subject, pec_type, new_state',
    ]);
    assert.deepEqual(json.faults({ event: 'message.lost', message_id: 'm' }), [
      'event: is none of message.received, new_message, message.state_changed, state_changed',
    ]);
    assert.deepEqual(json.faults([]), ['body: must be an object: one message per request']);
  });
});

test('what begins as a mail is one, whatever its type is called; JSON is JSON', async () => {
  const bytes = readFileSync(join(FIXTURES, '02-accettazione.eml'));
  for (const type of ['message/rfc822', 'application/octet-stream', 'application/json', '']) {
    const report = await readMail(bytes, TRUSTING, { 'content-type': type });
    assert.equal(report.payload?.['pec_type'], 'accettazione', type);
  }
  const context = { severityDefault: 'medium', mapping: {}, headers: {}, now: NOW } as const;
  for (const text of ['{"message_id": "m"}', ' \n[1]', '', '<xml/>', '"x: y"']) {
    const raw = { method: 'POST', headers: {}, body: Buffer.from(text) };
    assert.equal(await PEC.read?.(raw, context), null, text);
  }
  const mbox = Buffer.concat([Buffer.from('From ufficio Mon Nov 16 2026\r\n'), bytes]);
  assert.equal((await readMail(mbox)).payload?.['certified'], true);
});

test('property: a spoiled message is read or refused, and never proved', async () => {
  const bytes = readFileSync(join(FIXTURES, '03-avvenuta-consegna.eml'));
  const context = { severityDefault: 'medium', mapping: TRUSTING, headers: {}, now: NOW } as const;
  // What stands before the content type of the whole is not signed.
  const start = bytes.indexOf('Content-Type: multipart/mixed');
  const end = bytes.indexOf('Content-Type: application/pkcs7-signature') - 60;
  const cut = fc.record({
    from: fc.integer({ min: start, max: end }),
    length: fc.integer({ min: 1, max: 200 }),
    junk: fc.uint8Array({ maxLength: 40 }),
  });
  await fc.assert(
    fc.asyncProperty(cut, async ({ from, length, junk }) => {
      const parts = [bytes.subarray(0, from), junk, bytes.subarray(from + length)];
      const body = Buffer.concat(parts);
      if (body.equals(bytes)) return;
      const reading = await PEC.read?.({ method: 'POST', headers: {}, body }, context);
      if (reading?.ok !== true) return;
      assert.equal(reading.reports[0]?.payload?.['certified'], false);
      assert.notEqual(reading.reports[0].stage, 'resolved');
    }),
    { numRuns: 150 },
  );
});

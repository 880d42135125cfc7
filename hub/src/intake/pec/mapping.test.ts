import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { isJsonObject, type JsonObject } from '#kernel/syntax/json.ts';
import { LIMITS } from '#kernel/limits.ts';
import { PEC_MAPPING_SCHEMA, readPecMapping } from './mapping.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..', '..');
const AUTHORITY = readFileSync(join(ROOT, 'test', 'fixtures', 'pec', 'test-ca.pem'), 'utf8');

function faultsOf(mapping: JsonObject): readonly string[] {
  return readPecMapping(mapping).faults.map(({ path, message }) => `${path}: ${message}`);
}

describe('what a source of certified mail is told', () => {
  test('may be nothing: then nobody is trusted, and failures alone raise alerts', () => {
    const { mapping, faults } = readPecMapping({});
    assert.deepEqual(faults, []);
    assert.deepEqual(mapping, {
      mailboxId: null,
      mailboxEmail: null,
      anchors: [],
      providerDomains: null,
      alertOn: [
        'non-accettazione',
        'errore-consegna',
        'preavviso-errore-consegna',
        'rilevazione-virus',
      ],
    });
  });

  test('holds certificates, alone or several in one text, with anything around them', () => {
    for (const trusted of [
      [AUTHORITY],
      [`${AUTHORITY}\n${AUTHORITY}`],
      [`Subject: x\n${AUTHORITY}`],
    ]) {
      const { mapping, faults } = readPecMapping({ trusted_certificates: trusted });
      assert.deepEqual(faults, []);
      assert.match(mapping.anchors[0]?.subject ?? '', /CN=CA di prova PEC/);
    }
  });

  test('says of each certificate that cannot be one what is wrong, and never repeats it', () => {
    const key = '-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----';
    const spoiled = AUTHORITY.replace(/[A-Za-z]{8}/g, 'AAAAAAAA').replaceAll('AAAAAAAA ', 'BEGIN ');
    const content = spoiled.slice(30, 90);
    const broken = `-----BEGIN CERTIFICATE-----\n${content}\n-----END CERTIFICATE-----`;
    const request = AUTHORITY.replaceAll('CERTIFICATE', 'CERTIFICATE REQUEST');
    const faults = faultsOf({ trusted_certificates: ['pem', key, 7, broken, request] });
    assert.deepEqual(faults, [
      'trusted_certificates[0]: holds no certificate; it begins with -----BEGIN CERTIFICATE-----',
      'trusted_certificates[1]: holds a private key, which nobody else may have',
      'trusted_certificates[2]: must be text: certificates as PEM',
      'trusted_certificates[3]: holds a certificate that cannot be read',
      'trusted_certificates[4]: holds a CERTIFICATE REQUEST, which is no certificate',
    ]);
    assert.doesNotMatch(faults.join(), /c2VjcmV0/);
  });

  test('is bounded', () => {
    const many = Array.from({ length: LIMITS.pecTrustedMax + 1 }, () => AUTHORITY);
    assert.match(faultsOf({ trusted_certificates: many }).join(), /more than/);
    const long = [AUTHORITY.padEnd(LIMITS.pecTrustedCharsMax + 1)];
    assert.match(faultsOf({ trusted_certificates: long }).join(), /more than 60000 characters/);
    assert.match(faultsOf({ mailbox_id: 'x'.repeat(300) }).join(), /1 to 256 characters/);
  });

  test('names a misspelt field, and a kind that is none', () => {
    assert.deepEqual(
      faultsOf({
        trusted_certificate: [],
        mailbox_email: 'ufficio',
        provider_domains: [],
        alert_on: ['errore-consegna', 'errore-consena', 7, 'mancata_consegna'],
      }),
      [
        'trusted_certificate: is no field of a mapping for certified mail; \
did you mean trusted_certificates?',
        'provider_domains: must be a list of 1 to 64 domains',
        'alert_on[1]: did you mean errore-consegna?',
        'alert_on[2]: must be text',
        'mailbox_email: must be a mail address such as ufficio@pec.example.it',
      ],
    );
    assert.deepEqual(faultsOf({ provider_domains: ['PEC.Gestore.it', 'x'] }), [
      'provider_domains[1]: must be a domain such as pec.example.it',
    ]);
    assert.deepEqual(readPecMapping({ alert_on: [] }).mapping.alertOn, []);
    assert.match(faultsOf({ alert_on: 'errore' }).join(), /must be a list of kinds/);
  });

  test('has a schema that knows the same fields', () => {
    const properties = PEC_MAPPING_SCHEMA['properties'];
    assert.ok(isJsonObject(properties));
    const names = Object.keys(properties);
    assert.deepEqual(faultsOf(Object.fromEntries(names.map((name) => [name, null]))), []);
  });
});

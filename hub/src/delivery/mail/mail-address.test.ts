import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LIMITS } from '#kernel/limits.ts';
import { findMailAddressFault, parseMailAddresses, readMailDomain } from './mail-address.ts';

test('ordinary addresses are taken', () => {
  const addresses = [
    'anna@example.org',
    'a.b+alarm@mail.example.org',
    "o'hara_1/x=y@example.co",
    'root@localhost',
    'x@xn--bcher-kva.example',
    `${'a'.repeat(64)}@example.org`,
  ];
  for (const address of addresses) assert.equal(findMailAddressFault(address), null, address);
});

test('what could name another recipient, end a header or not be delivered is refused', () => {
  const texts = [
    '',
    'anna',
    '@example.org',
    'anna@',
    'a@b@example.org',
    '.a@example.org',
    'a.@example.org',
    'a..b@example.org',
    'anna@-example.org',
    'anna@example-.org',
    'anna@example..org',
    'anna@example.org.',
    'anna@[127.0.0.1]',
    'anna @example.org',
    'Anna <anna@example.org>',
    '"anna"@example.org',
    'anna@example.org,eve@example.org',
    'anna@example.org;eve',
    'anna@example.org\r\nBcc: eve@example.org',
    'anna@example.org\u0000',
    'änna@example.org',
    'anna@bücher.example',
    `${'a'.repeat(65)}@example.org`,
    `anna@${'a'.repeat(64)}.org`,
    `anna@${'a.'.repeat(126)}aa`,
  ];
  for (const text of texts) {
    assert.ok(findMailAddressFault(text) !== null, text);
  }
});

test('a list is divided by commas, each address counts once, as it was first written', () => {
  assert.deepEqual(parseMailAddresses(' Anna@example.org ,bo@example.org, anna@EXAMPLE.org'), {
    ok: true,
    addresses: ['Anna@example.org', 'bo@example.org'],
  });
});

test('a list names the entry that is wrong, and is bounded', () => {
  const reading = parseMailAddresses('a@example.org,nobody CANARY');
  assert.ok(!reading.ok);
  assert.match(reading.message, /^entry 2 /);
  assert.doesNotMatch(reading.message, /CANARY/);
  assert.doesNotMatch(findMailAddressFault('CANARY @x') ?? '', /CANARY/);
  for (const text of ['', ',', 'a@example.org,', 'a@example.org,,b@example.org']) {
    assert.equal(parseMailAddresses(text).ok, false, text);
  }
  const many = (count: number) =>
    Array.from({ length: count }, (_, index) => `a${index}@example.org`).join(',');
  assert.equal(parseMailAddresses(many(LIMITS.mailRecipientsMax)).ok, true);
  assert.equal(parseMailAddresses(many(LIMITS.mailRecipientsMax + 1)).ok, false);
});

test('the domain of an address is read in lower case', () => {
  assert.equal(readMailDomain('Anna@Example.ORG'), 'example.org');
});

test('property: an address that is taken holds nothing that means something in a header', () => {
  const anyText = fc.uint16Array().map((units) => String.fromCharCode(...units));
  const domain = fc.constantFrom('example.org', 'a', '-', 'b..c');
  fc.assert(
    fc.property(fc.oneof(anyText, fc.string()), domain, (local, host) => {
      const address = `${local}@${host}`;
      if (findMailAddressFault(address) !== null) return;
      assert.match(address, /^[\x21-\x7e]+$/);
      assert.doesNotMatch(address, /[\s<>(),;:"\\[\]]/);
      assert.equal(address.split('@').length, 2);
    }),
  );
});

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { LIMITS } from '#kernel/limits.ts';
import { createAddressGuard, parseCidrs } from './address-guard.ts';

const FIXTURES = join(import.meta.dirname, '..', '..', '..', 'test', 'fixtures', 'ssrf');

function readIps(file: string): readonly string[] {
  const table: unknown = JSON.parse(readFileSync(join(FIXTURES, file), 'utf8'));
  assert.ok(typeof table === 'object' && table !== null && 'ips' in table);
  assert.ok(Array.isArray(table.ips) && table.ips.length > 0);
  return table.ips.map(String);
}

function guardFor(cidrs: string) {
  const reading = parseCidrs(cidrs);
  assert.ok(reading.ok);
  return createAddressGuard(reading.cidrs);
}

const closed = guardFor('');

for (const ip of readIps('ips_should_block.json')) {
  test(`${ip} is refused`, () => {
    assert.notEqual(closed.findRefusal(ip), null);
  });
}

for (const ip of readIps('ips_should_allow.json')) {
  test(`${ip} may be reached`, () => {
    assert.equal(closed.findRefusal(ip), null);
  });
}

test('a public address is open and a private one shut, whatever form of IPv6 hides it', () => {
  const open = ['64:ff9b::808:808', '::ffff:808:808', '0:0:0:0:0:ffff:8.8.8.8'];
  for (const ip of open) assert.equal(closed.findRefusal(ip), null, ip);
  const shut = [
    '64:ff9b::7f00:1',
    '64:ff9b::169.254.169.254',
    '64:ff9b:0:0:0:0:a00:1',
    '::FFFF:10.0.0.1',
    '0:0:0:0:0:ffff:c0a8:101',
    '::ffff:0:127.0.0.1',
    '2002:7f00:1::',
    '2002:808:808::1',
    '2001:0:4136:e378:8000:63bf:3fff:fdd2',
    '168.63.129.16',
    '::ffff:168.63.129.16',
    '4000::1',
    '1::1',
  ];
  for (const ip of shut) assert.notEqual(closed.findRefusal(ip), null, ip);
});

test('what is not an address, or has a scope, is refused', () => {
  for (const text of ['', 'localhost', '127.1', '010.0.0.1', 'fe80::1%eth0', '2606:4700::1%1']) {
    assert.equal(closed.findRefusal(text), 'not an address', text);
  }
});

test('the edges of a range are inside and their neighbours are not', () => {
  for (const ip of ['172.16.0.0', '172.31.255.255', '100.64.0.0', '100.127.255.255']) {
    assert.notEqual(closed.findRefusal(ip), null, ip);
  }
  for (const ip of ['172.15.255.255', '172.32.0.0', '100.63.255.255', '100.128.0.0', '11.0.0.0']) {
    assert.equal(closed.findRefusal(ip), null, ip);
  }
});

test('an allowed CIDR lifts the refusal for its own addresses only', () => {
  const guard = guardFor('10.1.0.0/16, fd00:7::/32, 192.168.1.7');
  for (const ip of ['10.1.2.3', '::ffff:10.1.2.3', 'fd00:7::1', '192.168.1.7']) {
    assert.equal(guard.findRefusal(ip), null, ip);
  }
  for (const ip of ['10.2.0.1', '127.0.0.1', 'fd00:8::1', '192.168.1.8', '64:ff9b::a01:203']) {
    assert.notEqual(guard.findRefusal(ip), null, ip);
  }
});

test('a list of CIDRs is read with blanks, and a wrong entry is named by its place', () => {
  assert.deepEqual(parseCidrs('  '), { ok: true, cidrs: [] });
  assert.deepEqual(parseCidrs(' 10.0.0.0/8 ,::1/128'), {
    ok: true,
    cidrs: [
      { address: '10.0.0.0', prefix: 8, family: 4 },
      { address: '::1', prefix: 128, family: 6 },
    ],
  });
  const wrong = ['10.0.0.0/33', '10.0.0/8', '::/129', 'x', '10.0.0.0/', '10.0.0.0/08', 'fe80::1%a'];
  for (const text of [...wrong, '10.0.0.0/-1', '10.0.0.0/8/8']) {
    const reading = parseCidrs(`127.0.0.0/8,${text}`);
    assert.ok(!reading.ok, text);
    assert.match(reading.message, /entry 2 /);
  }
  assert.ok(!parseCidrs('127.0.0.0/8,').ok, 'an entry left blank is a slip of the pen');
});

test('more CIDRs than the limit are refused', () => {
  const many = (count: number) => Array.from({ length: count }, () => '10.0.0.1').join(',');
  assert.ok(parseCidrs(many(LIMITS.cidrsMax)).ok);
  assert.ok(!parseCidrs(many(LIMITS.cidrsMax + 1)).ok);
});

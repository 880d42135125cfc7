/** Each identifier by itself: what it is written as, and what only looks like it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Hit } from '#redaction/text/hit.ts';
import { isCard } from './card.ts';
import { findEmails } from './email.ts';
import { findFiscalCodes } from './fiscal-code.ts';
import { findIbans } from './iban.ts';
import { findIpv4, findIpv6 } from './ip-address.ts';
import { findNumbers } from './number.ts';
import { normalisePhone } from './phone.ts';
import { isResidentId } from './resident-id.ts';

type Find = (text: string, hits: Hit[]) => void;

function list(find: Find, text: string): readonly string[] {
  const hits: Hit[] = [];
  find(text, hits);
  return hits.map(({ start, end }) => text.slice(start, end));
}

function normalise(find: Find, text: string): string | undefined {
  const hits: Hit[] = [];
  find(text, hits);
  return hits[0]?.normalised;
}

describe('a mail address', () => {
  it('ends where its writer ended it', () => {
    assert.deepEqual(list(findEmails, 'write to <a.b@mail.example.org>.'), [
      'a.b@mail.example.org',
    ]);
    assert.deepEqual(list(findEmails, '\'a@b.example\', "c@d.example";'), [
      'a@b.example',
      'c@d.example',
    ]);
    assert.deepEqual(list(findEmails, 'a@b.example.'), ['a@b.example']);
    assert.deepEqual(list(findEmails, 'name=a+tag@b.example&x=1'), ['a+tag@b.example']);
    assert.deepEqual(list(findEmails, 'mailto:a@b.example?subject=x'), ['a@b.example']);
  });

  it('is found in any script', () => {
    assert.deepEqual(list(findEmails, 'müller@example.de'), ['müller@example.de']);
    assert.deepEqual(list(findEmails, '发到zhang@example.cn吧'), ['zhang@example.cn']);
    assert.deepEqual(list(findEmails, '用户@例子.广告'), ['用户@例子.广告']);
    assert.deepEqual(list(findEmails, 'a@xn--fsq.xn--p1ai'), ['a@xn--fsq.xn--p1ai']);
  });

  it('is no unit, package, picture, node or user of a connection', () => {
    for (const text of [
      'getty@tty1.service',
      'user@1000.service',
      'lodash@4.17.21',
      'icon@3x.png',
      'git@github.com',
      'user@localhost',
      'rabbit@rabbit-0.rabbit.svc.cluster.local',
      'postgres://app@db.example.org/hub',
      '@decorator.name',
      'a@.example',
      'a@b..example',
      'Message-ID: <1@mail.example.org>',
      'References: <1@mail.example.org> <2@mail.example.org>',
    ]) {
      assert.deepEqual(list(findEmails, text), [], text);
    }
  });

  it('has one mask in any case', () => {
    assert.equal(normalise(findEmails, 'A.B@Example.ORG'), 'a.b@example.org');
  });
});

describe('an IBAN', () => {
  it('is found with and without spaces, in any case', () => {
    for (const text of [
      'IT60X0542811101000000123456',
      'IT60 X054 2811 1010 0000 0123 456',
      'it60x0542811101000000123456',
      'DE89 3704 0044 0532 0130 00',
      'GB29-NWBK-6016-1331-9268-19',
      'NL91ABNA0417164300',
      'CH9300762011623852957',
      'MT84MALT011000012345MTLCAST001S',
    ]) {
      assert.deepEqual(list(findIbans, `conto ${text}, grazie`), [text]);
    }
  });

  it('needs its checksum, its length and an end', () => {
    for (const text of [
      'IT60X0542811101000000123457',
      'IT60X054281110100000012345',
      'IT60X05428111010000001234567',
      'XX60X0542811101000000123456',
      'xIT60X0542811101000000123456',
      'IT60',
      'IT60 ',
    ]) {
      assert.deepEqual(list(findIbans, text), [], text);
    }
  });

  it('is found among others', () => {
    const two = 'IT60X0542811101000000123456 DE89370400440532013000';
    assert.deepEqual(list(findIbans, two), two.split(' '));
  });

  it('with any digit changed is none', () => {
    const good = 'DE89370400440532013000';
    fc.assert(
      fc.property(fc.integer({ min: 4, max: 21 }), fc.integer({ min: 1, max: 9 }), (at, by) => {
        const digit = (Number(good.charAt(at)) + by) % 10;
        assert.deepEqual(list(findIbans, good.slice(0, at) + digit + good.slice(at + 1)), []);
      }),
    );
  });
});

describe('an Italian fiscal code', () => {
  it('is found in any case, in groups, and with letters for digits', () => {
    for (const text of [
      'RSSMRA85T10A562S',
      'rssmra85t10a562s',
      'RSS MRA 85T10 A562S',
      'BNCLRA90A41F205I',
      'NRELGU55R60L219H',
      'FRRLCU62M5LH5MMM',
    ]) {
      assert.deepEqual(list(findFiscalCodes, `CF ${text}.`), [text]);
    }
  });

  it('needs its check letter, a day that exists, and an end', () => {
    for (const text of [
      'RSSMRA85T10A562T',
      'RSSMRA85T32A562S',
      'RSSMRA85Z10A562S',
      'RSSMRA85T10A562SX',
      'XRSSMRA85T10A562S',
      'INTERNATIONALIZE',
    ]) {
      assert.deepEqual(list(findFiscalCodes, text), [], text);
    }
  });
});

describe('a Chinese resident identity', () => {
  it('needs province, day and check digit', () => {
    assert.ok(isResidentId('11010519491231002X'));
    assert.ok(isResidentId('440308199901101512'));
    assert.ok(!isResidentId('440308199901101513'));
    assert.ok(!isResidentId('110105194912310021'));
    assert.ok(!isResidentId('990308199901101512'));
    assert.ok(!isResidentId('440308199913101512'));
    assert.ok(!isResidentId('44030819990110151'));
  });
});

describe('a card', () => {
  it('has the digits of a brand and a check digit', () => {
    for (const digits of [
      '4111111111111111',
      '5555555555554444',
      '2223003122003222',
      '378282246310005',
      '6011111111111117',
      '3530111333300000',
      '6222021234567890128',
    ]) {
      assert.ok(isCard(digits, false), digits);
      assert.ok(!isCard(digits.slice(0, -1) + ((Number(digits.at(-1)) + 1) % 10), false), digits);
    }
  });

  it('of a rare kind must be written in groups', () => {
    assert.ok(isCard('30569309025904', true));
    assert.ok(!isCard('30569309025904', false));
  });

  it('is no time in milli-, micro- or nanoseconds', () => {
    const times = fc.integer({ min: 1_600_000_000_000, max: 1_999_999_999_999 });
    fc.assert(
      fc.property(times, (time) => {
        for (const digits of [`${time}`, `${time}123`, `${time}123456`]) {
          assert.ok(!isCard(digits, false), digits);
        }
      }),
    );
  });
});

describe('an IPv4 address', () => {
  const scope = { areLocalMasked: false, isVersion: false };
  const find: Find = (text, hits) => findIpv4(text, hits, scope);

  it('is found with ports, masks, ranges and users', () => {
    for (const text of [
      '203.0.113.7',
      '203.0.113.7:443',
      '203.0.113.0/24',
      '[203.0.113.7]',
      '/203.0.113.7:5432',
      'db/203.0.113.7:5432',
      'app@203.0.113.7',
      'from=203.0.113.7;',
      'http://203.0.113.7/x',
      'client:203.0.113.7',
      '203.0.113.7.',
      '203.0.113.7 - -',
    ]) {
      assert.equal(list(find, text).length, 1, text);
    }
    assert.equal(list(find, '203.0.113.1-203.0.113.9').length, 2);
  });

  it('is no version', () => {
    for (const text of [
      'v1.2.3.4',
      'version 1.2.3.4',
      'Version: 1.2.3.4',
      '"version":"1.2.3.4"',
      'nginx/1.2.3.4',
      'release 1.2.3.4',
      'firmware=1.2.3.4',
      'registry.example.org/app:1.2.3.4',
      '版本1.2.3.4',
      '1.2.3.4-rc1',
      '1.2.3.4.5',
      '01.2.3.4',
      '256.1.1.1',
    ]) {
      assert.deepEqual(list(find, text), [], text);
    }
    const version: Find = (text, hits) => findIpv4(text, hits, { ...scope, isVersion: true });
    assert.deepEqual(list(version, '8.8.4.4'), []);
  });

  const LOCAL = ['10.1.2.3', '172.31.0.1', '192.168.7.7', '169.254.1.1', '100.64.0.1'];

  it('of a private network is kept, unless the policy says otherwise', () => {
    const strict: Find = (text, hits) => findIpv4(text, hits, { ...scope, areLocalMasked: true });
    for (const text of LOCAL) {
      assert.deepEqual(list(find, text), [], text);
      assert.deepEqual(list(strict, text), [text]);
    }
    for (const text of ['127.0.0.1', '0.0.0.0', '255.255.255.0', '224.0.0.251']) {
      assert.deepEqual(list(find, text), [], text);
    }
    for (const text of ['172.32.0.1', '192.169.0.1', '100.128.0.1', '11.0.0.1']) {
      assert.deepEqual(list(find, text), [text]);
    }
  });
});

describe('an IPv6 address', () => {
  const find: Find = (text, hits) =>
    findIpv6(text, hits, { areLocalMasked: false, isVersion: false });

  it('has one mask in all its spellings', () => {
    for (const text of [
      '2001:db8::7',
      '2001:DB8::7',
      '2001:0db8:0000:0000:0000:0000:0000:0007',
      '2001:db8:0:0::7',
    ]) {
      assert.equal(normalise(find, `from ${text}: refused`), '2001:db8:0:0:0:0:0:7');
    }
  });

  it('may hold an IPv4 address', () => {
    assert.deepEqual(list(find, '::ffff:203.0.113.7'), ['::ffff:203.0.113.7']);
    assert.deepEqual(list(find, '64:ff9b::203.0.113.7'), ['64:ff9b::203.0.113.7']);
    assert.deepEqual(list(find, '::ffff:10.0.0.7'), []);
    assert.deepEqual(list(find, '::ffff:300.0.0.7'), []);
  });

  it('is no time, MAC, name of C++, hash or local address', () => {
    for (const text of [
      '12:34:56',
      'aa:bb:cc:dd:ee:ff',
      '20:01:0d:b8:00:00:00:01',
      'std::vector',
      'a::b',
      'dead::beef',
      '::',
      '::1',
      'fe80::1',
      'fd00::7',
      'ff02::1',
      '2001:db8:::7',
      '2001::db8::7',
      '2001:db8:1:2:3:4:5',
      '2001:db8:1:2:3:4:5:6:7',
      'x2001:db8::7',
    ]) {
      assert.deepEqual(list(find, text), [], text);
    }
  });
});

describe('a telephone number', () => {
  const scope = { isId: false, phoneRegions: ['CN', 'IT'] };
  const find: Find = (text, hits) => findNumbers(text, hits, scope);

  it('in the international form is found wherever it is from', () => {
    for (const text of [
      '+39 06 1234567',
      '+393331234567',
      '+86 138 1234 5678',
      '+44 20 7946 0958',
      '+1 (415) 555-2671',
      '+33 1 42 68 53 00',
      '0039 333 1234567',
    ]) {
      assert.deepEqual(list(find, `call ${text}, please`), [text]);
    }
  });

  it('in the national form is found by its shape', () => {
    for (const text of [
      '13812345678',
      '138 1234 5678',
      '138-1234-5678',
      '010-12345678',
      '0755-12345678',
      '333 1234567',
      '347 123 4567',
      '06 12345678',
      '02/12345678',
      '0432-123456',
    ]) {
      assert.deepEqual(list(find, text), [text]);
    }
  });

  it('or by the word before it', () => {
    for (const text of [
      'tel 3331234567',
      'Cell. 3331234567',
      'chiamare il 0612345678',
      'WhatsApp: 393331234567',
      '电话：01012345678',
      'telefono 06.12345678',
    ]) {
      assert.equal(list(find, text).length, 1, text);
    }
  });

  it('is no order, time, counter, date, decimal or part of a name', () => {
    for (const text of [
      'order 13812345678',
      'order_id=13812345678',
      '"seq":"13812345678"',
      '订单号：13812345678',
      '3331234567',
      '0612345678',
      '1714550400',
      '1714550400123',
      '20240501 100000',
      '2024-05-01 10:00:00',
      '01/05/2024 10:00',
      '345.1234567',
      '12.5, 13.25, 14.125',
      'pod-13812345678-x',
      'x13812345678',
      '13812345678ms',
      '/orders/13812345678/items',
      '550e8400-e29b-41d4-a716-446655440000',
      '200 3331234 17',
      '+1234',
      'UTC+0200',
    ]) {
      assert.deepEqual(list(find, text), [], text);
    }
  });

  it('of a region counts where the policy names it', () => {
    const french: Find = (text, hits) =>
      findNumbers(text, hits, { ...scope, phoneRegions: ['FR'] });
    assert.deepEqual(list(french, '01 42 68 53 00'), ['01 42 68 53 00']);
    const american: Find = (text, hits) =>
      findNumbers(text, hits, { ...scope, phoneRegions: ['US'] });
    assert.deepEqual(list(american, '(415) 555-2671'), ['(415) 555-2671']);
    assert.deepEqual(list(find, '(415) 555-2671'), []);
  });

  it('has one mask in all its spellings', () => {
    for (const text of ['+39 333 1234567', '0039-333-1234567', '333 123 4567']) {
      assert.equal(normalise(find, text), '+393331234567');
      assert.equal(normalisePhone(text, ['CN', 'IT']), '+393331234567');
    }
    assert.equal(normalisePhone('393331234567', ['CN', 'IT']), '+393331234567');
    assert.equal(normalisePhone('12-34', ['CN', 'IT']), '1234');
  });

  it('in an id is kept, unless it says +', () => {
    const id: Find = (text, hits) => findNumbers(text, hits, { ...scope, isId: true });
    assert.deepEqual(list(id, '13812345678'), []);
    assert.deepEqual(list(id, '4111111111111111'), []);
    assert.deepEqual(list(id, '+8613812345678'), ['+8613812345678']);
    assert.deepEqual(list(id, '11010519491231002X'), ['11010519491231002X']);
  });
});

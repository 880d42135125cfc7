import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { instant, plusMs } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import { findTotpStep, readTotpCode, renderTotpSecret, renderTotpUri } from './totp.ts';

/** The secret of RFC 6238, appendix B: the ASCII text 12345678901234567890. */
const SECRET = renderTotpSecret(new TextEncoder().encode('12345678901234567890'));
const NEVER = 0;
const at = (seconds: number) => instant(seconds * 1_000);
const step = (code: string, seconds: number, lastStep = NEVER) =>
  findTotpStep(code, { secret: SECRET, lastStep }, at(seconds));

describe('a code of the telephone', () => {
  test('is that of RFC 6238, less its first two digits', () => {
    assert.equal(SECRET, 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ');
    const vectors = [
      [59, '287082'],
      [1_111_111_109, '081804'],
      [1_111_111_111, '050471'],
      [1_234_567_890, '005924'],
      [2_000_000_000, '279037'],
    ] as const;
    for (const [seconds, code] of vectors) {
      assert.equal(step(code, seconds), Math.floor(seconds / 30), code);
    }
  });

  test('is good for its own half minute and the one on either side, and no longer', () => {
    const seconds = 1_111_111_110;
    const code = '050471';
    assert.equal(step(code, seconds), 37_037_037);
    assert.equal(step(code, seconds - 30), 37_037_037, 'a telephone that is fast');
    assert.equal(step(code, seconds + 59), 37_037_037, 'a telephone that is slow');
    assert.equal(step(code, seconds - 31), null);
    assert.equal(step(code, seconds + 60), null);
  });

  test('opens once: neither it nor any before it is taken again', () => {
    const seconds = 1_111_111_110;
    const taken = step('050471', seconds) ?? 0;
    assert.equal(step('050471', seconds, taken), null);
    assert.equal(step('050471', seconds + 30, taken), null);
    assert.equal(step('081804', seconds, taken), null, 'the one before');
    assert.equal(step('050471', seconds, taken - 1), taken);
  });

  test('of another secret is none', () => {
    const secret = renderTotpSecret(new Uint8Array(LIMITS.totpSecretBytes));
    const given = { secret, lastStep: NEVER };
    assert.equal(findTotpStep('050471', given, at(1_111_111_110)), null);
  });

  test('may be typed with a gap, and in no other form', () => {
    for (const text of ['123456', '123 456', ' 123456 ', '123-456']) {
      assert.equal(readTotpCode(text), '123456', text);
    }
    for (const text of ['', '12345', '1234567', '12345a', '１２３４５６', 'abcd-efgh', '-123.5']) {
      assert.equal(readTotpCode(text), null, text);
    }
  });
});

describe('what an app is given', () => {
  const uri = new URL(renderTotpUri(SECRET, { login: 'anna@x.example', host: 'hub.example:8470' }));

  test('is all that it needs, in the form that apps read', () => {
    assert.equal(uri.protocol, 'otpauth:');
    assert.equal(uri.host, 'totp');
    const names = ['secret', 'algorithm', 'digits', 'period'];
    const values = names.map((name) => uri.searchParams.get(name));
    assert.deepEqual(values, [SECRET, 'SHA1', '6', '30']);
  });

  test('names the hub and the person, so that several fit into one app', () => {
    assert.equal(uri.searchParams.get('issuer'), 'Tocsin hub.example:8470');
    assert.match(decodeURIComponent(uri.pathname), /Tocsin hub\.example.*anna@x\.example$/);
  });

  test('takes any name, and stays an address', () => {
    for (const login of ['a&secret=x', 'ü:ß/?#', '中文', '"><script>']) {
      const read = new URL(renderTotpUri(SECRET, { login, host: 'h' }));
      assert.equal(read.searchParams.get('secret'), SECRET, login);
      assert.equal(read.searchParams.getAll('secret').length, 1, login);
    }
  });

  test('is as many random bits as the code is made of', () => {
    const secret = renderTotpSecret(new Uint8Array(LIMITS.totpSecretBytes).fill(255));
    assert.equal(secret, '7'.repeat(32));
  });
});

test('time that goes on makes steps that go up', () => {
  const start = at(1_111_111_110);
  const code = (ms: number) => Math.floor(plusMs(start, ms) / LIMITS.totpPeriodMs);
  assert.ok(code(LIMITS.totpPeriodMs) === code(0) + 1);
});

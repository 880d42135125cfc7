import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { argon2id, encodeHex } from '#kernel/crypto.ts';
import { LIMITS } from '#kernel/limits.ts';
import { hashPassword, NO_PASSWORD, verifyPassword } from './password-hash.ts';

const SALT = new Uint8Array(LIMITS.passwordSaltBytes).fill(7);
const PASSWORD = 'four quiet herons wading';

describe('a stored password', () => {
  test('is argon2id, and says at what cost', async () => {
    const stored = await hashPassword(PASSWORD, SALT);
    assert.match(stored, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
    assert.ok(!stored.includes(PASSWORD));
  });

  test('opens for itself alone', async () => {
    const stored = await hashPassword(PASSWORD, SALT);
    const judge = async (given: string) => (await verifyPassword(given, stored)).isRight;
    assert.equal(await judge(PASSWORD), true);
    for (const wrong of ['', 'Four quiet herons wading', `${PASSWORD} `, stored]) {
      assert.equal(await judge(wrong), false, wrong);
    }
  });

  test('looks another with another salt, and opens all the same', async () => {
    const other = await hashPassword(
      PASSWORD,
      SALT.map((byte) => byte + 1),
    );
    assert.notEqual(other, await hashPassword(PASSWORD, SALT));
    assert.equal((await verifyPassword(PASSWORD, other)).isRight, true);
  });

  test('of an older cost still opens, and is known to be outdated', async () => {
    const cost = { memoryKib: 64, passes: 1, lanes: 1 };
    const hash = await argon2id(PASSWORD, SALT, { ...cost, hashBytes: 32 });
    const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64').replace(/=+$/, '');
    const stored = `$argon2id$v=19$m=64,t=1,p=1$${base64(SALT)}$${base64(hash)}`;
    assert.deepEqual(await verifyPassword(PASSWORD, stored), { isRight: true, isOutdated: true });
    assert.equal((await verifyPassword('another one', stored)).isRight, false);
    const today = await hashPassword(PASSWORD, SALT);
    assert.equal((await verifyPassword(PASSWORD, today)).isOutdated, false);
  });

  test('that cannot be read opens for nobody, at the same cost', async () => {
    const broken = ['', 'x', '$argon2i$v=19$m=64,t=1,p=1$AAAA$AAAA', '$2b$10$abc', PASSWORD];
    for (const stored of [...broken, '$argon2id$v=19$m=64,t=1,p=1$A$A', NO_PASSWORD]) {
      const { isRight } = await verifyPassword(PASSWORD, stored);
      assert.equal(isRight, false, stored);
    }
  });

  test('of nobody is of the cost of today', async () => {
    assert.equal((await verifyPassword(PASSWORD, NO_PASSWORD)).isOutdated, false);
    assert.match(NO_PASSWORD, /m=19456,t=2,p=1/);
  });
});

test('argon2id is the one of the RFC', async () => {
  // Of the reference implementation: `echo -n password | argon2 somesalt -id -t 2 -k 65536 -p 1`.
  const cost = { memoryKib: 65_536, passes: 2, lanes: 1, hashBytes: 32 };
  const hash = await argon2id('password', new TextEncoder().encode('somesalt'), cost);
  const expected = '09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7';
  assert.equal(encodeHex(hash), expected);
});

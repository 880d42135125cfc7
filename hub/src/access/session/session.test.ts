import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { encodeHex, sha256 } from '#kernel/crypto.ts';
import { plusMs } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import { instantOf } from '#test/support/clock.ts';
import { createSeededRandom } from '#test/support/ids.ts';
import { cleanAgent, findSessionEnd, hashToken, makeToken } from './session.ts';

const START = instantOf('2026-11-16T08:00:00Z');

describe('a token', () => {
  test('has 256 bits of chance, and is stored as its hash', () => {
    const random = createSeededRandom(3);
    const token = makeToken(random);
    assert.match(token, /^[\w-]{43}$/);
    assert.notEqual(makeToken(random), token);
    assert.equal(encodeHex(hashToken(token) ?? new Uint8Array()), encodeHex(sha256(token)));
  });

  test('is none when it has not the form of one', () => {
    const token = 'a'.repeat(43);
    assert.notEqual(hashToken(token), null);
    for (const text of ['', 'a'.repeat(42), `${token}a`, `${token}\n`, `${'a'.repeat(42)}=`]) {
      assert.equal(hashToken(text), null, JSON.stringify(text));
    }
  });
});

describe('a session', () => {
  const expiresAt = plusMs(START, LIMITS.sessionMs);

  test('ends a while after it was last used', () => {
    const lastSeenAt = plusMs(START, 5_000);
    const endsAt = plusMs(lastSeenAt, LIMITS.sessionIdleMs);
    assert.equal(findSessionEnd({ expiresAt, lastSeenAt }), endsAt);
  });

  test('ends at the latest when it runs out, however busy it is', () => {
    const lastSeenAt = plusMs(expiresAt, -1);
    assert.equal(findSessionEnd({ expiresAt, lastSeenAt }), expiresAt);
  });

  test('lasts a night without a hand on it, for a board hangs on the wall', () => {
    assert.ok(LIMITS.sessionIdleMs >= 12 * 3_600_000);
    assert.ok(LIMITS.sessionMs > LIMITS.sessionIdleMs);
  });
});

describe('what a browser says of itself', () => {
  test('is one bounded line of plain letters', () => {
    assert.equal(cleanAgent('Mozilla/5.0 (X11)'), 'Mozilla/5.0 (X11)');
    assert.equal(cleanAgent(undefined), '');
    assert.equal(cleanAgent('a\u001b[31m\r\nb\u202e'), 'a[31mb');
    assert.equal(cleanAgent('x'.repeat(1_000)).length, LIMITS.sessionAgentCharsMax);
  });
});

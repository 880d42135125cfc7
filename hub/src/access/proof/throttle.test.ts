import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { encodeHex, hmacSha256 } from '#kernel/crypto.ts';
import { type Instant, MS_PER_MINUTE, MS_PER_SECOND, plusMs } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import { instantOf } from '#test/support/clock.ts';
import {
  type Bucket,
  type BucketKind,
  chargeGuess,
  findKnownLogin,
  keepKnownLogin,
  listBuckets,
  makeKnownLogin,
  networkOf,
  refBucket,
  refundGuess,
} from './throttle.ts';

const START = instantOf('2026-11-16T08:00:00Z');

function bucketOf(kind: BucketKind, guesses = 0, more: Partial<Bucket['state']> = {}): Bucket {
  const state = { guesses, lastGuessAt: START, blockedUntil: null, ...more };
  return { ...refBucket(kind, 'anna'), state };
}

/** Guesses, one after the other as soon as it may: the waits between them, in seconds. */
function guessOn(kind: BucketKind, count: number): readonly number[] {
  let bucket = bucketOf(kind);
  let now: Instant = START;
  return Array.from({ length: count }, () => {
    const charge = chargeGuess([bucket], now);
    assert.ok(charge.kind === 'charged');
    bucket = charge.buckets[0] ?? bucket;
    const until = bucket.state.blockedUntil ?? now;
    const waitS = (until - now) / MS_PER_SECOND;
    now = until;
    return waitS;
  });
}

describe('guesses', () => {
  test('at a name are free at first; then each wait is twice the one before', () => {
    assert.deepEqual(guessOn('name', 10), [0, 0, 0, 0, 5, 10, 20, 40, 80, 160]);
  });

  test('never wait longer than the longest, however many they are', () => {
    const waits = guessOn('name', 1_200);
    assert.equal(Math.max(...waits), LIMITS.guessWaitMaxMs / MS_PER_SECOND);
    assert.equal(waits.at(-1), LIMITS.guessWaitMaxMs / MS_PER_SECOND);
  });

  test('from an address may be more, for many people may share it', () => {
    const waits = guessOn('address', LIMITS.guessesPerAddressMax + 1);
    assert.deepEqual(waits.slice(-3), [0, 5, 10]);
  });

  test('that come too early are refused, and make nothing worse', () => {
    const blocked = bucketOf('name', 6, { blockedUntil: plusMs(START, 5_000) });
    const charge = chargeGuess([blocked, bucketOf('address')], plusMs(START, 4_999));
    assert.deepEqual(charge, { kind: 'blocked', until: plusMs(START, 5_000) });
    assert.equal(chargeGuess([blocked], plusMs(START, 5_000)).kind, 'charged');
  });

  test('wait for the longer of two waits', () => {
    const name = bucketOf('name', 6, { blockedUntil: plusMs(START, 5_000) });
    const address = bucketOf('address', 40, { blockedUntil: plusMs(START, 60_000) });
    for (const both of [
      [name, address],
      [address, name],
    ]) {
      const charge = chargeGuess(both, START);
      assert.deepEqual(charge, { kind: 'blocked', until: plusMs(START, 60_000) });
    }
  });

  test('are forgotten after a quiet day', () => {
    const before = bucketOf('name', 50);
    const almost = chargeGuess([before], plusMs(START, LIMITS.guessForgetMs - 1));
    assert.ok(almost.kind === 'charged' && almost.buckets[0]?.state.guesses === 51);
    const after = chargeGuess([before], plusMs(START, LIMITS.guessForgetMs));
    assert.ok(after.kind === 'charged' && after.buckets[0]?.state.guesses === 1);
  });

  test('are charged before they are looked at: the sixth at once is blocked', () => {
    let bucket = bucketOf('name');
    const kinds = [1, 2, 3, 4, 5, 6].map(() => {
      const charge = chargeGuess([bucket], START);
      if (charge.kind === 'charged') bucket = charge.buckets[0] ?? bucket;
      return charge.kind;
    });
    assert.deepEqual(kinds, [...Array.from({ length: 5 }, () => 'charged'), 'blocked']);
  });

  test('in a day are few, whatever the guesser does', () => {
    const pauses = fc.array(fc.integer({ min: 0, max: 30 * MS_PER_MINUTE }), { maxLength: 300 });
    fc.assert(
      fc.property(pauses, (list) => {
        let [bucket, now, taken] = [bucketOf('name'), START, 0];
        for (const pause of list) {
          now = plusMs(now, pause);
          if (now >= plusMs(START, LIMITS.guessForgetMs)) break;
          const charge = chargeGuess([bucket], now);
          if (charge.kind === 'blocked') continue;
          bucket = charge.buckets[0] ?? bucket;
          taken += 1;
        }
        assert.ok(taken <= 5 + 8 + 24 * 4, String(taken));
      }),
    );
  });
});

describe('a right guess', () => {
  test('lets a person, or their browser, begin anew', () => {
    for (const kind of ['name', 'browser'] as const) {
      const blocked = bucketOf(kind, 9, { blockedUntil: plusMs(START, 9_000) });
      const state = refundGuess(blocked);
      assert.deepEqual([state.guesses, state.blockedUntil], [0, null]);
    }
  });

  test('gives an address back what it was charged, and no more', () => {
    assert.equal(refundGuess(bucketOf('address', 31)).guesses, 30);
    assert.equal(refundGuess(bucketOf('address', 0)).guesses, 0);
  });
});

describe('what a guess is counted for', () => {
  const list = (browser: string | null) =>
    listBuckets({ login: 'anna', address: '192.0.2.7', browser });

  test('is the name and the address', () => {
    assert.deepEqual(list(null), [refBucket('name', 'anna'), refBucket('address', '192.0.2.7')]);
  });

  test('is the browser alone where it is known: strangers keep nobody out', () => {
    assert.deepEqual(list('nonce'), [refBucket('browser', 'nonce anna')]);
  });

  test('does not show what it is, and is never taken for another', () => {
    const names = [
      refBucket('name', 'anna'),
      refBucket('address', 'anna'),
      refBucket('browser', 'anna'),
      refBucket('name', 'bea'),
    ].map(({ hash }) => encodeHex(hash));
    assert.equal(new Set(names).size, names.length);
    for (const name of names) assert.match(name, /^[0-9a-f]{64}$/);
  });

  const networks = [
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:0DB8:0001:0002::1', '2001:db8:1:2'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    ['fe80::1:2:3:4', 'fe80:0:0:0'],
  ] as const;
  for (const [address, network] of networks) {
    test(`of ${address} is ${network}`, () => {
      assert.equal(networkOf(address), network);
    });
  }
});

describe('a browser that is known', () => {
  const sign = (content: string) => hmacSha256('key', content);
  const nonce = (seed: number) => new Uint8Array(16).fill(seed);
  const anna = makeKnownLogin('anna', nonce(1), sign);
  const bea = makeKnownLogin('bea', nonce(2), sign);

  test('is known for the one who logged in there, and for nobody else', () => {
    assert.equal(findKnownLogin(anna, 'anna', sign), anna.split('.')[0]);
    assert.equal(findKnownLogin(anna, 'bea', sign), null);
    assert.equal(findKnownLogin('', 'anna', sign), null);
  });

  test('cannot say so by itself', () => {
    const other = (content: string) => hmacSha256('other key', content);
    assert.equal(findKnownLogin(makeKnownLogin('anna', nonce(1), other), 'anna', sign), null);
    const [first = '', second = ''] = anna.split('.');
    const forged = [`${first}.`, `.${second}`, first, `${first}.${first}`, `${anna}x`, 'a.b'];
    const swapped = `${bea.split('.')[0] ?? ''}.${second}`;
    for (const text of [...forged, swapped]) {
      assert.equal(findKnownLogin(text, 'anna', sign), null, text);
    }
  });

  test('knows several, the newest first, and each once', () => {
    const both = keepKnownLogin(anna, bea, null);
    assert.equal(findKnownLogin(both, 'anna', sign), anna.split('.')[0]);
    assert.equal(findKnownLogin(both, 'bea', sign), bea.split('.')[0]);
    const again = makeKnownLogin('anna', nonce(3), sign);
    const kept = keepKnownLogin(both, again, findKnownLogin(both, 'anna', sign));
    assert.deepEqual(kept.split('~'), [again, bea]);
  });

  test('forgets those that did not come for long, and what is none', () => {
    let kept = 'nonsense~<script>';
    for (let seed = 1; seed <= 9; seed += 1) {
      kept = keepKnownLogin(kept, makeKnownLogin(`p${seed}`, nonce(seed), sign), null);
    }
    assert.equal(kept.split('~').length, LIMITS.knownLoginsPerBrowserMax);
    assert.notEqual(findKnownLogin(kept, 'p9', sign), null);
    assert.equal(findKnownLogin(kept, 'p1', sign), null);
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { instant } from '#kernel/instant.ts';
import { createBuckets, nameNetwork } from './token-bucket.ts';

const START = 1_700_000_000_000;
const at = (ms: number) => instant(START + ms);
const RATE = { burst: 3, perSecond: 2 };

describe('a rate', () => {
  test('allows so many at once, then one whenever one is due', () => {
    const { take } = createBuckets(RATE, 10);
    assert.deepEqual(
      [1, 2, 3].map(() => take('a', at(0)).left),
      [2, 1, 0],
    );
    assert.deepEqual(take('a', at(0)), { waitMs: 500, left: 0, fullMs: 1_500 });
    assert.equal(take('a', at(499)).waitMs, 1);
    assert.equal(take('a', at(500)).waitMs, 0);
    assert.equal(take('a', at(500)).waitMs, 500);
  });

  test('is as generous as ever after a while, and not more', () => {
    const { take } = createBuckets(RATE, 10);
    for (const _ of [1, 2, 3]) take('a', at(0));
    const later = at(3_600_000);
    assert.deepEqual(
      [1, 2, 3, 4].map(() => take('a', later).waitMs === 0),
      [true, true, true, false],
    );
  });

  test('counts for each by himself', () => {
    const { take } = createBuckets({ burst: 1, perSecond: 1 }, 10);
    assert.deepEqual(
      ['a', 'b', 'a'].map((name) => take(name, at(0)).waitMs === 0),
      [true, true, false],
    );
  });

  test('a clock that is set back neither gives nor takes', () => {
    const { take } = createBuckets(RATE, 10);
    for (const _ of [1, 2, 3]) take('a', at(10_000));
    assert.ok(take('a', at(0)).waitMs > 0);
    assert.ok(take('a', at(10_000)).waitMs > 0);
    assert.equal(take('a', at(10_500)).waitMs, 0);
  });

  test('remembers only so many names, and forgets the quietest', () => {
    const { take, size } = createBuckets({ burst: 1, perSecond: 1 }, 2);
    for (const name of ['a', 'b', 'a', 'c']) take(name, at(0));
    assert.equal(size(), 2);
    assert.ok(take('a', at(0)).waitMs > 0, 'a was heard after b');
    assert.equal(take('b', at(0)).waitMs, 0);
    for (let name = 0; name < 1_000; name += 1) take(String(name), at(0));
    assert.equal(size(), 2);
  });

  test('whoever waits as he is told gets through, and no span sees more than it may', () => {
    const steps = fc.array(fc.integer({ min: 0, max: 2_000 }), { maxLength: 60 });
    fc.assert(
      fc.property(steps, (pauses) => {
        const { take } = createBuckets(RATE, 10);
        let now = 0;
        let allowed = 0;
        for (const pause of pauses) {
          now += pause;
          const { waitMs } = take('a', at(now));
          if (waitMs === 0) allowed += 1;
          else {
            now += waitMs;
            assert.equal(take('a', at(now)).waitMs, 0);
            allowed += 1;
          }
          assert.ok(allowed <= RATE.burst + (now / 1_000) * RATE.perSecond + 1e-6);
        }
      }),
    );
  });
});

test('an address stands for itself, one of IPv6 for its network', () => {
  for (const [address, name] of [
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::6', '2001:db8:1:2::/64'],
    ['2001:db8::6', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1', 'fe80:0:0:0::/64'],
  ] as const) {
    assert.equal(nameNetwork(address), name);
  }
});

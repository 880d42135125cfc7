import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { instant } from '#kernel/instant.ts';
import { createIds, createRandom } from './ids.ts';

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('ids of the running process', () => {
  test('property: rise strictly, whatever the clock does', () => {
    const steps = fc.array(fc.integer({ min: -5_000, max: 5_000 }), { maxLength: 50 });
    fc.assert(
      fc.property(steps, fc.nat(255), (jumps, byte) => {
        const ids = createIds((target) => target.fill(byte));
        let now = 1_800_000_000_000;
        let previous = '';
        for (const jump of jumps) {
          now += jump;
          const id = ids.next(instant(now));
          assert.match(id, UUID_V7);
          assert.ok(id > previous, `${id} after ${previous}`);
          previous = id;
        }
      }),
    );
  });

  test('rise and stay unique when one millisecond takes more than its counter holds', () => {
    const ids = createIds((target) => target.fill(0));
    const at = instant(1_800_000_000_000);
    const made = Array.from({ length: 10_000 }, () => ids.next(at));
    assert.equal(new Set(made).size, made.length);
    assert.deepEqual(made.toSorted(), made);
  });

  test('have chance of their own behind the counter', () => {
    const ids = createIds();
    const tails = Array.from({ length: 1_000 }, () => ids.next(instant(0)).slice(-12));
    assert.equal(new Set(tails).size, tails.length);
  });
});

describe('chance of the running process', () => {
  test('is in [0, 1) and as many bytes as were asked for', () => {
    const random = createRandom();
    const drawn = Array.from({ length: 1_000 }, () => random.random());
    assert.ok(drawn.every((one) => one >= 0 && one < 1));
    assert.ok(new Set(drawn).size > 990);
    assert.equal(random.bytes(32).length, 32);
  });
});

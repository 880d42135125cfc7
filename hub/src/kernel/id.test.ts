import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  ALERT_ID_PATTERN,
  DEFAULT_PROJECT_ID,
  formatUuidV7,
  isUuid,
  lowestUuidV7,
  PROJECT_ID_PATTERN,
  SOURCE_TOKEN_PATTERN,
} from './id.ts';
import { INSTANT_MAX, INSTANT_MIN, type Instant, instant, parseInstant } from './instant.ts';

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const anyInstant = fc.integer({ min: 0, max: INSTANT_MAX }).map(instant);
const anyTail = fc.uint8Array({ minLength: 10, maxLength: 10 });

/** Every byte of the tail the same: what is fixed by the RFC then shows. */
function formatFilled(at: Instant, byte: number): string {
  return formatUuidV7(at, new Uint8Array(10).fill(byte));
}

describe('a UUIDv7', () => {
  test('is laid out as RFC 9562 has it', () => {
    const at = parseInstant('2022-02-22T19:22:22Z');
    assert.ok(at !== null);
    const tail = Uint8Array.of(0xc, 0xc3, 0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f);
    // The example of the RFC, appendix A.6.
    assert.equal(formatUuidV7(at, tail), '017f22e2-79b0-7cc3-98c4-dc0c0c07398f');
    assert.equal(formatFilled(instant(0), 0), '00000000-0000-7000-8000-000000000000');
    assert.equal(formatFilled(instant(0), 0xff), '00000000-0000-7fff-bfff-ffffffffffff');
  });

  test('property: has version 7, variant 10, its time and all of its chance', () => {
    fc.assert(
      fc.property(anyInstant, anyTail, (at, tail) => {
        const id = formatUuidV7(at, tail);
        assert.match(id, UUID_V7);
        assert.ok(isUuid(id));
        assert.equal(Number.parseInt(id.slice(0, 13).replace('-', ''), 16), at);
        const bytes = Buffer.from(id.replaceAll('-', '').slice(12), 'hex');
        const masks = [0x0f, 0xff, 0x3f, ...Array.from({ length: 7 }, () => 0xff)];
        for (const [index, mask] of masks.entries()) {
          assert.equal((bytes[index] ?? 0) & mask, (tail[index] ?? 0) & mask);
        }
      }),
    );
  });

  test('property: sorts by its time', () => {
    fc.assert(
      fc.property(fc.tuple(anyInstant, anyTail), fc.tuple(anyInstant, anyTail), (one, other) => {
        if (one[0] >= other[0]) return;
        assert.ok(formatUuidV7(...one) < formatUuidV7(...other));
      }),
    );
  });

  test('of a time before 1970 is still a UUID', () => {
    for (const at of [INSTANT_MIN, instant(-1)]) {
      assert.equal(formatFilled(at, 1), formatFilled(instant(0), 1));
    }
  });

  test('property: the lowest of a millisecond parts its ids from those of the one before', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: INSTANT_MAX }), anyTail, (ms, tail) => {
        const lowest = lowestUuidV7(instant(ms));
        assert.ok(isUuid(lowest));
        assert.ok(formatUuidV7(instant(ms), tail) > lowest);
        assert.ok(formatUuidV7(instant(ms - 1), tail) < lowest);
      }),
    );
  });
});

describe('patterns of ids', () => {
  test('a UUID is lower case with dashes', () => {
    assert.ok(isUuid('0190a000-0000-7000-8000-000000000001'));
    const wrong = ['', '0190A000-0000-7000-8000-000000000001', '0190a00000007000800000000000001'];
    for (const text of [...wrong, ' 0190a000-0000-7000-8000-000000000001', 'x'.repeat(36)]) {
      assert.ok(!isUuid(text), text);
    }
    assert.ok(!isUuid('0190a000-0000-7000-8000-000000000001\n'));
  });

  test('project ids, alert ids and source tokens end where their text ends', () => {
    assert.match(DEFAULT_PROJECT_ID, PROJECT_ID_PATTERN);
    for (const text of ['a', '0', 'a-b_c', `a${'b'.repeat(63)}`]) {
      assert.match(text, PROJECT_ID_PATTERN);
    }
    for (const text of ['', '-a', '_a', 'A', 'a b', 'a/b', `a${'b'.repeat(64)}`, 'a\n']) {
      assert.doesNotMatch(text, PROJECT_ID_PATTERN);
    }
    for (const text of ['a', 'A.b_c:d-9', 'x'.repeat(128)]) assert.match(text, ALERT_ID_PATTERN);
    for (const text of ['', 'a b', 'a/b', 'ä', 'x'.repeat(129), 'a\n']) {
      assert.doesNotMatch(text, ALERT_ID_PATTERN);
    }
    assert.match('0a'.repeat(16), SOURCE_TOKEN_PATTERN);
    for (const text of ['0a'.repeat(15), '0A'.repeat(16), `${'0a'.repeat(16)}\n`]) {
      assert.doesNotMatch(text, SOURCE_TOKEN_PATTERN);
    }
  });
});

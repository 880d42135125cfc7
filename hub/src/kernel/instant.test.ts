import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  formatInstant,
  formatInstantOrNull,
  INSTANT_MAX,
  INSTANT_MIN,
  instant,
  instantFromDate,
  MS_PER_DAY,
  MS_PER_HOUR,
  MS_PER_MINUTE,
  parseInstant,
  plusMs,
} from './instant.ts';

const anyInstant = fc.integer({ min: INSTANT_MIN, max: INSTANT_MAX }).map(instant);

/** What the text means, in our own spelling; null when it is refused. */
function normalize(text: string): string | null {
  return formatInstantOrNull(parseInstant(text));
}

describe('an instant as text', () => {
  test('property: reads back as itself', () => {
    fc.assert(
      fc.property(anyInstant, (at) => {
        assert.equal(parseInstant(formatInstant(at)), at);
      }),
      { numRuns: 1_000 },
    );
  });

  test('property: sorts as the instants do', () => {
    fc.assert(
      fc.property(anyInstant, anyInstant, (one, other) => {
        assert.equal(formatInstant(one) < formatInstant(other), one < other);
      }),
    );
  });

  test('property: means the same in every zone', () => {
    const zone = fc.record({
      hours: fc.nat(23),
      minutes: fc.nat(59),
      sign: fc.constantFrom(1, -1),
    });
    const inner = fc.integer({ min: INSTANT_MIN + MS_PER_DAY, max: INSTANT_MAX - MS_PER_DAY });
    fc.assert(
      fc.property(inner, zone, (ms, { hours, minutes, sign }) => {
        const offsetMs = sign * (hours * MS_PER_HOUR + minutes * MS_PER_MINUTE);
        const local = formatInstant(instant(ms + offsetMs)).slice(0, -1);
        const clock = [hours, minutes].map((part) => String(part).padStart(2, '0')).join(':');
        assert.equal(parseInstant(`${local}${sign < 0 ? '-' : '+'}${clock}`), ms);
      }),
    );
  });

  test('is UTC with milliseconds, whatever was written', () => {
    const cases: readonly (readonly [string, string])[] = [
      ['2026-11-16T08:00:00Z', '2026-11-16T08:00:00.000Z'],
      ['2026-11-16t08:00:00z', '2026-11-16T08:00:00.000Z'],
      ['2026-11-16 08:00:00Z', '2026-11-16T08:00:00.000Z'],
      ['2026-11-16T08:00:00.5Z', '2026-11-16T08:00:00.500Z'],
      ['2026-11-16T08:00:00.05Z', '2026-11-16T08:00:00.050Z'],
      ['2026-11-16T08:00:00.123999999Z', '2026-11-16T08:00:00.123Z'],
      ['2026-11-16T00:30:00+01:00', '2026-11-15T23:30:00.000Z'],
      ['2026-11-16T23:30:00-05:45', '2026-11-17T05:15:00.000Z'],
      ['2026-11-16T08:00:00-00:00', '2026-11-16T08:00:00.000Z'],
    ];
    for (const [text, meant] of cases) assert.equal(normalize(text), meant, text);
  });

  test('a leap second is the first moment of the next minute', () => {
    assert.equal(normalize('2016-12-31T23:59:60Z'), '2017-01-01T00:00:00.000Z');
    assert.equal(normalize('2017-01-01T00:59:60+01:00'), '2017-01-01T00:00:00.000Z');
    assert.equal(normalize('2016-12-31T23:59:61Z'), null);
  });

  test('days that do not exist are refused, leap days are not', () => {
    const good = ['2028-02-29', '2000-02-29', '0004-02-29', '0400-02-29', '2026-12-31'];
    for (const day of good) assert.equal(normalize(`${day}T00:00:00Z`), `${day}T00:00:00.000Z`);
    const bad = [
      '2027-02-29',
      '1900-02-29',
      '2100-02-29',
      '0100-02-29',
      '2026-04-31',
      '2026-02-30',
    ];
    for (const day of [...bad, '2026-00-10', '2026-13-01', '2026-01-00', '2026-01-32']) {
      assert.equal(normalize(`${day}T00:00:00Z`), null, day);
    }
  });

  test('years go from 1 to 9999, counted in UTC', () => {
    assert.equal(parseInstant('0001-01-01T00:00:00Z'), INSTANT_MIN);
    assert.equal(parseInstant('9999-12-31T23:59:59.999Z'), INSTANT_MAX);
    assert.equal(formatInstant(INSTANT_MIN), '0001-01-01T00:00:00.000Z');
    assert.equal(formatInstant(INSTANT_MAX), '9999-12-31T23:59:59.999Z');
    assert.equal(parseInstant('0000-12-31T23:30:00-00:30'), INSTANT_MIN);
    const outside = [
      '0000-12-31T23:59:59Z',
      '0001-01-01T00:00:00+00:01',
      '9999-12-31T23:59:60Z',
      '9999-12-31T23:59:59-00:01',
      '10000-01-01T00:00:00Z',
      '-001-01-01T00:00:00Z',
    ];
    for (const text of outside) assert.equal(parseInstant(text), null, text);
  });

  test('two digits of a year are that year, not one of our century', () => {
    assert.equal(normalize('0026-01-01T00:00:00Z'), '0026-01-01T00:00:00.000Z');
  });

  test('anything else is refused', () => {
    const bad = [
      '',
      'now',
      '0',
      '1700000000',
      '2026-11-16',
      '2026-11-16T08:00Z',
      '2026-11-16T08:00:00',
      '2026-11-16T08:00:00.Z',
      '2026-11-16T08:00:00,5Z',
      '2026-11-16T08:00:00.1234567890Z',
      '2026-11-16T24:00:00Z',
      '2026-11-16T08:60:00Z',
      '2026-11-16T08:00:00+24:00',
      '2026-11-16T08:00:00+01:60',
      '2026-11-16T08:00:00+0100',
      '2026-11-16T08:00:00+01',
      '2026-11-16T08:00:00 Z',
      ' 2026-11-16T08:00:00Z',
      '2026-11-16T08:00:00Z\n',
      '2026-11-16T08:00:00Z2026-11-16T08:00:00Z',
      '２０２６-11-16T08:00:00Z',
      '20261116T080000Z',
      'Mon, 16 Nov 2026 08:00:00 GMT',
    ];
    for (const text of bad) assert.equal(parseInstant(text), null, JSON.stringify(text));
  });

  test('property: no text makes the reader throw or leave its bounds', () => {
    const unit = fc.constantFrom(...Array.from('0123456789-+:.TZtz '));
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit, maxLength: 32 }), fc.string()), (text) => {
        const at = parseInstant(text);
        assert.ok(at === null || (at >= INSTANT_MIN && at <= INSTANT_MAX && Number.isInteger(at)));
      }),
      { numRuns: 1_000 },
    );
  });

  test('formatting one instant, another and the first again gives each its own text', () => {
    const [one, other] = [instant(0), instant(1)];
    const texts = [one, other, one].map(formatInstant);
    assert.deepEqual(texts, [
      '1970-01-01T00:00:00.000Z',
      '1970-01-01T00:00:00.001Z',
      '1970-01-01T00:00:00.000Z',
    ]);
    assert.equal(formatInstantOrNull(null), null);
  });
});

describe('instants as numbers', () => {
  test('are whole: a fraction of a millisecond is cut', () => {
    assert.equal(instant(1.9), 1);
    assert.equal(instant(-1.9), -1);
    assert.equal(plusMs(instant(10), 1.9), 11);
    assert.equal(instantFromDate(new Date(1_234)), 1_234);
  });

  test('property: adding stays between the first and the last instant', () => {
    fc.assert(
      fc.property(anyInstant, fc.integer(), (at, durationMs) => {
        const sum = plusMs(at, durationMs);
        assert.ok(sum >= INSTANT_MIN && sum <= INSTANT_MAX);
        if (at + durationMs === sum) return;
        assert.ok(sum === (durationMs < 0 ? INSTANT_MIN : INSTANT_MAX));
      }),
    );
    assert.equal(plusMs(INSTANT_MAX, 1), INSTANT_MAX);
    assert.equal(plusMs(INSTANT_MIN, -1), INSTANT_MIN);
  });
});

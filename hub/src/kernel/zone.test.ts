/** Local times of a zone, for data of programs that wrote no offset. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  formatInstant,
  formatInstantOrNull,
  INSTANT_MAX,
  INSTANT_MIN,
  type Instant,
  instant,
  isTimeZone,
  MS_PER_DAY,
  MS_PER_HOUR,
  MS_PER_SECOND,
  parseInstant,
  parseLocalInstant,
} from './instant.ts';

const PARIS = 'Europe/Paris';

/** `doubt instant`, or null when it is no time. */
function read(text: string, zone = PARIS, notBefore?: string): string | null {
  const bound = notBefore === undefined ? INSTANT_MIN : (parseInstant(notBefore) ?? INSTANT_MIN);
  const reading = parseLocalInstant(text, zone, bound);
  return reading === null ? null : `${reading.doubt} ${formatInstant(reading.at)}`;
}

/** What the clocks of a zone show, written by another road than the parser takes. */
function showClock(at: Instant, zone: string): string {
  const clock = new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone,
    dateStyle: 'short',
    timeStyle: 'medium',
  });
  const fraction = String(at - Math.floor(at / MS_PER_SECOND) * MS_PER_SECOND).padStart(3, '0');
  return `${clock.format(at)}.${fraction}`;
}

const anyZone = fc.constantFrom(...Intl.supportedValuesOf('timeZone'));
/** Before 1900 many towns had clocks of their own; nothing that we import is as old. */
const anyModern = fc
  .integer({ min: Date.UTC(1900, 0, 3), max: Date.UTC(2120, 0, 1) })
  .map((ms) => instant(ms));

describe('a local time without an offset', () => {
  test('is a time of its zone, in winter and in summer', () => {
    assert.equal(read('2026-01-15T08:00:00'), 'none 2026-01-15T07:00:00.000Z');
    assert.equal(read('2026-07-15T08:00:00'), 'none 2026-07-15T06:00:00.000Z');
    assert.equal(read('2026-07-15T08:00:00', 'Asia/Kathmandu'), 'none 2026-07-15T02:15:00.000Z');
    assert.equal(read('2026-07-15T08:00:00', 'UTC'), 'none 2026-07-15T08:00:00.000Z');
  });

  test('may have a blank, microseconds, a comma, or no seconds', () => {
    for (const text of ['2026-01-15 08:00:00', '2026-01-15T08:00', '2026-01-15t08:00:00.000000']) {
      assert.equal(read(text), 'none 2026-01-15T07:00:00.000Z', text);
    }
    assert.equal(read('2026-01-15T08:00:00.123999'), 'none 2026-01-15T07:00:00.123Z');
    assert.equal(read('2026-01-15T08:00:00,5'), 'none 2026-01-15T07:00:00.500Z');
  });

  test('with an offset means what the offset says, whatever the zone', () => {
    for (const text of [
      '2026-01-15T08:00:00+05:30',
      '2026-01-15T08:00:00+0530',
      '2026-01-15 08:00:00 +05:30',
      '2026-01-15T02:30:00Z',
    ]) {
      assert.equal(read(text), 'none 2026-01-15T02:30:00.000Z', text);
    }
  });

  test('that is no time is refused', () => {
    for (const text of [
      '',
      'hier',
      '2026-01-15',
      '2026-02-30T08:00:00',
      '2026-01-15T24:00:00',
      '2026-01-15T08:60:00',
      '15/01/2026 08:00:00',
      '2026-01-15T08:00:00 Europe/Paris',
      '2026-01-15T08:00:00+99:00',
      '0000-01-01T00:00:00',
    ]) {
      assert.equal(read(text), null, text);
    }
  });

  test('that the clocks jumped over is moved forward by the jump, and said to be', () => {
    assert.equal(read('2026-03-29T01:59:59.999'), 'none 2026-03-29T00:59:59.999Z');
    assert.equal(read('2026-03-29T02:00:00'), 'gap 2026-03-29T01:00:00.000Z');
    assert.equal(read('2026-03-29T02:30:00'), 'gap 2026-03-29T01:30:00.000Z');
    assert.equal(read('2026-03-29T03:00:00'), 'none 2026-03-29T01:00:00.000Z');
    // Half an hour, and a whole day that an island left out.
    assert.equal(
      read('2026-10-04T02:15:00', 'Australia/Lord_Howe'),
      'gap 2026-10-03T15:45:00.000Z',
    );
    assert.equal(read('2011-12-30T12:00:00', 'Pacific/Apia'), 'gap 2011-12-30T22:00:00.000Z');
  });

  test('that came twice is the first, unless that is before what it must follow', () => {
    assert.equal(read('2026-10-25T01:59:59'), 'none 2026-10-24T23:59:59.000Z');
    assert.equal(read('2026-10-25T02:30:00'), 'fold 2026-10-25T00:30:00.000Z');
    assert.equal(
      read('2026-10-25T02:10:00', PARIS, '2026-10-25T00:30:00Z'),
      'fold 2026-10-25T01:10:00.000Z',
    );
    assert.equal(
      read('2026-10-25T02:30:00', PARIS, '2026-10-25T05:00:00Z'),
      'fold 2026-10-25T00:30:00.000Z',
      'what fits nowhere is the first',
    );
    assert.equal(read('2026-10-25T03:00:00'), 'none 2026-10-25T02:00:00.000Z');
  });

  test('property: what a clock of the zone shows reads back as the moment it showed it', () => {
    fc.assert(
      fc.property(anyModern, anyZone, (at, zone) => {
        const text = showClock(at, zone);
        const reading = parseLocalInstant(text, zone);
        assert.ok(reading !== null && reading.doubt !== 'gap', text);
        const again = parseLocalInstant(text, zone, at);
        assert.equal(again?.at, at, `${text} ${zone}`);
        if (reading.doubt === 'none') assert.equal(reading.at, at, `${text} ${zone}`);
        else assert.ok(reading.at <= at && at - reading.at <= MS_PER_DAY, `${text} ${zone}`);
      }),
      { numRuns: 2_000 },
    );
  });

  test('property: any local time comes to a moment, and only in a gap to another time', () => {
    fc.assert(
      fc.property(anyModern, anyZone, (wall, zone) => {
        const text = formatInstant(wall).slice(0, -1);
        const reading = parseLocalInstant(text, zone);
        assert.ok(reading !== null);
        const shown = showClock(reading.at, zone).replace(' ', 'T');
        if (reading.doubt === 'gap') assert.ok(shown > text, `${text} ${zone}`);
        else assert.equal(shown, text, zone);
      }),
      { numRuns: 2_000 },
    );
  });

  test('property: around each change of a year, hour by hour, moments never go back', () => {
    const year = fc.integer({ min: 1970, max: 2037 });
    fc.assert(
      fc.property(year, fc.constantFrom(PARIS, 'America/New_York', 'Pacific/Apia'), (y, zone) => {
        let last: Instant = INSTANT_MIN;
        const start = Date.UTC(y, 2, 20);
        for (let hour = 0; hour < 14 * 24; hour += 1) {
          const text = formatInstant(instant(start + hour * MS_PER_HOUR)).slice(0, -1);
          const at = parseLocalInstant(text, zone)?.at ?? INSTANT_MIN;
          assert.ok(at >= last, `${text} ${zone}`);
          last = at;
        }
      }),
      { numRuns: 20 },
    );
  });

  test('at the ends of time is refused when its moment cannot be written', () => {
    assert.equal(read('0001-01-01T00:00:00', 'Asia/Tokyo'), null);
    assert.equal(read('9999-12-31T23:59:59', 'America/New_York'), null);
    const last = parseLocalInstant('9999-12-31T23:59:59.999', 'UTC')?.at ?? null;
    assert.equal(formatInstantOrNull(last), formatInstant(INSTANT_MAX));
  });
});

describe('a time zone', () => {
  test('is a name of the database, old names too', () => {
    for (const name of [PARIS, 'europe/paris', 'UTC', 'Asia/Calcutta', 'America/Indiana/Knox']) {
      assert.equal(isTimeZone(name), true, name);
    }
  });

  test('is no offset, no abbreviation that nobody knows, no text', () => {
    for (const name of ['', '+01:00', 'Paris', 'Europe/Atlantis', '../etc', 'E'.repeat(1_000)]) {
      assert.equal(isTimeZone(name), false, name);
    }
  });
});

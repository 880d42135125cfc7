import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { listJsonPlaces, listTextPlaces, type MaskedPlace } from './places.ts';

const show = (places: readonly MaskedPlace[]) =>
  places.map(({ path, line, column, class: name }) => `${path} ${line}:${column} ${name}`.trim());

const PIN = '[PIN#aaaaaaaa]';
const EMAIL = '[EMAIL#bbbbbbbb]';

describe('places in text', () => {
  test('are told by line and column of the text as it was', () => {
    const before = 'pin 1234\nmail to anna@example.org now\n\n4321';
    const after = `pin ${PIN}\nmail to ${EMAIL} now\n\n${PIN}`;
    assert.deepEqual(show(listTextPlaces(before, after)), ['1:5 pin', '2:9 email', '4:1 pin']);
  });

  test('are right when one mask follows another, and when many lines became one mask', () => {
    assert.deepEqual(show(listTextPlaces('1234anna@b.example', PIN + EMAIL)), [
      '1:1 pin',
      '1:1 email',
    ]);
    const key = '-----BEGIN\nabc\ndef\nEND-----\nthen 1234';
    assert.deepEqual(show(listTextPlaces(key, `[PRIVATE_KEY#cccccccc]\nthen ${PIN}`)), [
      '1:1 private_key',
      '5:6 pin',
    ]);
  });

  test('are none for what was masked before', () => {
    const once = `pin ${PIN} and`;
    assert.deepEqual(listTextPlaces(`${once} 1234`, `${once} ${PIN}`).length, 1);
    assert.deepEqual(listTextPlaces(once, once), []);
  });

  test('property: one for each mask that was put in, in their order', () => {
    const word = fc.stringMatching(/^[a-z\n]{1,6}$/);
    fc.assert(
      fc.property(fc.array(fc.tuple(word, fc.integer({ min: 1_000, max: 9_999 }))), (parts) => {
        const before = parts.map(([text, pin]) => `${text}${pin}`).join('');
        const after = parts.map(([text]) => `${text}${PIN}`).join('');
        const lines = before.split('\n');
        const places = listTextPlaces(before, after);
        assert.equal(places.length, parts.length);
        for (const [index, { line, column }] of places.entries()) {
          const pin = String(parts[index]?.[1]);
          assert.equal(lines[line - 1]?.slice(column - 1, column + 3), pin);
        }
      }),
    );
  });
});

describe('places in JSON', () => {
  test('are told by path, and by line and column within the text there', () => {
    const before = { a: [{ note: 'x\npin 1234' }, 'fine'], owner: 'anna@b.example', n: 5 };
    const after = { a: [{ note: `x\npin ${PIN}` }, 'fine'], owner: EMAIL, n: 5 };
    assert.deepEqual(show(listJsonPlaces(before, after)), ['a[0].note 2:5 pin', 'owner 1:1 email']);
  });

  test('are told for what was no text, and for whole objects', () => {
    const before = { pin: 1234, login: { user: 'a', pin: [1] } };
    assert.deepEqual(show(listJsonPlaces(before, { pin: PIN, login: PIN })), [
      'pin 1:1 pin',
      'login 1:1 pin',
    ]);
  });

  test('name a field whose own name was masked by its mask', () => {
    const places = listJsonPlaces({ 'anna@b.example': 1 }, { [EMAIL]: 1 });
    assert.deepEqual(show(places), [`${EMAIL} 1:1 email`]);
  });
});

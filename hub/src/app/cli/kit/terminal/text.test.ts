import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { renderJson, renderJsonLine } from './json.ts';
import {
  cleanForTerminal,
  cleanLines,
  cleanText,
  cutText,
  measureColumns,
  padText,
  wrapText,
} from './text.ts';

describe('text of a stranger', () => {
  const CASES: readonly (readonly [string, string, string])[] = [
    ['colours', '\u001b[31mFall\u001b[0m in room 12', 'Fall in room 12'],
    ['clearing the screen', 'a\u001b[2J\u001b[1;1Hb', 'ab'],
    ['the title of the window', 'a\u001b]0;root@hub\u0007b', 'ab'],
    ['a hyperlink', '\u001b]8;;https://evil.example\u001b\\click\u001b]8;;\u001b\\', 'click'],
    ['sequences in one byte', 'a\u009b31mb\u009d0;x\u009cc', 'abc'],
    ['one that does not end', 'a\u001b]0;everything after it', 'a'],
    ['an escape at the end', 'a\u001b', 'a'],
    ['bells and backspaces', 'open\b\b\b\bdone\u0007', 'opendone'],
    ['an overwritten line', 'critical\rinfo', 'critical info'],
    ['lines and tabs', 'a\nb\r\nc\td\u2028e\u0085f', 'a b c d e f'],
    ['bidirectional overrides', 'gpj.\u202etxe\u202c\u2066x\u2069', 'gpj.txex'],
    ['what nobody sees', 'a\u200bb\ufeffc\u00add\u{e0041}e', 'abcde'],
    ['half a character', 'a\ud800b', 'a\ufffdb'],
  ];
  for (const [what, dirty, clean] of CASES) {
    test(`cannot steer the terminal with ${what}`, () => assert.equal(cleanText(dirty), clean));
  }

  test('in any language stays as it is', () => {
    for (const text of ['Chute détectée', '跌倒', 'سقوط', 'דלת', '👩‍⚕️ ward', 'é']) {
      assert.equal(cleanText(text), text);
    }
  });

  test('may have lines of its own where there is room for them', () => {
    assert.equal(cleanLines('a\r\nb\u001b[2Jc\u0000\n\td'), 'a\nbc\n d');
  });

  test('is cleaned on its way to a terminal, where our own colours stay', () => {
    const line = '\u001b[1;31mcritical\u001b[0m  a\u001b[2Jb\u001b[8mc\n\u202ed';
    assert.equal(cleanForTerminal(line), '\u001b[1;31mcritical\u001b[0m  abc\nd');
  });

  test('property: whatever it is, one printable line is left', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        assert.doesNotMatch(cleanText(text), /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
        assert.equal(cleanText(cleanText(text)), cleanText(text));
      }),
    );
  });
});

describe('columns', () => {
  test('are two for wide characters and none for combining ones', () => {
    assert.equal(measureColumns('Fall'), 4);
    assert.equal(measureColumns('跌倒'), 4);
    assert.equal(measureColumns('ｶﾞ'), 2);
    assert.equal(measureColumns('e\u0301'), 1);
    assert.equal(measureColumns('🔥'), 2);
    assert.equal(measureColumns('한국'), 4);
    assert.equal(measureColumns('ÀÉ'), 2);
  });

  test('are filled up with blanks', () => {
    assert.equal(padText('跌倒', 6), '跌倒  ');
    assert.equal(padText('longer', 3), 'longer');
  });

  test('bound a text, which then ends in a mark', () => {
    assert.equal(cutText('Fall in room', 12), 'Fall in room');
    assert.equal(cutText('Fall in room 12', 9), 'Fall in…');
    assert.equal(cutText('跌倒检测', 5), '跌倒…');
    assert.equal(cutText('abc', 1), '…');
    assert.equal(cutText('abc', 0), '');
  });

  test('bound the lines of a paragraph', () => {
    assert.deepEqual(wrapText('one two three', 7), ['one two', 'three']);
    assert.deepEqual(wrapText('incomprehensibilities are', 7), ['incomprehensibilities', 'are']);
  });
});

test('JSON keeps every character, but none that steers a terminal', () => {
  const value = { title: 'a\u001b[31m\u009b2J\u202eb\u007f\ufeff', count: 3 };
  for (const text of [renderJson(value), renderJsonLine(value)]) {
    assert.deepEqual(JSON.parse(text), value);
    assert.doesNotMatch(text.replaceAll('\n', ''), /[\p{Cc}\p{Cf}]/u);
  }
  assert.equal(renderJsonLine([1]), '[1]');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LIMITS } from '#kernel/limits.ts';
import { cleanLine, cleanLines, cutText, parseLink } from './clean-text.ts';

const ANY_TEXT = fc.string({ unit: 'binary', maxLength: 400 });
const BOUND = fc.integer({ min: 2, max: 200 });

test('line breaks, tabs and control characters become one space', () => {
  assert.equal(cleanLine('a\r\nBcc: x@y\u0000\t\u001b[31m\u2028z\u0085', 100), 'a Bcc: x@y [31m z');
});

test('marks that turn the direction of reading and invisible ones are dropped', () => {
  assert.equal(cleanLine('\ufeffFa\u202ell\u2066 de\u200btected\u2069', 100), 'Fall detected');
});

test('the joiner inside an emoji stays', () => {
  const family = '👩\u200d👧';
  assert.equal(cleanLine(family, 100), family);
});

test('numbers and booleans are written out; objects, lists and nothing are empty', () => {
  const written = [7, true, null, undefined, {}, ['a']].map((value) => cleanLine(value, 10));
  assert.deepEqual(written, ['7', 'true', '', '', '', '']);
});

test('a text that is too long ends in an ellipsis, also when the cut part was not read', () => {
  assert.equal(cleanLine('abcdef', 5), 'abcd…');
  assert.equal(cleanLine('abcdef', 6), 'abcdef');
  assert.equal(cleanLine(`ab${' '.repeat(1_000)}cd`, 10), 'ab…');
});

test('a cut never goes through the middle of a character', () => {
  assert.equal(cutText('ab😀cd', 4), 'ab…');
  assert.equal(cutText('ab😀cd', 5), 'ab😀…');
});

test('property: a line is one line, well formed, bounded and clean', () => {
  fc.assert(
    fc.property(ANY_TEXT, BOUND, (value, charsMax) => {
      const line = cleanLine(value, charsMax);
      assert.ok(line.length <= charsMax);
      assert.ok(line.isWellFormed());
      assert.doesNotMatch(line, /[\p{Cc}\p{Zl}\p{Zp}\u200b\u202a-\u202e\u2066-\u2069\ufeff]/u);
      assert.equal(line, line.trim());
    }),
  );
});

test('several lines keep their breaks, without empty ones, and say when some are missing', () => {
  const bounds = { charsMax: 100, linesMax: 2 };
  assert.deepEqual(cleanLines('one\n\n\r\ntwo\u0007', bounds), ['one', 'two']);
  assert.deepEqual(cleanLines('one\ntwo\nthree', bounds), ['one', 'two…']);
  assert.deepEqual(cleanLines(12, bounds), ['12']);
  assert.deepEqual(cleanLines(null, bounds), []);
});

test('property: lines together are bounded, whatever they hold', () => {
  fc.assert(
    fc.property(ANY_TEXT, BOUND, fc.integer({ min: 1, max: 9 }), (value, charsMax, linesMax) => {
      const lines = cleanLines(value, { charsMax, linesMax });
      assert.ok(lines.length <= linesMax);
      assert.ok(lines.join('').length <= charsMax + 1);
      assert.doesNotMatch(lines.join(''), /\p{Cc}/u);
    }),
  );
});

test('only http and https are links, and none that shows a name before the host', () => {
  assert.equal(parseLink('https://hub.example/a?b=1&c="'), 'https://hub.example/a?b=1&c=%22');
  assert.equal(parseLink('HTTP://hub.example'), 'http://hub.example/');
  const refused = [
    'javascript:alert(1)',
    ' java\nscript:alert(1)',
    'data:text/html,x',
    'ftp://hub.example/',
    'https://bank.example@evil.example/',
    'https://:x@evil.example/',
    '/a/t1',
    '',
    null,
    7,
    `https://hub.example/${'a'.repeat(LIMITS.urlCharsMax)}`,
  ];
  for (const value of refused) assert.equal(parseLink(value), null, String(value));
});

test('a link that grows too long by being written properly is left out', () => {
  assert.equal(parseLink(`https://hub.example/${'ü'.repeat(LIMITS.urlCharsMax / 2)}`), null);
});

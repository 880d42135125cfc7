import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  initialPriority,
  parseSeverity,
  PRIORITIES,
  SEVERITIES,
  type Severity,
} from './severity.ts';

const WORDS: Readonly<Record<Severity, readonly string[]>> = {
  critical: ['critical', 'crit', 'page', 'disaster', 'emergency', 'fatal', 'p1'],
  high: ['high', 'error', 'err', 'major', 'p2'],
  medium: ['medium', 'warning', 'warn', 'moderate', 'average', 'p3'],
  low: ['low', 'minor', 'p4'],
  info: ['info', 'information', 'informational', 'notice', 'none', 'debug', 'p5'],
};

for (const severity of SEVERITIES) {
  test(`senders say ${severity} in several words, cases and blanks`, () => {
    const other: Severity = severity === 'info' ? 'high' : 'info';
    for (const word of WORDS[severity]) {
      for (const text of [word, word.toUpperCase(), ` ${word}\t`]) {
        assert.equal(parseSeverity(text, other), severity, text);
      }
    }
  });
}

test('an unknown word, an empty one or none is the default of the source', () => {
  for (const word of [undefined, '', ' ', 'Warnung', 'p6', 'very high', 'highest']) {
    for (const fallback of SEVERITIES) assert.equal(parseSeverity(word, fallback), fallback);
  }
});

test('names that every object has are unknown words', () => {
  for (const word of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
    assert.equal(parseSeverity(word, 'low'), 'low');
  }
});

test('property: any text whatever is one of the five severities', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.constantFrom(...SEVERITIES), (word, fallback) => {
      assert.ok(SEVERITIES.includes(parseSeverity(word, fallback)));
    }),
  );
});

test('round 0 is critical for critical, high for high, and normal for the rest', () => {
  const priorities = SEVERITIES.map(initialPriority);
  assert.deepEqual(priorities, ['critical', 'high', 'normal', 'normal', 'normal']);
  assert.deepEqual(PRIORITIES, ['normal', 'high', 'critical', 'emergency']);
});

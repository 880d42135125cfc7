import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LANGUAGES, parseLanguage } from './language.ts';

test('every language that we speak is read as itself', () => {
  for (const language of LANGUAGES) assert.equal(parseLanguage(language), language);
});

test('what was never said is English, as is a language that we do not speak', () => {
  for (const text of [null, undefined, '', 'de', 'zh', 'zh-hans', 'EN', 'it-IT']) {
    assert.equal(parseLanguage(text), 'en');
  }
});

test('property: any text is one of the languages that we speak', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      assert.ok(LANGUAGES.includes(parseLanguage(text)));
    }),
  );
});

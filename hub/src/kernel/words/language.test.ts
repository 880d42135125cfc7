import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { chooseLanguage, LANGUAGES, parseLanguage } from './language.ts';

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

test('of what a browser asks for, the first language that we speak is chosen', () => {
  const cases: readonly (readonly [string | undefined, string])[] = [
    [undefined, 'en'],
    ['', 'en'],
    ['it-IT,it;q=0.9,en;q=0.8', 'it'],
    ['de-DE, fr;q=0.5', 'fr'],
    ['zh-TW,zh;q=0.9', 'zh-Hant'],
    ['zh-Hant-HK', 'zh-Hant'],
    ['zh-CN', 'zh-Hans'],
    ['zh', 'zh-Hans'],
    ['*', 'en'],
    ['x'.repeat(10_000), 'en'],
  ];
  for (const [header, language] of cases) assert.equal(chooseLanguage(header), language, header);
});

/** Goes through every phrase of every language. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LANGUAGES } from '#kernel/words/language.ts';
import { EN } from './en.ts';
import { PHRASE_BOOK } from './phrase-book.ts';
import { fillPhrase, type Phrases } from './phrases.ts';

type Entry = { readonly name: string; readonly text: string };

function listPhrases(words: Phrases): readonly Entry[] {
  const groups = [
    ['', { seconds: words.seconds, minutes: words.minutes }],
    ['login', words.login],
    ['setUp', words.setUp],
    ['faults', words.faults],
  ] as const;
  return groups.flatMap(([group, entries]) =>
    Object.entries(entries).map(([name, text]) => ({ name: `${group}.${name}`, text })),
  );
}

const slotsOf = (text: string) => [...text.matchAll(/\{\{ (\w+) \}\}/g)].map(([, one]) => one);
const english = new Map(listPhrases(EN).map(({ name, text }) => [name, text]));

for (const language of LANGUAGES) {
  describe(`the pages of a login in ${language}`, () => {
    const entries = listPhrases(PHRASE_BOOK[language]);

    test('say all that there is to say', () => {
      const names = new Set(entries.map(({ name }) => name));
      assert.deepEqual(names, new Set(english.keys()));
      for (const { name, text } of entries) assert.match(text, /\S/, name);
    });

    test('have a place for each value, and for no other', () => {
      for (const { name, text } of entries) {
        const wanted = new Set(slotsOf(english.get(name) ?? ''));
        assert.deepEqual(new Set(slotsOf(text)), wanted, name);
        assert.doesNotMatch(text.replaceAll(/\{\{ \w+ \}\}/g, ''), /[{}]/, name);
      }
    });

    test('are one line each, with no HTML in them', () => {
      for (const { name, text } of entries) assert.doesNotMatch(text, /[<>\n\r\t]| {2}/, name);
    });

    test('are in that language', () => {
      if (language === 'en') return;
      const same = entries.filter(({ name, text }) => text === english.get(name));
      const allowed = ['.minutes', '.seconds', 'setUp.password', 'login.password', 'setUp.secret'];
      for (const { name } of same) assert.ok(allowed.includes(name), name);
    });
  });
}

test('what is filled in is never itself a phrase', () => {
  assert.equal(fillPhrase('a {{ x }} b', { x: '{{ y }}', y: 'no' }), 'a {{ y }} b');
  assert.equal(fillPhrase('{{ n }} {{ gone }}', { n: 3 }), '3 ');
});

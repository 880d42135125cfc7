import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LANGUAGES, type Language } from '#kernel/words/language.ts';
import { PHRASE_BOOK } from './phrase-book.ts';

/** `mail.lead.created` -> the phrase. */
function flatten(value: object, path = ''): readonly (readonly [string, string])[] {
  return Object.entries(value).flatMap(([name, each]: [string, unknown]) => {
    if (typeof each === 'string') return [[`${path}${name}`, each] as const];
    assert.ok(typeof each === 'object' && each !== null, `${path}${name} holds phrases`);
    return flatten(each, `${path}${name}.`);
  });
}

const ALL: ReadonlyMap<Language, ReadonlyMap<string, string>> = new Map(
  LANGUAGES.map((language) => [language, new Map(flatten(PHRASE_BOOK[language]))]),
);

function phrasesOf(language: Language): ReadonlyMap<string, string> {
  const found = ALL.get(language);
  assert.ok(found !== undefined);
  return found;
}

/** Says the same in several languages of our five. */
const SAME: Readonly<Record<string, readonly string[]>> = {
  en_it: ['time.hours', 'time.hoursAndMinutes', 'time.minutes', 'mail.colon'],
  all: ['place.area', 'mail.subject.created', 'mail.subject.escalated'],
};

for (const language of LANGUAGES) {
  test(`${language}: every phrase says something, without blanks at its ends`, () => {
    for (const [path, phrase] of phrasesOf(language)) {
      assert.notEqual(phrase.trim(), '', path);
      if (path !== 'mail.colon') assert.equal(phrase, phrase.trim(), path);
      assert.doesNotMatch(phrase, /\p{Cc}|undefined|~/u, path);
    }
  });

  test(`${language}: every phrase fills in what the English one does`, () => {
    const english = phrasesOf('en');
    assert.deepEqual([...phrasesOf(language).keys()].toSorted(), [...english.keys()].toSorted());
    for (const [path, phrase] of phrasesOf(language)) {
      assert.deepEqual(namesIn(phrase), namesIn(english.get(path) ?? ''), path);
    }
  });
}

function namesIn(phrase: string): readonly string[] {
  const names = phrase.matchAll(/\{\{ (\w+) \}\}/g);
  return [...new Set([...names].map(([, name = '']) => name))].toSorted();
}

const LATIN: readonly (readonly [Language, Language])[] = [
  ['en', 'fr'],
  ['en', 'it'],
  ['fr', 'it'],
];

for (const [one, other] of LATIN) {
  test(`${one} and ${other} share no phrase: nothing was left untranslated`, () => {
    const listed = [...(SAME['all'] ?? []), ...(SAME[`${one}_${other}`] ?? [])];
    const same = [...phrasesOf(one)].filter(
      ([path, phrase]) => phrasesOf(other).get(path) === phrase && !listed.includes(path),
    );
    assert.deepEqual(same, []);
  });
}

for (const language of ['zh-Hans', 'zh-Hant'] as const) {
  test(`${language}: every phrase is Chinese, with Chinese punctuation`, () => {
    for (const [path, phrase] of phrasesOf(language)) {
      const words = phrase.replaceAll(/\{\{ \w+ \}\}(?::(?=\{\{))?/g, '');
      assert.doesNotMatch(words, /[,;?()]|[\u4e00-\u9fff]:/, path);
      if (words.replaceAll(/[\s\uff00-\uffef]/g, '') !== '')
        assert.match(words, /\p{Script=Han}/u, path);
    }
  });
}

/** Pairs of simplified and traditional characters, of those that our phrases use. */
const PAIRS =
  '无無应應达達过過这這条條则則实實际際发發测測试試读讀报報误誤问問题題关關闭閉认認\
级級别別电電话話设設备備时時钟鐘处處请請链鏈开開启啟选選择擇么麼谢謝记記录錄现現场場还還没沒\
来來为為员員确確将將于於复復经經动動联聯系繫规規种種输輸轮輪让讓给給详詳细細';

test('simplified and traditional characters are not mixed', () => {
  const characters = Array.from(PAIRS);
  const pairs = characters.filter((_, index) => index % 2 === 0);
  for (const [index, simplified] of pairs.entries()) {
    const traditional = characters[index * 2 + 1] ?? '';
    assert.notEqual(simplified, traditional);
    for (const [path, phrase] of phrasesOf('zh-Hant')) {
      assert.ok(!phrase.includes(simplified), `${path} has ${simplified}`);
    }
    for (const [path, phrase] of phrasesOf('zh-Hans')) {
      assert.ok(!phrase.includes(traditional), `${path} has ${traditional}`);
    }
  }
});

test('French sets a space that does not break before colons and question marks', () => {
  for (const [path, phrase] of phrasesOf('fr')) {
    const words = phrase.replaceAll(/\}\}:(?=\{\{)/g, '');
    assert.doesNotMatch(words, /(?<!\u00a0)[:;?!]/, path);
  }
});

test('in one language no two labels, outcomes, states or buttons read the same', () => {
  for (const language of LANGUAGES) {
    const words = PHRASE_BOOK[language];
    const sets = [
      words.severity,
      words.urgency,
      words.status,
      words.outcome,
      words.actions,
      words.mail.labels,
      words.mail.facts,
      words.mail.lead,
      words.mail.subject,
      words.mail.reasons,
      words.mail.resolvedAs,
      words.page.chosenOutcome,
      words.page.hints,
    ];
    for (const set of sets) {
      const phrases: readonly string[] = Object.values(set);
      assert.equal(new Set(phrases).size, phrases.length, `${language}: ${phrases.join(' | ')}`);
    }
  }
});

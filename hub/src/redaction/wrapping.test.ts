/** Secrets in the forms that logs and messages wrap them in: nothing of them may be left. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BASE_POLICY } from './policy.ts';
import { createRedactor } from './redaction.ts';
import * as words from './structure/key-words.ts';
import { createKeyRules } from './structure/key.ts';

const redactor = createRedactor(BASE_POLICY, 'key');

/** Known by how they look, whatever stands around them. */
const VALUES = [
  'anna@example.org',
  '+393331234567',
  '203.0.113.77',
  'IT60X0542811101000000123456',
  '4111111111111111',
  'RSSMRA85T10A562S',
  '11010519491231002X',
  'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0MiJ9.bm90LWEtcmVhbC1zaWduYXR1cmU',
  'AKIAIOSFODNN7EXAMPLE',
  'glpat-abcdefghij0123456789',
  'xoxb-123456789012-abcdefghijkl',
  '123456789:AAabcdefghijklmnopqrstuvwxyz0123456',
] as const;

const WRAPPINGS: Readonly<Record<string, (value: string) => string>> = {
  'a sentence': (value) => `The user said ${value}, and left.`,
  brackets: (value) => `error (${value}) [${value}] {${value}} <${value}>`,
  quotes: (value) => `'${value}' "${value}" \`${value}\``,
  'a pair': (value) => `field=${value} other="${value}" third: ${value}`,
  'a list': (value) => `a,${value},b;${value};c|${value}|d`,
  lines: (value) => `one\n${value}\r\n\t${value}\n`,
  'escaped lines': (value) => `one\\n${value}\\r\\n${value}`,
  Chinese: (value) => `收到：${value}，来自“${value}”。`,
  Italian: (value) => `Ricevuto «${value}»; è ${value}!`,
  JSON: (value) => JSON.stringify({ a: value, b: [value], [value]: 1 }),
  'JSON in JSON': (value) => JSON.stringify({ a: JSON.stringify({ b: value }) }),
  'JSON that is cut off': (value) => `{"a":"${value}","b":[{"c":"${value}"`,
  'JSON in a line': (value) => `level=info body={"a":"${value}"} done`,
  XML: (value) => `<a b="${value}"><c>${value}</c></a>`,
  CSV: (value) => `1;"${value}";x\n2;${value};y`,
  'a query': (value) => `https://x.example/?a=${encodeURIComponent(value)}&b=1`,
  'a form': (value) => `a=1&b=${encodeURIComponent(value)}`,
  'a stack trace': (value) => `Error: no ${value}\n    at f (/srv/app.js:1:2)`,
  'a syslog line': (value) => `<34>1 2024-05-01T10:00:00Z web app 17 - - ${value}`,
  Markdown: (value) => `* **${value}**\n* [link](${value}) \`${value}\``,
  YAML: (value) => `a:\n  - ${value}\n  - b: ${value}\n`,
  TOML: (value) => `a = "${value}"\nb = ['${value}']`,
  Go: (value) => `map[a:${value} b:x] {Name:${value} Age:3}`,
  Java: (value) => `User{name='${value}', id=3} toString() -> ${value};`,
  Python: (value) => `User(name='${value}', b="${value}") # ${value}`,
};

describe('a value that must not be stored is found in', () => {
  for (const [name, wrap] of Object.entries(WRAPPINGS)) {
    it(name, () => {
      for (const value of VALUES) {
        const { value: redacted } = redactor.redactText(wrap(value));
        assert.ok(!redacted.includes(value), redacted);
        assert.equal(redactor.redactText(redacted).value, redacted);
      }
    });
  }
});

describe('the words of the rules', () => {
  const lists = Object.entries(words).map(([name, list]) => ({ name, list: [...list] }));

  it('are written as names are cut into words', () => {
    for (const { name, list } of lists) {
      for (const word of list) {
        assert.equal(word, word.toLowerCase(), `${name}: ${word}`);
        assert.doesNotMatch(word, /[A-Za-z]\d$|\s/, `${name}: ${word} loses its digits`);
      }
    }
  });

  it('stand in one list at most, where lists exclude one another', () => {
    const find = createKeyRules([]);
    for (const word of words.SECRET_WORDS) {
      assert.ok(!words.NEUTRAL_WORDS.has(word), word);
      assert.notEqual(find(word).kind, 'plain', word);
    }
    for (const word of words.WEAK_WORDS) assert.ok(!words.SECRET_WORDS.has(word), word);
  });
});

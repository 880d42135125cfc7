/** Real-looking lines with what must be masked in each, and lines that must stay as they are. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, test } from 'node:test';
import { MASK_CLASSES } from './mask.ts';
import { BASE_POLICY } from './policy.ts';
import { createRedactor } from './redaction.ts';

type Case = { readonly text: string; readonly classes: readonly string[] };

const FOLDER = join(import.meta.dirname, '../../../test/fixtures/redaction');
const redactor = createRedactor(BASE_POLICY, 'key');

function parseCases(file: string): readonly Case[] {
  return (JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as { cases: Case[] }).cases;
}

const corpus = new Map(readdirSync(FOLDER).map((file) => [file, parseCases(file)]));

for (const [file, cases] of corpus) {
  describe(`corpus: ${file}`, () => {
    for (const { text, classes } of cases) {
      it(`${classes.length === 0 ? 'keeps' : classes.join(', ')}: ${text.slice(0, 60)}`, () => {
        const { value, masks, hasRedactedContent } = redactor.redactText(text);
        assert.deepEqual(Object.keys(masks).toSorted(), classes.toSorted(), value);
        assert.equal(hasRedactedContent, classes.length > 0);
        if (classes.length === 0) assert.equal(value, text);
        assert.equal(redactor.redactText(value).value, value, 'redacting twice changes something');
      });
    }
  });
}

test('the corpus knows every class', () => {
  const told = new Set([...corpus.values()].flat().flatMap(({ classes }) => classes));
  const missing = Object.keys(MASK_CLASSES).filter((each) => !told.has(each) && each !== 'custom');
  assert.deepEqual(missing, []);
});

test('a corpus line is masked as well within a field, a list and the name of a field', () => {
  for (const { text, classes } of [...corpus.values()].flat()) {
    if (classes.length === 0) continue;
    for (const json of [{ message: text }, [text], { list: [{ text }] }, { [text]: 1 }]) {
      const { masks, value } = redactor.redactJson(json);
      for (const each of classes) assert.ok(each in masks, `${each}: ${JSON.stringify(value)}`);
    }
  }
});

test('a corpus line is masked as well in JSON that a text holds', () => {
  for (const { text, classes } of [...corpus.values()].flat()) {
    const inner = JSON.stringify({ log: [text], n: 1 });
    const { value, masks } = redactor.redactText(inner);
    for (const each of classes) assert.ok(each in masks, `${each}: ${value}`);
    JSON.parse(value);
  }
});

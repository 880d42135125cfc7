/**
 * Time grows with the length of a text and no faster. Not measured with a clock: hand-written
 * loops are counted by the characters that they ask for, and regular expressions are held to a
 * form whose time is known. `node bench/redaction.ts` shows the times.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, test } from 'node:test';
import { HOSTILE_TEXTS } from '#test/support/hostile/hostile-texts.ts';
import { BASE_POLICY } from './policy.ts';
import { createRedactor } from './redaction.ts';

const redactor = createRedactor(BASE_POLICY, 'key');

type Method = (this: string, ...values: readonly unknown[]) => unknown;
/** What a call looked at: characters one by one, cut out or searched through. */
type Cost = (text: string, values: readonly unknown[], answer: unknown) => number;

const COSTS: Readonly<Record<string, Cost>> = {
  charAt: () => 1,
  charCodeAt: () => 1,
  slice: (_text, _values, answer) => String(answer).length,
  indexOf: (text, [, from], answer) =>
    (answer === -1 ? text.length : Number(answer)) - (typeof from === 'number' ? from : 0),
};
const STRINGS: object = String.prototype;

function parseMethod(name: string): Method {
  return Object.getOwnPropertyDescriptor(STRINGS, name)?.value as Method;
}

function countSteps(run: () => void): number {
  let steps = 0;
  const put = (name: string, value: Method): void => {
    Object.defineProperty(STRINGS, name, { value, configurable: true, writable: true });
  };
  const originals = Object.keys(COSTS).map((name) => ({ name, method: parseMethod(name) }));
  for (const { name, method } of originals) {
    const cost = COSTS[name];
    put(name, function counted(...values) {
      const answer = Reflect.apply(method, this, values);
      steps += cost?.(this, values, answer) ?? 0;
      return answer;
    });
  }
  try {
    run();
  } finally {
    for (const { name, method } of originals) put(name, method);
  }
  return steps;
}

describe('twice the text is twice the work', () => {
  const chars = 8 * 1_024;
  for (const { name, build } of HOSTILE_TEXTS) {
    it(`of ${name}`, () => {
      const half = countSteps(() => redactor.redactText(build(chars)));
      const whole = countSteps(() => redactor.redactText(build(2 * chars)));
      assert.ok(whole <= 2.5 * half + chars, `${half} steps became ${whole}`);
    });
  }

  it('and the count sees work that grows faster', () => {
    const pairs = (text: string) => () => {
      for (let at = 0; at < text.length; at += 1) text.indexOf('x', at);
    };
    const half = countSteps(pairs('a'.repeat(500)));
    assert.ok(countSteps(pairs('a'.repeat(1_000))) > 3 * half);
  });
});

/** Regular expressions and the parts of composed ones, as they stand in the code. */
function listPatterns(code: string): readonly string[] {
  const literals = code.matchAll(
    /(?<=[=(,[]\s*)\/(?![/*])((?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+)\/[a-z]*/g,
  );
  const composed = code.matchAll(/String\.raw`([^`]*)`/g);
  return [...literals, ...composed].map((match) => match[1] ?? '');
}

/** A group that repeats without end and holds something that does: `(a+)+`. */
function findFault(pattern: string): string | null {
  const plain = pattern.replace(/\\./g, 'x').replace(/\[[^\]]*\]/g, 'c');
  const isNested = /\([^()]*(?:[+*]|\{\d+,\})[^()]*\)(?:[+*]|\{\d+,\d*\})/.test(plain);
  if (isNested) return 'repeats what repeats';
  return /(?:[+*]|\{\d+,\})\??c(?:[+*]|\{\d+,\})/.test(plain) ? 'repeats twice in a row' : null;
}

test('no regular expression repeats what repeats', () => {
  const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' });
  const patterns = files
    .filter((file) => /(?<!\.test)\.ts$/.test(file))
    .flatMap((file) => listPatterns(readFileSync(join(import.meta.dirname, file), 'utf8')));
  assert.ok(patterns.length > 60, `found ${patterns.length}`);
  for (const pattern of patterns) assert.equal(findFault(pattern), null, pattern);
  assert.equal(findFault('(?:a+)+b'), 'repeats what repeats');
  assert.equal(findFault(String.raw`[a-z]+[\w]*x`), 'repeats twice in a row');
});

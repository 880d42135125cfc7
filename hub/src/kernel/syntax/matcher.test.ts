import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LIMITS } from '#kernel/limits.ts';
import type { Matcher, MatcherOperator } from './matcher.ts';
import {
  createMatcher,
  escapeRegex,
  isMatching,
  parseMatcher,
  parseMatchers,
  renderMatcher,
} from './matcher.ts';

function read(text: string): Matcher {
  const reading = parseMatcher(text);
  assert.ok(reading.ok, reading.ok ? '' : `${text}: ${reading.message}`);
  return reading.matcher;
}

function create(name: string, operator: MatcherOperator, value: string): Matcher {
  const reading = createMatcher(name, operator, value);
  assert.ok(reading.ok, reading.ok ? '' : reading.message);
  return reading.matcher;
}

function refusalOf(text: string): { readonly message: string; readonly at: number } {
  const reading = parseMatcher(text);
  assert.ok(!reading.ok, `${text} was not refused`);
  return reading;
}

const READINGS: readonly (readonly [string, string, MatcherOperator, string])[] = [
  ['severity="critical"', 'severity', '=', 'critical'],
  ['severity=critical', 'severity', '=', 'critical'],
  ['severity!=info', 'severity', '!=', 'info'],
  ['severity=~"critical|high"', 'severity', '=~', 'critical|high'],
  ['severity=~critical|high', 'severity', '=~', 'critical|high'],
  ['severity!~"lab-.*"', 'severity', '!~', 'lab-.*'],
  ['  a \t=\n "b c" ', 'a', '=', 'b c'],
  ['a=""', 'a', '=', ''],
  ['a="say \\"no\\" \\\\ \\n"', 'a', '=', 'say "no" \\ \n'],
  ['a=~"10\\.0\\..*"', 'a', '=~', '10\\.0\\..*'],
  ['a="{x=\'y\'},"', 'a', '=', "{x='y'},"],
  ['"spaced name"="x"', 'spaced name', '=', 'x'],
  ['"温度🔥"=高', '温度🔥', '=', '高'],
  ['温度=高', '温度', '=', '高'],
  ['service.name="api"', 'service.name', '=', 'api'],
  ['a="line\nbreak"', 'a', '=', 'line\nbreak'],
];

for (const [text, name, operator, value] of READINGS) {
  test(`${JSON.stringify(text)} is read`, () => {
    const { ...parts } = read(text);
    assert.deepEqual(parts, { name, operator, value });
  });
}

const REFUSALS: readonly (readonly [string, number, RegExp])[] = [
  ['', 0, /label name/],
  ['   ', 3, /label name/],
  ['a', 1, /expected =/],
  ['a!b', 1, /expected =/],
  ['a=', 2, /value/],
  ['a==b', 2, /value/],
  ['a="b', 2, /not closed/],
  ['a="b\\', 2, /not closed/],
  ['a="b"c', 5, /unexpected "c"/],
  ['a=b c', 4, /unexpected "c"/],
  ['a=b,c=d', 3, /unexpected ","/],
  ['{a=b}', 0, /label name/],
  ['a=b"c', 3, /unexpected/],
  ["a='b'", 2, /value/],
  ['""=b', 0, /empty/],
  ['a=~"("', 0, /regular expression/],
  ['a=~"(?=x)"', 0, /regular expression/],
  ['a=~"a)|(b"', 0, /regular expression/],
  ['a="\ud800"', 0, /surrogate/],
];

for (const [text, at, sentence] of REFUSALS) {
  test(`${JSON.stringify(text)} is refused at ${at}`, () => {
    const refusal = refusalOf(text);
    assert.match(refusal.message, sentence);
    assert.equal(refusal.at, at);
  });
}

test('lists are read with and without braces, with blanks and a comma at the end', () => {
  for (const text of [
    '{a="b",c=~"d"}',
    'a=b,c=~d',
    ' { a = b , c =~ d , } ',
    'a=b,c=~d,',
    '{"a"="b","c"=~"d"}',
  ]) {
    const reading = parseMatchers(text);
    assert.ok(reading.ok, text);
    assert.deepEqual(reading.matchers.map(renderMatcher), ['a="b"', 'c=~"d"'], text);
  }
  assert.deepEqual(parseMatchers(' { } '), { ok: true, matchers: [] });
});

test('a list that is blank, broken or closed twice is refused, never read as "everything"', () => {
  const wrong = ['', '  ', '{', '}', '{a=b', 'a=b}', '{a=b}}', '{a=b},', ',', '{,}', 'a=b,,c=d'];
  for (const text of [...wrong, '{a=b c=d}', '{{a=b}}', '{a=b}{c=d}']) {
    const reading = parseMatchers(text);
    assert.ok(!reading.ok, text);
    assert.ok(reading.at >= 0 && reading.at <= text.length, text);
  }
});

test('a missing label counts as empty, and inherited names are not labels', () => {
  assert.equal(isMatching(read('a=""'), {}), true);
  assert.equal(isMatching(read('a!=""'), {}), false);
  assert.equal(isMatching(read('a=~".*"'), {}), true);
  assert.equal(isMatching(read('a!~".+"'), {}), true);
  assert.equal(isMatching(read('constructor=""'), {}), true);
  assert.equal(isMatching(read('"__proto__"=""'), {}), true);
});

test('regular expressions are anchored at both ends, alternatives too', () => {
  const matcher = read('a=~"x|xy"');
  for (const value of ['x', 'xy']) assert.equal(isMatching(matcher, { a: value }), true);
  for (const value of ['', 'xyz', 'ax', 'x\n', 'yx']) {
    assert.equal(isMatching(matcher, { a: value }), false, JSON.stringify(value));
  }
});

test('a matcher still works after a way through storage that lost its compiled form', () => {
  const stored = structuredClone(read('a=~"b+"'));
  assert.equal(isMatching(stored, { a: 'bbb' }), true);
  assert.equal(isMatching(stored, { a: 'c' }), false);
});

test('texts, expressions and lists are read up to their limits and refused beyond', () => {
  const padded = (length: number) => `a="${'x'.repeat(length - 4)}"`;
  assert.ok(parseMatcher(padded(LIMITS.matcherCharsMax)).ok);
  assert.ok(!parseMatcher(padded(LIMITS.matcherCharsMax + 1)).ok);
  const expression = (length: number) => `a=~"${'x'.repeat(length)}"`;
  assert.ok(parseMatcher(expression(LIMITS.regexCharsMax)).ok);
  assert.ok(!parseMatcher(expression(LIMITS.regexCharsMax + 1)).ok);
  const list = (count: number) => Array.from({ length: count }, () => 'a=b').join(',');
  assert.ok(parseMatchers(list(LIMITS.matchersPerRuleMax)).ok);
  assert.ok(!parseMatchers(list(LIMITS.matchersPerRuleMax + 1)).ok);
  const name = (length: number) => `${'n'.repeat(length)}=x`;
  assert.ok(parseMatcher(name(LIMITS.labelNameCharsMax)).ok);
  assert.ok(!parseMatcher(name(LIMITS.labelNameCharsMax + 1)).ok);
});

test('a short expression that compiles to a large program is refused', () => {
  assert.match(refusalOf('a=~"((ab){30}|(cd){30}){30}"').message, /too large/);
});

test('an expression that stalls backtracking engines answers on the longest value', () => {
  // On a backtracking engine this would take 2^4096 steps; that it ends at all is the promise.
  const matcher = read('a=~"(a+)+$"');
  const value = 'a'.repeat(LIMITS.labelValueCharsMax);
  assert.equal(isMatching(matcher, { a: `${value}!` }), false);
  assert.equal(isMatching(matcher, { a: value }), true);
});

const anyText = fc.string({ unit: 'binary', maxLength: 40 });
const anyName = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 });
const anyMatcher = fc
  .tuple(anyName, fc.constantFrom('=', '!=', '=~', '!~'), anyText)
  .map(([name, operator, value]) =>
    create(name, operator, operator.endsWith('~') ? escapeRegex(value) : value),
  );

test('property: a rendered matcher reads back as itself', () => {
  fc.assert(
    fc.property(anyMatcher, (matcher) => {
      assert.deepEqual(read(renderMatcher(matcher)), matcher);
    }),
  );
});

test('property: a rendered list reads back as itself', () => {
  fc.assert(
    fc.property(fc.array(anyMatcher, { maxLength: 4 }), (matchers) => {
      const reading = parseMatchers(`{${matchers.map(renderMatcher).join(',')}}`);
      assert.deepEqual(reading, { ok: true, matchers });
    }),
  );
});

test('property: != is the complement of =, and !~ of =~', () => {
  fc.assert(
    fc.property(anyName, anyText, anyText, (name, wanted, value) => {
      const values = { [name]: value };
      const escaped = escapeRegex(wanted);
      for (const [one, other, text] of [
        ['=', '!=', wanted],
        ['=~', '!~', escaped],
      ] as const) {
        const isOne = isMatching(create(name, one, text), values);
        assert.equal(isMatching(create(name, other, text), values), !isOne);
      }
    }),
  );
});

test('property: =~ of an escaped text is = of that text', () => {
  fc.assert(
    fc.property(anyText, anyText, (wanted, other) => {
      const literal = create('a', '=~', escapeRegex(wanted));
      for (const value of [wanted, other, `${wanted}${other}`]) {
        const isEqual = isMatching(create('a', '=', wanted), { a: value });
        assert.equal(isMatching(literal, { a: value }), isEqual);
      }
    }),
  );
});

test('property: no text whatever makes the reader throw', () => {
  const pieces = fc.constantFrom('a', '=', '!', '~', '"', '\\', '{', '}', ',', ' ', '(', '[', '*');
  const near = fc.string({ unit: pieces, maxLength: 30 });
  const utf16 = fc.array(fc.nat(0xffff)).map((units) => String.fromCharCode(...units));
  fc.assert(
    fc.property(fc.oneof(near, anyText, utf16), (text) => {
      for (const reading of [
        parseMatcher(text),
        parseMatchers(text),
        createMatcher('a', '=~', text),
      ]) {
        if (!reading.ok) assert.ok(reading.at >= 0 && reading.message !== '');
      }
    }),
    { numRuns: 1_000 },
  );
});

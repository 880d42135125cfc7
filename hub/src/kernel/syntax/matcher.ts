/**
 * Matchers in Alertmanager's syntax: `severity=~"critical|high"`, `{team="night", host!~"lab-.*"}`.
 * Regular expressions run on RE2 (time linear in the value), anchored at both ends, so that no rule
 * of an operator can stall a stage.
 *
 * Quoted text knows `\n`, `\"` and `\\`; any other backslash stays as it is, so that `"10\.0\..*"`
 * means what its writer meant. A reading that could be meant two ways is refused: a filter never
 * fails open. Values are quoted, or hold none of the reserved characters.
 */
import { RE2JS } from 're2js';
import { LIMITS } from '#kernel/limits.ts';

export type MatcherOperator = '=' | '!=' | '=~' | '!~';

/** Made by `parseMatcher` or `createMatcher`, which know that its expression compiles. */
export type Matcher = {
  readonly name: string;
  readonly operator: MatcherOperator;
  readonly value: string;
};

/** `at` counts UTF-16 units from the start of the text. */
export type MatcherFault = { readonly ok: false; readonly message: string; readonly at: number };
export type MatcherReading = { readonly ok: true; readonly matcher: Matcher } | MatcherFault;
export type MatchersReading =
  | { readonly ok: true; readonly matchers: readonly Matcher[] }
  | MatcherFault;

const RESERVED = /[\s\u0085{}!=~,\\"'`]/u;
const SPACE = /[\s\u0085]/u;

/** Compiled once per matcher; the matcher itself stays plain data that can be stored. */
const regexes = new WeakMap<Matcher, RE2JS>();

/** Exactly one matcher, without braces. */
export function parseMatcher(text: string): MatcherReading {
  const fault = checkText(text, LIMITS.matcherCharsMax);
  if (fault !== null) return fault;
  const read = readMatcher(text, skipSpace(text, 0));
  if (!read.ok) return read;
  const end = skipSpace(text, read.end);
  if (end < text.length) return refuse(`unexpected ${show(text, end)} after the value`, end);
  return { ok: true, matcher: read.matcher };
}

/** A list divided by commas, with or without braces. `{}` matches everything; blank is refused. */
export function parseMatchers(text: string): MatchersReading {
  const fault = checkText(text, LIMITS.matcherCharsMax * LIMITS.matchersPerRuleMax);
  if (fault !== null) return fault;
  let at = skipSpace(text, 0);
  if (at === text.length) return refuse('no matcher; write {} to match everything', at);
  const isBraced = text[at] === '{';
  if (isBraced) at = skipSpace(text, at + 1);
  const matchers: Matcher[] = [];
  while (at < text.length && text[at] !== '}') {
    if (matchers.length >= LIMITS.matchersPerRuleMax) {
      return refuse(`more than ${LIMITS.matchersPerRuleMax} matchers`, at);
    }
    const read = readMatcher(text, at);
    if (!read.ok) return read;
    matchers.push(read.matcher);
    at = skipSpace(text, read.end);
    if (text[at] !== ',') break;
    at = skipSpace(text, at + 1);
  }
  if (isBraced) {
    if (text[at] !== '}') return refuse(`expected a comma or }, found ${show(text, at)}`, at);
    at = skipSpace(text, at + 1);
  }
  if (at < text.length) return refuse(`expected a comma, found ${show(text, at)}`, at);
  return { ok: true, matchers };
}

/** The checks that need no text: for matchers given as three fields. */
export function createMatcher(name: string, operator: MatcherOperator, value: string) {
  return buildMatcher({ name, operator, value }, 0);
}

/** A label that is missing counts as the empty text. */
export function isMatching(matcher: Matcher, values: Readonly<Record<string, string>>): boolean {
  const value = Object.hasOwn(values, matcher.name) ? (values[matcher.name] ?? '') : '';
  switch (matcher.operator) {
    case '=':
      return value === matcher.value;
    case '!=':
      return value !== matcher.value;
    case '=~':
      return regexOf(matcher).testExact(value);
    case '!~':
      return !regexOf(matcher).testExact(value);
  }
}

/** The one spelling of a matcher; reading it back gives the same matcher. */
export function renderMatcher(matcher: Matcher): string {
  const name = RESERVED.test(matcher.name) ? quote(matcher.name) : matcher.name;
  return `${name}${matcher.operator}${quote(matcher.value)}`;
}

/** A regular expression that matches exactly this text. */
export function escapeRegex(text: string): string {
  return RE2JS.quote(text);
}

type Read<Found> = ({ readonly ok: true; readonly end: number } & Found) | MatcherFault;

function readMatcher(text: string, start: number): Read<{ readonly matcher: Matcher }> {
  const name = readText(text, start, 'a label name');
  if (!name.ok) return name;
  const operatorAt = skipSpace(text, name.end);
  const operator = readOperator(text, operatorAt);
  if (operator === null) {
    return refuse(`expected =, !=, =~ or !~, found ${show(text, operatorAt)}`, operatorAt);
  }
  const valueAt = skipSpace(text, operatorAt + operator.length);
  const value = readText(text, valueAt, 'a value (quote it; "" for empty)');
  if (!value.ok) return value;
  const built = buildMatcher({ name: name.text, operator, value: value.text }, start);
  return built.ok ? { ok: true, matcher: built.matcher, end: value.end } : built;
}

function readOperator(text: string, at: number): MatcherOperator | null {
  const two = text.slice(at, at + 2);
  if (two === '=~' || two === '!~' || two === '!=') return two;
  return text[at] === '=' ? '=' : null;
}

function readText(text: string, start: number, what: string): Read<{ readonly text: string }> {
  if (text[start] === '"') return readQuoted(text, start);
  let end = start;
  while (end < text.length && !RESERVED.test(text.charAt(end))) end += 1;
  if (end === start) return refuse(`expected ${what}, found ${show(text, start)}`, start);
  return { ok: true, text: text.slice(start, end), end };
}

function readQuoted(text: string, start: number): Read<{ readonly text: string }> {
  let value = '';
  for (let at = start + 1; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '"') return { ok: true, text: value, end: at + 1 };
    if (character !== '\\') {
      value += character;
      continue;
    }
    at += 1;
    value += unescape(text.charAt(at));
  }
  return refuse('the quote is not closed', start);
}

function unescape(character: string): string {
  if (character === 'n') return '\n';
  return character === '"' || character === '\\' ? character : `\\${character}`;
}

function buildMatcher(matcher: Matcher, at: number): MatcherReading {
  const { name, operator, value } = matcher;
  if (name === '') return refuse('the label name is empty', at);
  if (name.length > LIMITS.labelNameCharsMax) {
    return refuse(`the label name is longer than ${LIMITS.labelNameCharsMax} characters`, at);
  }
  if (!name.isWellFormed() || !value.isWellFormed()) return refuse(NOT_WELL_FORMED, at);
  // The rendered form is what is stored and read back, so the bound is on that.
  if (renderMatcher(matcher).length > LIMITS.matcherCharsMax) return refuse(TOO_LONG, at);
  if (operator === '=' || operator === '!=') return { ok: true, matcher };
  const compiled = compileRegex(value);
  if (typeof compiled === 'string') return refuse(compiled, at);
  regexes.set(matcher, compiled);
  return { ok: true, matcher };
}

const NOT_WELL_FORMED = 'the text holds half of a surrogate pair';
const TOO_LONG = `the matcher is longer than ${LIMITS.matcherCharsMax} characters`;

/** The compiled expression, or the sentence that says why not. */
function compileRegex(source: string): RE2JS | string {
  if (source.length > LIMITS.regexCharsMax) {
    return `the regular expression is longer than ${LIMITS.regexCharsMax} characters`;
  }
  let regex: RE2JS;
  try {
    regex = RE2JS.compile(source);
  } catch (error) {
    const why = error instanceof Error ? error.message : 'it does not compile';
    return `not a regular expression that RE2 knows: ${why}`.slice(0, LIMITS.errorCharsMax);
  }
  // Matching costs length of the value times size of the program: `.{999}` is short but large.
  return regex.programSize() > LIMITS.regexInstructionsMax
    ? 'the regular expression is too large: use smaller repetition counts'
    : regex;
}

function regexOf(matcher: Matcher): RE2JS {
  const known = regexes.get(matcher);
  if (known !== undefined) return known;
  const compiled = RE2JS.compile(matcher.value);
  regexes.set(matcher, compiled);
  return compiled;
}

function checkText(text: string, charsMax: number): MatcherFault | null {
  if (text.length > charsMax) return refuse(`longer than ${charsMax} characters`, charsMax);
  return text.isWellFormed() ? null : refuse(NOT_WELL_FORMED, 0);
}

function skipSpace(text: string, start: number): number {
  let at = start;
  while (at < text.length && SPACE.test(text.charAt(at))) at += 1;
  return at;
}

function quote(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}

function show(text: string, at: number): string {
  const character = text.codePointAt(at);
  return character === undefined ? 'the end' : JSON.stringify(String.fromCodePoint(character));
}

function refuse(message: string, at: number): MatcherFault {
  return { ok: false, message, at };
}

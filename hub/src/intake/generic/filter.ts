/**
 * The filters of templates, with LiquidJS's own names and meanings. Danger: each must be bounded
 * by what goes in, and what goes in is cut to `templateTextCharsMax`. Pure.
 */
import { LIMITS } from '#kernel/limits.ts';

export type Plain = string | number | boolean | null | readonly Plain[];

type Filter = (value: Plain, given: readonly Plain[]) => Plain;

const CHARS_MAX = LIMITS.templateTextCharsMax;
/** Longer ones would make looking for them dear. */
const PATTERN_CHARS_MAX = 64;
const TRUNCATE_CHARS = 50;

function isList(value: Plain): value is readonly Plain[] {
  return Array.isArray(value);
}

function textOf(value: Plain | undefined): string {
  if (value === undefined || value === null) return '';
  return isList(value) ? joinTexts(value, '') : String(value);
}

/** A thousand long texts are no longer than one may be. */
function joinTexts(list: readonly Plain[], separator: string): string {
  let text = '';
  for (const [index, entry] of list.entries()) {
    if (text.length >= CHARS_MAX) break;
    text += index === 0 ? textOf(entry) : separator + textOf(entry);
  }
  return cut(text);
}

function cut(text: string): string {
  return text.slice(0, CHARS_MAX);
}

function patternOf(value: Plain | undefined): string {
  return textOf(value).slice(0, PATTERN_CHARS_MAX);
}

/** Ends when the result is as long as a text may be, however often the pattern is there. */
function replaceAll(text: string, pattern: string, replacement: string): string {
  if (pattern === '') return text;
  let result = '';
  let from = 0;
  while (result.length < CHARS_MAX) {
    const at = text.indexOf(pattern, from);
    if (at === -1) break;
    result += text.slice(from, at) + replacement;
    from = at + pattern.length;
  }
  return cut(result + text.slice(from));
}

function calculate(compute: (one: number, other: number) => number): Filter {
  return (value, [given]) => {
    const result = compute(Number(value), Number(given ?? 0));
    return Number.isFinite(result) ? result : '';
  };
}

function listOf(value: Plain): readonly Plain[] {
  return isList(value) ? value : [value];
}

const DIGITS_MAX = 9;

function round(value: Plain, [digits = 0]: readonly Plain[]): Plain {
  const shown = Math.min(DIGITS_MAX, Math.max(0, Math.trunc(Number(digits)) || 0));
  const number = Number(value);
  return Number.isFinite(number) ? Number(number.toFixed(shown)) : '';
}

function truncate(value: Plain, [given = TRUNCATE_CHARS, end = '...']: readonly Plain[]) {
  const text = textOf(value);
  const chars = Number(given);
  if (Number.isNaN(chars) || text.length <= chars) return text;
  const dots = textOf(end);
  return cut(text.slice(0, Math.max(0, chars - dots.length)) + dots);
}

function slice(value: Plain, [begin = 0, count = 1]: readonly Plain[]): string {
  const text = textOf(value);
  const from = Math.trunc(Number(begin)) || 0;
  const start = from < 0 ? Math.max(0, text.length + from) : from;
  return text.slice(start, start + Math.max(0, Math.trunc(Number(count)) || 0));
}

export const FILTERS: Readonly<Record<string, Filter>> = {
  append: (value, [given]) => cut(textOf(value) + textOf(given)),
  capitalize: (value) => {
    const text = textOf(value);
    return cut(text.charAt(0).toUpperCase() + text.slice(1).toLowerCase());
  },
  default: (value, [given]) => {
    const isEmpty = value === null || value === false || textOf(value) === '';
    return isEmpty ? (given ?? null) : value;
  },
  divided_by: calculate((one, other) => one / other),
  downcase: (value) => cut(textOf(value).toLowerCase()),
  first: (value) => (isList(value) ? (value[0] ?? null) : value),
  join: (value, [given = ' ']) => joinTexts(listOf(value), patternOf(given)),
  json: (value) => cut(JSON.stringify(value)),
  last: (value) => (isList(value) ? (value.at(-1) ?? null) : value),
  minus: calculate((one, other) => one - other),
  plus: calculate((one, other) => one + other),
  prepend: (value, [given]) => cut(textOf(given) + textOf(value)),
  remove: (value, [given]) => replaceAll(textOf(value), patternOf(given), ''),
  replace: (value, [from, to]) => replaceAll(textOf(value), patternOf(from), textOf(to)),
  round,
  size: (value) => (isList(value) ? value.length : textOf(value).length),
  slice,
  split: (value, [given = ' ']) =>
    cut(textOf(value)).split(patternOf(given), LIMITS.templateListMax),
  strip: (value) => textOf(value).trim(),
  times: calculate((one, other) => one * other),
  truncate,
  upcase: (value) => cut(textOf(value).toUpperCase()),
};

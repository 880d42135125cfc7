/**
 * What comes from outside, made fit for a line, a few lines or a link: no control characters, no
 * marks that turn the direction of reading, no half characters, never longer than asked. Pure.
 */
import { LIMITS } from '#kernel/limits.ts';

/** Ends lines, moves cursors, or is not a character at all. */
const BREAKING = /[\p{Cc}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}]+/gu;
/** Invisible, and able to make a text read as another one; joiners belong to emoji and scripts. */
const INVISIBLE = /[^\P{Cf}\u200c\u200d]/gu;

/** One line. Numbers and booleans are written out; anything else is nothing. */
export function cleanLine(value: unknown, charsMax: number): string {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'string') return '';
  // What is cut off first cannot cost anything; spaces and marks that go may be up to half.
  const head = value.slice(0, charsMax * 2 + 1).toWellFormed();
  const line = head.replace(BREAKING, ' ').replace(INVISIBLE, '').replace(/\s+/gu, ' ').trim();
  const isCut = value.length > charsMax * 2 + 1;
  return cutText(isCut ? `${line}…` : line, charsMax);
}

export function cleanLines(
  value: unknown,
  bounds: { readonly charsMax: number; readonly linesMax: number },
): readonly string[] {
  const { charsMax, linesMax } = bounds;
  if (typeof value !== 'string') return [cleanLine(value, charsMax)].filter((line) => line !== '');
  const lines: string[] = [];
  let left = charsMax;
  for (const piece of value.slice(0, charsMax * 2 + 1).split(/\r\n|[\n\r\u2028\u2029]/u)) {
    if (lines.length === linesMax || left < 2) return markCut(lines);
    const line = cleanLine(piece, left);
    if (line === '') continue;
    lines.push(line);
    left -= line.length;
  }
  return value.length > charsMax * 2 + 1 ? markCut(lines) : lines;
}

function markCut(lines: readonly string[]): readonly string[] {
  const last = lines.at(-1) ?? '';
  return [...lines.slice(0, -1), last.endsWith('…') ? last : `${last}…`];
}

/** Never through the middle of a character. */
export function cutText(text: string, charsMax: number): string {
  if (text.length <= charsMax) return text;
  const isHalf = /[\ud800-\udbff]/.test(text.charAt(charsMax - 2));
  return `${text.slice(0, charsMax - (isHalf ? 2 : 1)).trimEnd()}…`;
}

/** A link that may be put before people: http or https, without a name that looks like a host. */
export function parseLink(value: unknown): string | null {
  if (typeof value !== 'string' || value.length > LIMITS.urlCharsMax) return null;
  const url = URL.canParse(value) ? new URL(value) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) return null;
  if (url.username !== '' || url.password !== '') return null;
  return url.href.length > LIMITS.urlCharsMax ? null : url.href;
}

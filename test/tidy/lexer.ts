/**
 * A small lexer for TypeScript and SQL that tells code from text. Rules match on `code`, which is
 * as long as the source and has every comment, string and regular expression blanked with spaces,
 * so that an offset found in it is an offset in the file and a word in a message trips nobody.
 *
 * Danger: a slash is taken for a division or a regular expression by the token before it. Where
 * that guess is wrong (a regular expression that starts a statement) the harm ends with the line.
 */

export type Literal = {
  /** Offset of the opening quote. */
  readonly at: number;
  /** What stands between the quotes, escapes kept; in a template each `${...}` became a space. */
  readonly text: string;
};

export type Comment = { readonly at: number; readonly text: string };

export type Lexed = {
  readonly code: string;
  readonly literals: readonly Literal[];
  readonly comments: readonly Comment[];
};

type Cursor = {
  readonly source: string;
  readonly code: string[];
  readonly literals: Literal[];
  readonly comments: Comment[];
  at: number;
};

/** Words after which a slash opens a regular expression. */
const WORDS_BEFORE_REGEX = new Set(
  'return typeof case in of void delete throw new else do await yield instanceof'.split(' '),
);

export function lexTypeScript(source: string): Lexed {
  const cursor = createCursor(source);
  lexCode(cursor, false);
  return toLexed(cursor);
}

/** SQL files: `--` and block comments and quoted text are blanked; the rest is one literal. */
export function lexSql(source: string): Lexed {
  const cursor = createCursor(source);
  while (cursor.at < source.length) {
    if (source.startsWith('--', cursor.at)) takeComment(cursor, findLineEnd(source, cursor.at));
    else if (source.startsWith('/*', cursor.at)) takeComment(cursor, findBlockEnd(cursor));
    else if (source[cursor.at] === "'") takeSqlText(cursor);
    else cursor.at += 1;
  }
  const code = cursor.code.join('');
  return { code, literals: [{ at: 0, text: code }], comments: cursor.comments };
}

function createCursor(source: string): Cursor {
  return { source, code: source.split(''), literals: [], comments: [], at: 0 };
}

function toLexed(cursor: Cursor): Lexed {
  return { code: cursor.code.join(''), literals: cursor.literals, comments: cursor.comments };
}

/** Reads code up to the end, or up to the brace that closes a template's `${`. */
function lexCode(cursor: Cursor, inTemplate: boolean): void {
  const { source } = cursor;
  let depth = 0;
  while (cursor.at < source.length) {
    const char = source[cursor.at];
    if (source.startsWith('//', cursor.at)) takeComment(cursor, findLineEnd(source, cursor.at));
    else if (source.startsWith('/*', cursor.at)) takeComment(cursor, findBlockEnd(cursor));
    else if (char === "'" || char === '"') takeString(cursor, char);
    else if (char === '`') takeTemplate(cursor);
    else if (char === '/' && isRegexNext(cursor)) takeRegex(cursor);
    else {
      if (char === '{') depth += 1;
      if (char === '}') depth -= 1;
      if (inTemplate && depth < 0) return;
      cursor.at += 1;
    }
  }
}

function takeComment(cursor: Cursor, end: number): void {
  cursor.comments.push({ at: cursor.at, text: cursor.source.slice(cursor.at, end) });
  blank(cursor, cursor.at, end);
  cursor.at = end;
}

function takeString(cursor: Cursor, quote: string): void {
  const start = cursor.at;
  let end = start + 1;
  while (end < cursor.source.length && cursor.source[end] !== quote) {
    if (cursor.source[end] === '\n') break;
    end += cursor.source[end] === '\\' ? 2 : 1;
  }
  cursor.literals.push({ at: start, text: cursor.source.slice(start + 1, end) });
  blank(cursor, start + 1, end);
  cursor.at = end + 1;
}

/** The holes stay in the code, in round brackets so that no rule takes them for a block. */
function takeTemplate(cursor: Cursor): void {
  const start = cursor.at;
  let text = '';
  cursor.at += 1;
  while (cursor.at < cursor.source.length && cursor.source[cursor.at] !== '`') {
    if (cursor.source.startsWith('${', cursor.at)) {
      blank(cursor, cursor.at, cursor.at + 1);
      cursor.code[cursor.at + 1] = '(';
      cursor.at += 2;
      lexCode(cursor, true);
      if (cursor.at < cursor.source.length) cursor.code[cursor.at] = ')';
      cursor.at += 1;
      text += ' ';
      continue;
    }
    const step = cursor.source[cursor.at] === '\\' ? 2 : 1;
    text += cursor.source.slice(cursor.at, cursor.at + step);
    blank(cursor, cursor.at, cursor.at + step);
    cursor.at += step;
  }
  cursor.literals.push({ at: start, text });
  cursor.at += 1;
}

function takeRegex(cursor: Cursor): void {
  let end = cursor.at + 1;
  let inClass = false;
  while (end < cursor.source.length && cursor.source[end] !== '\n') {
    const char = cursor.source[end];
    if (char === '/' && !inClass) break;
    if (char === '[') inClass = true;
    if (char === ']') inClass = false;
    end += char === '\\' ? 2 : 1;
  }
  blank(cursor, cursor.at + 1, end);
  cursor.at = end + 1;
}

function takeSqlText(cursor: Cursor): void {
  const close = cursor.source.indexOf("'", cursor.at + 1);
  const end = close < 0 ? cursor.source.length : close;
  blank(cursor, cursor.at + 1, end);
  cursor.at = end + 1;
}

function isRegexNext(cursor: Cursor): boolean {
  let at = cursor.at - 1;
  while (at >= 0 && /\s/.test(cursor.code[at] ?? '')) at -= 1;
  if (at < 0) return true;
  const before = cursor.code[at] ?? '';
  if (before === '<') return at !== cursor.at - 1; // a closing JSX tag
  if (/[\w$]/.test(before)) {
    const word = /[\w$]+$/.exec(cursor.code.slice(Math.max(0, at - 20), at + 1).join(''));
    return WORDS_BEFORE_REGEX.has(word?.[0] ?? '');
  }
  return !')]}\'"`'.includes(before);
}

function findLineEnd(source: string, from: number): number {
  const end = source.indexOf('\n', from);
  return end < 0 ? source.length : end;
}

function findBlockEnd(cursor: Cursor): number {
  const end = cursor.source.indexOf('*/', cursor.at + 2);
  return end < 0 ? cursor.source.length : end + 2;
}

function blank(cursor: Cursor, from: number, to: number): void {
  for (let at = from; at < Math.min(to, cursor.code.length); at += 1) {
    if (cursor.code[at] !== '\n') cursor.code[at] = ' ';
  }
}

/**
 * Reads JSON as Python writes it: NaN and Infinity become null, a byte order mark is dropped.
 * Says the line and column of what is wrong, which the engine's own parser often does not. Pure.
 */

export type RepairedJson =
  | { readonly ok: true; readonly text: string; readonly replacedCount: number }
  | {
      readonly ok: false;
      readonly line: number;
      readonly column: number;
      readonly what: string;
    };

const STRING = /"[^"\\]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\]*)*"/y;
const CONTROL_CHARACTER = /\p{Cc}/u;
const FIRST_PRINTABLE = 0x20;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;
const PYTHON_WORD = /NaN|-?Infinity/y;
const BLANK = /[ \t\r\n]*/y;

/** What may come next. */
type Wanted = 'value' | 'value or ]' | 'key' | 'key or }' | 'colon' | 'comma' | 'end';

const WORDS_FOR: Readonly<Record<Wanted, string>> = {
  value: 'a value is missing here',
  'value or ]': 'a value or ] is missing here',
  key: 'a name in double quotes is missing here',
  'key or }': 'a name in double quotes or } is missing here',
  colon: 'a colon is missing here',
  comma: 'a comma or a closing bracket is missing here',
  end: 'something follows after the end of the JSON',
};

type Scan = {
  readonly text: string;
  at: number;
  wanted: Wanted;
  /** The brackets that are open, as they close. */
  readonly open: ('}' | ']')[];
  readonly pieces: string[];
  copiedTo: number;
  replacedCount: number;
};

export function repairJson(given: string): RepairedJson {
  const text = given.startsWith('\ufeff') ? given.slice(1) : given;
  const scan: Scan = {
    text,
    at: 0,
    wanted: 'value',
    open: [],
    pieces: [],
    copiedTo: 0,
    replacedCount: 0,
  };
  skip(scan, BLANK);
  if (text.trim() === '') return refuse(scan, 'the file is empty');
  while (scan.at < text.length) {
    if (!readToken(scan)) return refuse(scan, explain(scan));
    skip(scan, BLANK);
  }
  if (scan.wanted !== 'end') return refuse(scan, 'the file ends in the middle');
  scan.pieces.push(text.slice(scan.copiedTo));
  return { ok: true, text: scan.pieces.join(''), replacedCount: scan.replacedCount };
}

function skip(scan: Scan, pattern: RegExp): boolean {
  pattern.lastIndex = scan.at;
  const match = pattern.exec(scan.text);
  if (match === null) return false;
  scan.at += match[0].length;
  return true;
}

/** A text ends on its line: control characters must be escaped. */
function skipString(scan: Scan): boolean {
  const from = scan.at;
  if (!skip(scan, STRING)) return false;
  const text = scan.text.slice(from, scan.at);
  if (!CONTROL_CHARACTER.test(text)) return true;
  for (let at = 0; at < text.length; at += 1) {
    if (text.charCodeAt(at) >= FIRST_PRINTABLE) continue;
    scan.at = from;
    return false;
  }
  return true;
}

function readToken(scan: Scan): boolean {
  const mark = scan.text[scan.at];
  switch (scan.wanted) {
    case 'colon':
      return take(scan, mark === ':', 'value');
    case 'comma':
      if (mark === ',') return take(scan, true, scan.open.at(-1) === '}' ? 'key' : 'value');
      return close(scan, mark);
    case 'key or }':
      if (mark === '}') return close(scan, mark);
      return readKey(scan);
    case 'key':
      return readKey(scan);
    case 'value or ]':
      if (mark === ']') return close(scan, mark);
      return readValue(scan, mark);
    case 'value':
      return readValue(scan, mark);
    case 'end':
      return false;
    default:
      return false;
  }
}

function take(scan: Scan, isRight: boolean, next: Wanted): boolean {
  if (!isRight) return false;
  scan.at += 1;
  scan.wanted = next;
  return true;
}

function close(scan: Scan, mark: string | undefined): boolean {
  if (mark === undefined || scan.open.at(-1) !== mark) return false;
  scan.open.pop();
  return take(scan, true, scan.open.length === 0 ? 'end' : 'comma');
}

function readKey(scan: Scan): boolean {
  if (!skipString(scan)) return false;
  scan.wanted = 'colon';
  return true;
}

function readValue(scan: Scan, mark: string | undefined): boolean {
  if (mark === '{' || mark === '[') {
    scan.open.push(mark === '{' ? '}' : ']');
    return take(scan, true, mark === '{' ? 'key or }' : 'value or ]');
  }
  const from = scan.at;
  if (skip(scan, PYTHON_WORD)) {
    scan.pieces.push(scan.text.slice(scan.copiedTo, from), 'null');
    scan.copiedTo = scan.at;
    scan.replacedCount += 1;
  } else if (!skipString(scan) && !skip(scan, NUMBER) && !skip(scan, WORD)) return false;
  scan.wanted = scan.open.length === 0 ? 'end' : 'comma';
  return true;
}

function explain(scan: Scan): string {
  const isText = scan.text[scan.at] === '"' && scan.wanted !== 'end';
  if (!isText || scan.wanted === 'comma' || scan.wanted === 'colon') return WORDS_FOR[scan.wanted];
  return 'a text does not end on its line';
}

function refuse(scan: Scan, what: string): RepairedJson {
  const before = scan.text.slice(0, scan.at).split('\n');
  return { ok: false, line: before.length, column: (before.at(-1) ?? '').length + 1, what };
}

/**
 * Finds functions in blanked code: named ones, methods and arrows, with their extent and number
 * of parameters. Works on brackets alone, so it needs no parser; the tests show what it knows.
 */

export type FoundFunction = {
  /** Empty for a callback. */
  readonly name: string;
  /** Offset of the name, or of the opening bracket of a callback. */
  readonly start: number;
  readonly end: number;
  readonly parameterCount: number;
  /** The function that takes this one as its argument, such as `describe`. */
  readonly calledBy: string;
};

/** Words that stand before `(...) {` without being a function. */
const CONTROL_WORDS = new Set('if for while switch catch with return await typeof'.split(' '));
/** Words in a type after which another type follows. */
const TYPE_PREFIXES = new Set('is asserts keyof typeof readonly unique extends infer'.split(' '));
const CLOSERS: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

export function findFunctions(code: string): readonly FoundFunction[] {
  const closes = matchBrackets(code);
  const found: FoundFunction[] = [];
  for (const [open, close] of closes) {
    if (code[open] !== '(') continue;
    const head = readHead(code, open);
    if (CONTROL_WORDS.has(head.name)) continue;
    const body = findBody({ code, closes, close, isNamed: head.isNamed });
    if (body === null) continue;
    const parameterCount = countParameters(code.slice(open + 1, close), closes, open + 1);
    found.push({ ...head, end: body, parameterCount });
  }
  return found;
}

/** Offset of each opening bracket -> offset of its partner. */
function matchBrackets(code: string): ReadonlyMap<number, number> {
  const closes = new Map<number, number>();
  const stack: { readonly at: number; readonly closer: string }[] = [];
  for (let at = 0; at < code.length; at += 1) {
    const char = code[at] ?? '';
    const closer = CLOSERS[char];
    if (closer !== undefined) stack.push({ at, closer });
    else if (char === stack.at(-1)?.closer) {
      const open = stack.pop();
      if (open !== undefined) closes.set(open.at, at);
    }
  }
  return closes;
}

type Head = {
  readonly name: string;
  readonly start: number;
  readonly calledBy: string;
  readonly isNamed: boolean;
};

/** What stands before the parameter list. */
function readHead(code: string, open: number): Head {
  const before = skipGenericsBack(code.slice(Math.max(0, open - 400), open).trimEnd());
  const offset = Math.max(0, open - 400);
  const direct = /(?:\bfunction\s*\*?\s*)?([\w$]+)$/.exec(before);
  const name = direct?.[1] ?? '';
  if (direct !== null && name !== 'async' && name !== 'function') {
    return { name, start: offset + direct.index, calledBy: '', isNamed: true };
  }
  const assigned =
    /(?:\b(?:const|let|var)\s+([\w$]+)[^;=]*=|([\w$]+)\s*[:=])\s*(?:async\s*)?(?:function\s*)?$/;
  const match = assigned.exec(before);
  const isNamed = name === 'function';
  if (match !== null) {
    const found = match[1] ?? match[2] ?? '';
    return { name: found, start: offset + match.index, calledBy: '', isNamed };
  }
  const argument = /([\w$]+)\((?:(?:[^()]|\([^()]*\))*,)?\s*(?:async\s*)?(?:function\s*)?$/;
  const call = argument.exec(before);
  return { name: '', start: open, calledBy: call?.[1] ?? '', isNamed };
}

function skipGenericsBack(before: string): string {
  if (!before.endsWith('>') || before.endsWith('=>')) return before;
  let depth = 0;
  for (let at = before.length - 1; at >= 0; at -= 1) {
    if (before[at] === '>' && before[at - 1] !== '=') depth += 1;
    if (before[at] === '<') depth -= 1;
    if (depth === 0) return before.slice(0, at).trimEnd();
  }
  return before;
}

type BodySearch = {
  readonly code: string;
  readonly closes: ReadonlyMap<number, number>;
  readonly close: number;
  readonly isNamed: boolean;
};

/** Offset of the last character of the body that follows the parameters, or null. */
function findBody(search: BodySearch): number | null {
  const { code, closes, close } = search;
  let at = skipSpace(code, close + 1);
  if (code[at] === ':') at = skipType(search, at + 1);
  if (code.startsWith('=>', at)) return findArrowEnd(code, closes, skipSpace(code, at + 2));
  return code[at] === '{' && search.isNamed ? (closes.get(at) ?? null) : null;
}

/** From behind the colon of a return type to what ends the type: a body, an arrow, or neither. */
function skipType(search: BodySearch, from: number): number {
  const { code, closes } = search;
  let isTypeDue = true;
  for (let at = skipSpace(code, from); at < code.length; at = skipSpace(code, at)) {
    const char = code[at] ?? '';
    if (char === '{' && !isTypeDue) return at;
    if (code.startsWith('=>', at)) {
      if (!search.isNamed) return at;
      isTypeDue = true;
      at += 2;
    } else if (char === '|' || char === '&' || char === '.') {
      isTypeDue = true;
      at += 1;
    } else if (char === '(' || char === '{' || char === '[') {
      at = (closes.get(at) ?? code.length) + 1;
      isTypeDue = false;
    } else if (char === '<') {
      at = skipAngles(code, at);
    } else {
      const word = /^(?:[\w$]+|'\s*'|"\s*"|-)/.exec(code.slice(at, at + 120))?.[0];
      if (word === undefined) return at;
      isTypeDue = TYPE_PREFIXES.has(word) || word === '-';
      at += word.length;
    }
  }
  return code.length;
}

function skipAngles(code: string, from: number): number {
  let depth = 0;
  for (let at = from; at < code.length; at += 1) {
    if (code[at] === '<') depth += 1;
    if (code[at] === '>' && code[at - 1] !== '=') depth -= 1;
    if (depth === 0) return at + 1;
  }
  return code.length;
}

function findArrowEnd(code: string, closes: ReadonlyMap<number, number>, from: number): number {
  if (code[from] === '{') return closes.get(from) ?? code.length;
  let at = from;
  while (at < code.length && !';,)]}'.includes(code[at] ?? '')) at = (closes.get(at) ?? at) + 1;
  return at - 1;
}

function countParameters(
  list: string,
  closes: ReadonlyMap<number, number>,
  offset: number,
): number {
  if (list.trim() === '') return 0;
  let count = 1;
  let angles = 0;
  let lastComma = -1;
  for (let at = 0; at < list.length; at += 1) {
    const char = list[at] ?? '';
    if (char in CLOSERS) at = (closes.get(at + offset) ?? at + offset) - offset;
    else if (char === '<') angles += 1;
    else if (char === '>' && list[at - 1] !== '=') angles -= 1;
    else if (char === ',' && angles === 0) {
      count += 1;
      lastComma = at;
    }
  }
  const hasTrailingComma = lastComma >= 0 && list.slice(lastComma + 1).trim() === '';
  const takesThis = /^\s*this\s*:/.test(list);
  return count - (hasTrailingComma ? 1 : 0) - (takesThis ? 1 : 0);
}

function skipSpace(code: string, from: number): number {
  let at = from;
  while (at < code.length && /\s/.test(code[at] ?? '')) at += 1;
  return at;
}

/** Where a value ends: quoted, or up to what cannot belong to it. */

export type Span = { readonly start: number; readonly end: number };

const OPENING = /^\\{0,7}["'`]/;
const SPACE = /[\s]/;
/** They end a value when something else plainly begins after them. */
const ENDING = /[,;&)\]}>|]/;
const NEXT_KEY = /^[,;&)\]}>|](?:$|[\s"'`,;&)\]}>|\\]|[\w.-]{1,40}["']?[=:])/;
const NEXT_CHARS = 48;

/** Begins after spaces. */
export function readValue(text: string, at: number): Span {
  const opening = OPENING.exec(text.slice(at, at + 8));
  if (opening !== null) {
    const quoted = readQuoted(text, at, opening[0]);
    if (quoted !== null) return quoted;
  }
  const start = at + (opening?.[0].length ?? 0);
  let end = start;
  while (end < text.length && !SPACE.test(text.charAt(end))) {
    const character = text.charAt(end);
    if (/["'`<]/.test(character)) break;
    if (character === '\\' && /[nrt"'\\]/.test(text.charAt(end + 1))) break;
    if (ENDING.test(character) && NEXT_KEY.test(text.slice(end, end + NEXT_CHARS))) break;
    end += 1;
  }
  while (end > start && /[.,;:]/.test(text.charAt(end - 1))) end -= 1;
  return { start, end };
}

/** Up to the same quote, behind as many backslashes at most. Null when it is never closed. */
function readQuoted(text: string, at: number, opening: string): Span | null {
  const start = at + opening.length;
  const quote = opening.at(-1) ?? '"';
  const depth = opening.length - 1;
  let close = text.indexOf(quote, start);
  while (close !== -1) {
    let slashes = 0;
    while (slashes <= depth + 1 && text[close - slashes - 1] === '\\') slashes += 1;
    if (slashes <= depth) return { start, end: close - slashes };
    close = text.indexOf(quote, close + 1);
  }
  return null;
}

const LINE_END = /[\n\r]|\\[nr]/g;

/** The rest of the line, up to the quote that stands before the name, if any: `-H "Name: value"`. */
export function readLine(
  text: string,
  from: { readonly at: number; readonly quoteAt: number },
): Span {
  const { at, quoteAt } = from;
  const opening = OPENING.exec(text.slice(at, at + 8));
  if (opening !== null) {
    const quoted = readQuoted(text, at, opening[0]);
    if (quoted !== null) return quoted;
  }
  LINE_END.lastIndex = at;
  let end = LINE_END.exec(text)?.index ?? text.length;
  const before = text.charAt(quoteAt);
  if (/["'`]/.test(before)) {
    const close = text.indexOf(before, at);
    if (close !== -1 && close < end) end = close;
  }
  while (end > at && SPACE.test(text.charAt(end - 1))) end -= 1;
  return { start: at, end };
}

/**
 * JSON inside of text: read, redacted, and written again only when something in it was masked.
 * Numbers keep their spelling: a double would round the ids of other systems.
 */
import { LIMITS } from '#kernel/limits.ts';
import type { JsonValue } from '#kernel/syntax/json.ts';

/** Text that holds U+0001 of its own is not read as JSON, so no sender can write this. */
const NUMBER_MARK = '\u0001n';
const WRITTEN_NUMBER = /"\\u0001n(-?[0-9.eE+-]{1,400})"/g;

export function looksLikeJson(text: string): boolean {
  const first = firstCharacter(text);
  if (first !== '{' && first !== '[') return false;
  const last = text.trimEnd().at(-1);
  return last === (first === '{' ? '}' : ']') && !text.includes('\u0001');
}

function firstCharacter(text: string): string {
  const at = text.search(/\S/);
  return at === -1 ? '' : text.charAt(at);
}

/** The text as it was when `redact` changes nothing; null when it is not JSON after all. */
export function redactEmbedded(
  text: string,
  redact: (value: JsonValue) => JsonValue,
): string | null {
  if (countDepth(text) > LIMITS.jsonDepthMax || /\\u0001/i.test(text)) return null;
  const value = parseExactly(text);
  if (value === undefined) return null;
  const redacted = redact(value);
  if (redacted === value) return text;
  const indent = /\n( {1,8}|\t)\S/.exec(text)?.[1];
  return JSON.stringify(redacted, null, indent).replace(WRITTEN_NUMBER, '$1');
}

function parseExactly(text: string): JsonValue | undefined {
  const keep = (_key: string, value: unknown, how?: { readonly source?: string }): unknown => {
    const source = how?.source;
    const isRounded = typeof value === 'number' && source !== undefined && source !== `${value}`;
    return isRounded ? `${NUMBER_MARK}${source}` : value;
  };
  try {
    return JSON.parse(text, keep) as JsonValue;
  } catch {
    return undefined;
  }
}

/** Whether a text of such a tree is a number in its own spelling. */
export function isMarkedNumber(text: string): boolean {
  return text.startsWith(NUMBER_MARK);
}

export function unmarkNumber(text: string): string {
  return text.slice(NUMBER_MARK.length);
}

/** Brackets outside of strings; what follows a fault in the syntax does not matter. */
function countDepth(text: string): number {
  let depth = 0;
  let deepest = 0;
  let isText = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (isText) {
      if (code === 0x5c) at += 1;
      else if (code === 0x22) isText = false;
    } else if (code === 0x22) isText = true;
    else if (code === 0x7b || code === 0x5b) {
      depth += 1;
      if (depth > deepest) deepest = depth;
    } else if (code === 0x7d || code === 0x5d) depth -= 1;
  }
  return deepest;
}

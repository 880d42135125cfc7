/** What grew by masking, within its bounds again. */
import { isJsonObject, type JsonObject, type JsonValue } from '#kernel/syntax/json.ts';
import { MASK_PATTERN } from '#redaction/mask.ts';

const MASK_CHARS_MAX = 52;
const HIGH_FIRST = 0xd800;
const HIGH_LAST = 0xdbff;

/** Never through a mask or a character. */
export function cutText(text: string, charsMax: number): string {
  if (text.length <= charsMax) return text;
  const from = Math.max(0, charsMax - MASK_CHARS_MAX);
  let end = charsMax;
  for (const { index, 0: mask } of text
    .slice(from, charsMax + MASK_CHARS_MAX)
    .matchAll(MASK_PATTERN)) {
    const start = from + index;
    if (start < charsMax && start + mask.length > charsMax) end = start;
  }
  const last = text.charCodeAt(end - 1);
  return text.slice(0, last >= HIGH_FIRST && last <= HIGH_LAST ? end - 1 : end);
}

/** The first entries that fit, as JSON text. The very same object when it fits. */
export function fitJson(value: JsonObject, charsMax: number): JsonObject {
  if (JSON.stringify(value).length <= charsMax) return value;
  return fitObject(value, charsMax).value;
}

type Fitted<T> = { readonly value: T; readonly chars: number };

function fitObject(value: JsonObject, charsMax: number): Fitted<JsonObject> {
  const kept: [string, JsonValue][] = [];
  let chars = 2;
  for (const [name, each] of Object.entries(value)) {
    const nameChars = JSON.stringify(name).length + 2;
    const fitted = fitValue(each, charsMax - chars - nameChars);
    if (fitted === null) continue;
    kept.push([name, fitted.value]);
    chars += nameChars + fitted.chars;
  }
  return { value: Object.fromEntries(kept), chars };
}

function fitList(list: readonly JsonValue[], charsMax: number): Fitted<readonly JsonValue[]> {
  const kept: JsonValue[] = [];
  let chars = 2;
  for (const each of list) {
    const fitted = fitValue(each, charsMax - chars - 1);
    if (fitted === null) break;
    kept.push(fitted.value);
    chars += fitted.chars + 1;
  }
  return { value: kept, chars };
}

const EMPTY_CHARS = 2;

function fitValue(value: JsonValue, charsMax: number): Fitted<JsonValue> | null {
  if (charsMax < EMPTY_CHARS) return null;
  if (isJsonObject(value)) return fitObject(value, charsMax);
  if (typeof value === 'object' && value !== null) return fitList(value, charsMax);
  const chars = JSON.stringify(value).length;
  return chars <= charsMax ? { value, chars } : null;
}

/**
 * JSON as data, and the strict reading of it. `JSON.parse` alone accepts what we must refuse:
 * keys given twice (the last one would win silently), nesting without end, and characters that
 * PostgreSQL cannot store (U+0000 and half surrogate pairs).
 */
import { LIMITS } from '#kernel/limits.ts';

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;
export type JsonObject = { readonly [key: string]: JsonValue };

export type JsonFault = {
  readonly kind: 'syntax' | 'duplicate_key' | 'too_deep' | 'too_many_values' | 'bad_character';
  /** Like `alerts[3].labels.host`; empty for the whole text. */
  readonly path: string;
  readonly message: string;
};

export type JsonReading =
  | { readonly ok: true; readonly value: JsonValue }
  | { readonly ok: false; readonly fault: JsonFault };

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const COMMA = 0x2c;
const COLON = 0x3a;

/** One open object or array on the way down to the character being read. */
type Frame = {
  readonly keys: Set<string> | null;
  key: string;
  index: number;
  isKeyNext: boolean;
};

export type JsonLeniency = {
  /** Whole numbers beyond 2^53 become text. */
  readonly areLongNumbersText: boolean;
  /** U+0000 and half surrogate pairs become U+FFFD, for senders that never send again. */
  readonly areBadCharactersReplaced: boolean;
};

const STRICTLY: JsonLeniency = { areLongNumbersText: false, areBadCharactersReplaced: false };

/** In text that is UTF-8 they come escaped, or the text is no JSON. */
function replaceBadCharacters(text: string): string {
  if (!MAY_BE_BAD.test(text)) return text;
  return text.replaceAll(ESCAPE, (escape) => (BAD_ESCAPE.test(escape) ? '\\ufffd' : escape));
}

const MAY_BE_BAD = /\\u(?:0000|d[89a-f])/i;
/** A whole pair, any other escape with four digits, or one with a single character. */
const ESCAPE = /\\(?:ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}|u[0-9a-f]{4}|[^u])/gi;
const BAD_ESCAPE = /^\\u(?:0000|d[89a-f][0-9a-f]{2})$/i;

/** Parses strictly. Every refusal says where; the text itself is never repeated in a message. */
export function parseJson(given: string, how: JsonLeniency = STRICTLY): JsonReading {
  const text = how.areBadCharactersReplaced ? replaceBadCharacters(given) : given;
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch {
    return refuse({ kind: 'syntax', path: '', message: 'the body is not valid JSON' });
  }
  const fault = findFault(text);
  if (fault !== null) return refuse(fault);
  const isExact = how.areLongNumbersText && LONG_DIGITS.test(text);
  return { ok: true, value: isExact ? parseLongNumbers(text) : value };
}

/** Of as many digits, the first number that a double cannot hold has. */
const LONG_DIGITS = /\d{16}/;
const WHOLE = /^-?\d+$/;

/** A double rounds whole numbers beyond 2^53, and two ids would become one. */
function parseLongNumbers(text: string): JsonValue {
  const keep = (_key: string, value: unknown, how?: { readonly source?: string }): unknown => {
    if (!Number.isInteger(value) || Number.isSafeInteger(value)) return value;
    const source = how?.source ?? '';
    return WHOLE.test(source) ? source : value;
  };
  return JSON.parse(text, keep) as JsonValue;
}

function refuse(fault: JsonFault): JsonReading {
  return { ok: false, fault };
}

/** One pass over text that is known to be syntactically valid. */
function findFault(text: string): JsonFault | null {
  const frames: Frame[] = [];
  // Each comma begins one more value; the first has none before it.
  let valueCount = 1;
  for (let at = 0; at < text.length; at += 1) {
    const frame = frames.at(-1);
    switch (text.charCodeAt(at)) {
      case QUOTE: {
        const end = findStringEnd(text, at);
        const fault = readString(text.slice(at, end + 1), frame, frames);
        if (fault !== null) return fault;
        at = end;
        break;
      }
      case OPEN_BRACE:
      case OPEN_BRACKET: {
        if (frames.length >= LIMITS.jsonDepthMax) return faultAt('too_deep', frames);
        const isObject = text.charCodeAt(at) === OPEN_BRACE;
        frames.push({ keys: isObject ? new Set() : null, key: '', index: 0, isKeyNext: isObject });
        break;
      }
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        frames.pop();
        break;
      case COMMA:
        valueCount += 1;
        if (valueCount > LIMITS.jsonValuesMax) return faultAt('too_many_values', frames);
        if (frame !== undefined) {
          frame.index += 1;
          frame.isKeyNext = frame.keys !== null;
        }
        break;
      case COLON:
        if (frame !== undefined) frame.isKeyNext = false;
        break;
      default:
    }
  }
  return null;
}

function findStringEnd(text: string, start: number): number {
  let at = start + 1;
  while (text.charCodeAt(at) !== QUOTE) at += text.charCodeAt(at) === BACKSLASH ? 2 : 1;
  return at;
}

function readString(
  literal: string,
  frame: Frame | undefined,
  frames: readonly Frame[],
): JsonFault | null {
  const isPlain = !literal.includes('\\');
  const value = isPlain ? literal.slice(1, -1) : String(JSON.parse(literal));
  if (frame?.isKeyNext === true && frame.keys !== null) {
    frame.key = value;
    if (frame.keys.has(value)) return faultAt('duplicate_key', frames);
    frame.keys.add(value);
  }
  if (!isPlain && value.includes('\0')) return faultAt('bad_character', frames);
  return value.isWellFormed() ? null : faultAt('bad_character', frames);
}

const FAULT_SENTENCES: Readonly<Record<JsonFault['kind'], string>> = {
  syntax: 'the body is not valid JSON',
  duplicate_key: 'the key is given twice',
  too_deep: `nested deeper than ${LIMITS.jsonDepthMax} levels`,
  too_many_values: `more than ${LIMITS.jsonValuesMax} values`,
  bad_character: 'holds U+0000 or half of a surrogate pair',
};

function faultAt(kind: JsonFault['kind'], frames: readonly Frame[]): JsonFault {
  return { kind, path: renderPath(frames), message: FAULT_SENTENCES[kind] };
}

function renderPath(frames: readonly Frame[]): string {
  let path = '';
  for (const frame of frames) {
    if (frame.keys === null) path += `[${frame.index}]`;
    else if (frame.key !== '') path += path === '' ? frame.key : `.${frame.key}`;
    if (path.length > LIMITS.jsonPathCharsMax) {
      path = `${path.slice(0, LIMITS.jsonPathCharsMax - 1)}…`;
      break;
    }
  }
  return path.toWellFormed().replaceAll('\0', '');
}

export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

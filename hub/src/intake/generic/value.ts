/** What is found in a body as what a report holds: bounded texts, addresses, times. Pure. */
import { sha256Hex } from '#kernel/crypto.ts';
import {
  INSTANT_MAX,
  type Instant,
  instant,
  parseInstant,
  parseLocalInstant,
} from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { JsonObject, JsonValue } from '#kernel/syntax/json.ts';
import type { Labels } from '#intake/report.ts';
import { isList } from './pointer.ts';
import { type Work, WorkExceededError } from './work.ts';

/** Cut, and as PostgreSQL can store it. */
export function cutText(text: string, charsMax: number): string {
  return text.slice(0, charsMax).replaceAll('\0', '').toWellFormed();
}

/** One line. */
export function cutLine(text: string, charsMax: number): string {
  return cutText(text, charsMax).replaceAll(/\s+/g, ' ').trim();
}

/** Anything as text; null for nothing, and for an object when the request has cost too much. */
export function readText(value: JsonValue, work: Work): string | null {
  if (value === null) return null;
  if (typeof value === 'string') return value;
  if (typeof value !== 'object') return String(value);
  try {
    return work.renderJson(value);
  } catch (error) {
    if (error instanceof WorkExceededError) return null;
    throw error;
  }
}

/** A long one is hashed: cut, two different ones could become the same. */
export function cutIdentity(text: string): string {
  const isShort = text.length <= LIMITS.identifierCharsMax;
  return isShort ? cutText(text, LIMITS.identifierCharsMax) : `sha256:${sha256Hex(text)}`;
}

export function isWebAddress(text: string): boolean {
  if (text.length > LIMITS.urlCharsMax || !/^https?:\/\/[^\s\p{Cc}]+$/iu.test(text)) return false;
  return text.isWellFormed() && URL.canParse(text);
}

/** 2000-01-01: a clock that says less was never set. */
const EPOCH_MS_MIN = 946_684_800_000;
/** Seconds are below, milliseconds from here on; further up come micro- and nanoseconds. */
const EPOCH_UNITS = [
  { below: 1e11, ms: 1_000 },
  { below: 1e14, ms: 1 },
  { below: 1e17, ms: 1e-3 },
  { below: 1e20, ms: 1e-6 },
] as const;

const DIGITS = /^\d{1,20}(?:\.\d{1,9})?$/;
const TIME_CHARS_MAX = 64;

/** RFC 3339, or a count since 1970, as text or number. Null for anything else. */
export function readTime(value: JsonValue, zone: string | null): Instant | null {
  const at = parseTime(value, zone);
  return at !== null && at >= EPOCH_MS_MIN && at <= INSTANT_MAX ? at : null;
}

function parseTime(value: JsonValue, zone: string | null): Instant | null {
  if (typeof value === 'number') return fromCount(value);
  if (typeof value !== 'string' || value.length > TIME_CHARS_MAX) return null;
  const text = value.trim();
  if (DIGITS.test(text)) return fromCount(Number(text));
  return parseInstant(text) ?? (zone === null ? null : parseLocal(text, zone));
}

function parseLocal(text: string, zone: string): Instant | null {
  return parseLocalInstant(text, zone)?.at ?? null;
}

function fromCount(count: number): Instant | null {
  const unit = EPOCH_UNITS.find(({ below }) => count < below);
  return unit === undefined || !(count >= 0) ? null : instant(count * unit.ms);
}

export type LabelBounds = { readonly countMax: number; readonly valueCharsMax: number };

/** The texts, numbers and truths of an object; the rest, and what is too many, is left out. */
export function readLabels(object: JsonObject, bounds: LabelBounds): Labels {
  const kept: [string, string][] = [];
  for (const [name, value] of Object.entries(object)) {
    if (kept.length === bounds.countMax) break;
    if (name === '' || name.length > LIMITS.labelNameCharsMax) continue;
    if (value === null || typeof value === 'object') continue;
    const text = cutText(String(value), bounds.valueCharsMax);
    if (text !== '') kept.push([cutText(name, LIMITS.labelNameCharsMax), text]);
  }
  // Not by assignment: a label may be called __proto__.
  return Object.fromEntries(kept);
}

/** What was posted, as evidence; what is too long is cut, as text. Made once for each report. */
export function boundPayload(value: JsonObject): JsonObject {
  const text = JSON.stringify(value);
  if (text.length <= LIMITS.payloadCharsMax) return value;
  // Quotes and backslashes count twice once the text is JSON again.
  const shown = text.slice(0, Math.floor(LIMITS.payloadCharsMax / 2) - PAYLOAD_FRAME_CHARS);
  return { is_cut: true, chars: text.length, text: cutText(shown, shown.length) };
}

const PAYLOAD_FRAME_CHARS = 100;

/** The entries of a list that are reports; a body that is a list of objects is one such. */
export function isListOfObjects(value: JsonValue): value is readonly JsonObject[] {
  return (
    isList(value) &&
    value.every((entry) => typeof entry === 'object' && entry !== null && !isList(entry))
  );
}

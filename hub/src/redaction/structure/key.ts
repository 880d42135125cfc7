/**
 * What the name of a field says about its value, whatever its case and separators: `X-Api-Key`,
 * `apiKey` and `API_KEY` are one name. Answers are remembered: names repeat in every report.
 */
import { LIMITS } from '#kernel/limits.ts';
import type { MaskClass } from '#redaction/mask.ts';
import {
  CARD_NAMES,
  COUNTED_WORDS,
  DEEP_SECRET_WORDS,
  FISCAL_CODE_NAMES,
  ID_WORDS,
  MESSAGE_ID_NAMES,
  NEUTRAL_WORDS,
  PERSON_NAMES,
  PHONE_NAMES,
  PUBLIC_KEY_WORDS,
  RESIDENT_ID_NAMES,
  SECRET_ENDINGS,
  SECRET_IDEOGRAPHS,
  SECRET_NAMES,
  SECRET_WORDS,
  VERSION_WORDS,
  WEAK_WORDS,
} from './key-words.ts';

/** What the surroundings of a text say about it. */
export type Context = 'text' | 'id' | 'message_id' | 'version' | 'secrets_only';

export type KeyRule =
  /** The value is masked whole. */
  | { readonly kind: 'secret'; readonly maskClass: MaskClass; readonly arePlural: boolean }
  /** Masked up to the end of the line: `Authorization`, `Cookie`. */
  | { readonly kind: 'line'; readonly maskClass: 'auth_header' | 'cookie' }
  /** Masked when it has enough digits, or whole. */
  | { readonly kind: 'personal'; readonly maskClass: MaskClass; readonly digitsMin: number }
  /** Only a random-looking value is masked. */
  | { readonly kind: 'weak' }
  | { readonly kind: 'plain'; readonly context: Context };

const PLAIN: KeyRule = { kind: 'plain', context: 'text' };
const ID: KeyRule = { kind: 'plain', context: 'id' };
const MESSAGE_ID: KeyRule = { kind: 'plain', context: 'message_id' };
const VERSION: KeyRule = { kind: 'plain', context: 'version' };
const WEAK: KeyRule = { kind: 'weak' };
const AUTHORIZATION: KeyRule = { kind: 'line', maskClass: 'auth_header' };
const COOKIE: KeyRule = { kind: 'line', maskClass: 'cookie' };

const secret = (maskClass: MaskClass, arePlural = false): KeyRule => ({
  kind: 'secret',
  maskClass,
  arePlural,
});
const personal = (maskClass: MaskClass, digitsMin: number): KeyRule => ({
  kind: 'personal',
  maskClass,
  digitsMin,
});

export type FindKeyRule = (name: string) => KeyRule;

export function createKeyRules(extraKeys: readonly string[]): FindKeyRule {
  const extra = new Set(extraKeys.map((key) => splitWords(key).join('')));
  const known = new Map<string, KeyRule>();
  return (name) => {
    const found = known.get(name);
    if (found !== undefined) return found;
    const words = splitWords(name.slice(-LIMITS.labelNameCharsMax));
    const rule = extra.has(words.join('')) ? secret('secret_field') : findRule(words);
    if (known.size >= LIMITS.cleanTextsMax) known.clear();
    if (name.length <= LIMITS.cleanTextCharsMax) known.set(name, rule);
    return rule;
  };
}

const SEPARATORS = /[^\p{L}\p{N}]+/u;

function splitWords(name: string): readonly string[] {
  return name
    .replace(/([a-z\d])(?=[A-Z])/g, '$1 ')
    .replace(/[A-Z](?=[A-Z][a-z])/g, '$& ')
    .toLowerCase()
    .split(SEPARATORS)
    .map((word) => word.replace(/(\D)\d{1,2}$/, '$1'))
    .filter((word) => word !== '');
}

function findRule(words: readonly string[]): KeyRule {
  const last = words.at(-1) ?? '';
  const name = words.join('_');
  if (last === 'key' && PUBLIC_KEY_WORDS.has(words.at(-2) ?? '')) return PLAIN;
  if (last === 'authorization') return AUTHORIZATION;
  if (last === 'cookie' || last === 'cookies') return COOKIE;
  if (MESSAGE_ID_NAMES.has(words.slice(-2).join('_')) || MESSAGE_ID_NAMES.has(name)) {
    return MESSAGE_ID;
  }
  return (
    findSecret(words, name) ??
    findPersonal(words, name) ??
    (VERSION_WORDS.has(last) ? VERSION : null) ??
    (ID_WORDS.has(last) ? ID : null) ??
    (WEAK_WORDS.has(last) ? WEAK : PLAIN)
  );
}

function findSecret(words: readonly string[], name: string): KeyRule | null {
  const last = words.at(-1) ?? '';
  const before = words.at(-2) ?? '';
  if (SECRET_NAMES.has(name) || SECRET_NAMES.has(`${before}_${last}`))
    return secret('secret_field');
  if (SECRET_IDEOGRAPHS.some((word) => name.endsWith(word))) return secret('secret_field');
  if (NEUTRAL_WORDS.has(last)) return null;
  const arePlural = last === 'tokens' || last === 'secrets' || last === 'keys';
  if (!isSecret(words)) return null;
  const isAws = words.includes('aws') || name === 'secret_access_key';
  return secret(isAws ? 'aws_secret' : 'secret_field', arePlural);
}

function isSecret(words: readonly string[]): boolean {
  const last = words.at(-1) ?? '';
  const before = words.at(-2) ?? '';
  if (last === 'token' || last === 'tokens') return !COUNTED_WORDS.has(before);
  if (last === 'key') return before !== '' && !PUBLIC_KEY_WORDS.has(before);
  if (last === 'keys') return ['api', 'access', 'secret', 'private'].includes(before);
  if (last === 'pass') return before !== '';
  return (
    SECRET_WORDS.has(last) ||
    words.some((word) => DEEP_SECRET_WORDS.has(word)) ||
    SECRET_ENDINGS.some((ending) => last.endsWith(ending))
  );
}

const PHONE_DIGITS_MIN = 6;
const CARD_DIGITS_MIN = 12;

function findPersonal(words: readonly string[], name: string): KeyRule | null {
  const pair = words.slice(-2).join('_');
  const has = (names: ReadonlySet<string>): boolean => names.has(name) || names.has(pair);
  if (has(PHONE_NAMES)) return personal('phone', PHONE_DIGITS_MIN);
  if (has(CARD_NAMES)) return personal('credit_card', CARD_DIGITS_MIN);
  if (has(FISCAL_CODE_NAMES)) return personal('it_fiscal_code', 0);
  if (has(RESIDENT_ID_NAMES)) return personal('cn_id', 1);
  return has(PERSON_NAMES) ? personal('personal_field', 0) : null;
}

/** How the values of such a field are read when it does not say that they are secret. */
export function contextOf(rule: KeyRule): Context {
  return rule.kind === 'plain' ? rule.context : 'text';
}

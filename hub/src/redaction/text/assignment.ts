/**
 * `key=value`, `key: value`, `"key": "value"`, `Header: value`, `--key value` and
 * `<key>value</key>` in running text. A name is read to the left of each separator and a value to
 * its right; a value that is masked is skipped, so every character is read a fixed number of
 * times.
 */
import { looksRandom } from '#redaction/secret/entropy.ts';
import { type FindKeyRule, type KeyRule } from '#redaction/structure/key.ts';
import { SECRET_IDEOGRAPHS, SIGNING_PARAMETERS } from '#redaction/structure/key-words.ts';
import type { Hit } from './hit.ts';
import { readLine, readValue, type Span } from './value.ts';

const KEY_CHARS_MAX = 64;
const ASCII_KEY_CHAR = /[\w.-]/;
const KEY_CHAR = /[\p{L}\p{N}_.-]/u;
const DIGIT = /\d/;
const LETTERS = /\p{L}\p{L}/u;
const QUOTE = /["'`]/;
const ARGUMENT = /(?<![\w-])--?([A-Za-z][A-Za-z-]{2,40}) {1,2}(?=[^\s-])/g;
const ELEMENT = /<([A-Za-z][\w.:-]{0,63})>(?=[^<\s])/g;
/** `<add key="ApiKey" value="x"/>`. */
const ATTRIBUTES =
  /(?<![\w-])(?:key|name)=["']([\w.:-]{1,64})["'] {1,4}value=["']([^"'\n]{1,1000})["']/gi;
/** After these an error speaks of a token, and names none. */
const ERROR_WORD = /(?:unexpected|invalid|missing|illegal|unknown|no|bad|wrong|syntax) $/i;

export function findAssignments(text: string, hits: Hit[], findKeyRule: FindKeyRule): void {
  const separators = /[:=]|(?<=["']),(?= ?["'])/g;
  for (let match = separators.exec(text); match !== null; match = separators.exec(text)) {
    const key = readKey(text, match.index);
    if (key === null) continue;
    const place = { text, at: skipSeparator(text, match.index), key };
    const hit = findHit(place, findKeyRule(key.name));
    if (hit === null) continue;
    hits.push(hit);
    separators.lastIndex = Math.max(separators.lastIndex, hit.end);
  }
}

export function findArguments(text: string, hits: Hit[], findKeyRule: FindKeyRule): void {
  if (text.search(ARGUMENT) === -1) return;
  for (const match of text.matchAll(ARGUMENT)) {
    const rule = findKeyRule(match[1] ?? '');
    if (rule.kind !== 'secret') continue;
    const value = readValue(text, match.index + match[0].length);
    if (value.end > value.start) hits.push({ ...value, maskClass: rule.maskClass });
  }
}

export function findElements(text: string, hits: Hit[], findKeyRule: FindKeyRule): void {
  for (const match of text.matchAll(ELEMENT)) {
    const rule = findKeyRule(match[1] ?? '');
    if (rule.kind !== 'secret' && rule.kind !== 'line') continue;
    const start = match.index + match[0].length;
    const close = text.indexOf('<', start);
    hits.push({ start, end: close === -1 ? text.length : close, maskClass: rule.maskClass });
  }
  for (const { index, 0: whole, 1: name = '', 2: value = '' } of text.matchAll(ATTRIBUTES)) {
    const rule = findKeyRule(name);
    if (rule.kind !== 'secret' && rule.kind !== 'line') continue;
    const end = index + whole.length - 1;
    hits.push({ start: end - value.length, end, maskClass: rule.maskClass });
  }
}

type Key = {
  readonly name: string;
  readonly start: number;
  /** Stands in the query of a URL. */
  readonly isParameter: boolean;
};

type Place = { readonly text: string; readonly at: number; readonly key: Key };

function readKey(text: string, separator: number): Key | null {
  let end = separator;
  while (end > 0 && separator - end < 4 && /[ \]]/.test(text.charAt(end - 1))) end -= 1;
  while (end > 0 && separator - end < 6 && /["'`\\]/.test(text.charAt(end - 1))) end -= 1;
  let start = end;
  while (start > 0 && end - start < KEY_CHARS_MAX && isKeyChar(text, start - 1)) {
    start -= 1;
  }
  if (start === end) return null;
  // A time or an address before a port is no name; `2fa_secret` is one.
  const spelled = text.slice(start, end);
  if (DIGIT.test(text.charAt(start)) && !LETTERS.test(spelled)) return null;
  const before = text.charAt(start - 1);
  const name = joinWords(text, start, spelled);
  return { name: cutIdeographs(name), start, isParameter: /[?&#;]/.test(before) };
}

function isKeyChar(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  if (code < 128) return (code >= 97 && code <= 122) || ASCII_KEY_CHAR.test(text.charAt(at));
  return KEY_CHAR.test(text.charAt(at));
}

/** As in a header or a list of settings. */
function beginsLine(text: string, start: number): boolean {
  return /(?:^|[\n\r])[\s\-*>•"'{(]*$/.test(text.slice(Math.max(0, start - 8), start));
}

/** `api key: x` has its name in two words, and so has `mot de passe : x`. */
function joinWords(text: string, start: number, name: string): string {
  if (text.charAt(start - 1) !== ' ') return name;
  const before = text.slice(Math.max(0, start - 12), start).toLowerCase();
  if (name.toLowerCase() === 'passe' && before.endsWith('mot de ')) return 'password';
  const word = /(?:^|[^\p{L}\p{N}])(api|access|secret|private|client|auth|license) $/u.exec(before);
  return word?.[1] === undefined ? name : `${word[1]}_${name}`;
}

/** Chinese has no spaces: only the end of what stands before a colon is its name. */
function cutIdeographs(name: string): string {
  const word = SECRET_IDEOGRAPHS.find((each) => name.endsWith(each));
  return word ?? name;
}

/** Over `=>`, `:=`, `==` and spaces. */
function skipSeparator(text: string, separator: number): number {
  let at = separator + 1;
  while (at < separator + 3 && /[=>]/.test(text.charAt(at))) at += 1;
  const spaces = at;
  while (at < spaces + 4 && /[ \t]/.test(text.charAt(at))) at += 1;
  return at;
}

function findHit(place: Place, rule: KeyRule): Hit | null {
  switch (rule.kind) {
    case 'line':
      return findLine(place, rule.maskClass);
    case 'secret':
      return findSecret(place, rule.maskClass);
    case 'personal':
      return rule.digitsMin === 0 ? findPersonal(place, rule.maskClass) : null;
    case 'weak':
    case 'plain':
      return findRandom(place, rule);
  }
}

const SCHEME =
  /^["'\\]{0,4}(?:Bearer|Basic|Token|Digest|ApiKey|Negotiate|NTLM|Hawk|AWS4-HMAC-SHA256|WebPush|vapid)\s{1,3}/i;
const SCHEME_CHARS_MAX = 32;

/** The scheme stays: it tells what was sent. */
function findLine(place: Place, maskClass: 'auth_header' | 'cookie'): Hit | null {
  const { text, at, key } = place;
  const scheme = SCHEME.exec(text.slice(at, at + SCHEME_CHARS_MAX));
  const isSingle = scheme !== null && /bearer|basic|token|apikey/i.test(scheme[0]);
  const from = at + (scheme?.[0].length ?? 0);
  const isAssigned = text.charAt(at - 1) === '=';
  const isRun = isSingle || (isAssigned && maskClass === 'auth_header');
  const value = isRun
    ? readValue(text, from)
    : readLine(text, { at: from, quoteAt: key.start - 1 });
  return value.end > value.start && !isStopWord(text, value) ? { ...value, maskClass } : null;
}

const STOP_WORDS = new RegExp(
  String.raw`^(?:null|none|nil|undefined|true|false|yes|no|not|is|was|are|has|must|should|` +
    String.raw`may|can|` +
    String.raw`required|missing|invalid|expired|revoked|empty|unset|set|ok|error|failed|failure|` +
    String.raw`unexpected|incorrect|wrong|mismatch|unknown|unauthorized|denied|rejected|refused|` +
    String.raw`optional|hidden|redacted|masked|filtered|changed|reset|for|of|in|on|` +
    String.raw`at|the|a|an|and|` +
    String.raw`or|obbligatorio|errata|errato|scaduto|scaduta|non|obligatoire|incorrecte)$`,
  'i',
);
const HIDDEN =
  /^(?:[*x•.#-]{2,}|\[(?:filtered|redacted|masked|hidden)\]|<[\w -]{1,32}>|\$\{?\w{0,64}\}?)$/i;

function isStopWord(text: string, { start, end }: Span): boolean {
  if (end - start > 80) return false;
  const value = text.slice(start, end);
  return STOP_WORDS.test(value) || HIDDEN.test(value);
}

function findSecret(place: Place, maskClass: Hit['maskClass']): Hit | null {
  const { text, at, key } = place;
  if (/\s/.test(text.charAt(key.start - 1))) {
    if (ERROR_WORD.test(text.slice(Math.max(0, key.start - 12), key.start))) return null;
  }
  const first = readValue(text, at);
  if (first.end === first.start || isStopWord(text, first)) return null;
  if (/^\d{1,2}:\d\d\b/.test(text.slice(first.start, first.start + 6))) return null;
  const isPath = /^(?:old)?pwd$/i.test(key.name) && /[/~]/.test(text.charAt(first.start));
  if (isPath) return null;
  if (/dsn$/i.test(key.name) && /^[a-z+]{2,16}:\/\//i.test(text.slice(first.start, first.end))) {
    return null;
  }
  const isColon = text.slice(key.start, at).includes(':');
  const isQuoted = QUOTE.test(text.charAt(first.start - 1));
  const isLine = isColon && !isQuoted && beginsLine(text, key.start);
  const value = isLine ? readLine(text, { at, quoteAt: key.start - 1 }) : first;
  return { start: value.start, end: Math.max(value.end, first.end), maskClass };
}

function findPersonal(place: Place, maskClass: Hit['maskClass']): Hit | null {
  const value = readValue(place.text, place.at);
  if (value.end === value.start || isStopWord(place.text, value)) return null;
  return { ...value, maskClass };
}

/** What signs a URL is masked by its name alone. */
function findRandom({ text, at, key }: Place, rule: KeyRule): Hit | null {
  const last = key.name.toLowerCase().split(/[-_.]/).at(-1) ?? '';
  const isSigning = key.isParameter && SIGNING_PARAMETERS.has(last);
  if (rule.kind !== 'weak' && !isSigning) return null;
  const value = readValue(text, at);
  const spelled = text.slice(value.start, value.end);
  if (isSigning && spelled !== '') return { ...value, maskClass: 'secret_field' };
  return looksRandom(spelled) ? { ...value, maskClass: 'high_entropy' } : null;
}

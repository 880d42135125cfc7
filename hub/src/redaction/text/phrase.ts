/** Secrets in sentences: `Bearer x`, `password is x`, `la password è x`, `密码是x`. All bounded. */
import { looksRandom } from '#redaction/secret/entropy.ts';
import type { Hit } from './hit.ts';

/** Words without which no finder here has anything to look for. */
const WORDS = ['pass', 'pwd', 'bearer', 'basic', 'secret', 'token', 'key', 'curl', 'parola'];
const WIDE_WORDS = ['密码', '口令', '密钥', '验证码', '令牌', 'pin '];

export function findPhrases(text: string, hits: Hit[]): void {
  const lower = text.toLowerCase();
  const isSpoken = (word: string): boolean => lower.includes(word);
  if (!WORDS.some(isSpoken) && !WIDE_WORDS.some(isSpoken)) return;
  findBearers(text, hits);
  findSpoken(text, hits);
  findBeside(text, hits);
}

const BEARER = /(?<![A-Za-z0-9])(?:bearer|basic) {1,3}(?=[A-Za-z0-9._~+/=-]{8})/gi;
const CREDENTIAL_CHAR = /[A-Za-z0-9._~+/=-]/;

function findBearers(text: string, hits: Hit[]): void {
  for (const { index, 0: scheme } of text.matchAll(BEARER)) {
    const start = index + scheme.length;
    let end = start;
    while (end < text.length && CREDENTIAL_CHAR.test(text.charAt(end))) end += 1;
    const value = text.slice(start, end);
    const isBasic = scheme.toLowerCase().startsWith('basic');
    const isCredential = isBasic ? isUserAndPassword(value) : isToken(value);
    if (isCredential) hits.push({ start, end, maskClass: 'auth_header' });
  }
}

const TOKEN_CHARS_MIN = 12;

function isToken(value: string): boolean {
  // `bearer expires_in=3600`.
  if (/=[^=]/.test(value)) return false;
  return value.length >= TOKEN_CHARS_MIN && /\d/.test(value) && /[A-Za-z]/.test(value);
}

function isUserAndPassword(value: string): boolean {
  if (!/^[A-Za-z0-9+/_-]{8,}={0,2}$/.test(value)) return false;
  const plain = Buffer.from(value, 'base64').toString('latin1');
  return plain.includes(':') && /^[\x20-\x7e\xa0-\xff]+$/.test(plain);
}

const SPOKEN = new RegExp(
  String.raw`(?:(?<![A-Za-z])(?:password|passwd|pwd|passphrase|passcode|token|secret|pin|` +
    String.raw`mot de passe|parola d.ordine|api key)` +
    String.raw`(?: (?:for|of|per|di|del|della|dello|pour|du|de|von) (?:the )?[\w.@-]{1,40})? ` +
    String.raw`(?:is|was|è|e'|est|ist|=|:) {0,2}|` +
    String.raw`(?:密码|口令|密钥|验证码|令牌) ?(?:是|为|：|:)? ?)(?=[^\s\[])`,
  'gi',
);
const VALUE = /["'«“]?([^\s"'«»“”，。；、]{1,128})/y;
const COMMON = new RegExp(
  String.raw`^(?:a|an|the|not|no|now|required|missing|invalid|valid|wrong|` +
    String.raw`incorrect|expired|expiring|` +
    String.raw`set|unset|empty|too|being|about|only|needed|used|stored|sent|hidden|` +
    String.raw`correct|changed|` +
    String.raw`reset|null|none|true|false|weak|strong|stata?o?|errata|scaduta|obbligatoria|non|` +
    String.raw`unknown|unchanged|already|still|also|in|on|at|for|from|by|to|of|as|safe)[.,;:!?]?$`,
  'i',
);

function findSpoken(text: string, hits: Hit[]): void {
  for (const { index, 0: words } of text.matchAll(SPOKEN)) {
    VALUE.lastIndex = index + words.length;
    const value = VALUE.exec(text);
    const spelled = value?.[1]?.replace(/[.,;:!?)]+$/, '') ?? '';
    if (value === null || spelled === '' || COMMON.test(spelled)) continue;
    // In Chinese the word may stand in any sentence; what follows a colon or is Latin is a secret.
    if (/\p{Script=Han}/u.test(spelled.charAt(0)) || spelled.length < 4) continue;
    const start = index + words.length + value[0].indexOf(spelled);
    hits.push({ start, end: start + spelled.length, maskClass: 'secret_field' });
  }
}

const BESIDE = new RegExp(
  String.raw`(?<![A-Za-z])(?:password|passwd|secret|token|api[ _-]?key|` +
    String.raw`access[ _-]?key|key|jwt) {1,2}` +
    String.raw`["'(]?(?=[A-Za-z0-9+/_.~=-]{16})`,
  'gi',
);
const QUOTED_SQL = /(?<![A-Za-z])(?:password|identified by) {1,2}'([^'\n]{1,200})'/gi;
const USER_ARGUMENT =
  /(?:^|\s)(?:-u|--user|--proxy-user)[ =]["']?([^\s:"']{1,100}:[^\s"']{1,200})/g;

function findBeside(text: string, hits: Hit[]): void {
  for (const { index, 0: words } of text.matchAll(BESIDE)) {
    const start = index + words.length;
    let end = start;
    while (end < text.length && CREDENTIAL_CHAR.test(text.charAt(end))) end += 1;
    if (looksRandom(text.slice(start, end))) hits.push({ start, end, maskClass: 'high_entropy' });
  }
  for (const { index, 0: whole, 1: value = '' } of text.matchAll(QUOTED_SQL)) {
    const start = index + whole.length - 1 - value.length;
    hits.push({ start, end: start + value.length, maskClass: 'secret_field' });
  }
  if (!/curl|wget|http/i.test(text)) return;
  for (const { index, 0: whole, 1: value = '' } of text.matchAll(USER_ARGUMENT)) {
    const end = index + whole.length;
    hits.push({ start: end - value.length, end, maskClass: 'url_credentials' });
  }
}

/** Texts that make careless patterns slow: much that begins like a find and never becomes one. */

export type HostileText = { readonly name: string; readonly build: (chars: number) => string };

const repeat =
  (unit: string, before = '', after = '') =>
  (chars: number): string =>
    (before + unit.repeat(Math.ceil(chars / unit.length))).slice(0, chars - after.length) + after;

export const HOSTILE_TEXTS: readonly HostileText[] = [
  { name: 'one letter', build: repeat('a') },
  { name: 'one digit', build: repeat('1') },
  { name: 'groups of digits', build: repeat('3331 ') },
  { name: 'Chinese mobiles, almost', build: repeat('1381234567a ') },
  { name: 'telephone numbers', build: repeat('+39 06 1234567, ') },
  { name: 'zeros and dashes', build: repeat('06-123456 0') },
  { name: '@', build: repeat('@') },
  { name: 'a@', build: repeat('a@') },
  { name: 'a.@b.', build: repeat('a.@b.') },
  { name: 'colons', build: repeat(':') },
  { name: 'a:', build: repeat('a:') },
  { name: 'equals', build: repeat('a=') },
  { name: 'password=', build: repeat('password=') },
  { name: 'password="', build: repeat('password="') },
  { name: 'password=\\"', build: repeat('password="\\"') },
  { name: 'delimiters', build: repeat(',a', 'password=') },
  { name: 'URLs', build: repeat('a://b:c') },
  { name: 'URLs with @', build: repeat('x://a:b@c/') },
  { name: 'beginnings of JWTs', build: repeat('eyJ') },
  { name: 'parts of JWTs', build: repeat('-eyJabcdefgh.') },
  { name: 'beginnings of tokens', build: repeat('sk-ghp_xoxb-') },
  { name: 'a long token', build: repeat('a', 'xoxb-') },
  { name: 'beginnings of keys', build: repeat('-----BEGIN PRIVATE KEY-----', '', 'x') },
  { name: 'beginnings of public keys', build: repeat('-----BEGIN ') },
  { name: 'beginnings of IBANs', build: repeat('IT60 ') },
  { name: 'letters of fiscal codes', build: repeat('RSSMRA') },
  { name: 'octets', build: repeat('1.1.') },
  { name: 'hexadecimal groups', build: repeat('ab:') },
  { name: 'double colons', build: repeat('2001::') },
  { name: 'percent signs', build: repeat('%25') },
  { name: 'broken percent signs', build: repeat('%E4%zz') },
  { name: 'open brackets', build: repeat('[', '', ']') },
  { name: 'JSON in JSON', build: repeat('\\', '{"a":"', '"}') },
  { name: 'angle brackets', build: repeat('<password>') },
  { name: 'arguments', build: repeat('--password -') },
  { name: 'Bearer', build: repeat('Bearer aaaaaaaa') },
  { name: 'spoken passwords', build: repeat('password is ') },
  { name: 'dashes', build: repeat('-') },
  { name: 'words', build: repeat('the quick brown fox ') },
  { name: 'Chinese words', build: repeat('跌倒告警密码') },
  { name: 'capital letters', build: repeat('A', 'KEY', '=x') },
  { name: 'masks', build: repeat('[EMAIL#abcdefgh]') },
  { name: 'halves of masks', build: repeat('[EMAIL#') },
];

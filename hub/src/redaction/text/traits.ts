/**
 * One look at every character, to know which finders are worth starting. Most labels have nothing
 * that any of them looks for, and cost no more than this.
 */
export const TRAIT = {
  at: 1,
  colon: 2,
  colons: 4,
  equals: 8,
  percent: 16,
  dots: 32,
  digits: 64,
  manyDigits: 128,
  longRun: 256,
  wide: 512,
  dashes: 1_024,
  space: 2_048,
  angle: 4_096,
  backslash: 8_192,
} as const;

/** Characters in a row of letters, digits, `-` and `_` from which on it may be a token. */
const RUN_CHARS = 14;
const DOTS_OF_IPV4 = 3;
const DIGITS_OF_IPV4 = 4;
const DIGITS_OF_NUMBERS = 7;
const ASCII = 128;

const OTHER = 0;
const WORD = 1;
const DIGIT = 2;
const AT = 3;
const COLON = 4;
const EQUALS = 5;
const PERCENT = 6;
const DOT = 7;
const DASH = 8;
const SPACE = 9;
const ANGLE = 10;
const BACKSLASH = 11;

const KINDS = createKinds();

function createKinds(): Uint8Array {
  const kinds = new Uint8Array(ASCII);
  const set = (characters: string, kind: number): void => {
    for (const character of characters) kinds[character.charCodeAt(0)] = kind;
  };
  set('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_', WORD);
  set('0123456789', DIGIT);
  set('@', AT);
  set(':', COLON);
  set('=', EQUALS);
  set('%', PERCENT);
  set('.', DOT);
  set('-', DASH);
  set(' \t\n\r', SPACE);
  set('<>', ANGLE);
  set('\\', BACKSLASH);
  return kinds;
}

/** Bits of `TRAIT`. */
export function readTraits(text: string): number {
  let traits = 0;
  let digits = 0;
  let dots = 0;
  let colons = 0;
  let run = 0;
  let longest = 0;
  let dashes = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    const kind = code < ASCII ? (KINDS[code] ?? OTHER) : -1;
    if (kind === WORD || kind === DIGIT || kind === DASH) {
      run += 1;
      if (kind === DIGIT) digits += 1;
      else if (kind === DASH) dashes += 1;
      continue;
    }
    if (run > longest) longest = run;
    run = 0;
    if (kind === -1) traits |= TRAIT.wide;
    else if (kind === SPACE) traits |= TRAIT.space;
    else if (kind === DOT) dots += 1;
    else if (kind === COLON) colons += 1;
    else if (kind === EQUALS) traits |= TRAIT.equals;
    else if (kind === AT) traits |= TRAIT.at;
    else if (kind === PERCENT) traits |= TRAIT.percent;
    else if (kind === ANGLE) traits |= TRAIT.angle;
    else if (kind === BACKSLASH) traits |= TRAIT.backslash;
  }
  if (run > longest) longest = run;
  if (colons > 0) traits |= TRAIT.colon;
  if (colons > 1) traits |= TRAIT.colons;
  if (dots >= DOTS_OF_IPV4 && digits >= DIGITS_OF_IPV4) traits |= TRAIT.dots;
  if (digits >= DIGITS_OF_IPV4) traits |= TRAIT.digits;
  if (digits >= DIGITS_OF_NUMBERS) traits |= TRAIT.manyDigits;
  if (longest >= RUN_CHARS) traits |= TRAIT.longRun;
  if (dashes > 1) traits |= TRAIT.dashes;
  return traits;
}

const WIDE_FIRST = 0xff01;
const WIDE_LAST = 0xff5e;
const WIDE_OFFSET = 0xfee0;
/** No-break and thin spaces, kinds of dashes, the ideographic full stop and space. */
const FOLDABLE = /[\u00a0\u2000-\u200a\u2010-\u2015\u202f\u205f\u2212\u3000\uff01-\uff5e]/g;

/** Full-width forms, odd spaces and dashes as ASCII: as long as before, so that places agree. */
export function foldWidth(text: string): string {
  return text.replace(FOLDABLE, (character) => {
    const code = character.charCodeAt(0);
    if (code >= WIDE_FIRST && code <= WIDE_LAST) return String.fromCharCode(code - WIDE_OFFSET);
    return (code >= 0x2010 && code <= 0x2015) || code === 0x2212 ? '-' : ' ';
  });
}

const ESCAPES: Readonly<Record<string, string>> = { n: ' \n', r: ' \r', t: ' \t' };

/** `\n` as the line end that it stands for, so that what follows it begins a word; as long. */
export function foldEscapes(text: string): string {
  return text.replace(/\\([nrt])/g, (escape, letter: string) => ESCAPES[letter] ?? escape);
}

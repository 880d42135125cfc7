/**
 * IBANs: the length of their country, the checksum, spaces where people write them. The length is
 * known from the first two letters, so a reading never runs on.
 */
import type { Hit } from '#redaction/text/hit.ts';

/** Characters by country, of the SWIFT registry. */
const LENGTHS: Readonly<Record<string, number>> = Object.fromEntries(
  `NO15 BE16 BI27 DK18 FK18 FI18 FO18 GL18 NL18 SD18 MK19 SI19 AT20 BA20 EE20 KZ20 LT20 LU20 MN20
   XK20 CH21 HR21 LI21 LV21 BG22 BH22 CR22 DE22 GB22 GE22 IE22 ME22 RS22 VA22 AE23 GI23 IL23 IQ23
   OM23 SO23 TL23 AD24 CZ24 ES24 MD24 PK24 RO24 SA24 SE24 SK24 TN24 VG24 LY25 PT25 ST25 IS26 TR26
   DJ27 FR27 GR27 IT27 MC27 MR27 SM27 AL28 AZ28 BY28 CY28 DO28 GT28 HU28 LB28 NI28 PL28 BR29 EG29
   PS29 QA29 UA29 JO30 KW30 MU30 YE30 MT31 SC31 LC32 RU33`
    .split(/\s+/)
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
);

/** Countries whose account numbers are all digits; `be12...` of a span id is none. */
const DIGITS_ONLY: ReadonlySet<string> = new Set(
  'AT BA BE CZ DE DK EE ES FI HR HU IS LT ME NO PL PT RS SE SI SK'.split(' '),
);

const HEAD = /(?<![A-Za-z0-9_])[A-Za-z]{2}\d{2}(?=[ -]?[A-Za-z0-9])/g;
const ALNUM = /[A-Za-z0-9]/;

export function findIbans(text: string, hits: Hit[]): void {
  if (text.search(HEAD) === -1) return;
  for (const { index, 0: head } of text.matchAll(HEAD)) {
    const country = head.slice(0, 2).toUpperCase();
    const length = LENGTHS[country];
    if (length === undefined) continue;
    const read = readSpaced(text, index, length);
    if (read === null || !isIban(read.digits, country)) continue;
    const { end, digits } = read;
    hits.push({ start: index, end, maskClass: 'iban', normalised: digits });
  }
}

/** So many letters and digits, single spaces or dashes apart, and none after them. */
function readSpaced(text: string, start: number, length: number) {
  let digits = '';
  let at = start;
  while (digits.length < length) {
    const character = text.charAt(at);
    if (ALNUM.test(character)) digits += character;
    else if (!/[ -]/.test(character) || !ALNUM.test(text.charAt(at + 1))) return null;
    at += 1;
  }
  return /\w/.test(text.charAt(at)) ? null : { end: at, digits: digits.toUpperCase() };
}

function isIban(digits: string, country: string): boolean {
  if (DIGITS_ONLY.has(country) && !/^\d+$/.test(digits.slice(2))) return false;
  let remainder = 0;
  for (const character of digits.slice(4) + digits.slice(0, 4)) {
    const value = Number.parseInt(character, 36);
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97;
  }
  return remainder === 1;
}

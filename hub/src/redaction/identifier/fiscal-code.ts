/**
 * Italian fiscal codes of persons: letters and digits in their places, digits that were replaced
 * by letters where two persons would have the same code (omocodia), a day that exists, the check
 * letter.
 */
import type { Hit } from '#redaction/text/hit.ts';

const CODE = new RegExp(
  String.raw`(?<![A-Za-z0-9_])[A-Z]{3} ?[A-Z]{3} ?[\dLMNPQRSTUV]{2}[ABCDEHLMPRST]` +
    String.raw`[\dLMNPQRSTUV]{2}` +
    String.raw` ?[A-Z][\dLMNPQRSTUV]{3} ?[A-Z](?![A-Za-z0-9_])`,
  'gi',
);
const REPLACED = 'LMNPQRSTUV';
const ODD_VALUES = [
  1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23,
] as const;
const LETTERS = 26;
const CODE_A = 65;
const DAY_OF_WOMEN = 40;

export function findFiscalCodes(text: string, hits: Hit[]): void {
  if (text.search(CODE) === -1) return;
  for (const { index, 0: spelled } of text.matchAll(CODE)) {
    const code = spelled.replaceAll(' ', '').toUpperCase();
    if (!isFiscalCode(code)) continue;
    const end = index + spelled.length;
    hits.push({ start: index, end, maskClass: 'it_fiscal_code', normalised: code });
  }
}

function isFiscalCode(code: string): boolean {
  // A word of sixteen letters is a word.
  if (!/\d/.test(code)) return false;
  const day = Number(`${readDigit(code.charAt(9))}${readDigit(code.charAt(10))}`);
  const isDay = day >= 1 && day <= 31;
  if (!isDay && !(day > DAY_OF_WOMEN && day <= DAY_OF_WOMEN + 31)) return false;
  let sum = 0;
  for (let at = 0; at < 15; at += 1) {
    const value = valueOf(code.charAt(at));
    sum += at % 2 === 0 ? (ODD_VALUES[value] ?? 0) : value;
  }
  return code.charCodeAt(15) === CODE_A + (sum % LETTERS);
}

function readDigit(character: string): number {
  const replaced = REPLACED.indexOf(character);
  return replaced === -1 ? Number(character) : replaced;
}

/** Letters and digits count the same: A and 0 are 0. */
function valueOf(character: string): number {
  const code = character.charCodeAt(0);
  return code >= CODE_A ? code - CODE_A : Number(character);
}

/** Numbers of payment cards: the ranges and lengths of known brands, and Luhn's check digit. */

/** Written in one, as systems do. */
const BRANDS = new RegExp(
  '^(?:' +
    [
      String.raw`4\d{15}`,
      String.raw`5[1-5]\d{14}`,
      String.raw`2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}`,
      String.raw`3[47]\d{13}`,
      String.raw`6(?:011|5\d\d|4[4-9]\d)\d{12}`,
      String.raw`35(?:2[89]|[3-8]\d)\d{12}`,
      String.raw`62\d{14,17}`,
      String.raw`220[0-4]\d{12}`,
    ].join('|') +
    ')$',
);
/** Only in groups, as people write them: too many other numbers look like these. */
const RARE_BRANDS = /^(?:4\d{12}|4\d{18}|3(?:0[0-5]|[689]\d)\d{11}|(?:5[068]|6[37])\d{10,17})$/;

export const CARD_DIGITS_MIN = 13;
export const CARD_DIGITS_MAX = 19;

export function isCard(digits: string, isGrouped: boolean): boolean {
  const isBrand = BRANDS.test(digits) || (isGrouped && RARE_BRANDS.test(digits));
  return isBrand && hasLuhnDigit(digits);
}

function hasLuhnDigit(digits: string): boolean {
  let sum = 0;
  for (let at = 0; at < digits.length; at += 1) {
    const digit = Number(digits.charAt(digits.length - 1 - at));
    const doubled = at % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

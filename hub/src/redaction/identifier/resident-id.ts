/** Chinese resident identity numbers (GB 11643): province, a day that exists, check digit. */

const NUMBER = /^[1-9]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dX]$/;
const PROVINCES: ReadonlySet<string> = new Set(
  `11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71
   81 82 83`.split(/\s+/),
);
const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2] as const;
const CHECK_DIGITS = '10X98765432';

export const RESIDENT_ID_CHARS = 18;

/** `spelled` with its last letter in upper case. */
export function isResidentId(spelled: string): boolean {
  if (!NUMBER.test(spelled) || !PROVINCES.has(spelled.slice(0, 2))) return false;
  const sum = WEIGHTS.reduce((total, weight, at) => total + weight * Number(spelled.charAt(at)), 0);
  return spelled.charAt(17) === CHECK_DIGITS.charAt(sum % CHECK_DIGITS.length);
}

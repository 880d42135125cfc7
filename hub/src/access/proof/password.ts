/**
 * Which passwords are taken. Length is what counts (NIST SP 800-63B): no rules about capitals and
 * digits, but nothing that everybody tries first. Pure.
 */
import { LIMITS } from '#kernel/limits.ts';

export type PasswordFault = 'too_short' | 'too_long' | 'is_the_name' | 'too_common' | 'too_plain';

/** Those that lists of leaked passwords begin with, of the length that is asked for. */
const COMMON = new Set([
  '123456789012',
  '1234567890123',
  '12345678901234',
  '123456789123',
  '1234567891234',
  '1q2w3e4r5t6y',
  '1qaz2wsx3edc',
  '1qaz2wsx3edc4rfv',
  'abcdefghijkl',
  'administrator',
  'administrator1',
  'adminadminadmin',
  'changeme1234',
  'changemechangeme',
  'correcthorsebatterystaple',
  'iloveyou1234',
  'iloveyou12345',
  'letmeinletmein',
  'letmein12345',
  'motdepasse123',
  'motdepasse1234',
  'p@ssw0rd1234',
  'passw0rd1234',
  'password1234',
  'password12345',
  'password123456',
  'passwordpassword',
  'q1w2e3r4t5y6',
  'qwerty123456',
  'qwertyqwerty',
  'qwertyuiop12',
  'qwertyuiop123',
  'qwertyuiopasdfghjkl',
  'tocsintocsin',
  'welcome12345',
  'welcome123456',
  'woaini1314520',
  'zaq12wsxcde3',
]);

/** The same text typed on another keyboard is the same password. */
export function normalisePassword(password: string): string {
  return password.normalize('NFKC');
}

/** Of a normalised one. Null: it is taken. */
export function findPasswordFault(
  password: string,
  names: readonly string[],
): PasswordFault | null {
  const { length } = Array.from(password);
  if (length < LIMITS.passwordCharsMin) return 'too_short';
  if (length > LIMITS.passwordCharsMax) return 'too_long';
  const plain = password.toLowerCase();
  if (names.some((name) => isMadeOf(plain, name.toLowerCase()))) return 'is_the_name';
  if (COMMON.has(plain)) return 'too_common';
  return new Set(plain).size < LIMITS.passwordDistinctMin ? 'too_plain' : null;
}

/** The name itself, with some digits behind it, or again and again. */
function isMadeOf(password: string, name: string): boolean {
  const [account = ''] = name.split('@');
  return [name, account].some((part) => {
    if (part.length < PART_CHARS_MIN || !password.includes(part)) return false;
    return /^[\d\s\p{P}\p{S}]*$/u.test(password.replaceAll(part, ''));
  });
}

const PART_CHARS_MIN = 3;

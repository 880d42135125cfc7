/**
 * Codes for whoever has lost the telephone: each opens once in its place. 80 random bits, so that
 * a plain hash is enough. Pure.
 */
import { sha256 } from '#kernel/crypto.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { Random } from '#kernel/ports.ts';

/** Without those that look like others: Crockford's. */
const LETTERS = '0123456789abcdefghjkmnpqrstvwxyz';
const LETTERS_ONLY = new RegExp(`^[${LETTERS}]*$`);
const BITS_PER_LETTER = 5;
const BITS_PER_BYTE = 8;
const GROUP_CHARS = 4;
const CODE_CHARS = (LIMITS.recoveryCodeBytes * BITS_PER_BYTE) / BITS_PER_LETTER;

export function makeRecoveryCodes(random: Random): readonly string[] {
  return Array.from({ length: LIMITS.recoveryCodesMax }, () =>
    renderRecoveryCode(random.bytes(LIMITS.recoveryCodeBytes)),
  );
}

/** `abcd-efgh-jkmn-pqrs`. */
export function renderRecoveryCode(bytes: Uint8Array): string {
  let number = 0n;
  for (const byte of bytes) number = number * 256n + BigInt(byte);
  let text = '';
  for (let at = 0; at < CODE_CHARS; at += 1) {
    const letter = LETTERS[Number(number % 32n)] ?? '';
    text = letter + text;
    number /= 32n;
  }
  return text.match(new RegExp(`.{${GROUP_CHARS}}`, 'g'))?.join('-') ?? text;
}

/** In any case, with or without dashes; letters that were misread count as what they look like. */
export function readRecoveryCode(text: string): string | null {
  const plain = text
    .toLowerCase()
    .replaceAll(/[\s-]/g, '')
    .replaceAll('o', '0')
    .replaceAll(/[il]/g, '1');
  const isCode = plain.length === CODE_CHARS && LETTERS_ONLY.test(plain);
  return isCode ? plain : null;
}

/** Of what `readRecoveryCode` has read. */
export function hashRecoveryCode(plain: string): Uint8Array {
  return sha256(`recovery code ${plain}`);
}

/**
 * One-time codes of a telephone (RFC 6238: SHA-1, 6 digits, 30 s, as every app has them). Danger:
 * a code is good for its time step and its neighbours, so the caller keeps the step that was taken
 * last, and none up to it is taken again. Pure.
 */
import { Secret, TOTP } from 'otpauth';
import { MS_PER_SECOND, type Instant } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';

const DIGITS = 6;

/** As apps take it by hand. */
export function renderTotpSecret(bytes: Uint8Array): string {
  return new Secret({ buffer: Uint8Array.from(bytes).buffer }).base32;
}

function totpOf(secret: string, label = 'Tocsin', issuer = ''): TOTP {
  return new TOTP({
    secret: Secret.fromBase32(secret),
    algorithm: 'SHA1',
    digits: DIGITS,
    period: LIMITS.totpPeriodMs / MS_PER_SECOND,
    label,
    issuer,
  });
}

/** What the QR code holds: the hub in front, so that two hubs are told apart in one app. */
export function renderTotpUri(
  secret: string,
  { login, host }: { readonly login: string; readonly host: string },
): string {
  return totpOf(secret, login, `Tocsin ${host}`).toString();
}

/** People type it with a blank in the middle. */
export function readTotpCode(text: string): string | null {
  const digits = text.replaceAll(/[\s-]/g, '');
  return /^\d{6}$/.test(digits) ? digits : null;
}

/** The time step that the code is of; null when it is none of now, or of one taken before. */
export function findTotpStep(
  code: string,
  { secret, lastStep }: { readonly secret: string; readonly lastStep: number },
  now: Instant,
): number | null {
  const window = LIMITS.totpWindow;
  const delta = totpOf(secret).validate({ token: code, timestamp: now, window });
  if (delta === null) return null;
  const step = Math.floor(now / LIMITS.totpPeriodMs) + delta;
  return step > lastStep ? step : null;
}

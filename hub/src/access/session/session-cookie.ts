/**
 * The cookies of a login. Danger: over https the name begins with `__Host-`, so that no neighbour
 * of the hub's name can set one; over plain http no browser takes that, and the name is a plain
 * one. No script reads either. `Strict`: no other site's link brings it along; the board asks for
 * everything itself, so nobody notices. Pure.
 */
import { parseCookie, stringifySetCookie } from 'cookie';
import { MS_PER_SECOND } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';

export type CookieName = 'session' | 'known';

const NAMES: Readonly<Record<CookieName, string>> = {
  session: 'tocsin_session',
  known: 'tocsin_known',
};

function isSecure(publicUrl: string): boolean {
  return publicUrl.startsWith('https:');
}

function nameOf(name: CookieName, publicUrl: string): string {
  return isSecure(publicUrl) ? `__Host-${NAMES[name]}` : NAMES[name];
}

export function readCookie(
  header: string | undefined,
  name: CookieName,
  publicUrl: string,
): string | null {
  if (header === undefined) return null;
  const value = parseCookie(header)[nameOf(name, publicUrl)];
  return value === undefined || value === '' ? null : value;
}

/** Null takes it away. A session's ends with the session, at the latest. */
export function renderCookie(name: CookieName, value: string | null, publicUrl: string): string {
  const maxAgeMs = name === 'session' ? LIMITS.sessionMs : LIMITS.knownBrowserMs;
  return stringifySetCookie({
    name: nameOf(name, publicUrl),
    value: value ?? '',
    path: '/',
    httpOnly: true,
    sameSite: 'strict',
    secure: isSecure(publicUrl),
    maxAge: value === null ? 0 : Math.floor(maxAgeMs / MS_PER_SECOND),
  });
}

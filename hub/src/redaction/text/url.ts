/**
 * User and password in URLs and connection strings. What stands before the last `@` of the
 * authority is masked; the host stays, for it says what could not be reached.
 */
import type { Hit } from './hit.ts';

const AUTHORITY_CHARS_MAX = 1_024;
const AUTHORITY_END = /[/?#\s"'<>`\\^{}|]/;
const URL_END = /[?\s"'<>`{}|]/;
const SENTRY_KEY = /^[0-9a-f]{32}(?::[0-9a-f]{32})?$/;
const LONG_USER_CHARS = 20;

export function findUrlCredentials(text: string, hits: Hit[]): void {
  let from = 0;
  for (let at = text.indexOf('://'); at !== -1; at = text.indexOf('://', from)) {
    const start = at + 3;
    const isWeb = /https?$|wss?$/i.test(text.slice(Math.max(0, at - 5), at));
    const { end, readTo } = findUserEnd(text, start, isWeb);
    // Without an `@` in what was read, no other URL within it has one.
    from = Math.max(start, end ?? readTo);
    if (end === null) continue;
    const user = text.slice(start, end);
    if (SENTRY_KEY.test(user)) hits.push({ start, end, maskClass: 'sentry_dsn' });
    else if (isCredential(user, isWeb)) hits.push({ start, end, maskClass: 'url_credentials' });
  }
  findDriverCredentials(text, hits);
}

/** A name alone is none, as in `ssh://git@host`; long ones are tokens. */
function isCredential(user: string, isWeb: boolean): boolean {
  if (user === '' || user === 'git') return false;
  const colon = user.indexOf(':');
  if (colon !== -1) return colon < user.length - 1 || user.length > LONG_USER_CHARS;
  return isWeb || user.length >= LONG_USER_CHARS;
}

type UserEnd = { readonly end: number | null; readonly readTo: number };

function findUserEnd(text: string, start: number, isWeb: boolean): UserEnd {
  const last = Math.min(text.length, start + AUTHORITY_CHARS_MAX);
  let at = start;
  let end: number | null = null;
  while (at < last && !AUTHORITY_END.test(text.charAt(at))) {
    if (text[at] === '@') end = at;
    at += 1;
  }
  // People do not always encode the `/` or `@` of a password; hosts have no `:` before letters.
  const authority = text.slice(start, at);
  const isOpen = /:[^@]*$/.test(authority) && !/:\d{0,5}$/.test(authority);
  const mayGoOn = !isWeb && (isOpen || (end !== null && authority.includes(':')));
  if (!mayGoOn && !isOpen) return { end, readTo: at };
  while (at < last && !URL_END.test(text.charAt(at))) {
    if (text[at] === '@') end = at;
    at += 1;
  }
  return { end, readTo: at };
}

const DRIVER = /@(?:tcp|tcp6|unix|udp)\(/g;

/** `user:password@tcp(host)/db`, as drivers of Go write it. */
function findDriverCredentials(text: string, hits: Hit[]): void {
  if (text.search(DRIVER) === -1) return;
  for (const { index } of text.matchAll(DRIVER)) {
    let start = index;
    while (start > 0 && index - start < 256 && !/[\s"'`<>=]/.test(text.charAt(start - 1)))
      start -= 1;
    const hasPassword = text.slice(start, index).includes(':');
    if (hasPassword) hits.push({ start, end: index, maskClass: 'url_credentials' });
  }
}

/**
 * Mail addresses. Each `@` is looked at once, and what stands around it is read outwards: every
 * character is read twice at most. Units of systemd, users of Git and nodes of a cluster look alike
 * and are kept.
 */
import type { Hit } from '#redaction/text/hit.ts';

const LOCAL_CHARS_MAX = 128;
const DOMAIN_CHARS_MAX = 253;
const LOCAL = /[\p{L}\p{M}\p{N}._%+'-]/u;
const ASCII_LOCAL = /[A-Za-z0-9._%+'\u00c0-\u024f-]/;
const ASCII = /[A-Za-z0-9\u00c0-\u024f]/;
const DOMAIN = /[\p{L}\p{M}\p{N}.-]/u;
const ASCII_DOMAIN = /[A-Za-z0-9.\u00c0-\u024f-]/;
const ENDS_ODDLY = /[.-]$/;
const LETTERS = /^\p{L}[\p{L}\p{M}]+$|^xn--[a-z0-9-]+$/iu;

/** Endings of names that are no hosts of mail. */
const NOT_MAIL_ENDINGS: ReadonlySet<string> = new Set(
  `service socket timer mount target scope slice device path swap automount png jpg jpeg gif webp
   svg pdf js ts css map json yaml yml toml tgz gz zip jar lock conf sock log`.split(/\s+/),
);

export function findEmails(text: string, hits: Hit[]): void {
  // The password of a URL ends at its `@`, and its host is no mailbox.
  const ends = new Set(hits.map(({ end }) => end));
  for (let at = text.indexOf('@'); at !== -1; at = text.indexOf('@', at + 1)) {
    if (ends.has(at)) continue;
    const start = findStart(text, at);
    const end = findEnd(text, at);
    if (start === at || end === at + 1) continue;
    const local = text.slice(start, at);
    const domain = text.slice(at + 1, end);
    if (!isMailDomain(domain) || local === 'git' || isName(text, start, end)) continue;
    hits.push({ start, end, maskClass: 'email', normalised: `${local}@${domain}`.toLowerCase() });
  }
}

const ID_LINE = /(?:message-?_?id|in-reply-to|references)["']?\s?[:=][^\n\r]*$/i;
const LINE_CHARS_MAX = 400;

/** The user of a connection, or the id of a message, which is written like an address. */
function isName(text: string, start: number, end: number): boolean {
  // An object of Java and its method: `Pool@1b2c3d4e.open(`.
  if (text.charAt(end) === '(') return true;
  if (text.endsWith('://', start)) return !text.endsWith('mailto://', start);
  if (text.charAt(start - 1) !== '<') return false;
  return ID_LINE.test(text.slice(Math.max(0, start - LINE_CHARS_MAX), start));
}

/** Chinese text needs no space before an address: letters of another script end it. */
function findStart(text: string, at: number): number {
  const allowed = ASCII.test(text.charAt(at - 1)) ? ASCII_LOCAL : LOCAL;
  let start = at;
  const first = Math.max(0, at - LOCAL_CHARS_MAX);
  while (start > first && allowed.test(text.charAt(start - 1))) start -= 1;
  while (start < at && /['.-]/.test(text.charAt(start))) start += 1;
  return start;
}

function findEnd(text: string, at: number): number {
  const allowed = ASCII.test(text.charAt(at + 1)) ? ASCII_DOMAIN : DOMAIN;
  let end = at + 1;
  const last = Math.min(text.length, at + 1 + DOMAIN_CHARS_MAX);
  while (end < last && allowed.test(text.charAt(end))) end += 1;
  while (end > at + 1 && ENDS_ODDLY.test(text.charAt(end - 1))) end -= 1;
  return end;
}

function isMailDomain(domain: string): boolean {
  const dot = domain.lastIndexOf('.');
  if (dot <= 0 || domain.includes('..')) return false;
  const ending = domain.slice(dot + 1).toLowerCase();
  if (!LETTERS.test(ending) || NOT_MAIL_ENDINGS.has(ending)) return false;
  return !domain.endsWith('.cluster.local');
}

/**
 * A message as the bytes that go over the wire, composed by nodemailer. The same message gives the
 * same bytes each time: date and multipart boundary come from the message, not from clock or
 * chance, so that the copies of an ambiguous attempt are copies.
 *
 * Danger: a line break in a header or an address would begin a header or a command of the
 * sender's own. The composer encodes or drops such characters; here they are refused before that.
 */
import MailComposer from 'nodemailer/lib/mail-composer';
import { sha256Hex } from '#kernel/crypto.ts';
import { formatInstant, type Instant, MS_PER_DAY } from '#kernel/instant.ts';
import type { MailMessage } from '#kernel/ports.ts';

const BOUNDARY_CHARS = 32;

/** Null when it may be sent; else a sentence without any of its content. */
export function findMessageFault(message: MailMessage): string | null {
  const { fromAddress, toAddress, messageId, subject, fromName, headers } = message;
  for (const address of [fromAddress, toAddress, messageId]) {
    if (!ADDRESS.test(address)) return 'an address of the message has not the right form';
  }
  const lines = [subject, fromName ?? '', ...Object.values(headers)];
  if (lines.some((line) => CONTROL.test(line))) return 'a header holds control characters';
  const names = Object.keys(headers);
  return names.every((name) => HEADER_NAME.test(name)) ? null : 'a header has no proper name';
}

const ADDRESS = /^[^\s<>@,;:\p{Cc}]+@[^\s<>@,;\p{Cc}]+$/u;
const CONTROL = /[\p{Cc}\u2028\u2029]/u;
const HEADER_NAME = /^[A-Za-z][A-Za-z0-9-]*$/;

export async function composeMail(message: MailMessage): Promise<Buffer> {
  const { fromName, fromAddress, toAddress, subject, text, html } = message;
  const isAscii = !/[^\p{ASCII}]/u.test(text + html);
  const composer = new MailComposer({
    from: { name: fromName ?? '', address: fromAddress },
    to: { name: '', address: toAddress },
    subject,
    text,
    ...(html === '' ? {} : { html }),
    messageId: `<${message.messageId}>`,
    date: formatMailDate(message.sentAt),
    headers: { ...message.headers },
    // Otherwise long ASCII lines would be re-flowed; other text is encoded anyway.
    ...(isAscii ? { encoding: 'quoted-printable' } : {}),
    baseBoundary: sha256Hex(message.messageId).slice(0, BOUNDARY_CHARS),
    boundaryPrefix: 'tocsin',
    newline: 'win',
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return await composer.compile().build();
}

const WEEKDAYS = ['Thu', 'Fri', 'Sat', 'Sun', 'Mon', 'Tue', 'Wed'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** RFC 5322, in UTC: `Sun, 22 Nov 2026 06:00:00 +0000`. */
export function formatMailDate(at: Instant): string {
  const days = Math.floor(at / MS_PER_DAY);
  // The first day of the epoch was a Thursday.
  const weekday = WEEKDAYS[((days % WEEKDAYS.length) + WEEKDAYS.length) % WEEKDAYS.length];
  const [date = '', time = ''] = formatInstant(at).split('T');
  const [year, month, day] = date.split('-');
  return `${weekday}, ${day} ${MONTHS[Number(month) - 1]} ${year} ${time.slice(0, 8)} +0000`;
}

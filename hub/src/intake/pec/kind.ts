/**
 * What kind of certified mail a message is (RFC 6109, 2.2 of our notes): by `daticert.xml` alone
 * where it is there, else by the two headers. Never by the subject, which anybody can write. Pure.
 */
import { findMailKind, type MailKind } from '#kernel/words/mail.ts';
import type { Daticert } from './daticert.ts';
import { findHeader, type MailPart } from './mail-part.ts';

/** What a mail says it is: whether that is true says its signature. */
export function readClaimedKind(mail: MailPart, daticert: Daticert | null): MailKind {
  if (daticert !== null) return findMailKind(daticert.tipo) ?? 'unknown';
  const transport = (findHeader(mail, 'x-trasporto') ?? '').toLowerCase();
  if (transport === 'errore') return 'errore';
  const claimed = findHeader(mail, 'x-ricevuta') ?? transport;
  return findMailKind(claimed) ?? 'unknown';
}

/** Only the anomaly envelope has no daticert.xml; any other kind without one is not proved. */
export function needsDaticert(kind: MailKind): boolean {
  return kind !== 'errore';
}

const FIRST_WORDS = /\b(?:12|dodici) ?ore\b|non escludendo che questo possa avvenire/;
const LAST_WORDS =
  /\b(?:24|22|ventiquattro|ventidue) ?ore\b|non andata a buon fine|non pi[uù] consegnabile/;

/**
 * Whether the notice that time has run out is the last one. The notices after 12 and after 24 hours
 * have the same headers and the same `tipo`: only their words differ. Null where they do not say.
 */
export function isLastNotice(texts: readonly (string | null)[]): boolean | null {
  for (const text of texts) {
    if (text === null) continue;
    const words = text.toLowerCase().replaceAll(/\s+/g, ' ');
    const isFirst = FIRST_WORDS.test(words);
    const isLast = LAST_WORDS.test(words);
    if (isFirst !== isLast) return isLast;
  }
  return null;
}

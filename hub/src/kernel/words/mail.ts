/**
 * The words of certified mail (PEC): its kinds, their labels, the states of a sent message. Shared
 * by the way in, by the filters of rules and by the texts that people read.
 *
 * Danger: kinds are whole words. `non-accettazione` contains `accettazione`, and taking the one
 * for the other tells an office that a refused letter was accepted.
 */
import { findNearest } from '#kernel/syntax/nearest.ts';

/** What is posted as, or claims to be, each kind; `errore` is the anomaly envelope. */
export const MAIL_KINDS = [
  'posta-certificata',
  'accettazione',
  'non-accettazione',
  'presa-in-carico',
  'avvenuta-consegna',
  'errore-consegna',
  'preavviso-errore-consegna',
  'rilevazione-virus',
  'errore',
  'unknown',
] as const;
export type MailKind = (typeof MAIL_KINDS)[number];

/** As people who work with certified mail call them, in the language of the law. */
export const MAIL_KIND_LABELS: Readonly<Record<MailKind, string>> = {
  'posta-certificata': 'PEC',
  accettazione: 'Ricevuta di Accettazione',
  'non-accettazione': 'Ricevuta di Non Accettazione',
  'presa-in-carico': 'Ricevuta di Presa in Carico',
  'avvenuta-consegna': 'Ricevuta di Avvenuta Consegna',
  'errore-consegna': 'Ricevuta di Mancata Consegna',
  'preavviso-errore-consegna': 'Preavviso Mancata Consegna',
  'rilevazione-virus': 'Rilevazione Virus',
  errore: 'Busta di Anomalia',
  unknown: 'Messaggio',
};

/** Names that an older program gave them, some of which never were values of the standard. */
const OLD_NAMES: Readonly<Record<string, MailKind>> = {
  posta_certificata: 'posta-certificata',
  non_accettazione: 'non-accettazione',
  presa_in_carico: 'presa-in-carico',
  avvenuta_consegna: 'avvenuta-consegna',
  errore_consegna: 'errore-consegna',
  mancata_consegna: 'errore-consegna',
  'mancata-consegna': 'errore-consegna',
  preavviso_errore_consegna: 'preavviso-errore-consegna',
  preavviso_mancata_consegna: 'preavviso-errore-consegna',
  'preavviso-mancata-consegna': 'preavviso-errore-consegna',
  rilevazione_virus: 'rilevazione-virus',
  anomalia: 'errore',
};

/** Real and old names, whatever their case; null for anything else. */
export function findMailKind(word: string): MailKind | null {
  const key = word.trim().toLowerCase();
  const real = MAIL_KINDS.find((kind) => kind === key);
  if (real !== undefined) return real;
  return Object.hasOwn(OLD_NAMES, key) ? (OLD_NAMES[key] ?? null) : null;
}

/** Receipts that say that a message which was sent does not arrive, or may not. */
export const FAILURE_KINDS = [
  'non-accettazione',
  'errore-consegna',
  'preavviso-errore-consegna',
  'rilevazione-virus',
] as const satisfies readonly MailKind[];

export const MAIL_DIRECTIONS = ['inbound', 'outbound'] as const;
export type MailDirection = (typeof MAIL_DIRECTIONS)[number];

/**
 * Of one sent message, or of one of its recipients.
 * in_doubt         not delivered after 12 hours; it still may be
 * failed_by_time   not delivered after 24 hours: the provider has given up
 */
export const SENT_STATES = [
  'sent',
  'accepted',
  'not_accepted',
  'in_doubt',
  'failed_by_time',
  'failed',
  'delivered',
] as const;
export type SentState = (typeof SENT_STATES)[number];

/** For a word that is no kind: the one that was meant, or all of them. */
export function hintMailKind(word: string): string {
  const near = findNearest(word, MAIL_KINDS);
  return near === null ? `is none of ${MAIL_KINDS.join(', ')}` : `did you mean ${near}?`;
}

/**
 * How the Message-ID of each mail of ours begins. Receipts and automatic answers name the message
 * that they are about: those about ours must call nobody, or they would go round for ever.
 */
export const OWN_MAIL_PREFIX = 'tocsin.';

/** Of what names one message or several, as References does. */
export function isAboutOwnMail(references: string): boolean {
  return references
    .split(/[\s,<>]+/)
    .some((one) => one.toLowerCase().startsWith(OWN_MAIL_PREFIX) && one.includes('@'));
}

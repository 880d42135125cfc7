/**
 * What has become of a message that was sent, as its receipts say it. Pure.
 *
 * sent -> accepted -> for each recipient in_doubt (12 h) -> failed_by_time (24 h) | failed |
 * delivered; or sent -> not_accepted, which ends all of it. Receipts come in any order: a mailbox
 * is not read in the order in which it was filled. A delivery is certain, whatever a notice said
 * before; a notice never takes one back. Recipients of ordinary mail have no receipts, and so no
 * state: nothing is missing when theirs do not come.
 */
import type { Instant } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { MailKind, SentState } from '#kernel/words/mail.ts';

/** As it is kept: recipients by a name that says nothing about them. */
export type SentMail = {
  readonly state: 'sent' | 'accepted' | 'not_accepted';
  readonly recipients: Readonly<Record<string, SentTo>>;
};

export type SentTo = {
  readonly state: RecipientState;
  /** When the receipt was written, by its provider; null = it does not say. */
  readonly at: Instant | null;
};

export type RecipientState = Extract<
  SentState,
  'in_doubt' | 'failed_by_time' | 'failed' | 'delivered'
>;

export const NEW_SENT_MAIL: SentMail = { state: 'sent', recipients: {} };

/** What one receipt says: of one recipient, or (null) of the whole message. */
export type Receipt = { readonly at: Instant | null } & (
  | { readonly state: 'accepted' | 'not_accepted'; readonly recipient: null }
  | { readonly state: RecipientState; readonly recipient: string }
);

export type SentMove = {
  readonly next: SentMail;
  readonly oldState: SentState;
  readonly newState: SentState;
};

/** Null when the receipt says nothing new. */
export function moveSentMail(mail: SentMail, receipt: Receipt): SentMove | null {
  return receipt.recipient === null ? moveWhole(mail, receipt.state) : moveOne(mail, receipt);
}

function moveWhole(mail: SentMail, state: 'accepted' | 'not_accepted'): SentMove | null {
  const oldState = mail.state;
  if (oldState === state || oldState === 'not_accepted') return null;
  const isOnItsWay = Object.keys(mail.recipients).length > 0;
  // What was delivered, or was being tried, has been accepted: a late receipt is no news.
  if (isOnItsWay) return null;
  return { next: { ...mail, state }, oldState, newState: state };
}

/** The further along, the surer; a receipt never leads back. */
const CERTAINTY: Readonly<Record<RecipientState, number>> = {
  in_doubt: 1,
  failed_by_time: 2,
  failed: 3,
  delivered: 4,
};

function moveOne(
  mail: SentMail,
  { recipient, state, at }: SentTo & { readonly recipient: string },
): SentMove | null {
  if (mail.state === 'not_accepted') return null;
  const known = findRecipient(mail, recipient);
  if (known !== undefined && CERTAINTY[state] <= CERTAINTY[known.state]) return null;
  const isFull = Object.keys(mail.recipients).length >= LIMITS.pecRecipientsMax;
  const isKept = known !== undefined || !isFull;
  const recipients = isKept ? { ...mail.recipients, [recipient]: { state, at } } : mail.recipients;
  const next: SentMail = { state: 'accepted', recipients };
  return { next, oldState: known?.state ?? mail.state, newState: state };
}

function findRecipient(mail: SentMail, recipient: string): SentTo | undefined {
  return Object.hasOwn(mail.recipients, recipient) ? mail.recipients[recipient] : undefined;
}

/**
 * Whether the mail was delivered after all: then a failure that is read late calls nobody. One that
 * says it came after the delivery, or does not say when, is told: silence would be worse.
 */
export function isRefuted(mail: SentMail, receipt: Receipt): boolean {
  if (receipt.recipient === null || !isFailure(receipt.state) || receipt.at === null) return false;
  const known = findRecipient(mail, receipt.recipient);
  return known?.state === 'delivered' && known.at !== null && receipt.at <= known.at;
}

export function isFailure(state: SentState): boolean {
  return ['not_accepted', 'in_doubt', 'failed_by_time', 'failed'].includes(state);
}

/** What a kind of receipt says; null for kinds that say nothing of a message that was sent. */
export function stateOfKind(kind: MailKind, isLastNotice: boolean | null): Receipt['state'] | null {
  switch (kind) {
    case 'accettazione':
      return 'accepted';
    case 'non-accettazione':
      return 'not_accepted';
    case 'avvenuta-consegna':
      return 'delivered';
    case 'errore-consegna':
    case 'rilevazione-virus':
      return 'failed';
    case 'preavviso-errore-consegna':
      return isLastNotice === true ? 'failed_by_time' : 'in_doubt';
    case 'posta-certificata':
    case 'presa-in-carico':
    case 'errore':
    case 'unknown':
      return null;
  }
}

/**
 * What a mail comes to: an event always, an alert where a message that was sent does not arrive,
 * and the end of that alert where it does after all. Pure.
 *
 * Danger: only what is proved, or what the program reports that reads the mailbox, moves the state
 * of a sent message or ends an alert: anybody can send a mail that says `CONSEGNA`. A failure that
 * is not proved is told all the same, marked as such: silence would be worse.
 */
import type { JsonObject } from '#kernel/syntax/json.ts';
import type { Instant } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import { MAIL_KIND_LABELS, type MailKind, type SentState } from '#kernel/words/mail.ts';
import { BARE_REPORT, type Identity, type Report } from '#intake/report.ts';
import type { ParseContext } from '#intake/source-type.ts';
import type { CertifiedMail } from './certified-mail.ts';
import { type MailFacts, renderMailPayload, renderMailTitle } from './mail-facts.ts';
import type { MailEventType } from './mail-json.ts';
import { toMessageId } from './mail-text.ts';
import type { PecMapping } from './mapping.ts';
import { isFailure, type Receipt, stateOfKind } from '#intake/sent-mail/sent-mail.ts';

/** What a mail that was received says, by the sources that the law names. */
export function factsOfMail(mail: CertifiedMail, mapping: PecMapping): MailFacts {
  const { kind, words, daticert } = mail;
  const isOriginal = kind === 'posta-certificata' || kind === 'errore';
  const sentState = stateOfKind(kind, mail.isLastNotice);
  const own = mapping.mailboxEmail ?? (sentState === null ? null : (daticert?.sender ?? null));
  const isFromOwn = own !== null && words.fromAddress?.toLowerCase() === own.toLowerCase();
  return {
    kind,
    direction: isFromOwn && kind === 'unknown' ? 'outbound' : 'inbound',
    mailboxId: cutOrNull(mapping.mailboxId ?? own),
    mailboxEmail: cutOrNull(own),
    messageId: toMessageId(words.messageId),
    subject: daticert?.subject ?? words.subject,
    // The envelope comes from the provider; who wrote it stands in daticert.xml.
    fromAddress: isOriginal
      ? (daticert?.sender ?? words.replyToAddress ?? words.fromAddress)
      : words.fromAddress,
    toAddresses: words.toAddresses.map((one) => cut(one, LIMITS.identifierCharsMax)),
    receivedAt: daticert?.at ?? words.date,
    certification: restrict(mail, mapping),
    identifier: toMessageId(daticert?.identifier ?? null),
    reference: toMessageId(daticert?.messageId ?? mail.reference),
    recipient: sentState === null ? null : cutOrNull(findRecipient(mail)),
    provider: daticert?.provider ?? null,
    errorText: daticert?.errorText ?? null,
    isVirus: mail.isVirus,
    isAutomatic: mail.isAutomatic,
    isAboutOwn: mail.isAboutOwn,
    change: null,
    sentState,
  };
}

function restrict(
  mail: CertifiedMail,
  { providerDomains }: PecMapping,
): MailFacts['certification'] {
  const { certification, words } = mail;
  const address = words.fromAddress ?? '';
  const domain = address.slice(address.lastIndexOf('@') + 1).toLowerCase();
  if (!certification.isCertified || providerDomains === null) return certification;
  if (providerDomains.includes(domain)) return certification;
  const detail = `${domain} is none of the provider_domains of this source`;
  return { isCertified: false, reason: 'domain_mismatch', detail };
}

/** A notice that names nobody is about the only one there is. */
function findRecipient({ daticert, kind }: CertifiedMail): string | null {
  if (daticert === null || kind === 'accettazione' || kind === 'non-accettazione') return null;
  const certified = daticert.recipients.filter((one) => one.isCertified);
  const only = certified.length === 1 ? certified[0]?.address : undefined;
  return daticert.recipient ?? only ?? null;
}

type How = {
  readonly mapping: PecMapping;
  readonly context: Pick<ParseContext, 'severityDefault'>;
  readonly eventType: MailEventType;
  /** Of this one report: the same again is a duplicate. */
  readonly name: string;
  /** Its moments are those of a provider, and may be compared. */
  readonly isTimed: boolean;
};

export function createMailReport(facts: MailFacts, how: How): Report {
  const at = how.isTimed ? facts.receivedAt : null;
  const receipt = readReceipt(facts, at);
  const isTrusted = facts.certification.isCertified || facts.certification.reason === 'reported';
  const sent = receipt === null ? null : { names: nameSent(facts), receipt, isTrusted };
  const title = renderMailTitle(facts);
  return {
    ...BARE_REPORT,
    ...place(facts, { how, sent, at }),
    title: cut(title, LIMITS.titleCharsMax),
    severity: how.context.severityDefault,
    labels: listTexts({
      pec_type: facts.kind,
      direction: facts.direction,
      certified: String(facts.certification.isCertified),
      mailbox_id: facts.mailboxId,
      sent_state: facts.sentState,
    }),
    annotations: listTexts({
      why_uncertified: facts.certification.isCertified ? null : facts.certification.detail,
    }),
    content: renderContent(facts),
    provider: 'pec',
    providerEventId: how.name,
    channelChatId: facts.mailboxId,
    sourceRefs: renderRefs(facts),
    alertname: facts.kind,
    targetResource: facts.mailboxId,
    payload: bound(renderMailPayload(facts)),
    providerTs: facts.receivedAt,
    mail: {
      eventType: how.eventType,
      kind: facts.kind,
      direction: facts.direction,
      mailboxes: [facts.mailboxId, facts.mailboxEmail].flatMap((one) => one ?? []),
      isAboutOwn: facts.isAboutOwn,
      sent,
    },
  };
}

function renderContent(facts: MailFacts): string {
  const mailbox = facts.mailboxId ?? facts.mailboxEmail ?? 'sconosciuta';
  return `Tipo: ${MAIL_KIND_LABELS[facts.kind]}\nCasella: ${mailbox}`;
}

function renderRefs(facts: MailFacts): JsonObject {
  const message = listTexts({
    message_id: facts.messageId,
    identificativo: facts.identifier,
    reference_message_id: facts.reference,
  });
  return Object.keys(message).length === 0 ? {} : { message };
}

type Sent = NonNullable<NonNullable<Report['mail']>['sent']>;
type Place = Pick<Report, 'stage' | 'identity' | 'isRemark' | 'startsAt' | 'endsAt'>;

/** Whether a person is needed, and for which problem. */
function place(
  facts: MailFacts,
  about: { readonly how: How; readonly sent: Sent | null; readonly at: Instant | null },
): Place {
  const { how, sent, at } = about;
  const identity = identify(facts, sent);
  const only: Place = {
    stage: 'received',
    identity: { kind: 'single' },
    isRemark: true,
    startsAt: null,
    endsAt: null,
  };
  if (facts.isAboutOwn) return only;
  if (sent !== null && sent.receipt.state === 'delivered') {
    return sent.isTrusted
      ? { ...only, stage: 'resolved', identity, isRemark: false, endsAt: at }
      : only;
  }
  const isWanted = isAlarm(facts, how.mapping) && !facts.isAutomatic;
  return isWanted ? { ...only, identity, isRemark: false, startsAt: at } : only;
}

/** A program says only the new state, and no kind. */
function isAlarm(facts: MailFacts, { alertOn }: PecMapping): boolean {
  const { change, sentState } = facts;
  if (change === null) return alertOn.includes(facts.kind);
  return sentState !== null && isFailure(sentState) && KINDS_OF[sentState].some(isIn(alertOn));
}

const isIn =
  (kinds: readonly MailKind[]) =>
  (kind: MailKind): boolean =>
    kinds.includes(kind);

/** Kinds of receipts that lead to a state. */
const KINDS_OF: Readonly<Record<SentState, readonly MailKind[]>> = {
  sent: [],
  accepted: ['accettazione'],
  not_accepted: ['non-accettazione'],
  in_doubt: ['preavviso-errore-consegna'],
  failed_by_time: ['preavviso-errore-consegna'],
  failed: ['errore-consegna', 'rilevazione-virus'],
  delivered: ['avvenuta-consegna'],
};

/** One problem for each recipient that a message does not reach; any other mail is one itself. */
function identify(facts: MailFacts, sent: Sent | null): Identity {
  const [name] = sent?.names ?? [];
  if (sent === null || name === undefined) return { kind: 'single' };
  const recipient = (facts.recipient ?? '').toLowerCase();
  return { kind: 'key', key: JSON.stringify([name, recipient]) };
}

/**
 * By which a sent message is found again, the surest first. Providers rewrite the domain of a
 * Message-ID between two receipts of one message: the part before the @ counts.
 */
export function nameSent(facts: Pick<MailFacts, 'identifier' | 'reference'>): readonly string[] {
  const { identifier, reference } = facts;
  const local =
    reference
      ?.replace(/^</, '')
      .replace(/>$/, '')
      .replace(/@[^@]*$/, '') ?? '';
  return [
    ...(identifier === null ? [] : [`id:${identifier.toLowerCase()}`]),
    ...(local === '' ? [] : [`ref:${local}`]),
  ];
}

function readReceipt(facts: MailFacts, at: Instant | null): Receipt | null {
  const state = facts.sentState;
  if (state === null || state === 'sent' || nameSent(facts).length === 0) return null;
  if (state === 'accepted' || state === 'not_accepted') return { state, recipient: null, at };
  return { state, recipient: (facts.recipient ?? '').toLowerCase(), at };
}

/** A payload that is too long loses what is longest: texts that people wrote. */
function bound(payload: JsonObject): JsonObject {
  if (JSON.stringify(payload).length <= LIMITS.payloadCharsMax) return payload;
  const entries = Object.entries(payload).map(([name, value]) => {
    const isLong = typeof value === 'string' && value.length > LIMITS.titleCharsMax;
    return [name, isLong ? cut(value, LIMITS.titleCharsMax) : value] as const;
  });
  return Object.fromEntries(entries);
}

function listTexts(given: Readonly<Record<string, string | null>>): Record<string, string> {
  const entries = Object.entries(given).map(
    ([name, value]) =>
      [name, value === null ? null : cut(value, LIMITS.labelValueCharsMax)] as const,
  );
  return Object.fromEntries(
    entries.filter((one): one is readonly [string, string] => one[1] !== null && one[1] !== ''),
  );
}

function cutOrNull(text: string | null): string | null {
  return text === null ? null : cut(text, LIMITS.identifierCharsMax);
}

function cut(text: string, charsMax: number): string {
  return text.slice(0, charsMax).toWellFormed();
}

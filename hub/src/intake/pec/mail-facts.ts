/**
 * The facts of one mail as events keep them, whatever they were read from: a mail as it was
 * received, or the JSON of a program that reads the mailbox. Pure.
 *
 * Danger: subject, addresses and error texts are personal. They are in the event's `payload` and
 * nowhere else, under the names of MAIL_FIELDS; titles, labels, annotations and messages say the
 * kind and the mailbox, unless the project asks for more (`showMailContent`).
 */
import type { Report } from '#intake/report.ts';
import type { Instant } from '#kernel/instant.ts';
import { formatInstantOrNull } from '#kernel/instant.ts';
import type { JsonObject, JsonValue } from '#kernel/syntax/json.ts';
import {
  MAIL_KIND_LABELS,
  type MailDirection,
  type MailKind,
  type SentState,
} from '#kernel/words/mail.ts';

export type MailFacts = {
  readonly kind: MailKind;
  readonly direction: MailDirection;
  readonly mailboxId: string | null;
  readonly mailboxEmail: string | null;
  readonly messageId: string | null;
  readonly subject: string | null;
  readonly fromAddress: string | null;
  readonly toAddresses: readonly string[];
  readonly receivedAt: Instant | null;
  readonly certification:
    | { readonly isCertified: true; readonly signer: string; readonly digest: string }
    | { readonly isCertified: false; readonly reason: string; readonly detail: string };
  /** Of the sent message that a receipt is about. */
  readonly identifier: string | null;
  readonly reference: string | null;
  readonly recipient: string | null;
  readonly provider: string | null;
  readonly errorText: string | null;
  readonly isVirus: boolean;
  readonly isAutomatic: boolean;
  readonly isAboutOwn: boolean;
  /** As a program said it; receipts move states by themselves. */
  readonly change: { readonly oldState: string | null; readonly newState: string } | null;
  /** What the receipt says of the sent message; null where it says nothing of one. */
  readonly sentState: SentState | null;
};

/** In `payload`, where what people wrote stands; all of them are taken out of what is shown. */
export const MAIL_FIELDS = [
  'subject',
  'from_address',
  'to_addresses',
  'recipient',
  'error_text',
] as const;

export function renderMailPayload(facts: MailFacts): JsonObject {
  const { certification, change } = facts;
  const proof: JsonObject = certification.isCertified
    ? { certified: true, signed_by: certification.signer, digest: certification.digest }
    : {
        certified: false,
        uncertified_reason: certification.reason,
        uncertified_detail: certification.detail,
      };
  return {
    message_id: facts.messageId,
    mailbox_id: facts.mailboxId,
    mailbox_email: facts.mailboxEmail,
    subject: facts.subject,
    from_address: facts.fromAddress,
    to_addresses: [...facts.toAddresses],
    pec_type: facts.kind,
    direction: facts.direction,
    received_at: formatInstantOrNull(facts.receivedAt),
    ...proof,
    identificativo: facts.identifier,
    reference_message_id: facts.reference,
    recipient: facts.recipient,
    provider: facts.provider,
    error_text: facts.errorText,
    ...(facts.isVirus ? { is_virus: true } : {}),
    ...(facts.isAutomatic ? { is_automatic: true } : {}),
    ...(facts.isAboutOwn ? { is_about_own_mail: true } : {}),
    ...(change === null ? {} : { old_state: change.oldState, new_state: change.newState }),
    ...(facts.sentState === null ? {} : { sent_state: facts.sentState }),
  };
}

/** Kind and mailbox: what may be shown on a lock screen. */
export function renderMailTitle(facts: MailFacts): string {
  const mailbox = facts.mailboxId ?? facts.mailboxEmail;
  const label = MAIL_KIND_LABELS[facts.kind];
  const isDoubtful = !facts.certification.isCertified && facts.certification.reason !== 'reported';
  const isClaim = isDoubtful && facts.kind !== 'unknown';
  return `${label}${isClaim ? ' (non certificata)' : ''}${mailbox === null ? '' : `, ${mailbox}`}`;
}

/**
 * The report with what people wrote in its title and text: for projects that ask for it, whose
 * messages then carry it out of the certified channel.
 */
export function showMailContent(report: Report): Report {
  const { mail, payload } = report;
  if (mail === null || payload === null) return report;
  const text = (name: string): string | null => readText(payload[name]);
  const subject = text('subject') ?? '(senza oggetto)';
  const sender = text('from_address') ?? 'mittente sconosciuto';
  const shown: readonly (readonly [string, string | null])[] = [
    ['subject', subject],
    ['from_address', sender],
    ['recipient', text('recipient')],
    ['error_text', text('error_text')],
  ];
  const found = shown.filter((one): one is readonly [string, string] => one[1] !== null);
  return {
    ...report,
    title: `${report.title}: ${subject}`,
    content: `${report.content ?? ''}\nDa: ${sender}\nOggetto: ${subject}`.trim(),
    annotations: { ...report.annotations, ...Object.fromEntries(found) },
  };
}

function readText(value: JsonValue | undefined): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** What a message about a mail carries, by its names of old; without what people wrote or with. */
export function renderMailMessage(payload: JsonObject, isContentShown: boolean): JsonObject {
  const hidden: readonly string[] = isContentShown ? [] : MAIL_FIELDS;
  const entries = Object.entries(payload).map(([name, value]): [string, JsonValue] => {
    if (!hidden.includes(name)) return [name, value];
    return [name, Array.isArray(value) ? [] : null];
  });
  return Object.fromEntries(entries);
}

/**
 * Mail as a program reports it that reads the mailbox itself: the JSON fields of a message, or of
 * a change of state, flat or inside `data`. Pure.
 *
 * Tolerant on purpose: a field of the wrong type counts as left out. Nothing in it is proved, so
 * that it is never certified; who reports is known by the token, so that its word moves states.
 */
import { sha256Hex } from '#kernel/crypto.ts';
import { parseInstant } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '#kernel/syntax/json.ts';
import {
  findMailKind,
  isAboutOwnMail,
  MAIL_DIRECTIONS,
  type MailKind,
  SENT_STATES,
  type SentState,
} from '#kernel/words/mail.ts';
import type { MailFacts } from './mail-facts.ts';
import type { PecMapping } from './mapping.ts';
import { stateOfKind } from '#intake/sent-mail/sent-mail.ts';
import { toLine, toMessageId } from './mail-text.ts';

export type MailEventType = 'message.received' | 'message.state_changed';

export type MailJsonReading =
  | {
      readonly ok: true;
      readonly facts: MailFacts;
      readonly eventType: MailEventType;
      readonly name: string;
    }
  | { readonly ok: false; readonly path: string; readonly message: string };

const EVENT_TYPES: Readonly<Record<string, MailEventType>> = {
  'message.received': 'message.received',
  new_message: 'message.received',
  'message.state_changed': 'message.state_changed',
  state_changed: 'message.state_changed',
};

/** One of them makes it a mail. */
const TELLING_FIELDS: readonly string[] = ['message_id', 'subject', 'pec_type', 'new_state'];

export function readMailJson(body: JsonValue, mapping: PecMapping): MailJsonReading {
  if (!isJsonObject(body)) return refuse('', 'must be an object: one message per request');
  const fields = isJsonObject(body['data']) ? body['data'] : body;
  const word = readLine(body, 'event') ?? readLine(body, 'event_type');
  const named = word === null ? null : (findOwn(EVENT_TYPES, word) ?? undefined);
  if (named === undefined) {
    return refuse('event', `is none of ${Object.keys(EVENT_TYPES).join(', ')}`);
  }
  if (!TELLING_FIELDS.some((name) => readLine(fields, name) !== null)) {
    return refuse('', `needs one of ${TELLING_FIELDS.join(', ')}`);
  }
  const newState = readLine(fields, 'new_state');
  const eventType = named ?? (newState === null ? 'message.received' : 'message.state_changed');
  const facts = readFacts(fields, { eventType, mapping });
  return { ok: true, facts, eventType, name: nameReport(fields, { facts, eventType }) };
}

function refuse(path: string, message: string): MailJsonReading {
  return { ok: false, path, message };
}

function findOwn<Value>(table: Readonly<Record<string, Value>>, key: string): Value | null {
  return Object.hasOwn(table, key) ? (table[key] ?? null) : null;
}

function readFacts(
  fields: JsonObject,
  about: { readonly eventType: MailEventType; readonly mapping: PecMapping },
): MailFacts {
  const { mapping, eventType } = about;
  const kind = findMailKind(readLine(fields, 'pec_type') ?? '') ?? 'unknown';
  const messageId = toMessageId(readLine(fields, 'message_id'));
  const newState = readName(fields, 'new_state');
  const isChange = eventType === 'message.state_changed' && newState !== null;
  const mailboxEmail = readName(fields, 'mailbox_email') ?? mapping.mailboxEmail;
  const reference = toMessageId(readLine(fields, 'reference_message_id'));
  return {
    kind,
    direction: readDirection(fields),
    mailboxId: readName(fields, 'mailbox_id') ?? mapping.mailboxId ?? mailboxEmail,
    mailboxEmail,
    messageId,
    subject: readLine(fields, 'subject'),
    fromAddress: readLine(fields, 'from_address'),
    toAddresses: readAddresses(fields['to_addresses']),
    receivedAt: parseInstant(readLine(fields, 'received_at') ?? ''),
    certification: {
      isCertified: false,
      reason: 'reported',
      detail: 'a program reported it; the mail itself was not seen',
    },
    identifier: toMessageId(readLine(fields, 'identificativo')),
    // A change of state is one of the message that it names.
    reference: reference ?? (isChange ? messageId : null),
    recipient: readName(fields, 'recipient'),
    provider: null,
    errorText: readLine(fields, 'error'),
    isVirus: false,
    isAutomatic: fields['is_automatic'] === true,
    isAboutOwn: reference !== null && isAboutOwnMail(reference),
    change: isChange ? { oldState: readName(fields, 'old_state'), newState } : null,
    sentState: isChange ? readState(newState) : stateOfKind(kind, null),
  };
}

/** Our own words, and the kinds of receipts by either of their names. */
function readState(word: string): SentState | null {
  const key = word.toLowerCase();
  const own = SENT_STATES.find((state) => state === key);
  if (own !== undefined) return own;
  const kind: MailKind | null = findMailKind(word);
  return kind === null ? null : stateOfKind(kind, null);
}

function readDirection(fields: JsonObject): MailFacts['direction'] {
  const word = readLine(fields, 'direction')?.toLowerCase();
  return MAIL_DIRECTIONS.find((one) => one === word) ?? 'inbound';
}

function readAddresses(value: JsonValue | undefined): readonly string[] {
  const list = Array.isArray(value) ? value : typeof value === 'string' ? value.split(',') : [];
  return list
    .flatMap((one: JsonValue) => (typeof one === 'string' ? (toLine(one) ?? []) : []))
    .slice(0, LIMITS.pecAddressesMax)
    .map((address) => address.slice(0, LIMITS.identifierCharsMax).toWellFormed());
}

/** So that a report sent again is no second one; ids may be numbers. */
function nameReport(
  fields: JsonObject,
  about: { readonly facts: MailFacts; readonly eventType: MailEventType },
): string {
  const { messageId, change, recipient } = about.facts;
  const parts = [about.eventType, messageId, change?.newState ?? null, recipient];
  const name = messageId === null ? JSON.stringify(fields) : JSON.stringify(parts);
  return `json:${sha256Hex(name.toWellFormed())}`;
}

function readLine(fields: JsonObject, name: string): string | null {
  const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' ? toLine(value) : null;
}

function readName(fields: JsonObject, name: string): string | null {
  return readLine(fields, name)?.slice(0, LIMITS.identifierCharsMax).toWellFormed() ?? null;
}

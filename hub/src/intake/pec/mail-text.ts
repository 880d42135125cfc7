/**
 * The words of a mail: headers as people wrote them, and parts out of their transfer encoding.
 * postal-mime decodes; it is given one header block, or one small part, and never a mail within a
 * mail. Pure.
 */
import PostalMime, { type Address } from 'postal-mime';
import { concatBytes, encodeUtf8, sha256Hex } from '#kernel/crypto.ts';
import { type Instant, parseInstant } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { MailPart } from './mail-part.ts';

export type MailWords = {
  readonly subject: string | null;
  readonly fromAddress: string | null;
  readonly replyToAddress: string | null;
  readonly toAddresses: readonly string[];
  readonly messageId: string | null;
  readonly date: Instant | null;
};

const STRICT = {
  forceRfc822Attachments: true,
  maxNestingDepth: 4,
  maxHeadersSize: LIMITS.pecHeaderBytesMax,
} as const;

/** Only of the headers: the body is not looked at. */
export async function readMailWords(part: MailPart): Promise<MailWords> {
  const block = part.headers
    .filter(({ name }) => WORDS_OF.includes(name))
    .map(({ name, value }) => `${name}: ${value}\r\n`)
    .join('');
  const email = await PostalMime.parse(Buffer.from(`${block}\r\n`, 'latin1'), STRICT);
  const to = [...(email.to ?? []), ...(email.cc ?? [])];
  return {
    subject: toLine(email.subject),
    fromAddress: findAddress(email.from === undefined ? [] : [email.from]),
    replyToAddress: findAddress(email.replyTo ?? []),
    toAddresses: listAddresses(to).slice(0, LIMITS.pecAddressesMax),
    messageId: toLine(email.messageId),
    date: email.date === undefined ? null : parseInstant(email.date),
  };
}

const WORDS_OF: readonly string[] = [
  'subject',
  'from',
  'reply-to',
  'to',
  'cc',
  'message-id',
  'date',
];

function listAddresses(addresses: readonly Address[]): readonly string[] {
  return addresses.flatMap((one) => {
    if (one.group !== undefined) return listAddresses(one.group);
    const address = toLine(one.address);
    return address === null ? [] : [address];
  });
}

function findAddress(addresses: readonly Address[]): string | null {
  return listAddresses(addresses)[0] ?? null;
}

/** Line breaks and other control characters would write where they must not. */
export function toLine(text: string | undefined | null): string | null {
  const line = (text ?? '').replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  return line === '' ? null : line.slice(0, LIMITS.contentCharsMax).toWellFormed();
}

/**
 * The id of a message. Ids are kept although they look like addresses, so that nothing else may
 * stand beside one: what is not one word is known by its hash.
 */
export function toMessageId(text: string | null): string | null {
  const line = toLine(text);
  if (line === null) return null;
  const isOneWord = /^<?[^\s<>]+>?$/.test(line) && line.length <= LIMITS.identifierCharsMax;
  // A long number may be that of a person or a card.
  const isNumber = !line.includes('@') && /\d{9}/.test(line);
  return isOneWord && !isNumber ? line : `sha256:${sha256Hex(line)}`;
}

/** The plain text of a small part, or of the parts of one; empty when it has none. */
export async function readPartText(part: MailPart): Promise<string> {
  if (part.bytes.length > LIMITS.pecTextBytesMax) return '';
  try {
    return (await PostalMime.parse(part.bytes, STRICT)).text ?? '';
  } catch {
    return '';
  }
}

/** The bytes of a part out of its transfer encoding; null where it has none that we know. */
export async function readPartBytes(part: MailPart): Promise<Uint8Array | null> {
  const encoding = part.headers.find(({ name }) => name === 'content-transfer-encoding');
  const kept = encoding === undefined ? '' : `Content-Transfer-Encoding: ${encoding.value}\r\n`;
  // As an attachment, whatever it calls itself: a text would come back in another character set.
  const header = `Content-Type: application/octet-stream\r\n${kept}\r\n`;
  try {
    const email = await PostalMime.parse(concatBytes([encodeUtf8(header), part.body]), STRICT);
    const content = email.attachments[0]?.content;
    if (content === undefined) return null;
    return typeof content === 'string' ? encodeUtf8(content) : new Uint8Array(content);
  } catch {
    return null;
  }
}

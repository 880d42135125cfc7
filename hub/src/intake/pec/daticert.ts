/**
 * `daticert.xml`: what the provider certifies about a message (RFC 6109, 4.4). Pure.
 *
 * Danger: it is XML from outside. A document type is refused before it is parsed, since entities
 * that it declares would be expanded; sizes are bounded; texts stay texts (a subject of `0012` is
 * no number). Tolerant beyond that, because providers are: stray text between elements, a missing
 * `msgid` or `risposte`, an unknown `tipo`.
 */
import { XMLParser } from 'fast-xml-parser';
import { decodeUtf8 } from '#kernel/crypto.ts';
import { type Instant, parseInstant } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import { toLine } from './mail-text.ts';

export type DaticertRecipient = { readonly address: string; readonly isCertified: boolean };

export type Daticert = {
  /** As it stands there: what kind it is decides kind.ts. */
  readonly tipo: string;
  readonly errore: string | null;
  readonly sender: string | null;
  readonly recipients: readonly DaticertRecipient[];
  readonly subject: string | null;
  readonly provider: string | null;
  readonly at: Instant | null;
  readonly identifier: string | null;
  readonly messageId: string | null;
  readonly receiptType: string | null;
  /** The recipient that the receipt is about. */
  readonly recipient: string | null;
  readonly takenFor: readonly string[];
  readonly errorText: string | null;
};

export type DaticertReading =
  | { readonly ok: true; readonly daticert: Daticert }
  | { readonly ok: false; readonly reason: 'too_large' | 'doctype' | 'not_xml' | 'not_daticert' };

const PARSER = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: true,
  ignoreDeclaration: true,
  ignorePiTags: true,
  // Each is decoded once, by `decodeEntities`: the parser knows no numeric ones.
  processEntities: false,
  isArray: (name) => name === 'destinatari' || name === 'ricezione',
});

export function readDaticert(bytes: Uint8Array): DaticertReading {
  if (bytes.length > LIMITS.pecDaticertBytesMax) return { ok: false, reason: 'too_large' };
  const text = decodeText(bytes);
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text)) return { ok: false, reason: 'doctype' };
  let tree: unknown;
  try {
    tree = PARSER.parse(text);
  } catch {
    return { ok: false, reason: 'not_xml' };
  }
  const root = getNode(tree, 'postacert');
  const tipo = getText(root, '@tipo');
  if (tipo === null) return { ok: false, reason: 'not_daticert' };
  return { ok: true, daticert: parsePostacert(root, tipo) };
}

/** UTF-8 as the law has it; old providers wrote Latin-1. */
function decodeText(bytes: Uint8Array): string {
  const text = decodeUtf8(bytes) ?? new TextDecoder('latin1').decode(bytes);
  return text.replace(/^\uFEFF/, '');
}

function parsePostacert(root: unknown, tipo: string): Daticert {
  const heading = getNode(root, 'intestazione');
  const facts = getNode(root, 'dati');
  return {
    tipo,
    errore: getText(root, '@errore'),
    sender: getText(heading, 'mittente'),
    recipients: listNodes(heading, 'destinatari')
      .slice(0, LIMITS.pecRecipientsMax)
      .flatMap((node) => {
        const address = toText(node);
        const isCertified = getText(node, '@tipo') !== 'esterno';
        return address === null ? [] : [{ address, isCertified }];
      }),
    subject: getText(heading, 'oggetto'),
    provider: getText(facts, 'gestore-emittente'),
    at: parseMoment(getNode(facts, 'data')),
    identifier: getText(facts, 'identificativo'),
    messageId: getText(facts, 'msgid'),
    receiptType: getText(getNode(facts, 'ricevuta'), '@tipo'),
    recipient: getText(facts, 'consegna'),
    takenFor: listNodes(facts, 'ricezione')
      .slice(0, LIMITS.pecRecipientsMax)
      .flatMap((node) => toText(node) ?? []),
    errorText: getText(facts, 'errore-esteso'),
  };
}

/** The zone of the document is the only truth: in autumn one local hour comes twice. */
function parseMoment(node: unknown): Instant | null {
  const day = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/.exec(getText(node, 'giorno') ?? '');
  const clock = /^(\d{1,2}):(\d{2}):(\d{2})$/.exec(getText(node, 'ora') ?? '');
  const zone = /^([+-]\d{2}):?(\d{2})$/.exec(getText(node, '@zona') ?? '');
  if (day === null || clock === null || zone === null) return null;
  const [, date = '', month = '', year = ''] = day;
  const [, hour = '', minute = '', second = ''] = clock;
  const written = `${year}-${month.padStart(2, '0')}-${date.padStart(2, '0')}`;
  return parseInstant(
    `${written}T${hour.padStart(2, '0')}:${minute}:${second}${zone[1]}:${zone[2]}`,
  );
}

/** Of several elements of one name the first counts. */
function getNode(node: unknown, name: string): unknown {
  const record = parseRecord(node);
  const found = record !== null && Object.hasOwn(record, name) ? record[name] : undefined;
  return Array.isArray(found) ? found[0] : found;
}

function listNodes(node: unknown, name: string): readonly unknown[] {
  const record = parseRecord(node);
  const found = record !== null && Object.hasOwn(record, name) ? record[name] : undefined;
  if (found === undefined) return [];
  return Array.isArray(found) ? found : [found];
}

function parseRecord(node: unknown): Readonly<Record<string, unknown>> | null {
  const isRecord = typeof node === 'object' && node !== null && !Array.isArray(node);
  return isRecord ? (node as Readonly<Record<string, unknown>>) : null;
}

function getText(node: unknown, name: string): string | null {
  return toText(getNode(node, name));
}

/** An element with attributes holds its text under `#text`. */
function toText(node: unknown): string | null {
  const text = typeof node === 'string' ? node : getNode(node, '#text');
  return typeof text === 'string' ? toLine(decodeEntities(text)) : null;
}

const NAMED: Readonly<Record<string, string>> = {
  lt: '<',
  gt: '>',
  amp: '&',
  quot: '"',
  apos: "'",
};
const CODE_POINT_MAX = 0x10ffff;

/** In one go: what an entity stands for is text, and never an entity again. */
function decodeEntities(text: string): string {
  return text.replaceAll(/&(#\d{1,8}|#[xX][\da-fA-F]{1,6}|\w{2,4});/g, decodeEntity);
}

function decodeEntity(whole: string, name: string): string {
  if (!name.startsWith('#')) return Object.hasOwn(NAMED, name) ? (NAMED[name] ?? whole) : whole;
  const isHex = /^#x/i.test(name);
  const code = isHex ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
  return code > 0 && code <= CODE_POINT_MAX ? String.fromCodePoint(code) : whole;
}

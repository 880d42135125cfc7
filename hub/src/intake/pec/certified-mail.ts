/**
 * One mail as it was received, read as certified mail: what it says it is, whether that is proved,
 * and what the provider certifies. No header of PEC is named beyond this folder: what succeeds it
 * (REM) becomes another reader of the same model. Pure.
 *
 * Structure: multipart/signed [ multipart/mixed [ text, daticert.xml, postacert.eml ], smime.p7s ].
 * Danger: daticert.xml is taken from the direct children of what was signed, never from a list of
 * all attachments: postacert.eml is written by the sender, and may hold a forged one.
 */
import type { Certificate } from '#kernel/crypto.ts';
import { type Instant, instant } from '#kernel/instant.ts';
import { isAboutOwnMail, type MailKind } from '#kernel/words/mail.ts';
import { type Daticert, readDaticert } from './daticert.ts';
import { isLastNotice, needsDaticert, readClaimedKind } from './kind.ts';
import {
  findHeader,
  type MailPart,
  readContentType,
  readMailPart,
  readPartName,
  splitMultipart,
} from './mail-part.ts';
import { type MailWords, readMailWords, readPartBytes, readPartText } from './mail-text.ts';
import { type UncertifiedReason, verifySignature } from './signature.ts';

export type Certification =
  | { readonly isCertified: true; readonly signer: string; readonly digest: string }
  | {
      readonly isCertified: false;
      readonly reason: UncertifiedReason;
      /** For people: what exactly is wrong. */
      readonly detail: string;
    };

export type CertifiedMail = {
  /** As it claims; `certification` says whether that is proved. */
  readonly kind: MailKind;
  readonly certification: Certification;
  readonly words: MailWords;
  readonly daticert: Daticert | null;
  /** The message that this one is about, as its sender named it. */
  readonly reference: string | null;
  /** Of a notice that time has run out: whether it is the last one; null = it does not say. */
  readonly isLastNotice: boolean | null;
  /** A virus is why. */
  readonly isVirus: boolean;
  /** Written by a program, as an absence notice is. */
  readonly isAutomatic: boolean;
  /** About a mail that Tocsin has sent: whoever is told of it by mail causes the next one. */
  readonly isAboutOwn: boolean;
};

export type CertifiedMailReading =
  | { readonly ok: true; readonly mail: CertifiedMail }
  | { readonly ok: false; readonly sentence: string };

export async function readCertifiedMail(
  bytes: Uint8Array,
  basis: { readonly anchors: readonly Certificate[]; readonly now: Instant },
): Promise<CertifiedMailReading> {
  const reading = readMailPart(bytes);
  if (!reading.ok) return reading;
  const outer = reading.part;
  if (!isMail(outer)) return { ok: false, sentence: 'it has none of the headers that a mail has' };
  const frame = readFrame(outer);
  if (!frame.ok) return frame;
  const words = await readMailWords(outer);
  const found = await readChildren(frame.content);
  if (!found.ok) return found;
  const { daticert, texts, original } = found;
  const kind = readClaimedKind(outer, daticert);
  const claim = { kind, daticert, words };
  const reference = findHeader(outer, 'x-riferimento-message-id');
  return {
    ok: true,
    mail: {
      kind,
      certification: await certify(frame, claim, basis),
      words,
      daticert,
      reference,
      isLastNotice:
        kind === 'preavviso-errore-consegna'
          ? isLastNotice([daticert?.errorText ?? null, ...texts])
          : null,
      isVirus:
        daticert?.errore === 'virus' || findHeader(outer, 'x-verificasicurezza') === 'errore',
      ...readOrigin([outer, ...(original === null ? [] : [original])], {
        isNotice: kind !== 'posta-certificata' && kind !== 'unknown' && kind !== 'errore',
        reference: daticert?.messageId ?? reference,
      }),
    },
  };
}

/** A person who answers a mail of ours is heard; a program that does is not. */
function readOrigin(
  parts: readonly MailPart[],
  about: { readonly isNotice: boolean; readonly reference: string | null },
): Pick<CertifiedMail, 'isAutomatic' | 'isAboutOwn'> {
  const automatic = parts.some(isAutomatic);
  const answered = parts.flatMap((part) => [
    findHeader(part, 'in-reply-to') ?? '',
    findHeader(part, 'references') ?? '',
  ]);
  const isReceiptOfOwn = about.isNotice && isAboutOwnMail(about.reference ?? '');
  const isAutomaticAnswer = automatic && answered.some(isAboutOwnMail);
  return { isAutomatic: automatic, isAboutOwn: isReceiptOfOwn || isAutomaticAnswer };
}

const MAIL_HEADERS: readonly string[] = [
  'from',
  'received',
  'message-id',
  'return-path',
  'subject',
];

function isMail(part: MailPart): boolean {
  return part.headers.some(({ name }) => MAIL_HEADERS.includes(name));
}

type Frame = {
  readonly ok: true;
  /** What was signed; of an unsigned mail the whole of it. */
  readonly content: MailPart;
  /** Null: nothing was signed. */
  readonly signature: MailPart | null;
};

function readFrame(outer: MailPart): Frame | { readonly ok: false; readonly sentence: string } {
  if (readContentType(outer).type !== 'multipart/signed') {
    return { ok: true, content: outer, signature: null };
  }
  const split = splitMultipart(outer);
  if (!split.ok) return split;
  const [first, second] = split.children;
  if (first === undefined) return { ok: true, content: outer, signature: null };
  const content = readMailPart(first);
  const signature = second === undefined ? null : readMailPart(second);
  if (!content.ok) return content;
  if (signature?.ok === false) return signature;
  const isSignature = signature !== null && isPkcs7(signature.part);
  return { ok: true, content: content.part, signature: isSignature ? signature.part : null };
}

/** Providers write it with and without the `x-`. */
function isPkcs7(part: MailPart): boolean {
  return /^application\/(?:x-)?pkcs7-signature$/.test(readContentType(part).type);
}

type Children = {
  readonly ok: true;
  readonly daticert: Daticert | null;
  readonly texts: readonly string[];
  readonly original: MailPart | null;
};

async function readChildren(
  content: MailPart,
): Promise<Children | { readonly ok: false; readonly sentence: string }> {
  const split = splitMultipart(content);
  if (!split.ok) return split;
  const parts: MailPart[] = [];
  for (const child of split.children) {
    const reading = readMailPart(child);
    if (!reading.ok) return reading;
    parts.push(reading.part);
  }
  const daticerts = parts.filter(isDaticert);
  const [first] = daticerts;
  // Two of them, and nobody can say which one is meant.
  const daticert =
    daticerts.length === 1 && first !== undefined ? await parseDaticert(first) : null;
  const texts = await Promise.all(parts.filter(isText).map(readPartText));
  const enclosed = parts.find((part) => readContentType(part).type === 'message/rfc822');
  const original = enclosed === undefined ? null : readMailPart(enclosed.body);
  return { ok: true, daticert, texts, original: original?.ok === true ? original.part : null };
}

function isDaticert(part: MailPart): boolean {
  const { type } = readContentType(part);
  if (type === 'message/rfc822') return false;
  return readPartName(part) === 'daticert.xml';
}

function isText(part: MailPart): boolean {
  const { type } = readContentType(part);
  return (type === 'text/plain' || type === 'multipart/alternative') && !isDaticert(part);
}

async function parseDaticert(part: MailPart): Promise<Daticert | null> {
  const bytes = await readPartBytes(part);
  const reading = bytes === null ? null : readDaticert(bytes);
  return reading?.ok === true ? reading.daticert : null;
}

type Claim = {
  readonly kind: MailKind;
  readonly daticert: Daticert | null;
  readonly words: MailWords;
};

async function certify(
  frame: Frame,
  claim: Claim,
  basis: { readonly anchors: readonly Certificate[]; readonly now: Instant },
): Promise<Certification> {
  const { kind, daticert, words } = claim;
  if (kind === 'unknown') return refuse('not_pec', 'it is none of the kinds of certified mail');
  if (frame.signature === null) return refuse('unsigned', 'it has no signature');
  const signature = await readPartBytes(frame.signature);
  if (signature === null) return refuse('tampered', 'the signature cannot be read');
  const content = frame.content.bytes;
  const signed = {
    signature,
    fromAddress: words.fromAddress,
    // A moment that has not come yet proves nothing.
    at: instant(Math.min(daticert?.at ?? words.date ?? basis.now, basis.now)),
  };
  let verdict = await verifySignature({ ...signed, content }, basis.anchors);
  if (!verdict.ok && verdict.reason === 'tampered' && !content.includes(CR)) {
    const restored = restoreLineBreaks(content);
    verdict = await verifySignature({ ...signed, content: restored }, basis.anchors);
  }
  if (!verdict.ok) return refuse(verdict.reason, verdict.detail);
  if (needsDaticert(kind) && daticert === null) {
    return refuse('daticert_missing', 'what was signed holds no daticert.xml that can be read');
  }
  return { isCertified: true, signer: verdict.signer, digest: verdict.digest };
}

function refuse(reason: UncertifiedReason, detail: string): Certification {
  return { isCertified: false, reason, detail };
}

const CR = 0x0d;

/**
 * Programs that fetch mail often hand it on with the line breaks of their system, without a single
 * CR. What was signed had CR LF: put back, the signature proves the same words.
 */
function restoreLineBreaks(content: Uint8Array): Uint8Array {
  const text = Buffer.from(content).toString('latin1').replaceAll('\n', '\r\n');
  return new Uint8Array(Buffer.from(text, 'latin1'));
}

/** RFC 3834, and what older programs write instead. */
function isAutomatic(part: MailPart): boolean {
  const submitted = findHeader(part, 'auto-submitted')?.toLowerCase() ?? 'no';
  return !/^no\b/.test(submitted) || findHeader(part, 'x-autoreply') !== null;
}

/**
 * The raw bytes of a mail, cut into parts without changing one of them: what was signed can only
 * be checked on the very bytes that were signed. Pure.
 *
 * Danger: a mail is written by strangers, and general mail parsers put the parts of a mail that
 * lies inside another into one list with those of the outer one. Here a part holds only its direct
 * children, and nothing is looked for deeper than it belongs.
 */
import { LIMITS } from '#kernel/limits.ts';

export type MailHeader = {
  /** In lower case. */
  readonly name: string;
  /** Unfolded, as it was written: nothing is decoded. */
  readonly value: string;
};

export type MailPart = {
  readonly headers: readonly MailHeader[];
  /** Headers and body. */
  readonly bytes: Uint8Array;
  readonly body: Uint8Array;
};

export type PartReading =
  | { readonly ok: true; readonly part: MailPart }
  | { readonly ok: false; readonly sentence: string };

const LF = 0x0a;
const CR = 0x0d;

/** Headers, an empty line, and the rest; a part may have no headers at all. */
export function readMailPart(bytes: Uint8Array): PartReading {
  const { headerEnd, bodyStart } = findBody(bytes);
  if (headerEnd > LIMITS.pecHeaderBytesMax) {
    return refuse(`the headers have more than ${LIMITS.pecHeaderBytesMax} bytes`);
  }
  const headers = parseHeaders(viewBytes(bytes.subarray(0, headerEnd)).toString('latin1'));
  if (headers.length > LIMITS.pecHeadersMax) {
    return refuse(`there are more than ${LIMITS.pecHeadersMax} headers`);
  }
  return { ok: true, part: { headers, bytes, body: bytes.subarray(bodyStart) } };
}

function refuse(sentence: string): PartReading {
  return { ok: false, sentence };
}

function findBody(bytes: Uint8Array): { readonly headerEnd: number; readonly bodyStart: number } {
  let from = 0;
  for (;;) {
    const end = bytes.indexOf(LF, from);
    if (end === -1) return { headerEnd: bytes.length, bodyStart: bytes.length };
    const isEmpty = end === from || (end === from + 1 && bytes[from] === CR);
    if (isEmpty) return { headerEnd: from, bodyStart: end + 1 };
    from = end + 1;
  }
}

/** Lines that are no headers are skipped: mailboxes write `From ` lines, programs write odd ones. */
function parseHeaders(block: string): readonly MailHeader[] {
  const headers: { name: string; value: string }[] = [];
  let isKnown = false;
  for (const line of block.split(/\r?\n/)) {
    if (/^[ \t]/.test(line)) {
      const last = headers.at(-1);
      if (isKnown && last !== undefined) last.value = `${last.value} ${line.trim()}`.trim();
      continue;
    }
    const match = /^([!-9;-~]+)[ \t]*:(.*)$/s.exec(line);
    isKnown = match !== null;
    if (match === null) continue;
    const [, name = '', value = ''] = match;
    headers.push({ name: name.toLowerCase(), value: value.trim() });
  }
  return headers;
}

/** The first of that name. */
export function findHeader(part: MailPart, name: string): string | null {
  return part.headers.find((header) => header.name === name)?.value ?? null;
}

export type ContentType = {
  /** In lower case, as `multipart/signed`. */
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
};

const PARAMETER = /;\s*([!#$%&'*+.^_`|~\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))/g;

/** Of a part that says nothing: plain text, as the standard has it. */
export function readContentType(part: MailPart): ContentType {
  return parseTyped(findHeader(part, 'content-type') ?? 'text/plain');
}

/** A value with parameters; of two parameters of one name the first counts. */
function parseTyped(value: string): ContentType {
  const type = (/^[^;\s]*/.exec(value)?.[0] ?? '').toLowerCase();
  const parameters = new Map<string, string>();
  for (const [, name = '', quoted, plain = ''] of value.matchAll(PARAMETER)) {
    const key = name.toLowerCase();
    const text = quoted === undefined ? plain : quoted.replaceAll(/\\(.)/g, '$1');
    if (!parameters.has(key)) parameters.set(key, text);
  }
  return { type, parameters };
}

/** What a part calls itself, in lower case: by its disposition, else by its type. */
export function readPartName(part: MailPart): string | null {
  const disposition = findHeader(part, 'content-disposition');
  const named =
    disposition === null ? undefined : parseTyped(disposition).parameters.get('filename');
  const name = named ?? readContentType(part).parameters.get('name');
  return name === undefined || name === '' ? null : name.toLowerCase();
}

export type ChildrenReading =
  | { readonly ok: true; readonly children: readonly Uint8Array[] }
  | { readonly ok: false; readonly sentence: string };

/**
 * The raw bytes of the children of a multipart, in order: each from after the line of its
 * delimiter to before the line break that belongs to the next one. None when it is no multipart.
 */
export function splitMultipart(part: MailPart): ChildrenReading {
  const { type, parameters } = readContentType(part);
  const boundary = parameters.get('boundary');
  if (!type.startsWith('multipart/') || boundary === undefined || boundary === '') {
    return { ok: true, children: [] };
  }
  const body = viewBytes(part.body);
  const delimiter = Buffer.from(`--${boundary}`, 'latin1');
  const children: Uint8Array[] = [];
  let start: number | null = null;
  for (let at = body.indexOf(delimiter); at !== -1; at = body.indexOf(delimiter, at + 1)) {
    const line = readDelimiter(body, at, delimiter.length);
    if (line === null) continue;
    if (start !== null) children.push(part.body.subarray(start, dropLineBreak(body, start, at)));
    if (children.length > LIMITS.pecPartsMax) {
      return { ok: false, sentence: `a part has more than ${LIMITS.pecPartsMax} parts` };
    }
    start = line.isLast ? null : line.end;
    if (line.isLast) break;
  }
  // The last delimiter is missing: what is there is there, as with a mail that was cut off.
  if (start !== null) children.push(part.body.subarray(start));
  return { ok: true, children };
}

/** Null where the bytes stand within a line, or are only the beginning of a longer boundary. */
function readDelimiter(
  body: Buffer,
  at: number,
  length: number,
): { readonly end: number; readonly isLast: boolean } | null {
  if (at > 0 && body[at - 1] !== LF) return null;
  const lineEnd = body.indexOf(LF, at);
  const end = lineEnd === -1 ? body.length : lineEnd + 1;
  const rest = body.toString('latin1', at + length, Math.min(end, at + length + REST_CHARS_MAX));
  const match = /^(--)?[ \t]*\r?\n?$/.exec(rest);
  return match === null ? null : { end, isLast: match[1] !== undefined };
}

/** Padding behind a delimiter; a longer line is none. */
const REST_CHARS_MAX = 80;

/** The line break before a delimiter belongs to the delimiter. */
function dropLineBreak(body: Buffer, start: number, at: number): number {
  if (at <= start) return start;
  const isCrLf = at - 2 >= start && body[at - 2] === CR;
  return isCrLf ? at - 2 : at - 1;
}

function viewBytes(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

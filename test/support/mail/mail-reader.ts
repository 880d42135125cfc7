/** A small reader of mails, enough for what a test asks: headers, and the parts decoded. */

export type ReadMail = {
  /** Names in lower case, values unfolded and decoded. */
  readonly headers: ReadonlyMap<string, string>;
  readonly headerNames: readonly string[];
  readonly text: string;
  readonly html: string;
};

export function readMail(raw: string): ReadMail {
  const { headers, names, body } = splitMail(raw);
  const parts = listParts(headers.get('content-type') ?? '', body).map(splitMail);
  const whole = parts.length === 0 ? [{ headers, body }] : parts;
  const find = (type: string): string => {
    const part = whole.find((each) => (each.headers.get('content-type') ?? '').startsWith(type));
    return part === undefined ? '' : decodeBody(part.headers, part.body);
  };
  return { headers, headerNames: names, text: find('text/plain'), html: find('text/html') };
}

function splitMail(raw: string) {
  const end = raw.indexOf('\r\n\r\n');
  const unfolded = raw.slice(0, end).replaceAll(/\r\n[ \t]+/g, ' ');
  const rows = unfolded.split('\r\n').map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), decodeWords(line.slice(colon + 1).trim())] as const;
  });
  return {
    headers: new Map(rows),
    names: rows.map(([name]) => name),
    body: raw.slice(end + 4),
  };
}

function listParts(contentType: string, body: string): readonly string[] {
  const boundary = /boundary="?([^";]+)"?/.exec(contentType)?.[1];
  if (boundary === undefined) return [];
  const [content = ''] = `\r\n${body}`.split(`\r\n--${boundary}--`);
  return content.split(`\r\n--${boundary}\r\n`).slice(1);
}

function decodeBody(headers: ReadonlyMap<string, string>, body: string): string {
  switch (headers.get('content-transfer-encoding')) {
    case 'base64':
      return Buffer.from(body, 'base64').toString('utf8');
    case 'quoted-printable':
      return decodeQuoted(body.replaceAll(/=\r\n/g, ''));
    default:
      return body;
  }
}

function decodeQuoted(text: string): string {
  const bytes = text.replaceAll(/=([0-9A-F]{2})/g, (_match, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

/** RFC 2047; blanks between two encoded words belong to the encoding. */
function decodeWords(text: string): string {
  return text
    .replaceAll(/\?=\s+=\?/g, '?==?')
    .replaceAll(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_match, kind: string, word: string) =>
      kind.toLowerCase() === 'b'
        ? Buffer.from(word, 'base64').toString('utf8')
        : decodeQuoted(word.replaceAll('_', ' ')),
    );
}

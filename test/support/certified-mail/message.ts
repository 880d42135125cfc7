/**
 * Certified mail as providers write it, byte by byte, so that a test can write what none of the
 * recorded messages holds: other kinds, other structures, other lies.
 */
import { type Signer, signContent, type SignOptions } from './authority.ts';

export type Notice = {
  readonly tipo: string;
  readonly errore?: string;
  readonly sender?: string;
  /** `esterno:` before an address of ordinary mail. */
  readonly recipients?: readonly string[];
  readonly subject?: string | null;
  readonly day?: string;
  readonly clock?: string;
  readonly zone?: string;
  readonly identifier?: string | null;
  readonly messageId?: string | null;
  readonly recipient?: string | null;
  readonly receiptType?: string | null;
  readonly errorText?: string | null;
};

const OFFICE = 'ufficio@pec.studio-lume.example.it';
export const TOWN = 'protocollo@pec.comune-prova.example.it';
export const PROVIDER = 'posta-certificata@pec.gestore-prova.example.it';
export const IDENTIFIER = 'prova7.20260318160512.0047.1.61@pec.gestore-prova.example.it';

function tag(name: string, value: string | null): string {
  return value === null ? '' : `<${name}>${escapeXml(value)}</${name}>`;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** As a provider writes it. */
export function writeDaticert(notice: Notice): string {
  const { recipients = [TOWN], day = '18/03/2026', clock = '16:05:33', zone = '+0100' } = notice;
  const listed = recipients.map((one) => {
    const address = one.replace('esterno:', '');
    const type = one.startsWith('esterno:') ? 'esterno' : 'certificato';
    return `<destinatari tipo="${type}">${escapeXml(address)}</destinatari>`;
  });
  const { messageId = '<m-1@studio-lume.example.it>', identifier = IDENTIFIER } = notice;
  const receipt = notice.receiptType ?? null;
  return `<?xml version="1.0" encoding="UTF-8"?>
<postacert tipo="${notice.tipo}" errore="${notice.errore ?? 'nessuno'}">
  <intestazione>
    ${tag('mittente', notice.sender ?? OFFICE)}
    ${listed.join('\n    ')}
    ${tag('risposte', notice.sender ?? OFFICE)}
    ${tag('oggetto', notice.subject === undefined ? 'Atto di prova 12' : notice.subject)}
  </intestazione>
  <dati>
    ${tag('gestore-emittente', 'Gestore di Prova S.p.A.')}
    <data zona="${zone}"><giorno>${day}</giorno><ora>${clock}</ora></data>
    ${tag('identificativo', identifier)}
    ${tag('msgid', messageId)}
    ${receipt === null ? '' : `<ricevuta tipo="${receipt}"/>`}
    ${tag('consegna', notice.recipient === undefined ? null : notice.recipient)}
    ${tag('errore-esteso', notice.errorText ?? null)}
  </dati>
</postacert>`;
}

export type MessageOptions = {
  readonly headers?: Readonly<Record<string, string>>;
  /** Null: there is none. */
  readonly daticert?: string | null;
  readonly text?: string;
  /** postacert.eml: what the sender wrote. */
  readonly original?: string | null;
  /** The original before daticert.xml, as some providers write it. */
  readonly isSwapped?: boolean;
  /** Children of the signed part besides these, as they stand. */
  readonly more?: readonly string[];
  readonly signatureType?: string;
  readonly micalg?: string;
  readonly signing?: SignOptions;
};

/** Lines as mail has them. */
export function crlf(text: string): string {
  return text.replaceAll(/\r?\n/g, '\r\n');
}

/** What a provider signs: the first part of the message. */
function writeContent(options: MessageOptions): string {
  const { daticert = null, original = null } = options;
  const text = `Content-Type: text/plain; charset="iso-8859-1"
Content-Transfer-Encoding: quoted-printable

${options.text ?? 'Il messaggio =E8 stato trattato.'}
`;
  const lines = Buffer.from(daticert ?? '')
    .toString('base64')
    .replaceAll(/.{76}/g, '$&\n');
  const certificate =
    daticert === null
      ? []
      : [
          `Content-Type: application/xml; name="daticert.xml"
Content-Disposition: inline; filename="daticert.xml"
Content-Transfer-Encoding: base64

${lines}
`,
        ];
  const enclosed =
    original === null
      ? []
      : [
          `Content-Type: message/rfc822; name="postacert.eml"
Content-Disposition: inline; filename="postacert.eml"

${original}`,
        ];
  const order =
    options.isSwapped === true ? [...enclosed, ...certificate] : [...certificate, ...enclosed];
  const parts = [text, ...(options.more ?? []), ...order];
  return `Content-Type: multipart/mixed; boundary="----=_inner"

${parts.map((part) => `------=_inner\n${part}\n`).join('')}------=_inner--
`;
}

const HEADERS: Readonly<Record<string, string>> = {
  'Return-Path': `<${PROVIDER}>`,
  Subject: 'AVVISO: Atto di prova 12',
  Date: 'Wed, 18 Mar 2026 16:05:33 +0100',
  'Message-ID': '<prova7.961@pec.gestore-prova.example.it>',
  To: OFFICE,
  From: PROVIDER,
  'MIME-Version': '1.0',
};

function writeHeaders(options: MessageOptions): string {
  return Object.entries({ ...HEADERS, ...options.headers })
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name}: ${value}\n`)
    .join('');
}

/** Signed by a provider. */
export async function writeSigned(signer: Signer, options: MessageOptions): Promise<Buffer> {
  const content = crlf(writeContent(options));
  const p7s = await signContent(Buffer.from(content, 'latin1'), signer, options.signing);
  const { signatureType = 'application/pkcs7-signature', micalg = '"sha-256"' } = options;
  const head = `${writeHeaders(options)}Content-Type: multipart/signed; \
protocol="${signatureType}"; micalg=${micalg}; boundary="----outer"

This is an S/MIME signed message

------outer
`;
  const lines = Buffer.from(p7s).toString('base64').replaceAll(/.{76}/g, '$&\n');
  const tail = `
------outer
Content-Type: ${signatureType}; name="smime.p7s"
Content-Transfer-Encoding: base64
Content-Disposition: attachment; filename="smime.p7s"

${lines}
------outer--
`;
  return Buffer.from(`${crlf(head)}${content}${crlf(tail)}`, 'latin1');
}

/** The same structure, and nobody's signature. */
export function writeUnsigned(options: MessageOptions): Buffer {
  return Buffer.from(crlf(`${writeHeaders(options)}${writeContent(options)}`), 'latin1');
}

/**
 * Whether a certified mail was signed by a provider that the source trusts (RFC 6109, 4.7): the
 * signature fits these very bytes, the signer's certificate leads to a pinned one and was valid
 * when the receipt was written, and it is made out to the address that the mail comes from. Pure.
 *
 * Dangers, each of which a test holds against it:
 * - a signature that brings its own content along proves that content, not the mail's;
 * - a certificate with a provider's name in it can be made by anybody;
 * - certificates can sign one another in a circle: the search for a path is bounded;
 * - SHA-1 and certificates that have expired since are normal in old mail: noted, not refused.
 */
import { CryptoEngine, ContentInfo, SignedData, SignedDataVerifyError } from 'pkijs';
import { type Certificate, parseCertificate, WEB_CRYPTO } from '#kernel/crypto.ts';
import type { Instant } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';

/** Why a mail does not count as certified. */
export type UncertifiedReason =
  | 'unsigned'
  | 'untrusted'
  | 'tampered'
  | 'expired_at_receipt'
  | 'domain_mismatch'
  | 'daticert_missing'
  | 'not_pec';

export type SignatureVerdict =
  | {
      readonly ok: true;
      readonly signer: string;
      readonly fingerprint: string;
      readonly digest: string;
    }
  | { readonly ok: false; readonly reason: UncertifiedReason; readonly detail: string };

export type SignedMail = {
  /** The first part, byte for byte. */
  readonly content: Uint8Array;
  /** smime.p7s, out of its transfer encoding. */
  readonly signature: Uint8Array;
  readonly fromAddress: string | null;
  /** When the receipt was written. */
  readonly at: Instant;
};

const ENGINE = new CryptoEngine({ name: 'node', crypto: WEB_CRYPTO });

const SIGNED_DATA = '1.2.840.113549.1.7.2';
const PLAIN_DATA = '1.2.840.113549.1.7.1';

export async function verifySignature(
  mail: SignedMail,
  anchors: readonly Certificate[],
): Promise<SignatureVerdict> {
  const signed = parseSigned(mail.signature);
  if (signed === null) return refuse('tampered', 'the signature cannot be read');
  const fault = findShapeFault(signed);
  if (fault !== null) return refuse('tampered', fault);
  const certificates = parseCertificates(signed);
  const checked = await checkContent(signed, mail.content);
  if (!checked.ok) return checked;
  const signer = certificates.find((one) => one.fingerprint === checked.fingerprint);
  if (signer === undefined) return refuse('untrusted', 'the signer sent no readable certificate');
  const distrust = findDistrust(signer, { certificates, anchors, at: mail.at });
  if (distrust !== null) return distrust;
  const mismatch = findMismatch(signer, mail.fromAddress);
  if (mismatch !== null) return refuse('domain_mismatch', mismatch);
  const { subject, fingerprint } = signer;
  return { ok: true, signer: subject, fingerprint, digest: checked.digest };
}

function refuse(reason: UncertifiedReason, detail: string) {
  return { ok: false, reason, detail } as const;
}

function parseSigned(signature: Uint8Array): SignedData | null {
  if (signature.length > LIMITS.pecSignatureBytesMax) return null;
  try {
    const info = ContentInfo.fromBER(new Uint8Array(signature));
    return info.contentType === SIGNED_DATA ? new SignedData({ schema: info.content }) : null;
  } catch {
    return null;
  }
}

/** One signer, a detached signature, and attributes that name the digest of the content. */
function findShapeFault(signed: SignedData): string | null {
  const { encapContentInfo, signerInfos, certificates } = signed;
  if (encapContentInfo.eContent !== undefined) return 'the signature brings its own content along';
  if (encapContentInfo.eContentType !== PLAIN_DATA) return 'the signature is not one of a mail';
  if (signerInfos.length !== 1) return `the signature has ${signerInfos.length} signers, not one`;
  if (signerInfos[0]?.signedAttrs === undefined) return 'the signature names no digest';
  const count = certificates?.length ?? 0;
  return count > LIMITS.pecCertificatesMax ? `there are ${count} certificates in it` : null;
}

/** Those that can be read: a sender may add what it likes. */
function parseCertificates(signed: SignedData): readonly Certificate[] {
  return (signed.certificates ?? []).flatMap((one) => parseDer(one) ?? []);
}

type Encodable = { readonly toSchema: () => { readonly toBER: () => ArrayBuffer } };

function parseDer(certificate: Encodable): Certificate | null {
  try {
    return parseCertificate(new Uint8Array(certificate.toSchema().toBER()));
  } catch {
    return null;
  }
}

type ContentCheck =
  | { readonly ok: true; readonly fingerprint: string; readonly digest: string }
  | { readonly ok: false; readonly reason: UncertifiedReason; readonly detail: string };

async function checkContent(signed: SignedData, content: Uint8Array): Promise<ContentCheck> {
  const digest = nameDigest(signed);
  try {
    const data = new Uint8Array(content).buffer;
    const how = { signer: 0, data, checkChain: false, extendedMode: true } as const;
    const result = await signed.verify(how, ENGINE);
    const certificate = result.signerCertificate;
    if (result.signatureVerified !== true) {
      return refuse('tampered', 'the signature is not one of the key in the certificate');
    }
    const parsed = certificate === null || certificate === undefined ? null : parseDer(certificate);
    if (parsed === null) return refuse('untrusted', 'the certificate of the signer cannot be read');
    return { ok: true, fingerprint: parsed.fingerprint, digest };
  } catch (error) {
    return explainFailure(error);
  }
}

/** pkijs numbers what it found. */
const NO_CERTIFICATES = 2;
const NO_SIGNER_CERTIFICATE = 3;
const UNKNOWN_ALGORITHM = 7;

function explainFailure(error: unknown): ContentCheck {
  const code = error instanceof SignedDataVerifyError ? error.code : null;
  if (code === NO_CERTIFICATES || code === NO_SIGNER_CERTIFICATE) {
    return refuse('untrusted', 'the certificate of the signer is not in the signature');
  }
  if (code === UNKNOWN_ALGORITHM) return refuse('untrusted', 'the digest is of an unknown kind');
  return refuse('tampered', 'the content is not what was signed: it was changed on its way');
}

const DIGESTS: Readonly<Record<string, string>> = {
  '1.3.14.3.2.26': 'sha1',
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};

function nameDigest(signed: SignedData): string {
  const id = signed.signerInfos[0]?.digestAlgorithm.algorithmId ?? '';
  return DIGESTS[id] ?? id;
}

type Basis = {
  readonly certificates: readonly Certificate[];
  readonly anchors: readonly Certificate[];
  readonly at: Instant;
};

/** Null when a path leads to a pinned certificate, and all of it was valid at that moment. */
function findDistrust(signer: Certificate, basis: Basis) {
  if (basis.anchors.length === 0) {
    return refuse('untrusted', 'the source trusts no certificate: set trusted_certificates');
  }
  const paths = findPaths([signer], basis);
  if (paths.length === 0) {
    const detail = signer.isSelfSigned
      ? 'the signer has made its certificate itself'
      : 'no trusted certificate has issued that of the signer';
    return refuse('untrusted', detail);
  }
  const isValid = paths.some((path) => path.every((one) => isValidAt(one, basis.at)));
  if (isValid) return null;
  const isEarly = basis.at < signer.notBefore;
  const when = isEarly ? 'was not valid yet' : 'had expired';
  return refuse('expired_at_receipt', `a certificate ${when} when the receipt was written`);
}

function isValidAt({ notBefore, notAfter }: Certificate, at: Instant): boolean {
  return notBefore <= at && at <= notAfter;
}

type Path = readonly Certificate[];

/** Each from the signer to a pinned one; bounded in length, and by what was sent along. */
function findPaths(path: Path, basis: Basis): readonly Path[] {
  const last = path.at(-1);
  if (last === undefined) return [];
  if (basis.anchors.some((anchor) => anchor.fingerprint === last.fingerprint)) return [path];
  const ended = basis.anchors
    .filter((anchor) => anchor.isAuthority && last.isIssuedBy(anchor))
    .map((anchor) => [...path, anchor]);
  if (ended.length > 0 || path.length >= LIMITS.pecPathMax) return ended;
  return basis.certificates
    .filter((one) => one.isAuthority && !path.includes(one) && last.isIssuedBy(one))
    .flatMap((one) => findPaths([...path, one], basis));
}

/** The certificate of a provider is made out to the address that its notices come from. */
function findMismatch(signer: Certificate, fromAddress: string | null): string | null {
  const domain = readDomain(fromAddress ?? '');
  const domains = signer.mailAddresses.map(readDomain);
  if (domain !== '' && domains.includes(domain)) return null;
  const made = domains.length === 0 ? 'no address' : domains.join(', ');
  const given = domain === '' ? 'nobody' : domain;
  return `the certificate is made out to ${made}, the mail says it comes from ${given}`;
}

function readDomain(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1).toLowerCase();
}

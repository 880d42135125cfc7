/**
 * The only wrapper of node:crypto. Deterministic: nonces and random bytes are arguments.
 * Danger: a nonce must never be used twice with one key; `platform/secret-box.ts` draws them.
 */
import {
  argon2,
  createCipheriv,
  createDecipheriv,
  hash,
  timingSafeEqual,
  webcrypto,
  X509Certificate,
} from 'node:crypto';
import { assert } from './decision.ts';
import { type Instant, instantFromDate } from './instant.ts';

export const AES_KEY_BYTES = 32;
export const GCM_NONCE_BYTES = 12;
export const GCM_TAG_BYTES = 16;

/** Text counts as its UTF-8 bytes. */
export type Bytes = Uint8Array | string;

export function sha256(content: Bytes): Uint8Array {
  return new Uint8Array(hash('sha256', content, 'buffer'));
}

export function sha256Hex(content: Bytes): string {
  return hash('sha256', content, 'hex');
}

export function hmacSha256(key: Bytes, content: Bytes): Uint8Array {
  return createHmacSha256(key)(content);
}

const HMAC_BLOCK_BYTES = 64;
const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;

/**
 * HMAC (RFC 2104) with a key that is used again and again: two one-shot hashes behind prepared
 * pads. Node's own createHmac prepares the key anew each time, ten times the work.
 */
export function createHmacSha256(key: Bytes): (content: Bytes) => Uint8Array {
  const given = typeof key === 'string' ? encodeUtf8(key) : key;
  const short = given.length > HMAC_BLOCK_BYTES ? sha256(given) : given;
  const inner = new Uint8Array(HMAC_BLOCK_BYTES).fill(INNER_PAD);
  const outer = new Uint8Array(HMAC_BLOCK_BYTES).fill(OUTER_PAD);
  for (const [at, byte] of short.entries()) {
    inner[at] = byte ^ INNER_PAD;
    outer[at] = byte ^ OUTER_PAD;
  }
  return (content) => {
    const bytes = typeof content === 'string' ? encodeUtf8(content) : content;
    return sha256(concatBytes([outer, sha256(concatBytes([inner, bytes]))]));
  };
}

/** Takes the same time wherever the two differ, and also when their lengths do. */
export function equalsConstantTime(left: Bytes, right: Bytes): boolean {
  return timingSafeEqual(sha256(left), sha256(right));
}

/** The same for two hashes, which have one length. */
export function isSameHash(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && timingSafeEqual(left, right);
}

export type Argon2Cost = {
  readonly memoryKib: number;
  readonly passes: number;
  readonly lanes: number;
};

/** Slow and hungry on purpose; in a thread of its own, so that nothing else waits for it. */
export function argon2id(
  password: Bytes,
  salt: Uint8Array,
  cost: Argon2Cost & { readonly hashBytes: number },
): Promise<Uint8Array> {
  const options = {
    message: password,
    nonce: salt,
    memory: cost.memoryKib,
    passes: cost.passes,
    parallelism: cost.lanes,
    tagLength: cost.hashBytes,
  };
  return new Promise((resolve, reject) => {
    argon2('argon2id', options, (error, bytes) => {
      if (error === null) resolve(new Uint8Array(bytes));
      else reject(error);
    });
  });
}

export type GcmKey = { readonly key: Uint8Array; readonly nonce: Uint8Array };

/** Returns ciphertext and tag, in that order. `aad` is authenticated but not contained. */
export function sealAesGcm(secret: GcmKey, plain: Uint8Array, aad: Uint8Array): Uint8Array {
  checkGcmKey(secret);
  const cipher = createCipheriv('aes-256-gcm', secret.key, secret.nonce);
  cipher.setAAD(aad);
  return concatBytes([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** Null when anything was changed: key, nonce, `aad`, ciphertext or tag. */
export function openAesGcm(secret: GcmKey, sealed: Uint8Array, aad: Uint8Array): Uint8Array | null {
  checkGcmKey(secret);
  if (sealed.length < GCM_TAG_BYTES) return null;
  const cut = sealed.length - GCM_TAG_BYTES;
  const options = { authTagLength: GCM_TAG_BYTES };
  const decipher = createDecipheriv('aes-256-gcm', secret.key, secret.nonce, options);
  decipher.setAAD(aad);
  decipher.setAuthTag(sealed.subarray(cut));
  const plain = decipher.update(sealed.subarray(0, cut));
  try {
    return concatBytes([plain, decipher.final()]);
  } catch {
    return null;
  }
}

function checkGcmKey(secret: GcmKey): void {
  assert(secret.key.length === AES_KEY_BYTES, `an AES-256 key has ${AES_KEY_BYTES} bytes`);
  assert(secret.nonce.length === GCM_NONCE_BYTES, `a GCM nonce has ${GCM_NONCE_BYTES} bytes`);
}

export function encodeBase64(bytes: Uint8Array): string {
  return viewBytes(bytes).toString('base64');
}

export function encodeBase64Url(bytes: Uint8Array): string {
  return viewBytes(bytes).toString('base64url');
}

/** Strict: the one canonical spelling of RFC 4648, with padding. Anything else is null. */
export function decodeBase64(text: string): Uint8Array | null {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? new Uint8Array(bytes) : null;
}

/** Strict: the canonical spelling without padding. */
export function decodeBase64Url(text: string): Uint8Array | null {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? new Uint8Array(bytes) : null;
}

export function encodeHex(bytes: Uint8Array): string {
  return viewBytes(bytes).toString('hex');
}

/** Of digits that were checked. */
export function decodeHex(digits: string): Uint8Array {
  return new Uint8Array(Buffer.from(digits, 'hex'));
}

export function encodeUtf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Null when the bytes are not UTF-8: nothing is replaced silently. */
export function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** Each part behind its length, so that no two lists of parts give the same bytes. */
export function joinUnambiguously(parts: readonly string[]): Uint8Array {
  return encodeUtf8(parts.map((part) => `${part.length}:${part}`).join(''));
}

function viewBytes(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** For libraries that check signatures with what they are handed. */
export const WEB_CRYPTO = webcrypto;

/** What we ask of an X.509 certificate. */
export type Certificate = {
  /** SHA-256 of the whole of it, in hex. */
  readonly fingerprint: string;
  /** For people, on one line. */
  readonly subject: string;
  readonly isAuthority: boolean;
  readonly isSelfSigned: boolean;
  readonly notBefore: Instant;
  readonly notAfter: Instant;
  /** Of its subjectAltName, in lower case. */
  readonly mailAddresses: readonly string[];
  /** By name, by what its key may be used for, and by the signature itself. */
  readonly isIssuedBy: (issuer: Certificate) => boolean;
};

const certificates = new WeakMap<Certificate, X509Certificate>();

/** From PEM or DER; null for anything else. */
export function parseCertificate(content: Bytes): Certificate | null {
  let known: X509Certificate;
  try {
    known = new X509Certificate(content);
  } catch {
    return null;
  }
  const certificate: Certificate = {
    fingerprint: sha256Hex(new Uint8Array(known.raw)),
    subject: known.subject.replaceAll(/\s*\n\s*/g, ', '),
    isAuthority: known.ca,
    isSelfSigned: isSignedBySelf(known),
    notBefore: instantFromDate(known.validFromDate),
    notAfter: instantFromDate(known.validToDate),
    mailAddresses: listMailAddresses(known.subjectAltName),
    isIssuedBy: (issuer) => {
      const other = certificates.get(issuer);
      return other !== undefined && isIssued(known, other);
    },
  };
  certificates.set(certificate, known);
  return certificate;
}

function isIssued(certificate: X509Certificate, issuer: X509Certificate): boolean {
  try {
    return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
  } catch {
    // A key of a kind that we do not know.
    return false;
  }
}

/** Whatever its key may be used for. */
function isSignedBySelf(certificate: X509Certificate): boolean {
  try {
    return certificate.subject === certificate.issuer && certificate.verify(certificate.publicKey);
  } catch {
    return false;
  }
}

/** Names that hold commas or quotes are written in quotes, and are no address of anybody. */
function listMailAddresses(names: string | undefined): readonly string[] {
  return (names ?? '').split(', ').flatMap((name) => {
    const address = /^email:([^\s"@,]+@[^\s"@,]+)$/.exec(name)?.[1];
    return address === undefined ? [] : [address.toLowerCase()];
  });
}

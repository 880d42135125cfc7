/**
 * An authority for certified mail, and the providers that it certifies: keys and certificates that
 * live as long as a test does. Nothing of it is trusted by anybody but the test.
 */
import type { webcrypto } from 'node:crypto';
import { BitString, Integer, ObjectIdentifier, OctetString, Utf8String } from 'asn1js';
import {
  AlgorithmIdentifier,
  Attribute,
  AttributeTypeAndValue,
  BasicConstraints,
  Certificate,
  ContentInfo,
  CryptoEngine,
  EncapsulatedContentInfo,
  Extension,
  GeneralName,
  GeneralNames,
  IssuerAndSerialNumber,
  SignedAndUnsignedAttributes,
  SignedData,
  SignerInfo,
  Time,
} from 'pkijs';
import { WEB_CRYPTO } from '#kernel/crypto.ts';

const ENGINE = new CryptoEngine({ name: 'test', crypto: WEB_CRYPTO });

export type Signer = {
  readonly certificate: Certificate;
  readonly pem: string;
  readonly privateKey: webcrypto.CryptoKey;
  readonly digest: Digest;
};

export type Digest = 'SHA-1' | 'SHA-256';

export type SignerOptions = {
  readonly name: string;
  /** Null: it signs its certificate itself. */
  readonly issuer?: Signer | null;
  readonly isAuthority?: boolean;
  /** Of its subjectAltName. */
  readonly address?: string;
  readonly notBefore?: string;
  readonly notAfter?: string;
  readonly digest?: Digest;
};

let serial = 1;

export async function createSigner(options: SignerOptions): Promise<Signer> {
  const digest = options.digest ?? 'SHA-256';
  const keys = await createKeys(digest);
  const certificate = new Certificate();
  certificate.version = 2;
  serial += 1;
  certificate.serialNumber = new Integer({ value: serial });
  nameParty(certificate.subject, options.name);
  const { issuer = null } = options;
  if (issuer === null) nameParty(certificate.issuer, options.name);
  else certificate.issuer = issuer.certificate.subject;
  certificate.notBefore = timeOf(options.notBefore ?? '2020-01-01T00:00:00Z');
  certificate.notAfter = timeOf(options.notAfter ?? '2045-01-01T00:00:00Z');
  certificate.extensions = listExtensions(options);
  await certificate.subjectPublicKeyInfo.importKey(keys.publicKey, ENGINE);
  await certificate.sign(issuer?.privateKey ?? keys.privateKey, issuer?.digest ?? digest, ENGINE);
  const base64 = Buffer.from(certificate.toSchema(true).toBER()).toString('base64');
  const lines = base64.replaceAll(/.{64}/g, '$&\n');
  const pem = `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
  return { certificate, pem, privateKey: keys.privateKey, digest };
}

/** SHA-1 was always used with RSA; keys on a curve are made in no time. */
async function createKeys(digest: Digest): Promise<webcrypto.CryptoKeyPair> {
  if (digest === 'SHA-256') {
    const curve = { name: 'ECDSA', namedCurve: 'P-256' };
    return WEB_CRYPTO.subtle.generateKey(curve, true, ['sign', 'verify']);
  }
  const rsa = {
    name: 'RSASSA-PKCS1-v1_5',
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
    hash: digest,
  };
  return WEB_CRYPTO.subtle.generateKey(rsa, true, ['sign', 'verify']);
}

function nameParty(party: Certificate['subject'], name: string): void {
  const texts = [
    ['2.5.4.10', name],
    ['2.5.4.3', 'Posta Certificata'],
  ] as const;
  for (const [type, value] of texts) {
    party.typesAndValues.push(
      new AttributeTypeAndValue({ type, value: new Utf8String({ value }) }),
    );
  }
}

function timeOf(text: string): Time {
  return new Time({ value: new Date(text) });
}

const KEY_CERT_SIGN = 0x06;
const DIGITAL_SIGNATURE = 0x80;

function listExtensions({ isAuthority = false, address }: SignerOptions): Extension[] {
  const usage = new BitString({
    valueHex: new Uint8Array([isAuthority ? KEY_CERT_SIGN : DIGITAL_SIGNATURE]).buffer,
  });
  const found = [extend('2.5.29.15', usage.toBER(), true)];
  if (isAuthority) {
    found.push(extend('2.5.29.19', new BasicConstraints({ cA: true }).toSchema().toBER(), true));
  }
  if (address !== undefined) {
    const names = new GeneralNames({ names: [new GeneralName({ type: 1, value: address })] });
    found.push(extend('2.5.29.17', names.toSchema().toBER(), false));
  }
  return found;
}

function extend(extnID: string, extnValue: ArrayBuffer, critical: boolean): Extension {
  return new Extension({ extnID, critical, extnValue });
}

export type SignOptions = {
  /** Certificates that are sent along; the signer's own unless given. */
  readonly certificates?: readonly Certificate[];
  /** The signature brings this content along, and is about it. */
  readonly enclosed?: Uint8Array;
};

const DIGESTS: Readonly<Record<Digest, string>> = {
  'SHA-1': '1.3.14.3.2.26',
  'SHA-256': '2.16.840.1.101.3.4.2.1',
};

/** smime.p7s of the content, as DER. */
export async function signContent(
  content: Uint8Array,
  signer: Signer,
  options: SignOptions = {},
): Promise<Uint8Array> {
  const data = new Uint8Array(options.enclosed ?? content);
  const digest = await WEB_CRYPTO.subtle.digest(signer.digest, data);
  const attributes = [
    ['1.2.840.113549.1.9.3', new ObjectIdentifier({ value: '1.2.840.113549.1.7.1' })],
    ['1.2.840.113549.1.9.4', new OctetString({ valueHex: digest })],
  ] as const;
  const signed = new SignedData({
    version: 1,
    encapContentInfo: new EncapsulatedContentInfo({
      eContentType: '1.2.840.113549.1.7.1',
      ...(options.enclosed === undefined
        ? {}
        : { eContent: new OctetString({ valueHex: data.buffer }) }),
    }),
    signerInfos: [
      new SignerInfo({
        version: 1,
        sid: new IssuerAndSerialNumber({
          issuer: signer.certificate.issuer,
          serialNumber: signer.certificate.serialNumber,
        }),
        digestAlgorithm: new AlgorithmIdentifier({ algorithmId: DIGESTS[signer.digest] }),
        signedAttrs: new SignedAndUnsignedAttributes({
          type: 0,
          attributes: attributes.map(([type, value]) => new Attribute({ type, values: [value] })),
        }),
      }),
    ],
    certificates: [...(options.certificates ?? [signer.certificate])],
  });
  await signed.sign(signer.privateKey, 0, signer.digest, data.buffer, ENGINE);
  const info = new ContentInfo({
    contentType: '1.2.840.113549.1.7.2',
    content: signed.toSchema(true),
  });
  return new Uint8Array(info.toSchema().toBER());
}

/**
 * The certificates that a source trusts to sign certified mail: those of the providers' authority,
 * or those of the providers themselves. Pure.
 *
 * Danger: without pinned ones anybody can make a certificate with a provider's name in it.
 */
import { type Certificate, parseCertificate } from '#kernel/crypto.ts';
import type { ErrorDetail } from '#kernel/error-codes.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { JsonValue } from '#kernel/syntax/json.ts';

export type AnchorReading = {
  readonly anchors: readonly Certificate[];
  readonly faults: readonly ErrorDetail[];
};

const PEM = /-----BEGIN ([A-Z0-9 ]{1,40})-----[^-]*-----END \1-----/g;

/** A list of PEM texts, each of which may hold several; or one text. */
export function readAnchors(value: JsonValue | undefined): AnchorReading {
  if (value === undefined || value === null) return { anchors: [], faults: [] };
  const texts: readonly JsonValue[] = Array.isArray(value) ? value : [value];
  const known = typeof value === 'object' ? cache.get(value) : undefined;
  if (known !== undefined) return known;
  const anchors: Certificate[] = [];
  const faults: ErrorDetail[] = [];
  const sizes = texts.map((one) => (typeof one === 'string' ? one.length : 0));
  const chars = sizes.reduce((sum, size) => sum + size, 0);
  if (chars > LIMITS.pecTrustedCharsMax) {
    const message = `has more than ${LIMITS.pecTrustedCharsMax} characters`;
    return { anchors, faults: [{ path: NAME, message }] };
  }
  for (const [index, text] of texts.entries()) {
    const path = Array.isArray(value) ? `${NAME}[${index}]` : NAME;
    const read = readTexts(text);
    if (typeof read === 'string') faults.push({ path, message: read });
    else anchors.push(...read);
  }
  if (anchors.length > LIMITS.pecTrustedMax) {
    faults.push({ path: NAME, message: `holds more than ${LIMITS.pecTrustedMax} certificates` });
  }
  const reading = { anchors, faults };
  if (typeof value === 'object') cache.set(value, reading);
  return reading;
}

const NAME = 'trusted_certificates';

/** Settings are kept in memory as one object until they change. */
const cache = new WeakMap<object, AnchorReading>();

/** The certificates of one text, or what is wrong with it. */
function readTexts(text: JsonValue): readonly Certificate[] | string {
  if (typeof text !== 'string') return 'must be text: certificates as PEM';
  const blocks = [...text.matchAll(PEM)];
  if (blocks.length === 0) {
    return 'holds no certificate; it begins with -----BEGIN CERTIFICATE-----';
  }
  const found: Certificate[] = [];
  for (const [block, label = ''] of blocks) {
    if (label.endsWith('PRIVATE KEY')) return 'holds a private key, which nobody else may have';
    if (label !== 'CERTIFICATE') return `holds a ${label}, which is no certificate`;
    const certificate = parseCertificate(block);
    if (certificate === null) return 'holds a certificate that cannot be read';
    found.push(certificate);
  }
  return found;
}

/**
 * Identity of a problem from its labels, exactly as Alertmanager computes it: FNV-1a over 64 bits
 * of name, 0xFF, value, 0xFF for each label, names in the order of their UTF-8 bytes.
 * Good for grouping; not a security token (the keyed `alert_key` is what storage is looked up by).
 */

/** The algorithm's version leads the value, so that a better one can stand beside it. */
const PREFIX = 'am1:';

const OFFSET_HIGH = 0xcbf29ce4;
const OFFSET_LOW = 0x84222325;
/** The prime is 2^40 + 0x1b3. */
const PRIME_LOW = 0x1b3;
const SEPARATOR = 0xff;
const UINT32_RANGE = 2 ** 32;

export function computeFingerprint(labels: Readonly<Record<string, string>>): string {
  const hash = { high: OFFSET_HIGH, low: OFFSET_LOW };
  for (const name of Object.keys(labels).toSorted(compareUtf8)) {
    const value = labels[name];
    if (value === undefined || value === '') continue;
    addText(hash, name);
    addByte(hash, SEPARATOR);
    addText(hash, value);
    addByte(hash, SEPARATOR);
  }
  return PREFIX + toHex(hash.high) + toHex(hash.low);
}

/** As Alertmanager prints it: 16 hex digits. */
export function renderBareFingerprint(fingerprint: string): string {
  return fingerprint.startsWith(PREFIX) ? fingerprint.slice(PREFIX.length) : fingerprint;
}

type Hash = { high: number; low: number };

function addByte(hash: Hash, byte: number): void {
  const low = (hash.low ^ byte) >>> 0;
  const product = low * PRIME_LOW;
  const carry = Math.floor(product / UINT32_RANGE);
  // (h << 40) puts the low half, shifted by 8, onto the high half. Sums stay below 2^53, of which
  // >>> takes the lower 32 bits.
  hash.high = (hash.high * PRIME_LOW + carry + ((low << 8) >>> 0)) >>> 0;
  hash.low = product >>> 0;
}

const encoder = new TextEncoder();

function addText(hash: Hash, text: string): void {
  for (let at = 0; at < text.length; at += 1) {
    if (text.charCodeAt(at) > 0x7f) {
      for (const byte of encoder.encode(text.slice(at))) addByte(hash, byte);
      return;
    }
    addByte(hash, text.charCodeAt(at));
  }
}

/** UTF-8 byte order is code point order, which differs from UTF-16's beyond U+FFFF. */
function compareUtf8(one: string, other: string): number {
  const length = Math.min(one.length, other.length);
  for (let at = 0; at < length; at += 1) {
    if (one.charCodeAt(at) === other.charCodeAt(at)) continue;
    return (one.codePointAt(at) ?? 0) - (other.codePointAt(at) ?? 0);
  }
  return one.length - other.length;
}

function toHex(half: number): string {
  return half.toString(16).padStart(8, '0');
}

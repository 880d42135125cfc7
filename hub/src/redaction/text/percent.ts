/** Text that is percent-encoded, as in the query of a URL: decoded, redacted, encoded again. */
import { MASK_PATTERN } from '#redaction/mask.ts';

const PIECE = /[^\s&=?#;,"'`<>()]+/g;
const ENCODED = /%[0-9A-Fa-f]{2}/;

/** `redact` looks into what a piece says when it is decoded. */
export function redactEncoded(text: string, redact: (plain: string) => string): string {
  return text.replace(PIECE, (piece) => {
    if (!ENCODED.test(piece)) return piece;
    const plain = decode(piece);
    if (plain === null || plain === piece) return piece;
    const redacted = redact(plain);
    return redacted === plain ? piece : encode(redacted);
  });
}

function decode(piece: string): string | null {
  try {
    return decodeURIComponent(piece);
  } catch {
    // Half a character, or a `%` that encodes nothing: what can be read is ASCII.
    const plain = piece.replace(/%([2-7][0-9A-Fa-f])/g, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
    return plain === piece ? null : plain;
  }
}

/** Masks stay readable. */
function encode(plain: string): string {
  let encoded = '';
  let at = 0;
  for (const { index, 0: mask } of plain.matchAll(MASK_PATTERN)) {
    encoded += encodePart(plain.slice(at, index)) + mask;
    at = index + mask.length;
  }
  return encoded + encodePart(plain.slice(at));
}

function encodePart(part: string): string {
  return encodeURIComponent(part.toWellFormed());
}

/**
 * Places that finders found, and the text with masks in their stead. Finders may overlap: what was
 * found first keeps its characters, and a later hit gets what is left of its own, so that nothing
 * that any of them found stays readable.
 */
import { MASK_PATTERN, type MaskClass, type NameMask } from '#redaction/mask.ts';

export type Hit = {
  readonly start: number;
  readonly end: number;
  readonly maskClass: MaskClass;
  /** What the mask is called, where that is not the class. */
  readonly label?: string;
  /** The spelling that all spellings of this value have in common; its own where there is none. */
  readonly normalised?: string;
};

export type Tally = { total: number; readonly counts: Map<MaskClass, number> };

export function createTally(): Tally {
  return { total: 0, counts: new Map() };
}

export function count(tally: Tally, maskClass: MaskClass): void {
  tally.total += 1;
  tally.counts.set(maskClass, (tally.counts.get(maskClass) ?? 0) + 1);
}

/** Told beside the class of the field that they stand in: they are what must be revoked. */
const TOLD_INSIDE: ReadonlySet<MaskClass> = new Set<MaskClass>([
  'jwt',
  'aws_key_id',
  'github_token',
  'gitlab_token',
  'slack_token',
  'stripe_key',
  'sentry_token',
  'telegram_token',
  'vendor_token',
  'private_key',
]);

/** Whose owner is an existing mask. */
const MASK = -1;
const FREE = 0;
const SAYS_SOMETHING = /[\p{L}\p{N}]/u;

export type Masking = { readonly nameMask: NameMask; readonly tally: Tally };

/** `hits` in the order of their rank. Returns the very same text when there is nothing to mask. */
export function maskHits(text: string, hits: readonly Hit[], masking: Masking): string {
  if (hits.length === 0) return text;
  const owners = new Int32Array(text.length);
  for (const { index, 0: mask } of text.matchAll(MASK_PATTERN)) {
    owners.fill(MASK, index, index + mask.length);
  }
  for (const [index, hit] of hits.entries()) {
    let isAlone = false;
    for (let at = hit.start; at < hit.end; at += 1) {
      if (owners[at] !== FREE) continue;
      owners[at] = index + 1;
      isAlone = true;
    }
    if (!isAlone && TOLD_INSIDE.has(hit.maskClass)) countInside(hit, owners, masking);
  }
  return renderPieces(text, { hits, owners, masking });
}

/** Unless it is inside of a mask that stood there before. */
function countInside(hit: Hit, owners: Int32Array, { tally }: Masking): void {
  if (owners[hit.start] !== MASK) count(tally, hit.maskClass);
}

type Painted = {
  readonly hits: readonly Hit[];
  readonly owners: Int32Array;
  readonly masking: Masking;
};

function renderPieces(text: string, { hits, owners, masking }: Painted): string {
  let rendered = '';
  let at = 0;
  while (at < text.length) {
    const owner = owners[at] ?? FREE;
    let end = at + 1;
    while (end < text.length && owners[end] === owner) end += 1;
    const piece = text.slice(at, end);
    const hit = owner > FREE ? hits[owner - 1] : undefined;
    rendered += hit === undefined ? piece : renderPiece(piece, hit, masking);
    at = end;
  }
  return rendered;
}

function renderPiece(piece: string, hit: Hit, { nameMask, tally }: Masking): string {
  const { maskClass, label, normalised } = hit;
  if (!SAYS_SOMETHING.test(piece)) return piece;
  count(tally, maskClass);
  const isWhole = piece.length === hit.end - hit.start;
  return nameMask(label ?? maskClass, isWhole ? (normalised ?? piece) : piece);
}

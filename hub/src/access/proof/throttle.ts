/**
 * How often anybody may guess. A guess is counted before it is looked at, so that many at once do
 * not slip through together; a right one gives back what it was charged.
 *
 * Counted are the name and the address it comes from. A browser in which somebody logged in under
 * that name before is known, and is counted by itself alone: so nobody can keep others out of
 * their own login by guessing at it. Names that do not exist are counted like all. Pure.
 */
import { decodeBase64Url, encodeBase64Url, isSameHash, sha256 } from '#kernel/crypto.ts';
import { type Instant, plusMs } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';

export type BucketKind = 'name' | 'address' | 'browser';

/** What guesses are counted for. */
export type BucketRef = { readonly kind: BucketKind; readonly hash: Uint8Array };

export type BucketState = {
  readonly guesses: number;
  readonly lastGuessAt: Instant;
  readonly blockedUntil: Instant | null;
};

export type Bucket = BucketRef & { readonly state: BucketState };

export type Charge =
  | { readonly kind: 'blocked'; readonly until: Instant }
  | { readonly kind: 'charged'; readonly buckets: readonly Bucket[] };

const FREE: Readonly<Record<BucketKind, number>> = {
  name: LIMITS.guessesPerNameMax,
  address: LIMITS.guessesPerAddressMax,
  browser: LIMITS.guessesPerBrowserMax,
};

export function refBucket(kind: BucketKind, what: string): BucketRef {
  return { kind, hash: sha256(`${kind} ${what}`) };
}

/** The buckets of one guess; `browser` names the one that it is known by. */
export function listBuckets(guess: {
  readonly login: string;
  readonly address: string;
  readonly browser: string | null;
}): readonly BucketRef[] {
  if (guess.browser !== null) return [refBucket('browser', `${guess.browser} ${guess.login}`)];
  return [refBucket('name', guess.login), refBucket('address', networkOf(guess.address))];
}

/** One household or machine has 2^64 addresses of IPv6. */
export function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
  if (!plain.includes(':')) return plain;
  const [head = '', tail = ''] = plain.split('::');
  const [parts, rest] = [head, tail].map((half) => (half === '' ? [] : half.split(':')));
  const [given, behind] = [parts ?? [], rest ?? []];
  const zeros = Array.from({ length: Math.max(0, 8 - given.length - behind.length) }, () => '0');
  return [...given, ...zeros, ...behind]
    .slice(0, NETWORK_PARTS)
    .map((part) => part.replace(/^0+(?=.)/, '').toLowerCase())
    .join(':');
}

/** Of eight. */
const NETWORK_PARTS = 4;

export function chargeGuess(buckets: readonly Bucket[], now: Instant): Charge {
  const blocks = buckets.flatMap(({ state: { blockedUntil } }) =>
    blockedUntil !== null && blockedUntil > now ? [blockedUntil] : [],
  );
  if (blocks.length > 0) return { kind: 'blocked', until: blocks.reduce(later) };
  return { kind: 'charged', buckets: buckets.map((bucket) => chargeOne(bucket, now)) };
}

function later(one: Instant, other: Instant): Instant {
  return one > other ? one : other;
}

function chargeOne(bucket: Bucket, now: Instant): Bucket {
  const { state, kind } = bucket;
  const isForgotten = now >= plusMs(state.lastGuessAt, LIMITS.guessForgetMs);
  const guesses = (isForgotten ? 0 : state.guesses) + 1;
  const waitMs = findWaitMs(guesses, FREE[kind]);
  const blockedUntil = waitMs === 0 ? null : plusMs(now, waitMs);
  return { ...bucket, state: { guesses, lastGuessAt: now, blockedUntil } };
}

function findWaitMs(guesses: number, free: number): number {
  if (guesses < free) return 0;
  // Bounded before it is doubled: 2^1024 is no number.
  const doublings = Math.min(guesses - free, 32);
  return Math.min(LIMITS.guessWaitMaxMs, LIMITS.guessWaitMinMs * 2 ** doublings);
}

/**
 * After a right guess. What counts for one person begins anew; of an address only this guess is
 * taken back, for others guess from it too.
 */
export function refundGuess({ kind, state }: Bucket): BucketState {
  const guesses = kind === 'address' ? Math.max(0, state.guesses - 1) : 0;
  return { ...state, guesses, blockedUntil: null };
}

type Sign = (content: string) => Uint8Array;

const NONCE_CHARS = 22;

/** What a browser keeps of a login, beside others: `nonce.signature`. */
export function makeKnownLogin(login: string, nonce: Uint8Array, sign: Sign): string {
  const text = encodeBase64Url(nonce);
  return `${text}.${encodeBase64Url(sign(`${text} ${login}`))}`;
}

/** The nonce of the entry that is of this login; null when there is none. */
export function findKnownLogin(kept: string, login: string, sign: Sign): string | null {
  for (const entry of listKnownLogins(kept)) {
    const [nonce = '', signature = ''] = entry.split('.');
    const given = decodeBase64Url(signature);
    if (nonce.length !== NONCE_CHARS || given === null) continue;
    if (isSameHash(given, sign(`${nonce} ${login}`))) return nonce;
  }
  return null;
}

/** The newest first; one workplace has several operators. */
export function keepKnownLogin(kept: string, entry: string, replaced: string | null): string {
  const others = listKnownLogins(kept).filter((one) => !one.startsWith(`${replaced ?? ' '}.`));
  return [entry, ...others].slice(0, LIMITS.knownLoginsPerBrowserMax).join('~');
}

function listKnownLogins(kept: string): readonly string[] {
  const entries = kept.split('~').filter((entry) => /^[\w-]{22}\.[\w-]{43}$/.test(entry));
  return entries.slice(0, LIMITS.knownLoginsPerBrowserMax);
}

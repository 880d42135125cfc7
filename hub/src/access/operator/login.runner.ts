/**
 * Logging in and out. In this order: the guess is counted, the password is hashed, and then, in
 * one transaction under the lock of the operator, the code is judged, used up and answered with a
 * session.
 *
 * Danger: what is refused is refused alike. A name that nobody has, a wrong password and a wrong
 * code cost the same work and get the same answer, so that nobody learns which of them was right.
 * Emits: `onLogin` once per try; `onAccessChanged` when a session ended.
 */
import { CodedError } from '#kernel/error-codes.ts';
import { sessionId } from '#kernel/id.ts';
import { type Instant, plusMs } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { Clock, Ids, Log, Random } from '#kernel/ports.ts';
import { hashPassword, NO_PASSWORD, verifyPassword } from '#access/proof/password-hash.ts';
import { normalisePassword } from '#access/proof/password.ts';
import { hashRecoveryCode, readRecoveryCode } from '#access/proof/recovery-code.ts';
import {
  type Bucket,
  chargeGuess,
  findKnownLogin,
  keepKnownLogin,
  listBuckets,
  makeKnownLogin,
  refundGuess,
} from '#access/proof/throttle.ts';
import { findTotpStep, readTotpCode, renderTotpSecret } from '#access/proof/totp.ts';
import type { Turns } from '#access/proof/turns.ts';
import { hashToken, makeToken, type Session } from '#access/session/session.ts';
import type { RecordAudit } from '#platform/http/acting.ts';
import type { Database, Queryable, Transaction } from '#platform/postgres/postgres.ts';
import type { OpenedSecret } from '#platform/secret-box.ts';
import { noteDeed } from './operator-note.ts';
import { type Operator, principalOfOperator, readLogin } from './operator.ts';
import {
  findByLogin,
  findOperator,
  hasRecoveryCode,
  type Known,
  lockByLogin,
  noteLogin,
  useRecoveryCode,
} from './operator.store.ts';
import { deleteSessionByHash, findSessionByHash, insertSession } from './session.store.ts';
import { deleteBucket, lockBuckets, saveBucket } from './throttle.store.ts';

export type LoginResult = 'succeeded' | 'failed' | 'throttled';

export type LoginDeps = {
  readonly database: Database;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly random: Random;
  readonly hashing: Turns;
  readonly log: Log;
  readonly openTotp: (operator: Pick<Operator, 'operatorId'>, sealed: string) => OpenedSecret;
  readonly signKnown: (content: string) => Uint8Array;
  readonly recordAudit: RecordAudit;
  readonly onLogin: (result: LoginResult) => void;
  readonly onAccessChanged: () => void;
};

/** Where somebody stands. */
export type Place = { readonly address: string; readonly agent: string };

export type LoginTry = {
  readonly login: string;
  readonly password: string;
  readonly code: string;
  readonly place: Place;
  /** What the browser keeps of logins before. */
  readonly known: string;
  /** Of the session that it has now, which ends. */
  readonly sessionToken: string | null;
};

export type LoginAnswer =
  | { readonly kind: 'logged_in'; readonly token: string; readonly known: string }
  | { readonly kind: 'refused' }
  | { readonly kind: 'throttled'; readonly waitMs: number };

export async function logIn(deps: LoginDeps, given: LoginTry): Promise<LoginAnswer> {
  // A name that nobody can have is counted like the others.
  const login = readLogin(given.login) ?? given.login.slice(0, LIMITS.loginCharsMax);
  const browser = findKnownLogin(given.known, login, deps.signKnown);
  const refs = listBuckets({ login, address: given.place.address, browser });
  const charge = await deps.database.transaction(async (tx) => {
    const now = deps.clock.now();
    const charged = chargeGuess(await lockBuckets(tx, refs, now), now);
    if (charged.kind === 'charged') await saveBuckets(tx, charged.buckets);
    return charged;
  });
  if (charge.kind === 'blocked') {
    deps.onLogin('throttled');
    return { kind: 'throttled', waitMs: charge.until - deps.clock.now() };
  }
  const entering: Entering = { login, refs: charge.buckets, given };
  const answer = await deps.hashing.take(() => judge(deps, entering));
  // It was never looked at.
  if (answer === null) {
    await deps.database.transaction((tx) => refund(tx, entering, deps.clock.now()));
    throw new CodedError('not_ready');
  }
  deps.onLogin(answer.kind === 'logged_in' ? 'succeeded' : 'failed');
  return answer;
}

type Entering = {
  readonly login: string;
  readonly refs: readonly Bucket[];
  readonly given: LoginTry;
};

async function saveBuckets(tx: Queryable, buckets: readonly Bucket[]): Promise<void> {
  for (const bucket of buckets) await saveBucket(tx, bucket, bucket.state);
}

/**
 * By what the rows say now: others may have guessed meanwhile. Returns how many guesses at the
 * name, or in this browser, went wrong before.
 */
async function refund(tx: Queryable, { refs }: Entering, now: Instant): Promise<number> {
  let wrong = 0;
  for (const bucket of await lockBuckets(tx, refs, now)) {
    if (bucket.kind !== 'address') wrong = Math.max(0, bucket.state.guesses - 1);
    const state = refundGuess(bucket);
    if (state.guesses === 0) await deleteBucket(tx, bucket);
    else await saveBucket(tx, bucket, state);
  }
  return wrong;
}

type Judged = Exclude<LoginAnswer, { kind: 'throttled' }>;

async function judge(deps: LoginDeps, entering: Entering): Promise<Judged> {
  const { database, random } = deps;
  const { login, given } = entering;
  const password = normalisePassword(given.password);
  const before = await database.read((db) => findByLogin(db, login));
  const stored = before?.credentials?.passwordHash ?? null;
  const verified = await verifyPassword(password, stored ?? NO_PASSWORD);
  const isRight = verified.isRight && stored !== null;
  const passwordHash =
    isRight && verified.isOutdated
      ? await hashPassword(password, random.bytes(LIMITS.passwordSaltBytes))
      : stored;
  return database.transaction(async (tx) => {
    const now = deps.clock.now();
    const known = await lockByLogin(tx, login);
    const proof = await findProof(deps, { tx, known, code: given.code, now });
    // Reset, or disabled, while the password was hashed.
    const isStill =
      known?.credentials?.passwordHash === stored && known.operator.disabledAt === null;
    if (known === null || proof === null || passwordHash === null || !isRight || !isStill) {
      return { kind: 'refused' };
    }
    const { operatorId } = known.operator;
    if (proof.codeHash !== null) await useRecoveryCode(tx, operatorId, proof.codeHash);
    await noteLogin(tx, operatorId, { passwordHash, totpStep: proof.totpStep, now });
    const wrongTries = await refund(tx, entering, now);
    const how = { by_recovery_code: proof.codeHash !== null, wrong_tries_before: wrongTries };
    const by = principalOfOperator(known.operator);
    deps.recordAudit(tx, noteDeed('logged_in', known.operator, how), by);
    await endOldSession(tx, given.sessionToken);
    const token = await openSession(deps, tx, { operator: known.operator, place: given.place });
    return { kind: 'logged_in', token, known: rememberLogin(deps, login, given.known) };
  });
}

type Proof = { readonly totpStep: number; readonly codeHash: Uint8Array | null };

/** For the work of it, when there is nobody to prove anything. */
const NOBODYS_SECRET = renderTotpSecret(new Uint8Array(LIMITS.totpSecretBytes));

async function findProof(
  deps: LoginDeps,
  given: {
    readonly tx: Queryable;
    readonly known: Known | null;
    readonly code: string;
    readonly now: Instant;
  },
): Promise<Proof | null> {
  const { tx, known, now } = given;
  const lastStep = known?.credentials?.totpStep ?? 0;
  const code = readTotpCode(given.code);
  if (code !== null) {
    const secret = openSecret(deps, known) ?? NOBODYS_SECRET;
    const totpStep = findTotpStep(code, { secret, lastStep }, now);
    return totpStep === null ? null : { totpStep, codeHash: null };
  }
  const plain = readRecoveryCode(given.code);
  if (plain === null || known === null) return null;
  const codeHash = hashRecoveryCode(plain);
  const isThere = await hasRecoveryCode(tx, known.operator.operatorId, codeHash);
  return isThere ? { totpStep: lastStep, codeHash } : null;
}

function openSecret(deps: LoginDeps, known: Known | null): string | null {
  const sealed = known?.credentials?.totpSecret;
  if (known === null || sealed === undefined) return null;
  const opened = deps.openTotp(known.operator, sealed);
  if (opened.ok) return opened.plain;
  // Not a word about it to whoever tries the door.
  const { operatorId } = known.operator;
  deps.log.error('the secret of a login does not open', {
    operator_id: operatorId,
    reason: opened.reason,
  });
  return null;
}

/** What the browser is to keep, by which it is known the next time. */
export function rememberLogin(
  { random, signKnown }: Pick<LoginDeps, 'random' | 'signKnown'>,
  login: string,
  known: string,
): string {
  const entry = makeKnownLogin(login, random.bytes(KNOWN_NONCE_BYTES), signKnown);
  return keepKnownLogin(known, entry, findKnownLogin(known, login, signKnown));
}

const KNOWN_NONCE_BYTES = 16;

/** Whoever logs in anew leaves the session that the browser had. */
async function endOldSession(tx: Queryable, token: string | null): Promise<void> {
  const hash = token === null ? null : hashToken(token);
  if (hash !== null) await deleteSessionByHash(tx, hash);
}

/** Returns its token, which is stored nowhere. */
export async function openSession(
  { clock, ids, random }: Pick<LoginDeps, 'clock' | 'ids' | 'random'>,
  tx: Queryable,
  { operator, place }: { readonly operator: Pick<Operator, 'operatorId'>; readonly place: Place },
): Promise<string> {
  const now = clock.now();
  const token = makeToken(random);
  const hash = hashToken(token);
  if (hash === null) throw new Error('assertion failed: a token has its own form');
  const session: Session = {
    sessionId: sessionId(ids.next(now)),
    operatorId: operator.operatorId,
    createdAt: now,
    lastSeenAt: now,
    expiresAt: plusMs(now, LIMITS.sessionMs),
    ...place,
  };
  await insertSession(tx, session, hash);
  return token;
}

/** What is none any more is none. */
export async function logOut(
  deps: Pick<LoginDeps, 'database' | 'recordAudit' | 'onAccessChanged'>,
  token: string,
): Promise<void> {
  const hash = hashToken(token);
  if (hash === null) return;
  const isEnded = await deps.database.transaction((tx) => endByHash(deps, tx, hash));
  if (isEnded) deps.onAccessChanged();
}

async function endByHash(
  { recordAudit }: Pick<LoginDeps, 'recordAudit'>,
  tx: Transaction,
  hash: Uint8Array,
): Promise<boolean> {
  const session = await findSessionByHash(tx, hash);
  const operator = session === null ? null : await findOperator(tx, null, session.operatorId);
  if (operator === null || !(await deleteSessionByHash(tx, hash))) return false;
  recordAudit(tx, noteDeed('logged_out', operator), principalOfOperator(operator));
  return true;
}

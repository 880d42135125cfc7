/**
 * Set-up links: who has one chooses a password, connects a telephone, and is in. A link is for one
 * person, works once and for a while; a new one ends those before, and nothing of it is stored but
 * its hash.
 *
 * What was chosen waits with the link until a code of the telephone confirms it: nobody is locked
 * out by a telephone that does not fit. The very first administrator of a hub is made by the link
 * that a hub without operators prints; it dies as soon as anybody was set up.
 * Emits: `onAccessChanged` when a set-up has ended the sessions from before.
 */
import { type OperatorId, operatorId } from '#kernel/id.ts';
import { type Instant, plusMs } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { Random } from '#kernel/ports.ts';
import { hashPassword } from '#access/proof/password-hash.ts';
import type { SetUpFault } from '#access/page/phrases/phrases.ts';
import { findPasswordFault, normalisePassword } from '#access/proof/password.ts';
import {
  hashRecoveryCode,
  makeRecoveryCodes,
  readRecoveryCode,
} from '#access/proof/recovery-code.ts';
import { refBucket } from '#access/proof/throttle.ts';
import { findTotpStep, readTotpCode, renderTotpSecret } from '#access/proof/totp.ts';
import { hashToken, makeToken } from '#access/session/session.ts';
import { CodedError } from '#kernel/error-codes.ts';
import type { Database, Queryable, Transaction } from '#platform/postgres/postgres.ts';
import {
  deleteFirstLinks,
  deleteLinksOf,
  findLink,
  insertLink,
  lockLink,
  savePending,
  type SetUpLink,
} from './link.store.ts';
import { type LoginDeps, openSession, type Place, rememberLogin } from './login.runner.ts';
import { noteDeed, noteOperator } from './operator-note.ts';
import { type Operator, principalOfOperator, readLogin } from './operator.ts';
import {
  findByLogin,
  findOperator,
  hasAnySetUp,
  insertOperator,
  lockOperators,
  noteLogin,
  saveCredentials,
} from './operator.store.ts';
import { deleteSessionsOf } from './session.store.ts';
import { deleteBucket } from './throttle.store.ts';

export type SetUpDeps = Pick<
  LoginDeps,
  | 'database'
  | 'recordAudit'
  | 'clock'
  | 'ids'
  | 'random'
  | 'hashing'
  | 'openTotp'
  | 'signKnown'
  | 'onAccessChanged'
> & {
  readonly sealTotp: (id: OperatorId, secret: string) => string;
};

type Made = { readonly token: string; readonly expiresAt: Instant };

/** In the transaction that made, or reset, the operator. Ends the links from before. */
export async function makeLink(
  { random }: Pick<SetUpDeps, 'random'>,
  tx: Queryable,
  {
    operator,
    purpose,
    now,
  }: {
    readonly operator: Pick<Operator, 'operatorId'>;
    readonly purpose: SetUpLink['purpose'];
    readonly now: Instant;
  },
): Promise<Made> {
  await deleteLinksOf(tx, operator.operatorId);
  const expiresAt = plusMs(now, LIMITS.setUpLinkMs);
  const link = { ...operator, purpose, isFirst: false, createdAt: now, expiresAt, pending: null };
  return { token: await storeLink(random, tx, link), expiresAt };
}

async function storeLink(
  random: Random,
  tx: Queryable,
  link: Omit<SetUpLink, 'tokenHash'>,
): Promise<string> {
  const token = makeToken(random);
  const tokenHash = hashToken(token);
  if (tokenHash === null) throw new Error('assertion failed: a token has its own form');
  const { operatorId: id, purpose, isFirst, createdAt, expiresAt, pending } = link;
  await insertLink(tx, {
    tokenHash,
    operatorId: id,
    purpose,
    isFirst,
    createdAt,
    expiresAt,
    pending,
  });
  return token;
}

/** For the first administrator; null when somebody can log in already. */
export async function makeFirstLink(deps: SetUpDeps): Promise<string | null> {
  const { database, clock, ids, random } = deps;
  return database.transaction(async (tx) => {
    if (await hasAnySetUp(tx)) return null;
    const now = clock.now();
    await deleteFirstLinks(tx);
    return storeLink(random, tx, {
      operatorId: operatorId(ids.next(now)),
      purpose: 'set_up',
      isFirst: true,
      createdAt: now,
      expiresAt: plusMs(now, LIMITS.firstLinkMs),
      pending: null,
    });
  });
}

export type Subject = {
  readonly link: SetUpLink;
  /** Null: the first administrator, who is not there yet. */
  readonly operator: Operator | null;
};

/** Null: no such link, or not any more. */
export async function findSubject(
  { database, clock }: SetUpDeps,
  token: string,
): Promise<Subject | null> {
  const hash = hashToken(token);
  if (hash === null) return null;
  return database.read(async (db) => judgeLink(db, await findLink(db, hash), clock.now()));
}

async function judgeLink(
  db: Queryable,
  link: SetUpLink | null,
  now: Instant,
): Promise<Subject | null> {
  if (link === null || link.expiresAt <= now) return null;
  if (link.isFirst) return (await hasAnySetUp(db)) ? null : { link, operator: null };
  const operator = await findOperator(db, null, link.operatorId);
  return operator === null || operator.disabledAt !== null ? null : { link, operator };
}

export type Chosen = {
  readonly name: string;
  readonly login: string;
  readonly password: string;
  readonly repeat: string;
};

export type ChoiceAnswer =
  | { readonly kind: 'dead' }
  | {
      readonly kind: 'wrong';
      readonly operator: Operator | null;
      readonly faults: readonly SetUpFault[];
    }
  | { readonly kind: 'chosen'; readonly secret: string; readonly login: string };

/** A password and, of the first one, a name. A second choice takes the place of the first. */
export async function choose(
  deps: SetUpDeps,
  token: string,
  chosen: Chosen,
): Promise<ChoiceAnswer> {
  const { database, random, hashing } = deps;
  const subject = await findSubject(deps, token);
  if (subject === null) return { kind: 'dead' };
  const { link, operator } = subject;
  const password = normalisePassword(chosen.password);
  const faults = await listFaults(database, operator, { ...chosen, password });
  if (faults.length > 0) return { kind: 'wrong', operator, faults };
  const login = operator?.login ?? readLogin(chosen.login) ?? '';
  const salt = random.bytes(LIMITS.passwordSaltBytes);
  const passwordHash = await hashing.take(() => hashPassword(password, salt));
  if (passwordHash === null) throw new CodedError('not_ready');
  const secret = renderTotpSecret(random.bytes(LIMITS.totpSecretBytes));
  const isSaved = await database.transaction((tx) =>
    savePending(tx, link.tokenHash, {
      passwordHash,
      totpSecret: deps.sealTotp(link.operatorId, secret),
      name: operator === null ? chosen.name.trim() : null,
      login: operator === null ? login : null,
    }),
  );
  return isSaved ? { kind: 'chosen', secret, login } : { kind: 'dead' };
}

async function listFaults(
  database: Database,
  operator: Operator | null,
  chosen: Chosen,
): Promise<readonly SetUpFault[]> {
  const login = operator?.login ?? readLogin(chosen.login);
  const name = operator?.name ?? chosen.name.trim();
  const names = [name, login ?? ''];
  const fault = findPasswordFault(chosen.password, names);
  const isNameGood = name !== '' && name.length <= LIMITS.nameCharsMax && !/\p{Cc}/u.test(name);
  const isTaken =
    operator === null &&
    login !== null &&
    (await database.read((db) => findByLogin(db, login))) !== null;
  return [
    ...(isNameGood ? [] : ['name_missing' as const]),
    ...(login === null || isTaken ? ['login_wrong' as const] : []),
    ...(fault === null ? [] : [fault]),
    ...(chosen.password === normalisePassword(chosen.repeat) ? [] : ['repeat_differs' as const]),
  ];
}

export type ConfirmAnswer =
  | { readonly kind: 'dead' }
  | { readonly kind: 'wrong'; readonly secret: string; readonly login: string }
  | {
      readonly kind: 'done';
      readonly codes: readonly string[];
      readonly operator: Operator;
      /** Of the session that begins. */
      readonly token: string;
      readonly known: string;
    };

/** The first code of the telephone: from now on it counts. */
export async function confirm(
  deps: SetUpDeps,
  token: string,
  given: { readonly code: string; readonly place: Place; readonly known: string },
): Promise<ConfirmAnswer> {
  const hash = hashToken(token);
  if (hash === null) return { kind: 'dead' };
  const answer = await deps.database.transaction(async (tx): Promise<ConfirmAnswer> => {
    const now = deps.clock.now();
    // Before the link's, as everywhere: no two first administrators.
    await lockOperators(tx);
    const subject = await judgeLink(tx, await lockLink(tx, hash), now);
    const pending = subject?.link.pending ?? null;
    if (subject === null || pending === null) return { kind: 'dead' };
    const opened = deps.openTotp(subject.link, pending.totpSecret);
    if (!opened.ok) return { kind: 'dead' };
    const login = subject.operator?.login ?? pending.login ?? '';
    const code = readTotpCode(given.code);
    const secret = opened.plain;
    const totpStep = code === null ? null : findTotpStep(code, { secret, lastStep: 0 }, now);
    if (totpStep === null) return { kind: 'wrong', secret, login };
    const operator = subject.operator ?? (await insertFirst(tx, subject.link, now));
    if (operator === null) return { kind: 'dead' };
    const codes = makeRecoveryCodes(deps.random);
    const { passwordHash, totpSecret } = pending;
    await saveCredentials(tx, operator.operatorId, {
      credentials: { passwordHash, totpSecret, totpStep },
      codeHashes: codes.map((one) => hashRecoveryCode(readRecoveryCode(one) ?? '')),
      now,
    });
    // Whoever has confirmed the telephone is in.
    await noteLogin(tx, operator.operatorId, { passwordHash, totpStep, now });
    await forgetBefore(tx, operator);
    const by = principalOfOperator(operator);
    if (subject.operator === null) {
      deps.recordAudit(tx, noteOperator({ before: null, after: operator }), by);
    }
    deps.recordAudit(tx, noteDeed('set_up', operator, { purpose: subject.link.purpose }), by);
    const session = await openSession(deps, tx, { operator, place: given.place });
    const known = rememberLogin(deps, login, given.known);
    return { kind: 'done', codes, operator, token: session, known };
  });
  if (answer.kind === 'done') deps.onAccessChanged();
  return answer;
}

async function insertFirst(
  tx: Transaction,
  { operatorId: id, pending }: SetUpLink,
  now: Instant,
): Promise<Operator | null> {
  const { name, login } = pending ?? {};
  if (typeof name !== 'string' || typeof login !== 'string') return null;
  // Somebody was given the name since it was chosen.
  if ((await findByLogin(tx, login)) !== null) return null;
  const operator: Operator = {
    operatorId: id,
    name,
    login,
    isHubAdmin: true,
    grants: [],
    isSetUp: false,
    lastLoginAt: null,
    disabledAt: null,
    version: 1,
    createdAt: now,
    updatedAt: now,
  };
  await insertOperator(tx, operator);
  return operator;
}

/** Links, sessions and guesses of before: none of them counts any more. */
async function forgetBefore(tx: Transaction, operator: Operator): Promise<void> {
  await deleteLinksOf(tx, operator.operatorId);
  await deleteFirstLinks(tx);
  await deleteSessionsOf(tx, operator.operatorId);
  await deleteBucket(tx, refBucket('name', operator.login));
}

/** What is stored of operators comes back as it was, and goes when it should. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { sha256 } from '#kernel/crypto.ts';
import { operatorId, projectId, sessionId } from '#kernel/id.ts';
import { plusMs } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import { refBucket } from '#access/proof/throttle.ts';
import type { Session } from '#access/session/session.ts';
import { PROJECT_DEFAULTS } from '#access/key.ts';
import { insertProject } from '#access/store.ts';
import { instantOf } from '#test/support/clock.ts';
import { createTestDatabase, type TestDatabase } from '#test/support/database.ts';
import {
  deleteExpiredLinks,
  deleteFirstLinks,
  deleteLinksOf,
  findLink,
  insertLink,
  lockLink,
  savePending,
  type SetUpLink,
} from './link.store.ts';
import type { Credentials, Operator } from './operator.ts';
import * as store from './operator.store.ts';
import * as sessions from './session.store.ts';
import { deleteBucket, deleteForgottenGuesses, lockBuckets, saveBucket } from './throttle.store.ts';

const NOW = instantOf('2026-11-16T08:00:00Z');
const [NORTH, SOUTH] = [projectId('north'), projectId('south')];
const idOf = (last: number) =>
  operatorId(`0190a000-0000-7000-8000-${String(last).padStart(12, '0')}`);

function createOperator(last: number, more: Partial<Operator> = {}): Operator {
  return {
    operatorId: idOf(last),
    name: `Operator ${last}`,
    login: `operator-${last}`,
    isHubAdmin: false,
    grants: [{ projectId: NORTH, role: 'viewer' }],
    isSetUp: false,
    lastLoginAt: null,
    disabledAt: null,
    version: 1,
    createdAt: plusMs(NOW, last),
    updatedAt: plusMs(NOW, last),
    ...more,
  };
}

const CREDENTIALS: Credentials = {
  passwordHash: '$argon2id$x',
  totpSecret: 'v1.k1.sealed',
  totpStep: 59_000_001,
};

describe('the store of operators', () => {
  let db: TestDatabase;
  const all = { projectIds: null, after: null, rowsMax: 10 };

  before(async () => {
    db = await createTestDatabase();
    for (const id of [NORTH, SOUTH]) {
      await insertProject(db.database, {
        ...PROJECT_DEFAULTS,
        projectId: id,
        name: id,
        version: 1,
        createdAt: NOW,
        updatedAt: NOW,
      });
    }
  });
  after(() => db.drop());

  test('keeps them with their roles, and finds them by project and by login', async () => {
    const anna = createOperator(1);
    const both = createOperator(2, {
      isHubAdmin: true,
      grants: [
        { projectId: NORTH, role: 'admin' },
        { projectId: SOUTH, role: 'responder' },
      ],
    });
    const nobody = createOperator(3, { grants: [] });
    for (const one of [anna, both, nobody]) await store.insertOperator(db.database, one);
    assert.deepEqual(await store.findOperator(db.database, null, anna.operatorId), anna);
    assert.deepEqual(await store.findOperator(db.database, [SOUTH], both.operatorId), both);
    assert.equal(await store.findOperator(db.database, [SOUTH], anna.operatorId), null);
    assert.equal(await store.findOperator(db.database, [NORTH], nobody.operatorId), null);
    assert.deepEqual(await store.listOperators(db.database, all), [nobody, both, anna]);
    const north = { ...all, projectIds: [NORTH] };
    assert.deepEqual(await store.listOperators(db.database, north), [both, anna]);
    const second = { ...all, after: { createdAt: both.createdAt, id: both.operatorId } };
    assert.deepEqual(await store.listOperators(db.database, second), [anna]);
    const known = await store.findByLogin(db.database, 'operator-2');
    assert.deepEqual(known, { operator: both, credentials: null });
    assert.equal(await store.findByLogin(db.database, 'Operator-2'), null, 'as it is compared');
  });

  test('changes them with all roles, and removes them with all that is theirs', async () => {
    const one = createOperator(4);
    await store.insertOperator(db.database, one);
    const changed: Operator = {
      ...one,
      name: 'New',
      login: 'new',
      grants: [{ projectId: SOUTH, role: 'operator' }],
      disabledAt: plusMs(NOW, 9),
      version: 2,
    };
    await store.updateOperator(db.database, changed);
    assert.deepEqual(await store.findOperator(db.database, null, one.operatorId), changed);
    await store.deleteOperator(db.database, one.operatorId);
    assert.equal(await store.findOperator(db.database, null, one.operatorId), null);
  });

  test('takes one login for one person', async () => {
    await store.insertOperator(db.database, createOperator(5));
    const twin = createOperator(6, { login: 'operator-5' });
    await assert.rejects(store.insertOperator(db.database, twin), /operator_login_once/);
  });

  test('has the credentials of a set-up whole, or none of them', async () => {
    const one = createOperator(7, { isHubAdmin: true });
    const { database } = db;
    await store.insertOperator(database, one);
    assert.equal(await store.hasAnySetUp(database), false);
    assert.equal(await store.countHubAdmins(database), 0, 'who cannot log in does not count');
    const codeHashes = ['a', 'b'].map(sha256);
    await store.saveCredentials(database, one.operatorId, {
      credentials: CREDENTIALS,
      codeHashes,
      now: NOW,
    });
    const known = await store.findByLogin(database, one.login);
    assert.deepEqual(known?.credentials, CREDENTIALS);
    assert.deepEqual([known?.operator.isSetUp, known?.operator.version], [true, 2]);
    assert.equal(await store.hasAnySetUp(database), true);
    assert.equal(await store.countHubAdmins(database), 1);
    assert.equal(await store.countRecoveryCodes(database, one.operatorId), 2);
    assert.equal(await store.hasRecoveryCode(database, one.operatorId, sha256('a')), true);
    await store.useRecoveryCode(database, one.operatorId, sha256('a'));
    assert.equal(await store.hasRecoveryCode(database, one.operatorId, sha256('a')), false);
    const none = { credentials: null, codeHashes: [], now: NOW };
    await store.saveCredentials(database, one.operatorId, none);
    assert.equal((await store.findByLogin(database, one.login))?.credentials, null);
    assert.equal(await store.countRecoveryCodes(database, one.operatorId), 0);
    const half = { name: 'test.half', text: `update operator set password_hash = 'x'` };
    await assert.rejects(database.run(half, []), /operator_set_up_whole/);
  });

  test('notes a login, and its time never goes back', async () => {
    const one = createOperator(8);
    const { database } = db;
    await store.insertOperator(database, one);
    await store.saveCredentials(database, one.operatorId, {
      credentials: CREDENTIALS,
      codeHashes: [],
      now: NOW,
    });
    for (const ms of [50, 40]) {
      const now = plusMs(NOW, ms);
      const login = { passwordHash: '$argon2id$y', totpStep: 59_000_002, now };
      await store.noteLogin(database, one.operatorId, login);
    }
    const known = await store.lockByLogin(database, one.login);
    assert.equal(known?.operator.lastLoginAt, plusMs(NOW, 50));
    assert.deepEqual(
      [known?.credentials?.passwordHash, known?.credentials?.totpStep],
      ['$argon2id$y', 59_000_002],
    );
  });

  test('knows which projects there are', async () => {
    const known = await store.listKnownProjects(db.database, [SOUTH, projectId('nowhere')]);
    assert.deepEqual([...known], [SOUTH]);
  });

  test('keeps sessions by their hash, the newest ones of each person', async () => {
    const { database } = db;
    const owner = createOperator(9);
    await store.insertOperator(database, owner);
    const createSession = (at: number): Session => ({
      sessionId: sessionId(`0190a000-0000-7000-8000-${String(at).padStart(12, '0')}`),
      operatorId: owner.operatorId,
      createdAt: plusMs(NOW, at),
      lastSeenAt: plusMs(NOW, at),
      expiresAt: plusMs(NOW, LIMITS.sessionMs + at),
      address: '2001:db8::1',
      agent: 'x',
    });
    const count = LIMITS.sessionsPerOperatorMax + 2;
    for (let at = 0; at < count; at += 1) {
      await sessions.insertSession(database, createSession(at), sha256(`token ${at}`));
    }
    const kept = await sessions.listSessions(database, owner.operatorId, plusMs(NOW, count));
    assert.equal(kept.length, LIMITS.sessionsPerOperatorMax);
    assert.equal(await sessions.findSessionByHash(database, sha256('token 0')), null);
    const last = createSession(count - 1);
    const hash = sha256(`token ${count - 1}`);
    assert.deepEqual(await sessions.findSessionByHash(database, hash), last);
    const usedAt = plusMs(NOW, 5_000);
    await sessions.noteSessionUse(database, [{ sessionId: last.sessionId, usedAt }]);
    await sessions.noteSessionUse(database, [{ sessionId: last.sessionId, usedAt: NOW }]);
    await sessions.noteSessionUse(database, []);
    assert.equal((await sessions.findSessionByHash(database, hash))?.lastSeenAt, usedAt);
    assert.equal(await sessions.deleteSession(database, idOf(1), last.sessionId), false);
    assert.equal(await sessions.deleteSession(database, owner.operatorId, last.sessionId), true);
    assert.equal(await sessions.deleteSessionByHash(database, hash), false);
    const later = plusMs(NOW, LIMITS.sessionIdleMs + count);
    assert.deepEqual(await sessions.listSessions(database, owner.operatorId, later), []);
    assert.equal(await sessions.deleteEndedSessions(database, NOW), 0);
    const ended = await sessions.deleteEndedSessions(database, later);
    assert.equal(ended, LIMITS.sessionsPerOperatorMax - 1);
    assert.equal(await sessions.deleteSessionsOf(database, owner.operatorId), 0);
  });

  test('keeps links by their hash, with what was chosen behind them', async () => {
    const { database } = db;
    const link: SetUpLink = {
      tokenHash: sha256('link'),
      operatorId: idOf(1),
      purpose: 'reset',
      isFirst: false,
      createdAt: NOW,
      expiresAt: plusMs(NOW, 1_000),
      pending: null,
    };
    const first = {
      ...link,
      tokenHash: sha256('first'),
      purpose: 'set_up',
      isFirst: true,
    } as const;
    await insertLink(database, link);
    await insertLink(database, first);
    assert.deepEqual(await findLink(database, link.tokenHash), link);
    const pending = { passwordHash: 'p', totpSecret: 's', name: null, login: null };
    assert.equal(await savePending(database, link.tokenHash, pending), true);
    assert.deepEqual(await lockLink(database, link.tokenHash), { ...link, pending });
    assert.equal(await savePending(database, sha256('none'), pending), false);
    await deleteFirstLinks(database);
    assert.equal(await findLink(database, first.tokenHash), null);
    assert.equal(await deleteExpiredLinks(database, plusMs(NOW, 999)), 0);
    assert.equal(await deleteExpiredLinks(database, plusMs(NOW, 1_000)), 1);
    await insertLink(database, link);
    await deleteLinksOf(database, link.operatorId);
    assert.equal(await findLink(database, link.tokenHash), null);
  });

  test('counts guesses of one at a time: the second waits for the first', async () => {
    const { database } = db;
    const refs = [refBucket('name', 'x'), refBucket('address', 'y')];
    const order: string[] = [];
    const charge = (name: string) =>
      database.transaction(async (tx) => {
        const [bucket] = await lockBuckets(tx, refs, NOW);
        const guesses = bucket?.state.guesses ?? -1;
        order.push(`${name} sees ${guesses}`);
        assert.ok(bucket !== undefined);
        await saveBucket(tx, bucket, { ...bucket.state, guesses: guesses + 1 });
      });
    await Promise.all(['a', 'b', 'c'].map(charge));
    assert.deepEqual(
      order.map((line) => line.slice(2)),
      ['sees 0', 'sees 1', 'sees 2'],
    );
    const [name] = await database.transaction((tx) => lockBuckets(tx, refs, NOW));
    assert.ok(name !== undefined);
    await deleteBucket(database, name);
    const [fresh] = await database.transaction((tx) => lockBuckets(tx, refs, NOW));
    assert.equal(fresh?.state.guesses, 0);
    assert.equal(await deleteForgottenGuesses(database, NOW), 0);
    assert.equal(await deleteForgottenGuesses(database, plusMs(NOW, LIMITS.guessForgetMs)), 2);
  });
});

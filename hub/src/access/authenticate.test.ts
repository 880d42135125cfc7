import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { encodeHex, sha256 } from '#kernel/crypto.ts';
import { keyId, operatorId, projectId, sessionId } from '#kernel/id.ts';
import { plusMs } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import { PROJECT, SOURCE, START } from '#test/support/samples/alert.ts';
import { createManualClock } from '#test/support/clock.ts';
import { asPrincipal, createAuthenticator, parseAuthorization } from './authenticate.ts';
import type { FoundSession, SourceCredential } from './authenticate.ts';
import type { ApiKey } from './key.ts';
import { type Operator, principalOfOperator } from './operator/operator.ts';
import type { Session } from './session/session.ts';

const ADMIN_KEY = 'a'.repeat(40);
const TOKEN = '0a'.repeat(16);
const OTHER_PROJECT = projectId('other');

const SOURCE_CREDENTIAL: SourceCredential = {
  projectId: PROJECT,
  sourceId: SOURCE,
  name: 'cameras',
  kind: 'native',
};

function createKey(more: Partial<ApiKey> = {}): ApiKey {
  return {
    projectId: PROJECT,
    keyId: keyId('0190a000-0000-7000-8000-000000000001'),
    name: 'ward',
    role: 'responder',
    createdAt: START,
    expiresAt: null,
    revokedAt: null,
    lastUsedAt: null,
    ...more,
  };
}

const SESSION_TOKEN = 'S'.repeat(43);
const OPERATOR: Operator = {
  operatorId: operatorId('0190a000-0000-7000-8000-00000000000a'),
  name: 'Anna',
  login: 'anna',
  isHubAdmin: false,
  grants: [
    { projectId: PROJECT, role: 'responder' },
    { projectId: OTHER_PROJECT, role: 'admin' },
  ],
  isSetUp: true,
  lastLoginAt: null,
  disabledAt: null,
  version: 1,
  createdAt: START,
  updatedAt: START,
};
const SESSION: Session = {
  sessionId: sessionId('0190a000-0000-7000-8000-00000000000b'),
  operatorId: OPERATOR.operatorId,
  createdAt: START,
  lastSeenAt: START,
  expiresAt: plusMs(START, LIMITS.sessionMs),
  address: '127.0.0.1',
  agent: '',
};

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

/** Keys and sources by their plain credential, and what was looked up of them. */
function createWorld(keys: Readonly<Record<string, ApiKey>>) {
  const clock = createManualClock('2026-11-16T08:00:00Z');
  const stored = new Map(Object.entries(keys).map(([text, key]) => [encodeHex(sha256(text)), key]));
  const lookups: string[] = [];
  const sessions = new Map<string, FoundSession>();
  const uses: string[] = [];
  const authenticator = createAuthenticator({
    findSession: (hash) => {
      lookups.push('session');
      return Promise.resolve(sessions.get(encodeHex(hash)) ?? null);
    },
    onUse: (use) => uses.push(use.kind === 'key' ? use.keyId : use.sessionId),
    clock,
    adminKeyHash: sha256(ADMIN_KEY),
    findKey: (hash) => {
      lookups.push('key');
      return Promise.resolve(stored.get(encodeHex(hash)) ?? null);
    },
    findSource: (hash) => {
      lookups.push('source');
      const isIt = encodeHex(hash) === encodeHex(sha256(TOKEN));
      return Promise.resolve(isIt ? SOURCE_CREDENTIAL : null);
    },
  });
  const remove = (text: string) => stored.delete(encodeHex(sha256(text)));
  const authenticate = (text?: string) =>
    authenticator.authenticate(text === undefined ? null : { kind: 'header', text });
  const logIn = (operator: Operator, session: Partial<Session> = {}) => {
    const found = { session: { ...SESSION, ...session }, principal: principalOfOperator(operator) };
    sessions.set(encodeHex(sha256(SESSION_TOKEN)), found);
  };
  const enter = (token: string) => authenticator.authenticate({ kind: 'session', text: token });
  return {
    ...authenticator,
    authenticate,
    logIn,
    logOut: () => sessions.clear(),
    enter,
    clock,
    lookups,
    remove,
    uses,
  };
}

describe('the credential of a request', () => {
  test('comes as Bearer, or as the password of Basic', () => {
    assert.equal(parseAuthorization('Bearer key-1'), 'key-1');
    assert.equal(parseAuthorization('bearer   key-1 '), 'key-1');
    assert.equal(parseAuthorization('BEARER key-1'), 'key-1');
    assert.equal(parseAuthorization(basic('anyone:key-1')), 'key-1');
    assert.equal(parseAuthorization(basic(':key-1')), 'key-1');
    assert.equal(parseAuthorization(basic('u:key:with:colons')), 'key:with:colons');
    assert.equal(parseAuthorization(basic('u:schlüssel')), 'schlüssel');
  });

  test('is none in any other form', () => {
    const wrong = ['', ' ', 'key-1', 'Bearer', 'Bearer ', 'Bearerkey-1', 'Digest key-1', 'Token k'];
    for (const text of [...wrong, basic('no colon'), basic('u:'), 'Basic ***', 'Basic dTprZXk']) {
      assert.equal(parseAuthorization(text), null, text);
    }
    assert.equal(parseAuthorization(undefined), null);
    const notUtf8 = Buffer.from([0x75, 0x3a, 0xff]).toString('base64');
    assert.equal(parseAuthorization(`Basic ${notUtf8}`), null);
  });

  test('has a limit, and the limit itself is allowed', () => {
    const header = (length: number) => `Bearer ${'k'.repeat(length - 'Bearer '.length)}`;
    assert.notEqual(parseAuthorization(header(LIMITS.credentialCharsMax)), null);
    assert.equal(parseAuthorization(header(LIMITS.credentialCharsMax + 1)), null);
  });
});

describe('who a credential is', () => {
  test('the admin key is the admin of all projects, and is looked up nowhere', async () => {
    const world = createWorld({});
    const principal = await world.authenticate(`Bearer ${ADMIN_KEY}`);
    assert.deepEqual(
      [principal?.principalId, principal?.authMethod, principal?.role, principal?.projects],
      ['admin', 'admin_key', 'admin', 'all'],
    );
    assert.deepEqual(world.lookups, []);
    assert.equal(await world.authenticate(`Bearer ${ADMIN_KEY}a`), null);
  });

  test('a key is its role in its one project', async () => {
    const world = createWorld({ 'key-1': createKey() });
    assert.deepEqual(await world.authenticate('Bearer key-1'), {
      principalId: '0190a000-0000-7000-8000-000000000001',
      name: 'ward',
      authMethod: 'api_key',
      role: 'responder',
      projects: [PROJECT],
      source: null,
    });
    assert.deepEqual(
      await world.authenticate(basic('x:key-1')),
      await world.authenticate('Bearer key-1'),
    );
  });

  test("a source's token may report for that source, and is no key", async () => {
    const world = createWorld({ [TOKEN]: createKey({ role: 'admin' }) });
    const principal = await world.authenticate(`Bearer ${TOKEN}`);
    assert.deepEqual(principal, asPrincipal(SOURCE_CREDENTIAL));
    assert.deepEqual([principal?.role, principal?.authMethod], ['ingest', 'source_token']);
    assert.deepEqual(principal?.source, { sourceId: SOURCE, kind: 'native' });
    assert.deepEqual(world.lookups, ['source']);
  });

  test('what nobody knows is nobody, and is asked for again each time', async () => {
    const world = createWorld({});
    for (let count = 1; count <= 3; count += 1) {
      assert.equal(await world.authenticate('Bearer guess'), null);
      assert.equal(world.lookups.length, count);
    }
    assert.equal(await world.authenticate(undefined), null);
    assert.equal(world.lookups.length, 3);
  });

  test('a key that was revoked, or whose time is over, is nobody', async () => {
    const now = START;
    const world = createWorld({
      revoked: createKey({ revokedAt: now }),
      over: createKey({ expiresAt: now }),
      last: createKey({ expiresAt: plusMs(now, 1) }),
    });
    assert.equal(await world.authenticate('Bearer revoked'), null);
    assert.equal(await world.authenticate('Bearer over'), null);
    assert.notEqual(await world.authenticate('Bearer last'), null);
  });
});

describe('what was found', () => {
  test('is remembered for a minute', async () => {
    const world = createWorld({ 'key-1': createKey() });
    await world.authenticate('Bearer key-1');
    world.clock.advanceMs(LIMITS.credentialCacheMs - 1);
    await world.authenticate('Bearer key-1');
    assert.equal(world.lookups.length, 1);
    world.clock.advanceMs(1);
    await world.authenticate('Bearer key-1');
    assert.equal(world.lookups.length, 2);
  });

  test('is not remembered beyond the end of the key', async () => {
    const world = createWorld({ 'key-1': createKey({ expiresAt: plusMs(START, 1_000) }) });
    assert.notEqual(await world.authenticate('Bearer key-1'), null);
    world.clock.advanceMs(999);
    assert.notEqual(await world.authenticate('Bearer key-1'), null);
    world.clock.advanceMs(1);
    assert.equal(await world.authenticate('Bearer key-1'), null);
  });

  test('is forgotten when something of its project changes, and only then', async () => {
    const world = createWorld({ 'key-1': createKey() });
    await world.authenticate('Bearer key-1');
    world.forget([OTHER_PROJECT]);
    await world.authenticate('Bearer key-1');
    assert.equal(world.lookups.length, 1);
    world.remove('key-1');
    world.forget([OTHER_PROJECT, PROJECT]);
    assert.equal(await world.authenticate('Bearer key-1'), null);
    assert.equal(world.lookups.length, 2);
  });

  test('is bounded: after that many it begins anew, and nobody is taken for another', async () => {
    const names = Array.from(
      { length: LIMITS.credentialCacheMax + 1 },
      (_, index) => `key-${index}`,
    );
    const world = createWorld(Object.fromEntries(names.map((name) => [name, createKey({ name })])));
    for (const name of names) {
      assert.equal((await world.authenticate(`Bearer ${name}`))?.name, name);
    }
    const count = world.lookups.length;
    assert.equal((await world.authenticate('Bearer key-0'))?.name, 'key-0');
    assert.equal(world.lookups.length, count + 1, 'the first was let go');
    await world.authenticate(`Bearer key-${LIMITS.credentialCacheMax}`);
    assert.equal(world.lookups.length, count + 1, 'the last was kept');
  });
});

describe('a credential in a path', () => {
  test('is the token of a source, remembered as in a header', async () => {
    const { authenticateToken, authenticate, lookups } = createWorld({});
    const principal = await authenticateToken(TOKEN);
    assert.deepEqual([principal?.role, principal?.authMethod], ['ingest', 'source_token']);
    assert.deepEqual(await authenticate(`Bearer ${TOKEN}`), principal);
    assert.deepEqual(lookups, ['source']);
  });

  test('is no key, and is not even looked up when it does not look like a token', async () => {
    const { authenticateToken, lookups } = createWorld({ 'the-key': createKey() });
    for (const text of ['the-key', ADMIN_KEY, '', TOKEN.toUpperCase(), `${TOKEN}0`, `${TOKEN}\n`]) {
      assert.equal(await authenticateToken(text), null, text);
    }
    assert.deepEqual(lookups, []);
  });

  test('is not the admin key, although that may look like a token', async () => {
    const adminKey = 'b'.repeat(32);
    const { authenticateToken, authenticate } = createAuthenticator({
      clock: createManualClock(),
      adminKeyHash: sha256(adminKey),
      findKey: () => Promise.resolve(null),
      findSource: () => Promise.resolve(null),
      findSession: () => Promise.resolve(null),
      onUse: () => undefined,
    });
    assert.equal(await authenticateToken(adminKey), null);
    const header = { kind: 'header', text: `Bearer ${adminKey}` } as const;
    assert.equal((await authenticate(header))?.authMethod, 'admin_key');
  });
});

describe('the cookie of a login', () => {
  test('is its operator, with another role in each project', async () => {
    const world = createWorld({});
    world.logIn(OPERATOR);
    const principal = await world.enter(SESSION_TOKEN);
    assert.deepEqual(principal, principalOfOperator(OPERATOR));
    assert.deepEqual([principal?.name, principal?.authMethod], ['Anna', 'session']);
    assert.deepEqual(principal?.projects, [PROJECT, OTHER_PROJECT]);
    assert.equal(principal?.role, 'admin', 'the highest, until it is asked where');
  });

  test('is all projects of an administrator of the hub', async () => {
    const world = createWorld({});
    world.logIn({ ...OPERATOR, isHubAdmin: true });
    const principal = await world.enter(SESSION_TOKEN);
    assert.deepEqual([principal?.role, principal?.projects], ['admin', 'all']);
  });

  test('is nothing when it has not the form of one, and nothing is looked up', async () => {
    const world = createWorld({ [SESSION_TOKEN]: createKey() });
    for (const text of ['', 'short', `${SESSION_TOKEN}x`, 'ü'.repeat(43)]) {
      assert.equal(await world.enter(text), null, text);
    }
    assert.deepEqual(world.lookups, []);
  });

  test('goes into no header, not even while it is remembered', async () => {
    const world = createWorld({});
    world.logIn(OPERATOR);
    assert.notEqual(await world.enter(SESSION_TOKEN), null);
    assert.equal(await world.authenticate(`Bearer ${SESSION_TOKEN}`), null);
    assert.equal(await world.authenticate(basic(`anna:${SESSION_TOKEN}`)), null);
  });

  test('ends when nobody used it for a while, and at the latest when it runs out', async () => {
    const world = createWorld({});
    world.logIn(OPERATOR);
    world.clock.set(plusMs(START, LIMITS.sessionIdleMs - 1));
    assert.notEqual(await world.enter(SESSION_TOKEN), null);
    world.clock.set(plusMs(START, LIMITS.sessionIdleMs));
    assert.equal(await world.enter(SESSION_TOKEN), null);
    const lastSeenAt = plusMs(START, LIMITS.sessionMs - 5);
    world.logIn(OPERATOR, { lastSeenAt });
    world.clock.set(lastSeenAt);
    assert.notEqual(await world.enter(SESSION_TOKEN), null);
    world.clock.advanceMs(5);
    assert.equal(await world.enter(SESSION_TOKEN), null);
  });

  test('counts no more at once when logins were forgotten', async () => {
    const world = createWorld({});
    world.logIn(OPERATOR);
    assert.notEqual(await world.enter(SESSION_TOKEN), null);
    world.logOut();
    world.forget('all');
    assert.equal(await world.enter(SESSION_TOKEN), null);
  });
});

test('each use of a key and of a login is told, also while it is remembered', async () => {
  const world = createWorld({ 'key-1': createKey() });
  world.logIn(OPERATOR);
  for (const _ of [1, 2]) {
    await world.authenticate('Bearer key-1');
    await world.enter(SESSION_TOKEN);
    await world.authenticate(`Bearer ${TOKEN}`);
    await world.authenticate(`Bearer ${ADMIN_KEY}`);
  }
  const { keyId: key } = createKey();
  assert.deepEqual(world.uses, [key, SESSION.sessionId, key, SESSION.sessionId]);
});

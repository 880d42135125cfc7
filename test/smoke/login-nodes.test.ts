/** Logins are of the hub and of no node: what one has done counts on all, also after a restart. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS } from '#kernel/limits.ts';
import {
  createOperator,
  createTelephone,
  HUB_URL,
  logIn,
  openBrowser,
  PASSWORD,
  readSecret,
} from '#test/support/access/log-in.ts';
import { startTestHub } from '#test/support/hub.ts';

test('who logs in on one node is in on the other, and out on both', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  const node = await hub.addNode();
  const person = await logIn(hub, { roles: { default: 'viewer' } });
  const me = async () => (await person.call('GET /api/v1/me', undefined, { node })).status;
  assert.equal(await me(), 200);
  const out = await person.browser.post('/logout', {}, { node });
  assert.equal(out.status, 303);
  hub.clock.advanceMs(LIMITS.credentialCacheMs);
  const cookie = person.cookie();
  const here = await hub.call('GET /api/v1/me', undefined, { key: null, headers: { cookie } });
  assert.deepEqual([here.status, await me()], [401, 401]);
});

test('a login outlives the node that it began on', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  const person = await logIn(hub, { roles: { default: 'viewer' } });
  await hub.node.kill();
  const node = await hub.addNode();
  const me = await person.call('GET /api/v1/me', undefined, { node });
  assert.deepEqual([me.status, me.at('session.is_current')], [200, true]);
});

test('a set-up begun on one node ends on the other', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  const node = await hub.addNode();
  const { url } = await createOperator(hub, { roles: { default: 'viewer' } });
  const path = url.replace(HUB_URL, '');
  const browser = openBrowser(hub);
  const choice = { step: 'choose', password: PASSWORD, repeat: PASSWORD };
  const secret = readSecret((await browser.post(path, choice)).text);
  const connect = { step: 'connect', code: createTelephone(secret, hub.clock).code() };
  assert.equal((await browser.post(path, connect, { node })).status, 200);
  assert.equal((await browser.post(path, connect)).status, 410);
});

test('a code that was taken on one node is taken on the other', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  const node = await hub.addNode();
  const person = await logIn(hub, { roles: { default: 'viewer' } });
  hub.clock.advanceMs(LIMITS.totpPeriodMs);
  const fields = { login: person.login, password: PASSWORD, code: person.telephone.code() };
  assert.equal((await openBrowser(hub).post('/login', fields)).status, 303);
  assert.equal((await openBrowser(hub).post('/login', fields, { node })).status, 401);
});

test('a browser that is known on one node is known on the other', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  const node = await hub.addNode();
  const person = await logIn(hub, { roles: { default: 'viewer' } });
  const wrong = { login: person.login, password: 'wrong', code: '1' };
  for (let count = 0; count <= LIMITS.guessesPerNameMax; count += 1) {
    await openBrowser(hub).post('/login', wrong);
  }
  const [code = ''] = person.recoveryCodes;
  const right = { login: person.login, password: PASSWORD, code };
  assert.equal((await openBrowser(hub).post('/login', right, { node })).status, 429);
  assert.equal((await person.browser.post('/login', right, { node })).status, 303);
});

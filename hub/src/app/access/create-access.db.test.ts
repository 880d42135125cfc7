/** What the hub hands to whoever serves: housekeeping of logins, on a database. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS } from '#kernel/limits.ts';
import { HUB_URL, logIn, openBrowser } from '#test/support/access/log-in.ts';
import { startTestHub } from '#test/support/hub.ts';

test('housekeeping takes away what has ended, and nothing else', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  const { access } = hub.node.hub;
  const url = (await access.makeFirstUrl()) ?? '';
  assert.match(url, /^https:\/\/tocsin\.example\/setup\/[\w-]{43}$/);
  assert.equal(await hub.countRows('operator_link'), 1);
  await access.runOnce();
  assert.equal(await hub.countRows('operator_link'), 1);
  hub.clock.advanceMs(LIMITS.firstLinkMs);
  await access.runOnce();
  assert.equal(await hub.countRows('operator_link'), 0);
  await logIn(hub, { roles: { default: 'viewer' } });
  hub.clock.advanceMs(LIMITS.sessionIdleMs - 1);
  await access.runOnce();
  assert.equal(await hub.countRows('session'), 1);
  hub.clock.advanceMs(1);
  await access.runOnce();
  assert.equal(await hub.countRows('session'), 0);
});

test('a row whose secret was moved from another operator opens nothing', async (t) => {
  const hub = await startTestHub(t, { isTelling: false, isErrorExpected: true });
  const [one, other] = [await logIn(hub), await logIn(hub)];
  await hub.query(
    `update operator set totp_secret = (select totp_secret from operator where operator_id = $2)
      where operator_id = $1`,
    [one.id, other.id],
  );
  hub.clock.advanceMs(LIMITS.totpPeriodMs);
  for (const { telephone } of [one, other]) {
    const fields = {
      login: one.login,
      password: 'four quiet herons wading',
      code: telephone.code(),
    };
    assert.equal((await openBrowser(hub).post('/login', fields)).status, 401);
  }
  const complaint = hub.db.log.lines.find(({ level }) => level === 'error');
  assert.match(JSON.stringify(complaint), /does not open/);
});

test('with an address of plain http the cookie is a plain one', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  const person = await logIn(hub, { roles: { default: 'viewer' } });
  assert.ok(HUB_URL.startsWith('https:'));
  const plain = person.cookie().replaceAll('__Host-', '');
  const more = { key: null, headers: { cookie: plain, origin: HUB_URL } };
  assert.equal((await hub.call('GET /api/v1/me', undefined, more)).status, 401);
});

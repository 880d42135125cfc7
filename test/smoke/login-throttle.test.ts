/** How often anybody may guess: waits that grow, on all nodes, and that lock nobody out. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS } from '#kernel/limits.ts';
import {
  type Browser,
  createOperator,
  type LoggedIn,
  logIn,
  openBrowser,
  PASSWORD,
  setUp,
} from '#test/support/access/log-in.ts';
import { startTestHub, type TestHub } from '#test/support/hub.ts';
import type { TestNode } from '#test/support/hub/nodes.ts';

const FREE = LIMITS.guessesPerNameMax;

type Guess = { readonly login: string; readonly browser?: Browser; readonly node?: TestNode };

/** The status of a wrong guess, from a browser that nobody knows unless one is given. */
async function guess(hub: TestHub, { login, browser = openBrowser(hub), node }: Guess) {
  const fields = { login, password: 'a wrong password', code: '000000' };
  return (await browser.post('/login', fields, node === undefined ? {} : { node })).status;
}

async function guessAll(hub: TestHub, how: Guess & { readonly count: number }) {
  const statuses: number[] = [];
  for (let at = 0; at < how.count; at += 1) statuses.push(await guess(hub, how));
  return statuses;
}

/** With everything right. */
async function enter(hub: TestHub, person: LoggedIn, browser = openBrowser(hub)) {
  hub.clock.advanceMs(LIMITS.totpPeriodMs);
  const code = person.telephone.code();
  return browser.post('/login', { login: person.login, password: PASSWORD, code });
}

const wrong = (count: number) => Array.from({ length: count }, () => 401);

test('after some wrong guesses at a name each further one has to wait, and longer', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  const { login } = await logIn(hub);
  assert.deepEqual(await guessAll(hub, { login, count: FREE + 1 }), [...wrong(FREE), 429]);
  for (const waitS of [5, 10, 20, 40]) {
    const fields = { login, password: 'x', code: '1' };
    const early = await openBrowser(hub).post('/login', fields);
    assert.deepEqual([early.status, early.headers['retry-after']], [429, String(waitS)]);
    assert.match(early.text, new RegExp(`again in ${waitS} s`));
    hub.clock.advanceMs(waitS * 1_000 - 1);
    assert.equal(await guess(hub, { login }), 429, 'a moment too early');
    hub.clock.advanceMs(1);
    assert.equal(await guess(hub, { login }), 401, 'now');
  }
});

test('a name that nobody has is counted just so', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  const { login } = await logIn(hub);
  const there = await guessAll(hub, { login, count: FREE + 2 });
  const notThere = await guessAll(hub, { login: 'nobody', count: FREE + 2 });
  assert.deepEqual(there, notThere);
  const pages = await Promise.all(
    [login, 'nobody'].map((name) =>
      openBrowser(hub).post('/login', { login: name, password: 'x', code: '1' }),
    ),
  );
  const [one = '', other = ''] = pages.map(({ text }) => text.replace(/value="[^"]*"/, ''));
  assert.equal(one, other);
});

test('also what is no name at all is counted, whatever its length', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  for (const login of ['two words', '', 'x'.repeat(3_000)]) {
    const statuses = await guessAll(hub, { login, count: FREE + 1 });
    assert.deepEqual(statuses, [...wrong(FREE), 429], login.slice(0, 20));
  }
});

test('the right password does not get past a wait, and is not told either', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  const person = await logIn(hub);
  hub.clock.advanceMs(LIMITS.totpPeriodMs);
  await guessAll(hub, { login: person.login, count: FREE });
  const code = person.telephone.code();
  const fields = { login: person.login, password: PASSWORD, code };
  assert.equal((await openBrowser(hub).post('/login', fields)).status, 429);
  hub.clock.advanceMs(5_000);
  assert.equal((await openBrowser(hub).post('/login', fields)).status, 303, 'the code is unused');
});

test('a login that succeeds begins anew', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  const person = await logIn(hub);
  await guessAll(hub, { login: person.login, count: FREE - 1 });
  assert.equal((await enter(hub, person)).status, 303);
  const again = await guessAll(hub, { login: person.login, count: FREE });
  assert.deepEqual(again, wrong(FREE));
});

test('strangers keep nobody out: a browser that is known goes on', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  const person = await logIn(hub);
  for (let round = 0; round < 12; round += 1) {
    await guess(hub, { login: person.login });
    hub.clock.advanceMs(LIMITS.guessWaitMaxMs);
  }
  await guess(hub, { login: person.login });
  assert.equal((await enter(hub, person)).status, 429, 'from a browser of nobody');
  assert.equal((await enter(hub, person, person.browser)).status, 303, 'from their own');
});

test('a browser that is known may guess no more often than others', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  const { login, browser } = await logIn(hub);
  const count = LIMITS.guessesPerBrowserMax;
  const statuses = await guessAll(hub, { login, browser, count: count + 1 });
  assert.deepEqual(statuses, [...wrong(count), 429]);
  const other = await createOperator(hub);
  assert.equal(await guess(hub, { login: other.login, browser }), 401, 'known there for one alone');
});

test('one address that tries many names is slowed down as well', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  const names = Array.from({ length: LIMITS.guessesPerAddressMax + 1 }, (_, at) => `name-${at}`);
  const statuses: number[] = [];
  for (const login of names) statuses.push(await guess(hub, { login }));
  assert.deepEqual(statuses, [...wrong(LIMITS.guessesPerAddressMax), 429]);
});

test('many guesses at once do not slip through together', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  const { login } = await logIn(hub);
  const node = await hub.addNode();
  const statuses = await Promise.all(
    Array.from({ length: 20 }, (_, at) =>
      guess(hub, { login, node: at % 2 === 0 ? hub.node : node }),
    ),
  );
  assert.equal(statuses.filter((status) => status === 401).length, FREE);
  assert.equal(statuses.filter((status) => status === 429).length, 20 - FREE);
});

test('waits hold on every node, and outlive a restart', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  const { login } = await logIn(hub);
  await guessAll(hub, { login, count: FREE });
  const node = await hub.addNode();
  assert.equal(await guess(hub, { login, node }), 429);
  await hub.node.kill();
  const fresh = await hub.addNode();
  assert.equal(await guess(hub, { login, node: fresh }), 429);
});

test('two with one code at once: one of them is in', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  const person = await logIn(hub);
  const node = await hub.addNode();
  hub.clock.advanceMs(LIMITS.totpPeriodMs);
  const fields = { login: person.login, password: PASSWORD, code: person.telephone.code() };
  const pages = await Promise.all(
    [hub.node, node, hub.node, node].map((one) =>
      openBrowser(hub).post('/login', fields, { node: one }),
    ),
  );
  const statuses = pages.map(({ status }) => status).toSorted((a, b) => a - b);
  assert.deepEqual(statuses, [303, 401, 401, 401]);
});

test('two with one recovery code at once: one of them is in', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  const person = await logIn(hub);
  const [code = ''] = person.recoveryCodes;
  const fields = { login: person.login, password: PASSWORD, code };
  const pages = await Promise.all([1, 2, 3].map(() => openBrowser(hub).post('/login', fields)));
  assert.deepEqual(
    pages.map(({ status }) => status).toSorted((a, b) => a - b),
    [303, 401, 401],
  );
});

test('a reset lets in at once whoever was locked out', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  const person = await logIn(hub);
  await guessAll(hub, { login: person.login, count: FREE + 1 });
  const reset = await hub.call(`POST /api/v1/operators/${person.id}/reset`);
  assert.equal(reset.status, 201, reset.text);
  const again = await setUp(hub, reset.textAt('set_up_url'), person);
  assert.equal((await enter(hub, again)).status, 303, 'even from a browser of nobody');
});

test('guesses of which nobody wants to know any more are forgotten', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  await guessAll(hub, { login: 'nobody', count: 3 });
  assert.equal(await hub.countRows('login_throttle'), 2);
  hub.clock.advanceMs(LIMITS.guessForgetMs);
  await hub.node.hub.access.runOnce();
  assert.equal(await hub.countRows('login_throttle'), 0);
});

test('what came of tries to log in is counted', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  const person = await logIn(hub);
  await guessAll(hub, { login: 'nobody', count: FREE + 2 });
  await enter(hub, person);
  const { text } = await hub.call('GET /metrics');
  const counts = ['succeeded', 'failed', 'throttled'].map(
    (result) =>
      new RegExp(`^tocsin_access_logins_total\\{result="${result}"\\} (\\d+)$`, 'm').exec(
        text,
      )?.[1],
  );
  assert.deepEqual(counts, ['1', String(FREE), '2']);
  const login = await hub.query(
    `select after from audit where action = 'operator.logged_in' and object_id = $1`,
    [person.id],
  );
  assert.deepEqual(login, [{ after: { by_recovery_code: false, wrong_tries_before: 0 } }]);
});

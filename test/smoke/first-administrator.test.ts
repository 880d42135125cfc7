/** A hub without operators: its first administrator comes by a link that the start prints. */
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
  setUp,
} from '#test/support/access/log-in.ts';
import { startTestHub, type TestHub } from '#test/support/hub.ts';

const makeUrl = (hub: TestHub) => hub.node.hub.access.makeFirstUrl();

async function openFirst(hub: TestHub) {
  const url = (await makeUrl(hub)) ?? assert.fail('there is a link');
  return { url, path: url.replace(HUB_URL, ''), browser: openBrowser(hub) };
}

const CHOICE = {
  step: 'choose',
  name: 'Ada',
  login: 'ada@x.example',
  password: PASSWORD,
  repeat: PASSWORD,
};

test('the first one says who they are, and administers the hub', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  const { url } = await openFirst(hub);
  const ada = await setUp(hub, url, { id: '', login: 'Ada@X.example', name: 'Ada' });
  const me = await ada.call('GET /api/v1/me');
  assert.deepEqual([me.at('name'), me.at('is_hub_admin'), me.at('roles')], ['Ada', true, []]);
  const project = await ada.call('POST /api/v1/projects', { project_id: 'fresh' });
  assert.equal(project.status, 201, project.text);
  const shown = await ada.call(`GET /api/v1/operators/${me.textAt('id')}`);
  assert.equal(shown.at('login'), 'ada@x.example');
});

test('there is no second first one', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  const one = await openFirst(hub);
  await setUp(hub, one.url, { id: '', login: 'ada', name: 'Ada' });
  assert.equal(await makeUrl(hub), null);
  assert.equal((await one.browser.get(one.path)).status, 410);
});

test('of two links the newest counts: each start prints another', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  const [older, newer] = [await openFirst(hub), await openFirst(hub)];
  assert.equal((await older.browser.get(older.path)).status, 410);
  assert.equal((await newer.browser.get(newer.path)).status, 200);
  hub.clock.advanceMs(LIMITS.firstLinkMs);
  assert.equal((await newer.browser.get(newer.path)).status, 410, 'and not for long');
});

test('the link dies when somebody else was set up meanwhile', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  const { path, browser } = await openFirst(hub);
  const secret = readSecret((await browser.post(path, CHOICE)).text);
  await logIn(hub, { roles: { default: 'viewer' } });
  const code = createTelephone(secret, hub.clock).code();
  assert.equal((await browser.post(path, { step: 'connect', code })).status, 410);
  assert.equal(await hub.countRows('operator where is_hub_admin'), 0);
});

test('two at once by one link: one of them is in', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  const { path, browser } = await openFirst(hub);
  const secret = readSecret((await browser.post(path, CHOICE)).text);
  const connect = { step: 'connect', code: createTelephone(secret, hub.clock).code() };
  const pages = await Promise.all([1, 2, 3].map(() => openBrowser(hub).post(path, connect)));
  assert.deepEqual(
    pages.map(({ status }) => status).toSorted((a, b) => a - b),
    [200, 410, 410],
  );
  assert.equal(await hub.countRows('operator'), 1);
});

test('what the first one types is looked at', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  const { path, browser } = await openFirst(hub);
  const taken = await createOperator(hub, { name: 'taken' });
  const wrong = [
    [{ name: ' ' }, /Your name is missing/],
    [{ name: 'x'.repeat(201) }, /Your name is missing/],
    [{ login: 'two words' }, /must be one word/],
    [{ login: taken.login }, /must be one word/],
    [{ password: 'ada@x.example1', repeat: 'ada@x.example1' }, /hardly more than the name/],
  ] as const;
  for (const [fields, says] of wrong) {
    const page = await browser.post(path, { ...CHOICE, ...fields });
    assert.equal(page.status, 422);
    assert.match(page.text, says);
  }
});

test('nobody who never was set up stands in the way', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  await createOperator(hub, { isHubAdmin: true });
  assert.notEqual(await makeUrl(hub), null);
});

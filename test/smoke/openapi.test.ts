/** The document of the API is true: every route is in it, and it is in every route. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { takesIdempotencyKey } from '#contract/api/operation.ts';
import { OPERATIONS } from '#contract/api/operations.ts';
import { isJsonObject } from '#kernel/syntax/json.ts';
import { listAnswerPlaces } from '#test/support/api/answer-places.ts';
import { startTestHub } from '#test/support/hub.ts';
import { textOf } from '#test/support/hub/calls.ts';

test('the document has every route of the hub, and no other, with who may come', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  await hub.node.hub.server.ready();
  const documented = OPERATIONS.map(
    ({ method, path, access }) => `${method} ${path.replaceAll(/\{(\w+)\}/g, ':$1')} ${access}`,
  );
  const { registeredRoutes } = hub.node.hub.server;
  const real = registeredRoutes.map(({ method, path, access }) => `${method} ${path} ${access}`);
  const table = 'contract/src/api/operations';
  const missing = real.filter((route) => !documented.includes(route));
  assert.deepEqual(missing, [], `routes without an entry in ${table}`);
  const stale = documented.filter((route) => !real.includes(route));
  assert.deepEqual(stale, [], `entries of ${table} without a route`);
  assert.equal(new Set(documented).size, documented.length);
});

/** Names of fields that may hold a secret. */
const SECRET = /(^|_)(key|token|secret|password|passphrase|codes?|link|url|value|uri|qr)$/;
/** Fields of that name that hold none, by the end of their place. */
const OPEN = ['error.code', 'alert.source_url'];

test('what a write shows once is named by its route, so that it is never kept', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  const { shownOnce } = hub.node.hub.server;
  const document = (await hub.call('GET /openapi.json')).body;
  const unnamed = OPERATIONS.filter(takesIdempotencyKey).flatMap(({ method, path, answers }) => {
    const places = shownOnce.get(`${method} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`) ?? [];
    return Object.keys(answers)
      .flatMap((status) => listAnswerPlaces(document, { method, path, status }))
      .filter((place) => SECRET.test(place) && !OPEN.some((known) => place.endsWith(known)))
      .filter((place) => !places.some((named) => `${place}.`.startsWith(`${named}.`)))
      .map((place) => `${method} ${path}: ${place}`);
  });
  const advice = 'name it in `shownOnce` of the route, or in OPEN when it is no secret';
  assert.deepEqual([...new Set(unnamed)], [], advice);
  assert.ok(shownOnce.size >= 4);
});

test('lists of alerts take the parameters that the document names', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  const document = await hub.call('GET /openapi.json');
  const parameters = document.at('paths./api/v1/alerts.get.parameters');
  assert.ok(Array.isArray(parameters));
  const names = parameters.filter(isJsonObject).map(({ name }) => textOf(name));
  const refused = await hub.call('GET /api/v1/alerts?nonsense=1');
  assert.match(refused.text, new RegExp(`known are ${names.join(', ')}`));
});

test('strangers get neither the document nor the page, and a browser asks for a key', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  const stranger = { key: null };
  const json = await hub.call('GET /openapi.json', undefined, stranger);
  assert.deepEqual([json.status, json.headers['www-authenticate']], [401, 'Bearer']);
  const page = await hub.call('GET /docs', undefined, stranger);
  assert.equal(page.status, 401);
  assert.match(String(page.headers['www-authenticate']), /^Basic realm="/);
  assert.match(String(page.headers['content-type']), /^text\/html/);
  assert.match(page.text, /a key as the password/);
});

test('a key that only reports reads no document', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  const made = await hub.call('POST /api/v1/keys', { name: 'box', role: 'ingest' });
  const key = made.textAt('key');
  assert.equal((await hub.call('GET /openapi.json', undefined, { key })).status, 403);
});

test('with a key as the password the page opens, loads nothing and runs nothing', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  const made = await hub.call('POST /api/v1/keys', { name: 'reader', role: 'viewer' });
  const basic = Buffer.from(`me:${made.textAt('key')}`).toString('base64');
  const page = await hub.call('GET /docs', undefined, { key: `Basic ${basic}` });
  assert.equal(page.status, 200);
  assert.match(String(page.headers['content-security-policy']), /^default-src 'none'; style-src/);
  assert.doesNotMatch(page.text, /<script|<link|<img|<iframe|\son\w+=|url\(/i);
  for (const { summary } of OPERATIONS.filter(({ path }) => path === '/api/v1/alerts')) {
    assert.ok(page.text.includes(summary), summary);
  }
});

test('everybody reads both where the documents are public', async (t) => {
  const hub = await startTestHub(t, { isTelling: false, isDocsPublic: true });
  const stranger = { key: null };
  assert.equal((await hub.call('GET /openapi.json', undefined, stranger)).status, 200);
  assert.equal((await hub.call('GET /docs', undefined, stranger)).status, 200);
});

test('the document names the server by its public address', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  const document = await hub.call('GET /openapi.json');
  assert.equal(document.at('openapi'), '3.1.0');
  assert.equal(document.at('servers.0.url'), 'https://tocsin.example');
});

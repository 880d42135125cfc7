/** What other sites make a browser send: it counts for nothing. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import {
  createOperator,
  HUB_URL,
  type LoggedIn,
  logIn,
  openBrowser,
  PASSWORD,
} from '#test/support/access/log-in.ts';
import { shareTestHub } from '#test/support/hub/shared.ts';
import { ADMIN_KEY } from '#test/support/hub/nodes.ts';

const FOREIGN: readonly Readonly<Record<string, string>>[] = [
  { origin: 'https://evil.example' },
  { origin: 'null' },
  { origin: `${HUB_URL}.evil.example` },
  { origin: 'http://tocsin.example' },
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'same-site' },
  { 'sec-fetch-site': 'none' },
  { 'sec-fetch-site': 'cross-site', origin: HUB_URL },
];

describe('a write by the cookie of a login', () => {
  const hub = shareTestHub({ isTelling: false });
  let person: LoggedIn;
  before(async () => {
    person = await logIn(hub(), { roles: { default: 'admin' } });
  });
  const note = async (headers: Readonly<Record<string, string>>) => {
    const id = await hub().raise();
    const more = { key: null, headers: { cookie: person.cookie(), ...headers } };
    const answer = await hub().call(`POST /api/v1/alerts/${id}/note`, { detail: 'x' }, more);
    return { answer, lines: await hub().timeline(id) };
  };

  test('counts from a page of the hub', async () => {
    for (const headers of [{ origin: HUB_URL }, { 'sec-fetch-site': 'same-origin' }]) {
      assert.equal((await note(headers)).answer.status, 200);
    }
  });

  test('is refused from anywhere else, and from nowhere, and leaves nothing', async () => {
    for (const headers of [...FOREIGN, {}]) {
      const { answer, lines } = await note(headers);
      const { status } = answer;
      assert.deepEqual([status, answer.at('error.code')], [403, 'foreign_origin'], answer.text);
      assert.ok(!lines.some((line) => line.includes('NOTE')), JSON.stringify(headers));
    }
  });

  test('is refused whatever it writes with', async () => {
    const more = {
      key: null,
      headers: { cookie: person.cookie(), origin: 'https://evil.example' },
    };
    const writes = [
      'POST /api/v1/alerts',
      'PATCH /api/v1/projects/default',
      'DELETE /api/v1/keys/0190a000-0000-7000-8000-000000000001',
      'POST /api/v2/alerts',
    ];
    for (const what of writes) {
      const { status } = await hub().call(what, {}, more);
      assert.equal(status, 403, what);
    }
  });

  test('is not asked where it comes from when it reads: reading changes nothing', async () => {
    const more = {
      key: null,
      headers: { cookie: person.cookie(), 'sec-fetch-site': 'cross-site' },
    };
    assert.equal((await hub().call('GET /api/v1/alerts', undefined, more)).status, 200);
  });

  test('is not asked when it comes with a key, which no browser adds by itself', async () => {
    const id = await hub().raise();
    const what = `POST /api/v1/alerts/${id}/note`;
    for (const headers of FOREIGN) {
      assert.equal((await hub().call(what, { detail: 'x' }, { headers })).status, 200);
    }
  });

  test('goes by the key when both come', async () => {
    const headers = { cookie: person.cookie() };
    const me = await hub().call('GET /api/v1/me', undefined, { headers });
    assert.equal(me.at('auth_method'), 'admin_key');
    const wrong = await hub().call('GET /api/v1/me', undefined, { key: 'tcs_wrong', headers });
    assert.equal(wrong.status, 401, 'a wrong key is not made good by a cookie');
  });

  test('by the password of the dialog of a browser is refused from other sites too', async () => {
    const key = `Basic ${Buffer.from(`me:${ADMIN_KEY}`).toString('base64')}`;
    const id = await hub().raise();
    const what = `POST /api/v1/alerts/${id}/note`;
    for (const headers of FOREIGN) {
      assert.equal((await hub().call(what, { detail: 'x' }, { key, headers })).status, 403);
    }
    assert.equal((await hub().call(what, { detail: 'x' }, { key })).status, 200, 'of a program');
  });

  test('says nothing to an address that takes tokens alone', async () => {
    const more = { key: null, headers: { cookie: person.cookie(), origin: HUB_URL } };
    const { status } = await hub().call(`POST /ingest/generic/${'x'.repeat(32)}`, {}, more);
    assert.equal(status, 401);
  });
});

describe('the forms of a login', () => {
  const hub = shareTestHub({ isTelling: false });

  test('log nobody in by a page of somebody else', async () => {
    const person = await logIn(hub());
    const fields = { login: person.login, password: PASSWORD, code: person.recoveryCodes[0] ?? '' };
    for (const headers of FOREIGN) {
      const page = await openBrowser(hub()).post('/login', fields, { headers });
      assert.deepEqual([page.status, page.headers['set-cookie']], [403, undefined]);
      assert.match(page.text, /Open the page anew/);
    }
    assert.equal((await openBrowser(hub()).post('/login', fields)).status, 303, 'it is unused');
  });

  test('log nobody out by a page of somebody else', async () => {
    const person = await logIn(hub(), { roles: { default: 'viewer' } });
    for (const headers of FOREIGN) {
      assert.equal((await person.browser.post('/logout', {}, { headers })).status, 403);
    }
    assert.equal((await person.call('GET /api/v1/me')).status, 200);
  });

  test('set nobody up by a page of somebody else', async () => {
    const { url } = await createOperator(hub());
    const fields = { step: 'choose', password: PASSWORD, repeat: PASSWORD };
    for (const headers of FOREIGN) {
      const page = await openBrowser(hub()).post(url.replace(HUB_URL, ''), fields, { headers });
      assert.equal(page.status, 403);
    }
    const rows = await hub().query('select 1 from operator_link where pending is not null');
    assert.deepEqual(rows, []);
  });

  test('are read as forms, and bounded', async () => {
    const post = (payload: string, type = 'application/x-www-form-urlencoded') =>
      hub().node.hub.server.inject({
        method: 'POST',
        url: '/login',
        headers: { 'content-type': type, origin: HUB_URL },
        payload,
      });
    assert.equal((await post('login=%00&password=%ff&code=%')).statusCode, 401);
    assert.equal((await post('__proto__=x&constructor=y&toString=z')).statusCode, 401);
    assert.equal((await post('login=a&login=b&login=c')).statusCode, 401);
    assert.equal((await post('x'.repeat(9_000))).statusCode, 413);
    assert.equal((await post('<login/>', 'text/xml')).statusCode, 415);
    const page = await post('login=%3Cscript%3E&password=x&code=1');
    assert.ok(!page.body.includes('<script'));
  });

  test('are pages that tell their address to nobody and may be shown in no frame', async () => {
    const { url } = await createOperator(hub());
    for (const path of ['/login', url.replace(HUB_URL, ''), '/setup/none']) {
      const { headers } = await openBrowser(hub()).get(path);
      assert.match(String(headers['content-security-policy']), /frame-ancestors 'none'/);
      assert.match(String(headers['content-security-policy']), /form-action 'self'/);
      assert.equal(headers['cache-control'], 'no-store');
      assert.equal(headers['referrer-policy'], 'strict-origin');
      assert.equal(headers['x-content-type-options'], 'nosniff');
    }
  });
});

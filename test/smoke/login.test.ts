/** Operators log in: set-up, password and telephone, sessions and their end. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LIMITS } from '#kernel/limits.ts';
import {
  createOperator,
  createTelephone,
  HUB_URL,
  type LoggedIn,
  logIn,
  openBrowser,
  PASSWORD,
  readSecret,
} from '#test/support/access/log-in.ts';
import { listItems, textOf } from '#test/support/hub/calls.ts';
import { shareTestHub } from '#test/support/hub/shared.ts';

describe('an operator', () => {
  const hub = shareTestHub({ isTelling: false });
  /** From a browser that nobody knows, at a moment whose code was not used. */
  const enter = (person: LoggedIn, more: Readonly<Record<string, string>> = {}) => {
    hub().clock.advanceMs(LIMITS.totpPeriodMs);
    return enterNow(person, more);
  };
  const enterNow = (person: LoggedIn, more: Readonly<Record<string, string>> = {}) =>
    openBrowser(hub()).post('/login', {
      login: person.login,
      password: PASSWORD,
      code: person.telephone.code(),
      ...more,
    });
  const statusOf = async (person: LoggedIn) => (await person.call('GET /api/v1/me')).status;

  test('sets up a login behind the link and is in, under their own name', async () => {
    const anna = await logIn(hub(), { name: 'Anna Rossi', roles: { default: 'responder' } });
    const me = await anna.call('GET /api/v1/me');
    assert.equal(me.status, 200, me.text);
    assert.deepEqual(
      [me.at('name'), me.at('auth_method'), me.at('roles.0.role'), me.at('recovery_codes_left')],
      ['Anna Rossi', 'session', 'responder', LIMITS.recoveryCodesMax],
    );
    const id = await hub().raise();
    const taken = await anna.call(`POST /api/v1/alerts/${id}/status`, { status: 'ACKNOWLEDGED' });
    assert.deepEqual([taken.status, taken.at('alert.acknowledged_by')], [200, 'Anna Rossi']);
    assert.match((await hub().timeline(id)).at(-1) ?? '', /\(Anna Rossi\)$/);
  });

  test('logs in with password and code, and each code opens once', async () => {
    const person = await logIn(hub(), { roles: { default: 'viewer' } });
    assert.equal((await enterNow(person)).status, 401, 'the code of the set-up');
    const entered = await enter(person);
    assert.deepEqual([entered.status, entered.headers['location']], [303, '/#login']);
    assert.equal((await enterNow(person)).status, 401, 'the same code again');
    const before = person.telephone.code();
    hub().clock.advanceMs(LIMITS.totpPeriodMs);
    const fresh = { code: person.telephone.code() };
    assert.equal((await enterNow(person, fresh)).status, 303);
    assert.equal((await enterNow(person, { code: before })).status, 401, 'one from before');
  });

  test('may type the name in any case, and the code with a gap', async () => {
    const person = await logIn(hub(), { roles: { default: 'viewer' } });
    hub().clock.advanceMs(LIMITS.totpPeriodMs);
    const code = person.telephone.code().replace(/^.../, '$& ');
    const typed = { login: ` ${person.login.toUpperCase()} `, code };
    assert.equal((await enterNow(person, typed)).status, 303);
  });

  test('gets one answer whatever was wrong, and nobody learns what', async () => {
    const person = await logIn(hub(), { roles: { default: 'viewer' } });
    const unfinished = await createOperator(hub());
    const login = person.login;
    const wrong = [
      { password: 'another quiet heron' },
      { code: '000000' },
      { code: '' },
      { code: 'no code at all' },
      { password: 'x', code: '000000' },
      { login: 'nobody-of-that-name' },
      { login: unfinished.login },
    ];
    const answers = new Set<string>();
    for (const fields of wrong) {
      const page = await enter(person, fields);
      assert.equal(page.status, 401, JSON.stringify(fields));
      assert.equal(page.headers['set-cookie'], undefined);
      answers.add(page.text.replace(/value="[^"]*"/, `value="${login}"`));
    }
    assert.equal(answers.size, 1);
    assert.doesNotMatch([...answers].join(''), /WWW-Authenticate/i);
  });

  test('opens with each recovery code once, when the telephone is lost', async () => {
    const person = await logIn(hub(), { roles: { default: 'viewer' } });
    const [first = '', second = ''] = person.recoveryCodes;
    assert.equal(person.recoveryCodes.length, LIMITS.recoveryCodesMax);
    assert.equal((await enterNow(person, { code: first.toUpperCase() })).status, 303);
    assert.equal((await enterNow(person, { code: first })).status, 401);
    assert.equal((await enterNow(person, { code: second, password: 'wrong' })).status, 401);
    assert.equal((await enterNow(person, { code: second })).status, 303, 'it was not used up');
    const me = await person.call('GET /api/v1/me');
    assert.equal(me.at('recovery_codes_left'), LIMITS.recoveryCodesMax - 2);
  });

  test('of somebody else has codes that open nothing here', async () => {
    const [one, other] = [await logIn(hub()), await logIn(hub())];
    const [code = ''] = other.recoveryCodes;
    assert.equal((await enterNow(one, { code })).status, 401);
    assert.equal((await enterNow(other, { code })).status, 303);
  });

  test('is out after a while without a word, and a board that is open is a word', async () => {
    const person = await logIn(hub(), { roles: { default: 'viewer' } });
    hub().clock.advanceMs(LIMITS.sessionIdleMs - 1_000);
    assert.equal(await statusOf(person), 200);
    await hub().node.hub.access.runOnce();
    hub().clock.advanceMs(LIMITS.sessionIdleMs - 1_000);
    assert.equal(await statusOf(person), 200, 'it was used meanwhile');
    await hub().node.hub.access.runOnce();
    hub().clock.advanceMs(LIMITS.sessionIdleMs);
    assert.equal(await statusOf(person), 401);
  });

  test('is out when the session runs out, however busy', async () => {
    const person = await logIn(hub(), { roles: { default: 'viewer' } });
    const rounds = Math.floor(LIMITS.sessionMs / LIMITS.sessionIdleMs) * 2;
    for (let round = 1; round < rounds; round += 1) {
      hub().clock.advanceMs(LIMITS.sessionIdleMs / 2);
      assert.equal(await statusOf(person), 200, `round ${round}`);
      await hub().node.hub.access.runOnce();
    }
    hub().clock.advanceMs(LIMITS.sessionIdleMs / 2);
    assert.equal(await statusOf(person), 401);
    await hub().node.hub.access.runOnce();
    const rows = await hub().query('select 1 from session where operator_id = $1', [person.id]);
    assert.deepEqual(rows, [], 'and the row is gone');
  });

  test('logs out, and the cookie opens nothing any more', async () => {
    const person = await logIn(hub(), { roles: { default: 'viewer' } });
    const cookie = person.cookie();
    const page = await person.browser.get('/login');
    assert.match(page.text, /You are logged in as/);
    const out = await person.browser.post('/logout', {});
    assert.deepEqual([out.status, out.headers['location']], [303, '/login']);
    const more = { key: null, headers: { cookie } };
    assert.equal((await hub().call('GET /api/v1/me', undefined, more)).status, 401);
    assert.match((await person.browser.get('/login')).text, /name="password"/);
    assert.equal((await person.browser.post('/logout', {})).status, 303, 'twice does no harm');
  });

  test('sees where they are logged in, and ends what they do not know', async () => {
    const person = await logIn(hub(), { roles: { default: 'viewer' } });
    hub().clock.advanceMs(LIMITS.totpPeriodMs);
    const elsewhere = openBrowser(hub());
    const fields = { login: person.login, password: PASSWORD, code: person.telephone.code() };
    const headers = { 'user-agent': 'A browser of\u001b another place' };
    assert.equal((await elsewhere.post('/login', fields, { headers })).status, 303);
    const sessions = listItems(await person.call('GET /api/v1/sessions'));
    assert.deepEqual(
      sessions.map((one) => [one['is_current'], one['agent'], one['address']]),
      [
        [false, 'A browser of another place', '127.0.0.1'],
        [true, 'lightMyRequest', '127.0.0.1'],
      ],
    );
    const stranger = textOf(sessions[0]?.['id']);
    const ended = await person.call(`DELETE /api/v1/sessions/${stranger}`);
    assert.equal(ended.status, 204, ended.text);
    const more = { key: null, headers: { cookie: elsewhere.cookie() } };
    assert.equal((await hub().call('GET /api/v1/me', undefined, more)).status, 401);
    assert.equal(await statusOf(person), 200);
  });

  test('sees and ends nobody else', async () => {
    const [one, other] = [await logIn(hub()), await logIn(hub(), { isHubAdmin: true })];
    const [session] = listItems(await one.call('GET /api/v1/sessions'));
    // Without a role nobody comes anywhere, not even to their own.
    assert.equal(session, undefined);
    const boss = textOf(listItems(await other.call('GET /api/v1/sessions'))[0]?.['id']);
    const third = await logIn(hub(), { roles: { default: 'admin' } });
    assert.equal((await third.call(`DELETE /api/v1/sessions/${boss}`)).status, 404);
    assert.equal((await hub().call(`DELETE /api/v1/sessions/${boss}`)).status, 404, 'nor a key');
    assert.equal(await statusOf(other), 200);
  });

  test('leaves the session from before when logging in anew in the same browser', async () => {
    const person = await logIn(hub(), { roles: { default: 'viewer' } });
    const before = person.cookie();
    hub().clock.advanceMs(LIMITS.totpPeriodMs);
    const fields = { login: person.login, password: PASSWORD, code: person.telephone.code() };
    assert.equal((await person.browser.post('/login', fields)).status, 303);
    assert.notEqual(person.cookie(), before);
    const old = { key: null, headers: { cookie: before } };
    hub().clock.advanceMs(LIMITS.credentialCacheMs);
    assert.equal((await hub().call('GET /api/v1/me', undefined, old)).status, 401);
    assert.equal(await statusOf(person), 200);
  });

  test('has cookies that no script reads, and that go to this hub alone', async () => {
    const person = await logIn(hub());
    const entered = await enter(person);
    const cookies = [entered.headers['set-cookie'] ?? []].flat();
    assert.equal(cookies.length, 2);
    for (const cookie of cookies) {
      assert.match(cookie, /^__Host-tocsin_/);
      for (const part of ['HttpOnly', 'Secure', 'SameSite=Strict', 'Path=/']) {
        assert.ok(cookie.includes(`; ${part}`), `${part} in ${cookie}`);
      }
    }
  });

  test('is found nowhere by what opens the door', async () => {
    const person = await logIn(hub(), { roles: { default: 'viewer' } });
    const [, token = ''] = /tocsin_session=([\w-]+)/.exec(person.cookie()) ?? [];
    const secrets = [PASSWORD, token, ...person.recoveryCodes];
    for (const table of ['operator', 'operator_link', 'operator_recovery_code', 'session']) {
      const rows = JSON.stringify(await hub().query(`select t::text as line from ${table} t`));
      for (const secret of secrets) assert.ok(!rows.includes(secret), table);
    }
    const lines = JSON.stringify(hub().db.log.lines);
    for (const secret of secrets) assert.ok(!lines.includes(secret), 'the log');
  });
});

describe('a set-up link', () => {
  const hub = shareTestHub({ isTelling: false });
  const choice = { step: 'choose', password: PASSWORD, repeat: PASSWORD };
  const open = async () => {
    const made = await createOperator(hub(), { roles: { default: 'viewer' } });
    return { ...made, path: made.url.replace(HUB_URL, ''), browser: openBrowser(hub()) };
  };

  test('is shown as often as one likes, and changes nothing by that', async () => {
    const { path, browser } = await open();
    for (const _ of [1, 2, 3]) {
      const page = await browser.get(path);
      assert.equal(page.status, 200);
      assert.match(page.text, /autocomplete="new-password"/);
      assert.match(String(page.headers['content-security-policy']), /^default-src 'none'/);
    }
  });

  test('says what is wrong with a password, and keeps waiting', async () => {
    const { path, browser, login } = await open();
    const wrong = [
      [{ password: 'short', repeat: 'short' }, /fewer than 12/],
      [{ password: 'password1234', repeat: 'password1234' }, /everybody tries first/],
      [{ password: `${login}2026`, repeat: `${login}2026` }, /hardly more than the name/],
      [{ repeat: 'four quiet herons' }, /not the same/],
    ] as const;
    for (const [fields, says] of wrong) {
      const page = await browser.post(path, { ...choice, ...fields });
      assert.equal(page.status, 422);
      assert.match(page.text, says);
    }
    assert.equal((await browser.post(path, choice)).status, 200);
  });

  test('asks for the code until it is the right one, and shows the same secret', async () => {
    const { path, browser } = await open();
    const secret = readSecret((await browser.post(path, choice)).text);
    const wrong = await browser.post(path, { step: 'connect', code: '000000' });
    assert.equal(wrong.status, 422);
    assert.equal(readSecret(wrong.text), secret);
    const code = createTelephone(secret, hub().clock).code();
    assert.equal((await browser.post(path, { step: 'connect', code })).status, 200);
  });

  test('counts for the last choice, when somebody goes back and chooses again', async () => {
    const { path, browser } = await open();
    const first = readSecret((await browser.post(path, choice)).text);
    const second = readSecret((await browser.post(path, choice)).text);
    assert.notEqual(first, second);
    const code = (secret: string) => createTelephone(secret, hub().clock).code();
    const connect = (secret: string) => ({ step: 'connect', code: code(secret) });
    assert.equal((await browser.post(path, connect(first))).status, 422);
    assert.equal((await browser.post(path, connect(second))).status, 200);
  });

  test('works once', async () => {
    const { path, browser } = await open();
    const secret = readSecret((await browser.post(path, choice)).text);
    const connect = { step: 'connect', code: createTelephone(secret, hub().clock).code() };
    assert.equal((await browser.post(path, connect)).status, 200);
    for (const fields of [choice, connect]) {
      assert.equal((await browser.post(path, fields)).status, 410);
    }
    assert.equal((await browser.get(path)).status, 410);
  });

  test('works for a while', async () => {
    const { path, browser } = await open();
    await browser.post(path, choice);
    hub().clock.advanceMs(LIMITS.setUpLinkMs - 1);
    assert.equal((await browser.get(path)).status, 200);
    hub().clock.advanceMs(1);
    assert.equal((await browser.get(path)).status, 410);
    assert.equal((await browser.post(path, choice)).status, 410);
    assert.equal((await browser.post(path, { step: 'connect', code: '1' })).status, 410);
    await hub().node.hub.access.runOnce();
    assert.equal(await hub().countRows('operator_link where expires_at < created_at'), 0);
  });

  test('that was never made is as dead as one that was used', async () => {
    const browser = openBrowser(hub());
    const dead = ['x', 'a'.repeat(43), '%00', `${'a'.repeat(42)}%0A`, '__proto__'];
    for (const token of dead) {
      const page = await browser.get(`/setup/${token}`);
      assert.equal(page.status, 410, token);
      assert.match(page.text, /does not work any more/);
    }
  });

  test('ends with the operator', async () => {
    const { path, browser, id } = await open();
    assert.equal((await hub().call(`DELETE /api/v1/operators/${id}`)).status, 204);
    assert.equal((await browser.get(path)).status, 410);
    assert.equal((await browser.post(path, choice)).status, 410);
  });

  test('confirms nothing before something was chosen', async () => {
    const { path, browser } = await open();
    assert.equal((await browser.post(path, { step: 'connect', code: '123456' })).status, 410);
    assert.equal((await browser.get(path)).status, 200, 'the link is whole');
  });

  test('speaks the language of the browser', async () => {
    const { path } = await open();
    const headers = { 'accept-language': 'it-CH,it;q=0.9' };
    const { server } = hub().node.hub;
    const page = await server.inject({ method: 'GET', url: path, headers });
    assert.match(page.body, /<html lang="it">[\s\S]*Imposta il tuo accesso/);
    const login = await server.inject({ method: 'GET', url: '/login', headers });
    assert.match(login.body, /Nome utente o indirizzo e-mail/);
  });
});

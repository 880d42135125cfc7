/** Who asks: `GET /api/v1/me` says it to everybody who comes with something that counts. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LIMITS } from '#kernel/limits.ts';
import { createOperator, logIn, setUp } from '#test/support/access/log-in.ts';
import { type Answer, listItems, textOf } from '#test/support/hub/calls.ts';
import { shareTestHub } from '#test/support/hub/shared.ts';

describe('who asks', () => {
  const hub = shareTestHub({ isTelling: false });
  const ask = (key: string | null) => hub().call('GET /api/v1/me', undefined, { key });
  const tell = (answer: Answer) =>
    ['name', 'auth_method', 'is_hub_admin', 'session', 'recovery_codes_left'].map((field) =>
      answer.at(field),
    );

  test('is the admin key, in all projects', async () => {
    const me = await hub().call('GET /api/v1/me');
    assert.deepEqual(tell(me), ['admin key', 'admin_key', true, null, null]);
    assert.deepEqual(me.at('roles'), []);
  });

  for (const role of ['viewer', 'responder', 'operator', 'admin', 'ingest']) {
    test(`is a key of role ${role}, in its project`, async () => {
      const made = await hub().call('POST /api/v1/keys', { name: `as ${role}`, role });
      const me = await ask(made.textAt('key'));
      assert.equal(me.status, 200, me.text);
      assert.deepEqual(tell(me), [`as ${role}`, 'api_key', false, null, null]);
      assert.deepEqual(me.at('roles'), [{ project_id: 'default', role }]);
    });
  }

  test('is a source, which only reports', async () => {
    const made = await hub().call('POST /api/v1/sources', { name: 'box', kind: 'native' });
    const me = await ask(made.textAt('token'));
    assert.deepEqual(tell(me), ['box', 'source_token', false, null, null]);
    assert.deepEqual(me.at('roles'), [{ project_id: 'default', role: 'ingest' }]);
  });

  test('is an operator, with every role and the end of the session', async () => {
    await hub().create('/api/v1/projects', { project_id: 'north' });
    const person = await logIn(hub(), { roles: { default: 'viewer', north: 'admin' } });
    const me = await person.call('GET /api/v1/me');
    assert.deepEqual(me.at('roles'), [
      { project_id: 'default', role: 'viewer' },
      { project_id: 'north', role: 'admin' },
    ]);
    assert.equal(me.at('session.is_current'), true);
    const endsAt = Date.parse(me.textAt('session.ends_at'));
    assert.equal(endsAt, hub().clock.now() + LIMITS.sessionIdleMs);
  });

  test('is nobody without something that counts', async () => {
    for (const key of [null, 'tcs_wrong', 'x'.repeat(43)]) {
      const me = await ask(key);
      assert.deepEqual([me.status, me.at('error.code')], [401, 'principal_missing']);
    }
  });

  test('has no sessions with a key', async () => {
    const sessions = await hub().call('GET /api/v1/sessions');
    assert.deepEqual([sessions.status, listItems(sessions)], [200, []]);
  });
});

describe('the list of operators', () => {
  const hub = shareTestHub({ isTelling: false });

  test('comes in pages, the newest first, each once', async () => {
    const made: string[] = [];
    for (let count = 0; count < 5; count += 1) {
      hub().clock.advanceMs(1);
      made.unshift((await createOperator(hub(), { roles: { default: 'viewer' } })).id);
    }
    const seen: string[] = [];
    let cursor = '';
    for (let page = 0; page < 3; page += 1) {
      const list = await hub().call(`GET /api/v1/operators?limit=2${cursor}`);
      seen.push(...listItems(list).map(({ id }) => textOf(id)));
      const next = list.at('next_cursor');
      cursor = typeof next === 'string' ? `&cursor=${next}` : '';
    }
    assert.equal(cursor, '', 'that was the last page');
    assert.deepEqual(seen, made);
  });

  test('may be asked for one project', async () => {
    await hub().create('/api/v1/projects', { project_id: 'south' });
    const { id } = await createOperator(hub(), { roles: { south: 'viewer' } });
    const list = await hub().call('GET /api/v1/operators?project_id=south');
    assert.deepEqual(
      listItems(list).map((one) => one['id']),
      [id],
    );
  });

  test('is for those who administer', async () => {
    for (const role of ['viewer', 'responder', 'operator', 'ingest']) {
      const made = await hub().call('POST /api/v1/keys', { name: `list ${role}`, role });
      const key = made.textAt('key');
      const { status } = await hub().call('GET /api/v1/operators', undefined, { key });
      assert.equal(status, 403, role);
    }
  });
});

describe('what operators do is in the audit', () => {
  const hub = shareTestHub({ isTelling: false });
  const listDeeds = async (id: string) => {
    const sql = `
      select action, principal_name, auth_method, after, remote_address
        from audit where object_id = $1 and project_id = '-' order by audit_id`;
    return hub().query(sql, [id]);
  };

  test('from the set-up over each login to the last log-out', async () => {
    const person = await logIn(hub(), { name: 'Vera', roles: { default: 'viewer' } });
    hub().clock.advanceMs(1);
    const fields = {
      login: person.login,
      password: 'four quiet herons wading',
      code: person.recoveryCodes[0] ?? '',
    };
    await person.browser.post('/login', { ...fields, password: 'wrong' });
    assert.equal((await person.browser.post('/login', fields)).status, 303);
    hub().clock.advanceMs(1);
    const [session] = listItems(await person.call('GET /api/v1/sessions'));
    hub().clock.advanceMs(1);
    assert.equal((await person.browser.post('/logout', {})).status, 303);
    const deeds = await listDeeds(person.id);
    assert.deepEqual(
      deeds.map(({ action, principal_name: name, after }) => [action, name, after]),
      [
        ['operator.created', 'admin key', deeds[0]?.['after']],
        ['operator.set_up', 'Vera', { purpose: 'set_up' }],
        ['operator.logged_in', 'Vera', { by_recovery_code: true, wrong_tries_before: 1 }],
        ['operator.logged_out', 'Vera', null],
      ],
    );
    assert.ok(session !== undefined);
    const last = deeds.at(-1);
    assert.deepEqual([last?.['auth_method'], last?.['remote_address']], ['session', '127.0.0.1']);
  });

  test('with what each did under their own name, and role', async () => {
    const person = await logIn(hub(), { name: 'Otto', roles: { default: 'admin' } });
    const made = await person.call('POST /api/v1/keys', { name: 'by Otto', role: 'viewer' });
    assert.equal(made.status, 201, made.text);
    const rows = await hub().query(
      `select principal_name, principal_id, role, auth_method from audit where object_id = $1`,
      [made.textAt('id')],
    );
    assert.deepEqual(rows, [
      { principal_name: 'Otto', principal_id: person.id, role: 'admin', auth_method: 'session' },
    ]);
  });

  test('and holds nothing that opens anything', async () => {
    const person = await logIn(hub(), { roles: { default: 'viewer' } });
    const reset = await hub().call(`POST /api/v1/operators/${person.id}/reset`);
    const token = reset.textAt('set_up_url').split('/').at(-1) ?? '';
    await setUp(hub(), reset.textAt('set_up_url'), person);
    const rows = JSON.stringify(await hub().query('select * from audit'));
    const secrets = ['four quiet herons', token, ...person.recoveryCodes];
    for (const secret of secrets) assert.ok(!rows.includes(secret));
  });
});

describe('a write that is sent twice with one key for both', () => {
  const hub = shareTestHub({ isTelling: false });
  const body = {
    name: 'Twice',
    login: 'twice',
    roles: [{ project_id: 'default', role: 'viewer' }],
  };

  test('makes one operator, and shows the link the first time alone', async () => {
    const headers = { 'idempotency-key': 'make-twice' };
    const first = await hub().call('POST /api/v1/operators', body, { headers });
    assert.equal(first.status, 201, first.text);
    const token = first.textAt('set_up_url').split('/').at(-1) ?? '';
    const second = await hub().node.hub.server.inject({
      method: 'POST',
      url: '/api/v1/operators',
      headers: {
        ...headers,
        authorization: 'Bearer the-admin-key-of-all-smoke-tests-0001',
        'content-type': 'application/json',
      },
      payload: JSON.stringify(body),
    });
    assert.equal(second.statusCode, 201);
    assert.ok(second.body.includes(first.textAt('id')));
    assert.ok(!second.body.includes(token), 'it was never kept');
    const rows = await hub().query('select 1 from operator where login = $1', [body.login]);
    assert.equal(rows.length, 1);
  });

  test('puts somebody out at once all the same', async () => {
    const person = await logIn(hub(), { roles: { default: 'viewer' } });
    assert.equal((await person.call('GET /api/v1/me')).status, 200);
    const headers = { 'idempotency-key': 'out', 'if-match': '2' };
    const path = `PATCH /api/v1/operators/${person.id}`;
    const out = await hub().call(path, { disabled: true }, { headers });
    assert.equal(out.status, 200, out.text);
    assert.equal((await person.call('GET /api/v1/me')).status, 401);
  });
});

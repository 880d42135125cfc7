/** Who may make, change, put out and reset whom; and that an operator is each role only there. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { isJsonObject, type JsonObject } from '#kernel/syntax/json.ts';
import { createOperator, type LoggedIn, logIn, openBrowser } from '#test/support/access/log-in.ts';
import { type Answer, listItems, textOf } from '#test/support/hub/calls.ts';
import { shareTestHub } from '#test/support/hub/shared.ts';

const OPERATORS = '/api/v1/operators';

describe('operators', () => {
  const hub = shareTestHub({ isTelling: false });
  let boss: LoggedIn;
  /** Administers the north, and reads the south. */
  let north: LoggedIn;
  let count = 0;

  before(async () => {
    for (const project_id of ['north', 'south']) {
      await hub().create('/api/v1/projects', { project_id });
    }
    boss = await logIn(hub(), { name: 'Boss', isHubAdmin: true });
    north = await logIn(hub(), { name: 'Nora', roles: { north: 'admin', south: 'viewer' } });
  });

  const describeOne = (roles: Readonly<Record<string, string>>, more: JsonObject = {}) => {
    count += 1;
    const list = Object.entries(roles).map(([project_id, role]) => ({ project_id, role }));
    return { name: `Somebody ${count}`, login: `somebody-${count}`, roles: list, ...more };
  };
  const read = (by: LoggedIn, id: string) => by.call(`GET ${OPERATORS}/${id}`);
  const patch = async (by: LoggedIn, id: string, body: JsonObject): Promise<Answer> => {
    const version = (await hub().call(`GET ${OPERATORS}/${id}`)).at('version');
    const headers = { 'if-match': JSON.stringify(version) };
    return by.call(`PATCH ${OPERATORS}/${id}`, body, { headers });
  };
  const rolesOf = (answer: Answer) => {
    const roles = answer.at('roles');
    const list = Array.isArray(roles) ? roles.filter(isJsonObject) : [];
    return list.map((one) => `${textOf(one['project_id'])} ${textOf(one['role'])}`);
  };

  test('are made with their roles, and a link that is shown this once', async () => {
    const made = await boss.call(`POST ${OPERATORS}`, describeOne({ north: 'responder' }));
    assert.equal(made.status, 201, made.text);
    assert.match(made.textAt('set_up_url'), /^https:\/\/tocsin\.example\/setup\/[\w-]{43}$/);
    assert.deepEqual([made.at('is_set_up'), made.at('version')], [false, 1]);
    const shown = await read(boss, made.textAt('id'));
    assert.equal(shown.status, 200);
    assert.doesNotMatch(shown.text, /setup|password|totp|hash/);
  });

  test('have one name to log in with, in any case', async () => {
    const body = describeOne({ north: 'viewer' });
    assert.equal((await boss.call(`POST ${OPERATORS}`, body)).status, 201);
    const again = await boss.call(`POST ${OPERATORS}`, {
      ...body,
      login: body.login.toUpperCase(),
    });
    assert.deepEqual([again.status, again.at('error.code')], [409, 'name_taken']);
    const other = await createOperator(hub());
    const taken = await patch(boss, other.id, { login: body.login });
    assert.deepEqual([taken.status, taken.at('error.code')], [409, 'name_taken']);
  });

  test('are refused with words that say what is wrong', async () => {
    const wrong = [
      [{ login: 'two words' }, 'login'],
      [{ roles: [{ project_id: 'north', role: 'ingest' }] }, 'roles[0].role'],
      [{ roles: [{ project_id: 'nowhere', role: 'viewer' }] }, 'roles[0].project_id'],
      [{ roles: ['viewer', 'admin'].map((role) => ({ project_id: 'north', role })) }, 'roles'],
      [{ password: 'a password of theirs' }, 'password'],
      [{ name: '' }, 'name'],
    ] as const;
    for (const [more, path] of wrong) {
      const answer = await boss.call(`POST ${OPERATORS}`, describeOne({}, more));
      assert.deepEqual(
        [answer.status, answer.at('error.details.0.path')],
        [422, path],
        answer.text,
      );
    }
  });

  test('are changed by who has read how they are now', async () => {
    const { id } = await createOperator(hub(), { roles: { north: 'viewer' } });
    const stale = await boss.call(`PATCH ${OPERATORS}/${id}`, { name: 'New' });
    assert.equal(stale.status, 409);
    const changed = await patch(boss, id, { name: 'New', roles: [] });
    assert.deepEqual([changed.status, changed.at('name'), changed.at('version')], [200, 'New', 2]);
    assert.deepEqual(rolesOf(changed), []);
  });

  test('are another in each project, and never more than there', async () => {
    const mixed = await logIn(hub(), { roles: { north: 'responder', south: 'viewer' } });
    const raise = (project_id: string) => hub().raise({ project_id });
    const [here, there] = [await raise('north'), await raise('south')];
    const see = (id: string) => mixed.call(`POST /api/v1/alerts/${id}/status`, { status: 'SEEN' });
    assert.equal((await see(here)).status, 200);
    assert.equal((await see(there)).status, 404, 'not one that they may answer');
    const list = listItems(await mixed.call('GET /api/v1/alerts?limit=500'));
    const projects = new Set(list.map(({ project_id }) => project_id));
    assert.deepEqual(projects, new Set(['north', 'south']));
    const elsewhere = await mixed.call('GET /api/v1/alerts?project_id=default');
    assert.equal(elsewhere.status, 404);
    const named = `POST /api/v1/alerts/${there}/status?project_id=south`;
    const refused = await mixed.call(named, { status: 'SEEN' });
    assert.deepEqual([refused.status, refused.at('error.code')], [403, 'not_allowed']);
  });

  test('let an alert expire where they are admin, and nowhere else', async () => {
    const mixed = await logIn(hub(), { roles: { north: 'responder', south: 'admin' } });
    const [here, there] = [
      await hub().raise({ project_id: 'north' }),
      await hub().raise({ project_id: 'south' }),
    ];
    const expire = (id: string) =>
      mixed.call(`POST /api/v1/alerts/${id}/status`, { status: 'EXPIRED' });
    assert.deepEqual([(await expire(here)).status, (await expire(there)).status], [409, 200]);
    const third = await hub().raise({ project_id: 'south' });
    const many = await mixed.call('POST /api/v1/alerts/bulk-status', {
      alert_ids: [here, third],
      status: 'EXPIRED',
    });
    assert.equal(many.status, 200, many.text);
    assert.deepEqual(
      [many.at('results.0.error.code'), many.at('results.1.changed')],
      ['not_found', true],
    );
  });

  describe('as an admin of a project sees and changes them', () => {
    test('are those of the project, with the roles there alone', async () => {
      const { id } = await createOperator(hub(), { roles: { north: 'viewer', south: 'admin' } });
      const far = await createOperator(hub(), { roles: { south: 'viewer' } });
      const shown = await read(north, id);
      assert.deepEqual([shown.status, rolesOf(shown)], [200, ['north viewer']], shown.text);
      assert.equal((await read(north, far.id)).status, 404);
      assert.equal((await read(north, boss.id)).status, 404, 'who is everywhere is nobody here');
      const list = await north.call(`GET ${OPERATORS}?limit=500`);
      assert.ok(!list.text.includes('south') && !list.text.includes(far.id), list.text);
    });

    test('are made for own projects, and get no more than one has', async () => {
      const make = (roles: Readonly<Record<string, string>>, more: JsonObject = {}) =>
        north.call(`POST ${OPERATORS}`, describeOne(roles, more));
      assert.equal((await make({ north: 'admin' })).status, 201);
      assert.equal((await make({ south: 'viewer' })).status, 403, 'known, but not theirs');
      assert.equal((await make({ default: 'viewer' })).status, 404, 'not even known');
      assert.equal((await make({ north: 'admin', south: 'viewer' })).status, 403);
      assert.equal((await make({})).status, 422);
      assert.equal((await make({ north: 'viewer' }, { is_hub_admin: true })).status, 403);
    });

    test('keep what they are elsewhere', async () => {
      const { id } = await createOperator(hub(), { roles: { north: 'viewer', south: 'operator' } });
      const raised = await patch(north, id, { roles: [{ project_id: 'north', role: 'admin' }] });
      assert.deepEqual([raised.status, rolesOf(raised)], [200, ['north admin']], raised.text);
      assert.deepEqual(rolesOf(await read(boss, id)), ['north admin', 'south operator']);
      assert.equal((await patch(north, id, { roles: [] })).status, 200);
      assert.deepEqual(rolesOf(await read(boss, id)), ['south operator']);
      assert.equal((await read(north, id)).status, 404, 'and are gone from here');
    });

    test('cannot be taken over, put out or removed when others have a say in them', async () => {
      const shared = await logIn(hub(), { roles: { north: 'viewer', south: 'viewer' } });
      const both = await createOperator(hub(), { roles: { north: 'viewer' }, isHubAdmin: true });
      for (const { id } of [shared, both]) {
        const tries = [
          await north.call(`POST ${OPERATORS}/${id}/reset`),
          await north.call(`DELETE ${OPERATORS}/${id}`),
          await patch(north, id, { disabled: true }),
          await patch(north, id, { login: 'mine' }),
          await patch(north, id, { name: 'Mine' }),
          await patch(north, id, { is_hub_admin: id === shared.id }),
        ];
        assert.deepEqual(
          tries.map(({ status }) => status),
          tries.map(() => 403),
        );
      }
      assert.equal((await shared.call('GET /api/v1/me')).status, 200);
    });

    test('include themselves, and nobody raises themselves elsewhere', async () => {
      const roles = [
        { project_id: 'north', role: 'admin' },
        { project_id: 'south', role: 'admin' },
      ];
      assert.equal((await patch(north, north.id, { roles })).status, 403);
      assert.equal((await patch(north, north.id, { is_hub_admin: true })).status, 403);
      const me = await north.call('GET /api/v1/me');
      assert.deepEqual(rolesOf(me), ['north admin', 'south viewer']);
    });
  });

  test('a key that administers a project is as its admin, no more', async () => {
    const key = (
      await hub().call('POST /api/v1/keys', { project_id: 'north', name: 'k', role: 'admin' })
    ).textAt('key');
    const make = (roles: Readonly<Record<string, string>>) =>
      hub().call(`POST ${OPERATORS}`, describeOne(roles), { key });
    assert.equal((await make({ north: 'viewer' })).status, 201);
    assert.equal((await make({ south: 'viewer' })).status, 404);
    assert.equal((await hub().call(`GET ${OPERATORS}/${boss.id}`, undefined, { key })).status, 404);
  });

  test('who is put out is out at once, and comes back with the same password', async () => {
    const person = await logIn(hub(), { roles: { north: 'viewer' } });
    assert.equal((await patch(north, person.id, { disabled: true })).status, 200);
    assert.equal((await person.call('GET /api/v1/me')).status, 401);
    const fields = {
      login: person.login,
      password: 'four quiet herons wading',
      code: person.recoveryCodes[0] ?? '',
    };
    assert.equal((await openBrowser(hub()).post('/login', fields)).status, 401);
    const reset = await north.call(`POST ${OPERATORS}/${person.id}/reset`);
    assert.equal(reset.status, 409, 'a link for somebody who may not come is of no use');
    assert.equal((await patch(north, person.id, { disabled: false })).status, 200);
    assert.equal((await person.call('GET /api/v1/me')).status, 401, 'the session is gone');
    assert.equal((await openBrowser(hub()).post('/login', fields)).status, 303);
  });

  test('who loses a role loses it at once', async () => {
    const person = await logIn(hub(), { roles: { north: 'operator' } });
    const id = await hub().raise({ project_id: 'north' });
    const note = () => person.call(`POST /api/v1/alerts/${id}/note`, { detail: 'there' });
    assert.equal((await note()).status, 200);
    const roles = [{ project_id: 'north', role: 'viewer' }];
    assert.equal((await patch(north, person.id, { roles })).status, 200);
    assert.equal((await note()).status, 403);
    assert.equal((await person.call(`GET /api/v1/alerts/${id}`)).status, 200);
  });

  test('a reset ends everything that was before it', async () => {
    const person = await logIn(hub(), { roles: { north: 'viewer' } });
    const first = await north.call(`POST ${OPERATORS}/${person.id}/reset`);
    assert.equal(first.status, 201, first.text);
    assert.equal((await person.call('GET /api/v1/me')).status, 401);
    assert.equal((await read(north, person.id)).at('is_set_up'), false);
    for (const code of [person.telephone.code(), person.recoveryCodes[0] ?? '']) {
      const fields = { login: person.login, password: 'four quiet herons wading', code };
      assert.equal((await openBrowser(hub()).post('/login', fields)).status, 401);
    }
    const second = await north.call(`POST ${OPERATORS}/${person.id}/reset`);
    const pathOf = (answer: Answer) => new URL(answer.textAt('set_up_url')).pathname;
    const browser = openBrowser(hub());
    assert.equal((await browser.get(pathOf(first))).status, 410, 'only the newest link counts');
    assert.equal((await browser.get(pathOf(second))).status, 200);
  });

  test('who is removed leaves what they did under their name', async () => {
    const person = await logIn(hub(), { name: 'Gone Tomorrow', roles: { north: 'responder' } });
    const id = await hub().raise({ project_id: 'north' });
    await person.call(`POST /api/v1/alerts/${id}/status`, { status: 'ACKNOWLEDGED' });
    assert.equal((await north.call(`DELETE ${OPERATORS}/${person.id}`)).status, 204);
    assert.equal((await person.call('GET /api/v1/me')).status, 401);
    assert.equal((await read(boss, person.id)).status, 404);
    assert.equal((await hub().alert(id))['acknowledged_by'], 'Gone Tomorrow');
    for (const table of ['operator_role', 'session', 'operator_recovery_code', 'operator_link']) {
      const sql = `select 1 from ${table} where operator_id = $1`;
      assert.deepEqual(await hub().query(sql, [person.id]), [], table);
    }
  });

  test('are told in the audit: who made whom what', async () => {
    const { id } = await createOperator(hub(), { roles: { north: 'viewer' } });
    await patch(north, id, { roles: [{ project_id: 'north', role: 'admin' }] });
    await north.call(`POST ${OPERATORS}/${id}/reset`);
    await north.call(`DELETE ${OPERATORS}/${id}`);
    const sql = `
      select project_id, action, principal_name, before->'roles' as before, after->'roles' as after
        from audit where object_id = $1 order by audit_id`;
    const rows = await hub().query(sql, [id]);
    const lines = rows.map(({ project_id, action, principal_name, before: from, after: to }) =>
      [
        ...[project_id, action, principal_name].map(textOf),
        JSON.stringify(from),
        JSON.stringify(to),
      ].join(' '),
    );
    assert.deepEqual(lines, [
      '- operator.created admin key null {"north":"viewer"}',
      '- operator.updated Nora {"north":"viewer"} {"north":"admin"}',
      '- operator.reset Nora null null',
      '- operator.deleted Nora {"north":"admin"} null',
    ]);
  });

  test('the last administrator who can log in stays, unless the admin key says so', async () => {
    const tries = [
      await patch(boss, boss.id, { is_hub_admin: false }),
      await patch(boss, boss.id, { disabled: true }),
      await boss.call(`DELETE ${OPERATORS}/${boss.id}`),
    ];
    for (const answer of tries) {
      assert.deepEqual([answer.status, answer.at('error.code')], [409, 'still_in_use']);
    }
    const second = await logIn(hub(), { isHubAdmin: true });
    assert.equal((await patch(second, boss.id, { disabled: true })).status, 200);
    assert.equal((await patch(second, second.id, { disabled: true })).status, 409);
    assert.equal((await hub().call(`DELETE ${OPERATORS}/${second.id}`)).status, 204);
  });
});

/** The audit names people: operators with their role there, repeats once, and never a credential. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TIMER } from '#kernel/principal.ts';
import { isJsonObject, type JsonObject } from '#kernel/syntax/json.ts';
import { logIn, type LoggedIn, PASSWORD } from '#test/support/access/log-in.ts';
import { type Answer, listItems, textOf } from '#test/support/hub/calls.ts';
import { ADMIN_KEY } from '#test/support/hub/nodes.ts';
import { shareTestHub } from '#test/support/hub/shared.ts';
import type { TestHub } from '#test/support/hub.ts';

async function ask(hub: TestHub, query: string): Promise<readonly JsonObject[]> {
  const answer = await hub.call(`GET /api/v1/audit?limit=500&${query}`);
  assert.equal(answer.status, 200, answer.text);
  return listItems(answer);
}

const actionsOf = (rows: readonly JsonObject[]) => rows.map((row) => textOf(row['action']));

function partOf(row: JsonObject | undefined, name: string): JsonObject {
  const part = row?.[name];
  assert.ok(isJsonObject(part), `${name} of ${JSON.stringify(row)}`);
  return part;
}

async function done(answering: Promise<Answer>): Promise<Answer> {
  const answer = await answering;
  assert.ok(answer.status < 300, `${answer.status} ${answer.text}`);
  return answer;
}

/** With a version, as a PATCH wants it. */
const at = (version: number) => ({ headers: { 'if-match': String(version) } });

describe('what operators do', () => {
  const shared = shareTestHub({ isTelling: false });

  /** Administers the ward, and answers alerts at home. */
  async function enter(hub: TestHub, name: string): Promise<LoggedIn> {
    for (const project_id of ['ward', 'home']) {
      await hub.call('POST /api/v1/projects', { project_id });
    }
    return logIn(hub, { name, roles: { ward: 'admin', home: 'responder' } });
  }

  test('has their name, their way in, and the role that they have there', async () => {
    const hub = shared();
    const ada = await enter(hub, 'Ada');
    const body = { project_id: 'ward', name: 'of Ada', kind: 'native' };
    await done(ada.call('POST /api/v1/sources', body));
    const raised = await done(
      hub.call('POST /api/v1/alerts', { project_id: 'home', title: 'Fall' }),
    );
    const alert = raised.textAt('alert_id');
    await done(ada.call(`POST /api/v1/alerts/${alert}/status`, { status: 'ACKNOWLEDGED' }));
    const rows = (await ask(hub, 'principal=Ada')).toReversed();
    const deeds = rows.filter((row) => row['project_id'] !== '-');
    assert.deepEqual(
      deeds.map((row) => [row['project_id'], row['action'], partOf(row, 'principal')['role']]),
      [
        ['ward', 'source.created', 'admin'],
        ['home', 'alert.acknowledged', 'responder'],
      ],
    );
    for (const row of rows) {
      const { id, name, auth_method } = partOf(row, 'principal');
      assert.deepEqual([id, name, auth_method], [ada.id, 'Ada', 'session']);
    }
  });

  test('is found by their id too, after they were called otherwise', async () => {
    const hub = shared();
    const bruno = await enter(hub, 'Bruno');
    await done(bruno.call('POST /api/v1/policies', policyOf('first')));
    const version = (await hub.call(`GET /api/v1/operators/${bruno.id}`)).at('version');
    const match = { headers: { 'if-match': JSON.stringify(version) } };
    await done(hub.call(`PATCH /api/v1/operators/${bruno.id}`, { name: 'Bruna' }, match));
    await done(bruno.call('POST /api/v1/policies', policyOf('second')));
    const made = (rows: readonly JsonObject[]) =>
      actionsOf(rows).filter((action) => action === 'policy.created').length;
    assert.equal(made(await ask(hub, `principal=${bruno.id}`)), 2);
    assert.equal(made(await ask(hub, 'principal=Bruno')), 1, 'as they were called then');
    assert.equal(made(await ask(hub, 'principal=Bruna')), 1);
    const [renamed] = await ask(hub, `object=${bruno.id}&action=operator.updated`);
    assert.deepEqual(
      [partOf(renamed, 'before')['name'], partOf(renamed, 'after')['name']],
      ['Bruno', 'Bruna'],
    );
  });

  test('with their own login is in the chain of the hub, which they do not see', async () => {
    const hub = shared();
    const clara = await enter(hub, 'Clara');
    const rows = await ask(hub, `object=${clara.id}`);
    assert.ok(actionsOf(rows).includes('operator.created'));
    assert.ok(actionsOf(rows).includes('operator.set_up'));
    assert.deepEqual(new Set(rows.map((row) => row['project_id'])), new Set(['-']));
    const own = await clara.call('GET /api/v1/audit?limit=500');
    assert.equal(own.status, 200, own.text);
    const projects = new Set(listItems(own).map((row) => row['project_id']));
    assert.deepEqual(projects, new Set(['ward']), 'and not that of home, which they only answer');
    assert.equal((await clara.call('GET /api/v1/audit?project_id=-')).status, 404);
    assert.equal((await clara.call('GET /api/v1/audit?project_id=home')).status, 403);
  });

  test('leaves no password, no code, no cookie and no link of a set-up', async () => {
    const hub = shared();
    const dora = await enter(hub, 'Dora');
    const reset = await done(hub.call(`POST /api/v1/operators/${dora.id}/reset`));
    const text = JSON.stringify(await hub.query('select * from audit'));
    const token = reset.textAt('set_up_url').split('/').at(-1) ?? '';
    const cookies = dora
      .cookie()
      .split('; ')
      .map((cookie) => cookie.split('=')[1] ?? '');
    const secrets = [PASSWORD, ADMIN_KEY, token, ...dora.recoveryCodes, ...cookies];
    for (const secret of secrets.filter((one) => one.length > 5)) {
      assert.equal(text.includes(secret), false, secret);
    }
  });
});

const policyOf = (name: string): JsonObject => ({
  project_id: 'ward',
  name,
  steps: [{ delay_s: 60 }],
});

describe('what is asked twice', () => {
  const shared = shareTestHub({ isTelling: false });

  test('and answered from memory, has one row, with its key', async () => {
    const hub = shared();
    const headers = { 'idempotency-key': 'twice-1' };
    const body = { name: 'twice', steps: [{ delay_s: 60 }] };
    const answers = [1, 2, 3].map(() => hub.call('POST /api/v1/policies', body, { headers }));
    for (const answer of await Promise.all(answers)) {
      assert.ok([201, 409].includes(answer.status), answer.text);
    }
    const again = await done(hub.call('POST /api/v1/policies', body, { headers }));
    assert.equal(again.headers['idempotent-replayed'], 'true');
    const rows = await ask(hub, 'action=policy.created');
    assert.equal(rows.length, 1);
    assert.equal(partOf(rows[0], 'request')['idempotency_key'], 'twice-1');
  });

  test('and refused the second time, has one row', async () => {
    const hub = shared();
    const source = await hub.create('/api/v1/sources', { name: 'once', kind: 'native' });
    const change = { severity_default: 'high' };
    const race = [1, 2, 3].map(() => hub.call(`PATCH /api/v1/sources/${source}`, change, at(1)));
    const statuses = (await Promise.all(race)).map(({ status }) => status);
    assert.equal(statuses.filter((status) => status === 200).length, 1, String(statuses));
    assert.deepEqual(actionsOf(await ask(hub, `object=${source}`)), [
      'source.updated',
      'source.created',
    ]);
  });
});

describe('what the hub does by itself', () => {
  const shared = shareTestHub({ isTelling: false });

  test('at a start, with a file, is its own: nobody asked for it', async () => {
    const hub = shared();
    const unsaid = { language: null, addresses: null, position: null, is_active: null };
    const anna = { name: 'Anna', ...unsaid };
    const document = {
      version: 1 as const,
      projects: [{ project_id: 'started', responders: [anna] }],
    };
    const asked = { document, isPruning: false, by: TIMER, versions: null, isGenerating: false };
    await hub.node.hub.configuration.apply(asked);
    const rows = (await ask(hub, 'principal=tocsin')).toReversed();
    assert.deepEqual(actionsOf(rows), ['project.created', 'responder.created']);
    assert.ok(rows.every((row) => row['request'] === null));
    await hub.node.hub.configuration.apply(asked);
    assert.equal((await ask(hub, 'principal=tocsin')).length, 2, 'a second start changes nothing');
  });

  test('as time goes by leaves nothing, whatever it sends, raises or forgets', async () => {
    const hub = shared();
    await hub.tell('/people');
    const count = await hub.countRows('audit');
    await hub.raise();
    await hub.advance({ hours: 30 });
    await hub.node.hub.runRetentionOnce();
    assert.equal(await hub.countRows('audit'), count);
  });
});

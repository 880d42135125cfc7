import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { sha256 } from '#kernel/crypto.ts';
import { projectId, SOURCE_TOKEN_PATTERN } from '#kernel/id.ts';
import type { JsonObject } from '#kernel/syntax/json.ts';
import { SOURCE_KINDS } from '#kernel/words/severity.ts';
import { createSeededRandom } from '#test/support/ids.ts';
import { createResourceServer, type ResourceServer } from '#test/support/resource-server.ts';
import { renderSourceToken } from './source.routes.ts';
import { findSourceByTokenHash, listSources } from './source.store.ts';

const PATH = '/api/v1/sources';

describe('sources', () => {
  let hub: ResourceServer;
  let count = 0;
  const fresh = (): string => `prom-${(count += 1)}`;

  before(async () => {
    hub = await createResourceServer();
  });
  after(() => hub.close());

  test('show their token and address once, and are found by the hash', async () => {
    const name = fresh();
    const body = { project_id: 'default', name, kind: 'alertmanager', mapping: {} };
    const made = await hub.call('admin', `POST ${PATH}`, { body });
    assert.equal(made.status, 201, made.text);
    const token = made.textAt('token');
    assert.match(token, SOURCE_TOKEN_PATTERN);
    const way = `https://tocsin.example/base/ingest/alertmanager/${token}`;
    assert.equal(made.at('ingest_url'), way);
    const one = await hub.call('admin', `GET ${PATH}/${made.textAt('id')}`);
    assert.equal(one.at('token'), undefined);
    assert.ok(!one.text.includes(token));
    assert.ok(!(await hub.call('admin', `GET ${PATH}`)).text.includes(token));
    assert.ok(!(await hub.dump('source')).includes(token));
    const found = await findSourceByTokenHash(hub.db.database, sha256(token));
    assert.equal(found?.name, name);
    assert.equal(await findSourceByTokenHash(hub.db.database, sha256('x')), null);
  });

  test('have the defaults of the contract', async () => {
    const body = { name: fresh(), kind: 'native' };
    const made = await hub.call('admin', `POST ${PATH}`, { body });
    assert.deepEqual(made.without('token', 'ingest_url'), {
      id: made.at('id'),
      project_id: 'default',
      version: 1,
      created_at: made.at('created_at'),
      updated_at: made.at('created_at'),
      name: body.name,
      kind: 'native',
      severity_default: 'medium',
      policy_id: null,
      silent_after_s: null,
      dedup_window_s: null,
      join_by: null,
      mapping: {},
      is_built_in: false,
      last_heard_at: null,
      last_refused_at: null,
      is_silent: false,
      secrets: {},
      warnings: [],
    });
  });

  test('of an unknown kind are refused with the kinds there are', async () => {
    const body = { name: fresh(), kind: 'nagios' };
    const refused = await hub.call('admin', `POST ${PATH}`, { body });
    assert.deepEqual(refused.at('error.details'), [
      { path: 'kind', message: `must be one of ${SOURCE_KINDS.join(', ')}` },
    ]);
  });

  test('refuse a mapping, odd severities and odd windows', async () => {
    const body = {
      name: fresh(),
      kind: 'native',
      mapping: { title: '$.t' },
      severity_default: 'warning',
      silent_after_s: 0,
      dedup_window_s: 1.5,
    };
    const refused = await hub.call('admin', `POST ${PATH}`, { body });
    const odd = ['severity_default', 'silent_after_s', 'dedup_window_s'];
    assert.deepEqual(refused.paths(), odd);
    for (const kind of ['native', 'alertmanager']) {
      const mapped = { name: fresh(), kind, mapping: { title: '$.t' } };
      const answer = await hub.call('admin', `POST ${PATH}`, { body: mapped });
      assert.deepEqual(answer.paths(), ['mapping.title']);
    }
  });

  test('of cameras take a report for urgent that says nothing, unless told otherwise', async () => {
    const severityOf = async (body: JsonObject) => {
      const made = await hub.call('admin', `POST ${PATH}`, { body: { name: fresh(), ...body } });
      return made.at('severity_default');
    };
    assert.equal(await severityOf({ kind: 'edge' }), 'high');
    assert.equal(await severityOf({ kind: 'edge', severity_default: 'low' }), 'low');
    assert.equal(await severityOf({ kind: 'generic' }), 'medium');
  });

  test('take a policy of their own project only', async () => {
    const steps = [{ delay_s: 5 }];
    const own = await hub.create('/api/v1/policies', { name: fresh(), steps });
    const foreign = await hub.create('/api/v1/policies', {
      name: 'far',
      steps,
      project_id: 'other',
    });
    const body = { name: fresh(), kind: 'native', policy_id: own };
    const made = await hub.call('admin', `POST ${PATH}`, { body });
    assert.equal(made.at('policy_id'), own);
    const refused = await hub.call('admin', `POST ${PATH}`, {
      body: { ...body, name: fresh(), policy_id: foreign },
    });
    assert.equal(refused.status, 422);
    assert.equal(refused.at('error.details.0.path'), 'policy_id');
    const one = `PATCH ${PATH}/${made.textAt('id')}`;
    const patched = await hub.call('admin', one, { body: { policy_id: foreign }, version: 1 });
    assert.equal(patched.at('error.details.0.path'), 'policy_id');
    const cleared = await hub.call('admin', one, { body: { policy_id: null }, version: 1 });
    assert.equal(cleared.at('policy_id'), null);
  });

  test('keep what a change leaves out, and clear what it sets to null', async () => {
    const body = { name: fresh(), kind: 'native', silent_after_s: 60, dedup_window_s: 30 };
    const id = await hub.create(PATH, body);
    const one = `PATCH ${PATH}/${id}`;
    const first = await hub.call('admin', one, { body: { silent_after_s: null }, version: 1 });
    assert.equal(first.at('silent_after_s'), null);
    assert.equal(first.at('dedup_window_s'), 30);
    assert.equal(first.at('name'), body.name);
    const second = await hub.call('admin', one, { body: { kind: 'native' }, version: 2 });
    assert.equal(second.at('error.details.0.path'), 'kind');
  });

  test('that are built in can be set up, but not renamed or removed', async () => {
    const [native] = await listSources(hub.db.database, projectId('default'));
    assert.equal(native?.isBuiltIn, true);
    const one = `${PATH}/${native?.sourceId}`;
    const patch = { body: { severity_default: 'high', name: 'native' }, version: 1 };
    const changed = await hub.call('admin', `PATCH ${one}`, patch);
    assert.equal(changed.at('severity_default'), 'high');
    const renamed = await hub.call('admin', `PATCH ${one}`, { body: { name: 'x' }, version: 2 });
    assert.equal(renamed.at('error.code'), 'built_in');
    const removed = await hub.call('admin', `DELETE ${one}`);
    assert.equal(removed.status, 409);
    assert.equal(removed.at('error.code'), 'built_in');
  });

  test('have tokens of which no letter is likelier than another', () => {
    const counts = new Map<string, number>();
    const random = createSeededRandom(7);
    for (let index = 0; index < 3_000; index += 1) {
      const token = renderSourceToken(random);
      assert.match(token, SOURCE_TOKEN_PATTERN);
      for (const letter of token) counts.set(letter, (counts.get(letter) ?? 0) + 1);
    }
    assert.equal(counts.size, 36);
    // 96,000 letters: 2,667 of each, give or take 51. With `byte % 36` the first four have 3,000.
    for (const [letter, seen] of counts) {
      assert.ok(Math.abs(seen - 96_000 / 36) < 225, `${letter}: ${seen}`);
    }
  });
});

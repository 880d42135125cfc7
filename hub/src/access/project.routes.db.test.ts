import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createResourceServer, type ResourceServer } from '#test/support/resource-server.ts';

describe('projects', () => {
  let hub: ResourceServer;

  before(async () => {
    hub = await createResourceServer();
  });
  after(() => hub.close());

  test('are made by the hub administrator with their policies and ways in', async () => {
    const body = { project_id: 'care-home_1', name: 'Care home' };
    const made = await hub.call('hubAdmin', 'POST /api/v1/projects', { body });
    assert.equal(made.status, 201, made.text);
    assert.equal(made.at('id'), 'care-home_1');
    assert.equal(made.at('version'), 1);
    assert.equal(made.at('name'), 'Care home');
    const policies = await hub.call('hubAdmin', 'GET /api/v1/policies?project_id=care-home_1');
    assert.equal(policies.at('items.1.name'), 'sentinel');
    assert.equal(policies.at('items.1.is_default'), true);
    assert.equal(policies.at('items.0.name'), 'sentinel-strict');
    assert.equal(policies.at('items.0.is_default'), false);
    const sources = await hub.call('hubAdmin', 'GET /api/v1/sources?project_id=care-home_1');
    assert.equal(sources.at('items.0.kind'), 'alertmanager');
    assert.equal(sources.at('items.1.kind'), 'native');
    assert.equal(sources.at('items.1.is_built_in'), true);
    assert.equal(sources.at('items.1.severity_default'), 'medium');
    assert.deepEqual(hub.changed, ['care-home_1']);
  });

  test('are named after their id when no name is given', async () => {
    const body = { project_id: 'plain' };
    const made = await hub.call('hubAdmin', 'POST /api/v1/projects', { body });
    assert.equal(made.at('name'), 'plain');
  });

  test('are not made by administrators of one project, nor twice', async () => {
    const body = { project_id: 'mine', name: 'Mine' };
    const refused = await hub.call('admin', 'POST /api/v1/projects', { body });
    assert.equal(refused.at('error.code'), 'not_allowed');
    const taken = { project_id: 'default', name: 'Another' };
    const twice = await hub.call('hubAdmin', 'POST /api/v1/projects', { body: taken });
    assert.equal(twice.at('error.code'), 'name_taken');
    assert.equal(twice.at('error.details.0.path'), 'project_id');
    const kept = await hub.call('hubAdmin', 'GET /api/v1/projects/default');
    assert.equal(kept.at('name'), 'default');
  });

  test('have ids that fit into paths', async () => {
    for (const id of ['', 'Ünicode', 'UPPER', '-dash', 'a b', 'a'.repeat(65), 1, null]) {
      const refused = await hub.call('hubAdmin', 'POST /api/v1/projects', {
        body: { project_id: id, name: 'x' },
      });
      assert.equal(refused.at('error.details.0.path'), 'project_id', String(id));
    }
    const longest = { project_id: 'a'.repeat(64), name: 'x' };
    const made = await hub.call('hubAdmin', 'POST /api/v1/projects', { body: longest });
    assert.equal(made.status, 201);
  });

  test('are seen by those who belong to them', async () => {
    const mine = await hub.call('viewer', 'GET /api/v1/projects');
    assert.equal(mine.at('items.0.id'), 'default');
    assert.equal(mine.at('items.1'), undefined);
    assert.equal((await hub.call('viewer', 'GET /api/v1/projects/default')).status, 200);
    for (const id of ['other', 'nowhere', 'NOT-AN-ID']) {
      assert.equal((await hub.call('viewer', `GET /api/v1/projects/${id}`)).status, 404, id);
    }
    assert.equal((await hub.call('hubAdmin', 'GET /api/v1/projects/nowhere')).status, 404);
  });

  test('are listed in pages', async () => {
    const first = await hub.call('hubAdmin', 'GET /api/v1/projects?limit=2');
    assert.notEqual(first.at('items.1'), undefined);
    const next = `GET /api/v1/projects?limit=500&cursor=${first.textAt('next_cursor')}`;
    const rest = await hub.call('hubAdmin', next);
    assert.ok(!rest.text.includes(first.textAt('items.1.id')), rest.text);
    assert.ok(rest.text.includes('"id":"default"'), rest.text);
    assert.equal(rest.at('next_cursor'), null);
  });

  test('are renamed by their administrators, at the version they have read', async () => {
    const version = await hub.projectVersion('other');
    const path = 'PATCH /api/v1/projects/other';
    const body = { name: 'The other' };
    assert.equal((await hub.call('otherAdmin', path, { body })).status, 409);
    const stale = await hub.call('otherAdmin', path, { body, version: version + 1 });
    assert.equal(stale.at('error.code'), 'version_conflict');
    assert.match(stale.textAt('error.hint'), new RegExp(`version ${version}\\.`));
    assert.equal((await hub.call('admin', path, { body, version })).status, 404);
    const renamed = await hub.call('otherAdmin', path, { body, version });
    assert.equal(renamed.status, 200, renamed.text);
    assert.equal(renamed.at('name'), 'The other');
    assert.equal(renamed.at('version'), version + 1);
    for (const name of ['', '  ', 'two\nlines', 'x'.repeat(201)]) {
      const refused = await hub.call('otherAdmin', path, { body: { name }, version: version + 1 });
      assert.equal(refused.at('error.details.0.path'), 'name', name);
    }
  });
});

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { LIMITS } from '#kernel/limits.ts';
import { SOURCE_KINDS } from '#kernel/words/severity.ts';
import {
  type Answer,
  createResourceServer,
  type ResourceServer,
} from '#test/support/resource-server.ts';

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
    for (const [index, kind] of SOURCE_KINDS.toReversed().entries()) {
      assert.equal(sources.at(`items.${index}.kind`), kind);
      assert.equal(sources.at(`items.${index}.is_built_in`), true);
    }
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

  test('have the defaults of the contract', async () => {
    const body = { project_id: 'defaults' };
    const made = await hub.call('hubAdmin', 'POST /api/v1/projects', { body });
    assert.deepEqual(made.without('created_at', 'updated_at'), {
      id: 'defaults',
      project_id: 'defaults',
      version: 1,
      name: 'defaults',
      language: 'en',
      administrators: [],
      archive_after_s: 86_400,
      retention_days: null,
      mail_content: 'minimal',
      redaction: {
        extra_keys: [],
        extra_patterns: [],
        phone_regions: ['CN', 'IT'],
        are_local_addresses_masked: false,
      },
      warnings: [],
    });
    const read = await hub.call('hubAdmin', 'GET /api/v1/projects/defaults');
    assert.deepEqual(read.body, made.body);
  });

  test('say who looks after them from their start, as they were given', async () => {
    const administrators = [
      { channel_type: 'email', address: 'duty@care.example', channel_id: null },
      { channel_type: 'webhook', address: 'https://duty.example/', channel_id: null },
    ];
    const settings = { language: 'it', administrators, archive_after_s: 0, retention_days: 1 };
    const body = { project_id: 'looked-after', ...settings };
    const made = await hub.call('hubAdmin', 'POST /api/v1/projects', { body });
    assert.equal(made.status, 201, made.text);
    const read = await hub.call('hubAdmin', 'GET /api/v1/projects/looked-after');
    assert.deepEqual(read.body, made.body);
    for (const [field, value] of Object.entries(settings)) {
      assert.deepEqual(read.at(field), value, field);
    }
    assert.deepEqual(
      read.at('warnings'),
      ['email', 'webhook'].map((kind, index) => ({
        path: `administrators[${index}]`,
        message: `the project has no ${kind} channel, so nothing is sent there`,
      })),
    );
    const hook = { name: 'hook', channel_type: 'webhook', config: { url: 'https://r.example/' } };
    await hub.create('/api/v1/channels', { ...hook, project_id: 'looked-after' });
    const listed = await hub.call('hubAdmin', 'GET /api/v1/projects?project_id=looked-after');
    assert.equal(listed.at('items.0.warnings.0.path'), 'administrators[0]');
    assert.equal(listed.at('items.0.warnings.1'), undefined);
  });

  test('keep what a change leaves out, and clear what it sets to null', async () => {
    const path = 'PATCH /api/v1/projects/third';
    const administrators = [{ channel_type: 'email', address: 'a@care.example', channel_id: null }];
    const settings = { language: 'fr', administrators, archive_after_s: 60, retention_days: 30 };
    let version = await hub.projectVersion('third');
    const set = await hub.call('hubAdmin', path, { body: settings, version });
    assert.equal(set.status, 200, set.text);
    assert.equal(set.at('name'), 'third');
    version += 1;
    const renamed = await hub.call('hubAdmin', path, { body: { name: 'Third' }, version });
    for (const [field, value] of Object.entries(settings)) {
      assert.deepEqual(renamed.at(field), value, field);
    }
    version += 1;
    const body = { retention_days: null, administrators: [] };
    const cleared = await hub.call('hubAdmin', path, { body, version });
    assert.equal(cleared.at('retention_days'), null);
    assert.deepEqual(cleared.at('administrators'), []);
    assert.equal(cleared.at('language'), 'fr');
    assert.equal(cleared.at('version'), version + 1);
    const read = await hub.call('hubAdmin', 'GET /api/v1/projects/third');
    assert.deepEqual(read.body, cleared.body);
  });

  test('refuse settings that are out of bounds, and take those at the edge', async () => {
    const mail = { channel_type: 'email', address: 'a@care.example' };
    const crowd = (length: number) => Array.from({ length }, () => mail);
    const { policyDelayMaxS, retentionDaysMax, administratorsMax } = LIMITS;
    const wrong: readonly (readonly [string, unknown])[] = [
      ['language', 'de'],
      ['language', null],
      ['archive_after_s', -1],
      ['archive_after_s', policyDelayMaxS + 1],
      ['archive_after_s', 1.5],
      ['retention_days', 0],
      ['retention_days', retentionDaysMax + 1],
      ['retention_days', '30'],
      ['administrators', crowd(administratorsMax + 1)],
      ['administrators', null],
      ['administrators[0].address', [{ ...mail, address: 'nobody' }]],
      ['administrators[0].channel_type', [{ ...mail, channel_type: 'pager' }]],
      ['link_no', 1],
    ];
    const change = async (body: unknown): Promise<Answer> => {
      const version = await hub.projectVersion('third');
      return hub.call('hubAdmin', 'PATCH /api/v1/projects/third', { body, version });
    };
    for (const [path, value] of wrong) {
      const refused = await change({ [path.replace(/\[.*/, '')]: value });
      assert.equal(refused.status, 422, refused.text);
      assert.equal(refused.at('error.details.0.path'), path);
    }
    const edges = [
      { archive_after_s: 0, retention_days: 1, administrators: crowd(administratorsMax) },
      { archive_after_s: policyDelayMaxS, retention_days: retentionDaysMax },
    ];
    for (const edge of edges) assert.equal((await change(edge)).status, 200);
    const body = { project_id: 'none', administrators: [{ ...mail, address: 'nobody' }] };
    const refused = await hub.call('hubAdmin', 'POST /api/v1/projects', { body });
    assert.equal(refused.at('error.details.0.path'), 'administrators[0].address');
    assert.equal((await hub.call('hubAdmin', 'GET /api/v1/projects/none')).status, 404);
  });

  test('have administrators on channels of their own alone', async () => {
    const hook = { name: 'hook', channel_type: 'webhook', config: { url: 'https://r.example/' } };
    const id = await hub.create('/api/v1/channels', hook);
    const named = { channel_type: 'webhook', address: 'https://duty.example/', channel_id: id };
    const body = { administrators: [named] };
    const add = { body: { project_id: 'early', ...body } };
    const early = await hub.call('hubAdmin', 'POST /api/v1/projects', add);
    assert.equal(early.at('error.details.0.path'), 'administrators[0].channel_id');
    const change = async (project: string): Promise<Answer> => {
      const version = await hub.projectVersion(project);
      return hub.call('hubAdmin', `PATCH /api/v1/projects/${project}`, { body, version });
    };
    const foreign = await change('other');
    assert.equal(foreign.at('error.details.0.path'), 'administrators[0].channel_id');
    assert.equal((await change('default')).status, 200);
  });
});

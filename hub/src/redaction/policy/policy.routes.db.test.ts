import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { JsonObject } from '#kernel/syntax/json.ts';
import {
  type Answer,
  createResourceServer,
  type ResourceServer,
} from '#test/support/resource-server.ts';
import { MASK_CLASSES } from '#redaction/mask.ts';

describe('what a project masks', () => {
  let hub: ResourceServer;

  before(async () => {
    hub = await createResourceServer();
  });
  after(() => hub.close());

  const read = (project: string) => hub.call('viewer', `GET /api/v1/projects/${project}/redaction`);
  const change = async (project: string, redaction: JsonObject): Promise<Answer> => {
    const version = await hub.projectVersion(project);
    const body = { redaction };
    return hub.call('hubAdmin', `PATCH /api/v1/projects/${project}`, { body, version });
  };
  const countVersions = (answer: Answer): number => {
    const versions = answer.at('versions');
    return Array.isArray(versions) ? versions.length : -1;
  };

  test('is what every project masks, and each class of it is told', async () => {
    const answer = await read('default');
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(answer.at('classes'), { ...MASK_CLASSES });
    assert.equal(countVersions(answer), 1);
    assert.equal(answer.at('versions.0.redaction_version'), answer.at('redaction_version'));
    assert.equal(answer.at('versions.0.created_by.auth_method'), 'timer');
    assert.deepEqual(answer.at('versions.0.policy'), answer.at('policy'));
  });

  test('grows by its administrators, who are remembered with each version', async () => {
    const before = await read('default');
    hub.clock.advanceMs(1_000);
    const changed = await change('default', { extra_keys: ['bed_no'] });
    assert.equal(changed.status, 200, changed.text);
    assert.deepEqual(changed.at('redaction.extra_keys'), ['bed_no']);
    const grown = await read('default');
    assert.equal(countVersions(grown), countVersions(before) + 1);
    assert.notEqual(grown.at('redaction_version'), before.at('redaction_version'));
    assert.equal(grown.at('versions.0.created_by.name'), 'hubAdmin');
    assert.deepEqual(grown.at('versions.1'), before.at('versions.0'));
    const same = await change('default', { extra_keys: ['bed_no'] });
    assert.equal(same.status, 200);
    assert.equal(countVersions(await read('default')), countVersions(grown));
    const wards = [{ name: 'WARD', pattern: 'WARD-[0-9]+' }];
    hub.clock.advanceMs(1_000);
    const twice = await change('default', { extra_patterns: wards });
    assert.deepEqual(twice.at('redaction.extra_keys'), ['bed_no']);
    assert.deepEqual(twice.at('redaction.extra_patterns'), wards);
  });

  test('never shrinks, and the refusal says what is missing and what to do', async () => {
    const wards = [{ name: 'WARD', pattern: 'W-[0-9]{4}' }];
    await change('other', { extra_keys: ['bed_no'], extra_patterns: wards });
    for (const [path, fewer] of [
      ['redaction.extra_keys', { extra_keys: ['other'] }],
      ['redaction.extra_patterns', { extra_patterns: [] }],
      ['redaction.phone_regions', { phone_regions: ['FR'] }],
    ] as const) {
      const refused = await change('other', fewer);
      assert.equal(refused.status, 409, refused.text);
      assert.equal(refused.at('error.code'), 'policy_reveals');
      assert.equal(refused.at('error.details.0.path'), path);
      assert.match(refused.textAt('error.hint'), /together with what is new/);
    }
    const kept = await hub.call('otherAdmin', 'GET /api/v1/projects/other/redaction');
    assert.deepEqual(kept.at('policy.extra_keys'), ['bed_no']);
    assert.deepEqual(kept.at('policy.extra_patterns'), wards);
  });

  test('is refused with the place of each fault, and nothing is changed', async () => {
    const version = await hub.projectVersion('third');
    for (const [path, redaction] of [
      ['redaction.extra_patterns[0].pattern', { extra_patterns: [{ name: 'X1', pattern: '(' }] }],
      ['redaction.extra_patterns[0].pattern', { extra_patterns: [{ name: 'X1', pattern: '.+' }] }],
      ['redaction.extra_patterns[0].name', { extra_patterns: [{ name: 'x', pattern: 'EMP' }] }],
      ['redaction.extra_keys[0]', { extra_keys: ['title'] }],
      ['redaction.phone_regions[2]', { phone_regions: ['CN', 'IT', 'Italy'] }],
      ['redaction.is_off', { is_off: true }],
    ] as const) {
      const refused = await change('third', redaction);
      assert.equal(refused.status, 422, refused.text);
      assert.equal(refused.at('error.details.0.path'), path);
    }
    assert.equal(await hub.projectVersion('third'), version);
  });

  test('may be said when a project is made, and how much of a mail stays', async () => {
    const redaction = { extra_keys: ['badge'], are_local_addresses_masked: true };
    const body = { project_id: 'clinic', mail_content: 'full', redaction };
    const made = await hub.call('hubAdmin', 'POST /api/v1/projects', { body });
    assert.equal(made.status, 201, made.text);
    assert.deepEqual(made.at('redaction.extra_keys'), ['badge']);
    const answer = await hub.call('hubAdmin', 'GET /api/v1/projects/clinic/redaction');
    assert.equal(answer.at('mail_content'), 'full');
    assert.equal(answer.at('policy.are_local_addresses_masked'), true);
    assert.equal(countVersions(answer), 2);
    const wide = { project_id: 'wide', redaction: { extra_keys: ['title'] } };
    const refused = await hub.call('hubAdmin', 'POST /api/v1/projects', { body: wide });
    assert.equal(refused.at('error.details.0.path'), 'redaction.extra_keys[0]');
    assert.equal((await hub.call('hubAdmin', 'GET /api/v1/projects/wide')).status, 404);
  });

  test('is for those who see the project', async () => {
    assert.ok([403, 404].includes((await read('other')).status));
    assert.equal((await hub.call('ingest', 'GET /api/v1/projects/default/redaction')).status, 403);
  });
});

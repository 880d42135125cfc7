import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { projectId } from '#kernel/id.ts';
import { LIMITS } from '#kernel/limits.ts';
import {
  type Answer,
  createResourceServer,
  type ResourceServer,
} from '#test/support/resource-server.ts';
import { listPolicies, loadSnapshots } from './policy.store.ts';

const PATH = '/api/v1/policies';
const DEFAULT = projectId('default');

describe('policies', () => {
  let hub: ResourceServer;
  let channelId: string;
  let foreignChannelId: string;
  let count = 0;
  const fresh = (): string => `policy-${(count += 1)}`;

  before(async () => {
    hub = await createResourceServer();
    const channel = { channel_type: 'webhook', config: { url: 'https://r.example/' } };
    channelId = await hub.create('/api/v1/channels', { ...channel, name: 'ops' });
    const far = { ...channel, name: 'far', project_id: 'other' };
    foreignChannelId = await hub.create('/api/v1/channels', far);
  });
  after(() => hub.close());

  const make = async (body: Readonly<Record<string, unknown>>): Promise<Answer> =>
    hub.call('admin', `POST ${PATH}`, { body: { name: fresh(), ...body } });
  const change = async (id: string, version: number, body: unknown): Promise<Answer> =>
    hub.call('admin', `PATCH ${PATH}/${id}`, { body, version });
  const findStored = async (id: string) =>
    (await listPolicies(hub.db.database, DEFAULT)).find(({ policyId }) => policyId === id);

  test('fill in what is left out', async () => {
    const made = await make({ steps: [{ delay_s: 90 }, { delay_s: 120 }] });
    assert.equal(made.status, 201, made.text);
    const rest = made.without('id', 'created_at', 'updated_at', 'name');
    const step = { priority: 'high', condition: 'not_acknowledged', targets: [{ type: 'rules' }] };
    assert.deepEqual(rest, {
      project_id: 'default',
      version: 1,
      is_default: false,
      is_built_in: false,
      steps: [
        { delay_s: 90, label: 'Reminder 1', ...step },
        { delay_s: 120, label: 'Reminder 2', ...step },
      ],
      repeat_every_s: 600,
      min_interval_s: 30,
      seen_hold_s: null,
      if_not_delivered_s: null,
      expire_after_s: 7200,
      seen_expire_after_s: 14400,
      ack_timeout_s: 7200,
      ack_timeout_action: 'resolve',
    });
  });

  test('are kept and answered as they were given', async () => {
    const body = {
      is_default: false,
      steps: [
        {
          delay_s: 2,
          label: 'Ring',
          priority: 'emergency',
          condition: 'not_delivered',
          targets: [{ type: 'channel', channel_id: channelId }, { type: 'rules' }],
        },
      ],
      repeat_every_s: null,
      min_interval_s: 0,
      seen_hold_s: 10,
      if_not_delivered_s: 20,
      expire_after_s: 30,
      seen_expire_after_s: 40,
      ack_timeout_s: 50,
      ack_timeout_action: 'escalate',
    };
    const made = await make(body);
    const one = await hub.call('viewer', `GET ${PATH}/${made.textAt('id')}`);
    for (const [field, value] of Object.entries(body))
      assert.deepEqual(one.at(field), value, field);
  });

  test('save what they say as a snapshot, the same one for the same content', async () => {
    const made = await make({ steps: [{ delay_s: 5, targets: [{ type: 'rules' }] }] });
    const id = made.textAt('id');
    const first = await findStored(id);
    const load = async (snapshotId = '') =>
      loadSnapshots(hub.db.database, [{ projectId: DEFAULT, snapshotId }]);
    assert.deepEqual((await load(first?.snapshotId))[0]?.policy, first?.policy);
    await change(id, 1, { name: fresh() });
    assert.equal((await findStored(id))?.snapshotId, first?.snapshotId);
    await change(id, 2, { expire_after_s: 99 });
    const second = await findStored(id);
    assert.notEqual(second?.snapshotId, first?.snapshotId);
    assert.equal((await load(second?.snapshotId))[0]?.policy.expireAfterS, 99);
    assert.equal((await load(first?.snapshotId))[0]?.policy.expireAfterS, 7200);
    await change(id, 3, { expire_after_s: 7200 });
    assert.equal((await findStored(id))?.snapshotId, first?.snapshotId);
    assert.equal((await hub.call('admin', `DELETE ${PATH}/${id}`)).status, 204);
    assert.equal((await load(first?.snapshotId)).length, 1);
    assert.deepEqual(await load('unknown'), []);
    assert.deepEqual(await loadSnapshots(hub.db.database, []), []);
  });

  test('are refused when their steps are not in order, or none or too many', async () => {
    const steps = (count: number) => Array.from({ length: count }, (_, i) => ({ delay_s: i + 1 }));
    const cases: readonly (readonly [unknown, string])[] = [
      [[], 'steps'],
      [undefined, 'steps'],
      [steps(LIMITS.policyStepsMax + 1), 'steps'],
      [[{ delay_s: 2 }, { delay_s: 2 }], 'steps[1].delay_s'],
      [[{ delay_s: 9 }, { delay_s: 10 }, { delay_s: 3 }], 'steps[2].delay_s'],
      [[{ delay_s: 0 }], 'steps[0].delay_s'],
      [[{ delay_s: 1.5 }], 'steps[0].delay_s'],
      [[{ delay_s: '5' }], 'steps[0].delay_s'],
      [[{ delay_s: LIMITS.policyDelayMaxS + 1 }], 'steps[0].delay_s'],
      [[{}], 'steps[0].delay_s'],
      [[{ delay_s: 1, targets: [] }], 'steps[0].targets'],
      [[{ delay_s: 1, targets: [{ type: 'person' }] }], 'steps[0].targets[0].type'],
      [[{ delay_s: 1, targets: [{ type: 'channel' }] }], 'steps[0].targets[0].channel_id'],
      [[{ delay_s: 1, label: '' }], 'steps[0].label'],
      [[{ delay_s: 1, priority: 'low' }], 'steps[0].priority'],
    ];
    for (const [given, path] of cases) {
      const refused = await make({ steps: given });
      assert.equal(refused.status, 422, refused.text);
      assert.equal(refused.at('error.details.0.path'), path, refused.text);
    }
    const most = await make({ steps: steps(LIMITS.policyStepsMax) });
    assert.equal(most.status, 201, most.text);
    const longest = await make({ steps: [{ delay_s: LIMITS.policyDelayMaxS }] });
    assert.equal(longest.status, 201, longest.text);
  });

  test('call only channels of their own project', async () => {
    const steps = (id: string) => [
      { delay_s: 1 },
      { delay_s: 2, targets: [{ type: 'rules' }, { type: 'channel', channel_id: id }] },
    ];
    const refused = await make({ steps: steps(foreignChannelId) });
    assert.equal(refused.status, 422);
    assert.equal(refused.at('error.details.0.path'), 'steps[1].targets[1].channel_id');
    const made = await make({ steps: steps(channelId) });
    assert.equal(made.status, 201, made.text);
    const patched = await change(made.textAt('id'), 1, { steps: steps(foreignChannelId) });
    assert.equal(patched.status, 422);
    const held = await hub.call('admin', `DELETE /api/v1/channels/${channelId}`);
    assert.equal(held.at('error.code'), 'still_in_use');
  });

  test('call only responders of their own project', async () => {
    const person = await hub.create('/api/v1/responders', { name: 'Anna' });
    const far = { name: 'Far', project_id: 'other' };
    const foreign = await hub.create('/api/v1/responders', far);
    const steps = (id: string) => [
      { delay_s: 1, targets: [{ type: 'rules' }, { type: 'responder', responder_id: id }] },
    ];
    const made = await make({ steps: steps(person) });
    assert.equal(made.status, 201, made.text);
    assert.deepEqual(made.at('steps.0.targets'), steps(person)[0]?.targets);
    // A channel is no responder, although its id is one of the project.
    for (const id of [foreign, channelId]) {
      const refused = await make({ steps: steps(id) });
      const path = 'steps[0].targets[1].responder_id';
      assert.deepEqual(refused.at('error.details'), [
        { path, message: 'is no responder of this project' },
      ]);
      const patched = await change(made.textAt('id'), 1, { steps: steps(id) });
      assert.equal(patched.at('error.details.0.path'), path);
    }
    const extra = [{ type: 'responder', responder_id: person, channel_id: channelId }];
    const unread = await make({ steps: [{ delay_s: 1, targets: extra }] });
    assert.equal(unread.at('error.details.0.path'), 'steps[0].targets[0].channel_id');
    const unnamed = await make({ steps: [{ delay_s: 1, targets: [{ type: 'responder' }] }] });
    assert.equal(unnamed.at('error.details.0.path'), 'steps[0].targets[0].responder_id');
  });

  test('that call a responder keep the name of their snapshot over a change and back', async () => {
    const person = await hub.create('/api/v1/responders', { name: 'Berta' });
    const targets = [{ type: 'responder', responder_id: person }];
    const id = (await make({ steps: [{ delay_s: 5, targets }] })).textAt('id');
    const first = (await findStored(id))?.snapshotId;
    await change(id, 1, { name: fresh() });
    assert.equal((await findStored(id))?.snapshotId, first);
    await change(id, 2, { steps: [{ delay_s: 5 }] });
    assert.notEqual((await findStored(id))?.snapshotId, first);
    await change(id, 3, { steps: [{ targets, delay_s: 5 }] });
    assert.equal((await findStored(id))?.snapshotId, first);
  });

  test('pass the default on: a project has exactly one', async () => {
    const made = await make({ steps: [{ delay_s: 1 }], is_default: true });
    const id = made.textAt('id');
    const defaults = async () =>
      (await listPolicies(hub.db.database, DEFAULT)).filter(({ isDefault }) => isDefault);
    assert.deepEqual(
      (await defaults()).map(({ policyId }) => policyId),
      [id],
    );
    const refused = await change(id, 1, { is_default: false });
    assert.equal(refused.at('error.details.0.path'), 'is_default');
    const held = await hub.call('admin', `DELETE ${PATH}/${id}`);
    assert.equal(held.at('error.code'), 'still_in_use');
    const builtIn = (await listPolicies(hub.db.database, DEFAULT)).find(
      ({ name }) => name === 'sentinel',
    );
    const { policyId = '', version = 0, snapshotId } = builtIn ?? {};
    assert.equal(version, 2);
    const back = await change(policyId, version, { is_default: true });
    assert.equal(back.status, 200, back.text);
    assert.deepEqual(
      (await defaults()).map(({ name }) => name),
      ['sentinel'],
    );
    assert.equal((await findStored(policyId))?.snapshotId, snapshotId);
    assert.equal((await hub.call('admin', `DELETE ${PATH}/${id}`)).status, 204);
  });

  test('that are built in stay as they are', async () => {
    const strict = (await listPolicies(hub.db.database, DEFAULT)).find(
      ({ name }) => name === 'sentinel-strict',
    );
    const id = strict?.policyId ?? '';
    for (const body of [{ name: 'mine' }, { steps: [{ delay_s: 1 }] }, { seen_hold_s: null }]) {
      const refused = await change(id, 1, body);
      assert.equal(refused.at('error.code'), 'built_in', JSON.stringify(body));
    }
    const removed = await hub.call('admin', `DELETE ${PATH}/${id}`);
    assert.equal(removed.at('error.code'), 'built_in');
  });

  test('stay while a source uses them', async () => {
    const id = (await make({ steps: [{ delay_s: 1 }] })).textAt('id');
    const body = { name: 'user', kind: 'native', policy_id: id };
    const sourceId = await hub.create('/api/v1/sources', body);
    const held = await hub.call('admin', `DELETE ${PATH}/${id}`);
    assert.equal(held.status, 409);
    assert.deepEqual(held.at('error.details'), [
      { path: 'sources', message: 'source user uses it' },
    ]);
    await hub.call('admin', `DELETE /api/v1/sources/${sourceId}`);
    assert.equal((await hub.call('admin', `DELETE ${PATH}/${id}`)).status, 204);
  });
});

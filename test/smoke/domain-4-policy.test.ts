/**
 * DOMAIN 4, sentence by sentence: who is called when, the two built-in policies, own ones, and what
 * an alert keeps of the policy it was raised under. Later: on-call schedules as targets.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { listItems, textOf } from '#test/support/hub/calls.ts';
import type { TestHub } from '#test/support/hub.ts';
import { shareTestHub } from '#test/support/hub/shared.ts';
import {
  addPolicy,
  listReceived,
  listRounds,
  moveTo,
  patch,
  pathOf,
  tellStory,
} from '#test/support/hub/story.ts';

async function findPolicy(hub: TestHub, name: string): Promise<string> {
  const policies = listItems(await hub.call('GET /api/v1/policies'));
  return textOf(policies.find((policy) => policy['name'] === name)?.['id']);
}

/** `2:00 escalated Reminder 1, high` without the path. */
async function listCalls(hub: TestHub, id: string): Promise<readonly string[]> {
  return (await listRounds(hub, id)).map((line) => line.replace(' -> /ops', ''));
}

describe('the built-in policies', () => {
  const shared = shareTestHub();

  test('round 0 fires at creation with the priority of the severity', async () => {
    const hub = shared();
    for (const [severity, priority] of [
      ['critical', 'critical'],
      ['high', 'high'],
      ['medium', 'normal'],
      ['low', 'normal'],
      ['info', 'normal'],
    ] as const) {
      const id = await hub.raise({ severity });
      await hub.settle();
      assert.deepEqual(await listCalls(hub, id), [`0:00 created, ${priority}`]);
    }
  });

  test('and counts as last_notification_at', async () => {
    const hub = shared();
    const alert = await hub.alert(await hub.raise());
    assert.equal(alert['last_notification_at'], alert['created_at']);
    assert.deepEqual([alert['notification_count'], alert['escalation_level']], [1, 0]);
  });

  test('sentinel: all five fire, then it repeats every 10 minutes until it expires', async () => {
    const hub = shared();
    const id = await hub.raise({ severity: 'critical' });
    await hub.advance({ minutes: 121 });
    const repeats = [40, 50, 60, 70, 80, 90, 100, 110];
    assert.deepEqual(await listCalls(hub, id), [
      '0:00 created, critical',
      '2:00 escalated Reminder 1, high',
      '5:00 escalated Reminder 2, critical',
      '10:00 escalated Reminder 3, critical',
      '20:00 escalated URGENT reminder, emergency',
      '30:00 escalated MAX ESCALATION, emergency',
      ...repeats.map((minute) => `${minute}:00 escalated MAX ESCALATION, emergency`),
      '120:00 expired, emergency',
    ]);
  });

  test('it repeats until someone answers', async () => {
    const hub = shared();
    const id = await hub.raise({ severity: 'critical' });
    await hub.advance({ minutes: 45 });
    await hub.acknowledge(id);
    await hub.advance({ minutes: 60 });
    assert.deepEqual((await listCalls(hub, id)).slice(-2), [
      '40:00 escalated MAX ESCALATION, emergency',
      '45:00 acknowledged, normal',
    ]);
  });

  test('sentinel-strict: not delivered in 30 s, and seen holds it for 300 s', async () => {
    const hub = shared();
    const id = await hub.raise({ policy_id: await findPolicy(hub, 'sentinel-strict') });
    await hub.advance({ minutes: 3 });
    await moveTo(hub, id, 'SEEN');
    await hub.advance({ minutes: 6 });
    assert.deepEqual(await listCalls(hub, id), [
      '0:00 created, normal',
      '0:30 created Not delivered, normal',
      '2:00 escalated Reminder 1, high',
      '2:30 escalated Not delivered, high',
      '3:00 seen, normal',
      // Due at 5:00; seen at 3:00 holds it until 8:00.
      '8:00 escalated Reminder 2, critical',
    ]);
  });

  test('SEEN holds the escalation until it expires, as in the fall-alert manager', async () => {
    const hub = shared();
    const id = await hub.raise();
    await hub.advance({ minutes: 3 });
    await moveTo(hub, id, 'SEEN');
    assert.equal((await hub.alert(id))['next_step'], null);
    await hub.advance({ hours: 4 });
    assert.deepEqual((await listCalls(hub, id)).slice(1), [
      '2:00 escalated Reminder 1, high',
      '3:00 seen, normal',
      '243:00 expired, emergency',
    ]);
  });

  test('only PENDING and DELIVERED alerts escalate', async () => {
    const hub = shared();
    const id = await hub.raise();
    await moveTo(hub, id, 'DELIVERED');
    await hub.advance({ minutes: 3 });
    assert.equal((await listCalls(hub, id)).at(-1), '2:00 escalated Reminder 1, high');
  });
});

describe('own policies', () => {
  const shared = shareTestHub();

  test('seconds are kept to the second, and the repeat is as it says', async () => {
    const hub = shared();
    const policy_id = await addPolicy(hub, 'fast', { delays: [2, 5], repeat_every_s: 4 });
    const id = await hub.raise({ policy_id });
    await hub.advance({ seconds: 14 });
    assert.deepEqual(await listCalls(hub, id), [
      '0:00 created, normal',
      '0:02 escalated Reminder 1, high',
      '0:05 escalated Reminder 2, high',
      '0:09 escalated Reminder 2, high',
      '0:13 escalated Reminder 2, high',
    ]);
  });

  test('without a repeat it is silent after the last step, until it expires', async () => {
    const hub = shared();
    const how = { delays: [2], repeat_every_s: null, expire_after_s: 60 };
    const id = await hub.raise({ policy_id: await addPolicy(hub, 'once', how) });
    await hub.advance({ minutes: 10 });
    assert.deepEqual((await listCalls(hub, id)).slice(1), [
      '0:02 escalated Reminder 1, high',
      '1:00 expired, high',
    ]);
  });

  test('a step names a label, a priority and targets: rules, channels, responders', async () => {
    const hub = shared();
    const boss = await hub.tell('/boss', { rule: { is_active: false } });
    const url = (path: string) => hub.receiver.url(path);
    const ada = await hub.create('/api/v1/responders', {
      name: 'Ada',
      addresses: [
        { channel_type: 'webhook', address: url('/ada-phone') },
        { channel_type: 'webhook', address: url('/ada-home') },
      ],
    });
    const steps = [
      { delay_s: 1, label: 'Ward' },
      {
        delay_s: 2,
        label: 'Boss and Ada',
        priority: 'emergency',
        targets: [
          { type: 'channel', channel_id: boss },
          { type: 'responder', responder_id: ada },
        ],
      },
    ];
    const policy_id = await addPolicy(hub, 'targets', { steps, min_interval_s: 0 });
    const id = await hub.raise({ policy_id });
    await hub.advance({ seconds: 3 });
    assert.deepEqual((await listRounds(hub, id)).toSorted(), [
      '0:00 created, normal -> /ops',
      '0:01 escalated Ward, high -> /ops',
      '0:02 escalated Boss and Ada, emergency -> /ada-home',
      '0:02 escalated Boss and Ada, emergency -> /ada-phone',
      '0:02 escalated Boss and Ada, emergency -> /boss',
    ]);
    const story = await tellStory(hub, id);
    const line =
      '0:02 ESCALATED Boss and Ada | level 2, send #3, emergency | ' +
      'calling boss, Ada (webhook 127.0.0.1), Ada (webhook 127.0.0.1) (Tocsin)';
    assert.ok(story.includes(line), story.join('\n'));
  });

  test('conditions: not_acknowledged, not_seen, not_delivered', async () => {
    const hub = shared();
    const steps = [
      { delay_s: 10, label: 'Undelivered', condition: 'not_delivered' },
      { delay_s: 20, label: 'Unseen', condition: 'not_seen' },
      { delay_s: 30, label: 'Unanswered', condition: 'not_acknowledged' },
    ];
    const how = { steps, seen_hold_s: 1, min_interval_s: 0 };
    const policy_id = await addPolicy(hub, 'conditions', how);
    const raiseAnd = async (status: string | null) => {
      const id = await hub.raise({ policy_id });
      if (status !== null) await moveTo(hub, id, status);
      return id;
    };
    const [pending, delivered, seen, held] = [
      await raiseAnd(null),
      await raiseAnd('DELIVERED'),
      await raiseAnd('SEEN'),
      await raiseAnd('ACKNOWLEDGED'),
    ];
    await hub.advance({ seconds: 40 });
    const labelsOf = (id: string) =>
      listReceived(hub, id).flatMap(({ data }) =>
        data['label'] === null ? [] : [textOf(data['label'])],
      );
    assert.deepEqual(labelsOf(pending), ['Undelivered', 'Unseen', 'Unanswered']);
    assert.deepEqual(labelsOf(delivered), ['Unseen', 'Unanswered']);
    assert.deepEqual(labelsOf(seen), ['Unanswered']);
    assert.deepEqual(labelsOf(held), []);
    const skipped = (await tellStory(hub, seen)).filter((line) => line.includes('STEP_SKIPPED'));
    assert.deepEqual(skipped, [
      '0:10 STEP_SKIPPED Undelivered | level 1 | only if not_delivered (Tocsin)',
      '0:20 STEP_SKIPPED Unseen | level 2 | only if not_seen (Tocsin)',
    ]);
  });

  test('editing the policy changes later alerts only', async () => {
    const hub = shared();
    const how = { delays: [10], min_interval_s: 0, expire_after_s: 3_600 };
    const policy_id = await addPolicy(hub, 'snapshot', how);
    const before = await hub.raise({ policy_id });
    const steps = [{ delay_s: 4, label: 'Sooner' }];
    await patch(hub, `/api/v1/policies/${policy_id}`, { steps, expire_after_s: 60 });
    const after = await hub.raise({ policy_id });
    await hub.advance({ minutes: 2 });
    assert.deepEqual((await listCalls(hub, before)).slice(1), ['0:10 escalated Reminder 1, high']);
    assert.deepEqual((await listCalls(hub, after)).slice(1), [
      '0:04 escalated Sooner, high',
      '1:00 expired, high',
    ]);
  });

  test('a policy that is gone still rules the alerts raised under it', async () => {
    const hub = shared();
    const policy_id = await addPolicy(hub, 'removed', { delays: [10] });
    const id = await hub.raise({ policy_id });
    assert.equal((await hub.call(`DELETE /api/v1/policies/${policy_id}`)).status, 204);
    await hub.advance({ seconds: 20 });
    assert.deepEqual((await listCalls(hub, id)).slice(1), ['0:10 escalated Reminder 1, high']);
  });
});

describe('if_not_delivered_s sends a round again by the fallback', () => {
  const shared = shareTestHub({ isTelling: false });

  async function addWays(hub: TestHub, name: string): Promise<void> {
    const standIn = await hub.tell(`/${name}-b`, { rule: { is_active: false } });
    const rule = { matchers: [`ward="${name}"`] };
    await hub.tell(`/${name}-a`, { fallback_channel_id: standIn, rule });
  }

  test('when nothing was delivered in that time: by the channel that stands in', async () => {
    const hub = shared();
    await addWays(hub, 'east');
    const policy_id = await addPolicy(hub, 'east', { delays: [120], if_not_delivered_s: 30 });
    const id = await hub.raise({ policy_id, labels: { ward: 'east' } });
    await hub.advance({ seconds: 151 });
    assert.deepEqual(await listRounds(hub, id), [
      '0:00 created, normal -> /east-a',
      '0:30 created Not delivered, normal -> /east-b',
      '2:00 escalated Reminder 1, high -> /east-a',
      '2:30 escalated Not delivered, high -> /east-b',
    ]);
    const story = await tellStory(hub, id);
    const line = '0:30 ESCALATED Not delivered | normal | calling east-b (Tocsin)';
    assert.ok(story.includes(line), story.join('\n'));
  });

  test('not when a device confirmed it in time', async () => {
    const hub = shared();
    await addWays(hub, 'west');
    const policy_id = await addPolicy(hub, 'west', { delays: [120], if_not_delivered_s: 30 });
    const id = await hub.raise({ policy_id, labels: { ward: 'west' } });
    await hub.advance({ seconds: 20 });
    const receipt = pathOf(listReceived(hub, id)[0], 'receipt_url');
    await hub.call(`POST ${receipt}`, { status: 'delivered' }, { key: null });
    await hub.advance({ seconds: 40 });
    assert.deepEqual(await listRounds(hub, id), ['0:00 created, normal -> /west-a']);
  });

  test('administrators hear of it too; where nothing stands in, the same way again', async () => {
    const hub = shared();
    await hub.tell('/south', { rule: { matchers: ['ward="south"'] } });
    const policy_id = await addPolicy(hub, 'south', { delays: [120], if_not_delivered_s: 30 });
    const raise = () => hub.raise({ policy_id, labels: { ward: 'south' } });
    const alone = await raise();
    await hub.advance({ seconds: 40 });
    assert.equal(
      (await listRounds(hub, alone)).at(-1),
      '0:30 created Not delivered, normal -> /south',
    );
    const address = hub.receiver.url('/admins');
    await patch(hub, '/api/v1/projects/default', {
      administrators: [{ channel_type: 'webhook', address }],
    });
    const id = await raise();
    await hub.advance({ seconds: 40 });
    assert.equal(
      (await listRounds(hub, id)).at(-1),
      '0:30 created Not delivered, normal -> /admins',
    );
  });
});

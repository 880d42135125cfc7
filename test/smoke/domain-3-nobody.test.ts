/**
 * DOMAIN 3, sentence by sentence: an alert that reaches nobody notifies the project's
 * administrators at once, shows "nobody is called", and is counted in `/readyz` and a metric. Each
 * way to reach nobody is a project of its own; a channel of it carries what administrators get.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isJsonObject, type JsonObject } from '#kernel/syntax/json.ts';
import { listItems } from '#test/support/hub/calls.ts';
import type { TestHub } from '#test/support/hub.ts';
import { shareTestHub } from '#test/support/hub/shared.ts';
import {
  addPolicy,
  listMessages,
  listReceived,
  listRounds,
  moveTo,
  patch,
  tellStory,
} from '#test/support/hub/story.ts';

/** A project whose administrators have a webhook of their own; no rule leads anywhere. */
async function addProject(hub: TestHub, project_id: string): Promise<string> {
  await hub.create('/api/v1/projects', { project_id });
  const carrier = await hub.create('/api/v1/channels', {
    project_id,
    name: 'carrier',
    channel_type: 'webhook',
    config: { url: hub.receiver.url('/unused') },
  });
  const url = hub.receiver.url(`/admins-${project_id}`);
  const administrators = [{ channel_type: 'webhook', address: url, channel_id: carrier }];
  await patch(hub, `/api/v1/projects/${project_id}`, { administrators });
  return `/admins-${project_id}`;
}

/** A rule and a channel of that project. */
function tellIn(hub: TestHub, project_id: string, more: JsonObject = {}): Promise<string> {
  const { rule, ...channel } = more;
  const asked = { project_id, ...(isJsonObject(rule) ? rule : {}) };
  return hub.tell(`/${project_id}`, { project_id, ...channel, rule: asked });
}

async function readMetric(hub: TestHub): Promise<number> {
  const { text } = await hub.call('GET /metrics');
  return Number(/^tocsin_alerts_nobody_called_total (\d+)$/m.exec(text)?.[1]);
}

async function isToldByReadiness(hub: TestHub): Promise<boolean> {
  const answer = await hub.call('GET /readyz');
  assert.equal(answer.status, 200, 'the hub itself can work');
  return answer.text.includes('nobody_called');
}

/** What every such alert has to come to. */
async function assertNobodyCalled(hub: TestHub, id: string, admins: string): Promise<void> {
  await hub.settle();
  // What came to nothing in one beat is told in the next.
  await hub.settle();
  assert.equal((await hub.alert(id))['is_nobody_called'], true);
  const rounds = await listRounds(hub, id);
  assert.ok(rounds.some((line) => line.includes('Nobody is called') && line.endsWith(admins)));
  const told = listReceived(hub, id).find(({ path }) => path === admins);
  assert.notEqual(told?.data['action_url'] ?? null, null, 'they can answer it');
  assert.equal(await isToldByReadiness(hub), true);
}

describe('an alert that reaches nobody tells the administrators at once', () => {
  const shared = shareTestHub({ isTelling: false });

  test('no rule', async () => {
    const hub = shared();
    const admins = await addProject(hub, 'no-rule');
    const before = await readMetric(hub);
    const id = await hub.raise({ project_id: 'no-rule', severity: 'critical' });
    await assertNobodyCalled(hub, id, admins);
    assert.equal(await readMetric(hub), before + 1);
    const address = 'telling the administrators: webhook 127.0.0.1';
    assert.deepEqual((await tellStory(hub, id)).slice(0, 1), [
      '0:00 CREATED critical, raised by admin key | ' +
        `nobody is called: no rule leads to a channel | ${address} (admin key)`,
    ]);
    assert.deepEqual(await listRounds(hub, id), [
      `0:00 created Nobody is called, critical -> ${admins}`,
    ]);
    await hub.acknowledge(id);
    assert.equal(await isToldByReadiness(hub), false, 'until somebody has it');
  });

  test('an inactive channel', async () => {
    const hub = shared();
    const admins = await addProject(hub, 'inactive');
    await tellIn(hub, 'inactive', { is_active: false });
    const before = await readMetric(hub);
    const id = await hub.raise({ project_id: 'inactive' });
    await assertNobodyCalled(hub, id, admins);
    assert.equal(await readMetric(hub), before + 1);
    assert.match((await tellStory(hub, id))[0] ?? '', /nobody is called \| inactive inactive/);
    const messages = await listMessages(hub, id);
    assert.ok(messages.includes('inactive created skipped channel_inactive'), messages.join('\n'));
  });

  test('a channel that is made inactive while the message waits', async () => {
    const hub = shared();
    const admins = await addProject(hub, 'made-inactive');
    const channel = await tellIn(hub, 'made-inactive');
    const before = await readMetric(hub);
    const id = await hub.raise({ project_id: 'made-inactive' });
    await patch(hub, `/api/v1/channels/${channel}`, { is_active: false });
    await assertNobodyCalled(hub, id, admins);
    assert.equal(await readMetric(hub), before + 1);
  });

  test('a responder without an address', async () => {
    const hub = shared();
    const project_id = 'no-address';
    const admins = await addProject(hub, project_id);
    const before = await readMetric(hub);
    const ada = await hub.create('/api/v1/responders', { project_id, name: 'Ada', addresses: [] });
    const targets = [{ type: 'responder', responder_id: ada }];
    await tellIn(hub, project_id, { rule: { event_types: ['alert.created'] } });
    const steps = [{ delay_s: 60, targets }];
    const policy_id = await addPolicy(hub, 'Ada', { project_id, steps });
    const id = await hub.raise({ project_id, policy_id });
    await hub.settle();
    assert.equal((await hub.alert(id))['is_nobody_called'], false);
    await hub.advance({ minutes: 1 });
    await assertNobodyCalled(hub, id, admins);
    assert.equal(await readMetric(hub), before + 1);
    const story = (await tellStory(hub, id)).find((line) => line.includes('ESCALATED'));
    assert.equal(
      story,
      '1:00 ESCALATED Reminder 1 | level 1, send #2, high | nobody is called | ' +
        'not reached: Ada has no address | telling the administrators: webhook 127.0.0.1 (Tocsin)',
    );
  });

  test('all messages failed', async () => {
    const hub = shared();
    const admins = await addProject(hub, 'failed');
    await tellIn(hub, 'failed');
    hub.receiver.answerNext('/failed', 410);
    const before = await readMetric(hub);
    const id = await hub.raise({ project_id: 'failed', severity: 'critical' });
    await assertNobodyCalled(hub, id, admins);
    assert.equal(await readMetric(hub), before + 1);
    assert.deepEqual(await listRounds(hub, id), [
      '0:00 created, critical -> /failed',
      `0:00 created Nobody is called, critical -> ${admins}`,
    ]);
    const story = await tellStory(hub, id);
    assert.ok(
      story.some((line) => line.startsWith('0:00 ESCALATED Nobody is called | critical')),
      story.join('\n'),
    );
    await hub.advance({ minutes: 2 });
    assert.equal((await hub.alert(id))['is_nobody_called'], false, 'the next round reached it');
  });

  test('not while one of two messages can still arrive', async () => {
    const hub = shared();
    await addProject(hub, 'one-left');
    await tellIn(hub, 'one-left');
    await hub.tell('/one-left-b', { project_id: 'one-left', rule: { project_id: 'one-left' } });
    hub.receiver.answerNext('/one-left', 410);
    hub.receiver.answerNext('/one-left-b', 500);
    const id = await hub.raise({ project_id: 'one-left', severity: 'critical' });
    await hub.settle();
    assert.equal((await hub.alert(id))['is_nobody_called'], false);
    assert.equal(listReceived(hub, id).length, 2);
  });

  test('without administrators the timeline says that too', async () => {
    const hub = shared();
    await hub.create('/api/v1/projects', { project_id: 'nobody-at-all' });
    const id = await hub.raise({ project_id: 'nobody-at-all' });
    await hub.settle();
    assert.equal((await hub.alert(id))['is_nobody_called'], true);
    assert.match(
      (await tellStory(hub, id))[0] ?? '',
      /nobody is called: no rule leads to a channel/,
    );
    assert.deepEqual(await listMessages(hub, id), []);
  });

  test('it starts calling when there is a way', async () => {
    const hub = shared();
    await addProject(hub, 'mended');
    const id = await hub.raise({ project_id: 'mended' });
    await hub.settle();
    await tellIn(hub, 'mended');
    await hub.advance({ minutes: 2 });
    assert.equal((await listRounds(hub, id)).at(-1), '2:00 escalated Reminder 1, high -> /mended');
    assert.equal((await hub.alert(id))['is_nobody_called'], false);
    assert.equal(await isToldByReadiness(hub), false);
  });

  test('administrators are told each time a round reaches nobody, also of the expiry', async () => {
    const hub = shared();
    const project_id = 'each-round';
    const admins = await addProject(hub, project_id);
    const how = { project_id, delays: [60], expire_after_s: 120 };
    const id = await hub.raise({ project_id, policy_id: await addPolicy(hub, 'each', how) });
    await hub.advance({ minutes: 3 });
    assert.deepEqual(await listRounds(hub, id), [
      `0:00 created Nobody is called, normal -> ${admins}`,
      `1:00 escalated Nobody is called, high -> ${admins}`,
      `2:00 expired Nobody is called, high -> ${admins}`,
    ]);
    const rows = listItems(await hub.call(`GET /api/v1/alerts/${id}/notifications`));
    assert.ok(rows.every(({ named_by: by }) => by === 'administrators'));
    await moveTo(hub, id, 'RESOLVED');
  });
});

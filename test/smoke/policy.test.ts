/** Who is called when is a matter of policy: chosen once, kept with the alert it was chosen for. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '#kernel/syntax/json.ts';
import { startTestHub, type TestHub } from '#test/support/hub.ts';
import { listItems, textOf } from '#test/support/hub/calls.ts';

/** Delays in seconds; the second step goes to the channel alone, whatever the rules say. */
function stepsAfter(...delays: readonly number[]): JsonObject {
  return { steps: delays.map((delay_s) => ({ delay_s })) };
}

function addPolicy(hub: TestHub, name: string, more: JsonObject): Promise<string> {
  return hub.create('/api/v1/policies', { name, ...more });
}

/** Seconds from the start, and the label; the round at creation has none. */
function listRounds(hub: TestHub, startedAt: number, path = '/ops'): readonly string[] {
  return hub.receiver
    .received(path)
    .map(
      ({ at, data }) =>
        `${(at - startedAt) / 1_000} ${data['label'] === null ? '-' : textOf(data['label'])}`,
    );
}

test('a policy in seconds calls to the second, and repeats as it says', async (t) => {
  const hub = await startTestHub(t);
  const startedAt = hub.clock.now();
  const fast = await addPolicy(hub, 'fast', { ...stepsAfter(2, 5), repeat_every_s: 4 });
  await hub.raise({ policy_id: fast });
  await hub.advance({ seconds: 14 });
  assert.deepEqual(listRounds(hub, startedAt), [
    '0 -',
    '2 Reminder 1',
    '5 Reminder 2',
    '9 Reminder 2',
    '13 Reminder 2',
  ]);
});

test('without a repeat it is silent after the last step, until it expires', async (t) => {
  const hub = await startTestHub(t);
  const startedAt = hub.clock.now();
  const once = { ...stepsAfter(2), repeat_every_s: null, expire_after_s: 60 };
  const id = await hub.raise({ policy_id: await addPolicy(hub, 'once', once) });
  await hub.advance({ minutes: 10 });
  assert.deepEqual(listRounds(hub, startedAt), ['0 -', '2 Reminder 1', '60 -']);
  assert.equal((await hub.alert(id))['expired_at'], '2026-11-16T08:01:00.000Z');
});

test('the alert chooses before its source, the source before the project', async (t) => {
  const hub = await startTestHub(t);
  const startedAt = hub.clock.now();
  const [alert, source, project] = await Promise.all([
    addPolicy(hub, 'of-alert', stepsAfter(3)),
    addPolicy(hub, 'of-source', stepsAfter(5)),
    addPolicy(hub, 'of-project', { ...stepsAfter(7), is_default: true }),
  ]);
  const body = { name: 'lifts', kind: 'native', policy_id: source };
  const made = await hub.call('POST /api/v1/sources', body);
  const key = made.textAt('token');
  const raised = [
    await hub.raise({ policy_id: alert }, { key }),
    await hub.raise({}, { key }),
    await hub.raise(),
  ];
  const chosen = await Promise.all(raised.map(async (id) => (await hub.alert(id))['policy_id']));
  assert.deepEqual(chosen, [alert, source, project]);
  await hub.advance({ seconds: 8 });
  const reminders = listRounds(hub, startedAt).filter((line) => line.endsWith('Reminder 1'));
  assert.deepEqual(reminders, ['3 Reminder 1', '5 Reminder 1', '7 Reminder 1']);
});

test('a policy that is no policy of the project is refused, and nothing is stored', async (t) => {
  const hub = await startTestHub(t);
  const nobody = '0190a000-0000-7000-8000-000000000000';
  const answer = await hub.call('POST /api/v1/alerts', { title: 'Fall', policy_id: nobody });
  assert.deepEqual([answer.status, answer.at('error.details.0.path')], [422, 'policy_id']);
  assert.equal(await hub.countRows('event'), 0);
});

test('editing a policy changes later alerts only', async (t) => {
  const hub = await startTestHub(t);
  const startedAt = hub.clock.now();
  const id = await addPolicy(hub, 'ward', { ...stepsAfter(10), min_interval_s: 0 });
  await hub.raise({ policy_id: id, title: 'before' });
  const edited = await hub.call(
    `PATCH /api/v1/policies/${id}`,
    { steps: [{ delay_s: 4, label: 'Sooner' }] },
    { headers: { 'if-match': '1' } },
  );
  assert.equal(edited.status, 200, edited.text);
  await hub.raise({ policy_id: id, title: 'after' });
  await hub.advance({ seconds: 11 });
  assert.deepEqual(listRounds(hub, startedAt).slice(2), ['4 Sooner', '10 Reminder 1']);
});

test('a step may name channels of its own, and ask for a condition', async (t) => {
  const hub = await startTestHub(t);
  const startedAt = hub.clock.now();
  const boss = await hub.tell('/boss', { rule: { is_active: false } });
  const steps = [
    { delay_s: 60, label: 'Unseen', condition: 'not_seen' },
    { delay_s: 120, label: 'Boss', targets: [{ type: 'channel', channel_id: boss }] },
  ];
  const policy = await addPolicy(hub, 'boss', { steps, repeat_every_s: null, seen_hold_s: 1 });
  const id = await hub.raise({ policy_id: policy });
  await hub.advance({ seconds: 30 });
  await hub.call(`POST /api/v1/alerts/${id}/status`, { status: 'SEEN' });
  await hub.advance({ seconds: 120 });
  assert.deepEqual(listRounds(hub, startedAt, '/boss'), ['120 Boss']);
  assert.ok(!listRounds(hub, startedAt).some((line) => line.endsWith('Unseen')));
  const skipped = (await hub.timeline(id)).filter((line) => line.includes('STEP_SKIPPED'));
  assert.deepEqual(skipped, ['08:01:00 STEP_SKIPPED Unseen | level 1 | only if not_seen (Tocsin)']);
});

test('two rounds of one alert keep their distance', async (t) => {
  const hub = await startTestHub(t);
  const startedAt = hub.clock.now();
  const policy = await addPolicy(hub, 'calm', { ...stepsAfter(10, 15), min_interval_s: 20 });
  await hub.raise({ policy_id: policy });
  await hub.advance({ seconds: 45 });
  assert.deepEqual(listRounds(hub, startedAt), ['0 -', '20 Reminder 2']);
});

test('sentinel-strict sends again after 30 s, and goes on 5 minutes after seen', async (t) => {
  const hub = await startTestHub(t);
  const startedAt = hub.clock.now();
  const policies = listItems(await hub.call('GET /api/v1/policies'));
  const strict = policies.find(({ name }) => name === 'sentinel-strict');
  const id = await hub.raise({ policy_id: textOf(strict?.['id']) });
  await hub.advance({ minutes: 3 });
  await hub.call(`POST /api/v1/alerts/${id}/status`, { status: 'SEEN' });
  await hub.advance({ minutes: 6 });
  assert.deepEqual(listRounds(hub, startedAt), [
    '0 -',
    '30 -',
    '120 Reminder 1',
    '150 Reminder 1',
    // Seen at 180; what was due meanwhile waits for 300 s.
    '180 -',
    '480 Reminder 2',
  ]);
});

test('acknowledged, not resolved: a policy may call again instead of closing it', async (t) => {
  const hub = await startTestHub(t);
  const startedAt = hub.clock.now();
  const again = { ...stepsAfter(600), ack_timeout_s: 300, ack_timeout_action: 'escalate' };
  const id = await hub.raise({ policy_id: await addPolicy(hub, 'again', again) });
  await hub.settle();
  await hub.acknowledge(id);
  await hub.advance({ seconds: 301 });
  const label = 'Acknowledged, but not resolved';
  assert.deepEqual(listRounds(hub, startedAt), ['0 -', '0 -', `300 ${label}`]);
  assert.equal((await hub.alert(id))['status'], 'ACKNOWLEDGED');
});

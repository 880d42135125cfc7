/**
 * DOMAIN 3, sentence by sentence: how long an alert waits in each status, what becomes of it then,
 * and what an answer still does when it has expired.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { listItems } from '#test/support/hub/calls.ts';
import type { TestHub } from '#test/support/hub.ts';
import { shareTestHub } from '#test/support/hub/shared.ts';
import {
  addPolicy,
  listEvents,
  listReceived,
  listRounds,
  moveTo,
  pathOf,
  tellStory,
} from '#test/support/hub/story.ts';

/** One call, and nothing more until the defaults of DOMAIN 3 run out. */
function quietPolicy(hub: TestHub, name: string): Promise<string> {
  return addPolicy(hub, name, { delays: [60] });
}

async function statusOf(hub: TestHub, id: string) {
  return (await hub.alert(id))['status'];
}

describe('times are fields of the policy, with the defaults of the fall-alert manager', () => {
  const shared = shareTestHub();

  test('PENDING or DELIVERED older than 2 h -> EXPIRED', async () => {
    const hub = shared();
    const policy_id = await quietPolicy(hub, 'waiting');
    const [pending, delivered] = [await hub.raise({ policy_id }), await hub.raise({ policy_id })];
    await hub.advance({ minutes: 110 });
    await moveTo(hub, delivered, 'DELIVERED');
    await hub.advance({ minutes: 9, seconds: 59 });
    for (const id of [pending, delivered]) assert.notEqual(await statusOf(hub, id), 'EXPIRED');
    await hub.advance({ seconds: 1 });
    for (const id of [pending, delivered]) assert.equal(await statusOf(hub, id), 'EXPIRED');
    assert.deepEqual((await tellStory(hub, pending)).slice(-2), [
      '120:00 ESCALATED expired | high | calling ops (Tocsin)',
      '120:00 NOTIFICATION_SENT alert.expired accepted by ops (HTTP 200) | attempt 1 (Tocsin)',
    ]);
    assert.ok(
      (await tellStory(hub, pending)).includes(
        '120:00 STATUS_CHANGED PENDING -> EXPIRED | nobody answered (Tocsin)',
      ),
    );
  });

  test('SEEN for 4 h, from when it was seen -> EXPIRED', async () => {
    const hub = shared();
    const id = await hub.raise({ policy_id: await quietPolicy(hub, 'seen') });
    await hub.advance({ minutes: 119 });
    await moveTo(hub, id, 'SEEN');
    await hub.advance({ hours: 3, minutes: 59, seconds: 59 });
    assert.equal(await statusOf(hub, id), 'SEEN');
    await hub.advance({ seconds: 1 });
    assert.equal(await statusOf(hub, id), 'EXPIRED');
    const story = await tellStory(hub, id);
    const moved = '359:00 STATUS_CHANGED SEEN -> EXPIRED | seen, but nobody answered (Tocsin)';
    assert.ok(story.includes(moved), story.join('\n'));
  });

  test('ACKNOWLEDGED for 2 h, from the acknowledgement -> RESOLVED, unconfirmed', async () => {
    const hub = shared();
    const id = await hub.raise({ policy_id: await quietPolicy(hub, 'held') });
    await hub.advance({ minutes: 119 });
    await hub.acknowledge(id);
    await hub.advance({ minutes: 119, seconds: 59 });
    assert.equal(await statusOf(hub, id), 'ACKNOWLEDGED');
    await hub.advance({ seconds: 1 });
    const alert = await hub.alert(id);
    assert.deepEqual([alert['status'], alert['outcome']], ['RESOLVED', 'unconfirmed']);
    const story = await tellStory(hub, id);
    const moved =
      '239:00 STATUS_CHANGED ACKNOWLEDGED -> RESOLVED | unconfirmed | ' +
      'acknowledged, but not resolved in time (Tocsin)';
    assert.ok(story.includes(moved), story.join('\n'));
    assert.deepEqual(listEvents(hub, id).slice(-2), ['acknowledged', 'resolved']);
  });

  test('or re-escalate where the policy says so, until somebody resolves it', async () => {
    const hub = shared();
    const again = { delays: [30], ack_timeout_s: 300, ack_timeout_action: 'escalate' };
    const id = await hub.raise({ policy_id: await addPolicy(hub, 're-escalate', again) });
    await hub.settle();
    await hub.acknowledge(id);
    await hub.advance({ minutes: 11 });
    assert.equal(await statusOf(hub, id), 'ACKNOWLEDGED');
    assert.deepEqual((await listRounds(hub, id)).slice(2), [
      '5:00 escalated Acknowledged, but not resolved, normal -> /ops',
      '10:00 escalated Acknowledged, but not resolved, normal -> /ops',
    ]);
  });

  test('each a policy field: seconds instead of hours', async () => {
    const hub = shared();
    const short = { delays: [5], expire_after_s: 20, seen_expire_after_s: 30, ack_timeout_s: 10 };
    const policy_id = await addPolicy(hub, 'short', short);
    const [pending, seen, held] = [
      await hub.raise({ policy_id }),
      await hub.raise({ policy_id }),
      await hub.raise({ policy_id }),
    ];
    await moveTo(hub, seen, 'SEEN');
    await hub.acknowledge(held);
    await hub.advance({ seconds: 10 });
    assert.deepEqual([await statusOf(hub, held), await statusOf(hub, seen)], ['RESOLVED', 'SEEN']);
    await hub.advance({ seconds: 10 });
    assert.deepEqual(
      [await statusOf(hub, pending), await statusOf(hub, seen)],
      ['EXPIRED', 'SEEN'],
    );
    await hub.advance({ seconds: 10 });
    assert.equal(await statusOf(hub, seen), 'EXPIRED');
  });
});

describe('an alert that expires is never silent', () => {
  const shared = shareTestHub();
  const SHORT = { expire_after_s: 60 };

  test("it notifies the policy's last targets, whatever they ask to be told", async () => {
    const hub = shared();
    const boss = await hub.tell('/boss', { rule: { is_active: false } });
    const steps = [
      { delay_s: 5, targets: [{ type: 'rules' }] },
      { delay_s: 600, priority: 'emergency', targets: [{ type: 'channel', channel_id: boss }] },
    ];
    const policy_id = await addPolicy(hub, 'last targets', { ...SHORT, steps, min_interval_s: 0 });
    const id = await hub.raise({ policy_id });
    await hub.advance({ minutes: 2 });
    assert.deepEqual(await listRounds(hub, id), [
      '0:00 created, normal -> /ops',
      '0:05 escalated Reminder 1, high -> /ops',
      '1:00 expired, emergency -> /boss',
    ]);
  });

  test('a rule that asks for reminders alone is told of the end all the same', async () => {
    const hub = shared();
    const rule = { event_types: ['alert.escalated'], matchers: ['ward="night"'] };
    await hub.tell('/night', { rule });
    const policy_id = await addPolicy(hub, 'night', { delays: [10], ...SHORT });
    const id = await hub.raise({ policy_id, labels: { ward: 'night' } });
    await hub.advance({ hours: 5 });
    assert.deepEqual(
      (await listRounds(hub, id)).filter((line) => line.endsWith('/night')),
      ['0:10 escalated Reminder 1, high -> /night', '1:00 expired, high -> /night'],
    );
  });

  test('it stays on the console until someone closes it with a note', async () => {
    const hub = shared();
    const id = await hub.raise({ policy_id: await addPolicy(hub, 'to be closed', SHORT) });
    await hub.advance({ minutes: 2 });
    const isShown = async () => {
      const query = 'GET /api/v1/alerts?status=EXPIRED&archived=false&limit=500';
      const items = listItems(await hub.call(query));
      return items.some((item) => item['alert_id'] === id && item['closed_at'] === null);
    };
    await hub.advance({ hours: 48 });
    assert.equal(await isShown(), true, 'two days later it is still there');
    const close = `POST /api/v1/alerts/${id}/close`;
    assert.equal((await hub.call(close, {})).at('error.details.0.path'), 'detail');
    assert.equal(await isShown(), true, 'not without a note');
    const closed = await hub.call(close, { detail: 'she was at the doctor' });
    assert.deepEqual([closed.status, closed.at('changed')], [200, true]);
    assert.equal(await isShown(), false);
    const alert = await hub.alert(id);
    assert.deepEqual([alert['status'], alert['closed_by']], ['EXPIRED', 'admin key']);
    assert.equal(
      (await tellStory(hub, id)).at(-1),
      '2882:00 CLOSED she was at the doctor (admin key)',
    );
    const again = await hub.call(close, { detail: 'once more' });
    assert.deepEqual([again.status, again.at('changed')], [200, false]);
  });

  test('only an alert that is over can be closed', async () => {
    const hub = shared();
    const id = await hub.raise();
    const open = await hub.call(`POST /api/v1/alerts/${id}/close`, { detail: 'enough' });
    assert.deepEqual([open.status, open.at('error.code')], [409, 'transition_refused']);
  });

  test('an answer to an EXPIRED alert is a note, closes it, and leaves the status', async () => {
    const hub = shared();
    const policy_id = await addPolicy(hub, 'answered late', SHORT);
    for (const [status, asked, choice] of [
      ['ACKNOWLEDGED', { intent: 'calling' }, 'calling'],
      ['RESOLVED', { outcome: 'help_sent' }, 'help_sent'],
    ] as const) {
      const id = await hub.raise({ policy_id });
      await hub.advance({ minutes: 3 });
      const answer = await moveTo(hub, id, { status, ...asked, detail: 'was in the lift' });
      assert.deepEqual([answer.status, answer.at('changed')], [200, false]);
      const alert = await hub.alert(id);
      const { closed_at: closedAt, closed_by: closedBy } = alert;
      assert.deepEqual([alert['status'], closedBy], ['EXPIRED', 'admin key']);
      assert.notEqual(closedAt, null);
      assert.deepEqual((await tellStory(hub, id)).slice(-2), [
        `3:00 NOTE answered ${status} after it had expired | ${choice} | ` +
          'was in the lift (admin key)',
        '3:00 CLOSED closed by a late answer (admin key)',
      ]);
      const again = await hub.acknowledge(id);
      assert.deepEqual([again.status, again.at('changed')], [200, false]);
      assert.equal((await hub.alert(id))['closed_at'], closedAt);
    }
  });

  test('refused with 409 when it is seen, delivered or pending after it expired', async () => {
    const hub = shared();
    const id = await hub.raise({ policy_id: await addPolicy(hub, 'too late', SHORT) });
    await hub.advance({ minutes: 2 });
    for (const status of ['PENDING', 'DELIVERED', 'SEEN']) {
      assert.equal((await moveTo(hub, id, status)).status, 409, status);
    }
    assert.equal((await hub.alert(id))['closed_at'], null);
    // A phone that was off all night says so late: that is no answer of a person.
    const receipt = pathOf(listReceived(hub, id)[0], 'receipt_url');
    const late = await hub.call(`POST ${receipt}`, { status: 'read' }, { key: null });
    assert.deepEqual([late.status, late.at('changed')], [200, false]);
    assert.equal((await hub.alert(id))['closed_at'], null);
  });
});

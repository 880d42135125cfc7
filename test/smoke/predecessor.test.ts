/**
 * The fall-alert manager before this one (predecessors.md 7.1): what it got wrong, one by one, and
 * that none of it comes back. Numbers are those of that list. Those of storage are proved for good
 * by the crash test; here is what an operator would see.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatInstant, MS_PER_HOUR } from '#kernel/instant.ts';
import { listItems, textOf } from '#test/support/hub/calls.ts';
import type { TestHub } from '#test/support/hub.ts';
import { shareTestHub } from '#test/support/hub/shared.ts';
import {
  addPolicy,
  listEvents,
  listMessages,
  listReceived,
  listRounds,
  moveTo,
  pathOf,
  tellStory,
} from '#test/support/hub/story.ts';

describe('what the fall-alert manager got wrong: state and time', () => {
  const shared = shareTestHub();
  const listCalls = async (hub: TestHub, id: string) =>
    (await listRounds(hub, id)).map((line) => line.replace(/, \w+ -> \/ops$/, ''));

  test('1: the first reminder was skipped; it comes after 120 s', async () => {
    const hub = shared();
    const id = await hub.raise({ severity: 'critical' });
    await hub.advance({ seconds: 121 });
    assert.deepEqual((await listCalls(hub, id)).slice(1), ['2:00 escalated Reminder 1']);
  });

  test('2: after the last step nothing came for 90 minutes, then a silent end', async () => {
    const hub = shared();
    const id = await hub.raise({ severity: 'critical' });
    await hub.advance({ minutes: 121 });
    const calls = (await listCalls(hub, id)).map((line) => Number(line.split(':')[0]));
    const gaps = calls.map((minute, index) => minute - (calls[index - 1] ?? 0));
    assert.ok(Math.max(...gaps) <= 10, `never more than 10 minutes of silence: ${gaps.join()}`);
    assert.equal((await listCalls(hub, id)).at(-1), '120:00 expired');
  });

  test('3: seen by anyone stopped all reminders; a policy lets them go on', async () => {
    const hub = shared();
    const how = { delays: [60], seen_hold_s: 30 };
    const id = await hub.raise({ policy_id: await addPolicy(hub, 'seen is not enough', how) });
    await moveTo(hub, id, 'SEEN');
    await hub.advance({ seconds: 61 });
    assert.equal((await listCalls(hub, id)).at(-1), '1:00 escalated Reminder 1');
    assert.equal((await hub.alert(id))['acknowledged_by'], null, 'seen is no responsibility');
  });

  test('4: acknowledged at 1 h 59 was resolved a minute later', async () => {
    const hub = shared();
    const id = await hub.raise({ policy_id: await addPolicy(hub, 'late ack', { delays: [60] }) });
    await hub.advance({ minutes: 119 });
    await hub.acknowledge(id);
    await hub.advance({ minutes: 119 });
    assert.equal((await hub.alert(id))['status'], 'ACKNOWLEDGED');
  });

  test('5: EXPIRED from ACKNOWLEDGED, BANANA, lower case: all refused', async () => {
    const hub = shared();
    const id = await hub.raise();
    await hub.acknowledge(id);
    assert.equal((await moveTo(hub, id, 'EXPIRED')).status, 409);
    for (const status of ['BANANA', 'acknowledged', 'resolved']) {
      assert.equal((await moveTo(hub, id, status)).status, 422, status);
    }
    assert.equal((await hub.alert(id))['status'], 'ACKNOWLEDGED');
  });

  test('6: a receipt out of order looked like "not found"; it is recorded', async () => {
    const hub = shared();
    const id = await hub.raise();
    await moveTo(hub, id, 'SEEN');
    const late = await moveTo(hub, id, 'DELIVERED');
    assert.deepEqual([late.status, late.at('changed')], [200, false]);
    assert.match((await tellStory(hub, id)).at(-1) ?? '', /RECEIPT DELIVERED while SEEN/);
    assert.equal((await moveTo(hub, 'nowhere', 'DELIVERED')).status, 404);
  });

  test('7: times without a zone moved by an hour; all UTC, a naive one is refused', async () => {
    const hub = shared();
    const id = await hub.raise({ starts_at: '2026-10-25T02:30:00+02:00' });
    const alert = await hub.alert(id);
    assert.equal(alert['starts_at'], '2026-10-25T00:30:00.000Z');
    assert.equal(alert['created_at'], formatInstant(hub.clock.now()));
    const naive = { title: 'Fall', starts_at: '2026-10-25T02:30:00' };
    assert.equal((await hub.call('POST /api/v1/alerts', naive)).status, 422);
    await hub.settle();
    hub.clock.advanceMs(-MS_PER_HOUR);
    await hub.settle();
    assert.deepEqual(listEvents(hub, id), ['created'], 'a clock set back calls nobody');
    hub.clock.advanceMs(MS_PER_HOUR);
  });

  test('8: "sent" was written before anything was; now after, with what came of it', async () => {
    const hub = shared();
    hub.receiver.answerNext('/ops', 503);
    const id = await hub.raise({ severity: 'critical' });
    assert.deepEqual(await listMessages(hub, id), ['ops created pending']);
    await hub.settle();
    const story = await tellStory(hub, id);
    assert.ok(!story.some((line) => line.includes('NOTIFICATION_SENT')), story.join('\n'));
    await hub.advance({ seconds: 10 });
    const sent = (await tellStory(hub, id)).filter((line) => line.includes('NOTIFICATION_SENT'));
    assert.equal(sent.length, 1);
    assert.match(sent[0] ?? '', /accepted by ops \(HTTP 200\) \| attempt 2/);
    assert.equal((await hub.alert(id))['status'], 'PENDING', 'and accepted is not delivered');
  });

  test('9: an interval and a beat of 60 s skipped a cycle; nothing is skipped', async () => {
    const hub = shared();
    const how = { delays: [60, 120, 180], min_interval_s: 60 };
    const id = await hub.raise({ policy_id: await addPolicy(hub, 'every minute', how) });
    for (let second = 0; second < 190; second += 59) await hub.advance({ seconds: 59 });
    assert.deepEqual((await listCalls(hub, id)).slice(1), [
      '1:00 escalated Reminder 1',
      '2:00 escalated Reminder 2',
      '3:00 escalated Reminder 3',
    ]);
  });

  test('10: escalation changed a label and never whom it calls', async () => {
    const hub = shared();
    const address = hub.receiver.url('/second-line');
    const addresses = [{ channel_type: 'webhook', address }];
    const ada = await hub.create('/api/v1/responders', { name: 'Ada', addresses });
    const targets = [{ type: 'responder', responder_id: ada }];
    const how = { steps: [{ delay_s: 30, targets }] };
    const id = await hub.raise({ policy_id: await addPolicy(hub, 'second line', how) });
    await hub.advance({ seconds: 31 });
    const paths = listReceived(hub, id).map(({ path }) => path);
    assert.deepEqual(paths, ['/ops', '/second-line']);
  });
});

describe('what the fall-alert manager got wrong: storage', () => {
  const shared = shareTestHub();

  test('11: an answer was undone by a reminder at the same moment', async () => {
    const hub = shared();
    for (let time = 0; time < 10; time += 1) {
      const policy_id = await addPolicy(hub, `at once ${time}`, { delays: [5] });
      const id = await hub.raise({ policy_id });
      await hub.settle();
      hub.clock.advanceMs(5_000);
      await hub.node.hub.nodeLease.runRenewalOnce();
      await Promise.all([
        hub.node.hub.runEscalationOnce(),
        hub.acknowledge(id),
        hub.call(`POST /api/v1/alerts/${id}/note`, { detail: 'on the stairs' }),
      ]);
      await hub.settle();
      assert.equal((await hub.alert(id))['status'], 'ACKNOWLEDGED');
      const story = await tellStory(hub, id);
      assert.ok(
        story.some((line) => line.includes('on the stairs')),
        'no note is lost',
      );
    }
  });

  test('12: one bad moment emptied the file; a refused alert changes no other', async () => {
    const hub = shared();
    const kept = [await hub.raise(), await hub.raise()];
    const bad = { raw: '{"title": "Fa' };
    assert.equal((await hub.call('POST /api/v1/alerts', undefined, bad)).status, 400);
    assert.equal((await hub.call('POST /api/v1/alerts', { title: '' })).status, 422);
    await hub.raise();
    for (const id of kept) assert.equal((await hub.alert(id))['status'], 'PENDING');
  });

  test('13: the history was cut at 500, and archived twice; each once, none is cut', async () => {
    const hub = shared();
    const events = Array.from({ length: 510 }, (_, index) => ({
      title: `Alarm ${index}`,
      fingerprint: `history ${index}`,
    }));
    await hub.call('POST /api/v1/events', { events });
    await hub.call('POST /api/v1/events', {
      events: events.map((event) => ({ ...event, stage: 'resolved' })),
    });
    hub.clock.advanceMs(25 * MS_PER_HOUR);
    await Promise.all([hub.node.hub.runRetentionOnce(), hub.node.hub.runRetentionOnce()]);
    while ((await hub.node.hub.runRetentionOnce()) > 0);
    const [row] = await hub.query(
      `select count(*)::int as count from alert
        where archived_at is not null and title like 'Alarm %'`,
    );
    assert.equal(row?.['count'], 510);
  });

  test('14: an id that existed was overwritten, and its answer was lost', async () => {
    const hub = shared();
    const id = await hub.raise({ alert_id: 'fall-14' });
    await hub.acknowledge(id);
    const again = await hub.call('POST /api/v1/alerts', { alert_id: id, title: 'Another' });
    assert.deepEqual([again.status, again.at('status')], [200, 'ACKNOWLEDGED']);
    assert.ok((await tellStory(hub, id)).some((line) => line.includes('PENDING -> ACKNOWLEDGED')));
  });

  test('15: an answered alert was called again from a stale list', async () => {
    const hub = shared();
    const policy_id = await addPolicy(hub, 'stale', { delays: [5] });
    const ids: string[] = [];
    for (let count = 0; count < 10; count += 1) ids.push(await hub.raise({ policy_id }));
    await hub.settle();
    hub.clock.advanceMs(5_000);
    await hub.node.hub.nodeLease.runRenewalOnce();
    await Promise.all([...ids.map((id) => hub.acknowledge(id)), hub.node.hub.runEscalationOnce()]);
    await hub.settle();
    for (const id of ids) assert.deepEqual(listEvents(hub, id), ['created', 'acknowledged']);
  });

  test('16: nobody knew who had acknowledged, and why', async () => {
    const hub = shared();
    const made = await hub.call('POST /api/v1/keys', { name: 'nurse Ada', role: 'responder' });
    const id = await hub.raise();
    const body = { status: 'ACKNOWLEDGED', intent: 'calling', detail: 'she rang' };
    await hub.call(`POST /api/v1/alerts/${id}/status`, body, { key: made.textAt('key') });
    const entries = listItems(await hub.call(`GET /api/v1/alerts/${id}/timeline`));
    const last = entries.at(-1) ?? {};
    assert.equal(textOf(last['detail']), 'PENDING -> ACKNOWLEDGED | calling | she rang');
    assert.match(JSON.stringify(last['principal']), /"name":"nurse Ada","auth_method":"api_key"/);
  });

  test("17: one open alert hid another person's fall; counts are by camera, device", async () => {
    const hub = shared();
    await hub.raise({ camera_id: 'cam-1', device_id: 'box-1' });
    const count = async (query: string) =>
      (await hub.call(`GET /api/v1/alerts/active-count?${query}`)).at('total');
    assert.deepEqual([await count('camera_id=cam-1'), await count('camera_id=cam-2')], [1, 0]);
    const other = await hub.raise({ camera_id: 'cam-2', device_id: 'box-1' });
    await hub.settle();
    assert.deepEqual(listEvents(hub, other), ['created'], 'a second fall calls as the first did');
    assert.equal(pathOf(listReceived(hub, other)[0], 'action_url').startsWith('/a/'), true);
  });
});

/**
 * DOMAIN 3, sentence by sentence: which reports are the same alert, which join it, which raise the
 * next one. Also proved, as Prometheus and other senders see it: prometheus.test.ts,
 * reporting.test.ts, cameras.test.ts. Later: resolves that go through silences.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatInstant, plusMs } from '#kernel/instant.ts';
import type { JsonObject } from '#kernel/syntax/json.ts';
import { textOf } from '#test/support/hub/calls.ts';
import type { TestHub } from '#test/support/hub.ts';
import { shareTestHub } from '#test/support/hub/shared.ts';
import { addPolicy, listEvents, listRounds, moveTo, tellStory } from '#test/support/hub/story.ts';

/** A problem known by its fingerprint; each start is an occurrence of its own. */
async function report(hub: TestHub, fingerprint: string, more: JsonObject = {}): Promise<string> {
  const event = { title: 'Leak in the cellar', fingerprint, ...more };
  const answer = await hub.call('POST /api/v1/events', event);
  assert.equal(answer.status, 202, answer.text);
  return answer.textAt('results.0.alert_id');
}

function inSeconds(hub: TestHub, seconds: number): string {
  return formatInstant(plusMs(hub.clock.now(), seconds * 1_000));
}

/** Reported again with a start of its own. */
function happenAgain(hub: TestHub, fingerprint: string, more: JsonObject = {}): Promise<string> {
  return report(hub, fingerprint, { starts_at: inSeconds(hub, 0), ...more });
}

/** Each status that an alert can have, and how this one got there. */
async function bring(hub: TestHub, id: string, status: string): Promise<void> {
  if (status !== 'PENDING') assert.equal((await moveTo(hub, id, status)).status, 200, status);
  await hub.settle();
}

describe('identity: what is the same alert', () => {
  const shared = shareTestHub();

  test("native kinds use the sender's own alert id: each detection is its own alert", async () => {
    const hub = shared();
    const ids = ['cam-1:0001', 'cam-1:0002'];
    for (const alert_id of ids) assert.equal(await hub.raise({ alert_id }), alert_id);
    for (const id of ids) assert.equal((await hub.alert(id))['occurrence_count'], 1);
    assert.notEqual(await hub.raise(), await hub.raise(), 'without an id too');
  });

  test('a source setting can join by labels instead', async () => {
    const hub = shared();
    const setting = { name: 'hall cameras', kind: 'edge', join_by: ['camera_id', 'alarm_type'] };
    const made = await hub.call('POST /api/v1/sources', setting);
    assert.deepEqual(made.at('join_by'), setting.join_by);
    const path = `POST /ingest/edge/${made.textAt('token')}`;
    let number = 0;
    const detect = async (camera_id: string): Promise<string> => {
      number += 1;
      const alarm = { alarm_id: `hall-${number}`, alarm_type: 'fall', device_id: 'box', camera_id };
      const answer = await hub.call(path, alarm);
      assert.equal(answer.status, 200, answer.text);
      await hub.advance({ seconds: 5 });
      return answer.textAt('data.alert_id');
    };
    const first = await detect('hall');
    assert.equal(await detect('hall'), first);
    assert.notEqual(await detect('stairs'), first);
    assert.equal((await hub.alert(first))['occurrence_count'], 2);
    await moveTo(hub, first, 'SEEN');
    const rounds = (await listRounds(hub, first)).length;
    assert.equal(await detect('hall'), first);
    assert.equal((await listRounds(hub, first)).length, rounds + 1, 'it happened again');
    await moveTo(hub, first, 'RESOLVED');
    const next = await detect('hall');
    assert.notEqual(next, first);
    assert.equal((await hub.alert(next))['previous_alert_id'], first);
    const version = { 'if-match': '1' };
    const patch = `PATCH /api/v1/sources/${made.textAt('id')}`;
    for (const join_by of [[], ['a', 'a'], [''], Array.from({ length: 9 }, (_, at) => `l${at}`)]) {
      assert.equal((await hub.call(patch, { join_by }, { headers: version })).status, 422);
    }
    const cleared = await hub.call(patch, { join_by: null }, { headers: version });
    assert.equal(cleared.at('join_by'), null, cleared.text);
    assert.notEqual(await detect('hall'), next);
  });

  test('label kinds use the fingerprint', async () => {
    const hub = shared();
    const made = await hub.call('POST /api/v1/sources', { name: 'prom', kind: 'alertmanager' });
    const post = (labels: JsonObject) =>
      hub.postAlertmanager([{ labels, startsAt: inSeconds(hub, 0) }], made.textAt('token'));
    await post({ alertname: 'DiskFull', instance: 'db1' });
    await post({ instance: 'db1', alertname: 'DiskFull' });
    await post({ alertname: 'DiskFull', instance: 'db2' });
    const rows = await hub.query(
      `select count(*)::int as alerts, count(distinct fingerprint)::int as fingerprints
         from alert where title = 'DiskFull'`,
    );
    assert.deepEqual({ ...rows[0] }, { alerts: 2, fingerprints: 2 });
  });

  test("a caller's own alert_id already used answers 200, whatever its status", async () => {
    const hub = shared();
    const policy_id = await addPolicy(hub, 'own ids', { expire_after_s: 60 });
    for (const status of ['PENDING', 'DELIVERED', 'SEEN', 'ACKNOWLEDGED', 'RESOLVED', 'EXPIRED']) {
      const body = { alert_id: `own-${status}`, title: 'Fall', policy_id };
      await hub.raise(body);
      await bring(hub, body.alert_id, status);
      const before = await hub.alert(body.alert_id);
      const told = listEvents(hub, body.alert_id).length;
      const again = await hub.call('POST /api/v1/alerts', { ...body, title: 'Overwritten?' });
      await hub.settle();
      assert.deepEqual([again.status, again.body], [200, before], status);
      assert.equal(listEvents(hub, body.alert_id).length, told, 'nobody is called again');
    }
  });
});

describe('the same key while open', () => {
  const shared = shareTestHub();

  test('joins: occurrence_count, last_event_at, timeline; it never overwrites', async () => {
    const hub = shared();
    const first = { severity: 'high', annotations: { note: 'a drop' }, labels: { room: '1' } };
    const id = await report(hub, 'joins', { ...first, starts_at: inSeconds(hub, 0) });
    await hub.advance({ minutes: 1 });
    const other = { title: 'Something else', severity: 'low', annotations: { note: 'a flood' } };
    assert.equal(await happenAgain(hub, 'joins', other), id);
    const alert = await hub.alert(id);
    assert.deepEqual([alert['occurrence_count'], alert['last_event_at']], [2, inSeconds(hub, 0)]);
    assert.deepEqual(
      [alert['title'], alert['severity'], alert['annotations'], alert['labels']],
      ['Leak in the cellar', 'high', { note: 'a drop' }, { room: '1' }],
    );
    assert.equal(
      (await tellStory(hub, id)).at(-1),
      '1:00 JOINED occurrence 2, reported by admin key (admin key)',
    );
    assert.deepEqual(listEvents(hub, id), ['created'], 'the policy goes on calling, nothing else');
  });

  for (const status of ['SEEN', 'ACKNOWLEDGED']) {
    test(`a new occurrence that joins an alert that is ${status} starts a new round`, async () => {
      const hub = shared();
      const id = await happenAgain(hub, status);
      await hub.advance({ seconds: 10 });
      await bring(hub, id, status);
      await hub.advance({ minutes: 2 });
      assert.equal(await happenAgain(hub, status), id);
      await hub.settle();
      assert.equal((await hub.alert(id))['status'], status, 'and does not take the answer back');
      assert.equal((await listRounds(hub, id)).at(-1), '2:10 escalated Again, normal -> /ops');
      const story = await tellStory(hub, id);
      assert.ok(
        story.includes('2:10 ESCALATED Again | level 0, send #2, normal | calling ops (Tocsin)'),
        story.join('\n'),
      );
    });
  }

  for (const status of ['PENDING', 'DELIVERED', 'SEEN', 'ACKNOWLEDGED', 'RESOLVED']) {
    test(`a re-post of the same episode while ${status} only refreshes last_event_at`, async () => {
      const hub = shared();
      const policy_id = await addPolicy(hub, `re-post ${status}`, { delays: [36_000] });
      const starts_at = inSeconds(hub, 0);
      const name = `re-post-${status}`;
      const id = await report(hub, name, { starts_at, policy_id });
      await bring(hub, id, status);
      const before = await hub.alert(id);
      const told = listEvents(hub, id).length;
      for (let minute = 1; minute <= 3; minute += 1) {
        await hub.advance({ minutes: 1 });
        assert.equal(await report(hub, name, { starts_at }), id, 'never reopened');
      }
      await hub.settle();
      const after = await hub.alert(id);
      assert.equal(after['last_event_at'], inSeconds(hub, 0));
      const moved = { last_event_at: '', age_seconds: 0 };
      assert.deepEqual({ ...after, ...moved }, { ...before, ...moved });
      assert.equal(listEvents(hub, id).length, told, 'nobody is called again');
    });
  }
});

describe('after it is over', () => {
  const shared = shareTestHub();

  test('a re-post after EXPIRED raises a new alert, linked to the previous one', async () => {
    const hub = shared();
    const policy_id = await addPolicy(hub, 'expires', { expire_after_s: 60 });
    const starts_at = inSeconds(hub, 0);
    const first = await report(hub, 'burns on', { starts_at, policy_id });
    await hub.advance({ minutes: 2 });
    const second = await report(hub, 'burns on', { starts_at, policy_id });
    await hub.settle();
    assert.notEqual(second, first);
    assert.equal((await hub.alert(second))['previous_alert_id'], first);
    assert.equal((await hub.alert(first))['status'], 'EXPIRED');
    assert.deepEqual(listEvents(hub, second), ['created']);
  });

  test('an expired alert that a person answered is not raised again by its re-posts', async () => {
    const hub = shared();
    const policy_id = await addPolicy(hub, 'expires, answered', { expire_after_s: 60 });
    const starts_at = inSeconds(hub, 0);
    const id = await report(hub, 'answered late', { starts_at, policy_id });
    await hub.advance({ minutes: 2 });
    await hub.acknowledge(id);
    assert.equal(await report(hub, 'answered late', { starts_at, policy_id }), id);
  });

  test('a new occurrence after a terminal status makes a new alert, linked to it', async () => {
    const hub = shared();
    const policy_id = await addPolicy(hub, 'expires too', { expire_after_s: 60 });
    for (const status of ['RESOLVED', 'EXPIRED']) {
      const first = await happenAgain(hub, `after ${status}`, { policy_id });
      await bring(hub, first, status);
      await hub.advance({ minutes: 2 });
      const second = await happenAgain(hub, `after ${status}`, { policy_id });
      await hub.settle();
      assert.notEqual(second, first);
      assert.equal((await hub.alert(second))['previous_alert_id'], first);
      assert.deepEqual(listEvents(hub, second), ['created']);
    }
  });

  test("a source's resolve resolves its alert, and the calling stops", async () => {
    const hub = shared();
    const id = await happenAgain(hub, 'resolves');
    await hub.advance({ minutes: 1 });
    assert.equal(await report(hub, 'resolves', { stage: 'resolved' }), id);
    await hub.advance({ minutes: 30 });
    const alert = await hub.alert(id);
    assert.deepEqual([alert['status'], alert['outcome']], ['RESOLVED', 'resolved_by_source']);
    assert.deepEqual(listEvents(hub, id), ['created', 'resolved']);
    assert.ok(
      (await tellStory(hub, id)).includes(
        '1:00 STATUS_CHANGED PENDING -> RESOLVED | resolved_by_source (admin key)',
      ),
    );
  });

  test("a source's resolve changes nothing of what a person has resolved", async () => {
    const hub = shared();
    const id = await happenAgain(hub, 'resolved before');
    await moveTo(hub, id, { status: 'RESOLVED', outcome: 'false_alarm' });
    await report(hub, 'resolved before', { stage: 'resolved' });
    assert.equal((await hub.alert(id))['outcome'], 'false_alarm');
    const next = await happenAgain(hub, 'resolved before');
    assert.equal(textOf((await hub.alert(next))['previous_alert_id']), id);
  });
});

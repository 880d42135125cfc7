/** What breaks while devices are watched: the database, a node, the moment between two steps. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MS_PER_MINUTE, MS_PER_SECOND } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import { startTestHub, type TestHub } from '#test/support/hub.ts';
import { type Answer, listItems, textOf } from '#test/support/hub/calls.ts';
import type { TestNode } from '#test/support/hub/nodes.ts';
import { startOnWire } from '#test/support/hub/wire.ts';
import { until } from '#test/support/until.ts';

const GRACE_S = LIMITS.sourceGraceMs / MS_PER_SECOND;
const CARE_S = LIMITS.careSilentMs / MS_PER_SECOND;

const beat = (hub: TestHub, node?: TestNode): Promise<Answer> => {
  const more = node === undefined ? {} : { node };
  return hub.call('POST /api/ai/device/heartbeat', { device_id: 'box' }, more);
};

async function countAlerts(hub: TestHub): Promise<number> {
  return hub.countRows('alert');
}

/** A beat may still meet a connection that is just ending; the ticker then runs it again. */
async function recover(hub: TestHub): Promise<void> {
  const isSettled = () =>
    hub.settle().then(
      () => true,
      () => false,
    );
  await until(isSettled, { what: 'the beats run again' });
}

describe('the database is gone', () => {
  test('a heartbeat that cannot be stored gets 503 and when to come again', async (t) => {
    const { hub, wire } = await startOnWire(t);
    assert.equal((await beat(hub)).status, 200);
    await wire.cut();
    const answer = await beat(hub);
    assert.deepEqual([answer.status, answer.headers['retry-after']], [503, '2'], answer.text);
    assert.deepEqual([answer.at('code'), answer.at('data')], [503, null]);
    assert.doesNotMatch(answer.text, /ECONN|127\.0\.0\.1|Connection/);
    await wire.mend();
    await recover(hub);
    assert.equal((await beat(hub)).status, 200);
  });

  test('for a while: nobody is silent for that, and who then is, is told of', async (t) => {
    const { hub, wire } = await startOnWire(t);
    await beat(hub);
    await hub.settle();
    await wire.cut();
    for (let minute = 0; minute < 10; minute += 1) {
      hub.clock.advanceMs(MS_PER_MINUTE);
      await assert.rejects(hub.node.hub.nodeLease.runRenewalOnce());
      assert.equal((await beat(hub)).status, 503);
    }
    await wire.mend();
    await recover(hub);
    await hub.advance({ seconds: GRACE_S - 10 });
    assert.equal(await countAlerts(hub), 0);
    await hub.advance({ seconds: 10 });
    assert.equal(await countAlerts(hub), 1);
  });

  test('in the look itself: it is looked at again, and told of once', async (t) => {
    const { hub, wire } = await startOnWire(t);
    await beat(hub);
    await hub.settle();
    hub.clock.advanceMs(LIMITS.careSilentMs);
    await hub.node.hub.nodeLease.runRenewalOnce();
    await wire.cut();
    await assert.rejects(hub.node.hub.supervision.runSilenceOnce());
    await wire.mend();
    await recover(hub);
    assert.equal(await countAlerts(hub), 1);
    assert.equal(hub.receiver.received('/ops').length, 1);
  });
});

describe('a node dies', () => {
  test('before it looks: another tells', async (t) => {
    const hub = await startTestHub(t);
    const other = await hub.addNode();
    await beat(hub);
    await hub.node.kill();
    await hub.advance({ seconds: CARE_S });
    const alerts = listItems(await hub.call('GET /api/v1/alerts', undefined, { node: other }));
    assert.deepEqual(
      alerts.map((alert) => textOf(alert['title'])),
      ['Device box has been silent for 90 s'],
    );
  });

  test('between the look and the call: the alert is there, and another calls', async (t) => {
    const hub = await startTestHub(t);
    const other = await hub.addNode();
    await beat(hub);
    hub.clock.advanceMs(LIMITS.careSilentMs);
    await hub.node.hub.nodeLease.runRenewalOnce();
    await hub.node.hub.supervision.runSilenceOnce();
    await hub.node.kill();
    assert.equal(hub.receiver.received('/ops').length, 0);
    await hub.settle();
    assert.equal(hub.receiver.received('/ops').length, 1);
    await beat(hub, other);
    await hub.settle();
    const [alert] = listItems(await hub.call('GET /api/v1/alerts', undefined, { node: other }));
    assert.equal(alert?.['outcome'], 'resolved_by_source');
  });

  test('between the heartbeat and the end of the alert: another ends it', async (t) => {
    const hub = await startTestHub(t);
    const other = await hub.addNode();
    await beat(hub);
    await hub.advance({ seconds: CARE_S });
    assert.equal((await beat(hub)).status, 200);
    await hub.node.kill();
    await hub.settle();
    const [alert] = listItems(await hub.call('GET /api/v1/alerts', undefined, { node: other }));
    assert.deepEqual([alert?.['status'], alert?.['outcome']], ['RESOLVED', 'resolved_by_source']);
  });

  test('with what it knew of sources: that is not held against them', async (t) => {
    const hub = await startTestHub(t);
    const body = { name: 'doors', kind: 'native', silent_after_s: 60 };
    const made = await hub.call('POST /api/v1/sources', body);
    await hub.settle();
    hub.clock.advanceMs(59 * MS_PER_SECOND);
    const event = { title: 'Door', stage: 'heartbeat' };
    await hub.call('POST /api/v1/events', event, { key: made.textAt('token') });
    await hub.node.kill();
    await hub.addNode();
    hub.clock.advanceMs(MS_PER_SECOND);
    await hub.settle();
    assert.equal(await countAlerts(hub), 0);
  });
});

describe('a device that somebody sets up', () => {
  test('and removes while it is silent takes its alert along', async (t) => {
    const hub = await startTestHub(t);
    await beat(hub);
    await hub.advance({ seconds: CARE_S });
    assert.equal((await hub.call('DELETE /api/v1/devices/box')).status, 204);
    const [alert] = listItems(await hub.call('GET /api/v1/alerts'));
    assert.deepEqual([alert?.['status'], alert?.['outcome']], ['RESOLVED', 'resolved_by_source']);
    await hub.advance({ hours: 1 });
    assert.equal(await countAlerts(hub), 1);
    await beat(hub);
    await hub.advance({ seconds: CARE_S });
    assert.equal(await countAlerts(hub), 2);
  });

  test('not to be watched is so, and is watched from when it is again', async (t) => {
    const hub = await startTestHub(t);
    await beat(hub);
    await hub.advance({ seconds: CARE_S });
    const change = async (body: object, version: number) =>
      hub.call('PATCH /api/v1/devices/box', body, { headers: { 'if-match': String(version) } });
    assert.equal((await change({ is_watched: false }, 1)).status, 200);
    await hub.settle();
    const [alert] = listItems(await hub.call('GET /api/v1/alerts'));
    assert.equal(alert?.['status'], 'RESOLVED');
    await hub.advance({ hours: 1 });
    assert.equal((await change({ is_watched: true }, 2)).status, 200);
    await hub.advance({ seconds: CARE_S - 1 });
    assert.equal(await countAlerts(hub), 1);
    await hub.advance({ seconds: 1 });
    assert.equal(await countAlerts(hub), 2);
  });

  test('with a shorter limit: a silence that was told stays told', async (t) => {
    const hub = await startTestHub(t);
    await beat(hub);
    await hub.advance({ seconds: CARE_S });
    const headers = { 'if-match': '1' };
    await hub.call('PATCH /api/v1/devices/box', { silent_after_s: 60 }, { headers });
    await hub.advance({ minutes: 5 });
    const alerts = listItems(await hub.call('GET /api/v1/alerts'));
    assert.deepEqual(
      alerts.map((alert) => alert['status']),
      ['PENDING'],
    );
  });
});

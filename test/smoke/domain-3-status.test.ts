/**
 * DOMAIN 3, sentence by sentence: the statuses of an alert, and what moves it between them.
 * Later: push opened on a device, WhatsApp `delivered` and `read` (receipts come by their signed
 * link here, through `POST /api/v1/receipts/{token}`), resolves that go through silences.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { TestHub } from '#test/support/hub.ts';
import { shareTestHub } from '#test/support/hub/shared.ts';
import { listReceived, listMessages, moveTo, pathOf, tellStory } from '#test/support/hub/story.ts';

const OUTCOMES = 'help_sent false_alarm fixed duplicate test resolved_by_source unconfirmed';

async function addKey(hub: TestHub, name: string, role: string): Promise<string> {
  return (await hub.call('POST /api/v1/keys', { name, role })).textAt('key');
}

describe('statuses go PENDING, DELIVERED, SEEN, ACKNOWLEDGED, RESOLVED, or EXPIRED', () => {
  const shared = shareTestHub();

  test('PENDING: stored, notifications planned', async () => {
    const hub = shared();
    const id = await hub.raise();
    assert.equal((await hub.alert(id))['status'], 'PENDING');
    assert.deepEqual(await listMessages(hub, id), ['ops created pending']);
  });

  test('DELIVERED: a device confirmed delivery to a person', async () => {
    const hub = shared();
    const id = await hub.raise();
    await hub.settle();
    const receipt = pathOf(listReceived(hub, id)[0], 'receipt_url');
    await hub.advance({ seconds: 3 });
    const answer = await hub.call(`POST ${receipt}`, { status: 'delivered' }, { key: null });
    assert.deepEqual([answer.status, answer.at('changed')], [200, true]);
    assert.equal((await hub.alert(id))['status'], 'DELIVERED');
    assert.deepEqual((await tellStory(hub, id)).slice(-1), [
      '0:03 STATUS_CHANGED PENDING -> DELIVERED | alert.created delivered (ops)',
    ]);
  });

  test('never the opening of a link, which scanners do too', async () => {
    const hub = shared();
    const id = await hub.raise();
    await hub.settle();
    const [told] = listReceived(hub, id);
    const before = await tellStory(hub, id);
    for (const method of ['GET', 'HEAD']) {
      const page = pathOf(told, 'action_url');
      assert.equal((await hub.call(`${method} ${page}`, undefined, { key: null })).status, 200);
      const receipt = pathOf(told, 'receipt_url');
      const refused = await hub.call(`${method} ${receipt}`, undefined, { key: null });
      assert.ok(refused.status >= 400, `${method} of a receipt: ${refused.status}`);
    }
    assert.deepEqual([(await hub.alert(id))['version'], await tellStory(hub, id)], [1, before]);
  });

  test('acceptance by a provider alone is not delivery', async () => {
    const hub = shared();
    const id = await hub.raise();
    await hub.settle();
    assert.deepEqual(await listMessages(hub, id), ['ops created sent']);
    const alert = await hub.alert(id);
    assert.deepEqual([alert['status'], alert['delivered_at']], ['PENDING', null]);
  });

  test('SEEN: opened by an authenticated person; whoever may only read cannot say so', async () => {
    const hub = shared();
    const id = await hub.raise();
    const viewer = await addKey(hub, 'wall display', 'viewer');
    const nurse = await addKey(hub, 'nurse on duty', 'responder');
    const path = `POST /api/v1/alerts/${id}/status`;
    assert.equal((await hub.call(path, { status: 'SEEN' }, { key: null })).status, 401);
    assert.equal((await hub.call(path, { status: 'SEEN' }, { key: viewer })).status, 403);
    assert.equal((await hub.call(path, { status: 'SEEN' }, { key: nurse })).status, 200);
    assert.equal((await hub.alert(id))['status'], 'SEEN');
    assert.deepEqual((await tellStory(hub, id)).slice(-1), [
      '0:00 STATUS_CHANGED PENDING -> SEEN (nurse on duty)',
    ]);
  });

  test('ACKNOWLEDGED: a person saw it, is calling, or is on site', async () => {
    const hub = shared();
    for (const intent of ['seen', 'calling', 'on_site']) {
      const id = await hub.raise();
      await hub.acknowledge(id, { intent });
      const alert = await hub.alert(id);
      assert.deepEqual([alert['status'], alert['intent']], ['ACKNOWLEDGED', intent]);
      assert.equal(alert['acknowledged_by'], 'admin key');
    }
  });

  test('RESOLVED: with an outcome that says how', async () => {
    const hub = shared();
    for (const outcome of OUTCOMES.split(' ')) {
      const id = await hub.raise();
      await moveTo(hub, id, { status: 'RESOLVED', outcome });
      const alert = await hub.alert(id);
      assert.deepEqual([alert['status'], alert['outcome']], ['RESOLVED', outcome]);
    }
  });

  test('forward only; skipping forward is allowed', async () => {
    const hub = shared();
    const ranks = ['PENDING', 'DELIVERED', 'SEEN', 'ACKNOWLEDGED', 'RESOLVED'];
    for (const [from, status] of ranks.entries()) {
      for (const [to, wanted] of ranks.entries()) {
        const id = await hub.raise();
        if (from > 0) await moveTo(hub, id, status);
        const answer = await moveTo(hub, id, wanted);
        const now = (await hub.alert(id))['status'];
        assert.equal(now, to > from ? wanted : status, `${status}, asked for ${wanted}`);
        assert.equal(answer.at('changed') ?? false, to > from, `${status}, asked for ${wanted}`);
      }
    }
  });

  test('a late or repeated receipt is recorded, changes nothing: 200 changed: false', async () => {
    const hub = shared();
    const id = await hub.raise();
    await moveTo(hub, id, 'SEEN');
    const late = await moveTo(hub, id, 'DELIVERED');
    await hub.acknowledge(id);
    const version = (await hub.alert(id))['version'];
    const again = await hub.acknowledge(id, { detail: 'me too' });
    for (const answer of [late, again]) {
      assert.deepEqual([answer.status, answer.at('changed')], [200, false]);
    }
    const receipts = (await tellStory(hub, id)).filter((line) => line.includes('RECEIPT'));
    assert.deepEqual(receipts, [
      '0:00 RECEIPT DELIVERED while SEEN, nothing changed (admin key)',
      '0:00 RECEIPT ACKNOWLEDGED (seen) while ACKNOWLEDGED, nothing changed | me too (admin key)',
    ]);
    const alert = await hub.alert(id);
    assert.deepEqual([alert['version'], alert['delivered_at']], [version, null]);
  });

  test('refused with 409: any other change of a terminal alert', async () => {
    const hub = shared();
    const id = await hub.raise();
    await moveTo(hub, id, { status: 'RESOLVED', outcome: 'fixed' });
    for (const status of ['PENDING', 'DELIVERED', 'SEEN', 'ACKNOWLEDGED', 'EXPIRED']) {
      const answer = await moveTo(hub, id, status);
      assert.deepEqual([answer.status, answer.at('error.code')], [409, 'transition_refused']);
      assert.match(answer.textAt('error.message'), /^An alert that is RESOLVED cannot become/);
    }
    for (const [what, body] of [
      ['assign', { assigned_to: 'me' }],
      ['escalate', {}],
      ['notifications', {}],
    ] as const) {
      const answer = await hub.call(`POST /api/v1/alerts/${id}/${what}`, body);
      assert.equal(answer.status, 409, what);
    }
    assert.equal((await hub.alert(id))['outcome'], 'fixed');
  });

  test('EXPIRED asked for by anyone but the timer or an admin is refused with 409', async () => {
    const hub = shared();
    const nurse = await addKey(hub, 'night nurse', 'responder');
    const id = await hub.raise();
    const path = `POST /api/v1/alerts/${id}/status`;
    const refused = await hub.call(path, { status: 'EXPIRED' }, { key: nurse });
    assert.deepEqual([refused.status, refused.at('error.code')], [409, 'transition_refused']);
    const allowed = await hub.call(path, { status: 'EXPIRED' });
    assert.deepEqual([allowed.status, allowed.at('alert.status')], [200, 'EXPIRED']);
    const held = await hub.raise();
    await hub.acknowledge(held);
    assert.equal((await moveTo(hub, held, 'EXPIRED')).status, 409, 'somebody has it');
  });

  test('404: not found, whatever is asked of it', async () => {
    const hub = shared();
    for (const [what, body] of [
      ['status', { status: 'SEEN' }],
      ['note', { detail: 'x' }],
      ['close', { detail: 'x' }],
      ['assign', { assigned_to: 'x' }],
      ['escalate', {}],
      ['notifications', {}],
    ] as const) {
      const answer = await hub.call(`POST /api/v1/alerts/no-such-alert/${what}`, body);
      assert.deepEqual([answer.status, answer.at('error.code')], [404, 'not_found'], what);
    }
  });

  test('unknown status: 422', async () => {
    const hub = shared();
    const id = await hub.raise();
    for (const status of ['BANANA', 'acknowledged', 'Seen', '', ' SEEN', null, 3]) {
      const answer = await hub.call(`POST /api/v1/alerts/${id}/status`, { status });
      const path = answer.at('error.details.0.path');
      assert.deepEqual([answer.status, path], [422, 'status'], JSON.stringify(status));
    }
    for (const [body, path] of [
      [{}, 'status'],
      [{ status: 'ACKNOWLEDGED', intent: 'maybe' }, 'intent'],
      [{ status: 'RESOLVED', outcome: 'dunno' }, 'outcome'],
      [{ status: 'SEEN', by: 'me' }, 'by'],
    ] as const) {
      const answer = await hub.call(`POST /api/v1/alerts/${id}/status`, body);
      assert.deepEqual([answer.status, answer.at('error.details.0.path')], [422, path]);
    }
    assert.equal((await hub.alert(id))['version'], 1);
  });

  test('every change names its principal', async () => {
    const hub = shared();
    const nurse = await addKey(hub, 'nurse Ada', 'responder');
    const made = await hub.call('POST /api/v1/sources', { name: 'care box', kind: 'native' });
    const id = await hub.raise({ severity: 'high' }, { key: made.textAt('token') });
    await hub.advance({ minutes: 2 });
    const by = { key: nurse };
    const path = `POST /api/v1/alerts/${id}`;
    await hub.call(`${path}/status`, { status: 'ACKNOWLEDGED', intent: 'calling' }, by);
    await hub.call(`${path}/assign`, { assigned_to: 'Ben' }, by);
    await hub.call(`${path}/note`, { detail: 'door is locked' }, by);
    await hub.call(`${path}/status`, { status: 'RESOLVED', outcome: 'help_sent' }, by);
    const story = await tellStory(hub, id);
    assert.deepEqual(
      story.filter((line) => !line.includes('NOTIFICATION')),
      [
        '0:00 CREATED high, raised by care box | calling ops (care box)',
        '2:00 ESCALATED Reminder 1 | level 1, send #2, high | calling ops (Tocsin)',
        '2:00 STATUS_CHANGED PENDING -> ACKNOWLEDGED | calling (nurse Ada)',
        '2:00 ASSIGNED to Ben (nurse Ada)',
        '2:00 NOTE door is locked (nurse Ada)',
        '2:00 STATUS_CHANGED ACKNOWLEDGED -> RESOLVED | help_sent (nurse Ada)',
      ],
    );
  });

  test('many alerts are answered at once, and each says what became of it', async () => {
    const hub = shared();
    const [open, over] = [await hub.raise(), await hub.raise()];
    await moveTo(hub, over, 'RESOLVED');
    const ids = [open, over, 'no-such-alert'];
    const body = { alert_ids: ids, status: 'ACKNOWLEDGED', intent: 'seen' };
    const answer = await hub.call('POST /api/v1/alerts/bulk-status', body);
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(
      [answer.at('results.0.alert_id'), answer.at('results.0.changed')],
      [open, true],
    );
    assert.equal(answer.at('results.1.error.code'), 'transition_refused');
    assert.equal(answer.at('results.2.error.code'), 'not_found');
    assert.equal((await hub.alert(open))['status'], 'ACKNOWLEDGED');
    for (const wrong of [{ alert_ids: [] }, { alert_ids: [open, open] }, { status: 'GONE' }]) {
      const refused = await hub.call('POST /api/v1/alerts/bulk-status', { ...body, ...wrong });
      assert.equal(refused.status, 422);
    }
  });
});

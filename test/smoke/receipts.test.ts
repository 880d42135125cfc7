/**
 * Receipts: a device says by the signed link in its message that it got it, or that it was opened.
 * In every order, again and again, too late, and at the same moment as everything else.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { TestHub } from '#test/support/hub.ts';
import { shareTestHub } from '#test/support/hub/shared.ts';
import {
  addPolicy,
  listMessages,
  listReceived,
  moveTo,
  pathOf,
  tellStory,
} from '#test/support/hub/story.ts';

async function raiseWithReceipt(hub: TestHub, policy_id: string | null = null) {
  const id = await hub.raise({ policy_id });
  await hub.settle();
  return { id, receipt: pathOf(listReceived(hub, id)[0], 'receipt_url') };
}

const receive = (hub: TestHub, receipt: string, status: string) =>
  hub.call(`POST ${receipt}`, { status }, { key: null });

const ORDERS = [
  { order: ['delivered', 'read'], changes: [true, true], alert: 'SEEN', row: 'read' },
  { order: ['read', 'delivered'], changes: [true, false], alert: 'SEEN', row: 'read' },
  {
    order: ['delivered', 'delivered'],
    changes: [true, false],
    alert: 'DELIVERED',
    row: 'delivered',
  },
  { order: ['read', 'read'], changes: [true, false], alert: 'SEEN', row: 'read' },
] as const;

describe('receipts through POST /api/v1/receipts/{token}', () => {
  const shared = shareTestHub();

  for (const { order, changes, alert, row } of ORDERS) {
    test(`${order.join(', then ')}: the alert is ${alert}, the message ${row}`, async () => {
      const hub = shared();
      const { id, receipt } = await raiseWithReceipt(hub);
      for (const [index, status] of order.entries()) {
        const answer = await receive(hub, receipt, status);
        assert.equal(answer.status, 200, answer.text);
        assert.deepEqual(answer.body, { status, changed: changes[index] });
      }
      assert.equal((await hub.alert(id))['status'], alert);
      assert.deepEqual((await listMessages(hub, id))[0], `ops created ${row}`);
      const moved = (await tellStory(hub, id)).filter((line) => line.includes('STATUS_CHANGED'));
      assert.equal(moved.length, changes.filter(Boolean).length, moved.join('\n'));
    });
  }

  test('without a body it was delivered', async () => {
    const hub = shared();
    const { id, receipt } = await raiseWithReceipt(hub);
    const answer = await hub.call(`POST ${receipt}`, undefined, { key: null });
    assert.deepEqual([answer.status, answer.body], [200, { status: 'delivered', changed: true }]);
    assert.equal((await hub.alert(id))['status'], 'DELIVERED');
  });

  test('an unknown status or field is refused with 422', async () => {
    const hub = shared();
    const { id, receipt } = await raiseWithReceipt(hub);
    for (const body of [{ status: 'seen' }, { status: 'DELIVERED' }, { at: 'now' }, []]) {
      const answer = await hub.call(`POST ${receipt}`, body, { key: null });
      assert.equal(answer.status, 422, JSON.stringify(body));
    }
    assert.equal((await hub.alert(id))['status'], 'PENDING');
  });

  for (const status of ['SEEN', 'ACKNOWLEDGED', 'RESOLVED', 'EXPIRED']) {
    test(`late, the alert being ${status}: recorded, changes nothing, never an error`, async () => {
      const hub = shared();
      const { id, receipt } = await raiseWithReceipt(hub);
      await moveTo(hub, id, status);
      await hub.settle();
      const before = await hub.alert(id);
      const answer = await receive(hub, receipt, 'delivered');
      assert.deepEqual([answer.status, answer.at('changed')], [200, false]);
      assert.deepEqual(await hub.alert(id), before);
      assert.equal((await listMessages(hub, id))[0], 'ops created delivered');
      const receiptOf = `RECEIPT DELIVERED while ${status}, nothing changed`;
      const line = `${receiptOf} | alert.created delivered (ops)`;
      assert.ok((await tellStory(hub, id)).at(-1)?.endsWith(line), await lastOf(hub, id));
      // The same again is known already, and is not written again.
      const count = (await tellStory(hub, id)).length;
      await receive(hub, receipt, 'delivered');
      assert.equal((await tellStory(hub, id)).length, count);
    });
  }

  const lastOf = async (hub: TestHub, id: string) => String((await tellStory(hub, id)).at(-1));

  test('a device that is quicker than the answer of its provider', async () => {
    const hub = shared();
    hub.receiver.answerNext('/ops', 'hang');
    const { id, receipt } = await raiseWithReceipt(hub);
    assert.equal((await listMessages(hub, id))[0], 'ops created sending');
    assert.equal((await receive(hub, receipt, 'delivered')).at('changed'), true);
    assert.equal((await listMessages(hub, id))[0], 'ops created sending');
    hub.receiver.release();
    await hub.node.hub.delivery.idle();
    assert.equal((await listMessages(hub, id))[0], 'ops created delivered');
  });

  test('a device that confirms what broke off: it is not sent again', async () => {
    const hub = shared();
    hub.receiver.answerNext('/ops', 'hang');
    const { id, receipt } = await raiseWithReceipt(hub);
    await receive(hub, receipt, 'delivered');
    hub.receiver.drop();
    await hub.advance({ minutes: 1 });
    assert.equal(listReceived(hub, id).length, 1);
    assert.equal((await listMessages(hub, id))[0], 'ops created delivered');
  });

  test('a receipt for a message that failed: it has arrived all the same', async () => {
    const hub = shared();
    hub.receiver.answerNext('/ops', 410);
    const { id, receipt } = await raiseWithReceipt(hub);
    assert.equal((await listMessages(hub, id))[0], 'ops created failed target_gone');
    await receive(hub, receipt, 'read');
    assert.equal((await listMessages(hub, id))[0], 'ops created read');
    assert.equal((await hub.alert(id))['status'], 'SEEN');
  });

  test('who read the news of an answer has not seen the alert', async () => {
    const hub = shared();
    const policy_id = await addPolicy(hub, 'news', { delays: [600] });
    const { id } = await raiseWithReceipt(hub, policy_id);
    await moveTo(hub, id, 'SEEN');
    await hub.settle();
    const news = pathOf(listReceived(hub, id).at(-1), 'receipt_url');
    const before = await tellStory(hub, id);
    assert.equal((await receive(hub, news, 'read')).status, 200);
    assert.deepEqual(await tellStory(hub, id), before);
    assert.ok((await listMessages(hub, id)).includes('ops seen read'));
  });
});

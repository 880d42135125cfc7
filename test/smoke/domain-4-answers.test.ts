/**
 * DOMAIN 4, sentence by sentence: an answer stops the calling. Messages already sent are followed
 * up on the channels of now (a webhook, a mail); edited where a channel allows it: later.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { shareTestHub } from '#test/support/hub/shared.ts';
import {
  addPolicy,
  listEvents,
  listMessages,
  listReceived,
  moveTo,
  tellStory,
} from '#test/support/hub/story.ts';

const STOPS = [
  ['ACKNOWLEDGED', 'acknowledged'],
  ['RESOLVED', 'resolved'],
  ['EXPIRED', 'expired'],
] as const;

describe('ACKNOWLEDGED, RESOLVED, EXPIRED stop the calling', () => {
  const shared = shareTestHub();

  for (const [status, event] of STOPS) {
    test(`${status}: nobody is called any more, and those who were told hear of it`, async () => {
      const hub = shared();
      const how = { delays: [30, 60], repeat_every_s: 30, ack_timeout_s: 7_200 };
      const id = await hub.raise({ policy_id: await addPolicy(hub, `stops ${status}`, how) });
      await hub.advance({ seconds: 45 });
      await moveTo(hub, id, status);
      await hub.advance({ minutes: 30 });
      assert.deepEqual(listEvents(hub, id), ['created', 'escalated', event]);
      const alert = await hub.alert(id);
      assert.equal(alert['next_step'], null);
    });

    test(`${status}: every pending notification is cancelled in the same transaction`, async () => {
      const hub = shared();
      const id = await hub.raise({ severity: 'critical' });
      await moveTo(hub, id, status);
      const [row] = await hub.query(
        `select n.status, n.reason, a.xmin::text = n.xmin::text as is_same_commit
           from notification n join alert a on a.alert_id = n.subject_id
          where n.subject_id = $1 and n.transition = 'created'`,
        [id],
      );
      const reason = status === 'EXPIRED' ? 'expired' : 'answered';
      const cancelled = { status: 'cancelled', reason, is_same_commit: true };
      assert.deepEqual({ ...row }, cancelled);
      await hub.advance({ minutes: 1 });
      assert.deepEqual(listEvents(hub, id), [event], 'the call itself was never sent');
    });
  }

  test('a retry that waits is cancelled too', async () => {
    const hub = shared();
    hub.receiver.answerNext('/ops', 500);
    const id = await hub.raise({ severity: 'critical' });
    await hub.advance({ seconds: 3 });
    await hub.acknowledge(id);
    await hub.advance({ minutes: 5 });
    assert.deepEqual(listEvents(hub, id), ['created', 'acknowledged']);
    assert.deepEqual((await listMessages(hub, id))[0], 'ops created cancelled answered');
  });

  test('a message that is on its way is not tried again', async () => {
    const hub = shared();
    hub.receiver.answerNext('/ops', 'hang');
    const id = await hub.raise({ severity: 'critical' });
    await hub.settle();
    assert.equal(hub.receiver.heldCount(), 1);
    await hub.acknowledge(id);
    hub.receiver.drop();
    await hub.advance({ minutes: 30 });
    assert.deepEqual(listEvents(hub, id), ['created', 'acknowledged']);
    const messages = await listMessages(hub, id);
    assert.deepEqual(messages, ['ops created cancelled answered', 'ops acknowledged sent']);
  });

  test('an acknowledgement of one alert stops nothing of another', async () => {
    const hub = shared();
    const policy_id = await addPolicy(hub, 'two alerts', { delays: [30] });
    const [held, waiting] = [await hub.raise({ policy_id }), await hub.raise({ policy_id })];
    await hub.acknowledge(held);
    await hub.advance({ seconds: 31 });
    assert.deepEqual(listEvents(hub, held), ['acknowledged']);
    assert.deepEqual(listEvents(hub, waiting), ['created', 'escalated']);
  });

  test('closing an expired alert cancels the news of the expiry that still waits', async () => {
    const hub = shared();
    hub.receiver.answerAlways('/ops', 500);
    const how = { delays: [10], expire_after_s: 20 };
    const id = await hub.raise({ policy_id: await addPolicy(hub, 'closed at once', how) });
    await hub.advance({ seconds: 21 });
    await hub.call(`POST /api/v1/alerts/${id}/close`, { detail: 'she is fine' });
    const before = listReceived(hub, id).length;
    hub.receiver.answerAlways('/ops', 200);
    await hub.advance({ hours: 3 });
    assert.equal(listReceived(hub, id).length, before);
    const story = await tellStory(hub, id);
    assert.equal(story.at(-1), '0:21 CLOSED she is fine (admin key)');
    const states = await listMessages(hub, id);
    assert.ok(states.includes('ops expired cancelled answered'), states.join('\n'));
  });
});

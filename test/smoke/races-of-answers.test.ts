/**
 * Two things at the same moment, on real PostgreSQL, in either order: gates hold the one that
 * comes first at the write that matters until the other waits for it. Here: an acknowledgement
 * against the hub's own beats.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createGates } from '#test/support/hub/gate.ts';
import { assertWhole, race, TIMES } from '#test/support/hub/race.ts';
import type { TestHub } from '#test/support/hub.ts';
import { shareTestHub } from '#test/support/hub/shared.ts';
import { addPolicy, listEvents, listMessages } from '#test/support/hub/story.ts';
import { until } from '#test/support/until.ts';

describe('an acknowledgement against a reminder that is due', () => {
  const shared = shareTestHub();

  async function raiseDue(hub: TestHub, name: string): Promise<string> {
    const policy_id = await addPolicy(hub, name, { delays: [10] });
    const id = await hub.raise({ policy_id });
    await hub.settle();
    hub.clock.advanceMs(10_000);
    await hub.node.hub.nodeLease.runRenewalOnce();
    return id;
  }

  test('between the claim and the decision: nobody is called', async (t) => {
    const hub = shared();
    const gates = await createGates(t, hub);
    const when = 'old.lease_node is null and new.lease_node is not null';
    const gate = await gates.add({ table: 'escalation', on: 'update', when });
    for (let time = 0; time < TIMES; time += 1) {
      const id = await raiseDue(hub, `claimed ${time}`);
      const [, answer] = await race(gates, {
        gate,
        first: () => hub.node.hub.runEscalationOnce(),
        second: () => hub.acknowledge(id),
      });
      assert.equal(answer.at('changed'), true);
      await hub.advance({ minutes: 5 });
      assert.deepEqual(listEvents(hub, id), ['created', 'acknowledged']);
    }
    await assertWhole(hub);
  });

  test('while the round is being planned: it is cancelled before it is sent', async (t) => {
    const hub = shared();
    const gates = await createGates(t, hub);
    const when = `new.transition like 'escalated:%'`;
    const gate = await gates.add({ table: 'notification', on: 'insert', when });
    for (let time = 0; time < TIMES; time += 1) {
      const id = await raiseDue(hub, `planned ${time}`);
      const [, answer] = await race(gates, {
        gate,
        first: () => hub.node.hub.runEscalationOnce(),
        second: () => hub.acknowledge(id),
      });
      assert.equal(answer.at('changed'), true);
      await hub.advance({ minutes: 5 });
      assert.deepEqual(listEvents(hub, id), ['created', 'acknowledged']);
      const messages = await listMessages(hub, id);
      assert.ok(messages.includes('ops escalated:1:1 cancelled answered'), messages.join('\n'));
    }
    await assertWhole(hub);
  });

  test('while it is being answered: the beat leaves it alone', async (t) => {
    const hub = shared();
    const gates = await createGates(t, hub);
    const when = `new.status = 'ACKNOWLEDGED'`;
    const gate = await gates.add({ table: 'alert', on: 'insert', when });
    for (let time = 0; time < TIMES; time += 1) {
      const id = await raiseDue(hub, `answered ${time}`);
      const [answer, beat] = await race(gates, {
        gate,
        first: () => hub.acknowledge(id),
        second: () => hub.node.hub.runEscalationOnce(),
        waitingCount: 1,
      });
      assert.deepEqual([answer.at('changed'), beat.moved], [true, 0]);
      await hub.advance({ minutes: 5 });
      assert.deepEqual(listEvents(hub, id), ['created', 'acknowledged']);
    }
    await assertWhole(hub);
  });
});

describe('an acknowledgement against a message', () => {
  const shared = shareTestHub();

  test('that is being claimed: it goes out once, and is never tried again', async (t) => {
    const hub = shared();
    const gates = await createGates(t, hub);
    const gate = await gates.add({ table: 'attempt', on: 'insert', when: 'true' });
    for (let time = 0; time < TIMES; time += 1) {
      hub.receiver.answerNext('/ops', 500);
      const id = await hub.raise({ severity: 'critical' });
      const [, answer] = await race(gates, {
        gate,
        first: () => hub.node.hub.delivery.runOnce(),
        second: () => hub.acknowledge(id),
      });
      assert.equal(answer.at('changed'), true);
      await hub.advance({ minutes: 5 });
      assert.deepEqual(listEvents(hub, id), ['created', 'acknowledged']);
      assert.equal((await listMessages(hub, id))[0], 'ops created cancelled answered');
    }
    await assertWhole(hub);
  });

  test('that is about to be claimed: it is never sent', async (t) => {
    const hub = shared();
    const gates = await createGates(t, hub);
    const when = `new.status = 'cancelled'`;
    const gate = await gates.add({ table: 'notification', on: 'update', when });
    for (let time = 0; time < TIMES; time += 1) {
      const id = await hub.raise({ severity: 'critical' });
      const [answer, beat] = await race(gates, {
        gate,
        first: () => hub.acknowledge(id),
        second: () => hub.node.hub.delivery.runOnce(),
        waitingCount: 1,
      });
      assert.deepEqual([answer.at('changed'), beat.claimed], [true, 0]);
      await hub.advance({ minutes: 5 });
      assert.deepEqual(listEvents(hub, id), ['acknowledged']);
    }
    await assertWhole(hub);
  });

  for (const [first, what] of [
    ['completion', 'whose failure is being stored'],
    ['answer', 'whose failure comes while the answer is being stored'],
  ] as const) {
    test(`${what}: it is not tried again`, async (t) => {
      const hub = shared();
      const gates = await createGates(t, hub);
      const gate = await gates.add(
        first === 'completion'
          ? { table: 'attempt', on: 'update', when: 'new.finished_at is not null' }
          : {
              table: 'notification',
              on: 'update',
              when: 'old.cancel_requested_at is null and new.cancel_requested_at is not null',
            },
      );
      for (let time = 0; time < TIMES; time += 1) {
        hub.receiver.answerNext('/ops', 'hang');
        const id = await hub.raise({ severity: 'critical' });
        await hub.settle();
        const complete = async () => {
          hub.receiver.drop();
          await hub.node.hub.delivery.idle();
        };
        const acknowledge = async () => {
          assert.equal((await hub.acknowledge(id)).at('changed'), true);
        };
        await race(gates, {
          gate,
          first: first === 'completion' ? complete : acknowledge,
          second: first === 'completion' ? acknowledge : complete,
        });
        await hub.advance({ minutes: 30 });
        assert.deepEqual(listEvents(hub, id), ['created', 'acknowledged']);
        assert.equal((await listMessages(hub, id))[0], 'ops created cancelled answered');
      }
      await assertWhole(hub);
    });
  }
});

describe('an answer to an alert of many messages, all of which end at this moment', () => {
  const shared = shareTestHub({ isTelling: false });

  test('neither waits for the other for ever', async (t) => {
    const hub = shared();
    const gates = await createGates(t, hub);
    const paths = Array.from({ length: 12 }, (_, index) => `/ward-${index}`);
    for (const path of ['/first', ...paths]) {
      hub.receiver.answerAlways(path, 'hang');
      const severity = path === '/first' ? 'critical' : 'low';
      const rule = { event_types: ['alert.created'], matchers: [`severity="${severity}"`] };
      await hub.tell(path, { rule });
    }
    const sent = `old.status = 'sending' and new.status = 'sent' and new.priority`;
    const at = { table: 'notification', on: 'update' } as const;
    const first = await gates.add({ ...at, when: `${sent} = 'critical'` });
    const rest = await gates.add({ ...at, when: `${sent} = 'normal'` });
    for (let time = 0; time < 3; time += 1) {
      await hub.raise({ severity: 'critical' });
      const id = await hub.raise({ severity: 'low' });
      await hub.settle();
      await first.close();
      await rest.close();
      // While the first outcome is being stored all others gather, and are stored together.
      hub.receiver.release('/first');
      await gates.waiting(1);
      hub.receiver.release();
      await until(() => hub.node.sendsCount() === 0, { what: 'all have ended' });
      await first.open();
      await gates.waiting(1);
      const answering = hub.acknowledge(id);
      await gates.waiting(2);
      await rest.open();
      assert.equal((await answering).status, 200);
      await hub.node.hub.delivery.idle();
      const messages = await listMessages(hub, id);
      assert.equal(messages.length, paths.length);
      assert.ok(
        messages.every((line) => line.endsWith(' sent')),
        messages.join('\n'),
      );
    }
    const lines = hub.db.log.lines.filter(({ level }) => level === 'warn' || level === 'error');
    assert.deepEqual(lines, [], 'no deadlock was resolved by giving up one of them');
    await assertWhole(hub);
  });
});

describe('an acknowledgement against the expiry', () => {
  const shared = shareTestHub();
  const SHORT = { delays: [600], expire_after_s: 60 };

  async function raiseDue(hub: TestHub, name: string): Promise<string> {
    const id = await hub.raise({ policy_id: await addPolicy(hub, name, SHORT) });
    await hub.settle();
    hub.clock.advanceMs(60_000);
    await hub.node.hub.nodeLease.runRenewalOnce();
    return id;
  }

  test('that is being stored: a late answer, which closes it', async (t) => {
    const hub = shared();
    const gates = await createGates(t, hub);
    const when = `new.status = 'EXPIRED' and new.closed_at is null`;
    const gate = await gates.add({ table: 'alert', on: 'insert', when });
    for (let time = 0; time < TIMES; time += 1) {
      const id = await raiseDue(hub, `expiring ${time}`);
      const [, answer] = await race(gates, {
        gate,
        first: () => hub.node.hub.runEscalationOnce(),
        second: () => hub.acknowledge(id),
      });
      assert.deepEqual([answer.status, answer.at('changed')], [200, false]);
      const alert = await hub.alert(id);
      assert.deepEqual([alert['status'], alert['closed_by']], ['EXPIRED', 'admin key']);
    }
    await assertWhole(hub);
  });

  test('that was claimed and not decided: whichever comes first, and not both', async (t) => {
    const hub = shared();
    const gates = await createGates(t, hub);
    const when = 'old.lease_node is null and new.lease_node is not null';
    const gate = await gates.add({ table: 'escalation', on: 'update', when });
    for (let time = 0; time < TIMES; time += 1) {
      const id = await raiseDue(hub, `still in time ${time}`);
      const [, answer] = await race(gates, {
        gate,
        first: () => hub.node.hub.runEscalationOnce(),
        second: () => hub.acknowledge(id),
      });
      await hub.settle();
      // Both wait for the alert when the claim lets go of it.
      const isAnswered = answer.at('changed') === true;
      const alert = await hub.alert(id);
      assert.equal(alert['status'], isAnswered ? 'ACKNOWLEDGED' : 'EXPIRED');
      assert.equal(alert['closed_by'], isAnswered ? null : 'admin key');
      const events = ['created', ...(isAnswered ? ['acknowledged'] : [])];
      assert.deepEqual(listEvents(hub, id), events, 'the news of an expiry is cancelled');
    }
    await assertWhole(hub);
  });
});

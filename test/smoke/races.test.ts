/**
 * Two things at the same moment, on real PostgreSQL, in either order: gates hold the one that
 * comes first at the write that matters until the other waits for it. Here: reports, people,
 * receipts and the archive; races-of-answers.test.ts has the rest.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatInstant, plusMs } from '#kernel/instant.ts';
import { isJsonObject } from '#kernel/syntax/json.ts';
import { listItems } from '#test/support/hub/calls.ts';
import { createGates, type Gate } from '#test/support/hub/gate.ts';
import type { TestNode } from '#test/support/hub/nodes.ts';
import { assertWhole, countChanged, noteOf, race, TIMES } from '#test/support/hub/race.ts';
import type { TestHub } from '#test/support/hub.ts';
import { shareTestHub } from '#test/support/hub/shared.ts';
import {
  listEvents,
  listMessages,
  listReceived,
  moveTo,
  patch,
  pathOf,
  tellStory,
} from '#test/support/hub/story.ts';

describe('two flushers on a new key', () => {
  const shared = shareTestHub();

  type Reports = { readonly fingerprint: string; readonly gate: Gate };

  function raceReports(hub: TestHub, node: TestNode, { fingerprint, gate }: Reports) {
    const report = (startS: number, at: TestNode) => {
      const starts_at = formatInstant(plusMs(hub.clock.now(), startS * 1_000));
      const event = { title: 'Leak', fingerprint, starts_at };
      return hub.call('POST /api/v1/events', event, { node: at });
    };
    return { gate, first: () => report(-2, hub.node), second: () => report(-1, node) };
  }

  test('of two nodes: one alert, called once, and the other report joins it', async (t) => {
    const hub = shared();
    const node = await hub.addNode();
    const gates = await createGates(t, hub);
    const gate = await gates.add({ table: 'alert', on: 'insert', when: `new.title = 'Leak'` });
    for (let time = 0; time < TIMES; time += 1) {
      const answers = await race(
        gates,
        raceReports(hub, node, { fingerprint: `leak ${time}`, gate }),
      );
      const ids = answers.map((answer) => answer.textAt('results.0.alert_id'));
      assert.equal(new Set(ids).size, 1, noteOf(answers));
      await hub.settle();
      assert.equal((await hub.alert(ids[0] ?? ''))['occurrence_count'], 2);
      assert.deepEqual(listEvents(hub, ids[0] ?? ''), ['created']);
    }
    await assertWhole(hub);
  });

  test('the first loses its connection: the other raises it, and nobody is lost', async (t) => {
    const hub = shared();
    const node = await hub.addNode();
    const gates = await createGates(t, hub);
    const gate = await gates.add({ table: 'alert', on: 'insert', when: `new.title = 'Leak'` });
    for (let time = 0; time < TIMES; time += 1) {
      const { first, second } = raceReports(hub, node, { fingerprint: `cut ${time}`, gate });
      await gate.close();
      const one = first();
      await gates.waiting(1);
      const other = second();
      await gates.waiting(2);
      await gate.cut();
      // The other holds the problem now; the first has come again, and waits for it.
      await gates.waiting(2);
      await gate.open();
      const answers = await Promise.all([one, other]);
      const ids = answers.map((answer) => answer.textAt('results.0.alert_id'));
      assert.equal(new Set(ids).size, 1, noteOf(answers));
      await hub.settle();
      assert.deepEqual(listEvents(hub, ids[0] ?? ''), ['created']);
      assert.equal((await hub.countRows(`event where fingerprint = 'cut ${time}'`)) > 0, true);
    }
    await assertWhole(hub);
  });

  test('of one node: one alert, called once', async (t) => {
    const hub = shared();
    const gates = await createGates(t, hub);
    const gate = await gates.add({ table: 'alert', on: 'insert', when: `new.title = 'Leak'` });
    for (let time = 0; time < TIMES; time += 1) {
      const reports = raceReports(hub, hub.node, { fingerprint: `one node ${time}`, gate });
      const answers = await race(gates, reports);
      const ids = answers.map((answer) => answer.textAt('results.0.alert_id'));
      assert.equal(new Set(ids).size, 1, noteOf(answers));
      await hub.settle();
      assert.deepEqual(listEvents(hub, ids[0] ?? ''), ['created']);
    }
    await assertWhole(hub);
  });
});

describe('two people', () => {
  const shared = shareTestHub();

  test('acknowledge: one of them has it, both are on the record', async (t) => {
    const hub = shared();
    const gates = await createGates(t, hub);
    const when = `new.status = 'ACKNOWLEDGED'`;
    const gate = await gates.add({ table: 'alert', on: 'insert', when });
    for (let time = 0; time < TIMES; time += 1) {
      const id = await hub.raise();
      await hub.settle();
      const answers = await race(gates, {
        gate,
        first: () => hub.acknowledge(id, { intent: 'calling' }),
        second: () => hub.acknowledge(id, { intent: 'on_site' }),
      });
      assert.equal(countChanged(answers), 1);
      await hub.settle();
      assert.equal((await hub.alert(id))['intent'], 'calling', 'the first one has it');
      assert.deepEqual(listEvents(hub, id), ['created', 'acknowledged']);
      const story = (await tellStory(hub, id)).filter((line) => /ACKNOWLEDGED/.test(line));
      assert.equal(story.length, 2, story.join('\n'));
    }
    await assertWhole(hub);
  });

  test('one resolves while the other has the next step called: nothing is sent', async (t) => {
    const hub = shared();
    const gates = await createGates(t, hub);
    const when = `new.transition like 'escalated:%'`;
    const gate = await gates.add({ table: 'notification', on: 'insert', when });
    for (let time = 0; time < TIMES; time += 1) {
      const id = await hub.raise();
      await hub.settle();
      const answers = await race(gates, {
        gate,
        first: () => hub.call(`POST /api/v1/alerts/${id}/escalate`, {}),
        second: () => moveTo(hub, id, 'RESOLVED'),
      });
      assert.equal(countChanged(answers), 2);
      await hub.settle();
      assert.deepEqual(listEvents(hub, id), ['created', 'resolved']);
    }
    await assertWhole(hub);
  });

  test('one resolves, and the other then has the next step called: refused', async (t) => {
    const hub = shared();
    const gates = await createGates(t, hub);
    const when = `new.status = 'RESOLVED'`;
    const gate = await gates.add({ table: 'alert', on: 'insert', when });
    for (let time = 0; time < TIMES; time += 1) {
      const id = await hub.raise();
      await hub.settle();
      const [resolved, escalated] = await race(gates, {
        gate,
        first: () => moveTo(hub, id, 'RESOLVED'),
        second: () => hub.call(`POST /api/v1/alerts/${id}/escalate`, {}),
      });
      assert.deepEqual([resolved.at('changed'), escalated.status], [true, 409]);
      await hub.settle();
      assert.deepEqual(listEvents(hub, id), ['created', 'resolved']);
    }
    await assertWhole(hub);
  });

  test('"I cannot" pressed twice at once: one more person is called', async (t) => {
    const hub = shared();
    const gates = await createGates(t, hub);
    for (const name of ['ada', 'ben']) {
      const address = hub.receiver.url(`/${name}`);
      await hub.create('/api/v1/responders', {
        name,
        addresses: [{ channel_type: 'webhook', address }],
      });
    }
    const when = `new.transition like 'escalated:%'`;
    const gate = await gates.add({ table: 'notification', on: 'insert', when });
    for (let time = 0; time < TIMES; time += 1) {
      const id = await hub.raise();
      await hub.settle();
      const page = pathOf(listReceived(hub, id)[0], 'action_url');
      const cannot = () => hub.call(`POST ${page}`, { action: 'cannot' }, { key: null });
      const answers = await race(gates, { gate, first: cannot, second: cannot });
      assert.deepEqual(
        answers.map(({ status }) => status),
        [200, 200],
      );
      await hub.settle();
      assert.deepEqual(
        listReceived(hub, id).map(({ path }) => path),
        ['/ops', '/ada'],
      );
    }
    await assertWhole(hub);
  });

  test('answer the same alerts in bulk, in orders of their own: each changes once', async () => {
    const hub = shared();
    for (let time = 0; time < TIMES; time += 1) {
      const ids: string[] = [];
      for (let count = 0; count < 20; count += 1) ids.push(await hub.raise());
      await hub.settle();
      const orders = [ids, ids.toReversed(), ids.toSorted(), ids.toSorted().toReversed()];
      const answers = await Promise.all(
        orders.map((alert_ids) => {
          const body = { alert_ids, status: 'ACKNOWLEDGED' };
          return hub.call('POST /api/v1/alerts/bulk-status', body);
        }),
      );
      const results = answers.flatMap((answer) => {
        assert.equal(answer.status, 200, answer.text);
        const items = answer.at('results');
        return Array.isArray(items) ? items.filter(isJsonObject) : [];
      });
      const changed = results.filter(({ changed: isChanged }) => isChanged === true);
      assert.deepEqual([results.length, changed.length], [80, 20]);
      await hub.settle();
    }
    await assertWhole(hub);
  });
});

describe('a receipt against the end of its own attempt', () => {
  const shared = shareTestHub();

  for (const first of ['completion', 'receipt'] as const) {
    test(`the ${first} comes first: delivered in the end, not tried again`, async (t) => {
      const hub = shared();
      const gates = await createGates(t, hub);
      const gate = await gates.add(
        first === 'completion'
          ? { table: 'attempt', on: 'update', when: 'new.finished_at is not null' }
          : {
              table: 'notification',
              on: 'update',
              when: 'old.delivered_at is null and new.delivered_at is not null',
            },
      );
      for (let time = 0; time < TIMES; time += 1) {
        hub.receiver.answerNext('/ops', 'hang');
        const id = await hub.raise({ severity: 'critical' });
        await hub.settle();
        const receipt = pathOf(listReceived(hub, id)[0], 'receipt_url');
        const complete = async () => {
          // Broken off: without the receipt it would be sent again.
          hub.receiver.drop();
          await hub.node.hub.delivery.idle();
        };
        const receive = async () => {
          const answer = await hub.call(`POST ${receipt}`, {}, { key: null });
          assert.deepEqual([answer.status, answer.at('changed')], [200, true], answer.text);
        };
        await race(gates, {
          gate,
          first: first === 'completion' ? complete : receive,
          second: first === 'completion' ? receive : complete,
        });
        await hub.advance({ seconds: 30 });
        assert.deepEqual(listEvents(hub, id), ['created']);
        assert.deepEqual(await listMessages(hub, id), ['ops created delivered']);
        assert.equal((await hub.alert(id))['status'], 'DELIVERED');
      }
      await assertWhole(hub);
    });
  }
});

describe('what is over, against the source that reports it again', () => {
  const shared = shareTestHub();

  async function report(hub: TestHub, fingerprint: string, starts_at: string): Promise<string> {
    const event = { title: 'Leak', fingerprint, starts_at };
    const answer = await hub.call('POST /api/v1/events', event);
    assert.equal(answer.status, 202, answer.text);
    return answer.textAt('results.0.alert_id');
  }

  async function setRetention(hub: TestHub, retention_days: number | null): Promise<void> {
    await patch(hub, '/api/v1/projects/default', { archive_after_s: 0, retention_days });
  }

  const START = '2026-11-16T08:00:00Z';

  test('archived at the same moment: it stays archived, and the report is noted', async (t) => {
    const hub = shared();
    await setRetention(hub, null);
    const gates = await createGates(t, hub);
    const when = 'old.archived_at is null and new.archived_at is not null';
    const gate = await gates.add({ table: 'alert', on: 'update', when });
    for (let time = 0; time < TIMES; time += 1) {
      const id = await report(hub, `archived ${time}`, START);
      await moveTo(hub, id, 'RESOLVED');
      await hub.advance({ seconds: 1 });
      const [archived, again] = await race(gates, {
        gate,
        first: () => hub.node.hub.runRetentionOnce(),
        second: () => report(hub, `archived ${time}`, START),
      });
      assert.deepEqual([archived, again], [1, id]);
      const alert = await hub.alert(id);
      assert.notEqual(alert['archived_at'], null);
      assert.equal(alert['last_event_at'], formatInstant(hub.clock.now()));
    }
    await assertWhole(hub);
  });

  test('forgotten at the same moment: a new alert calls again', async (t) => {
    const hub = shared();
    await setRetention(hub, 1);
    const gates = await createGates(t, hub);
    const gate = await gates.add({ table: 'alert', on: 'delete', when: 'true' });
    for (let time = 0; time < TIMES; time += 1) {
      const id = await report(hub, `forgotten ${time}`, START);
      await moveTo(hub, id, 'RESOLVED');
      await hub.node.hub.runRetentionOnce();
      await hub.advance({ hours: 25 });
      const [, again] = await race(gates, {
        gate,
        first: () => hub.node.hub.runRetentionOnce(),
        second: () => report(hub, `forgotten ${time}`, START),
      });
      assert.notEqual(again, id);
      await hub.settle();
      assert.equal((await hub.call(`GET /api/v1/alerts/${id}`)).status, 404);
      assert.deepEqual(listEvents(hub, again), ['created']);
      assert.equal((await hub.alert(again))['status'], 'PENDING');
      await moveTo(hub, again, 'RESOLVED');
    }
    await assertWhole(hub);
  });

  test('reported while it is to be forgotten: it is kept', async (t) => {
    const hub = shared();
    await setRetention(hub, 1);
    const gates = await createGates(t, hub);
    const gate = await gates.add({ table: 'event', on: 'insert', when: `new.title = 'Leak'` });
    for (let time = 0; time < TIMES; time += 1) {
      const id = await report(hub, `kept ${time}`, START);
      await moveTo(hub, id, 'RESOLVED');
      while ((await hub.node.hub.runRetentionOnce()) > 0);
      await hub.advance({ hours: 25 });
      const [again] = await race(gates, {
        gate,
        first: () => report(hub, `kept ${time}`, START),
        second: () => hub.node.hub.runRetentionOnce(),
      });
      assert.equal(again, id);
      const alert = await hub.alert(id);
      assert.deepEqual([alert['status'], alert['alert_id']], ['RESOLVED', id]);
      const timeline = await hub.call(`GET /api/v1/alerts/${id}/timeline`);
      assert.ok(listItems(timeline).length > 0);
    }
    await assertWhole(hub);
  });
});

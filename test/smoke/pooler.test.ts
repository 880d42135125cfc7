/**
 * Several processes of the hub behind pgbouncer in transaction mode, with few sessions for all.
 * What the pooler does to single statements is tested beside `platform/postgres`.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSuccess, readText } from '#test/crash/http.ts';
import { type Fleet, startFleet } from '#test/support/processes/fleet.ts';
import type { HubProcess } from '#test/support/processes/hub-process.ts';
import { until } from '#test/support/until.ts';

const POLICY = {
  name: 'seconds',
  is_default: true,
  steps: [
    { delay_s: 1, label: 'First', priority: 'high' },
    { delay_s: 2, label: 'Second', priority: 'high' },
  ],
  repeat_every_s: null,
  min_interval_s: 0,
};

const COUNT_OPEN = `select count(*)::int as count from notification
  where status in ('pending', 'sending')`;

/**
 * One after the other: each is raised when the call about the one before has been noted down, so
 * that the worker has nothing to do and would look again only a second later. (Reminders would
 * wake it: no policy in seconds here.)
 */
async function raiseInTurn(fleet: Fleet, api: HubProcess, count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) {
    const id = await fleet.raise(api);
    await until(() => fleet.called().includes(id), { what: `alert ${turn} is called` });
    const isQuiet = async () => (await fleet.query(COUNT_OPEN))[0]?.['count'] === 0;
    await until(isQuiet, { what: `the call about alert ${turn} is noted down` });
  }
}

test('nodes behind a pooler hear each other at once, and keep every promise', async (t) => {
  const fleet = await startFleet(t, { pooler: { poolSize: 3, isDirectTold: true } });
  const [api, other] = await Promise.all([
    fleet.start('api', { roles: 'api' }),
    fleet.start('other', { roles: 'api' }),
    fleet.start('worker', { roles: 'worker' }),
  ]);
  await fleet.tell(api, '/ops');

  await t.test('an alert of one node is called by another, because it was told', async () => {
    const count = 30;
    let isDone = false;
    const turns = raiseInTurn(fleet, api, count).then(() => {
      isDone = true;
    });
    // Without hints each turn waits for the poll of the second that follows it.
    const what = `${count} alerts were called in turn, quicker than by asking every second`;
    await until(() => isDone, { what, timeoutMs: (count * 1_000) / 2 });
    await turns;
  });

  await t.test('reminders are sent at their time', async () => {
    const made = await fleet.ask(other, 'POST /api/v1/policies', POLICY);
    assert.ok(isSuccess(made), JSON.stringify(made.body));
    const id = await fleet.raise(other);
    const listLabels = () =>
      fleet.receiver
        .received()
        .filter(({ text }) => text.includes(id))
        .map(({ data }) => data['label']);
    await until(() => listLabels().length === 3, { what: 'both reminders have come' });
    assert.deepEqual(listLabels(), [null, 'First', 'Second']);
  });

  await t.test('what is changed on one node, the others go by', async () => {
    await fleet.tell(other, '/added');
    const isTold = async () => {
      await fleet.raise(api);
      return fleet.called('/added').length > 0;
    };
    await until(isTold, { what: 'an alert of the other node goes to the new channel too' });
  });

  await t.test('a channel is called at once by nodes that have not heard of it yet', () =>
    callNewChannels(fleet, api),
  );

  await t.test('many at once over three sessions: all are stored, each is called once', () =>
    raiseMany(fleet, [api, other]),
  );
});

/** Whoever sends may still go by what was configured a second ago. */
async function callNewChannels(fleet: Fleet, api: HubProcess): Promise<void> {
  for (const path of ['/new1', '/new2', '/new3']) {
    await fleet.tell(api, path);
    const id = await fleet.raise(api);
    await until(() => fleet.called(path).includes(id), { what: `${path} is called` });
  }
}

async function raiseMany(fleet: Fleet, nodes: readonly HubProcess[]): Promise<void> {
  const raised = await Promise.all(
    Array.from({ length: 200 }, async (_, index) => {
      const node = nodes[index % nodes.length];
      assert.ok(node !== undefined);
      const id = await fleet.raise(node, { severity: 'critical' });
      // Configuration is read anew meanwhile, by transactions that are under way.
      if (index % 20 === 0) await fleet.tell(node, `/unused${index}`);
      const answered = { status: 'ACKNOWLEDGED', intent: 'on_site' };
      const answer = await fleet.ask(node, `POST /api/v1/alerts/${id}/status`, answered);
      assert.ok(isSuccess(answer), JSON.stringify(answer));
      return id;
    }),
  );
  const [row] = await fleet.query(
    `select count(*)::int as count from alert
      where alert_id = any($1) and status = 'ACKNOWLEDGED'`,
    [raised],
  );
  assert.equal(row?.['count'], raised.length);
  const isAllSent = async () => (await fleet.query(COUNT_OPEN))[0]?.['count'] === 0;
  await until(isAllSent, { what: 'everything is sent', timeoutMs: 30_000 });
  const ids = fleet.receiver.received().map(({ webhookId }) => webhookId);
  assert.equal(new Set(ids).size, ids.length, 'nothing has arrived twice');
}

test('without a direct connection nothing is heard, and yet everybody is called', async (t) => {
  const fleet = await startFleet(t, { pooler: { poolSize: 2, isDirectTold: false } });
  const [api, worker] = await Promise.all([
    fleet.start('api', { roles: 'api' }),
    fleet.start('worker', { roles: 'worker' }),
  ]);
  await fleet.tell(api, '/ops');
  await raiseInTurn(fleet, api, 3);
  await callNewChannels(fleet, api);
  for (const node of [api, worker]) {
    const warnings = node.readLog().match(/set TOCSIN_DATABASE_DIRECT_URL/g) ?? [];
    assert.equal(warnings.length, 1, 'and both say why it takes a second');
  }
  const ready = await fleet.ask(api, 'GET /readyz');
  assert.equal(readText(ready.body, 'status'), 'ready');
});

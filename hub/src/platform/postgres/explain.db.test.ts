import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type pg from 'pg';
import { createTestDatabase, type TestDatabase } from '#test/support/database.ts';
import { fillDatabase, FILLED } from '#test/support/fill.ts';
import { createRecordingLog } from '#test/support/log.ts';
import { runOn } from '#test/support/server.ts';
import { importStatements } from '#test/support/statements.ts';
import { createDatabase, type Database, type Row } from './postgres.ts';

type HotStatement = {
  readonly name: string;
  readonly values: readonly unknown[];
  readonly mustUse: string;
};

const NODE_ID = '0190a000-0000-7000-8000-00000000000a';

const refs = JSON.stringify([{ project_id: FILLED.projectId, alert_id: FILLED.alertId }]);
const devices = JSON.stringify([
  { project_id: FILLED.projectId, device_id: FILLED.boxId, at: FILLED.now },
]);
const slots = JSON.stringify([
  { project_id: FILLED.projectId, channel_id: FILLED.channelId, free: 32 },
]);

/** What runs many times a second. One line for each; a statement that is gone fails too. */
const HOT: readonly HotStatement[] = [
  {
    name: 'escalation.claim',
    values: [FILLED.now, NODE_ID, 1, 200],
    mustUse: 'escalation_due',
  },
  {
    name: 'escalation.claim_suspect',
    values: [FILLED.now, NODE_ID, 1, 1],
    mustUse: 'escalation_suspect',
  },
  { name: 'escalation.next_due', values: [], mustUse: 'escalation_due' },
  { name: 'escalation.count_nobody', values: [1_000], mustUse: 'escalation_nobody' },
  { name: 'escalation.load', values: [refs], mustUse: 'escalation_pk' },
  {
    name: 'delivery.claim',
    values: [slots, FILLED.now, NODE_ID, 1],
    mustUse: 'notification_due_by_channel',
  },
  { name: 'delivery.list_due_channels', values: [], mustUse: 'notification_due_by_channel' },
  { name: 'delivery.cancel_calls', values: [refs, FILLED.now], mustUse: 'notification_once' },
  {
    name: 'delivery.take_lost',
    values: [FILLED.now, NODE_ID, 1, 200, []],
    mustUse: 'notification_sending',
  },
  { name: 'alert.lock_alerts', values: [refs], mustUse: 'alert_pk' },
  {
    name: 'read.changed_alerts',
    values: ['2026-11-22T11:50:00.000Z', 1_000],
    mustUse: 'alert_changed',
  },
  {
    name: 'read.alerts_by_id',
    values: [[FILLED.projectId], [FILLED.alertId]],
    mustUse: 'alert_pk',
  },
  { name: 'event_key.expire', values: [FILLED.keysBefore, 1_000], mustUse: 'event_key_by_age' },
  { name: 'supervision.claim_due', values: [FILLED.now, 100], mustUse: 'device_by_due' },
  { name: 'supervision.next_due', values: [], mustUse: 'device_by_due' },
  { name: 'supervision.load_devices', values: [devices], mustUse: 'device_pk' },
  { name: 'supervision.save_looks', values: [devices], mustUse: 'device_pk' },
  { name: 'supervision.renew_known', values: [devices], mustUse: 'device_pk' },
  {
    name: 'supervision.lock_box',
    values: [FILLED.projectId, FILLED.boxId],
    mustUse: 'device_by_parent',
  },
  { name: 'supervision.count_silent_devices', values: [], mustUse: 'device_silent' },
];

const LARGE_TABLES = ['alert', 'alert_head', 'escalation', 'notification', 'event_key', 'device'];

describe('with a lot in the tables', () => {
  let db: TestDatabase;
  let texts: ReadonlyMap<string, string> = new Map();

  before(async () => {
    db = await createTestDatabase();
    texts = new Map((await importStatements()).map(({ name, text }) => [name, text]));
    await runOn(db.connection, fillDatabase);
  });
  after(() => db.drop());

  // A prepared statement may be planned for its values or once for all; both have to be good.
  for (const mode of ['force_custom_plan', 'force_generic_plan'] as const) {
    for (const hot of HOT) {
      test(`${hot.name} uses ${hot.mustUse} under ${mode}`, async () => {
        const text = texts.get(hot.name) ?? assert.fail(`there is no statement ${hot.name}`);
        await runOn(db.connection, async (client) => {
          await client.query(`set plan_cache_mode = ${mode}`);
          const plan = await explain(client, text, hot.values);
          assert.ok(plan.indexes.includes(hot.mustUse), plan.text);
          const scanned = plan.scannedTables.filter((table) => LARGE_TABLES.includes(table));
          assert.deepEqual(scanned, [], plan.text);
        });
      });
    }
  }

  test('a statement that reads a whole table is found out', async () => {
    await runOn(db.connection, async (client) => {
      const plan = await explain(client, 'select from alert where title = $1', ['none']);
      assert.deepEqual(plan.scannedTables, ['alert']);
    });
  });
});

// A plan is kept for as long as its session lives: what is small now will be large.
for (const isPooled of [false, true]) {
  describe(`with nothing in the tables yet, ${isPooled ? 'behind a pooler' : 'directly'}`, () => {
    let db: TestDatabase;
    let database: Database;
    let texts: ReadonlyMap<string, string> = new Map();

    before(async () => {
      db = await createTestDatabase();
      texts = new Map((await importStatements()).map(({ name, text }) => [name, text]));
      await runOn(db.connection, (client) => client.query('vacuum analyze'));
      const log = createRecordingLog();
      database = createDatabase({ connection: db.connection, log, isPooled });
    });
    after(async () => {
      await database.close();
      await db.drop();
    });

    for (const hot of HOT) {
      test(`${hot.name} uses ${hot.mustUse} already`, async () => {
        const text = `explain (format json) ${texts.get(hot.name) ?? ''}`;
        const rows = await database.run({ name: `explain.${hot.name}`, text }, hot.values);
        const plan = readPlan(rows);
        assert.ok(plan.indexes.includes(hot.mustUse), plan.text);
        const scanned = plan.scannedTables.filter((table) => LARGE_TABLES.includes(table));
        assert.deepEqual(scanned, [], plan.text);
      });
    }
  });
}

type Plan = {
  readonly indexes: readonly string[];
  readonly scannedTables: readonly string[];
  readonly text: string;
};

async function explain(client: pg.Client, text: string, values: readonly unknown[]): Promise<Plan> {
  const { rows } = await client.query<Row>(`explain (format json) ${text}`, [...values]);
  return readPlan(rows);
}

function readPlan(rows: readonly Row[]): Plan {
  const plan = rows[0]?.['QUERY PLAN'];
  const nodes = listNodes(plan);
  const scans = nodes.filter((node) => node['Node Type'] === 'Seq Scan');
  return {
    indexes: nodes.flatMap((node) => node['Index Name'] ?? []).map(String),
    scannedTables: scans.map((node) => String(node['Relation Name'])),
    text: JSON.stringify(plan, null, 1),
  };
}

type PlanNode = Readonly<Record<string, unknown>>;

/** Every object of the JSON that is a step of the plan, however deep. */
function listNodes(value: unknown): readonly PlanNode[] {
  if (typeof value !== 'object' || value === null) return [];
  const below = Object.values(value).flatMap(listNodes);
  return 'Node Type' in value ? [{ ...value }, ...below] : below;
}

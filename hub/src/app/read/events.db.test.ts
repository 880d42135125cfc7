import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type EventId, eventId, lowestUuidV7, projectId } from '#kernel/id.ts';
import { instant, MS_PER_DAY, MS_PER_SECOND } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import { runPartitionsOnce } from '#intake/retention/partition.runner.ts';
import type { Queryable } from '#platform/postgres/postgres.ts';
import { createManualClock } from '#test/support/clock.ts';
import { createTestDatabase, type TestDatabase } from '#test/support/database.ts';
import { runOn } from '#test/support/server.ts';
import {
  type EventFilter,
  type EventPage,
  listEvents,
  listEventsOfAlert,
  walkByKey,
} from './events.ts';

/** More than one request looks at, over three weeks: three partitions. */
const COUNT = 50_000;
const SPAN_MS = 21 * MS_PER_DAY;
const START = createManualClock().now();

const EVENTS = `
  insert into event (project_id, event_id, source_id, channel_type, provider, stage, title,
    has_redacted_content, redaction_version, source_ref_count, labels, annotations, alert_id,
    is_duplicate, synthetic, received_at)
  select 'project-' || n % 2,
         (left(lpad(to_hex(ms), 12, '0'), 8) || '-' || right(lpad(to_hex(ms), 12, '0'), 4)
           || '-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
         gen_random_uuid(), 'native', 'camera', 'received', 'Door ' || n, false, '1', 0,
         jsonb_build_object('text', repeat('x', 200)), '{}',
         case when n % 20000 = 0 then 'rare' when n < 20 then 'first' end, false, false,
         to_timestamp(ms / 1000.0)
    from (
      select n, ${START}::bigint + n * ${SPAN_MS / COUNT}::bigint as ms
        from generate_series(1, ${COUNT}) as n
    ) as r`;

const ANY: EventFilter = {
  projects: [projectId('project-0')],
  sourceIds: null,
  channelType: null,
  provider: null,
  stage: null,
  alertId: null,
  text: null,
  since: null,
  isDuplicate: null,
};

describe('with a lot of events', () => {
  let db: TestDatabase;

  before(async () => {
    db = await createTestDatabase();
    const clock = createManualClock();
    await runPartitionsOnce(db.database, clock);
    await runOn(db.connection, async (client) => {
      await client.query(EVENTS);
      await client.query('vacuum analyze event');
    });
  });
  after(() => db.drop());

  /** What the reads do to the database: each statement explained while it runs. */
  async function explain<T>(body: (db: Queryable) => Promise<T>) {
    const plans: Step[] = [];
    const result = await db.database.read(async (tx) => {
      await walkByKey(tx);
      return body({
        run: async (statement, values) => {
          const text = `explain (analyze, format json, timing off) ${statement.text}`;
          const [row] = await tx.run({ name: `explain.${statement.name}`, text }, values);
          plans.push(...listSteps(row?.['QUERY PLAN']));
          return tx.run(statement, values);
        },
      });
    });
    return { result, plans };
  }

  function assertBounded(plans: readonly Step[], rowsMax: number): void {
    const scanned = plans.filter(({ type, table }) => type === 'Seq Scan' && table !== null);
    assert.deepEqual(scanned, []);
    const onDisk = plans.filter(({ isOnDisk }) => isOnDisk);
    assert.deepEqual(onDisk, []);
    const most = Math.max(...plans.map(({ rows }) => rows));
    assert.ok(most <= rowsMax, `${most} rows in one step of the plan`);
  }

  /** The titles of each page, until there is none; no page looks at more than the bound. */
  async function walkAll(filter: EventFilter, limit: number): Promise<unknown[][]> {
    const pages: unknown[][] = [];
    let next: EventId | null = null;
    do {
      const page: EventPage = { after: next, limit };
      const { result, plans } = await explain((tx) => listEvents(tx, filter, page));
      assertBounded(plans, LIMITS.eventScanMax + 2);
      pages.push(result.items.map(({ title }) => title));
      next = result.next;
    } while (next !== null);
    return pages;
  }

  test('the first page reads no more than it shows', async () => {
    const { result, plans } = await explain((tx) =>
      listEvents(tx, ANY, { after: null, limit: 50 }),
    );
    assert.equal(result.items.length, 50);
    assertBounded(plans, 51 * 4);
  });

  test('a filter that finds little looks at so many events, and goes on from there', async () => {
    const pages = await walkAll({ ...ANY, alertId: 'rare' }, 50);
    assert.deepEqual(pages.flat(), ['Door 40000', 'Door 20000']);
    assert.equal(pages.length, 2, 'the 25,000 of the project, 20,000 at a time');
  });

  test('several projects share the bound, and nothing is left out', async () => {
    const both: EventFilter = {
      ...ANY,
      projects: [projectId('project-0'), projectId('project-1')],
      text: 'Door 1',
    };
    const pages = await walkAll(both, 500);
    const found = new Set(pages.flat());
    const expected = Array.from({ length: COUNT }, (_, index) => `Door ${index + 1}`).filter(
      (title) => title.startsWith('Door 1'),
    );
    assert.deepEqual([found.size, pages.length > 5], [expected.length, true]);
  });

  test('what lies before `since` is not looked at', async () => {
    const since = instant(START + SPAN_MS - (1_000 * SPAN_MS) / COUNT);
    const { result, plans } = await explain((tx) =>
      listEvents(tx, { ...ANY, provider: 'nobody', since }, { after: null, limit: 50 }),
    );
    assert.deepEqual(result, { items: [], next: null });
    assertBounded(plans, 1_001);
  });

  test('the events of an old alert are found from its beginning', async () => {
    const alert = {
      projectId: projectId('project-0'),
      alertId: parseAlertId('first'),
      createdAt: START,
      lastEventAt: instant(START + 60 * MS_PER_SECOND),
    };
    const { result, plans } = await explain((tx) =>
      listEventsOfAlert(tx, alert, { after: null, limit: 3 }),
    );
    const titles = result.items.map(({ title }) => title);
    assert.deepEqual(titles, ['Door 2', 'Door 4', 'Door 6']);
    assertBounded(plans, LIMITS.eventScanMax + 1);
  });

  test('a plan that reads a whole table is found out', async () => {
    const { plans } = await explain(async (tx) => {
      const text = 'select from event where title = $1 order by title';
      await tx.run({ name: 'none', text: 'select 1' }, []);
      await tx.run({ name: 'whole', text }, ['none']);
    });
    assert.throws(() => assertBounded(plans, 100));
    const before = eventId(lowestUuidV7(START));
    const page = { after: before, limit: 5 };
    const none = await db.database.read((tx) => listEvents(tx, ANY, page));
    assert.deepEqual(none, { items: [], next: null });
  });
});

function parseAlertId(text: string) {
  return text as Parameters<typeof listEventsOfAlert>[1]['alertId'];
}

type Step = {
  readonly type: string;
  readonly table: string | null;
  /** That it saw, whether it passed them on or not. */
  readonly rows: number;
  readonly isOnDisk: boolean;
};

/** Every object of the JSON that is a step of the plan, however deep. */
function listSteps(value: unknown): readonly Step[] {
  if (typeof value !== 'object' || value === null) return [];
  const below = Object.values(value).flatMap(listSteps);
  return 'Node Type' in value ? [toStep({ ...value }), ...below] : below;
}

function toStep(node: Readonly<Record<string, unknown>>): Step {
  const count = (name: string) => Number(node[name] ?? 0);
  const table = node['Relation Name'];
  return {
    type: String(node['Node Type']),
    table: typeof table === 'string' ? table : null,
    rows: (count('Actual Rows') + count('Rows Removed by Filter')) * count('Actual Loops'),
    isOnDisk: node['Sort Space Type'] === 'Disk',
  };
}

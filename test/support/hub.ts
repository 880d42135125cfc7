/**
 * A whole hub for tests of what the product promises: real PostgreSQL, the real HTTP client, a
 * real receiver of webhooks, and a clock that only the test moves. Nothing ticks by itself:
 * `advance` moves the clock from due moment to due moment and runs the beats that a running hub
 * has timers for.
 *
 * Options: see TestHubOptions. Everything is closed when the test ends; a line of the log at
 * level `error` then fails the test, unless it said that it expects one.
 */
import assert from 'node:assert/strict';
import { runPartitionsOnce } from '#intake/retention/partition.runner.ts';
import { isJsonObject, type JsonObject } from '#kernel/syntax/json.ts';
import { createManualClock, type ManualClock } from './clock.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { advance, settle, type Span } from './hub/beats.ts';
import { type Answer, type CallOptions, listItems, sendCall, textOf, toLine } from './hub/calls.ts';
import {
  closeWorld,
  startNode,
  type TestHubOptions,
  type TestNode,
  type World,
} from './hub/nodes.ts';
import { type Receiver, startReceiver, WEBHOOK_SECRET } from './hub/receiver.ts';
import { runOn } from './server.ts';

export type TestHub = {
  readonly node: TestNode;
  readonly clock: ManualClock;
  readonly db: TestDatabase;
  readonly receiver: Receiver;
  /** `call('POST /api/v1/alerts', body, { key })`. */
  readonly call: (what: string, body?: unknown, options?: CallOptions) => Promise<Answer>;
  /** The id of a fresh resource; fails the test when it was not made. */
  readonly create: (path: string, body: JsonObject, options?: CallOptions) => Promise<string>;
  /** The id of a fresh alert. */
  readonly raise: (fields?: JsonObject, options?: CallOptions) => Promise<string>;
  readonly postAlertmanager: (alerts: readonly JsonObject[], key?: string) => Promise<Answer>;
  readonly acknowledge: (id: string, more?: JsonObject) => Promise<Answer>;
  readonly alert: (id: string) => Promise<JsonObject>;
  /** One line each: `08:02:00 KIND detail (who)`. */
  readonly timeline: (id: string) => Promise<readonly string[]>;
  /** One line each: `transition status`. */
  readonly notifications: (id: string) => Promise<readonly string[]>;
  /** By a connection of its own. */
  readonly query: (sql: string, values?: readonly unknown[]) => Promise<readonly JsonObject[]>;
  readonly countRows: (table: string) => Promise<number>;
  /** A webhook channel, and a rule that sends it what it asks for. Returns the channel's id. */
  readonly tell: (path: string, more?: JsonObject) => Promise<string>;
  readonly advance: (span: Span) => Promise<void>;
  /** Runs all beats until nothing is due and nothing is on its way but what is held. */
  readonly settle: () => Promise<void>;
  readonly addNode: () => Promise<TestNode>;
};

const EVERYTHING = [
  'alert.created',
  'alert.escalated',
  'alert.seen',
  'alert.acknowledged',
  'alert.resolved',
  'alert.expired',
];

/** A test, or whatever else says when the hub may go. */
export type Lifetime = { readonly after: (end: () => Promise<void>) => void };

export async function startTestHub(t: Lifetime, options: TestHubOptions = {}): Promise<TestHub> {
  const clock = createManualClock();
  const db = await createTestDatabase();
  const receiver = await startReceiver(clock);
  const connection = (await options.connectThrough?.(db.connection)) ?? db.connection;
  let seed = 0;
  const nextSeed = (): number => {
    seed += 1;
    return seed;
  };
  const world: World = { options, clock, db, connection, receiver, nodes: [], nextSeed };
  t.after(() => closeWorld(world));
  await runPartitionsOnce(db.database, clock);
  const node = await startNode(world);
  const hub = createVocabulary(world, node);
  if (options.isTelling ?? true) await hub.tell('/ops');
  return hub;
}

function createVocabulary(world: World, node: TestNode): TestHub {
  const { clock, db, receiver } = world;
  const call: TestHub['call'] = (what, body, more = {}) => sendCall(node, { what, body, more });
  const create: TestHub['create'] = async (path, body, options) => {
    const answer = await call(`POST ${path}`, body, options);
    assert.equal(answer.status, 201, answer.text);
    return answer.textAt(path === '/api/v1/alerts' ? 'alert_id' : 'id');
  };
  const read = async (path: string): Promise<Answer> => {
    const answer = await call(`GET ${path}`);
    assert.equal(answer.status, 200, answer.text);
    return answer;
  };
  const query: TestHub['query'] = (sql, values = []) =>
    runOn(db.connection, async (client) => {
      const { rows } = await client.query<JsonObject>(sql, [...values]);
      return rows;
    });
  return {
    node,
    clock,
    db,
    receiver,
    call,
    create,
    raise: (fields = {}, options = {}) =>
      create('/api/v1/alerts', { title: 'Fall in room 12', ...fields }, options),
    postAlertmanager: (alerts, key) =>
      call('POST /api/v2/alerts', alerts, key === undefined ? {} : { key }),
    acknowledge: (id, more = {}) =>
      call(`POST /api/v1/alerts/${id}/status`, { status: 'ACKNOWLEDGED', ...more }),
    alert: async (id) => {
      const { body } = await read(`/api/v1/alerts/${id}`);
      return isJsonObject(body) ? body : {};
    },
    timeline: async (id) => listItems(await read(`/api/v1/alerts/${id}/timeline`)).map(toLine),
    notifications: async (id) =>
      listItems(await read(`/api/v1/alerts/${id}/notifications`)).map(
        (row) => `${textOf(row['transition'])} ${textOf(row['status'])}`,
      ),
    query,
    countRows: async (table) => {
      const [row] = await query(`select count(*)::int as count from ${table}`);
      return Number(row?.['count']);
    },
    tell: async (path, more = {}) => {
      const { rule = {}, ...channel } = more;
      const name = path.slice(1);
      const id = await create('/api/v1/channels', {
        name,
        channel_type: 'webhook',
        config: { url: receiver.url(path) },
        secrets: { webhook_secret: WEBHOOK_SECRET },
        ...channel,
      });
      const asked = isJsonObject(rule) ? rule : {};
      await create('/api/v1/rules', { name, event_types: EVERYTHING, channel_id: id, ...asked });
      return id;
    },
    advance: (span) => advance(world, span),
    settle: async () => {
      await settle(world);
    },
    addNode: () => startNode(world),
  };
}

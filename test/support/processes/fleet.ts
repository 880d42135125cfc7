/**
 * Several real processes of the hub over one database, as in production: real time, real signals,
 * a real receiver of webhooks. For what a moved clock cannot show; everything else is quicker in
 * `startTestHub`.
 *
 * Everything is ended and removed when the test ends; a process that has ended by itself, or has
 * written a line of level error, then fails the test.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { instant } from '#kernel/instant.ts';
import type { JsonObject, JsonValue } from '#kernel/syntax/json.ts';
import type { ConnectionSettings } from '#platform/postgres/postgres.ts';
import { countErrors } from '#test/crash/hub/hub-log.ts';
import { type Answer, ask, closeConnections, isSuccess, readText } from '#test/crash/http.ts';
import { createTestDatabase } from '#test/support/database.ts';
import { type Receiver, startReceiver, WEBHOOK_SECRET } from '#test/support/hub/receiver.ts';
import { runOn } from '#test/support/server.ts';
import { until } from '#test/support/until.ts';
import { toUrl } from './database-url.ts';
import { type HubProcess, startHubProcess } from './hub-process.ts';
import { type Pooler, startPooler } from './pooler.ts';

export const ADMIN_KEY = 'the-admin-key-of-several-nodes-00001';
const MASTER_KEY = `k1:${Buffer.alloc(32, 1).toString('base64')}`;

export type NodeOptions = {
  readonly roles: 'api' | 'worker' | 'api,worker';
  readonly env?: Readonly<Record<string, string>>;
};

export type Fleet = {
  readonly connection: ConnectionSettings;
  readonly receiver: Receiver;
  /** Starts one more; resolves when it works, and has its lease. */
  readonly start: (name: string, options: NodeOptions) => Promise<HubProcess>;
  readonly query: (sql: string, values?: readonly unknown[]) => Promise<readonly JsonObject[]>;
  /** For requests that `ask` cannot make. */
  readonly headers: Readonly<Record<string, string>>;
  readonly ask: (node: HubProcess, what: string, body?: JsonValue) => Promise<Answer>;
  /** A webhook channel and a rule that sends it what happens to alerts. */
  readonly tell: (node: HubProcess, path: string) => Promise<void>;
  /** The id of a fresh alert. */
  readonly raise: (node: HubProcess, fields?: JsonObject) => Promise<string>;
  /** Alerts that have arrived at the receiver, in the order of arrival. */
  readonly called: (path?: string) => readonly string[];
  /** Its row: `node_id`, `epoch`, `renewed_at`, `expires_at`. */
  readonly nodeOf: (node: HubProcess) => Promise<JsonObject>;
  /** Resolves after that many more renewals of the node's lease: its own clock, so to speak. */
  readonly awaitRenewals: (node: HubProcess, count: number) => Promise<void>;
};

export type FleetOptions = {
  /** Through a pooler with that many sessions; the direct connection is told too. */
  readonly pooler?: { readonly poolSize: number; readonly isDirectTold: boolean };
  readonly isErrorExpected?: boolean;
};

export async function startFleet(t: TestContext, options: FleetOptions = {}): Promise<Fleet> {
  const db = await createTestDatabase();
  const root = mkdtempSync(join(tmpdir(), 'tocsin-fleet-'));
  const receiver = await startReceiver({ now: () => instant(Date.now()) });
  const nodes: HubProcess[] = [];
  let pooler: Pooler | null = null;
  t.after(async () => {
    await Promise.all(nodes.map((node) => node.kill()));
    closeConnections();
    await receiver.close();
    await pooler?.stop();
    await db.drop();
    const logs = nodes.map((node) => node.readLog()).join('\n');
    rmSync(root, { recursive: true, force: true });
    if (options.isErrorExpected !== true) assert.deepEqual([...countErrors(logs)], []);
  });
  if (options.pooler !== undefined) pooler = await startPooler(db.connection, options.pooler);
  const env = {
    DATABASE_URL: toUrl(pooler?.connection ?? db.connection),
    ...(options.pooler?.isDirectTold === true
      ? { TOCSIN_DATABASE_DIRECT_URL: toUrl(db.connection) }
      : {}),
    TOCSIN_ADMIN_KEY: ADMIN_KEY,
    TOCSIN_MASTER_KEY: MASTER_KEY,
  };
  const query: Fleet['query'] = (sql, values = []) =>
    runOn(db.connection, async (client) => {
      const { rows } = await client.query<JsonObject>(sql, [...values]);
      return rows;
    });
  const words = createWords(receiver, query);
  return {
    connection: pooler?.connection ?? db.connection,
    receiver,
    query,
    ...words,
    start: async (name, { roles, env: more = {} }) => {
      const settings = { root, name, env: { ...env, TOCSIN_ROLES: roles, ...more } };
      const node = await startHubProcess(settings);
      nodes.push(node);
      return node;
    },
  };
}

function createWords(receiver: Receiver, query: Fleet['query']) {
  const askNode: Fleet['ask'] = (node, what, body) =>
    ask({ url: node.url, what, key: ADMIN_KEY, ...(body === undefined ? {} : { body }) });
  const create = async (node: HubProcess, what: string, body: JsonObject): Promise<JsonObject> => {
    const answer = await askNode(node, what, body);
    assert.ok(isSuccess(answer), `${what}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const nodeOf: Fleet['nodeOf'] = async ({ pid }) => {
    const sql = `select node_id, epoch, renewed_at::text, expires_at::text from node
      where pid = $1 order by started_at desc limit 1`;
    return (await query(sql, [pid]))[0] ?? {};
  };
  return {
    headers: { authorization: `Bearer ${ADMIN_KEY}` },
    ask: askNode,
    nodeOf,
    tell: async (node: HubProcess, path: string) => {
      const name = path.slice(1);
      const channel = await create(node, 'POST /api/v1/channels', {
        name,
        channel_type: 'webhook',
        config: { url: receiver.url(path) },
        secrets: { webhook_secret: WEBHOOK_SECRET },
        retry: 'urgent',
        max_attempts: 6,
      });
      const event_types = ['alert.created', 'alert.escalated', 'alert.acknowledged'];
      const rule = { name, event_types, channel_id: readText(channel, 'id') };
      await create(node, 'POST /api/v1/rules', rule);
    },
    raise: async (node: HubProcess, fields: JsonObject = {}) => {
      const what = 'POST /api/v1/alerts';
      return readText(await create(node, what, { title: 'A fall', ...fields }), 'alert_id');
    },
    called: (path?: string) => receiver.received(path).map(({ text }) => readAlertId(text)),
    awaitRenewals: async (node: HubProcess, count: number) => {
      for (let renewal = 0; renewal < count; renewal += 1) {
        const before = (await nodeOf(node))['renewed_at'];
        const isRenewed = async () => (await nodeOf(node))['renewed_at'] !== before;
        await until(isRenewed, { what: `${node.name} renews its lease` });
      }
    },
  };
}

function readAlertId(text: string): string {
  return /"alert_id":"([^"]+)"/.exec(text)?.[1] ?? '';
}

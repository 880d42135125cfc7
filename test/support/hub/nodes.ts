/** Processes of a hub on one database, and the end of them. */
import assert from 'node:assert/strict';
import { createHub, type Hub } from '#app/hub.ts';
import type { Http } from '#kernel/ports.ts';
import { parseCidrs } from '#platform/http/address-guard.ts';
import { createReach } from '#platform/smtp/reach.ts';
import type { Disk } from '#app/hub-parts.ts';
import { createSmtp, type SmtpClient } from '#platform/smtp/smtp-client.ts';
import type { Rates } from '#platform/http/guard/rate-limits.ts';
import { createHttp, type HttpClient } from '#platform/http/http-client.ts';
import type { AuditHeadsFile } from '#platform/audit-heads-file.ts';
import { createMetrics } from '#platform/metrics.ts';
import {
  type ConnectionSettings,
  createDatabase,
  type Database,
} from '#platform/postgres/postgres.ts';
import { createSecretBox } from '#platform/secret-box.ts';
import type { ManualClock } from '#test/support/clock.ts';
import type { TestDatabase } from '#test/support/database.ts';
import { createSeededIds, createSeededRandom } from '#test/support/ids.ts';
import type { Receiver } from './receiver.ts';

export const ADMIN_KEY = 'the-admin-key-of-all-smoke-tests-0001';

export type TestHubOptions = {
  /** False: without the webhook channel `ops` and the rule that sends it all about alerts. */
  readonly isTelling?: boolean;
  /** Lines at level error are part of the test. */
  readonly isErrorExpected?: boolean;
  /** Real time after which a request counts as unanswered. */
  readonly sendTimeoutMs?: number;
  /** CIDRs that webhooks may reach; this machine unless given. */
  readonly allowed?: string;
  /** Where it is told how far the chains of the audit have got. */
  readonly auditHeads?: AuditHeadsFile;
  /** Of the disk of the data directory. */
  readonly disk?: Disk;
  /** `/docs` and `/openapi.json` without a key. */
  readonly isDocsPublic?: boolean;
  /** As many requests as anybody likes unless given: the clock of a test stands still. */
  readonly rates?: Rates;
  /** Puts something between the hub and its database. */
  readonly connectThrough?: (connection: ConnectionSettings) => Promise<ConnectionSettings>;
};

/** A process of the hub; a test may have several on one database. */
export type TestNode = {
  readonly hub: Hub;
  /** Requests to others that have not ended. */
  readonly sendsCount: () => number;
  /** As SIGKILL: what it had under way is never completed by it. */
  readonly kill: () => Promise<void>;
};

export type Running = TestNode & {
  readonly close: () => Promise<void>;
};

export type World = {
  readonly options: TestHubOptions;
  readonly clock: ManualClock;
  readonly db: TestDatabase;
  readonly connection: ConnectionSettings;
  readonly receiver: Receiver;
  /** Those that live. */
  readonly nodes: Running[];
  /** A number for each node that ever started. */
  readonly nextSeed: () => number;
};

export async function closeWorld(world: World): Promise<void> {
  // First: what waits to be sent is then refused instead of held.
  await world.receiver.close();
  for (const node of world.nodes.splice(0)) await node.close();
  await world.db.drop();
  const errors = world.db.log.lines.filter(({ level }) => level === 'error');
  if (world.options.isErrorExpected !== true) assert.deepEqual(errors, []);
}

export async function startNode(world: World): Promise<Running> {
  const { clock, db, options, receiver } = world;
  const seed = world.nextSeed();
  const { log } = db;
  const database = createDatabase({ connection: world.connection, log });
  const cidrs = parseCidrs(options.allowed ?? '127.0.0.0/8');
  assert.ok(cidrs.ok);
  const client = createHttp({ allowedCidrs: cidrs.cidrs, log });
  const { http, sendsCount } = countSends(client, options.sendTimeoutMs);
  const smtp = createSmtp({ allowedCidrs: cidrs.cidrs, log });
  const random = createSeededRandom(seed);
  const hub = await createHub({
    database,
    clock,
    isClockTrusted: () => true,
    ids: createSeededIds(seed),
    random,
    log,
    http,
    smtp,
    reach: createReach({ allowedCidrs: cidrs.cidrs }),
    readDisk: async () => options.disk ?? null,
    auditHeads: options.auditHeads ?? null,
    metrics: createMetrics('0.0.0'),
    // All nodes of a hub have the same master key.
    secretBox: createSecretBox({ keys: [{ kid: 'k1', key: Buffer.alloc(32, 1) }], random }),
    adminKey: ADMIN_KEY,
    publicUrl: () => 'https://tocsin.example',
    rates: options.rates ?? null,
    isMetricsPublic: false,
    isDocsPublic: options.isDocsPublic ?? false,
    roles: ['api', 'worker'],
    isAlone: false,
    onWork: () => undefined,
  });
  await hub.nodeLease.runRenewalOnce();
  const close = () => closeNode({ hub, database, client, smtp });
  const kill = async (): Promise<void> => {
    world.nodes.splice(
      world.nodes.findIndex((one) => one.hub === hub),
      1,
    );
    await database.close();
    receiver.drop();
    await close();
  };
  const node: Running = { hub, sendsCount, close, kill };
  world.nodes.push(node);
  return node;
}

type Closing = {
  readonly hub: Hub;
  readonly database: Database;
  readonly client: HttpClient;
  readonly smtp: SmtpClient;
};

async function closeNode({ hub, database, client, smtp }: Closing): Promise<void> {
  await hub.server.close();
  await hub.delivery.idle();
  await client.close();
  await smtp.close();
  await database.close().catch(() => undefined);
}

function countSends(client: Http, timeoutMs?: number) {
  let count = 0;
  const http: Http = {
    send: async (request) => {
      count += 1;
      try {
        return await client.send(timeoutMs === undefined ? request : { ...request, timeoutMs });
      } finally {
        count -= 1;
      }
    },
  };
  return { http, sendsCount: () => count };
}

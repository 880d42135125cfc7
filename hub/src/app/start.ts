/**
 * A hub that runs: database, hub, beats, listening socket. Starts them in order and stops them in
 * the reverse one: no new requests, what is claimed is finished (LIMITS.stopMaxMs at most), then
 * the database.
 */
import { fileURLToPath } from 'node:url';
import { runEventKeyExpiryOnce } from '#intake/event-key.runner.ts';
import { runPartitionsOnce } from '#intake/partition.runner.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { Log } from '#kernel/ports.ts';
import { createClock, type HubClock, READ_DATABASE_CLOCK } from '#platform/clock.ts';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '#platform/embedded-postgres/embedded-postgres.ts';
import { createHttp } from '#platform/http-client.ts';
import { createIds, createRandom } from '#platform/ids.ts';
import { createListener } from '#platform/listener.ts';
import { createMetrics } from '#platform/metrics.ts';
import { runMigrations } from '#platform/migrate.ts';
import { type ConnectionSettings, createDatabase, type Database } from '#platform/postgres.ts';
import { createSecretBox } from '#platform/secret-box.ts';
import { createTicker, type Ticker } from '#platform/ticker.ts';
import type { Config } from './config.ts';
import { type Keys, loadKeys } from './generated-keys.ts';
import { createHub, type Hub } from './hub.ts';

export type RunningHub = {
  readonly hub: Hub;
  /** What is listened on, with the real port; null for a process without the role api. */
  readonly url: string | null;
  readonly keys: Keys;
  readonly stop: () => Promise<void>;
};

type Connected = {
  readonly connection: ConnectionSettings;
  readonly listenerConnection: ConnectionSettings;
  readonly embedded: EmbeddedPostgres | null;
};

const MIGRATIONS = fileURLToPath(new URL('../../db/migrations/', import.meta.url));

export async function connect(config: Config, log: Log): Promise<Connected> {
  if (config.databaseUrl !== null) {
    const connection = { url: config.databaseUrl };
    const direct = config.databaseDirectUrl;
    const listenerConnection = direct === null ? connection : { url: direct };
    return { connection, listenerConnection, embedded: null };
  }
  const embedded = await startEmbeddedPostgres({ dataDir: config.dataDir, log, supervise: true });
  const { connection } = embedded;
  return { connection, listenerConnection: connection, embedded };
}

/** Brings the database's schema up to date; several starters may do it at once. */
export async function migrate(connected: Connected, log: Log, clock: HubClock): Promise<void> {
  const { applied } = await runMigrations({
    connection: connected.listenerConnection,
    directory: MIGRATIONS,
    log,
    clock,
  });
  if (applied.length > 0) log.info('migrated', { applied });
}

export async function startHub(config: Config, log: Log): Promise<RunningHub> {
  const random = createRandom();
  const keys = loadKeys(config, random);
  const clock = createClock();
  const connected = await connect(config, log);
  try {
    await migrate(connected, log, clock);
    return await startOn(connected, { config, log, keys, clock });
  } catch (error) {
    await connected.embedded?.stop();
    throw error;
  }
}

type Basis = {
  readonly config: Config;
  readonly log: Log;
  readonly keys: Keys;
  readonly clock: HubClock;
};

async function startOn(connected: Connected, basis: Basis): Promise<RunningHub> {
  const { config, log, keys, clock } = basis;
  const random = createRandom();
  const database = createDatabase({
    connection: connected.connection,
    log,
    isPooled: config.databaseDirectUrl !== null,
  });
  await adjustClock(database, clock);
  const metrics = createMetrics();
  const http = createHttp({ allowedCidrs: config.allowedCidrs, log });
  const address: { url: string | null } = { url: null };
  const beats = new Map<string, Ticker>();
  const hub = await createHub({
    database,
    clock,
    isClockTrusted: clock.isTrusted,
    ids: createIds(),
    random,
    log,
    http,
    metrics,
    secretBox: createSecretBox({ keys: keys.masterKeys, random }),
    adminKey: keys.adminKey,
    publicUrl: () => config.publicUrl ?? address.url ?? `http://${config.host}:${config.port}`,
    isMetricsPublic: config.isMetricsPublic,
    roles: config.roles,
    isAlone: connected.embedded !== null,
    onWork: (beat, inMs) => beats.get(beat)?.wakeIn(inMs),
  });
  await hub.nodeLease.runRenewalOnce();
  await runPartitionsOnce(database, clock);
  createBeats({ hub, database, ...basis, metrics, connected }, beats);
  if (config.roles.includes('api')) {
    address.url = await hub.server.listen({ host: config.host, port: config.port });
  }
  for (const ticker of beats.values()) ticker.start();
  const stop = async () => {
    hub.readiness.noteStopping();
    await stopWithin(LIMITS.stopMaxMs, async () => {
      await hub.server.close();
      await hub.intake.stop();
      await Promise.all([...beats.values()].map((ticker) => ticker.stop()));
      await hub.delivery.idle();
    });
    await hub.nodeLease.end().catch(() => undefined);
    await listenerOf(beats)?.();
    await http.close();
    await stopWithin(LIMITS.stopMaxMs, () => database.close());
    await connected.embedded?.stop();
  };
  return { hub, url: address.url, keys, stop };
}

/** Filled by `createBeats`: the listener ends with its ticker. */
const listenerStops = new WeakMap<Map<string, Ticker>, () => Promise<void>>();
function listenerOf(beats: Map<string, Ticker>): (() => Promise<void>) | undefined {
  return listenerStops.get(beats);
}

async function adjustClock(database: Database, clock: HubClock): Promise<void> {
  const askedMonotonicMs = clock.monotonicMs();
  const [row] = await database.run(READ_DATABASE_CLOCK, []);
  const answeredMonotonicMs = clock.monotonicMs();
  const databaseMs = Number(row?.['at_ms']);
  clock.adjust({ askedMonotonicMs, answeredMonotonicMs, databaseMs });
}

type BeatParts = Basis & {
  readonly hub: Hub;
  readonly database: Database;
  readonly metrics: ReturnType<typeof createMetrics>;
  readonly connected: Connected;
};

function createBeats(parts: BeatParts, beats: Map<string, Ticker>): void {
  const { hub, database, clock, log, config, metrics } = parts;
  const add = (name: string, beat: () => Promise<number>) => {
    beats.set(
      name,
      createTicker({ name, log, beat: async () => ({ againInMs: await beat() }) }),
    );
  };
  add('lease', async () => {
    await hub.nodeLease.runRenewalOnce();
    await adjustClock(database, clock);
    metrics.clockOffset.set(clock.offsetMs() / 1000);
    metrics.waitingEvents.set(hub.intake.waitingCount());
    return LIMITS.nodeRenewMs;
  });
  add('config', async () => {
    await hub.runConfigRefreshOnce();
    return LIMITS.pollMs;
  });
  const listener = createListener({
    connection: parts.connected.listenerConnection,
    log,
    onHint: (hint) => {
      if (hint === 'tocsin_config') return beats.get('config')?.wakeIn(0);
      beats.get('delivery')?.wakeIn(0);
      return beats.get('escalation')?.wakeIn(0);
    },
  });
  add('listener', async () => {
    await listener.runConnectOnce();
    return LIMITS.pollMs;
  });
  listenerStops.set(beats, listener.stop);
  add('partitions', async () => {
    const { leftInRest } = await runPartitionsOnce(database, clock);
    if (leftInRest.length > 0) log.error('event partitions could not be made', { leftInRest });
    return LIMITS.housekeepingMs;
  });
  add('event keys', async () => {
    const options = { now: clock.now(), keepMs: LIMITS.eventKeyKeepMs };
    const deleted = await runEventKeyExpiryOnce(database, options);
    return deleted === LIMITS.eventKeyExpiryMax ? LIMITS.pollMs : LIMITS.housekeepingMs;
  });
  if (!config.roles.includes('worker')) return;
  add('escalation', async () => {
    const { nextDueAt } = await hub.runEscalationOnce();
    return nextDueAt === null ? LIMITS.pollMs : Math.min(LIMITS.pollMs, nextDueAt - clock.now());
  });
  add('delivery', async () => {
    const { nextDueAt } = await hub.delivery.runOnce();
    return nextDueAt === null ? LIMITS.pollMs : Math.min(LIMITS.pollMs, nextDueAt - clock.now());
  });
  add('lost leases', async () => {
    await hub.delivery.runLostOnce();
    return LIMITS.pollMs;
  });
}

async function stopWithin(maxMs: number, body: () => Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const bound = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, maxMs);
  });
  await Promise.race([body(), bound]);
  clearTimeout(timer);
}

/**
 * A hub that runs: database, hub, beats, listening socket. Starts them in order and stops them in
 * the reverse one: no new requests, what is claimed is finished (LIMITS.stopMaxMs at most), then
 * the database.
 */
import { statfs } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { runEventKeyExpiryOnce } from '#intake/retention/event-key.runner.ts';
import { runPartitionsOnce } from '#intake/retention/partition.runner.ts';
import { type Instant, MS_PER_SECOND } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { Log } from '#kernel/ports.ts';
import { createAuditHeadsFile } from '#platform/audit-heads-file.ts';
import { createClock, type HubClock, READ_DATABASE_CLOCK } from '#platform/clock.ts';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '#platform/embedded-postgres/embedded-postgres.ts';
import { finishWithin } from '#platform/finish-within.ts';
import { RATES } from '#platform/http/guard/rate-limits.ts';
import { createHttp, type HttpClient } from '#platform/http/http-client.ts';
import { createReach } from '#platform/smtp/reach.ts';
import { createSmtp, type SmtpClient } from '#platform/smtp/smtp-client.ts';
import { createIds, createRandom } from '#platform/ids.ts';
import { createListener, type Listener } from '#platform/postgres/listener.ts';
import { createMetrics, type Metrics } from '#platform/metrics.ts';
import { runMigrations } from '#platform/postgres/migrate.ts';
import { isPooledConnection } from '#platform/postgres/pooler.ts';
import {
  type ConnectionSettings,
  createDatabase,
  type Database,
} from '#platform/postgres/postgres.ts';
import { createSecretBox } from '#platform/secret-box.ts';
import { createTicker, type Ticker } from '#platform/ticker.ts';
import { applyAtStart, type ReadConfigFile } from './apply-at-start.ts';
import type { Config } from './config.ts';
import { type Keys, loadKeys } from './generated-keys.ts';
import { VERSION } from './version.ts';
import { createHub, type Hub } from '#app/hub.ts';
import type { Disk } from '#app/hub-parts.ts';

export type RunningHub = {
  readonly hub: Hub;
  /** What is listened on, with the real port; null for a process without the role api. */
  readonly url: string | null;
  readonly keys: Keys;
  /** Where the first administrator of the hub sets up the login; null once somebody has. */
  readonly firstUrl: string | null;
  readonly stop: () => Promise<void>;
};

type Connected = {
  readonly connection: ConnectionSettings;
  readonly listenerConnection: ConnectionSettings;
  /** Nothing stays with a session of `connection`. */
  readonly isPooled: boolean;
  readonly embedded: EmbeddedPostgres | null;
};

export const MIGRATIONS = fileURLToPath(new URL('../../../db/migrations/', import.meta.url));

export async function connect(config: Config, log: Log): Promise<Connected> {
  if (config.databaseUrl !== null) {
    const connection = { url: config.databaseUrl };
    const direct = config.databaseDirectUrl;
    const listenerConnection = direct === null ? connection : { url: direct };
    const isPooled = direct !== null || (await isPooledConnection(connection));
    return { connection, listenerConnection, isPooled, embedded: null };
  }
  const embedded = await startEmbeddedPostgres({ dataDir: config.dataDir, log, supervise: true });
  const { connection } = embedded;
  return { connection, listenerConnection: connection, isPooled: false, embedded };
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

/** `file` is what TOCSIN_CONFIG names. */
export async function startHub(
  config: Config,
  log: Log,
  file: ReadConfigFile | null = null,
): Promise<RunningHub> {
  const random = createRandom();
  const keys = loadKeys(config, random);
  const clock = createClock();
  const connected = await connect(config, log);
  try {
    await migrate(connected, log, clock);
    return await startOn(connected, { config, log, keys, clock, file });
  } catch (error) {
    await connected.embedded?.stop();
    throw error;
  }
}

const NO_DISK = Promise.resolve(null);

async function readDisk(path: string): Promise<Disk> {
  const { bavail, blocks, bsize } = await statfs(path);
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
}

type Basis = {
  readonly config: Config;
  readonly log: Log;
  readonly keys: Keys;
  readonly clock: HubClock;
  readonly file: ReadConfigFile | null;
};

async function startOn(connected: Connected, basis: Basis): Promise<RunningHub> {
  const { config, log, keys, clock } = basis;
  const random = createRandom();
  const database = createDatabase({
    connection: connected.connection,
    log,
    isPooled: connected.isPooled,
  });
  await adjustClock({ database, clock, log });
  const metrics = createMetrics(VERSION);
  const http = createHttp({ allowedCidrs: config.allowedCidrs, log });
  const smtp = createSmtp({ allowedCidrs: config.allowedCidrs, log });
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
    smtp,
    reach: createReach({ allowedCidrs: config.allowedCidrs }),
    readDisk: () => (connected.embedded === null ? NO_DISK : readDisk(config.dataDir)),
    auditHeads: createAuditHeadsFile(config.dataDir),
    metrics,
    secretBox: createSecretBox({ keys: keys.masterKeys, random }),
    adminKey: keys.adminKey,
    publicUrl: () => config.publicUrl ?? address.url ?? `http://${config.host}:${config.port}`,
    rates: RATES,
    isMetricsPublic: config.isMetricsPublic,
    isDocsPublic: config.isDocsPublic,
    roles: config.roles,
    isAlone: connected.embedded !== null,
    onWork: (beat, inMs) => beats.get(beat)?.wakeIn(inMs),
  });
  if (basis.file !== null) {
    await applyAtStart(hub.configuration, basis.file, log).catch(async (error: unknown) => {
      await database.close();
      throw error;
    });
  }
  await hub.nodeLease.runRenewalOnce();
  await runPartitionsOnce(database, clock);
  const listener = createHintListener(connected, log, beats);
  for (const [name, beat] of listBeats({ ...basis, hub, database, metrics, listener })) {
    beats.set(name, createTicker({ name, log, beat: async () => ({ againInMs: await beat() }) }));
  }
  if (config.roles.includes('api')) {
    address.url = await hub.server.listen({ host: config.host, port: config.port });
  }
  for (const ticker of beats.values()) ticker.start();
  const stop = () => stopAll({ hub, beats, database, http, smtp, listener, connected });
  const firstUrl = address.url === null ? null : await hub.access.makeFirstUrl();
  return { hub, url: address.url, keys, firstUrl, stop };
}

type Running = {
  readonly hub: Hub;
  readonly beats: ReadonlyMap<string, Ticker>;
  readonly database: Database;
  readonly http: HttpClient;
  readonly smtp: SmtpClient;
  readonly listener: Listener;
  readonly connected: Connected;
};

async function stopAll(running: Running): Promise<void> {
  const { hub, beats, database, http, smtp, listener, connected } = running;
  hub.readiness.noteStopping();
  await finishWithin(LIMITS.stopMaxMs, async () => {
    await hub.server.close();
    await hub.intake.stop();
    const others = [...beats].filter(([name]) => name !== LEASE_BEAT);
    await Promise.all(others.map(([, ticker]) => ticker.stop()));
    await hub.delivery.idle();
  });
  // Not before: what is still on its way would be called lost, and sent again, by another node.
  await beats.get(LEASE_BEAT)?.stop();
  await hub.nodeLease.end().catch(() => undefined);
  await listener.stop();
  await http.close();
  await smtp.close();
  await finishWithin(LIMITS.stopMaxMs, () => database.close());
  await connected.embedded?.stop();
}

function createHintListener(
  connected: Connected,
  log: Log,
  beats: ReadonlyMap<string, Ticker>,
): Listener {
  return createListener({
    connection: connected.listenerConnection,
    log,
    onHint: (hint) => {
      const wanted = hint === 'tocsin_config' ? ['config'] : ['delivery', 'escalation'];
      for (const name of wanted) beats.get(name)?.wakeIn(0);
    },
  });
}

type Adjusting = Pick<Basis, 'clock' | 'log'> & { readonly database: Database };

async function adjustClock({ database, clock, log }: Adjusting): Promise<void> {
  const askedMonotonicMs = clock.monotonicMs();
  const [row] = await database.run(READ_DATABASE_CLOCK, []);
  const answeredMonotonicMs = clock.monotonicMs();
  const databaseMs = Number(row?.['at_ms']);
  const driftMs = clock.adjust({ askedMonotonicMs, answeredMonotonicMs, databaseMs });
  if (!clock.isTrusted()) log.warn('the clock does not fit the database', { drift_ms: driftMs });
}

const LEASE_BEAT = 'lease';

type BeatParts = Basis & {
  readonly hub: Hub;
  readonly database: Database;
  readonly metrics: Metrics;
  readonly listener: Listener;
};

/** What runs again and again; each beat answers in how many milliseconds it wants to. */
function listBeats(parts: BeatParts): readonly (readonly [string, () => Promise<number>])[] {
  const everywhere = listHousekeeping(parts);
  return parts.config.roles.includes('worker') ? [...everywhere, ...listWork(parts)] : everywhere;
}

function listHousekeeping(parts: BeatParts) {
  const { hub, database, clock, log, metrics } = parts;
  let renewedAt = clock.now();
  return [
    [
      LEASE_BEAT,
      async () => {
        // First: a lease that ended while this machine slept must not be renewed by an old clock.
        await adjustClock({ database, clock, log });
        if (clock.now() - renewedAt > LIMITS.nodeLeaseMs) hub.nodeLease.noteAway();
        await hub.nodeLease.runRenewalOnce();
        renewedAt = clock.now();
        metrics.clockOffset.set(clock.offsetMs() / MS_PER_SECOND);
        metrics.waitingEvents.set(hub.intake.waitingCount());
        return LIMITS.nodeRenewMs;
      },
    ],
    ['stream', () => hub.runStreamOnce()],
    ['config', () => hub.runConfigRefreshOnce().then(() => LIMITS.pollMs)],
    ['access', () => hub.access.runOnce().then(() => LIMITS.useNoteMs)],
    ['pulses', () => hub.supervision.runPulsesOnce().then(() => LIMITS.pulseBeatMs)],
    ['self-watch', () => hub.runSelfWatchOnce().then(() => LIMITS.selfWatchMs)],
    ['listener', () => parts.listener.runConnectOnce().then(() => LIMITS.pollMs)],
    [
      'partitions',
      async () => {
        const { leftInRest } = await runPartitionsOnce(database, clock);
        if (leftInRest.length > 0) log.error('event partitions were not made', { leftInRest });
        return LIMITS.housekeepingMs;
      },
    ],
    [
      'retention',
      async () => {
        const moved = await hub.runRetentionOnce();
        return moved > 0 ? LIMITS.pollMs : LIMITS.retentionBeatMs;
      },
    ],
    [
      'audit',
      async () => ((await hub.runSealOnce()) < LIMITS.auditSealBatchMax ? LIMITS.auditSealMs : 0),
    ],
    [
      'event keys',
      async () => {
        const options = { now: clock.now(), keepMs: LIMITS.eventKeyKeepMs };
        const deleted = await runEventKeyExpiryOnce(database, options);
        return deleted === LIMITS.eventKeyExpiryMax ? LIMITS.pollMs : LIMITS.housekeepingMs;
      },
    ],
  ] as const;
}

function listWork({ hub, clock }: BeatParts) {
  const untilDue = (at: Instant | null) =>
    at === null ? LIMITS.pollMs : Math.min(LIMITS.pollMs, at - clock.now());
  return [
    ['escalation', () => hub.runEscalationOnce().then((beat) => untilDue(beat.nextDueAt))],
    ['delivery', () => hub.delivery.runOnce().then((beat) => untilDue(beat.nextDueAt))],
    ['silence', () => hub.supervision.runSilenceOnce().then((beat) => untilDue(beat.nextDueAt))],
    ['lost rounds', () => hub.runLostRoundsOnce().then(() => LIMITS.untoldRoundsBeatMs)],
    ['lost leases', () => hub.delivery.runLostOnce().then(() => LIMITS.pollMs)],
  ] as const;
}

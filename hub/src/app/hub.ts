/**
 * The hub: everything put together over one database, in one straight line, without timers and
 * without a listening socket. `start.ts` adds those; tests drive the beats themselves.
 */
import type { FastifyInstance } from 'fastify';
import { createAuthenticator } from '#access/authenticate.ts';
import { findKeyByHash } from '#access/store.ts';
import { createDelivery, type Delivery } from '#delivery/runner.ts';
import { type EscalationBeat, runEscalationOnce } from '#escalation/runner.ts';
import { findSourceByTokenHash } from '#intake/source.store.ts';
import { hmacSha256, sha256 } from '#kernel/crypto.ts';
import type { ProjectId } from '#kernel/id.ts';
import type { Clock, Http, Ids, Log, Random } from '#kernel/ports.ts';
import { createHttpServer } from '#platform/http-server.ts';
import { sendHint } from '#platform/listener.ts';
import type { Metrics } from '#platform/metrics.ts';
import { createNodeLease, type NodeLease } from '#platform/node-lease.ts';
import type { Database } from '#platform/postgres.ts';
import type { SecretBox } from '#platform/secret-box.ts';
import { createAlertKeyNamer } from './alert-key.ts';
import { recordAttempts } from './attempt-timeline.ts';
import { tellWork } from './tell-work.ts';
import { ensureDefaultProject } from './create-project.ts';
import { openIdentityKey } from './identity-key.ts';
import { commitIntake, type IntakeDeps } from './intake-commit.ts';
import { createIntakeQueue, type IntakeQueue } from './intake-queue.ts';
import { type ConfigCache, createConfigCache } from './project-config.ts';
import { createReadiness, type Readiness } from './readiness.ts';
import { registerRoutes } from './register-routes.ts';
import { runWakes } from './run-commands.ts';
import { VERSION } from './version.ts';

export type HubParts = {
  readonly database: Database;
  readonly clock: Clock;
  readonly isClockTrusted: () => boolean;
  readonly ids: Ids;
  readonly random: Random;
  readonly log: Log;
  readonly http: Http;
  readonly metrics: Metrics;
  readonly secretBox: SecretBox;
  readonly adminKey: string;
  readonly publicUrl: () => string;
  readonly isMetricsPublic: boolean;
  readonly roles: readonly string[];
  /** The database is ours alone: rows of other nodes are processes that have died. */
  readonly isAlone: boolean;
  readonly flushersMax?: number;
  /** New work on this node: `inMs` from now at the latest. */
  readonly onWork: (beat: 'escalation' | 'delivery', inMs: number) => void;
};

export type Hub = {
  readonly server: FastifyInstance;
  readonly intake: IntakeQueue;
  readonly delivery: Delivery;
  readonly nodeLease: NodeLease;
  readonly configs: ConfigCache;
  readonly readiness: Readiness;
  readonly runEscalationOnce: () => Promise<EscalationBeat>;
  /** Drops what other nodes have changed. */
  readonly runConfigRefreshOnce: () => Promise<void>;
};

export async function createHub(parts: HubParts): Promise<Hub> {
  const { database, clock, ids, log, metrics } = parts;
  await ensureDefaultProject(database, { ids, clock });
  const identityKey = await openIdentityKey(parts);
  const nodeLease = createNodeLease({ ...parts, nodeId: ids.next(clock.now()), version: VERSION });
  const lease = () => (parts.isClockTrusted() ? nodeLease.current() : null);
  const configs = createConfigCache(parts);
  const authenticator = createAuthenticator({
    clock,
    adminKeyHash: sha256(parts.adminKey),
    findKey: (hash) => findKeyByHash(database, hash),
    findSource: (hash) => findSourceByTokenHash(database, hash),
  });
  const settings = () => ({ listeningSince: nodeLease.listeningSince() });
  const commands = { database, clock, ids, configs, settings };
  const intakeDeps: IntakeDeps = {
    ...commands,
    nameAlertKey: createAlertKeyNamer(hmacSha256(identityKey, 'alert-key')),
    contentKey: hmacSha256(identityKey, 'content'),
  };

  function onWork(dueInMs: number, hasNotifications: boolean): void {
    if (hasNotifications) parts.onWork('delivery', 0);
    parts.onWork('escalation', dueInMs);
    if (nodeLease.hasOthers()) {
      sendHint(database, 'tocsin_work').catch(() => undefined);
    }
  }

  const intake = createIntakeQueue({
    log,
    ...(parts.flushersMax === undefined ? {} : { flushersMax: parts.flushersMax }),
    commit: async (requests) => {
      const results = await commitIntake(intakeDeps, requests);
      tellWork(results.flat(), { metrics, onWork, now: clock.now() });
      return results;
    },
    onFlush: (events) => {
      metrics.flushes.inc();
      metrics.events.inc(events);
      readiness.noteStored();
    },
    onUnavailable: (reason) => readiness.noteNotStored(reason),
  });
  const delivery = createDelivery({
    ...parts,
    version: VERSION,
    lease,
    findChannel: (channel) => configs.readyChannel(channel),
    recordAttempts: (tx, ends) => recordAttempts(tx, ends, ids),
    onAttempt: (end) => {
      metrics.attempts.inc({ channel_type: 'webhook', outcome: end.outcome });
      if (end.durationMs !== null) metrics.attemptTime.observe(end.durationMs / 1000);
    },
    onLostLease: (count) => metrics.lostLeases.inc(count),
    onFree: () => parts.onWork('delivery', 0),
  });
  const readiness = createReadiness({ ...parts, nodeLease });

  function onConfigChanged(projectId: ProjectId): void {
    configs.drop(projectId);
    authenticator.forget([projectId]);
    sendHint(database, 'tocsin_config').catch(() => undefined);
  }

  async function runConfigRefreshOnce(): Promise<void> {
    authenticator.forget(await configs.refresh());
  }

  const server = createHttpServer({
    log,
    authenticate: (request) => authenticator.authenticate(request.headers.authorization),
    onAnswer: (route, method, status, durationMs) => {
      metrics.requests.observe({ route, method, status }, durationMs / 1000);
    },
  });
  registerRoutes(server, {
    parts,
    commands,
    configs,
    intake,
    readiness,
    authenticator,
    onWork,
    onConfigChanged,
  });
  return {
    server,
    intake,
    delivery,
    nodeLease,
    configs,
    readiness,
    runConfigRefreshOnce,
    runEscalationOnce: () =>
      runEscalationOnce({
        ...parts,
        lease,
        wake: async (refs) => {
          const hasNotifications = await runWakes(commands, refs);
          if (hasNotifications) parts.onWork('delivery', 0);
        },
        onMoved: (latenessMs) => metrics.lateness.observe(Math.max(0, latenessMs) / 1000),
        onQuarantined: (claim) => {
          metrics.quarantined.inc();
          log.error('a due row was set aside', { alert_id: claim.alertId });
        },
      }),
  };
}

/**
 * The hub: everything put together over one database, in one straight line, without timers and
 * without a listening socket. `start.ts` adds those; tests drive the beats themselves.
 */
import type { FastifyInstance } from 'fastify';
import type { Authenticator } from '#access/authenticate.ts';
import { createAuditRecorder } from '#access/audit/audit.store.ts';
import { type ChainKeys, createChainKeys } from '#access/audit/chain.ts';
import { createSealer, type Sealer } from '#access/audit/seal.runner.ts';
import { createDelivery, type Delivery } from '#delivery/runner.ts';
import {
  type EscalationBeat,
  type EscalationRunner,
  runEscalationOnce,
} from '#escalation/runner.ts';
import { hmacSha256 } from '#kernel/crypto.ts';
import type { ProjectId } from '#kernel/id.ts';
import { MS_PER_SECOND } from '#kernel/instant.ts';
import { createHttpServer } from '#platform/http/http-server.ts';
import { type Limited, limitRates } from '#platform/http/guard/rate-limits.ts';
import { keepAnswers } from '#platform/http/idempotency/idempotency.ts';
import { sendHint } from '#platform/postgres/listener.ts';
import { callAfterCommit, joinWholeRequests } from '#platform/postgres/whole-request.ts';
import { createNodeLease, type Lease, type NodeLease } from '#platform/postgres/node-lease.ts';
import {
  type Configuration,
  type ConfigurationDeps,
  createConfiguration,
} from './configuration/configuration.ts';
import { type Access, createAccess } from './access/create-access.ts';
import { createAlertKeyNamer, type NameAlertKey } from './intake/alert-key.ts';
import { recordAttempts } from './sending/attempt-timeline.ts';
import { ensureProjects } from './create-project.ts';
import type { HubParts } from './hub-parts.ts';
import { openIdentityKey } from './start/identity-key.ts';
import type { MaskCounts } from '#redaction/mask.ts';
import { BASE_POLICY } from '#redaction/policy.ts';
import { createRedactor } from '#redaction/redaction.ts';
import type { SignLink } from '#delivery/link/token.ts';
import { runLostRoundsOnce, tellLostRounds } from './sending/lost-rounds.ts';
import { runRetentionOnce } from './retention.ts';
import { createLinkSigner, type LinkDeps, makeLinks } from './sending/signed-links.ts';
import { commitIntake, type IntakeDeps } from './intake/intake-commit.ts';
import { createIntakeQueue, type IntakeQueue } from './intake/intake-queue.ts';
import { type ConfigCache, createConfigCache } from './project-config.ts';
import { createReadiness, type Readiness } from './routes/readiness.ts';
import { registerRoutes } from './routes/register-routes.ts';
import { createSelfWatch } from './self-watch.ts';
import { createStreams, type Streams } from './stream/streams.ts';
import { type CommandDeps, runWakes } from './run-commands.ts';
import { type OnWork, tellWork } from './intake/tell-work.ts';
import { VERSION } from './start/version.ts';
import { createSeenDevices, type SeenDevices } from './supervision/seen-devices.ts';
import { createSupervision, type Supervision } from './supervision/supervise.ts';

export type Hub = {
  readonly server: FastifyInstance;
  readonly configuration: Configuration;
  readonly intake: IntakeQueue;
  readonly delivery: Delivery;
  readonly nodeLease: NodeLease;
  readonly configs: ConfigCache;
  readonly readiness: Readiness;
  readonly runEscalationOnce: () => Promise<EscalationBeat>;
  /** Tells of rounds that nobody gets and that a crash kept from being told. */
  readonly runLostRoundsOnce: () => Promise<void>;
  /** Notices what is overdue, here or elsewhere. */
  readonly runSelfWatchOnce: () => Promise<void>;
  /** Archives what is over, forgets what nobody wants any longer. Returns how many. */
  readonly runRetentionOnce: () => Promise<number>;
  /** Seals what was written to the audit. Returns how many rows, as many as fit at most. */
  readonly runSealOnce: () => Promise<number>;
  /** Tells those who listen what changed. Answers after how long to come again. */
  readonly runStreamOnce: () => Promise<number>;
  /** Who is silent, who is heard again, and when sources were heard. */
  readonly supervision: Supervision;
  /** Drops what other nodes have changed. */
  readonly runConfigRefreshOnce: () => Promise<void>;
  readonly access: Pick<Access, 'makeFirstUrl' | 'runOnce'>;
};

/** What most of the hub is built from. */
type Core = {
  readonly parts: HubParts;
  readonly commands: CommandDeps;
  readonly configs: ConfigCache;
  readonly nodeLease: NodeLease;
  readonly readiness: Readiness;
  /** Null while this node may not claim: no lease, or a clock that is not trusted. */
  readonly lease: () => Lease | null;
  readonly onWork: OnWork;
};

export async function createHub(parts: HubParts): Promise<Hub> {
  const { database, clock, ids } = parts;
  await ensureProjects(parts);
  const identityKey = await openIdentityKey(parts);
  const nodeLease = createNodeLease({ ...parts, nodeId: ids.next(clock.now()), version: VERSION });
  const redactionKey = hmacSha256(identityKey, 'redaction');
  const configs = createConfigCache({ ...parts, redactionKey });
  const recordAudit = createAuditRecorder(parts);
  const core: Core = {
    parts,
    commands: createCommandDeps(parts, { configs, nodeLease, recordAudit }),
    configs,
    nodeLease,
    readiness: createReadiness({ ...parts, nodeLease }),
    lease: () => (parts.isClockTrusted() ? nodeLease.current() : null),
    onWork: createOnWork(parts, nodeLease),
  };
  const onAccessChanged = () => streams.askAgain();
  const access = createAccess(parts, { identityKey, recordAudit, onAccessChanged });
  const nameAlertKey = createAlertKeyNamer(hmacSha256(identityKey, 'alert-key'));
  const keys = { nameAlertKey, contentKey: hmacSha256(identityKey, 'content') };
  const { intake, supervision } = createIntakeAndSupervision(core, keys);
  const innocent: EscalationRunner['innocent'] = { claims: [] };
  const streams = createStreams({
    ...parts,
    authenticate: access.authenticator.authenticate,
    onListener: (inMs) => parts.onWork('stream', inMs),
  });
  const links: LinkDeps = { ...parts, configs, sign: createLinkSigner(identityKey) };
  const onConfigChanged = createOnConfigChanged(core, access.authenticator, streams);
  const configuration = configure(core, { ...supervision, onConfigChanged });
  const auditKeys = createChainKeys(identityKey);
  const served = {
    maskText: createMask(redactionKey),
    answerSecret: hmacSha256(identityKey, 'idempotency'),
    access,
    nameAlertKey,
    configuration,
    onConfigChanged,
    auditKeys,
  };
  const selfWatch = createSelfWatch(parts);
  return {
    server: createServer(core, { ...served, intake, supervision, sign: links.sign, streams }),
    configuration,
    intake,
    delivery: createSending(core, links),
    nodeLease: tellRenewals(core),
    configs,
    readiness: core.readiness,
    runEscalationOnce: () => runEscalation(core, innocent),
    runLostRoundsOnce: async () => {
      if (await runLostRoundsOnce(core.commands)) parts.onWork('delivery', 0);
    },
    runSelfWatchOnce: () => selfWatch.runOnce().then(supervision.runCountOnce),
    runRetentionOnce: () => runRetentionOnce(database, clock),
    runSealOnce: createSealing(parts, auditKeys).runOnce,
    runStreamOnce: streams.runOnce,
    supervision,
    runConfigRefreshOnce: async () => access.authenticator.forget(await configs.refresh()),
    access,
  };
}

function tellRenewals({ nodeLease, readiness }: Core): NodeLease {
  return {
    ...nodeLease,
    runRenewalOnce: async () => {
      await nodeLease.runRenewalOnce();
      // A write has gone through, whoever it was that could not.
      readiness.noteStored();
    },
  };
}

/** A part of the request that applies it, where that is one transaction. */
function configure(
  { parts, commands }: Core,
  told: Pick<ConfigurationDeps, 'tellRemoved' | 'onConfigChanged'>,
): Configuration {
  const database = joinWholeRequests(parts.database);
  return createConfiguration({ ...parts, ...commands, database, ...told });
}

function createCommandDeps(
  parts: HubParts,
  { nodeLease, ...more }: Pick<Core, 'configs' | 'nodeLease'> & Pick<CommandDeps, 'recordAudit'>,
): CommandDeps {
  return {
    ...parts,
    ...more,
    settings: () => ({ listeningSince: nodeLease.listeningSince() }),
    onNobodyCalled: (alerts) => callAfterCommit(() => parts.metrics.alertsNobodyCalled.inc(alerts)),
  };
}

function createSealing(parts: HubParts, keys: ChainKeys): Sealer {
  const onSealed = (waitedMs: number) =>
    parts.metrics.auditSealed.observe(waitedMs / MS_PER_SECOND);
  return createSealer({ ...parts, keys, file: parts.auditHeads, onSealed });
}

/** Forgets what was known of the project, here and by a hint elsewhere. */
function createOnConfigChanged(
  { parts, configs }: Core,
  authenticator: Authenticator,
  streams: Streams,
) {
  return (projectId: ProjectId): void =>
    callAfterCommit(() => {
      configs.drop(projectId);
      authenticator.forget([projectId]);
      // A key may have been revoked: its streams end now.
      streams.askAgain();
      sendHint(parts.database, 'tocsin_config').catch(() => undefined);
    });
}

/** Tells this node's beats at once, and the other nodes by a hint. */
function createOnWork(parts: HubParts, nodeLease: NodeLease): OnWork {
  // Who does no work itself always has others, also before it has seen them.
  const isWorking = parts.roles.includes('worker');
  return (dueInMs, hasNotifications) =>
    callAfterCommit(() => {
      if (hasNotifications) parts.onWork('delivery', 0);
      parts.onWork('escalation', dueInMs);
      if (!isWorking || nodeLease.hasOthers())
        sendHint(parts.database, 'tocsin_work').catch(() => undefined);
    });
}

/** Reports tell supervision who was heard; what it finds out are reports again. */
function createIntakeAndSupervision(
  core: Core,
  keys: Pick<IntakeDeps, 'nameAlertKey' | 'contentKey'>,
): { readonly intake: IntakeQueue; readonly supervision: Supervision } {
  const seenDevices = createSeenDevices();
  const { metrics } = core.parts;
  const deps: IntakeDeps = {
    ...core.commands,
    ...keys,
    seeDevices: seenDevices.post,
    onMasked: (masks) => countMasks(metrics, masks),
  };
  const supervision = superviseWith(core, deps, seenDevices);
  return { intake: createIntake(core, deps, supervision), supervision };
}

/** Before it is known which project something is for. */
function createMask(redactionKey: Uint8Array): Served['maskText'] {
  const redactor = createRedactor(BASE_POLICY, redactionKey);
  return (text) => redactor.redactText(text).value;
}

function countMasks({ masked }: HubParts['metrics'], masks: MaskCounts): void {
  for (const [name, count] of Object.entries(masks)) masked.inc({ class: name }, count);
}

function superviseWith(core: Core, intake: IntakeDeps, seenDevices: SeenDevices): Supervision {
  const { parts, lease, onWork } = core;
  const { metrics, clock, log } = parts;
  return createSupervision({
    intake,
    log,
    metrics,
    seenDevices,
    mayClaim: () => lease() !== null,
    onTold: (results) => {
      metrics.events.inc(results.length);
      tellWork(results, { metrics, onWork, now: clock.now() });
    },
  });
}

function createIntake(core: Core, deps: IntakeDeps, supervision: Supervision): IntakeQueue {
  const { parts, readiness, onWork } = core;
  const { log, metrics, clock } = parts;
  return createIntakeQueue({
    log,
    ...(parts.flushersMax === undefined ? {} : { flushersMax: parts.flushersMax }),
    commit: async (requests) => {
      const results = await commitIntake(deps, requests);
      const now = clock.now();
      tellWork(results.flat(), { metrics, onWork, now });
      supervision.noteRequests(requests, now);
      return results;
    },
    onFlush: (events) => {
      metrics.flushes.inc();
      metrics.events.inc(events);
      readiness.noteStored();
    },
    onUnavailable: readiness.noteNotStored,
  });
}

function createSending(core: Core, links: LinkDeps): Delivery {
  const { parts, configs, lease, commands } = core;
  const { metrics, ids } = parts;
  return createDelivery({
    ...parts,
    ports: { http: parts.http, smtp: parts.smtp },
    linksOf: (claim) => makeLinks(links, claim),
    version: VERSION,
    lease,
    findChannel: (channel) => configs.readyChannel(channel),
    recordAttempts: (tx, ends) => recordAttempts(tx, ends, ids),
    onAttempt: (end) => {
      metrics.attempts.inc({ outcome: end.outcome });
      if (end.durationMs !== null) metrics.attemptTime.observe(end.durationMs / MS_PER_SECOND);
    },
    onLostLease: (count) => metrics.lostLeases.inc(count),
    onUnsent: async (rounds) => {
      if (await tellLostRounds(commands, rounds)) parts.onWork('delivery', 0);
    },
    onFree: () => parts.onWork('delivery', 0),
  });
}

function runEscalation(
  core: Core,
  innocent: EscalationRunner['innocent'],
): Promise<EscalationBeat> {
  const { parts, commands, lease } = core;
  const { metrics, log } = parts;
  return runEscalationOnce({
    ...parts,
    lease,
    innocent,
    wake: async (refs) => {
      if (await runWakes(commands, refs)) parts.onWork('delivery', 0);
    },
    onMoved: (latenessMs) => metrics.lateness.observe(Math.max(0, latenessMs) / MS_PER_SECOND),
    onSetAside: (claim) => {
      metrics.setAside.inc();
      log.error('a due row was set aside', { alert_id: claim.alertId });
    },
  });
}

type Served = {
  readonly maskText: (text: string) => string;
  readonly access: Access;
  readonly intake: IntakeQueue;
  readonly nameAlertKey: NameAlertKey;
  readonly sign: SignLink;
  readonly configuration: Configuration;
  readonly onConfigChanged: (projectId: ProjectId) => void;
  readonly auditKeys: ChainKeys;
  readonly streams: Streams;
  readonly supervision: Supervision;
  /** Keys the hashes of what comes with an Idempotency-Key. */
  readonly answerSecret: Uint8Array;
};

function createServer(core: Core, served: Served): FastifyInstance {
  const { parts } = core;
  const server = createHttpServer({
    log: parts.log,
    authenticate: served.access.authenticate,
    maskText: served.maskText,
    onAnswer: ({ route, method, status, durationMs }) => {
      parts.metrics.requests.observe({ route, method, status }, durationMs / MS_PER_SECOND);
    },
    onUnaudited: (write) => parts.log.error('a write left no audit row', write),
    isHttps: () => parts.publicUrl().startsWith('https://'),
    onConnectionDropped: () => parts.metrics.connectionsDropped.inc(),
  });
  const { database } = parts;
  if (parts.rates !== null) {
    const onLimited = (what: Limited) => parts.metrics.limited.inc({ what });
    server.refuseGuess = limitRates(server, { ...parts, rates: parts.rates, onLimited });
  }
  keepAnswers(server, { ...parts, secret: served.answerSecret });
  // Routes alone: what outlives a request must not read what may still be taken back.
  const joined = joinWholeRequests(database);
  registerRoutes(server, {
    ...core,
    ...served,
    parts: { ...parts, database: joined },
    commands: { ...core.commands, database: joined },
  });
  return server;
}

/** All routes of the hub: one call each stage, and those that belong to no stage. */
import type { FastifyInstance } from 'fastify';
import { registerAuditRoutes } from '#access/audit/audit.routes.ts';
import type { ChainKeys } from '#access/audit/chain.ts';
import { registerLoginRoutes } from '#access/operator/login.routes.ts';
import { registerOperatorRoutes } from '#access/operator/operator.routes.ts';
import { registerSessionRoutes } from '#access/operator/session.routes.ts';
import { registerAnswerRoutes } from '#alert/answer.routes.ts';
import { registerAlertRoutes } from '#alert/routes.ts';
import { registerLinkRoutes } from '#delivery/link/link.routes.ts';
import type { SignLink } from '#delivery/link/token.ts';
import { registerAlertmanagerRoutes } from '#intake/alertmanager/alertmanager.routes.ts';
import { redactSenderId } from '#intake/inbound/inbound.ts';
import { registerIngestRoutes } from '#intake/ingest.routes.ts';
import { registerNativeRoutes } from '#intake/native.routes.ts';
import { CodedError } from '#kernel/error-codes.ts';
import { DEFAULT_PROJECT_ID, type ProjectId } from '#kernel/id.ts';
import { isMatching } from '#kernel/syntax/matcher.ts';
import { may, type Principal } from '#kernel/principal.ts';
import type { Redactor } from '#redaction/redaction.ts';
import type { Access } from '#app/access/create-access.ts';
import { createAlertPorts, factsOf, listReadable } from './alert-ports.ts';
import { createLinkPorts } from './link-ports.ts';
import { renderAlert } from '#app/alert-view.ts';
import type { HubParts } from '#app/hub-parts.ts';
import type { IntakeResult } from '#app/intake/intake-decide.ts';
import type { NameAlertKey } from '#app/intake/alert-key.ts';
import type { IntakeQueue } from '#app/intake/intake-queue.ts';
import type { ConfigCache } from '#app/project-config.ts';
import { listAlertmanagerAlerts } from '#app/read/alertmanager-alerts.ts';
import { findAlert } from '#app/read/alerts.ts';
import { registerEventRoutes } from './event-routes.ts';
import { registerDoctorRoutes } from './doctor-routes.ts';
import type { Configuration } from '#app/configuration/configuration.ts';
import { registerConfigRoutes } from './config-routes.ts';
import { registerDocumentRoutes } from './document-routes.ts';
import { registerImportRoutes } from './import-routes.ts';
import { registerLivePage } from './live-page.ts';
import { type Readiness, renderReasons } from './readiness.ts';
import { registerResourceRoutes } from './resource-routes.ts';
import { registerStreamRoutes } from '#app/stream/stream-routes.ts';
import type { CommandDeps } from '#app/run-commands.ts';
import { createRefusalTeller } from '#app/intake/refusal-teller.ts';
import { type ChooseSource, createSourceChooser } from '#app/intake/source-chooser.ts';
import type { OnWork } from '#app/intake/tell-work.ts';
import { registerTrialRoutes } from '#app/trial/trial-routes.ts';
import type { Streams } from '#app/stream/streams.ts';
import { VERSION } from '#app/start/version.ts';
import type { Supervision } from '#app/supervision/supervise.ts';
import { noteRefusal } from '#supervision/pulse.store.ts';
import { registerHeartbeatRoutes } from '#supervision/heartbeat.routes.ts';

export type RouteParts = {
  readonly parts: HubParts;
  readonly commands: CommandDeps;
  readonly configs: ConfigCache;
  readonly intake: IntakeQueue;
  readonly nameAlertKey: NameAlertKey;
  readonly readiness: Readiness;
  readonly access: Access;
  readonly sign: SignLink;
  readonly streams: Streams;
  readonly onWork: OnWork;
  readonly configuration: Configuration;
  readonly supervision: Supervision;
  readonly onConfigChanged: (projectId: ProjectId) => void;
  readonly auditKeys: ChainKeys;
};

export function registerRoutes(server: FastifyInstance, all: RouteParts): void {
  const choose = createSourceChooser(all.configs);
  const ports = createAlertPorts({ ...all.commands, onWork: all.onWork });
  registerAlertRoutes(server, ports);
  registerAnswerRoutes(server, ports);
  const { sign, onWork } = all;
  registerLinkRoutes(server, createLinkPorts({ ...all.commands, onWork, sign }));
  registerNative(server, all, choose);
  registerAlertmanager(server, all, choose);
  registerIngest(server, all, choose);
  registerConfigRoutes(server, all.configuration);
  registerResourceRoutes(server, {
    ...all.parts,
    onConfigChanged: all.onConfigChanged,
    tellRemoved: all.supervision.tellRemoved,
    findRedactor: (by) => findRedactor(all, by),
  });
  registerAccess(server, all);
  registerHeartbeat(server, all, choose);
  registerImportRoutes(server, { ...all.commands, ...all, choose });
  registerEventRoutes(server, all.parts);
  registerDoctorRoutes(server, { ...all.parts, ...all.commands, ...all });
  registerTrialRoutes(server, { ...all.parts, ...all.commands, ...all });
  registerDocumentRoutes(server, all.parts);
  registerStreamRoutes(server, all.streams, all.access.readCredential);
  registerAuditRoutes(server, { ...all.parts, ...all });
  registerHealth(server, all);
}

/** Of the one project that somebody has, else of the one that every hub has. */
async function findRedactor({ configs }: RouteParts, { projects }: Principal): Promise<Redactor> {
  const [first] = projects === 'all' ? [DEFAULT_PROJECT_ID] : projects;
  const config = await configs.load(first ?? DEFAULT_PROJECT_ID);
  if (config === null) throw new CodedError('not_found');
  return config.redactor;
}

function registerAccess(server: FastifyInstance, { access, parts }: RouteParts): void {
  const { login } = access;
  registerLoginRoutes(server, login);
  const joined = { ...login, database: parts.database };
  registerOperatorRoutes(server, joined);
  registerSessionRoutes(server, joined);
}

function registerNative(server: FastifyInstance, all: RouteParts, choose: ChooseSource): void {
  const { clock } = all.commands;
  const showStored = async (result: IntakeResult, projectId: ProjectId) => {
    if (result.work !== null) return renderAlert(factsOf(result.work), clock.now());
    const { alertId } = result;
    if (alertId === null) return null;
    const read = await all.parts.database.read((db) => findAlert(db, [projectId], alertId));
    return read === null ? null : renderAlert(read, clock.now());
  };
  registerNativeRoutes(server, {
    choose: async (principal, project) => {
      const { config, source } = await choose(principal, 'native', project);
      return {
        source,
        hasPolicy: (id) => config.policies.some((stored) => stored.policyId === id),
        store: async ({ by, reports, isRaiseOnly }) => {
          const results = await all.intake.submit({ config, source, by, reports, isRaiseOnly });
          return results.map((result) => ({
            ...result,
            showAlert: () => showStored(result, config.projectId),
          }));
        },
      };
    },
  });
}

function registerAlertmanager(
  server: FastifyInstance,
  all: RouteParts,
  choose: ChooseSource,
): void {
  const { clock, database } = all.commands;
  registerAlertmanagerRoutes(server, {
    clock,
    startedAt: clock.now(),
    version: VERSION,
    choose: async (principal) => {
      const { config, source } = await choose(principal, 'alertmanager', null);
      return {
        source,
        mask: config.mask,
        store: (by, reports) =>
          all.intake.submit({ config, source, by, reports, isRaiseOnly: false }),
      };
    },
    listOpen: (principal, { matchers, isActiveWanted }) =>
      database.read(async (db) => {
        if (!isActiveWanted) return { alerts: [], isCut: false };
        const projects = await listReadable(db, principal, null);
        return listAlertmanagerAlerts(db, projects, (labels) =>
          matchers.every((matcher) => isMatching(matcher, labels)),
        );
      }),
  });
}

function registerIngest(server: FastifyInstance, all: RouteParts, choose: ChooseSource): void {
  const { clock } = all.commands;
  registerIngestRoutes(server, {
    clock,
    onRefused: createRefusalTeller({
      ...all.parts,
      count: (kind) => all.parts.metrics.refusedSignatures.inc({ kind }),
      // The refusal stands, whether it can be noted or not.
      note: (source, now) => {
        noteRefusal(all.parts.database, source, now).catch(() => undefined);
      },
    }),
    choose: async (principal, kind) => {
      const { config, source } = await choose(principal, kind, null);
      return {
        source,
        mask: config.mask,
        openSecrets: () => all.configs.secretsOf(source),
        store: (by, reports) =>
          all.intake.submit({ config, source, by, reports, isRaiseOnly: false }),
      };
    },
  });
}

function registerHeartbeat(server: FastifyInstance, all: RouteParts, choose: ChooseSource): void {
  const { database, clock } = all.commands;
  registerHeartbeatRoutes(server, {
    database,
    clock,
    choose: async (principal) => {
      const { config, source } = await choose(principal, 'edge', null);
      const { redactor } = config;
      return {
        source,
        redact: (body) => redactor.redactJson(body).value,
        redactId: (id) => redactSenderId(id, redactor) ?? id,
      };
    },
    onHeard: (source) => all.supervision.noteSource(source, clock.now()),
  });
}

function registerHealth(server: FastifyInstance, all: RouteParts): void {
  const { parts, readiness, access: come } = all;
  const open = { config: { access: 'public' } } as const;
  server.get('/healthz', open, () => ({ status: 'ok' }));
  server.get('/-/ready', open, async (_request, reply) => {
    const isBlocked = (await readiness.check()).some((reason) => reason.isBlocking);
    return reply
      .code(isBlocked ? 503 : 200)
      .type('text/plain')
      .send(isBlocked ? 'Not ready' : 'OK');
  });
  // The status is for everyone; what is wrong is for those with a key.
  server.get('/readyz', open, async (request, reply) => {
    const reasons = await readiness.check();
    const isBlocked = reasons.some((reason) => reason.isBlocking);
    const principal = await come.authenticate(request).catch(() => null);
    const isTold = principal !== null && may(principal, 'read');
    const body = renderReasons(isTold ? reasons : []);
    return reply
      .code(isBlocked ? 503 : 200)
      .send(isTold ? body : { status: isBlocked ? 'not_ready' : 'ready' });
  });
  const access = parts.isMetricsPublic ? 'public' : 'read';
  server.get('/metrics', { config: { access } }, async (_request, reply) => {
    const { registry } = parts.metrics;
    return reply.type(registry.contentType).send(await registry.metrics());
  });
  registerLivePage(server);
}

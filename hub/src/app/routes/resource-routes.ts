/**
 * All routes of what is configured, wired together: what a stage's routes need of another stage
 * is given to them here.
 */
import type { FastifyInstance } from 'fastify';
import { createAuditRecorder } from '#access/audit/audit.store.ts';
import { PROJECT_DEFAULTS } from '#access/key.ts';
import { registerKeyRoutes } from '#access/key.routes.ts';
import { registerProjectRoutes } from '#access/project.routes.ts';
import { findProject, touchProject } from '#access/store.ts';
import { registerChannelTypeRoutes } from '#delivery/settings/channel-type.routes.ts';
import { registerChannelRoutes } from '#delivery/settings/channel.routes.ts';
import { listCarriers, listKnownChannelIds } from '#delivery/settings/channel.store.ts';
import { registerRuleRoutes } from '#delivery/settings/rule.routes.ts';
import { registerPolicyRoutes } from '#escalation/policy.routes.ts';
import { findPolicy, listPolicyNamesByChannel } from '#escalation/policy.store.ts';
import { registerResponderRoutes } from '#escalation/responder.routes.ts';
import { listResponderNamesByChannel } from '#escalation/responder.store.ts';
import { registerSourceTypeRoutes, type SourceTypeRouteDeps } from '#intake/source-type.routes.ts';
import { registerSourceRoutes } from '#intake/source.routes.ts';
import { listSourceNamesByPolicy } from '#intake/source.store.ts';
import type { ResourceDeps } from '#platform/http/resource.ts';
import type { SecretBox } from '#platform/secret-box.ts';
import { ADDRESS_KINDS } from '#app/configuration/entries/work.ts';
import { changeRedaction, registerRedactionRoutes } from '#redaction/policy/policy.routes.ts';
import { type DeviceRouteDeps, registerDeviceRoutes } from '#supervision/device.routes.ts';
import { listPulses } from '#supervision/pulse.store.ts';
import { createProject } from '#app/create-project.ts';

export type ResourceRouteDeps = Omit<ResourceDeps, 'touchProject' | 'recordAudit'> & {
  readonly tellRemoved: DeviceRouteDeps['tellRemoved'];
  readonly secretBox: SecretBox;
  readonly findRedactor: SourceTypeRouteDeps['findRedactor'];
  /** Asked when a source is made: the port may be known only once the server listens. */
  readonly publicUrl: () => string;
};

export function registerResourceRoutes(server: FastifyInstance, deps: ResourceRouteDeps): void {
  const { ids, publicUrl, secretBox } = deps;
  const shared: ResourceDeps = { ...deps, touchProject, recordAudit: createAuditRecorder(deps) };
  const addressed = { ...shared, addressKinds: ADDRESS_KINDS, listCarriers };
  registerProjectRoutes(server, {
    ...addressed,
    createProject: (tx, project, now) => createProject(tx, project, { ids, now }),
    changeRedaction,
  });
  registerRedactionRoutes(server, { ...deps, findProject });
  registerKeyRoutes(server, shared);
  registerSourceRoutes(server, {
    ...shared,
    publicUrl,
    secretBox,
    hasPolicy: async (db, project, policy) => (await findPolicy(db, [project], policy)) !== null,
    readHearings: async (db, sources) => {
      const pulses = await listPulses(db, sources);
      return new Map(
        pulses.map(({ sourceId, lastHeardAt, lastRefusedAt, silentSince }) => {
          const isSilent = silentSince !== null;
          return [sourceId, { lastHeardAt, lastRefusedAt, isSilent }] as const;
        }),
      );
    },
  });
  registerSourceTypeRoutes(server, deps);
  registerPolicyRoutes(server, { ...shared, listKnownChannelIds, listSourceNamesByPolicy });
  registerResponderRoutes(server, {
    ...addressed,
    readLanguage: async (db, project) =>
      (await findProject(db, project))?.language ?? PROJECT_DEFAULTS.language,
  });
  registerChannelRoutes(server, {
    ...shared,
    secretBox,
    listPolicyNamesByChannel,
    listResponderNamesByChannel,
    isAdministratorsChannel: async (db, project, channel) => {
      const administrators = (await findProject(db, project))?.administrators ?? [];
      return administrators.some(({ channelId }) => channelId === channel);
    },
  });
  registerChannelTypeRoutes(server);
  registerRuleRoutes(server, shared);
  registerDeviceRoutes(server, { ...shared, tellRemoved: deps.tellRemoved });
}

/**
 * All routes of what is configured, wired together: what a stage's routes need of another stage
 * is given to them here.
 */
import type { FastifyInstance } from 'fastify';
import { registerKeyRoutes } from '#access/key.routes.ts';
import { registerProjectRoutes } from '#access/project.routes.ts';
import { touchProject } from '#access/store.ts';
import { registerChannelRoutes } from '#delivery/settings/channel.routes.ts';
import { listKnownChannelIds } from '#delivery/settings/channel.store.ts';
import { registerRuleRoutes } from '#delivery/settings/rule.routes.ts';
import { registerPolicyRoutes } from '#escalation/policy.routes.ts';
import { findPolicy, listPolicyNamesByChannel } from '#escalation/policy.store.ts';
import { registerSourceRoutes } from '#intake/source.routes.ts';
import { listSourceNamesByPolicy } from '#intake/source.store.ts';
import type { ResourceDeps } from '#platform/http/resource.ts';
import type { SecretBox } from '#platform/secret-box.ts';
import { createProject } from '#app/create-project.ts';

export type ResourceRouteDeps = Omit<ResourceDeps, 'touchProject'> & {
  readonly secretBox: SecretBox;
  /** Asked when a source is made: the port may be known only once the server listens. */
  readonly publicUrl: () => string;
};

export function registerResourceRoutes(server: FastifyInstance, deps: ResourceRouteDeps): void {
  const { ids, publicUrl, secretBox } = deps;
  const shared: ResourceDeps = { ...deps, touchProject };
  registerProjectRoutes(server, {
    ...shared,
    createProject: (tx, project, now) => createProject(tx, project, { ids, now }),
  });
  registerKeyRoutes(server, shared);
  registerSourceRoutes(server, {
    ...shared,
    publicUrl,
    hasPolicy: async (db, project, policy) => (await findPolicy(db, [project], policy)) !== null,
  });
  registerPolicyRoutes(server, { ...shared, listKnownChannelIds, listSourceNamesByPolicy });
  registerChannelRoutes(server, { ...shared, secretBox, listPolicyNamesByChannel });
  registerRuleRoutes(server, shared);
}

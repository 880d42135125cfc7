/** Routes of what is configured. Each stage gets what it must ask of another through here. */
import type { FastifyInstance } from 'fastify';
import { registerKeyRoutes } from '#access/key.routes.ts';
import { registerProjectRoutes } from '#access/project.routes.ts';
import { touchProject } from '#access/store.ts';
import { listKnownChannelIds } from '#delivery/channel.store.ts';
import { registerPolicyRoutes } from '#escalation/policy.routes.ts';
import { findPolicy } from '#escalation/policy.store.ts';
import { registerSourceRoutes } from '#intake/source.routes.ts';
import { listSourceNamesByPolicy } from '#intake/source.store.ts';
import { createProject } from './create-project.ts';
import type { RouteParts } from './register-routes.ts';

export function registerResourceRoutes(server: FastifyInstance, all: RouteParts): void {
  const { database, clock, ids, random, publicUrl } = all.parts;
  const { onConfigChanged } = all;
  const deps = { database, clock, ids, random, touchProject, onConfigChanged };
  registerProjectRoutes(server, {
    ...deps,
    createProject: (tx, project, now) => createProject(tx, project, { ids, now }),
  });
  registerKeyRoutes(server, deps);
  registerSourceRoutes(server, {
    ...deps,
    publicUrl,
    hasPolicy: async (db, project, policy) => (await findPolicy(db, [project], policy)) !== null,
  });
  registerPolicyRoutes(server, { ...deps, listKnownChannelIds, listSourceNamesByPolicy });
}

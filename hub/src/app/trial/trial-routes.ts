/** HTTP of all that tries something out. */
import type { FastifyInstance } from 'fastify';
import { type DrillRouteDeps, registerDrillRoutes } from './drill-routes.ts';

export function registerTrialRoutes(server: FastifyInstance, deps: DrillRouteDeps): void {
  registerDrillRoutes(server, deps);
}

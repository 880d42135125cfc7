/** HTTP of all that tries something out. */
import type { FastifyInstance } from 'fastify';
import { type ChannelTestRouteDeps, registerChannelTestRoutes } from './channel-test-routes.ts';
import { type DrillRouteDeps, registerDrillRoutes } from './drill-routes.ts';
import { registerRuleTestRoutes, type RuleTestRouteDeps } from './rule-test-routes.ts';

export type TrialRouteDeps = DrillRouteDeps & RuleTestRouteDeps & ChannelTestRouteDeps;

export function registerTrialRoutes(server: FastifyInstance, deps: TrialRouteDeps): void {
  registerDrillRoutes(server, deps);
  registerRuleTestRoutes(server, deps);
  registerChannelTestRoutes(server, deps);
}

/**
 * `POST /api/v1/drill`: who would be called for an alert, now and at each step. Reads only, in
 * read-only transactions; the decisions run in memory and leave nothing behind.
 */
import type { FastifyInstance } from 'fastify';
import { type DrillBody, drillBody } from '#contract/escalation/drill.ts';
import { parseWire } from '#contract/wire.ts';
import type { DueSettings } from '#escalation/due.ts';
import type { AlertId, ChannelId } from '#kernel/id.ts';
import type { Clock } from '#kernel/ports.ts';
import { mayIn, type Principal } from '#kernel/principal.ts';
import { parseJsonBody, principalOf } from '#platform/http/http-server.ts';
import { accept } from '#platform/http/resource.ts';
import type { NameAlertKey } from '#app/intake/alert-key.ts';
import { findAlert } from '#app/read/alerts.ts';
import { findOpenAlertOf } from '#app/read/open-alert.ts';
import { type Drill, runDrill } from './drill.ts';
import { renderDrill } from './drill-view.ts';
import { listChannels } from './drill-warnings.ts';
import { createMasks, NO_MASKS } from './masks.ts';
import { previewAlert, type Preview, type PreviewDeps, previewReport } from './preview.ts';

export type DrillRouteDeps = PreviewDeps & {
  readonly clock: Clock;
  readonly settings: () => DueSettings;
  readonly nameAlertKey: NameAlertKey;
};

export function registerDrillRoutes(server: FastifyInstance, deps: DrillRouteDeps): void {
  server.post('/api/v1/drill', { config: { access: 'read' } }, async (request) => {
    const body = accept(parseWire(drillBody, parseJsonBody(request)));
    return answerDrill(deps, principalOf(request), body);
  });
}

async function answerDrill(deps: DrillRouteDeps, by: Principal, body: DrillBody) {
  const preview = await previewReport(deps, by, body);
  const { config, policy } = preview;
  const startsAt = deps.clock.now();
  const drill = runDrill({
    fresh: previewAlert(preview, by, startsAt),
    how: { policy: policy.policy, snapshotId: policy.snapshotId, config },
    settings: deps.settings(),
    startsAt,
  });
  const context = {
    config,
    severityWord: body.severity,
    faults: await findFaults(deps, preview, drill),
    openAlertId: await findKnown(deps, preview),
  };
  const masks = mayIn(by, 'administer', config.projectId) ? NO_MASKS : createMasks(config.ways);
  return renderDrill(drill, { preview, context, masks });
}

/** Channels that are called and cannot send, as far as that is known without sending. */
async function findFaults({ configs }: DrillRouteDeps, { config }: Preview, drill: Drill) {
  const faults = new Map<ChannelId, string>();
  for (const channelId of listChannels(drill)) {
    const ready = await configs.readyChannel({ projectId: config.projectId, channelId });
    if (!ready.ok) faults.set(channelId, ready.hint);
  }
  return faults;
}

/** An own name is used once; of any other problem only an open alert stands in the way. */
async function findKnown(deps: DrillRouteDeps, preview: Preview): Promise<AlertId | null> {
  const { identity } = preview.report;
  const { projectId, sourceId } = preview.source;
  if (identity.kind === 'single') return null;
  return deps.database.read(async (db) => {
    if (identity.kind === 'own') {
      const known = await findAlert(db, [projectId], identity.alertId);
      return known?.alert.alertId ?? null;
    }
    const alertKey = deps.nameAlertKey({ projectId, sourceId, identity });
    return findOpenAlertOf(db, projectId, alertKey);
  });
}

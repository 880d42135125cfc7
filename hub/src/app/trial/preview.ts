/**
 * What a report would be, without being one: the source it would come through, the policy and the
 * alert that it would raise. Nothing here writes, and nothing takes an id from the hub: its ids
 * never go back in time, and those of a drill lie hours ahead.
 */
import type { NewAlert as RaisedAlert } from '#alert/alert.ts';
import type { NewAlert } from '#contract/alert.ts';
import type { NewEvent } from '#contract/event.ts';
import type { StoredPolicy } from '#escalation/policy.ts';
import { toReport } from '#intake/native.routes.ts';
import type { Report } from '#intake/report.ts';
import { listSources } from '#intake/source.store.ts';
import { joinByLabels, type Source } from '#intake/source.ts';
import { CodedError } from '#kernel/error-codes.ts';
import { alertId, formatUuidV7, policyId } from '#kernel/id.ts';
import type { Instant } from '#kernel/instant.ts';
import type { Clock, Ids } from '#kernel/ports.ts';
import type { Principal } from '#kernel/principal.ts';
import { invalid, writableProject } from '#platform/http/resource.ts';
import type { Database } from '#platform/postgres/postgres.ts';
import { redactInbound } from '#intake/inbound/inbound.ts';
import { createOccurrence } from '#app/intake/intake-decide.ts';
import type { ConfigCache, ProjectConfig } from '#app/project-config.ts';

export type PreviewDeps = {
  readonly database: Database;
  readonly configs: ConfigCache;
  readonly clock: Clock;
};

/** A report as a native sender writes it, with the source that it would come through. */
export type WireReport = NewAlert &
  Partial<Pick<NewEvent, 'stage'>> & { readonly source: string | null };

export type Preview = {
  readonly config: ProjectConfig;
  readonly source: Source;
  readonly report: Report;
  readonly policy: StoredPolicy;
  readonly chosenBy: 'alert' | 'source' | 'project';
};

export async function loadConfig(
  { configs }: PreviewDeps,
  by: Principal,
  given: string | null,
): Promise<ProjectConfig> {
  const config = await configs.load(writableProject(by, given));
  if (config === null) throw new CodedError('not_found', { message: 'There is no such project.' });
  return config;
}

export async function previewReport(
  deps: PreviewDeps,
  by: Principal,
  wire: WireReport,
): Promise<Preview> {
  const config = await loadConfig(deps, by, wire.project_id);
  const source = await findSource(deps, config, wire.source);
  const raw = toReport({ ...wire, stage: wire.stage ?? 'received' }, source);
  const joined = joinByLabels(raw, source, deps.clock.now());
  const report = redactInbound(joined, config.redactor).value;
  const asked = report.policyId === null ? null : policyId(report.policyId);
  const isKnown = asked === null || config.policies.some((one) => one.policyId === asked);
  if (!isKnown) throw invalid('policy_id', 'is no policy of this project');
  const policy = config.choosePolicy([asked, source.policyId]);
  const chosenBy = asked !== null ? 'alert' : source.policyId !== null ? 'source' : 'project';
  return { config, source, report, policy, chosenBy };
}

/** By its id, or by its name. */
async function findSource(
  { database }: PreviewDeps,
  config: ProjectConfig,
  given: string | null,
): Promise<Source> {
  if (given === null) return config.builtInSource('native');
  const sources = await database.read((db) => listSources(db, config.projectId));
  const found = sources.find(({ sourceId, name }) => sourceId === given || name === given);
  if (found !== undefined) return found;
  const known = sources.map(({ name }) => name).join(', ');
  throw invalid('source', `is no source of this project; there are ${known}`.slice(0, 500));
}

/** What intake would raise for it, as if nothing were known of its problem yet. */
export function previewAlert(preview: Preview, by: Principal, now: Instant): RaisedAlert {
  const { config, source, report, policy } = preview;
  return {
    projectId: config.projectId,
    alertId: report.identity.kind === 'own' ? report.identity.alertId : alertId('-'),
    alertKey: '-',
    sourceId: source.sourceId,
    policyId: policy.policyId,
    previousAlertId: null,
    occurrence: createOccurrence(report, now),
    by,
  };
}

/** Ids of nothing that is stored. */
export function createPreviewIds(): Ids {
  const tail = new Uint8Array(10);
  let count = 0;
  return {
    next: (at) => {
      count += 1;
      new DataView(tail.buffer).setUint32(6, count);
      return formatUuidV7(at, tail);
    },
  };
}

/** All that one project is set up with, as it is stored. */
import type { Project } from '#access/key.ts';
import { listChannels } from '#delivery/settings/channel.store.ts';
import type { ConfiguredChannel } from '#delivery/settings/configured-channel.ts';
import { listRules } from '#delivery/settings/rule.store.ts';
import type { Rule } from '#delivery/rule.ts';
import type { StoredPolicy } from '#escalation/policy.ts';
import { listPolicies } from '#escalation/policy.store.ts';
import { listResponders, type StoredResponder } from '#escalation/responder.store.ts';
import { listSources } from '#intake/source.store.ts';
import type { Source } from '#intake/source.ts';
import { type ConfiguredDevice, listConfiguredDevices } from '#supervision/device.store.ts';
import type { Queryable } from '#platform/postgres/postgres.ts';

export type ProjectState = {
  readonly project: Project;
  readonly sources: readonly Source[];
  /** Those that people have set up, and those that were asked for. */
  readonly devices: readonly ConfiguredDevice[];
  readonly channels: readonly ConfiguredChannel[];
  readonly responders: readonly StoredResponder[];
  readonly policies: readonly StoredPolicy[];
  readonly rules: readonly Rule[];
};

/** `deviceIds`: those that are of interest though nobody may have set them up. */
export async function loadState(
  db: Queryable,
  project: Project,
  deviceIds: readonly string[] = [],
): Promise<ProjectState> {
  const { projectId } = project;
  return {
    project,
    sources: await listSources(db, projectId),
    devices: await listConfiguredDevices(db, projectId, deviceIds),
    channels: await listChannels(db, projectId),
    responders: await listResponders(db, projectId),
    policies: await listPolicies(db, projectId),
    rules: await listRules(db, projectId),
  };
}

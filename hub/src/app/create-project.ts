/**
 * A new project with what every project has from its start: the built-in policies, of which the
 * first is its default, and one built-in source per kind, through which keys report.
 */
import { PROJECT_DEFAULTS, type ProjectSettings } from '#access/key.ts';
import { findProject, insertProject, listRedactions } from '#access/store.ts';
import { BUILT_IN_POLICIES, nameSnapshot } from '#escalation/policy.ts';
import { insertPolicy } from '#escalation/policy.store.ts';
import { SEVERITY_DEFAULTS } from '#intake/source.ts';
import { insertSource } from '#intake/source.store.ts';
import { DEFAULT_PROJECT_ID, policyId, type ProjectId, sourceId } from '#kernel/id.ts';
import type { Instant } from '#kernel/instant.ts';
import type { Clock, Ids } from '#kernel/ports.ts';
import { TIMER } from '#kernel/principal.ts';
import { noteVersions } from '#redaction/policy/policy.routes.ts';
import { SOURCE_KINDS } from '#kernel/words/severity.ts';
import type { Database, Queryable } from '#platform/postgres/postgres.ts';

/** What is left out is as in every new project. */
export type NewProject = { readonly projectId: ProjectId; readonly name: string } & Partial<
  Omit<ProjectSettings, 'name'>
>;

/** False when the project is there already; then nothing is changed. */
export async function createProject(
  tx: Queryable,
  project: NewProject,
  deps: { readonly ids: Ids; readonly now: Instant },
): Promise<boolean> {
  const { ids, now } = deps;
  const stamps = { projectId: project.projectId, version: 1, createdAt: now, updatedAt: now };
  const fresh = { ...PROJECT_DEFAULTS, ...project, ...stamps };
  if (!(await insertProject(tx, fresh))) return false;
  await noteVersions(tx, [{ ...stamps, redaction: PROJECT_DEFAULTS.redaction }], {
    by: TIMER,
    now,
  });
  for (const [index, { name, policy }] of BUILT_IN_POLICIES.entries()) {
    const id = policyId(ids.next(now));
    const snapshotId = nameSnapshot(id, policy);
    const marks = { isDefault: index === 0, isBuiltIn: true };
    await insertPolicy(tx, { ...stamps, ...marks, policyId: id, name, policy, snapshotId });
  }
  for (const kind of SOURCE_KINDS) {
    const source = {
      ...stamps,
      sourceId: sourceId(ids.next(now)),
      name: kind,
      kind,
      severityDefault: SEVERITY_DEFAULTS[kind],
      policyId: null,
      silentAfterS: null,
      dedupWindowS: null,
      joinBy: null,
      mapping: {},
      secrets: {},
      isBuiltIn: true,
    };
    await insertSource(tx, source, null);
  }
  return true;
}

/**
 * At every start, for the rules of Tocsin itself may be others than those of the one before: what
 * is in force now is remembered, so that the `redaction_version` of an event can be explained.
 */
async function ensureRedactionVersions(database: Database, clock: Clock): Promise<void> {
  await database.transaction(async (tx) =>
    noteVersions(tx, await listRedactions(tx), { by: TIMER, now: clock.now() }),
  );
}

/** At every start; several hubs may do it at once. */
export async function ensureDefaultProject(
  database: Database,
  deps: { readonly ids: Ids; readonly clock: Clock },
): Promise<void> {
  const known = await database.read((db) => findProject(db, DEFAULT_PROJECT_ID));
  if (known !== null) return;
  const project = { projectId: DEFAULT_PROJECT_ID, name: 'Default' };
  await database.transaction((tx) =>
    createProject(tx, project, { ids: deps.ids, now: deps.clock.now() }),
  );
}

/** What every hub begins with, and what has come with its version. */
export async function ensureProjects(hub: {
  readonly database: Database;
  readonly ids: Ids;
  readonly clock: Clock;
}): Promise<void> {
  await ensureDefaultProject(hub.database, hub);
  await ensureRedactionVersions(hub.database, hub.clock);
}

/**
 * Configuration as code: plan, apply, export. Planning is applying without the commit, so a plan
 * knows everything that the database would refuse, and never says what will not come true.
 *
 * Danger: a document is applied whole, in one transaction under the locks of its projects, or not
 * at all; nothing is written where nothing changes. Emits: `onConfigChanged` for each project that
 * was, or may have been, changed.
 */
import { isDeepStrictEqual } from 'node:util';
import { touchProject, findProject, listProjectIds, lockProject } from '#access/store.ts';
import type { Project } from '#access/key.ts';
import type { ConfigChange } from '#contract/config/answer.ts';
import type { ConfigDocument, ConfigProject } from '#contract/config/document.ts';
import { CodedError, type ErrorDetail } from '#kernel/error-codes.ts';
import { type ProjectId, projectId } from '#kernel/id.ts';
import type { Instant } from '#kernel/instant.ts';
import type { JsonObject } from '#kernel/syntax/json.ts';
import { LIMITS } from '#kernel/limits.ts';
import { may, isKnownTo, mayIn, type Principal } from '#kernel/principal.ts';
import type { RecordAudit } from '#platform/http/acting.ts';
import { type ProjectFilter, toRefusal } from '#platform/http/resource.ts';
import { CommitUnknownError, type Transaction } from '#platform/postgres/postgres.ts';
import { callAfterCommit } from '#platform/postgres/whole-request.ts';
import { createProject } from '#app/create-project.ts';
import { listChanges, type Transition } from './changes.ts';
import { listAuditEntries } from './audit.ts';
import { applyChannels } from './entries/channels.ts';
import { applyDevices } from './entries/devices.ts';
import { nameEntry } from './document.ts';
import { exportProject } from './export.ts';
import { applyPolicies } from './entries/policies.ts';
import { applyResponders, applySettings } from './entries/people.ts';
import { prune } from './entries/prune.ts';
import { applyRules } from './entries/rules.ts';
import { applySources } from './entries/sources.ts';
import { loadState } from './state.ts';
import type { Generated, Work, WriteDeps } from './entries/work.ts';

export type Versions = Readonly<Record<string, number | null>>;

export type ConfigRequest = {
  readonly document: ConfigDocument;
  readonly isPruning: boolean;
  readonly by: Principal;
  /** What the plan was made for; null: whatever there is. */
  readonly versions: Versions | null;
  /** False where nobody would see the secrets that are made. */
  readonly isGenerating: boolean;
};

export type ConfigResult = {
  readonly versions: Versions;
  /** Projects that are not as they were. */
  readonly changed: readonly ProjectId[];
  readonly changes: readonly ConfigChange[];
  readonly generated: readonly (Generated & { readonly projectId: ProjectId })[];
  /** To be called when all of it is committed. */
  readonly afterCommit: readonly (() => void)[];
};

export type Exported = {
  readonly config: JsonObject;
  readonly leftOut: readonly ErrorDetail[];
};

export type Configuration = {
  readonly plan: (request: ConfigRequest) => Promise<ConfigResult>;
  readonly apply: (request: ConfigRequest) => Promise<ConfigResult>;
  readonly export: (projects: ProjectFilter) => Promise<Exported>;
};

export type ConfigurationDeps = WriteDeps & {
  readonly recordAudit: RecordAudit;
  readonly onConfigChanged: (projectId: ProjectId) => void;
};

export function createConfiguration(deps: ConfigurationDeps): Configuration {
  return {
    plan: (request) => planConfig(deps, request),
    apply: (request) => applyConfig(deps, request),
    export: (projects) =>
      deps.database.read(async (db) => {
        const ids = projects ?? (await listProjectIds(db));
        const exported = [];
        for (const id of [...ids].toSorted()) {
          const project = await findProject(db, id);
          if (project === null) continue;
          exported.push(exportProject(await loadState(db, project), exported.length));
        }
        return {
          config: { version: 1, projects: exported.map(({ config }) => config) },
          leftOut: exported.flatMap(({ leftOut }) => leftOut),
        };
      }),
  };
}

/** Carries what was found out past the end of a transaction that must not commit. */
class RolledBack extends Error {
  readonly result: ConfigResult;

  constructor(result: ConfigResult) {
    super('rolled back');
    this.result = result;
  }
}

async function planConfig(deps: ConfigurationDeps, request: ConfigRequest): Promise<ConfigResult> {
  try {
    return await deps.database.transaction(async (tx) => {
      throw new RolledBack(await write(deps, tx, request));
    });
  } catch (error) {
    if (error instanceof RolledBack) return error.result;
    throw toRefusal(error);
  }
}

async function applyConfig(deps: ConfigurationDeps, request: ConfigRequest): Promise<ConfigResult> {
  const tell = (ids: readonly string[]) => {
    for (const id of ids) deps.onConfigChanged(projectId(id));
  };
  try {
    const result = await deps.database.transaction((tx) => write(deps, tx, request));
    tell(result.changed);
    for (const call of result.afterCommit) callAfterCommit(call);
    return result;
  } catch (error) {
    if (error instanceof CommitUnknownError) {
      tell(request.document.projects.map(({ project_id }) => project_id));
    }
    throw toRefusal(error);
  }
}

/** Locks in the order of the ids, so that two documents never wait for each other. */
async function write(
  deps: ConfigurationDeps,
  tx: Transaction,
  request: ConfigRequest,
): Promise<ConfigResult> {
  const now = deps.clock.now();
  const faults: ErrorDetail[] = [];
  const done: Done[] = [];
  const places = [...request.document.projects.entries()].toSorted(([, one], [, other]) =>
    one.project_id < other.project_id ? -1 : 1,
  );
  for (const [index, wanted] of places) {
    done.push(await writeProject({ deps, tx, request, now, faults }, wanted, `projects[${index}]`));
  }
  if (faults.length > 0) {
    throw new CodedError('invalid', { details: faults.slice(0, LIMITS.errorDetailsMax) });
  }
  return {
    versions: Object.fromEntries(done.map(({ id, version }) => [id, version])),
    changed: done.flatMap(({ id, isChanged }) => (isChanged ? [id] : [])),
    changes: done.flatMap(({ changes }) => changes),
    generated: done.flatMap(({ id, generated }) =>
      generated.map((one) => ({ ...one, projectId: id })),
    ),
    afterCommit: done.flatMap(({ afterCommit }) => afterCommit),
  };
}

type Writing = {
  readonly deps: ConfigurationDeps;
  readonly tx: Transaction;
  readonly request: ConfigRequest;
  readonly now: Instant;
  readonly faults: ErrorDetail[];
};

type Done = {
  readonly id: ProjectId;
  readonly version: number | null;
  readonly isChanged: boolean;
  readonly changes: readonly ConfigChange[];
  readonly generated: readonly Generated[];
  readonly afterCommit: readonly (() => void)[];
};

async function writeProject(writing: Writing, wanted: ConfigProject, path: string): Promise<Done> {
  const { deps, tx, now, request, faults } = writing;
  const { known, project } = await openProject(writing, wanted, path);
  const id = project.projectId;
  requireVersion(request.versions, id, known?.version ?? null);
  const named = (wanted.devices ?? []).map(nameEntry);
  const start = await loadState(tx, project, named);
  const work: Work = {
    deps,
    tx,
    now,
    wanted,
    by: request.by,
    path,
    before: start,
    channels: new Map(start.channels.map((one) => [one.name, one.channelId])),
    policies: new Map(start.policies.map((one) => [one.name, one.policyId])),
    responders: new Map(start.responders.map((one) => [one.name, one.responderId])),
    isGenerating: request.isGenerating,
    faults,
    generated: [],
    tokensChanged: new Set(),
    afterCommit: [],
  };
  const faultsBefore = faults.length;
  await applyAll(work, request.isPruning);
  // Of what was refused nothing needs to be told but why.
  if (faults.length > faultsBefore) {
    return { id, version: null, isChanged: false, changes: [], generated: [], afterCommit: [] };
  }
  const after = await loadState(tx, (await findProject(tx, id)) ?? project, [
    ...named,
    ...start.devices.map(({ deviceId }) => deviceId),
  ]);
  const before = known === null ? null : start;
  const transition: Transition = { ...work, before, start, after };
  const changes = listChanges(transition);
  const tokens = work.tokensChanged.size;
  const isChanged = known === null || tokens > 0 || !isDeepStrictEqual(start, after);
  if (isChanged) await touchProject(tx, id, now);
  deps.recordAudit(tx, listAuditEntries(transition, changes), request.by);
  const { generated, afterCommit } = work;
  return { id, version: known?.version ?? null, isChanged, changes, generated, afterCommit };
}

async function applyAll(work: Work, isPruning: boolean): Promise<void> {
  await applyChannels(work);
  await applySettings(work);
  await applyResponders(work);
  await applyPolicies(work);
  await applySources(work);
  await applyRules(work);
  await applyDevices(work, isPruning);
  if (isPruning) await prune(work);
}

/** Locked; made when it is not there and its author may make one. */
async function openProject(
  { deps, tx, now, request: { by } }: Writing,
  wanted: ConfigProject,
  path: string,
): Promise<{ readonly known: Project | null; readonly project: Project }> {
  const id = projectId(wanted.project_id);
  if (!mayIn(by, 'administer', id)) throw refuseProject(path, isKnownTo(by, id));
  const known = await lockProject(tx, id);
  if (known !== null) return { known, project: known };
  if (!may(by, 'administer_hub')) throw refuseProject(path, false);
  const fresh = { projectId: id, name: wanted.name ?? wanted.project_id };
  const isNew = await createProject(tx, fresh, { ids: deps.ids, now });
  const project = await lockProject(tx, id);
  if (project === null) throw new CodedError('not_stored');
  // Somebody else may have made it a moment ago.
  return { known: isNew ? null : project, project };
}

/** A project of others is as good as none; one that they know is no secret. */
function refuseProject(path: string, isKnown: boolean): CodedError {
  const message = isKnown ? 'is no project that you administer' : 'is no project of this key';
  return new CodedError(isKnown ? 'not_allowed' : 'not_found', {
    details: [{ path: `${path}.project_id`, message }],
    hint: 'New projects are made with a key of the hub, that of all projects.',
  });
}

function requireVersion(versions: Versions | null, id: ProjectId, version: number | null): void {
  if (versions === null) return;
  const planned = Object.hasOwn(versions, id) ? versions[id] : undefined;
  if (planned === version) return;
  throw new CodedError('version_conflict', {
    message: `The configuration of ${id} has changed since the plan was made.`,
    hint: 'Nothing was changed. Plan again.',
  });
}

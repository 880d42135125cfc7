/**
 * `/api/v1/policies`. A saved policy is for alerts that are raised from then on; those that are
 * open keep the snapshot they were raised under. A project always has exactly one default.
 * Danger: two spellings of one policy must not become two snapshots, so the policy is always
 * built anew, field by field in one order, before it is named.
 * Emits: `onConfigChanged`.
 */
import type { FastifyInstance } from 'fastify';
import { pageQuery } from '#contract/field.ts';
import {
  newPolicy,
  type NewStep,
  type PolicyAnswer,
  policyPatch,
  type PolicyPatch,
} from '#contract/policy.ts';
import { parseWire } from '#contract/wire.ts';
import { CodedError, type ErrorDetail } from '#kernel/error-codes.ts';
import { type ChannelId, channelId, type PolicyId, policyId, type ProjectId } from '#kernel/id.ts';
import type { Policy, PolicyStep, StepTarget } from '#kernel/policy.ts';
import { principalOf } from '#platform/http/http-server.ts';
import type { Queryable } from '#platform/postgres/postgres.ts';
import {
  accept,
  changeItem,
  changeProject,
  found,
  invalid,
  nextStamps,
  readableProjects,
  readPathId,
  refuseInUse,
  renderList,
  renderStamps,
  requireVersion,
  type ResourceDeps,
  toListPage,
  writableProject,
} from '#platform/http/resource.ts';
import { defaultMinIntervalS, nameSnapshot, type StoredPolicy } from './policy.ts';
import {
  deletePolicy,
  findPolicy,
  insertPolicy,
  listPoliciesPage,
  updatePolicy,
} from './policy.store.ts';

export type PolicyRouteDeps = ResourceDeps & {
  /** Those of the ids that are channels of the project. */
  readonly listKnownChannelIds: (
    db: Queryable,
    project: ProjectId,
    ids: readonly ChannelId[],
  ) => Promise<ReadonlySet<ChannelId>>;
  readonly listSourceNamesByPolicy: (
    db: Queryable,
    project: ProjectId,
    policy: PolicyId,
  ) => Promise<readonly string[]>;
};

export function registerPolicyRoutes(server: FastifyInstance, deps: PolicyRouteDeps): void {
  const { database } = deps;

  server.get('/api/v1/policies', { config: { access: 'read' } }, async (request) => {
    const query = accept(parseWire(pageQuery, request.query));
    const page = toListPage(principalOf(request), query);
    const rows = await database.read((db) => listPoliciesPage(db, page));
    const position = ({ createdAt, policyId: id }: StoredPolicy) => ({ createdAt, id });
    return renderList(rows, page, { position, render: renderPolicy });
  });

  server.get('/api/v1/policies/:id', { config: { access: 'read' } }, async (request) => {
    const id = policyId(readPathId(request));
    const projectIds = readableProjects(principalOf(request), null);
    return renderPolicy(found(await database.read((db) => findPolicy(db, projectIds, id))));
  });

  server.post('/api/v1/policies', { config: { access: 'administer' } }, async (request, reply) => {
    const body = accept(parseWire(newPolicy, request.body));
    const project = writableProject(principalOf(request), body.project_id);
    const policy = patchPolicy(startPolicy(body.steps), body);
    const marks = { name: body.name, isDefault: body.is_default ?? false };
    const stored = await addPolicy(deps, project, { ...marks, policy });
    return reply.code(201).send(renderPolicy(stored));
  });

  server.patch('/api/v1/policies/:id', { config: { access: 'administer' } }, async (request) => {
    const id = policyId(readPathId(request));
    const projectIds = readableProjects(principalOf(request), null);
    const body = accept(parseWire(policyPatch, request.body));
    const changed = await changeItem(
      deps,
      (db) => findPolicy(db, projectIds, id),
      async ({ tx, item, now }) => {
        requireVersion(request, item.version);
        const next = { ...patchStored(item, body), ...nextStamps(item, now) };
        await checkChannels(deps, tx, next);
        await updatePolicy(tx, next);
        return next;
      },
    );
    return renderPolicy(changed);
  });

  server.delete(
    '/api/v1/policies/:id',
    { config: { access: 'administer' } },
    async (request, reply) => {
      const id = policyId(readPathId(request));
      const projectIds = readableProjects(principalOf(request), null);
      await changeItem(
        deps,
        (db) => findPolicy(db, projectIds, id),
        async ({ tx, item }) => {
          if (item.isBuiltIn) throw new CodedError('built_in');
          refuseInUse(await findUsers(deps, tx, item));
          await deletePolicy(tx, item);
        },
      );
      return reply.code(204).send();
    },
  );
}

type Addition = Pick<StoredPolicy, 'name' | 'isDefault' | 'policy'>;

async function addPolicy(
  deps: PolicyRouteDeps,
  project: ProjectId,
  addition: Addition,
): Promise<StoredPolicy> {
  return changeProject(deps, project, async (tx, now) => {
    const id = policyId(deps.ids.next(now));
    const stored: StoredPolicy = {
      ...addition,
      projectId: project,
      policyId: id,
      snapshotId: nameSnapshot(id, addition.policy),
      isBuiltIn: false,
      version: 1,
      createdAt: now,
      updatedAt: now,
    };
    await checkChannels(deps, tx, stored);
    await insertPolicy(tx, stored);
    return stored;
  });
}

function patchStored(stored: StoredPolicy, body: PolicyPatch): StoredPolicy {
  const { is_default: isDefault, ...content } = body;
  const isContentChanged = Object.values(content).some((value) => value !== undefined);
  if (stored.isBuiltIn && isContentChanged) {
    throw new CodedError('built_in', { hint: 'Of a built-in policy only is_default can be set.' });
  }
  if (isDefault === false && stored.isDefault) {
    throw invalid('is_default', 'a project has a default; make another policy its default');
  }
  const policy = patchPolicy(stored.policy, body);
  return {
    ...stored,
    name: body.name ?? stored.name,
    policy,
    snapshotId: nameSnapshot(stored.policyId, policy),
    isDefault: isDefault ?? stored.isDefault,
  };
}

/** With the defaults for all that a body may leave out. */
function startPolicy(newSteps: readonly NewStep[]): Policy {
  const steps = newSteps.map(toStep);
  return {
    steps,
    repeatEveryS: 600,
    minIntervalS: defaultMinIntervalS(steps),
    seenHoldS: null,
    ifNotDeliveredS: null,
    expireAfterS: 7_200,
    seenExpireAfterS: 14_400,
    ackTimeoutS: 7_200,
    ackTimeoutAction: 'resolve',
  };
}

/** Absent keeps, null clears. The order of the fields is part of the snapshot's name. */
function patchPolicy(policy: Policy, body: PolicyPatch): Policy {
  const steps = body.steps === undefined ? policy.steps.map(copyStep) : body.steps.map(toStep);
  const kept = policy.minIntervalS;
  // What was derived from the old steps follows the new ones.
  const isDerived = kept === defaultMinIntervalS(policy.steps);
  return {
    steps,
    repeatEveryS: body.repeat_every_s === undefined ? policy.repeatEveryS : body.repeat_every_s,
    minIntervalS: body.min_interval_s ?? (isDerived ? defaultMinIntervalS(steps) : kept),
    seenHoldS: body.seen_hold_s === undefined ? policy.seenHoldS : body.seen_hold_s,
    ifNotDeliveredS:
      body.if_not_delivered_s === undefined ? policy.ifNotDeliveredS : body.if_not_delivered_s,
    expireAfterS: body.expire_after_s ?? policy.expireAfterS,
    seenExpireAfterS: body.seen_expire_after_s ?? policy.seenExpireAfterS,
    ackTimeoutS: body.ack_timeout_s ?? policy.ackTimeoutS,
    ackTimeoutAction: body.ack_timeout_action ?? policy.ackTimeoutAction,
  };
}

function toStep(step: NewStep, index: number): PolicyStep {
  return {
    delayS: step.delay_s,
    label: step.label ?? `Reminder ${index + 1}`,
    priority: step.priority ?? 'high',
    condition: step.condition ?? 'not_acknowledged',
    targets: (step.targets ?? [{ type: 'rules' }]).map(
      (target): StepTarget =>
        target.type === 'rules'
          ? { type: 'rules' }
          : { type: 'channel', channelId: channelId(target.channel_id) },
    ),
  };
}

/** The database gives the fields of a document back in an order of its own. */
function copyStep({ delayS, label, priority, condition, targets }: PolicyStep): PolicyStep {
  return { delayS, label, priority, condition, targets: targets.map(copyTarget) };
}

function copyTarget(target: StepTarget): StepTarget {
  if (target.type === 'rules') return { type: 'rules' };
  return { type: 'channel', channelId: target.channelId };
}

/** Before the write, under the lock of the project: a channel cannot go away in between. */
async function checkChannels(
  deps: PolicyRouteDeps,
  db: Queryable,
  stored: StoredPolicy,
): Promise<void> {
  const named = stored.policy.steps.flatMap((step, stepIndex) =>
    step.targets.flatMap((target, index) => {
      const path = `steps[${stepIndex}].targets[${index}].channel_id`;
      return target.type === 'channel' ? [{ path, id: target.channelId }] : [];
    }),
  );
  const ids = named.map(({ id }) => id);
  const known = await deps.listKnownChannelIds(db, stored.projectId, ids);
  const details = named
    .filter(({ id }) => !known.has(id))
    .map(({ path }) => ({ path, message: 'is no channel of this project' }));
  if (details.length > 0) throw new CodedError('invalid', { details });
}

async function findUsers(
  deps: PolicyRouteDeps,
  db: Queryable,
  stored: StoredPolicy,
): Promise<readonly ErrorDetail[]> {
  const names = await deps.listSourceNamesByPolicy(db, stored.projectId, stored.policyId);
  const users = names.map((name) => ({ path: 'sources', message: `source ${name} uses it` }));
  if (!stored.isDefault) return users;
  return [{ path: 'projects', message: 'it is the default of its project' }, ...users];
}

function renderPolicy(stored: StoredPolicy): PolicyAnswer {
  const { policy } = stored;
  return {
    id: stored.policyId,
    ...renderStamps(stored),
    name: stored.name,
    is_default: stored.isDefault,
    is_built_in: stored.isBuiltIn,
    steps: policy.steps.map(renderStep),
    repeat_every_s: policy.repeatEveryS,
    min_interval_s: policy.minIntervalS,
    seen_hold_s: policy.seenHoldS,
    if_not_delivered_s: policy.ifNotDeliveredS,
    expire_after_s: policy.expireAfterS,
    seen_expire_after_s: policy.seenExpireAfterS,
    ack_timeout_s: policy.ackTimeoutS,
    ack_timeout_action: policy.ackTimeoutAction,
  };
}

function renderStep(step: PolicyStep): PolicyAnswer['steps'][number] {
  const { delayS, label, priority, condition, targets } = step;
  const shown = targets.map(renderTarget);
  return { delay_s: delayS, label, priority, condition, targets: shown };
}

function renderTarget(target: StepTarget): PolicyAnswer['steps'][number]['targets'][number] {
  if (target.type === 'rules') return { type: 'rules' };
  return { type: 'channel', channel_id: target.channelId };
}

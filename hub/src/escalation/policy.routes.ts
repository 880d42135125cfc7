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
  type NewPolicy,
  type NewStep,
  type PolicyAnswer,
  policyPatch,
  type PolicyPatch,
  type PolicyTarget,
} from '#contract/escalation/policy.ts';
import { parseWire } from '#contract/wire.ts';
import { CodedError, type ErrorDetail } from '#kernel/error-codes.ts';
import {
  type ChannelId,
  channelId,
  type PolicyId,
  policyId,
  type ProjectId,
  responderId,
} from '#kernel/id.ts';
import type { Policy, PolicyStep, StepTarget } from '#kernel/calling/policy.ts';
import { noteChange } from '#kernel/words/audit-entry.ts';
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
import {
  copyStep,
  defaultMinIntervalS,
  findTargetFaults,
  listTargets,
  nameSnapshot,
  startPolicy,
  type StoredPolicy,
} from './policy.ts';
import {
  deletePolicy,
  findPolicy,
  insertPolicy,
  listPoliciesPage,
  updatePolicy,
} from './policy.store.ts';
import { listKnownResponderIds } from './responder.store.ts';

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
    const marks = { name: body.name, isDefault: body.is_default ?? false };
    const stored = await addPolicy(deps, project, { ...marks, policy: readPolicy(body) });
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
        await checkTargets(deps, tx, next);
        await updatePolicy(tx, next);
        deps.recordAudit(tx, noteChange('policy', renderPolicy(item), renderPolicy(next)));
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
          refuseInUse(await findPolicyUsers(deps, tx, item));
          await deletePolicy(tx, item);
          deps.recordAudit(tx, noteChange('policy', renderPolicy(item), null));
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
    await checkTargets(deps, tx, stored);
    await insertPolicy(tx, stored);
    deps.recordAudit(tx, noteChange('policy', null, renderPolicy(stored)));
    return stored;
  });
}

/** What the author of a policy says, with the default for all that may be left out. */
export function readPolicy(body: NewPolicy): Policy {
  return patchPolicy(startPolicy(body.steps.map(toStep)), body);
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
    targets: (step.targets ?? [{ type: 'rules' }]).map(toTarget),
  };
}

function toTarget(target: PolicyTarget): StepTarget {
  switch (target.type) {
    case 'rules':
      return { type: 'rules' };
    case 'channel':
      return { type: 'channel', channelId: channelId(target.channel_id) };
    case 'responder':
      return { type: 'responder', responderId: responderId(target.responder_id) };
  }
}

/** Before the write, under the lock of the project: a target cannot go away in between. */
export async function checkTargets(
  deps: Pick<PolicyRouteDeps, 'listKnownChannelIds'>,
  db: Queryable,
  stored: StoredPolicy,
): Promise<void> {
  const { projectId } = stored;
  const named = listTargets(stored.policy);
  const channels = await deps.listKnownChannelIds(
    db,
    projectId,
    named.flatMap(({ target }) => (target.type === 'channel' ? [target.channelId] : [])),
  );
  const responders = await listKnownResponderIds(
    db,
    projectId,
    named.flatMap(({ target }) => (target.type === 'responder' ? [target.responderId] : [])),
  );
  const details = findTargetFaults(named, { channels, responders });
  if (details.length > 0) throw new CodedError('invalid', { details });
}

export async function findPolicyUsers(
  deps: Pick<PolicyRouteDeps, 'listSourceNamesByPolicy'>,
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

function renderTarget(target: StepTarget): PolicyTarget {
  switch (target.type) {
    case 'rules':
      return { type: 'rules' };
    case 'channel':
      return { type: 'channel', channel_id: target.channelId };
    case 'responder':
      return { type: 'responder', responder_id: target.responderId };
  }
}

/** Makes what a world has, through the API: projects, keys, channels, rules, policies. */
import { assert } from '#kernel/decision.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '#kernel/syntax/json.ts';
import type { PolicyPlan, ProjectPlan, World } from './draw.ts';
import { ADMIN_KEY, type SimNode } from './node.ts';

/** A project as it was made. */
export type MadeProject = {
  readonly plan: ProjectPlan;
  readonly key: string;
  readonly channelIds: readonly string[];
  readonly policyId: string;
};

export type Answer = { readonly status: number; readonly body: JsonValue };

export async function makeWorld(node: SimNode, world: World): Promise<readonly MadeProject[]> {
  const made: MadeProject[] = [];
  for (const plan of world.projects) made.push(await makeProject(node, plan));
  return made;
}

async function makeProject(node: SimNode, plan: ProjectPlan): Promise<MadeProject> {
  const { projectId } = plan;
  if (projectId !== 'default') await create(node, '/projects', { project_id: projectId });
  const inProject = { project_id: projectId };
  const key = await create(node, '/keys', { ...inProject, name: 'sim', role: 'admin' });
  const channelIds: string[] = [];
  for (const { name, attemptsMax, retry } of plan.channels) {
    const channel = await create(node, '/channels', {
      ...inProject,
      name,
      channel_type: 'webhook',
      config: { url: `https://${name}.example/hook` },
      max_attempts: attemptsMax,
      retry,
    });
    channelIds.push(textOf(channel, 'id'));
  }
  for (const [index, rule] of plan.rules.entries()) {
    await create(node, '/rules', {
      ...inProject,
      name: `rule-${index}`,
      event_types: rule.eventTypes,
      matchers: rule.site === null ? [] : [`site="${rule.site}"`],
      channel_id: channelIds[rule.channel] ?? '',
    });
  }
  const policy = await create(node, '/policies', {
    ...inProject,
    ...renderPolicy(plan.policy, channelIds),
  });
  return { plan, key: textOf(key, 'key'), channelIds, policyId: textOf(policy, 'id') };
}

function renderPolicy(plan: PolicyPlan, channelIds: readonly string[]): JsonObject {
  return {
    name: 'drawn',
    is_default: true,
    steps: plan.steps.map((step, index) => ({
      delay_s: step.delayS,
      label: labelOf(index),
      priority: step.priority,
      condition: step.condition,
      targets: [
        step.channel === null
          ? { type: 'rules' }
          : { type: 'channel', channel_id: channelIds[step.channel] ?? '' },
      ],
    })),
    repeat_every_s: plan.repeatEveryS,
    min_interval_s: plan.minIntervalS,
    seen_hold_s: plan.seenHoldS,
    if_not_delivered_s: plan.ifNotDeliveredS,
    expire_after_s: plan.expireAfterS,
    seen_expire_after_s: plan.seenExpireAfterS,
    ack_timeout_s: plan.ackTimeoutS,
    ack_timeout_action: plan.ackTimeoutAction,
  };
}

/** How the step of that index is called on the timeline. */
export function labelOf(index: number): string {
  return `Step ${index + 1}`;
}

async function create(node: SimNode, path: string, body: JsonObject): Promise<JsonObject> {
  const answer = await ask(node, { method: 'POST', path: `/api/v1${path}`, key: ADMIN_KEY, body });
  assert(answer.status === 201, `${path} answered ${answer.status} ${JSON.stringify(answer.body)}`);
  assert(isJsonObject(answer.body), `${path} answered an object`);
  return answer.body;
}

export function textOf(body: JsonObject, field: string): string {
  const value = body[field];
  assert(typeof value === 'string', `${field} is text`);
  return value;
}

export async function ask(
  node: SimNode,
  request: {
    readonly method: 'GET' | 'POST';
    readonly path: string;
    readonly key: string;
    readonly body?: JsonValue;
  },
): Promise<Answer> {
  const { method, path, key, body } = request;
  const response = await node.hub.server.inject({
    method,
    url: path,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
  });
  return { status: response.statusCode, body: parseBody(response.body) };
}

function parseBody(text: string): JsonValue {
  return text === '' ? null : (JSON.parse(text) as JsonValue);
}

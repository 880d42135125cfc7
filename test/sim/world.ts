/** Makes what a world has, through the API: projects, keys, channels, rules, people, policies. */
import { assert } from '#kernel/decision.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '#kernel/syntax/json.ts';
import type {
  ChannelPlan,
  PolicyPlan,
  ProjectPlan,
  ResponderPlan,
  RulePlan,
  World,
} from './draw-world.ts';
import { ADMIN_KEY, type SimNode } from './node.ts';
import {
  type AddressSetting,
  type ChannelSetting,
  type ResponderSetting,
  type RuleSetting,
  type Setting,
  targetsOf,
} from './settings.ts';

/** A project as it was made. */
export type MadeProject = {
  readonly plan: ProjectPlan;
  readonly key: string;
  readonly channelIds: readonly string[];
  readonly responderIds: readonly string[];
  readonly policyId: string;
  /** Oldest first; never empty. */
  readonly history: Setting[];
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
  const administrators = plan.administrators.map((type, index) =>
    addressOf(type, `${projectId}-admin${index}`),
  );
  await change(node, `/projects/${projectId}`, {
    language: plan.language,
    administrators: renderAddresses(administrators),
    archive_after_s: plan.archiveAfterS,
    retention_days: plan.retentionDays,
  });
  const key = await create(node, '/keys', { ...inProject, name: 'sim', role: 'admin' });
  const channels: ChannelSetting[] = [];
  for (const channel of plan.channels) {
    channels.push(await makeChannel(node, { projectId, channel, known: channels }));
  }
  const rules: RuleSetting[] = [];
  for (const [index, rule] of plan.rules.entries()) {
    rules.push(await makeRule(node, { projectId, rule, channels, name: `rule-${index}` }));
  }
  const responders: ResponderSetting[] = [];
  for (const [index, responder] of plan.responders.entries()) {
    responders.push(await makeResponder(node, { projectId, responder, index }));
  }
  const channelIds = channels.map(({ channelId }) => channelId);
  const responderIds = responders.map(({ responderId }) => responderId);
  const body = renderPolicy(plan.policy, { channelIds, responderIds });
  const policy = await create(node, '/policies', { ...inProject, ...body });
  const { language } = plan;
  const setting = { step: -1, language, administrators, channels, rules, responders };
  return {
    plan,
    key: textOf(key, 'key'),
    channelIds,
    responderIds,
    policyId: textOf(policy, 'id'),
    history: [setting],
  };
}

async function makeChannel(
  node: SimNode,
  what: {
    readonly projectId: string;
    readonly channel: ChannelPlan;
    readonly known: readonly ChannelSetting[];
  },
): Promise<ChannelSetting> {
  const { projectId, channel, known } = what;
  const { name, type, isActive } = channel;
  const fallbackId = channel.fallback === null ? null : known[channel.fallback]?.channelId;
  const addresses =
    type === 'webhook'
      ? []
      : Array.from({ length: channel.mailCount }, (_, index) => `${name}-${index}@mail.example`);
  const config =
    type === 'webhook'
      ? { url: `https://${name}.example/hook` }
      : {
          smtp_host: `${name}.example`,
          from_email: `${name}-from@mail.example`,
          to_email: addresses.join(', '),
        };
  const made = await create(node, '/channels', {
    project_id: projectId,
    name,
    channel_type: type,
    config,
    is_active: isActive,
    max_attempts: channel.attemptsMax,
    retry: channel.retry,
    fallback_channel_id: fallbackId ?? null,
  });
  const channelId = textOf(made, 'id');
  return { channelId, name, type, isActive, fallbackId: fallbackId ?? null, addresses };
}

export async function makeRule(
  node: SimNode,
  what: {
    readonly projectId: string;
    readonly rule: RulePlan;
    readonly channels: readonly ChannelSetting[];
    readonly name: string;
  },
): Promise<RuleSetting> {
  const { projectId, rule, channels } = what;
  const { eventTypes, site } = rule;
  const channelId = channels[rule.channel]?.channelId ?? '';
  const made = await create(node, '/rules', {
    project_id: projectId,
    name: what.name,
    event_types: eventTypes,
    matchers: site === null ? [] : [`site="${site}"`],
    channel_id: channelId,
  });
  return { ruleId: textOf(made, 'id'), eventTypes, site, channelId, isActive: true };
}

async function makeResponder(
  node: SimNode,
  what: {
    readonly projectId: string;
    readonly responder: ResponderPlan;
    readonly index: number;
  },
): Promise<ResponderSetting> {
  const { projectId, responder, index } = what;
  const { language, isActive } = responder;
  const name = `${projectId}-person${index}`;
  const addresses = responder.addresses.map((type) => addressOf(type, name));
  const made = await create(node, '/responders', {
    project_id: projectId,
    name,
    language,
    addresses: renderAddresses(addresses),
    is_active: isActive,
  });
  return { responderId: textOf(made, 'id'), name, language, isActive, addresses };
}

/** The name in it says of which project it is: nothing of another may go there. */
export function addressOf(type: 'webhook' | 'email', name: string): AddressSetting {
  const address = type === 'email' ? `${name}@people.example` : `https://${name}.example/own`;
  return { type, address };
}

export function renderAddresses(addresses: readonly AddressSetting[]): JsonValue {
  return addresses.map(({ type, address }) => ({ channel_type: type, address }));
}

function renderPolicy(
  plan: PolicyPlan,
  ids: { readonly channelIds: readonly string[]; readonly responderIds: readonly string[] },
): JsonObject {
  return {
    name: 'drawn',
    is_default: true,
    steps: plan.steps.map((step, index) => ({
      delay_s: step.delayS,
      label: labelOf(index),
      priority: step.priority,
      condition: step.condition,
      targets: targetsOf(step, ids).map((target) => {
        if (target.type === 'channel') return { type: target.type, channel_id: target.channelId };
        if (target.type !== 'responder') return { type: target.type };
        return { type: target.type, responder_id: target.responderId };
      }),
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
  return acceptAnswer(answer, path);
}

/** Reads it, and changes what it read. */
export async function change(node: SimNode, path: string, body: JsonObject): Promise<JsonObject> {
  const at = { path: `/api/v1${path}`, key: ADMIN_KEY };
  const known = acceptAnswer(await ask(node, { ...at, method: 'GET' }), path);
  const version = JSON.stringify(known['version']);
  return acceptAnswer(await ask(node, { ...at, method: 'PATCH', body, version }), path);
}

export async function remove(node: SimNode, path: string): Promise<void> {
  const answer = await ask(node, { method: 'DELETE', path: `/api/v1${path}`, key: ADMIN_KEY });
  assert(answer.status === 204, `${path} answered ${answer.status}`);
}

function acceptAnswer(answer: Answer, path: string): JsonObject {
  const isMade = answer.status === 200 || answer.status === 201;
  assert(isMade, `${path} answered ${answer.status} ${JSON.stringify(answer.body)}`);
  assert(isJsonObject(answer.body), `${path} answered an object`);
  return answer.body;
}

export function textOf(body: JsonObject, field: string): string {
  const value = body[field];
  assert(typeof value === 'string', `${field} is text`);
  return value;
}

export type Asking = {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  /** Null: without a principal, as whoever has a link. */
  readonly key: string | null;
  readonly body?: JsonValue;
  readonly version?: string;
  /** Of a form, instead of a body. */
  readonly form?: string;
};

export async function ask(node: SimNode, request: Asking): Promise<Answer> {
  const { method, path, key, body, version, form } = request;
  const payload = form ?? (body === undefined ? undefined : JSON.stringify(body));
  const type = form === undefined ? 'application/json' : 'application/x-www-form-urlencoded';
  const response = await node.hub.server.inject({
    method,
    url: path,
    headers: {
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      ...(payload === undefined ? {} : { 'content-type': type }),
      ...(version === undefined ? {} : { 'if-match': version }),
    },
    ...(payload === undefined ? {} : { payload }),
  });
  const isJson = String(response.headers['content-type']).includes('json');
  return { status: response.statusCode, body: isJson ? parseBody(response.body) : null };
}

function parseBody(text: string): JsonValue {
  return text === '' ? null : (JSON.parse(text) as JsonValue);
}

/**
 * What is stored, in the words of the document: names for ids, every field said. Pure.
 * Danger: secrets never come in here, only whether they are there.
 */
import type { Project } from '#access/key.ts';
import type { ConfiguredChannel } from '#delivery/settings/configured-channel.ts';
import type { Rule } from '#delivery/rule.ts';
import { startPolicy, type StoredPolicy } from '#escalation/policy.ts';
import type { StoredResponder } from '#escalation/responder.store.ts';
import { SEVERITY_DEFAULTS, type Source } from '#intake/source.ts';
import type { Address } from '#kernel/calling/responder.ts';
import type { PolicyStep, StepTarget } from '#kernel/calling/policy.ts';
import type { JsonObject, JsonValue } from '#kernel/syntax/json.ts';
import { BASE_POLICY } from '#redaction/policy.ts';
import { isSamePolicy, renderPolicy } from '#redaction/policy/document.ts';
import { kindOfNew } from '#supervision/device.ts';
import type { ConfiguredDevice } from '#supervision/device.store.ts';
import { isSame, omitField } from './fields.ts';
import type { ProjectState } from './state.ts';

export type Described = {
  /** Every field. */
  readonly full: JsonObject;
  /** Without what a new one would have anyway: as people write it. */
  readonly short: JsonObject;
};

export type DescribedProject = {
  readonly project: JsonObject;
  readonly sources: ReadonlyMap<string, Described>;
  readonly devices: ReadonlyMap<string, Described>;
  readonly channels: ReadonlyMap<string, Described>;
  readonly responders: ReadonlyMap<string, Described>;
  readonly policies: ReadonlyMap<string, Described>;
  readonly rules: ReadonlyMap<string, Described>;
};

type Names = {
  readonly channels: ReadonlyMap<string, string>;
  readonly policies: ReadonlyMap<string, string>;
  readonly responders: ReadonlyMap<string, string>;
};

export function describeProject(state: ProjectState): DescribedProject {
  const names: Names = {
    channels: new Map(state.channels.map((one) => [one.channelId, one.name])),
    policies: new Map(state.policies.map((one) => [one.policyId, one.name])),
    responders: new Map(state.responders.map((one) => [one.responderId, one.name])),
  };
  return {
    project: describeSettings(state.project, names),
    sources: describeAll(state.sources, (one) => describeSource(one, names)),
    devices: new Map(state.devices.map((one) => [one.deviceId, describeDevice(one)])),
    channels: describeAll(state.channels, (one) => describeChannel(one, names)),
    responders: describeAll(state.responders, (one) => describeResponder(one, names)),
    policies: describeAll(state.policies, (one) => describePolicy(one, names)),
    rules: describeAll(state.rules, (one) => describeRule(one, names)),
  };
}

function describeAll<Item extends { readonly name: string }>(
  items: readonly Item[],
  describe: (item: Item) => Described,
): ReadonlyMap<string, Described> {
  return new Map(items.map((item) => [item.name, describe(item)]));
}

/** The fields that a new one would not have. */
function shorten(full: JsonObject, fresh: JsonObject): Described {
  const said = Object.entries(full).filter(
    ([field, value]) => !Object.hasOwn(fresh, field) || !isSame(value, fresh[field]),
  );
  return { full, short: Object.fromEntries(said) };
}

function nameOf(names: ReadonlyMap<string, string>, id: string | null): string | null {
  return id === null ? null : (names.get(id) ?? null);
}

function describeSettings(project: Project, names: Names): JsonObject {
  return {
    project_id: project.projectId,
    name: project.name,
    language: project.language,
    administrators: project.administrators.map((one) => describeAddress(one, names)),
    archive_after_s: project.archiveAfterS,
    retention_days: project.retentionDays,
    mail_content: project.mailContent,
    ...(isSamePolicy(project.redaction, BASE_POLICY)
      ? {}
      : { redaction: renderPolicy(project.redaction) }),
  };
}

function describeAddress({ channelType, address, channelId }: Address, names: Names): JsonObject {
  const channel = nameOf(names.channels, channelId);
  return { channel_type: channelType, address, ...(channel === null ? {} : { channel }) };
}

function describeSource(source: Source, names: Names): Described {
  const full = {
    name: source.name,
    kind: source.kind,
    severity_default: source.severityDefault,
    policy: nameOf(names.policies, source.policyId),
    silent_after_s: source.silentAfterS,
    dedup_window_s: source.dedupWindowS,
    join_by: source.joinBy === null ? null : [...source.joinBy],
    mapping: source.mapping,
  };
  return shorten(full, {
    severity_default: SEVERITY_DEFAULTS[source.kind],
    policy: null,
    silent_after_s: null,
    dedup_window_s: null,
    join_by: null,
    mapping: {},
  });
}

function describeDevice(device: ConfiguredDevice): Described {
  const { parentId } = device;
  const full = {
    device_id: parentId === null ? device.deviceId : (device.cameraId ?? device.deviceId),
    parent_device_id: parentId,
    kind: device.kind,
    name: device.name,
    area_id: device.areaId,
    model: device.model,
    silent_after_s: device.silentAfterS,
    is_watched: device.isWatched,
  };
  return shorten(full, {
    parent_device_id: null,
    kind: kindOfNew(parentId),
    name: null,
    area_id: null,
    model: null,
    silent_after_s: null,
    is_watched: true,
  });
}

function describeChannel(channel: ConfiguredChannel, names: Names): Described {
  const full = {
    name: channel.name,
    channel_type: channel.channelType,
    config: channel.config,
    is_active: channel.isActive,
    max_attempts: channel.attemptsMax,
    retry: channel.retry,
    fallback_channel: nameOf(names.channels, channel.fallbackChannelId),
  };
  const fresh = { is_active: true, max_attempts: 3, retry: 'standard', fallback_channel: null };
  return shorten(full, fresh);
}

/** Language and position are always said: in a new one they depend on where it is. */
function describeResponder(responder: StoredResponder, names: Names): Described {
  const full = {
    name: responder.name,
    language: responder.language,
    addresses: responder.addresses.map((one) => describeAddress(one, names)),
    position: responder.position,
    is_active: responder.isActive,
  };
  return shorten(full, { addresses: [], is_active: true });
}

function describeRule(rule: Rule, names: Names): Described {
  const full = {
    name: rule.name,
    event_types: [...rule.eventTypes],
    matchers: [...rule.matchers],
    filter: { ...rule.filter },
    channel: nameOf(names.channels, rule.channelId),
    is_active: rule.isActive,
  };
  return shorten(full, { matchers: [], filter: {}, is_active: true });
}

function describePolicy(stored: StoredPolicy, names: Names): Described {
  const full = describeTerms(stored, names);
  if (stored.isBuiltIn) {
    const { name, isDefault } = stored;
    return { full, short: isDefault ? { name, is_default: true } : { name } };
  }
  const start = { ...stored, policy: startPolicy(stored.policy.steps), isDefault: false };
  const fresh = omitField(omitField(describeTerms(start, names), 'name'), 'steps');
  const { short } = shorten(full, fresh);
  const shortSteps = stored.policy.steps.map((step, index) => shortenStep(step, index, names));
  return { full, short: { ...short, steps: shortSteps } };
}

function describeTerms({ name, isDefault, policy }: StoredPolicy, names: Names): JsonObject {
  return {
    name,
    is_default: isDefault,
    steps: policy.steps.map((step) => describeStep(step, names)),
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

function describeStep(step: PolicyStep, names: Names): JsonObject {
  return {
    delay_s: step.delayS,
    label: step.label,
    priority: step.priority,
    condition: step.condition,
    targets: step.targets.map((target) => describeTarget(target, names)),
  };
}

function shortenStep(step: PolicyStep, index: number, names: Names): JsonValue {
  return shorten(describeStep(step, names), {
    label: `Reminder ${index + 1}`,
    priority: 'high',
    condition: 'not_acknowledged',
    targets: [{ type: 'rules' }],
  }).short;
}

function describeTarget(target: StepTarget, names: Names): JsonObject {
  switch (target.type) {
    case 'rules':
      return { type: 'rules' };
    case 'channel':
      return { type: 'channel', channel: nameOf(names.channels, target.channelId) };
    case 'responder':
      return { type: 'responder', responder: nameOf(names.responders, target.responderId) };
  }
}

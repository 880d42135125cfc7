/**
 * Whom a call should reach, worked out anew from what the project has configured. It knows nothing
 * of how the product does it.
 */
import type {
  AddressSetting,
  ChannelSetting,
  RuleSetting,
  Setting,
  Target,
} from '#test/sim/settings.ts';

/** One message that is owed. */
export type Owed = {
  readonly channelId: string;
  readonly target: string;
  readonly language: string;
  readonly responderId: string | null;
  readonly isActive: boolean;
};

export type CallWanted = {
  readonly targets: readonly Target[];
  readonly eventTypes: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** By what stands in for those ways. */
  readonly isFallback: boolean;
};

export function nameOwed(owed: { readonly channelId: string; readonly target: string }): string {
  return `${owed.channelId} ${owed.target}`;
}

export function listOwed(call: CallWanted, setting: Setting): readonly Owed[] {
  const direct = distinct(call.targets.flatMap((target) => reach(target, call, setting)));
  if (!call.isFallback) return direct;
  const standIns = direct.flatMap(({ channelId }) => {
    const used = setting.channels.find((channel) => channel.channelId === channelId);
    const standIn = setting.channels.find((channel) => channel.channelId === used?.fallbackId);
    return standIn === undefined ? [] : reachChannel(standIn, setting);
  });
  const instead = distinct([...standIns, ...reachAdministrators(setting)]);
  return instead.length > 0 ? instead : direct;
}

/** One that is reached in two ways gets one message. */
function distinct(owed: readonly Owed[]): readonly Owed[] {
  const byName = new Map<string, Owed>();
  for (const one of owed) if (!byName.has(nameOwed(one))) byName.set(nameOwed(one), one);
  return [...byName.values()];
}

function reach(target: Target, call: CallWanted, setting: Setting): readonly Owed[] {
  switch (target.type) {
    case 'rules':
      return setting.rules
        .filter((rule) => isMatching(rule, call))
        .flatMap((rule) => reachChannelById(rule.channelId, setting));
    case 'channel':
      return reachChannelById(target.channelId, setting);
    case 'administrators':
      return reachAdministrators(setting);
    default:
      return reachResponder(target.responderId, setting);
  }
}

function isMatching(rule: RuleSetting, { eventTypes, labels }: CallWanted): boolean {
  if (!rule.isActive || (rule.site !== null && rule.site !== labels['site'])) return false;
  return eventTypes.some((type) => rule.eventTypes.includes(type));
}

function reachChannelById(id: string, setting: Setting): readonly Owed[] {
  const channel = setting.channels.find(({ channelId }) => channelId === id);
  return channel === undefined ? [] : reachChannel(channel, setting);
}

function reachChannel(channel: ChannelSetting, { language }: Setting): readonly Owed[] {
  const { channelId, isActive, name, addresses } = channel;
  const targets = addresses.length === 0 ? [name] : addresses;
  return targets.map((target) => ({ channelId, target, language, responderId: null, isActive }));
}

function reachResponder(responderId: string, setting: Setting): readonly Owed[] {
  const person = setting.responders.find((one) => one.responderId === responderId);
  if (person === undefined || !person.isActive) return [];
  const { language } = person;
  return person.addresses.flatMap((address) =>
    reachAddress(address, setting).map((owed) => ({ ...owed, language, responderId })),
  );
}

export function reachAdministrators(setting: Setting): readonly Owed[] {
  return distinct(setting.administrators.flatMap((address) => reachAddress(address, setting)));
}

/** By the oldest channel of the kind that is active, else by the oldest of the kind. */
function reachAddress({ type, address }: AddressSetting, setting: Setting): readonly Owed[] {
  const carriers = setting.channels
    .filter((channel) => channel.type === type)
    .toSorted((one, other) => (one.channelId < other.channelId ? -1 : 1));
  const carrier = carriers.find(({ isActive }) => isActive) ?? carriers[0];
  if (carrier === undefined) return [];
  const { channelId, isActive } = carrier;
  const { language } = setting;
  return [{ channelId, target: address, language, responderId: null, isActive }];
}

/** Who is called when the next one is wanted: those who are on duty and can be reached. */
export function listNextResponders(setting: Setting): readonly string[] {
  return setting.responders
    .map(({ responderId }) => responderId)
    .filter((id) => reachResponder(id, setting).some(({ isActive }) => isActive));
}

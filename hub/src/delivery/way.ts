/**
 * Whom a call goes to, and by which channel: what its targets name, in the order they name it, each
 * once. Pure. What is named and cannot be reached is said, never left out silently.
 */
import type { Call, CallTarget } from '#kernel/effect.ts';
import type { ChannelId, ResponderId } from '#kernel/id.ts';
import type { Address, Responder } from '#kernel/calling/responder.ts';
import type { Language } from '#kernel/words/language.ts';
import { type EventType, isOldName } from '#kernel/words/lifecycle.ts';
import type { RetryScheduleName } from './retry.ts';
import { type CompiledRule, isRuleMatching, type MatchFacts } from './rule.ts';

/** What planning needs of a channel. */
export type ChannelFacts = {
  readonly channelId: ChannelId;
  readonly channelType: string;
  readonly name: string;
  readonly isActive: boolean;
  readonly attemptsMax: number;
  readonly retry: RetryScheduleName;
  /** Stands in when nothing of a round is delivered. */
  readonly fallbackChannelId: ChannelId | null;
  /** Named by its own config, one message each; empty = one message without an address. */
  readonly addresses: readonly string[];
};

/** All that a project has to reach people by. */
export type Ways = {
  readonly rules: readonly CompiledRule[];
  /** Oldest first. */
  readonly channels: ReadonlyMap<ChannelId, ChannelFacts>;
  readonly responders: ReadonlyMap<ResponderId, Responder>;
  readonly administrators: readonly Address[];
  /** Of those who have none of their own. */
  readonly language: Language;
};

export type Way = {
  readonly channel: ChannelFacts;
  readonly target: string;
  readonly recipient: string;
  readonly address: string | null;
  readonly responderId: ResponderId | null;
  readonly language: Language;
  readonly ruleKey: string;
  /** What its rule calls the event, where that is a name of old. */
  readonly oldName: EventType | null;
};

export type FoundWays = {
  readonly found: readonly Way[];
  readonly unreachable: readonly string[];
};

type Search = {
  readonly ways: Ways;
  readonly found: Map<string, Way>;
  readonly unreachable: string[];
};

export function findWays(call: Call, facts: Omit<MatchFacts, 'eventType'>, ways: Ways): FoundWays {
  const direct = searchAll(call.targets, { call, facts, ways });
  if (!call.isFallback) return direct;
  const standIns = findStandIns(direct.found, ways);
  return standIns.found.length > 0 ? standIns : direct;
}

type Asked = {
  readonly call: Call;
  readonly facts: Omit<MatchFacts, 'eventType'>;
  readonly ways: Ways;
};

function searchAll(targets: readonly CallTarget[], asked: Asked): FoundWays {
  const search: Search = { ways: asked.ways, found: new Map(), unreachable: [] };
  for (const target of targets) searchOne(target, search, asked);
  return { found: [...search.found.values()], unreachable: search.unreachable };
}

function searchOne(target: CallTarget, search: Search, asked: Asked): void {
  const { ways } = search;
  switch (target.type) {
    case 'rules':
      for (const compiled of ways.rules) searchRule(compiled, search, asked);
      return;
    case 'channel': {
      const channel = ways.channels.get(target.channelId);
      if (channel === undefined) search.unreachable.push('a channel that was removed');
      else addChannel(search, channel, { ruleKey: 'policy', oldName: null });
      return;
    }
    case 'responder': {
      const responder = ways.responders.get(target.responderId);
      if (responder === undefined) search.unreachable.push('a responder who was removed');
      else addResponder(search, responder);
      return;
    }
    case 'administrators':
      for (const address of ways.administrators) {
        addAddress(search, address, { name: null, responder: null, ruleKey: 'administrators' });
      }
  }
}

function searchRule(compiled: CompiledRule, search: Search, { call, facts }: Asked): void {
  const { rule } = compiled;
  const wanted = call.ruleEventTypes.find((eventType) =>
    isRuleMatching(compiled, { ...facts, eventType }),
  );
  const channel = search.ways.channels.get(rule.channelId);
  if (wanted === undefined || channel === undefined) return;
  addChannel(search, channel, { ruleKey: rule.ruleId, oldName: isOldName(wanted) ? wanted : null });
}

/** The channel as its own config says: to each address in it, or to the one it is. */
function addChannel(
  search: Search,
  channel: ChannelFacts,
  by: Pick<Way, 'ruleKey' | 'oldName'>,
): void {
  const { language } = search.ways;
  const rest = { channel, responderId: null, language, ...by };
  if (channel.addresses.length === 0) {
    add(search, { ...rest, target: channel.name, recipient: channel.name, address: null });
  }
  for (const address of channel.addresses) {
    add(search, { ...rest, target: address, recipient: address, address });
  }
}

function addResponder(search: Search, responder: Responder): void {
  const { name } = responder;
  if (!responder.isActive) {
    search.unreachable.push(`${name} is off duty`);
    return;
  }
  if (responder.addresses.length === 0) search.unreachable.push(`${name} has no address`);
  for (const address of responder.addresses) {
    addAddress(search, address, { name, responder, ruleKey: 'policy' });
  }
}

type Person = {
  readonly name: string | null;
  readonly responder: Responder | null;
  readonly ruleKey: string;
};

/** By the channel it names, else by the oldest active one of its kind. */
function addAddress(search: Search, address: Address, person: Person): void {
  const { ways } = search;
  const channel = findChannelFor(address, ways.channels);
  const shown = nameAddress(address);
  const recipient = person.name === null ? shown : `${person.name} (${shown})`;
  if (channel === undefined) {
    search.unreachable.push(`${recipient}: no ${address.channelType} channel`);
    return;
  }
  add(search, {
    channel,
    target: address.address,
    recipient,
    address: address.address,
    responderId: person.responder?.responderId ?? null,
    language: person.responder?.language ?? ways.language,
    ruleKey: person.ruleKey,
    oldName: null,
  });
}

/** A webhook's path may be a secret in itself: only its host is named. */
function nameAddress({ channelType, address }: Address): string {
  if (channelType === 'email') return address;
  return URL.canParse(address) ? `${channelType} ${new URL(address).hostname}` : channelType;
}

function findChannelFor(
  { channelId, channelType }: Address,
  channels: Ways['channels'],
): ChannelFacts | undefined {
  if (channelId !== null) return channels.get(channelId);
  const ofKind = [...channels.values()].filter((one) => one.channelType === channelType);
  return ofKind.find((one) => one.isActive) ?? ofKind[0];
}

/** On duty, and an active channel goes to one of its addresses at least. */
export function isReachable(responder: Responder, channels: Ways['channels']): boolean {
  const isCarried = (address: Address) => findChannelFor(address, channels)?.isActive === true;
  return responder.isActive && responder.addresses.some(isCarried);
}

/** The first to name a target is the one that it is called for. */
function add(search: Search, way: Way): void {
  const key = JSON.stringify([way.channel.channelId, way.target]);
  if (!search.found.has(key)) search.found.set(key, way);
}

/** The fallback of each channel that was used, and those who look after the project. */
function findStandIns(used: readonly Way[], ways: Ways): FoundWays {
  const search: Search = { ways, found: new Map(), unreachable: [] };
  for (const { channel } of used) {
    const { fallbackChannelId } = channel;
    const fallback = fallbackChannelId === null ? undefined : ways.channels.get(fallbackChannelId);
    if (fallback !== undefined) {
      addChannel(search, fallback, { ruleKey: 'fallback', oldName: null });
    }
  }
  for (const address of ways.administrators) {
    addAddress(search, address, { name: null, responder: null, ruleKey: 'administrators' });
  }
  return { found: [...search.found.values()], unreachable: search.unreachable };
}

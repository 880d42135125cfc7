/** Rules, channels and calls as tests of pure planning need them. */
import type { Project } from '#access/key.ts';
import type { ChannelFacts, Ways } from '#delivery/way.ts';
import { compileRule, type Rule } from '#delivery/rule.ts';
import type { ConfiguredChannel } from '#delivery/settings/configured-channel.ts';
import type { Call } from '#kernel/effect.ts';
import type { Responder } from '#kernel/calling/responder.ts';
import {
  type ChannelId,
  channelId,
  type ResponderId,
  responderId,
  type RuleId,
  ruleId,
} from '#kernel/id.ts';
import { BASE_POLICY } from '#redaction/policy.ts';
import { createRedactor } from '#redaction/redaction.ts';
import { PROJECT, START } from './alert.ts';

/** The n-th channel of these tests. */
export function channelIdOf(n: number): ChannelId {
  return channelId(`0190a000-0000-7000-8000-0000000d${String(n).padStart(4, '0')}`);
}

export function ruleIdOf(n: number): RuleId {
  return ruleId(`0190a000-0000-7000-8000-0000000e${String(n).padStart(4, '0')}`);
}

export function createChannel(n: number, more: Partial<ConfiguredChannel> = {}): ConfiguredChannel {
  return {
    projectId: PROJECT,
    channelId: channelIdOf(n),
    channelType: 'webhook',
    name: `channel ${n}`,
    config: {},
    secrets: {},
    isActive: true,
    attemptsMax: 3,
    retry: 'standard',
    fallbackChannelId: null,
    version: 1,
    createdAt: START,
    updatedAt: START,
    ...more,
  };
}

/** The n-th rule: all new and escalated alerts to the n-th channel, unless it says otherwise. */
export function createRule(n: number, more: Partial<Rule> = {}): Rule {
  return {
    projectId: PROJECT,
    ruleId: ruleIdOf(n),
    name: `rule ${n}`,
    eventTypes: ['alert.created', 'alert.escalated'],
    matchers: [],
    filter: {},
    channelId: channelIdOf(n),
    isActive: true,
    version: 1,
    createdAt: START,
    updatedAt: START,
    ...more,
  };
}

/** As a project has it that adds nothing. */
export const REDACTOR = createRedactor(BASE_POLICY, 'the key of a project in tests');

export function createProject(more: Partial<Project> = {}): Project {
  return {
    projectId: PROJECT,
    name: 'Care home',
    linkNo: 1,
    language: 'en',
    administrators: [],
    archiveAfterS: 86_400,
    retentionDays: null,
    mailContent: 'minimal',
    redaction: BASE_POLICY,
    version: 1,
    createdAt: START,
    updatedAt: START,
    ...more,
  };
}

export function responderIdOf(n: number): ResponderId {
  return responderId(`0190a000-0000-7000-8000-0000000f${String(n).padStart(4, '0')}`);
}

/** The n-th person, with one mail address. */
export function createResponder(n: number, more: Partial<Responder> = {}): Responder {
  return {
    responderId: responderIdOf(n),
    name: `Responder ${n}`,
    language: 'en',
    addresses: [{ channelType: 'email', address: `r${n}@care.example`, channelId: null }],
    position: n,
    isActive: true,
    ...more,
  };
}

/** Channels without addresses of their own, unless `more` says otherwise. */
export function createWays(
  rules: readonly Rule[],
  channels: readonly (Omit<ChannelFacts, 'addresses'> & Partial<ChannelFacts>)[],
  more: Partial<Omit<Ways, 'responders'>> & { readonly responders?: readonly Responder[] } = {},
): Ways {
  const { responders = [], ...rest } = more;
  return {
    rules: rules.map(compileRule),
    channels: new Map(channels.map((one) => [one.channelId, { addresses: [], ...one }])),
    responders: new Map(responders.map((one) => [one.responderId, one])),
    administrators: [],
    language: 'en',
    ...rest,
  };
}

/** Round 0 of a new alert, unless it says otherwise. */
export function createCall(more: Partial<Call> = {}): Call {
  return {
    purpose: 'call',
    eventType: 'alert.created',
    ruleEventTypes: ['alert.created'],
    transition: 'created',
    round: 0,
    level: 0,
    label: null,
    priority: 'normal',
    targets: [{ type: 'rules' }],
    isFallback: false,
    ...more,
  };
}

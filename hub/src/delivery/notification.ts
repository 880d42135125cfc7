/** One message to one target about one event or alert change. Types and planning; pure. */
import type { Call } from '#kernel/effect.ts';
import type { ChannelId, NotificationId, ProjectId } from '#kernel/id.ts';
import type { Instant } from '#kernel/instant.ts';
import type { JsonObject } from '#kernel/syntax/json.ts';
import type { EventType } from '#kernel/words/lifecycle.ts';
import { type Priority, PRIORITIES } from '#kernel/words/severity.ts';
import type { FinalReason, RetryPlan, RetryScheduleName } from './retry.ts';
import { RETRY_SCHEDULES } from './retry.ts';
import { type CompiledRule, isRuleMatching, type MatchFacts } from './rule.ts';

export type NotificationStatus =
  | 'pending'
  | 'sending'
  | 'sent'
  | 'delivered'
  | 'read'
  | 'failed'
  | 'skipped'
  | 'cancelled';

export type Notification = {
  readonly projectId: ProjectId;
  readonly notificationId: NotificationId;
  readonly subjectId: string;
  readonly subjectKind: 'alert' | 'event';
  readonly transition: string;
  readonly purpose: 'call' | 'notice';
  readonly round: number;
  readonly channelId: ChannelId;
  /** Whom on the channel; a webhook has one target, named after itself. */
  readonly target: string;
  readonly ruleKey: string;
  readonly eventType: EventType;
  readonly eventPayload: JsonObject;
  readonly priority: Priority;
  readonly status: NotificationStatus;
  readonly reason: string | null;
  readonly attemptsMax: number;
  readonly retry: RetryScheduleName;
  readonly dueAt: Instant;
  readonly createdAt: Instant;
};

/** What planning needs of a channel. */
export type ChannelFacts = {
  readonly channelId: ChannelId;
  readonly name: string;
  readonly isActive: boolean;
  readonly attemptsMax: number;
  readonly retry: RetryScheduleName;
};

export type Ways = {
  readonly rules: readonly CompiledRule[];
  readonly channels: ReadonlyMap<ChannelId, ChannelFacts>;
};

export type CallSubject = {
  readonly projectId: ProjectId;
  readonly subjectId: string;
  readonly subjectKind: 'alert' | 'event';
  readonly facts: Omit<MatchFacts, 'eventType'>;
  /** The part of the message that all of this call share. */
  readonly payload: JsonObject;
};

type Way = { readonly channel: ChannelFacts; readonly ruleKey: string };

/** The messages that a call comes to: one per channel and rule, none twice. */
export function planNotifications(
  call: Call,
  subject: CallSubject,
  how: { readonly ways: Ways; readonly nextId: () => NotificationId; readonly now: Instant },
): readonly Notification[] {
  return findWays(call, subject, how.ways).map(({ channel, ruleKey }) => {
    const notificationId = how.nextId();
    const isUrgent = PRIORITIES.indexOf(call.priority) >= PRIORITIES.indexOf('high');
    const isCallUrgent = call.purpose === 'call' && isUrgent;
    const retry = isCallUrgent ? 'urgent' : channel.retry;
    const attemptsMax = isCallUrgent
      ? Math.max(channel.attemptsMax, RETRY_SCHEDULES.urgent.attemptsMax)
      : channel.attemptsMax;
    return {
      projectId: subject.projectId,
      notificationId,
      subjectId: subject.subjectId,
      subjectKind: subject.subjectKind,
      transition: call.transition,
      purpose: call.purpose,
      round: call.round,
      channelId: channel.channelId,
      target: channel.name,
      ruleKey,
      eventType: call.eventType,
      eventPayload: renderPayload(call, subject, notificationId),
      priority: call.priority,
      status: channel.isActive ? 'pending' : 'skipped',
      reason: channel.isActive ? null : 'channel_inactive',
      attemptsMax,
      retry,
      dueAt: how.now,
      createdAt: how.now,
    };
  });
}

function findWays(call: Call, subject: CallSubject, ways: Ways): readonly Way[] {
  const found = new Map<string, Way>();
  for (const target of call.targets) {
    if (target.type === 'channel') {
      const channel = ways.channels.get(target.channelId);
      if (channel !== undefined) found.set(channel.channelId, { channel, ruleKey: 'policy' });
      continue;
    }
    for (const compiled of ways.rules) {
      const { rule } = compiled;
      const isWanted = call.ruleEventTypes.some((eventType) =>
        isRuleMatching(compiled, { ...subject.facts, eventType }),
      );
      const channel = ways.channels.get(rule.channelId);
      if (!isWanted || channel === undefined || found.has(rule.channelId)) continue;
      found.set(rule.channelId, { channel, ruleKey: rule.ruleId });
    }
  }
  return [...found.values()];
}

function renderPayload(call: Call, subject: CallSubject, id: NotificationId): JsonObject {
  return {
    ...subject.payload,
    notification_id: id,
    round: call.round,
    level: call.level,
    label: call.label,
    priority: call.priority,
    action_url: null,
  };
}

/** How a row stands after an attempt. */
export type Completion = {
  readonly status: 'pending' | 'sent' | 'failed' | 'skipped';
  readonly reason: FinalReason | 'channel_inactive' | null;
  readonly dueAt: Instant | null;
  readonly countsAttempt: boolean;
  readonly isPossiblyDuplicate: boolean;
};

export function completionOf(plan: RetryPlan): Completion {
  if (plan.kind === 'retry') {
    return {
      status: 'pending',
      reason: null,
      dueAt: plan.at,
      countsAttempt: plan.countsAttempt,
      isPossiblyDuplicate: plan.isPossiblyDuplicate,
    };
  }
  return {
    status: plan.status,
    reason: plan.reason,
    dueAt: null,
    countsAttempt: true,
    isPossiblyDuplicate: false,
  };
}

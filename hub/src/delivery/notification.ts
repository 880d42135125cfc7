/** One message to one target about one event or alert change. Types and planning; pure. */
import type { Call } from '#kernel/effect.ts';
import type { ChannelId, NotificationId, ProjectId, ResponderId } from '#kernel/id.ts';
import type { Instant } from '#kernel/instant.ts';
import type { JsonObject } from '#kernel/syntax/json.ts';
import type { Language } from '#kernel/words/language.ts';
import type { EventType } from '#kernel/words/lifecycle.ts';
import { type Priority, PRIORITIES } from '#kernel/words/severity.ts';
import type { FinalReason, RetryPlan, RetryScheduleName } from './retry.ts';
import { RETRY_SCHEDULES } from './retry.ts';
import type { MatchFacts } from './rule.ts';
import { findWays, type Way, type Ways } from './way.ts';

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
  /** Whom on the channel, as one key; a channel without addresses is named after itself. */
  readonly target: string;
  /** The name of whoever gets it. */
  readonly recipient: string;
  /** Null: the one that the channel's own config names. */
  readonly address: string | null;
  readonly responderId: ResponderId | null;
  readonly language: Language;
  /** A rule's id, or what else named the target: `policy`, `administrators`. */
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

export type CallSubject = {
  readonly projectId: ProjectId;
  readonly subjectId: string;
  readonly subjectKind: 'alert' | 'event';
  readonly facts: Omit<MatchFacts, 'eventType'>;
  /** The part of the message that all of this call share. */
  readonly payload: JsonObject;
};

export type Planned = {
  readonly rows: readonly Notification[];
  /** Those who were named and cannot be reached, and why: for the timeline. */
  readonly unreachable: readonly string[];
};

/** The messages that a call comes to: one per target, none twice. */
export function planNotifications(
  call: Call,
  subject: CallSubject,
  how: { readonly ways: Ways; readonly nextId: () => NotificationId; readonly now: Instant },
): Planned {
  const { found, unreachable } = findWays(call, subject.facts, how.ways);
  const rows = found.map((way) => planOne(way, { call, subject, now: how.now, id: how.nextId() }));
  return { rows, unreachable };
}

type Plan = {
  readonly call: Call;
  readonly subject: CallSubject;
  readonly now: Instant;
  readonly id: NotificationId;
};

function planOne(way: Way, { call, subject, now, id }: Plan): Notification {
  const { channel } = way;
  const isUrgent = PRIORITIES.indexOf(call.priority) >= PRIORITIES.indexOf('high');
  const isCallUrgent = call.purpose === 'call' && isUrgent;
  return {
    projectId: subject.projectId,
    notificationId: id,
    subjectId: subject.subjectId,
    subjectKind: subject.subjectKind,
    transition: call.transition,
    purpose: call.purpose,
    round: call.round,
    channelId: channel.channelId,
    target: way.target,
    recipient: way.recipient,
    address: way.address,
    responderId: way.responderId,
    language: way.language,
    ruleKey: way.ruleKey,
    eventType: way.oldName ?? call.eventType,
    eventPayload: renderPayload(call, subject, id),
    priority: call.priority,
    status: channel.isActive ? 'pending' : 'skipped',
    reason: channel.isActive ? null : 'channel_inactive',
    attemptsMax: isCallUrgent
      ? Math.max(channel.attemptsMax, RETRY_SCHEDULES.urgent.attemptsMax)
      : channel.attemptsMax,
    retry: isCallUrgent ? 'urgent' : channel.retry,
    dueAt: now,
    createdAt: now,
  };
}

function renderPayload(call: Call, subject: CallSubject, id: NotificationId): JsonObject {
  return {
    ...subject.payload,
    notification_id: id,
    round: call.round,
    level: call.level,
    label: call.label,
    priority: call.priority,
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

/**
 * Messages about events themselves: for rules that ask for `event.received`, and, of mail, for
 * `message.received` and `message.state_changed`. Pure.
 * Danger: what is about a mail of ours is told to nobody. Told by mail, its receipt would be the
 * next thing to tell, and so on for ever.
 */
import { type Notification, planNotifications } from '#delivery/notification.ts';
import type { MailSubject, MatchFacts } from '#delivery/rule.ts';
import type { Event } from '#intake/event.ts';
import { renderMailMessage } from '#intake/pec/mail-facts.ts';
import type { SentMove } from '#intake/sent-mail/sent-mail.ts';
import type { MailNews, Report } from '#intake/report.ts';
import type { Call } from '#kernel/effect.ts';
import { notificationId } from '#kernel/id.ts';
import { formatInstant, formatInstantOrNull } from '#kernel/instant.ts';
import type { JsonObject } from '#kernel/syntax/json.ts';
import type { EventType } from '#kernel/words/lifecycle.ts';
import { initialPriority } from '#kernel/words/severity.ts';
import type { DispatchContext } from '#app/dispatch.ts';
import type { ProjectConfig } from '#app/project-config.ts';

/** One piece of news about an event: what rules call it, and what is said beside the event. */
type News = {
  readonly eventType: EventType;
  readonly ruleEventTypes: readonly EventType[];
  readonly transition: string;
  readonly payload: JsonObject;
};

export type EventNews = {
  readonly event: Event;
  /** Of the report as it came: filters need what redaction would mask. */
  readonly mail: MailNews | null;
  /** What the event did to the state of a message that was sent. */
  readonly move: SentMove | null;
};

export function planEventNotifications(
  told: EventNews,
  config: ProjectConfig,
  context: DispatchContext,
): readonly Notification[] {
  const { event, mail } = told;
  if (!config.hasEventRules || event.duplicateOf !== null) return [];
  if (mail?.isAboutOwn === true) return [];
  const { report } = event;
  return listNews(told, config).flatMap((news) => {
    const call: Call = {
      purpose: 'notice',
      eventType: news.eventType,
      ruleEventTypes: news.ruleEventTypes,
      transition: news.transition,
      round: 0,
      level: 0,
      label: null,
      priority: initialPriority(report.severity),
      targets: [{ type: 'rules' }],
      isFallback: false,
    };
    const facts = matchFactsOfEvent(report, config.findSource(event.sourceId));
    const subject = {
      projectId: event.projectId,
      subjectId: event.eventId,
      subjectKind: 'event' as const,
      facts: mail === null ? facts : { ...facts, mail: toMailSubject(mail) },
      payload: { ...news.payload, event: renderEvent(event) },
    };
    return planNotifications(call, subject, {
      ways: config.ways,
      nextId: () => notificationId(context.ids.next(context.now)),
      now: context.now,
    }).rows;
  });
}

function listNews({ event, mail, move }: EventNews, config: ProjectConfig): readonly News[] {
  if (mail === null) {
    const eventType = 'event.received';
    return [{ eventType, ruleEventTypes: [eventType], transition: 'received', payload: {} }];
  }
  const said = event.report.payload ?? {};
  const message = renderMailMessage(said, config.mailContent === 'full');
  const changed: readonly EventType[] = ['message.state_changed', 'state_changed'];
  const news: News[] = [];
  if (mail.eventType === 'message.received') {
    news.push({
      eventType: 'message.received',
      ruleEventTypes: ['message.received', 'new_message', 'event.received'],
      transition: 'received',
      payload: message,
    });
  }
  const states = move === null ? null : { old_state: move.oldState, new_state: move.newState };
  if (states !== null || mail.eventType === 'message.state_changed') {
    const isOnly = mail.eventType === 'message.state_changed';
    news.push({
      eventType: 'message.state_changed',
      ruleEventTypes: isOnly ? [...changed, 'event.received'] : changed,
      transition: 'state_changed',
      // Said by a program, the old state is its own; computed, it is ours.
      payload: isOnly ? message : { ...message, ...states, message_id: sentIdOf(message) },
    });
  }
  return news;
}

/** A change of state is one of the message that was sent, not of its receipt. */
function sentIdOf(message: JsonObject) {
  return message['reference_message_id'] ?? message['identificativo'] ?? null;
}

function toMailSubject({ mailboxes, direction, kind }: MailNews): MailSubject {
  return { mailbox_id: mailboxes, direction: [direction], pec_type: [kind] };
}

/** What the matchers of rules see of an event. */
export function matchFactsOfEvent(
  report: Pick<Report, 'title' | 'severity' | 'stage' | 'provider' | 'labels'>,
  source: { readonly kind: string; readonly name: string },
): Omit<MatchFacts, 'eventType'> {
  const { title, severity, stage, provider, labels } = report;
  const fields: Record<string, string> = {
    title,
    severity,
    stage,
    source: source.name,
    source_kind: source.kind,
  };
  if (provider !== null) fields['provider'] = provider;
  return { labels, fields };
}

export function renderEvent(event: Event): JsonObject {
  const { report } = event;
  return {
    event_id: event.eventId,
    project_id: event.projectId,
    source_id: event.sourceId,
    channel_type: event.channelType,
    provider: report.provider,
    stage: report.stage,
    provider_event_id: report.providerEventId,
    title: report.title,
    severity: report.severity,
    alertname: report.alertname,
    namespace: report.namespace,
    target_resource: report.targetResource,
    fingerprint: report.fingerprint,
    labels: report.labels,
    annotations: report.annotations,
    content_preview: event.contentPreview,
    has_redacted_content: event.hasRedactedContent,
    redaction_version: event.redactionVersion,
    source_url: report.sourceUrl,
    alert_id: event.alertId,
    provider_ts: formatInstantOrNull(report.providerTs),
    received_at: formatInstant(event.receivedAt),
  };
}

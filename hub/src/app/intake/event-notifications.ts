/** Messages about events themselves, for rules that ask for `event.received`. Pure. */
import { type Notification, planNotifications } from '#delivery/notification.ts';
import type { MatchFacts } from '#delivery/rule.ts';
import type { Event } from '#intake/event.ts';
import type { Report } from '#intake/report.ts';
import type { Call } from '#kernel/effect.ts';
import { notificationId } from '#kernel/id.ts';
import { formatInstant, formatInstantOrNull } from '#kernel/instant.ts';
import type { JsonObject } from '#kernel/syntax/json.ts';
import { initialPriority } from '#kernel/words/severity.ts';
import type { DispatchContext } from '#app/dispatch.ts';
import type { ProjectConfig } from '#app/project-config.ts';

export function planEventNotifications(
  event: Event,
  config: ProjectConfig,
  context: DispatchContext,
): readonly Notification[] {
  if (!config.hasEventRules || event.duplicateOf !== null) return [];
  const { report } = event;
  const call: Call = {
    purpose: 'notice',
    eventType: 'event.received',
    ruleEventTypes: ['event.received'],
    transition: 'received',
    round: 0,
    level: 0,
    label: null,
    priority: initialPriority(report.severity),
    targets: [{ type: 'rules' }],
    isFallback: false,
  };
  const subject = {
    projectId: event.projectId,
    subjectId: event.eventId,
    subjectKind: 'event' as const,
    facts: matchFactsOfEvent(report, config.findSource(event.sourceId)),
    payload: { event: renderEvent(event) },
  };
  return planNotifications(call, subject, {
    ways: config.ways,
    nextId: () => notificationId(context.ids.next(context.now)),
    now: context.now,
  }).rows;
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

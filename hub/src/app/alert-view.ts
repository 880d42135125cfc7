/** An alert as the API and every message show it. Pure. */
import type { Alert } from '#alert/alert.ts';
import { findNextStep } from '#escalation/due.ts';
import type { Escalation } from '#escalation/round.ts';
import {
  formatInstant,
  formatInstantOrNull,
  type Instant,
  MS_PER_SECOND,
} from '#kernel/instant.ts';
import type { JsonObject, JsonValue } from '#kernel/syntax/json.ts';
import type { Policy, StepTarget } from '#kernel/calling/policy.ts';

export type AlertFacts = {
  readonly alert: Alert;
  readonly escalation: Escalation | null;
  readonly policy: Policy | null;
  readonly source: { readonly sourceId: string; readonly kind: string; readonly name: string };
};

export function renderAlert(facts: AlertFacts, now: Instant): JsonObject {
  const { alert, escalation, source } = facts;
  return {
    alert_id: alert.alertId,
    project_id: alert.projectId,
    version: alert.version,
    status: alert.status,
    outcome: alert.outcome,
    intent: alert.intent,
    severity: alert.severity,
    priority: alert.priority,
    title: alert.title,
    labels: alert.labels,
    annotations: alert.annotations,
    fingerprint: alert.fingerprint,
    source: { id: source.sourceId, kind: source.kind, name: source.name },
    source_url: alert.sourceUrl,
    device_id: alert.deviceId,
    camera_id: alert.cameraId,
    area_id: alert.areaId,
    occurrence_count: alert.occurrenceCount,
    notification_count: escalation?.roundCount ?? 0,
    escalation_level: escalation?.firedLevel ?? 0,
    is_nobody_called: escalation?.calledCount === 0,
    next_due_at: formatInstantOrNull(escalation?.dueAt ?? null),
    next_step: renderNextStep(facts),
    policy_id: alert.policyId,
    ...renderTimes(alert),
    acknowledged_by: alert.acknowledgedBy,
    assigned_to: alert.assignedTo,
    closed_by: alert.closedBy,
    last_notification_at: formatInstantOrNull(escalation?.lastRoundAt ?? null),
    age_seconds: Math.max(0, Math.floor((now - alert.createdAt) / MS_PER_SECOND)),
    image: alert.image,
    audio_relay_ws: alert.audioRelayWs,
    camera_ip_map: alert.cameraIpMap,
    previous_alert_id: alert.previousAlertId,
    media: [],
    analyse: alert.analyse,
    is_test: alert.isTest,
  };
}

function renderTimes(alert: Alert): JsonObject {
  return {
    created_at: formatInstant(alert.createdAt),
    updated_at: formatInstant(alert.updatedAt),
    starts_at: formatInstantOrNull(alert.startedAt),
    ends_at: formatInstantOrNull(alert.endsAt),
    delivered_at: formatInstantOrNull(alert.deliveredAt),
    seen_at: formatInstantOrNull(alert.seenAt),
    acknowledged_at: formatInstantOrNull(alert.acknowledgedAt),
    resolved_at: formatInstantOrNull(alert.resolvedAt),
    expired_at: formatInstantOrNull(alert.expiredAt),
    closed_at: formatInstantOrNull(alert.closedAt),
    archived_at: formatInstantOrNull(alert.archivedAt),
    last_event_at: formatInstant(alert.lastEventAt),
  };
}

/** Settings of the due moment do not matter here: they only move the end of a source's report. */
function renderNextStep(facts: AlertFacts): JsonValue {
  const { alert, escalation, policy } = facts;
  if (escalation === null || policy === null) return null;
  const settings = { listeningSince: alert.createdAt };
  const due = findNextStep(escalation, { alert, policy, settings });
  if (due === null) return null;
  const step = policy.steps[escalation.level] ?? policy.steps.at(-1);
  return {
    index: escalation.level,
    label: step?.label ?? null,
    priority: step?.priority ?? alert.priority,
    due_at: formatInstant(due.at),
    targets: (step?.targets ?? []).map(renderTarget),
  };
}

function renderTarget(target: StepTarget): JsonObject {
  switch (target.type) {
    case 'rules':
      return { type: 'rules' };
    case 'channel':
      return { type: 'channel', channel_id: target.channelId };
    case 'responder':
      return { type: 'responder', responder_id: target.responderId };
  }
}

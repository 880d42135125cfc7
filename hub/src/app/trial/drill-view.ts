/** A drill as the API answers it. Pure. */
import type { DrillAnswer } from '#contract/escalation/drill.ts';
import type { Notification } from '#delivery/notification.ts';
import { formatInstant, MS_PER_SECOND } from '#kernel/instant.ts';
import type { Drill, DrilledCall } from './drill.ts';
import { type DrillContext, findDrillWarnings, reachesNobody } from './drill-warnings.ts';
import type { Masks } from './masks.ts';
import type { Preview } from './preview.ts';

type Shown = {
  readonly preview: Preview;
  readonly context: DrillContext;
  readonly masks: Masks;
};

type Step = DrillAnswer['steps'][number];
type Message = Step['messages'][number];

export function renderDrill(drill: Drill, shown: Shown): DrillAnswer {
  const { alert, end } = drill;
  const { source, policy, chosenBy } = shown.preview;
  return {
    project_id: alert.projectId,
    at: formatInstant(alert.createdAt),
    alert: {
      title: alert.title,
      severity: alert.severity,
      priority: alert.priority,
      labels: { ...alert.labels },
      fingerprint: alert.fingerprint,
      device_id: alert.deviceId,
      camera_id: alert.cameraId,
      area_id: alert.areaId,
      is_test: alert.isTest,
    },
    source: { id: source.sourceId, kind: source.kind, name: source.name },
    policy: { id: policy.policyId, name: policy.name, chosen_by: chosenBy },
    steps: drill.calls.map((made) => renderStep(made, drill, shown)),
    end:
      end === null
        ? null
        : { at: formatInstant(end.at), after_s: afterS(end.at, drill), status: end.status },
    warnings: findDrillWarnings(drill, shown.context).map(({ code, message }) => ({
      code,
      message: shown.masks.text(message),
    })),
  };
}

function afterS(at: number, { alert }: Drill): number {
  return (at - alert.createdAt) / MS_PER_SECOND;
}

function renderStep(made: DrilledCall, drill: Drill, shown: Shown): Step {
  const { call, planned, told } = made;
  const { steps } = shown.preview.policy.policy;
  return {
    at: formatInstant(made.at),
    after_s: afterS(made.at, drill),
    reason: made.reason,
    purpose: call.purpose,
    event_type: call.eventType,
    round: call.round,
    level: call.level,
    label: call.label,
    priority: call.priority,
    condition: call.level === 0 ? null : (steps[call.level - 1]?.condition ?? null),
    messages: [...planned.rows, ...told.rows].map((row) => renderMessage(row, shown)),
    not_reached: [...planned.unreachable, ...told.unreachable].map(shown.masks.text),
    reaches_nobody: reachesNobody(made),
  };
}

function renderMessage(row: Notification, { context, masks }: Shown): Message {
  const { rules, channels } = context.config.ways;
  const channel = channels.get(row.channelId);
  const rule = rules.find((compiled) => compiled.rule.ruleId === row.ruleKey)?.rule.name ?? null;
  const isInactive = row.status !== 'pending';
  return {
    channel_id: row.channelId,
    channel: channel?.name ?? '',
    channel_type: channel?.channelType ?? '',
    recipient: masks.text(row.recipient),
    address: row.address === null ? null : masks.address(row.address),
    by: nameReason(row, rule),
    rule,
    language: row.language,
    problem: isInactive ? 'channel is inactive' : (context.faults.get(row.channelId) ?? null),
  };
}

function nameReason({ ruleKey, responderId }: Notification, rule: string | null): Message['by'] {
  if (rule !== null) return 'rule';
  if (ruleKey === 'administrators' || ruleKey === 'fallback') return ruleKey;
  return responderId === null ? 'policy' : 'responder';
}

/**
 * Tocsin's own ways in: raise an alert, or report events. Answered when the report is committed.
 * A malformed request is refused whole, with the place of each fault; nothing of it is stored.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { newAlert, type NewAlert } from '#contract/alert.ts';
import { type NewEvent, parseEvents } from '#contract/event.ts';
import { parseWire } from '#contract/wire.ts';
import { CodedError } from '#kernel/error-codes.ts';
import { alertId } from '#kernel/id.ts';
import { type Instant, parseInstant } from '#kernel/instant.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '#kernel/syntax/json.ts';
import type { Principal } from '#kernel/principal.ts';
import { parseSeverity } from '#kernel/words/severity.ts';
import { parseJsonBody, principalOf } from '#platform/http/http-server.ts';
import { BARE_REPORT, type Identity, nameOwnEvent, type Labels, type Report } from './report.ts';
import type { Source } from './source.ts';

export type NativeChoice = {
  readonly source: Source;
  /** Whether alerts may name this policy. */
  readonly hasPolicy: (policyId: string) => boolean;
  /** Commits; one result per report. */
  readonly store: (how: {
    readonly by: Principal;
    readonly reports: readonly Report[];
    readonly isRaiseOnly: boolean;
  }) => Promise<readonly NativeResult[]>;
};

export type NativeResult = {
  readonly eventId: string;
  readonly alertId: string | null;
  readonly isDuplicate: boolean;
  readonly isAlertNew: boolean;
  /** The alert as it stands now. */
  readonly showAlert: () => Promise<JsonObject | null>;
};

export type NativeRouteDeps = {
  readonly choose: (principal: Principal, project: string | null) => Promise<NativeChoice>;
};

export function registerNativeRoutes(server: FastifyInstance, deps: NativeRouteDeps): void {
  const report = { config: { access: 'report' } } as const;
  server.post('/api/v1/alerts', report, (request, reply) => raise(deps, request, reply));
  server.post('/api/v1/events', report, (request, reply) => takeEvents(deps, request, reply));
}

async function raise(
  deps: NativeRouteDeps,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const reading = parseWire(newAlert, parseJsonBody(request));
  if (!reading.ok) throw new CodedError('invalid', { details: reading.details });
  const by = principalOf(request);
  const choice = await deps.choose(by, reading.value.project_id);
  const report = toReport({ ...reading.value, stage: 'received' }, choice.source);
  refusePolicies(choice, [report], () => 'policy_id');
  const [result] = await choice.store({ by, reports: [report], isRaiseOnly: true });
  const alert = (await result?.showAlert()) ?? null;
  if (alert === null && result?.isDuplicate === true) {
    const message = 'It was reported before, and its alert has been forgotten since.';
    throw new CodedError('not_found', { message });
  }
  if (result === undefined || alert === null) throw new CodedError('internal');
  return reply.code(result.isAlertNew ? 201 : 200).send(alert);
}

async function takeEvents(
  deps: NativeRouteDeps,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const body = parseJsonBody(request);
  const reading = parseEvents(body);
  if (!reading.ok) throw new CodedError('invalid', { details: reading.details });
  const isList = isJsonObject(body) && 'events' in body;
  const pathOf = (index: number, field: string) => (isList ? `events[${index}].${field}` : field);
  const by = principalOf(request);
  const [first] = reading.value;
  const choice = await deps.choose(by, first?.project_id ?? null);
  const stray = reading.value.findIndex((event) => event.project_id !== first?.project_id);
  if (stray !== -1) {
    const message = 'must be the same for all events of a request';
    throw new CodedError('invalid', { details: [{ path: pathOf(stray, 'project_id'), message }] });
  }
  const reports = reading.value.map((event) => toReport(event, choice.source));
  refusePolicies(choice, reports, (index) => pathOf(index, 'policy_id'));
  const results = await choice.store({ by, reports, isRaiseOnly: false });
  return reply.code(202).send({
    results: results.map((result) => ({
      event_id: result.eventId,
      alert_id: result.alertId,
      is_duplicate: result.isDuplicate,
    })),
  });
}

function refusePolicies(
  choice: NativeChoice,
  reports: readonly Report[],
  pathOf: (index: number) => string,
): void {
  const details = reports.flatMap(({ policyId }, index) =>
    policyId === null || choice.hasPolicy(policyId)
      ? []
      : [{ path: pathOf(index), message: 'is no policy of this project' }],
  );
  if (details.length > 0) throw new CodedError('invalid', { details });
}

/** Also for what is only tried out. */
export function toReport(wire: NewAlert & Pick<NewEvent, 'stage'>, source: Source): Report {
  const labels = dropEmpty(wire.labels ?? {});
  return {
    ...BARE_REPORT,
    stage: wire.stage,
    identity: identityOf(wire),
    title: wire.title,
    severity: parseSeverity(wire.severity ?? undefined, source.severityDefault),
    labels,
    annotations: wire.annotations ?? {},
    fingerprint: wire.fingerprint,
    provider: wire.provider,
    providerEventId: wire.provider_event_id ?? nameEvent(wire),
    channelChatId: wire.channel_chat_id,
    content: wire.content,
    sourceUrl: wire.source_url,
    sourceRefs: wire.source_refs,
    logCorrelation: wire.log_correlation,
    alertname: wire.alertname ?? labels['alertname'] ?? null,
    namespace: wire.namespace ?? labels['namespace'] ?? null,
    targetResource: wire.target_resource,
    runId: wire.run_id,
    payload: wire.payload === null ? null : asPayload(wire.payload),
    providerTs: asInstant(wire.provider_ts),
    deviceId: wire.device_id,
    cameraId: wire.camera_id,
    areaId: wire.area_id,
    image: wire.image ?? wire.image_path,
    audioRelayWs: wire.audio_relay_ws,
    cameraIpMap: wire.camera_ip_map,
    analyse: wire.analyse ?? {},
    policyId: wire.policy_id,
    isTest: wire.is_test ?? false,
    startsAt: asInstant(wire.starts_at),
    endsAt: asInstant(wire.ends_at),
  };
}

function identityOf(wire: Pick<NewAlert, 'alert_id' | 'fingerprint'>): Identity {
  if (wire.alert_id !== null) return { kind: 'own', alertId: alertId(wire.alert_id) };
  if (wire.fingerprint !== null) return { kind: 'key', key: wire.fingerprint };
  return { kind: 'single' };
}

/** A sender that names its alert may repeat the request; updates are each something new. */
function nameEvent(wire: Pick<NewEvent, 'alert_id' | 'stage'>): string | null {
  if (wire.alert_id === null || wire.stage === 'updated') return null;
  return nameOwnEvent(wire.alert_id, wire.stage);
}

/** Labels with an empty value count as absent. */
function dropEmpty(labels: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== ''));
}

function asInstant(text: string | null): Instant | null {
  return text === null ? null : parseInstant(text);
}

function asPayload(value: JsonValue): JsonObject {
  return isJsonObject(value) ? value : { value };
}

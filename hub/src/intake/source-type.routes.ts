/**
 * `/api/v1/source-types`: the kinds of sources, and the try-out that shows what would become of a
 * body. Nothing of it is stored, and nothing stored is read: whoever may read may try. It is shown
 * as it would be stored, masked; what is read from it before it is masked is the same as well.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import {
  type SourceTryAnswer,
  sourceTry,
  type SourceTypeAnswer,
  type TriedReport,
} from '#contract/intake/source-type.ts';
import { parseWire } from '#contract/wire.ts';
import { encodeUtf8 } from '#kernel/crypto.ts';
import { CodedError } from '#kernel/error-codes.ts';
import { formatInstantOrNull } from '#kernel/instant.ts';
import type { Clock } from '#kernel/ports.ts';
import type { JsonValue } from '#kernel/syntax/json.ts';
import { findNearest } from '#kernel/syntax/nearest.ts';
import { SOURCE_KINDS, type SourceKind } from '#kernel/words/severity.ts';
import type { Principal } from '#kernel/principal.ts';
import { parseParam, principalOf } from '#platform/http/http-server.ts';
import type { Redactor } from '#redaction/redaction.ts';
import { accept } from '#platform/http/resource.ts';
import { redactInbound } from './inbound/inbound.ts';
import type { Report } from './report.ts';
import { SEVERITY_DEFAULTS } from './source.ts';
import { acceptMapping } from './source.routes.ts';
import type { Headers, ParseContext, SourceReading, SourceType } from './source-type.ts';
import { findSourceType } from './sources/index.ts';

/** Ways in beside `/ingest/{kind}`, which every kind of the list has. */
const OTHER_WAYS_IN: Readonly<Record<SourceKind, readonly string[]>> = {
  native: ['POST /api/v1/alerts', 'POST /api/v1/events'],
  alertmanager: ['POST /api/v2/alerts'],
  edge: ['POST /api/ai/alert/edge/report'],
  generic: [],
  sentry: [],
  signoz: [],
  grafana: [],
  cloudevents: [],
  pec: [],
};

const NATIVE_SUMMARY = "Tocsin's own API: raise an alert, or report events";

export type SourceTypeRouteDeps = {
  readonly clock: Clock;
  /** Of the project in which somebody tries something out. */
  readonly findRedactor: (by: Principal) => Promise<Redactor>;
};

export function registerSourceTypeRoutes(server: FastifyInstance, deps: SourceTypeRouteDeps): void {
  const read = { config: { access: 'read' } } as const;
  server.get('/api/v1/source-types', read, () => ({
    items: SOURCE_KINDS.flatMap(renderKind),
    next_cursor: null,
  }));
  // Numbers as they are read on the real way in.
  const tried = { config: { access: 'read', areLongNumbersText: true } } as const;
  server.post('/api/v1/source-types/:kind/try', tried, (request) => tryOut(request, deps));
}

function renderKind(kind: SourceKind): readonly SourceTypeAnswer[] {
  const type = findSourceType(kind);
  if (type === null && kind !== 'native') return [];
  const posted = type === null ? [] : listWaysIn(type);
  return [
    {
      kind,
      summary: type?.summary ?? NATIVE_SUMMARY,
      ways_in: [...posted, ...OTHER_WAYS_IN[kind]],
      secret_fields: (type?.signing?.secretFields ?? []).map((field) => ({ ...field })),
      mapping_schema: type?.mappingSchema ?? null,
      has_try: type !== null,
    },
  ];
}

/** By the address alone; senders that can log in need no token in it. */
function listWaysIn({ kind, methods }: SourceType): readonly string[] {
  const inPath = ['POST', ...(methods ?? [])].map((method) => `${method} /ingest/${kind}/{token}`);
  return [...inPath, `POST /ingest/${kind}`];
}

async function tryOut(
  request: FastifyRequest,
  { clock, findRedactor }: SourceTypeRouteDeps,
): Promise<SourceTryAnswer> {
  const type = chooseType(parseParam(request, 'kind'));
  const given = accept(parseWire(sourceTry, request.body));
  const context = {
    mapping: acceptMapping(type.kind, given.mapping),
    severityDefault: given.severity_default ?? SEVERITY_DEFAULTS[type.kind],
    headers: lowerNames(given.headers ?? {}),
    now: clock.now(),
  };
  const redactor = await findRedactor(principalOf(request));
  const mask = (text: string) => redactor.redactText(text).value;
  const reading = await readTried(type, given.body, context);
  if (!reading.ok) {
    const details = reading.details.map(({ path, message }) => {
      const isIndex = path.startsWith('[') || path === '';
      return { path: mask(isIndex ? `body${path}` : `body.${path}`), message: mask(message) };
    });
    throw new CodedError('invalid', { message: mask(reading.sentence), details });
  }
  return {
    reports: reading.reports.map((report) =>
      renderReport(redactInbound(report, redactor).value, mask),
    ),
    refused: reading.refusals.map(mask),
    notes: (type.explain?.(given.body, context) ?? []).map(({ path, message }) => ({
      path,
      message: mask(message),
    })),
  };
}

/** Text is what a kind takes that is no JSON, where there is such a thing; else it is JSON too. */
async function readTried(
  type: SourceType,
  body: JsonValue,
  context: ParseContext,
): Promise<SourceReading> {
  if (typeof body === 'string' && type.read !== undefined) {
    const raw = { method: 'POST', headers: context.headers, body: encodeUtf8(body) };
    const reading = await type.read(raw, context);
    if (reading !== null) return reading;
  }
  return type.parse(body, context);
}

function lowerNames(headers: Headers): Headers {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
}

function chooseType(kind: string): SourceType {
  const type = findSourceType(kind);
  if (type !== null) return type;
  const known = SOURCE_KINDS.filter((one) => findSourceType(one) !== null);
  const near = findNearest(kind, known);
  const hint = near === null ? `There are ${known.join(', ')}.` : `Did you mean ${near}?`;
  throw new CodedError('not_found', { message: 'There is no such kind to try.', hint });
}

function renderReport(report: Report, mask: (text: string) => string): TriedReport {
  const { identity } = report;
  return {
    stage: report.stage,
    is_event_only: report.isRemark,
    title: report.title,
    severity: report.severity,
    key: identity.kind === 'key' ? mask(identity.key) : null,
    alert_id: identity.kind === 'own' ? identity.alertId : null,
    content: report.content,
    labels: report.labels,
    annotations: report.annotations,
    device_id: report.deviceId,
    camera_id: report.cameraId,
    area_id: report.areaId,
    source_url: report.sourceUrl,
    image: report.image,
    provider: report.provider,
    provider_event_id: report.providerEventId,
    provider_ts: formatInstantOrNull(report.providerTs),
    starts_at: formatInstantOrNull(report.startsAt),
  };
}

/**
 * The ways in of the kinds in `sources/`: `POST /ingest/{kind}/{token}`, and the path that edge-AI
 * boxes already post to. Answered when everything is committed; all answers, refusals too, are in
 * the sender's own shape.
 * Danger: the token in the path is the credential. It is in no log, metric or answer.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { CodedError, ERROR_CODES } from '#kernel/error-codes.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { Clock } from '#kernel/ports.ts';
import type { Principal } from '#kernel/principal.ts';
import type { SourceKind } from '#kernel/words/severity.ts';
import {
  parseJsonBody,
  parseParam,
  principalOf,
  type RenderError,
  renderOperatorError,
} from '#platform/http/http-server.ts';
import type { Report } from './report.ts';
import type { Source } from './source.ts';
import type { SourceType, StoredReport } from './source-type.ts';
import { EDGE } from './sources/edge.ts';
import { findSourceType } from './sources/index.ts';

export type IngestChoice = {
  readonly source: Source;
  /** Commits; one result per report. */
  readonly store: (
    by: Principal,
    reports: readonly Report[],
  ) => Promise<readonly Omit<StoredReport, 'report'>[]>;
};

export type IngestRouteDeps = {
  readonly clock: Clock;
  /** The source that a principal reports through; refuses a token of another kind. */
  readonly choose: (principal: Principal, kind: SourceKind) => Promise<IngestChoice>;
};

export function registerIngestRoutes(server: FastifyInstance, deps: IngestRouteDeps): void {
  const report = { access: 'report', areLongNumbersText: true, isEveryTypeJson: true } as const;
  const inPath = { ...report, credential: 'path', renderError: renderForSender } as const;
  server.post('/ingest/:kind/:token', { config: inPath }, (request, reply) => {
    const type = findSourceType(parseParam(request, 'kind'));
    if (type === null) throw new CodedError('not_found', { message: 'No source is of this kind.' });
    return take(deps, type, { request, reply });
  });
  const ofEdge = { ...report, renderError: (error: CodedError) => renderAs(EDGE, error) };
  server.post('/api/ai/alert/edge/report', { config: ofEdge }, (request, reply) =>
    take(deps, EDGE, { request, reply }),
  );
}

const renderForSender: RenderError = (error, requestId, request) => {
  const type = findSourceType(parseParam(request, 'kind'));
  return type === null ? renderOperatorError(error, requestId) : renderAs(type, error);
};

function renderAs(type: SourceType, { code, message, details }: CodedError) {
  return type.renderError({ status: ERROR_CODES[code].status, code, message, details });
}

async function take(
  deps: IngestRouteDeps,
  type: SourceType,
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
): Promise<FastifyReply> {
  const by = principalOf(request);
  const choice = await deps.choose(by, type.kind);
  const { severityDefault, mapping } = choice.source;
  const now = deps.clock.now();
  const reading = type.parse(parseJsonBody(request), { severityDefault, mapping, now });
  if (!reading.ok) {
    const { sentence: message, details } = reading;
    const status = type.refusalStatus;
    return reply.code(status).send(type.renderError({ status, code: 'invalid', message, details }));
  }
  const stored = await storeAll(choice, by, reading.reports);
  return reply.code(200).send(type.renderAnswer(stored, reading.refusals));
}

/** Parts of a large request are committed one after another: to send it again harms nothing. */
async function storeAll(
  choice: IngestChoice,
  by: Principal,
  reports: readonly Report[],
): Promise<readonly StoredReport[]> {
  const stored: StoredReport[] = [];
  for (let from = 0; from < reports.length; from += LIMITS.eventsPerRequestMax) {
    const part = reports.slice(from, from + LIMITS.eventsPerRequestMax);
    const results = await choice.store(by, part);
    for (const [index, report] of part.entries()) {
      const result = results[index];
      if (result === undefined) throw new CodedError('internal');
      const { eventId, alertId, isDuplicate } = result;
      stored.push({ report, eventId, alertId, isDuplicate });
    }
  }
  return stored;
}

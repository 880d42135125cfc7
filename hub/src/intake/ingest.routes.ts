/**
 * The ways in of the kinds in `sources/`: `/ingest/{kind}/{token}`, the same without a token for
 * senders that log in, and the path that edge-AI boxes already post to. A signature is checked on
 * the bytes as they came, before anything reads them. Answered when everything is committed; all
 * answers, refusals too, are in the sender's own shape.
 * Danger: the token in the path is the credential. It is in no log, metric or answer.
 * Emits: `onRefused` for each request whose signature is missing or wrong.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { CodedError, ERROR_CODES, type ErrorDetail } from '#kernel/error-codes.ts';
import { formatInstant, type Instant } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { Clock } from '#kernel/ports.ts';
import type { Principal } from '#kernel/principal.ts';
import type { SourceKind } from '#kernel/words/severity.ts';
import {
  parseJsonBody,
  parseJsonBytes,
  parseParam,
  principalOf,
  type RenderError,
  renderOperatorError,
} from '#platform/http/http-server.ts';
import { rawRequestOf } from '#platform/http/raw-body.ts';
import type { Report } from './report.ts';
import type { Source } from './source.ts';
import type {
  ParseContext,
  RawRequest,
  SharedSecrets,
  SourceReading,
  SourceType,
  StoredReport,
  Verification,
} from './source-type.ts';
import { EDGE } from './sources/edge.ts';
import { findSourceType } from './sources/index.ts';

export type IngestChoice = {
  readonly source: Source;
  /** For texts that may repeat what was sent. */
  readonly mask: (text: string) => string;
  /** Null: one of them does not open, so that nothing can be checked. */
  readonly openSecrets: () => SharedSecrets | null;
  /** Commits; one result per report. */
  readonly store: (by: Principal, reports: readonly Report[]) => Promise<readonly StoredReport[]>;
};

export type IngestRouteDeps = {
  readonly clock: Clock;
  /** The source that a principal reports through; refuses a token of another kind. */
  readonly choose: (principal: Principal, kind: SourceKind) => Promise<IngestChoice>;
  readonly onRefused: (source: Source) => void;
};

const METHODS = ['POST', 'PUT', 'OPTIONS'] as const;

export function registerIngestRoutes(server: FastifyInstance, deps: IngestRouteDeps): void {
  const ofKind = {
    access: 'report',
    renderError: renderForSender,
    rawBody: (request: FastifyRequest) =>
      findSourceType(parseParam(request, 'kind'))?.bodyBytesMax ?? LIMITS.bodyBytesMax,
  } as const;
  for (const method of METHODS) {
    const take = (request: FastifyRequest, reply: FastifyReply) => takeRaw(deps, request, reply);
    const inPath = { ...ofKind, credential: 'path' } as const;
    server.route({ method, url: '/ingest/:kind/:token', config: inPath, handler: take });
    server.route({ method, url: '/ingest/:kind', config: ofKind, handler: take });
  }
  const ofEdge = {
    access: 'report',
    areLongNumbersText: true,
    isEveryTypeJson: true,
    renderError: (error: CodedError) => renderAs(EDGE, error),
  } as const;
  server.post('/api/ai/alert/edge/report', { config: ofEdge }, async (request, reply) => {
    const by = principalOf(request);
    const choice = await deps.choose(by, EDGE.kind);
    const context = { ...contextOf(choice.source, deps.clock.now()), headers: {} };
    const reading = EDGE.parse(parseJsonBody(request), context);
    return answer({ type: EDGE, choice, by, reading }, reply);
  });
}

const renderForSender: RenderError = (error, requestId, request) => {
  const type = findSourceType(parseParam(request, 'kind'));
  return type === null ? renderOperatorError(error, requestId) : renderAs(type, error);
};

function renderAs(type: SourceType, { code, message, details }: CodedError) {
  return type.renderError({ status: ERROR_CODES[code].status, code, message, details });
}

async function takeRaw(
  deps: IngestRouteDeps,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const type = findSourceType(parseParam(request, 'kind'));
  if (type === null) throw new CodedError('not_found', { message: 'No source is of this kind.' });
  const by = principalOf(request);
  const choice = await deps.choose(by, type.kind);
  const { source } = choice;
  const raw = rawRequestOf(request);
  checkMethod(type, raw, reply);
  if (raw.method === 'OPTIONS' && type.answerOptions !== undefined) {
    const { status, headers } = type.answerOptions(raw);
    return reply.code(status).headers(headers).send();
  }
  const now = deps.clock.now();
  const verification = verify(type, raw, { choice, now });
  if (verification?.kind === 'refused') {
    deps.onRefused(source);
    throw new CodedError('signature_refused', { message: verification.sentence });
  }
  const context = { ...contextOf(source, now), headers: raw.headers };
  const reading = flag(await read(type, raw, context), verification, now);
  return answer({ type, choice, by, reading }, reply);
}

function checkMethod(type: SourceType, { method }: RawRequest, reply: FastifyReply): void {
  const allowed: readonly string[] = ['POST', ...(type.methods ?? [])];
  if (allowed.includes(method)) return;
  reply.header('allow', allowed.join(', '));
  const message = `Sources of this kind take ${allowed.join(' and ')}.`;
  throw new CodedError('method_not_allowed', { message });
}

function contextOf({ severityDefault, mapping }: Source, now: Instant) {
  return { severityDefault, mapping, now };
}

/** Null for kinds that sign nothing. */
function verify(
  { signing }: SourceType,
  raw: RawRequest,
  { choice, now }: { readonly choice: IngestChoice; readonly now: Instant },
): Verification | null {
  if (signing === undefined) return null;
  const secrets = choice.openSecrets();
  // Taken for unset, it would let everybody in.
  if (secrets === null) {
    const message = 'The secret of this source does not open here; an administrator sets it again.';
    throw new CodedError('not_stored', { message });
  }
  return signing.verify(raw, { secrets, mapping: choice.source.mapping, now });
}

async function read(
  type: SourceType,
  raw: RawRequest,
  context: ParseContext,
): Promise<SourceReading> {
  const read = (await type.read?.(raw, context)) ?? null;
  return read ?? type.parse(parseJsonBytes(raw.body, LENIENTLY), context);
}

/** What a signature says belongs to the evidence: that it was right, and when it was made. */
function flag(
  reading: SourceReading,
  verification: Exclude<Verification, { kind: 'refused' }> | null,
  now: Instant,
): SourceReading {
  if (!reading.ok || verification === null) return reading;
  const signedAt = verification.kind === 'verified' ? verification.signedAt : null;
  const marks = {
    signature: verification.kind === 'verified' ? 'verified' : 'none',
    ...(signedAt === null ? {} : { signed_at: formatInstant(signedAt) }),
    ...(signedAt !== null && Math.abs(signedAt - now) > LIMITS.clockSkewMaxMs
      ? { is_clock_skewed: true }
      : {}),
  };
  const reports = reading.reports.map((report) => ({
    ...report,
    payload: { ...report.payload, ...marks },
  }));
  return { ...reading, reports };
}

type Taken = {
  readonly type: SourceType;
  readonly choice: IngestChoice;
  readonly by: Principal;
  readonly reading: SourceReading;
};

/** A sender that is refused does not send again: a character is worth less than an alarm. */
const LENIENTLY = { areLongNumbersText: true, areBadCharactersReplaced: true } as const;

async function answer(
  { type, choice, by, reading }: Taken,
  reply: FastifyReply,
): Promise<FastifyReply> {
  if (!reading.ok) {
    const { mask } = choice;
    const message = mask(reading.sentence);
    const details = maskDetails(reading.details, mask);
    const status = type.refusalStatus;
    return reply.code(status).send(type.renderError({ status, code: 'invalid', message, details }));
  }
  const stored = await storeAll(choice, by, reading.reports);
  return reply
    .code(type.successStatus ?? 200)
    .send(type.renderAnswer(stored, reading.refusals.map(choice.mask)));
}

/** Paths are made of the names of fields, which are the sender's as well. */
function maskDetails(details: readonly ErrorDetail[], mask: IngestChoice['mask']) {
  return details.map(({ path, message }) => ({ path: mask(path), message: mask(message) }));
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
    stored.push(...(await choice.store(by, part)));
  }
  return stored;
}

/**
 * The HTTP server: bounds, strict JSON, error shapes, and a principal for everything.
 * Danger: a route answers without a principal only when it says `access: 'public'`; the default
 * is to refuse. Logs carry the route pattern, never the URL, for tokens live in URLs.
 * A route whose credential is in the path names that part `:token`; only a source's token counts
 * there, never a key, and what it may do is asked as everywhere.
 * Emits: `onAnswer` once per request.
 */
import { isUtf8 } from 'node:buffer';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { CodedError, ERROR_CODES, type ErrorCode } from '#kernel/error-codes.ts';
import {
  type JsonFault,
  type JsonLeniency,
  type JsonValue,
  parseJson,
} from '#kernel/syntax/json.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { Log } from '#kernel/ports.ts';
import { type Action, narrow, type Principal } from '#kernel/principal.ts';
import { isUnavailable } from '#platform/postgres/postgres.ts';
import { keepActing, type Unaudited } from './acting.ts';
import { boundConnections } from './guard/connections.ts';
import { findMethods } from './guard/methods.ts';
import { refuseRaw } from './guard/raw-refusal.ts';
import { adviseKey, adviseRoles } from './guard/refusal-hints.ts';
import { boundRequests } from './guard/request-bounds.ts';
import { secureAnswers, setSecurityHeaders } from './guard/security-headers.ts';
import { readRawBodies } from './raw-body.ts';

export type Authenticate = (request: FastifyRequest) => Promise<Principal | null>;

/** Renders an error in the shape that a family of senders expects. */
export type RenderError = (
  error: CodedError,
  requestId: string,
  request: FastifyRequest,
) => unknown;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may come here. Left out: nobody, which a test finds. */
    access?: Action | 'public';
    /** `path`: the part `:token`. Left out: the header. */
    credential?: 'header' | 'path';
    renderError?: RenderError;
    /** For senders whose ids are whole numbers of any length: beyond 2^53 they become text. */
    areLongNumbersText?: boolean;
    /** For senders that call their JSON something else, or nothing: a lost alarm is worse. */
    isEveryTypeJson?: boolean;
    /** The body as its bytes came, and how many it may have; `raw-body.ts`. */
    rawBody?: (request: FastifyRequest) => number;
    /** The media type of what `renderError` renders, when it is no JSON. */
    errorType?: string;
    /** A person comes here with a browser, which can ask them for a password. */
    isForBrowsers?: boolean;
  }
  interface FastifyInstance {
    /** All that were registered; the table of operations is held against them. */
    readonly registeredRoutes: readonly RegisteredRoute[];
    /** Throws when there were too many wrong keys. */
    refuseGuess: ((request: FastifyRequest, reply: FastifyReply) => void) | null;
  }
  interface FastifyRequest {
    principal: Principal | null;
    /** Of a raw body: as the sender named it. */
    givenContentType: string | null;
    /** Takes one of the few places for large bodies; false: there is none. */
    admitLarge: (() => boolean) | null;
  }
}

export type Answered = {
  /** The pattern, never the URL. */
  readonly route: string;
  readonly method: string;
  readonly status: number;
  readonly durationMs: number;
};

export type RegisteredRoute = {
  readonly method: string;
  /** With its parts behind colons: `/a/:token`. */
  readonly path: string;
  readonly access: Action | 'public' | null;
};

export type HttpServerOptions = {
  readonly log: Log;
  readonly authenticate: Authenticate;
  /** For refusals, which may repeat what was sent. */
  readonly maskText?: (text: string) => string;
  readonly onAnswer: (answer: Answered) => void;
  /** A write was answered with 2xx, and left nothing in the audit. */
  readonly onUnaudited?: (write: Unaudited) => void;
  /** Browsers reach us by https, says the public address. */
  readonly isHttps?: () => boolean;
  readonly openConnectionsMax?: number;
  readonly onConnectionDropped?: () => void;
};

export function createHttpServer(options: HttpServerOptions): FastifyInstance {
  const isHttps = options.isHttps ?? (() => false);
  const server = Fastify({
    logger: false,
    // What cannot even be routed: answered in our shape, without repeating the path.
    frameworkErrors: (_error, request, reply) => {
      setSecurityHeaders(reply, isHttps());
      answerError(new CodedError('bad_request'), request, reply);
    },
    bodyLimit: LIMITS.bodyBytesMax,
    requestTimeout: LIMITS.requestReceiveMaxMs,
    keepAliveTimeout: LIMITS.keepAliveMs,
    routerOptions: { maxParamLength: LIMITS.pathPartCharsMax },
    http: {
      maxHeaderSize: LIMITS.headerBytesMax,
      headersTimeout: LIMITS.requestReceiveMaxMs,
      connectionsCheckingInterval: LIMITS.connectionsCheckMs,
    },
    clientErrorHandler: (error, socket) => refuseRaw(error, socket, renderOperatorError),
    genReqId: () => crypto.randomUUID(),
    forceCloseConnections: 'idle',
  });
  server.decorateRequest('principal', null);
  server.decorate('refuseGuess', null);
  boundConnections(server, {
    connectionsMax: options.openConnectionsMax ?? LIMITS.openConnectionsMax,
    onDropped: options.onConnectionDropped ?? (() => undefined),
  });
  secureAnswers(server, isHttps);
  noteRoutes(server);
  boundRequests(server);
  refuseUnrouted(server);
  readStrictJson(server);
  readRawBodies(server);
  requirePrincipal(server, options.authenticate);
  keepActing(server, options.onUnaudited);
  answerErrors(server, options.log, options.maskText ?? ((text) => text));
  server.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'unmatched';
    const { statusCode: status, elapsedTime: durationMs } = reply;
    options.onAnswer({ route, method: request.method, status, durationMs });
    done();
  });
  return server;
}

const JSON_TYPE = /^application\/([a-z0-9.-]+\+)?json\s*(;|$)/i;

function noteRoutes(server: FastifyInstance): void {
  const routes: RegisteredRoute[] = [];
  server.decorate('registeredRoutes', routes);
  server.addHook('onRoute', ({ method, url, config }) => {
    for (const name of [method].flat()) {
      // Each GET brings its HEAD.
      if (name === 'HEAD') continue;
      routes.push({ method: name, path: url, access: config?.access ?? null });
    }
  });
}

function readStrictJson(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  server.addHook('onRequest', (request, _reply, done) => {
    const { headers, routeOptions } = request;
    const isJson = JSON_TYPE.test(headers['content-type'] ?? '');
    if (routeOptions.config.isEveryTypeJson === true && !isJson) {
      headers['content-type'] = 'application/json';
    }
    done();
  });
  server.addContentTypeParser(JSON_TYPE, { parseAs: 'buffer' }, (request, body, done) => {
    // A client that calls all it sends JSON sends none to remove something.
    if (request.method === 'DELETE' && body.length === 0) {
      done(null);
      return;
    }
    try {
      const { areLongNumbersText = false } = request.routeOptions.config;
      done(null, parseJsonBytes(body, { areLongNumbersText, areBadCharactersReplaced: false }));
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)));
    }
  });
}

const JSON_FAULT_CODES: Readonly<Record<JsonFault['kind'], ErrorCode>> = {
  syntax: 'malformed_json',
  duplicate_key: 'duplicate_key',
  too_deep: 'too_deep',
  too_many_values: 'too_many_values',
  bad_character: 'bad_character',
};

/** Strict JSON; what is not is a refusal that names what is wrong with it. */
export function parseJsonBytes(body: Uint8Array | string, how: JsonLeniency): JsonValue {
  if (typeof body !== 'string' && !isUtf8(body)) throw new CodedError('malformed_text');
  const text = typeof body === 'string' ? body : textOf(body);
  const reading = parseJson(text, how);
  if (reading.ok) return reading.value;
  const { kind, path, message } = reading.fault;
  throw new CodedError(JSON_FAULT_CODES[kind], { details: [{ path, message }] });
}

function textOf(body: Uint8Array): string {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString();
}

/** Runs before a body is read, so that strangers cannot make us read one. */
function requirePrincipal(server: FastifyInstance, authenticate: Authenticate): void {
  server.addHook('onRequest', async (request, reply) => {
    const { access, credential } = request.routeOptions.config;
    if (access === 'public') return;
    const principal = await authenticate(request);
    if (principal === null) {
      server.refuseGuess?.(request, reply);
      const how = credential === 'path' ? { message: TOKEN_MESSAGE } : { hint: adviseKey() };
      throw new CodedError('principal_missing', how);
    }
    const allowed = access === undefined ? null : narrow(principal, access);
    if (allowed === null) throw new CodedError('not_allowed', adviseRoles(access));
    request.principal = allowed;
  });
}

const BROWSER_CHALLENGE = 'Basic realm="Tocsin: any user, a key as the password", charset="UTF-8"';
const TOKEN_MESSAGE =
  'The token at the end of the path is of no source; POST /api/v1/sources answers the whole URL.';

/** Before a body is read, as for strangers: nothing here takes it. */
function refuseUnrouted(server: FastifyInstance): void {
  server.addHook('onRequest', (request, reply, done) => {
    if (!request.is404) {
      done();
      return;
    }
    const [path = ''] = request.url.split('?');
    const methods = findMethods(server.registeredRoutes, path);
    if (methods !== null) reply.header('allow', methods.join(', '));
    done(
      methods === null
        ? new CodedError('not_found')
        : new CodedError('method_not_allowed', { hint: `It takes ${methods.join(', ')}.` }),
    );
  });
}

function answerErrors(server: FastifyInstance, log: Log, maskText: (text: string) => string): void {
  server.setNotFoundHandler((request, reply) => {
    answerError(new CodedError('not_found'), request, reply);
  });
  server.setErrorHandler((error, request, reply) => {
    const coded = toCodedError(error, request.method);
    if (coded.code === 'internal') {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      const route = request.routeOptions.url ?? 'unmatched';
      log.error('a request failed', { request_id: request.id, route, error: text });
    }
    answerError(maskError(coded, maskText), request, reply);
  });
}

/** Paths are made of the names of fields, which are the sender's as well. */
function maskError(error: CodedError, mask: (text: string) => string): CodedError {
  const { code, message, hint } = error;
  const details = error.details.map((one) => ({
    path: mask(one.path),
    message: mask(one.message),
  }));
  return new CodedError(code, {
    message: mask(message),
    details,
    ...(hint === null ? {} : { hint }),
  });
}

function answerError(error: CodedError, request: FastifyRequest, reply: FastifyReply): void {
  const { config } = request.routeOptions;
  const render = config?.renderError ?? renderOperatorError;
  const { status } = ERROR_CODES[error.code];
  const isWorthWaiting = status === 503 || error.code === 'idempotency_key_in_use';
  if (isWorthWaiting) reply.header('retry-after', String(LIMITS.retryAfterS));
  if (status === 401) {
    const isForBrowsers = config?.isForBrowsers === true;
    reply.header('www-authenticate', isForBrowsers ? BROWSER_CHALLENGE : 'Bearer');
  }
  if (config?.errorType !== undefined) reply.type(config.errorType);
  // What is left of a body that was not read would be taken for the next request.
  if (status === 401 || status === 413) reply.header('connection', 'close');
  reply.code(status).send(render(error, request.id, request));
}

export function renderOperatorError(error: CodedError, requestId: string): unknown {
  return {
    error: {
      code: error.code,
      message: error.message,
      ...(error.details.length > 0 ? { details: error.details } : {}),
      ...(error.hint === null ? {} : { hint: error.hint }),
      request_id: requestId,
    },
  };
}

/** Fastify's own refusals, by their code. */
const FASTIFY_CODES: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'media_type_unsupported',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'malformed_json',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'bad_request',
  FST_ERR_CTP_EMPTY_TYPE: 'media_type_unsupported',
  FST_ERR_MAX_PARAM_LENGTH: 'not_found',
  FST_ERR_BAD_URL: 'bad_request',
};

/** What an error is to whoever asked; `internal` for what nobody foresaw. */
export function toCodedError(error: unknown, method: string): CodedError {
  if (error instanceof CodedError) return error;
  if (isUnavailable(error)) return new CodedError(method === 'GET' ? 'not_ready' : 'not_stored');
  if (typeof error === 'object' && error !== null) {
    const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
    const mapped = FASTIFY_CODES[code];
    if (mapped !== undefined) return new CodedError(mapped);
    const status = 'statusCode' in error ? error.statusCode : 500;
    if (typeof status === 'number' && status >= 400 && status < 500) {
      return new CodedError('bad_request');
    }
  }
  return new CodedError('internal');
}

/** The principal of a route that is not public. */
export function principalOf(request: FastifyRequest): Principal {
  const { principal } = request;
  if (principal === null) throw new CodedError('principal_missing');
  return principal;
}

/** Query parameters as they came: each a text, or given several times. */
export type Query = Readonly<Record<string, string | readonly string[] | undefined>>;

export function parseQuery(request: FastifyRequest): Query {
  return request.query as Query;
}

/** A part of the path; empty when the route has no such part. */
export function parseParam(request: FastifyRequest, name: string): string {
  return (request.params as Readonly<Record<string, string | undefined>>)[name] ?? '';
}

/** The body as `parseJson` has read it. */
export function parseJsonBody(request: FastifyRequest): JsonValue {
  return request.body as JsonValue;
}

/**
 * The `Http` port over undici: every request whose address a user can set goes through here.
 *
 * Danger: the address guard works on what the name resolved to, in the moment of connecting
 * (all of its addresses, so that one public record does not open the door to a private one), and on
 * literals before that, which undici never looks up. Redirects are not followed, or a public
 * target could send us inside. HTTP/1.1 only: there it is known whether a request was begun.
 *
 * What an outcome promises: `unsent` = no byte of the request was written. `unknown` = it was, or
 * could have been (also a kept connection that died under a waiting request). Once status and
 * headers are in, it is `answered`, even if the body breaks off. Nothing is ever sent twice.
 *
 * Options: allowedCidrs (TOCSIN_ALLOW_PRIVATE_TARGETS). Emits: a warning for each refused address,
 * with the name of the range only.
 */
import { isIP } from 'node:net';
import { Agent, buildConnector } from 'undici';
import { LIMITS } from '#kernel/limits.ts';
import type { Http, HttpFailure, HttpOutcome, HttpRequest, Log } from '#kernel/ports.ts';
import type { AddressGuard, Cidr } from './address-guard.ts';
import { createAddressGuard } from './address-guard.ts';
import type { ResolveName } from './checked-addresses.ts';
import { describeRefusal, findAddressFault, resolveBySystem } from './checked-addresses.ts';
import { sendOnce } from './http-exchange.ts';
import { ConnectFault } from './http-fault.ts';

export type HttpClientOptions = {
  readonly allowedCidrs: readonly Cidr[];
  readonly log?: Log;
  /** For tests; otherwise the resolver of the operating system. */
  readonly resolveName?: ResolveName;
};

export type HttpClient = Http & {
  /** Waits for the requests under way (each has its own deadline), then drops all connections. */
  readonly close: () => Promise<void>;
};

export function createHttp(options: HttpClientOptions): HttpClient {
  const guard = createAddressGuard(options.allowedCidrs);
  const agent = new Agent({
    connect: createConnector(guard, options.resolveName ?? resolveBySystem),
    connections: LIMITS.httpConnectionsPerOriginMax,
    maxOrigins: LIMITS.httpOriginsMax,
    pipelining: 1,
    allowH2: false,
    // The deadline of the whole exchange is ours; undici's own would only blur the outcome.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  const inFlight = new Set<Promise<HttpOutcome>>();
  let isClosed = false;

  async function send(request: HttpRequest): Promise<HttpOutcome> {
    if (isClosed) return refuse('connect_failed', 'the client is closed');
    if (inFlight.size >= LIMITS.httpInFlightMax) {
      return refuse('connect_failed', 'too many requests are under way');
    }
    const target = checkUrl(request.url, guard);
    const outcome = target instanceof URL ? await track(request, target) : target;
    if (outcome.kind === 'unsent' && outcome.reason === 'address_refused') {
      options.log?.warn('outbound address refused', { detail: outcome.detail });
    }
    return outcome;
  }

  async function track(request: HttpRequest, target: URL): Promise<HttpOutcome> {
    const sending = sendOnce(agent, request, target);
    inFlight.add(sending);
    try {
      return await sending;
    } finally {
      inFlight.delete(sending);
    }
  }

  async function close(): Promise<void> {
    isClosed = true;
    await Promise.allSettled(inFlight);
    await agent.destroy();
  }

  return { send, close };
}

function refuse(reason: HttpFailure, detail: string): HttpOutcome {
  return { kind: 'unsent', reason, detail, durationMs: 0 };
}

function checkUrl(text: string, guard: AddressGuard): URL | HttpOutcome {
  if (text.length > LIMITS.urlCharsMax || !URL.canParse(text)) {
    return refuse('url_invalid', 'not a URL, or too long');
  }
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return refuse('url_invalid', 'only http and https are spoken');
  }
  if (url.username !== '' || url.password !== '') {
    return refuse('url_invalid', 'the URL holds a user name or password');
  }
  const literal = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const refusal = isIP(literal) === 0 ? null : guard.findRefusal(literal);
  return refusal === null ? url : refuse('address_refused', describeRefusal(refusal));
}

function createConnector(guard: AddressGuard, resolveName: ResolveName): buildConnector.connector {
  const connect = buildConnector({
    allowH2: false,
    rejectUnauthorized: true,
    timeout: LIMITS.httpConnectMaxMs,
    lookup: (name, lookupOptions, done) => {
      resolveName(name, (error, addresses) => {
        const first = addresses?.[0];
        const fault = error ?? findAddressFault(guard, addresses);
        if (fault !== null || first === undefined) done(fault, []);
        else if (lookupOptions.all === true) done(null, [...addresses]);
        else done(null, first.address, first.family);
      });
    },
  });
  return (options, callback) => {
    connect(options, (...[error, socket]) => {
      if (error === null) callback(null, socket);
      else callback(describeConnectFault(error, options.protocol === 'https:'), null);
    });
  };
}

/** Errors of this phase come before the first byte of the request: all of them mean `unsent`. */
function describeConnectFault(error: Error, isTls: boolean): ConnectFault {
  if (error instanceof ConnectFault) return error;
  const code = readText(error, 'code');
  const syscall = readText(error, 'syscall');
  if (syscall === 'getaddrinfo') return new ConnectFault('dns_failed', `no such name (${code})`);
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT') {
    return new ConnectFault('timeout', 'no connection in time');
  }
  if (syscall === 'connect' || error instanceof AggregateError || !isTls) {
    return new ConnectFault('connect_failed', `no connection (${code})`);
  }
  return new ConnectFault('tls_failed', `the TLS handshake failed (${code})`);
}

function readText(error: Error, field: 'code' | 'syscall'): string {
  const value: unknown = Reflect.get(error, field);
  return typeof value === 'string' ? value : 'no code';
}

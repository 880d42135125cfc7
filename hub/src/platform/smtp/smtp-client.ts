/**
 * The `Smtp` port: every mail whose server a user can set goes through here.
 *
 * Danger: the address guard judges what the name resolved to, and the socket goes to just that
 * (smtp-socket.ts). TLS is 1.2 or later with a verified certificate, from the start or by STARTTLS;
 * STARTTLS that is refused ends the conversation, it never goes on in the clear.
 *
 * What an outcome promises: `unsent` = the server surely does not have the whole message.
 * `unknown` = it may. `refused` = it said no, and where. Nothing is ever sent twice. Details hold
 * no address, no password and nothing that the server said; only `reply` does.
 *
 * Options: allowedCidrs (TOCSIN_ALLOW_PRIVATE_TARGETS). Emits: a warning for each refused address,
 * with the name of the range only. NODE_EXTRA_CA_CERTS adds authorities of one's own.
 */
import { sha256Hex } from '#kernel/crypto.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { Log, Smtp, SmtpOutcome, SmtpRequest, SmtpServer } from '#kernel/ports.ts';
import { finishWithin } from '#platform/finish-within.ts';
import type { Cidr } from '#platform/http/address-guard.ts';
import { createAddressGuard } from '#platform/http/address-guard.ts';
import type { ResolveName } from '#platform/http/checked-addresses.ts';
import { resolveBySystem } from '#platform/http/checked-addresses.ts';
import { composeMail, findMessageFault } from './mail-bytes.ts';
import { createPool, type SmtpPool } from './smtp-pool.ts';
import type { SmtpResult } from './smtp-reply.ts';

export type SmtpOptions = {
  readonly allowedCidrs: readonly Cidr[];
  readonly log?: Log;
  /** For tests; otherwise the resolver of the operating system. */
  readonly resolveName?: ResolveName;
  /** For tests: a certificate in PEM that is trusted instead of Node's own authorities. */
  readonly trustedCa?: string;
};

export type SmtpClient = Smtp & {
  /** Waits a little for the messages under way, cuts the rest off, then drops all connections. */
  readonly close: () => Promise<void>;
};

export function createSmtp(options: SmtpOptions): SmtpClient {
  const { trustedCa } = options;
  const reach = {
    guard: createAddressGuard(options.allowedCidrs),
    resolveName: options.resolveName ?? resolveBySystem,
    ...(trustedCa === undefined ? {} : { trustedCa }),
  };
  const pools = new Map<string, SmtpPool>();
  const inFlight = new Map<Promise<SmtpResult>, AbortController>();
  let isClosed = false;

  async function send(request: SmtpRequest): Promise<SmtpOutcome> {
    const startedAt = performance.now();
    const result = await sendOrRefuse(request);
    if (result.kind === 'unsent' && result.reason === 'address_refused') {
      options.log?.warn('outbound address refused', { detail: result.detail });
    }
    return { ...result, durationMs: Math.round(performance.now() - startedAt) };
  }

  async function sendOrRefuse(request: SmtpRequest): Promise<SmtpResult> {
    if (isClosed) return refuse('the client is closed');
    if (inFlight.size >= LIMITS.smtpInFlightMax) return refuse('too many mails are under way');
    const fault = findMessageFault(request.message);
    if (fault !== null) return { kind: 'unsent', reason: 'url_invalid', detail: fault };
    const cut = new AbortController();
    const timer = setTimeout(() => cut.abort(), request.timeoutMs);
    const sending = sendPooled(request, cut.signal);
    inFlight.set(sending, cut);
    try {
      return await sending;
    } finally {
      clearTimeout(timer);
      inFlight.delete(sending);
    }
  }

  async function sendPooled(request: SmtpRequest, signal: AbortSignal): Promise<SmtpResult> {
    const { server, message } = request;
    const bytes = await composeMail(message);
    const key = renderPoolKey(server);
    const mayKeep = () => !isClosed && countIdle(pools) < LIMITS.smtpIdleConnectionsMax;
    const pool = pools.get(key) ?? createPool({ ...reach, server, mayKeep });
    pools.set(key, pool);
    const result = await pool.send({ envelope: message, bytes }, signal);
    for (const [each, { isEmpty }] of pools) if (isEmpty()) pools.delete(each);
    return result;
  }

  async function close(): Promise<void> {
    isClosed = true;
    const isFinished = await finishWithin(LIMITS.smtpCloseMaxMs, () =>
      Promise.allSettled(inFlight.keys()),
    );
    if (!isFinished) for (const cut of inFlight.values()) cut.abort();
    await Promise.allSettled(inFlight.keys());
    for (const pool of pools.values()) pool.quitIdle();
  }

  return { send, close };
}

function refuse(detail: string): SmtpResult {
  return { kind: 'unsent', reason: 'connect_failed', detail };
}

/** A hash, so that no password lies about as the key of a map. */
function renderPoolKey(server: SmtpServer): string {
  const { host, port, security, user, password } = server;
  return sha256Hex(JSON.stringify([host, port, security, user, password]));
}

function countIdle(pools: ReadonlyMap<string, SmtpPool>): number {
  let count = 0;
  for (const pool of pools.values()) count += pool.countIdle();
  return count;
}

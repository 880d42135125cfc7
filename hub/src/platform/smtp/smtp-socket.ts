/**
 * A TCP connection to a mail server, to an address that the guard has let pass.
 *
 * Danger: the name is looked up here, once, and the socket connects to what was judged; a second
 * look-up by anything below could come out at another address. Emits nothing.
 */
import type { LookupAddress } from 'node:dns';
import { connect, isIP } from 'node:net';
import type { LookupFunction, Socket } from 'node:net';
import { LIMITS } from '#kernel/limits.ts';
import type { SmtpServer } from '#kernel/ports.ts';
import type { AddressGuard } from '#platform/http/address-guard.ts';
import type { ResolveName } from '#platform/http/checked-addresses.ts';
import { findAddressFault } from '#platform/http/checked-addresses.ts';
import { ConnectFault } from '#platform/http/http-fault.ts';

export type Reach = { readonly guard: AddressGuard; readonly resolveName: ResolveName };

/** How long one of several addresses may take before the next one is tried beside it. */
const ADDRESS_ATTEMPT_MS = 1_000;
const HOST = /^[A-Za-z0-9._:-]+$/;

/** `[::1]` is written so in URLs; sockets and certificates want it bare. */
type Server = Pick<SmtpServer, 'host' | 'port'>;

export function readHost(server: Server): string {
  return server.host.replace(/^\[(.*)\]$/, '$1');
}

/** Rejects with a `ConnectFault`, also when the signal says that it took too long. */
export async function openSocket(
  reach: Reach,
  server: Server,
  signal: AbortSignal,
): Promise<Socket> {
  const host = readHost(server);
  if (!HOST.test(host) || host.length > LIMITS.mailHostCharsMax) {
    throw new ConnectFault('url_invalid', 'not the name or address of a server');
  }
  const timed = AbortSignal.any([signal, AbortSignal.timeout(LIMITS.smtpConnectMaxMs)]);
  const addresses = await rejectOnAbort(timed, findAddresses(reach, host));
  return await connectTo(addresses, { host, port: server.port }, timed);
}

async function findAddresses(reach: Reach, host: string): Promise<readonly LookupAddress[]> {
  const family = isIP(host);
  const found = family === 0 ? await lookUp(reach.resolveName, host) : [{ address: host, family }];
  const fault = findAddressFault(reach.guard, found);
  if (fault !== null) throw fault;
  return found;
}

function lookUp(resolveName: ResolveName, host: string): Promise<readonly LookupAddress[]> {
  return new Promise((resolve, reject) => {
    resolveName(host, (error, addresses) => {
      if (error === null) resolve(addresses);
      else reject(new ConnectFault('dns_failed', `no such name (${readCode(error)})`));
    });
  });
}

function rejectOnAbort<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  const late = new Promise<never>((_resolve, reject) => {
    const giveUp = () => reject(new ConnectFault('timeout', 'no connection in time'));
    if (signal.aborted) giveUp();
    else signal.addEventListener('abort', giveUp, { once: true });
  });
  return Promise.race([promise, late]);
}

type Endpoint = { readonly host: string; readonly port: number };

function connectTo(
  addresses: readonly LookupAddress[],
  endpoint: Endpoint,
  signal: AbortSignal,
): Promise<Socket> {
  const lookup: LookupFunction = (_name, options, done) => {
    const [first] = addresses;
    if (options.all === true) done(null, [...addresses]);
    else done(null, first?.address ?? '', first?.family ?? 4);
  };
  const socket = connect({
    ...endpoint,
    lookup,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: ADDRESS_ATTEMPT_MS,
  });
  return new Promise((resolve, reject) => {
    const giveUp = () => fail('timeout', 'no connection in time');
    const fail = (reason: 'timeout' | 'connect_failed', detail: string) => {
      signal.removeEventListener('abort', giveUp);
      socket.destroy();
      reject(new ConnectFault(reason, detail));
    };
    signal.addEventListener('abort', giveUp, { once: true });
    socket.once('error', (error) => {
      const code = readCode(error);
      if (code === 'ETIMEDOUT') giveUp();
      else fail('connect_failed', `no connection (${code})`);
    });
    socket.once('connect', () => {
      signal.removeEventListener('abort', giveUp);
      socket.removeAllListeners('error');
      // From here on nodemailer listens; between the two an error must not end the process.
      socket.on('error', () => {});
      resolve(socket);
    });
  });
}

function readCode(error: Error): string {
  const code: unknown = Reflect.get(error, 'code');
  return typeof code === 'string' ? code : 'no code';
}

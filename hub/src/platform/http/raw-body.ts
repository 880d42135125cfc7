/**
 * Bodies as their bytes came, for ways in whose signature covers exactly them, or that take what
 * is no JSON. A route asks for one with `rawBody`; it is read after the principal is known, and
 * parsed by the route itself, after the signature.
 *
 * Danger: a large body lies in memory as long as its request is under way. Those over
 * LIMITS.bodyBytesMax are LIMITS.largeBodiesMax at once; one more is told to come again.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { CodedError } from '#kernel/error-codes.ts';
import { LIMITS } from '#kernel/limits.ts';

/** Ours alone: it leads to the reader below, whatever the sender called its body. */
const RAW_TYPE = 'application/x-tocsin-raw';

export function readRawBodies(server: FastifyInstance): void {
  const places = { taken: 0 };
  server.decorateRequest('givenContentType', null);
  server.decorateRequest('admitLarge', null);
  server.addHook('onRequest', (request, reply, done) => {
    if (request.routeOptions.config.rawBody !== undefined) {
      request.givenContentType = request.headers['content-type'] ?? null;
      request.headers['content-type'] = RAW_TYPE;
      request.admitLarge = () => admit(places, reply);
    }
    done();
  });
  server.addContentTypeParser(RAW_TYPE, (request: FastifyRequest, payload: FastifyRequest['raw']) =>
    readBody(request, payload),
  );
}

type Places = { taken: number };

function admit(places: Places, reply: FastifyReply): boolean {
  if (places.taken >= LIMITS.largeBodiesMax) return false;
  places.taken += 1;
  let isFreed = false;
  const free = (): void => {
    if (!isFreed) places.taken -= 1;
    isFreed = true;
  };
  // Whichever comes: a sender that goes away gets no answer.
  reply.raw.once('finish', free);
  reply.raw.once('close', free);
  return true;
}

async function readBody(
  request: FastifyRequest,
  payload: FastifyRequest['raw'],
): Promise<Uint8Array> {
  const bytesMax = request.routeOptions.config.rawBody?.(request) ?? null;
  if (bytesMax === null) throw new CodedError('media_type_unsupported');
  if (Number(request.headers['content-length'] ?? 0) > bytesMax) throw tooLarge(bytesMax);
  return collect(payload, (size) => {
    if (size > bytesMax) return tooLarge(bytesMax);
    const isLarge = size > LIMITS.bodyBytesMax;
    if (!isLarge || request.admitLarge === null) return null;
    if (!request.admitLarge()) return new CodedError('not_stored');
    request.admitLarge = null;
    return null;
  });
}

function tooLarge(bytesMax: number): CodedError {
  return new CodedError('body_too_large', {
    message: `The body is larger than ${bytesMax} bytes, which one request may have.`,
  });
}

/** What is over the bound is let pass unread: ended here, the answer could not be sent. */
function collect(
  payload: FastifyRequest['raw'],
  findFault: (size: number) => CodedError | null,
): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const stop = (): void => {
      payload.off('data', onData);
      payload.off('end', onEnd);
      payload.off('close', onLost);
    };
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      const fault = findFault(size);
      if (fault === null) {
        chunks.push(chunk);
        return;
      }
      stop();
      payload.resume();
      reject(fault);
    };
    const onEnd = (): void => {
      stop();
      resolve(Buffer.concat(chunks));
    };
    const onLost = (): void => {
      stop();
      reject(new CodedError('bad_request'));
    };
    payload.on('data', onData);
    payload.once('end', onEnd);
    payload.once('error', onLost);
    payload.once('close', onLost);
  });
}

/** They would be with whatever the kind of source keeps of its headers. */
const CREDENTIALS: readonly string[] = ['authorization', 'proxy-authorization', 'cookie'];

/** The request, for what reads it as it came. */
export function rawRequestOf(request: FastifyRequest): {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
} {
  const { method, body, givenContentType } = request;
  const headers = Object.entries({ ...request.headers, 'content-type': givenContentType })
    .filter(([name]) => !CREDENTIALS.includes(name))
    .flatMap(([name, value]): [string, string][] => {
      if (value === undefined || value === null) return [];
      return [[name, Array.isArray(value) ? value.join(', ') : value]];
    });
  return {
    method,
    headers: Object.fromEntries(headers),
    body: body instanceof Uint8Array ? body : new Uint8Array(),
  };
}

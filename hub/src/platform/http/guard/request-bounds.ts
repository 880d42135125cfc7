/**
 * What is refused before a body is read: more headers than anybody needs (Node would drop those
 * beyond its own bound without a word, and one of them may be the credential), two hosts (Node
 * would take the first, a proxy in front of us maybe the other), and bodies that are packed.
 * Nothing is unpacked here, so nothing small can become large.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { CodedError } from '#kernel/error-codes.ts';
import { LIMITS } from '#kernel/limits.ts';

export function boundRequests(server: FastifyInstance): void {
  // Ours counts; the bytes of all headers are bounded too.
  server.server.maxHeadersCount = 0;
  server.addHook('onRequest', (request, _reply, done) => {
    done(findFault(request));
  });
}

function findFault({ raw, headers }: FastifyRequest): CodedError | undefined {
  const names = raw.rawHeaders.filter((_text, at) => at % 2 === 0);
  if (names.length > LIMITS.headersMax) {
    return new CodedError('headers_too_large', { message: TOO_MANY });
  }
  if (names.filter((name) => name.toLowerCase() === 'host').length > 1) {
    return new CodedError('bad_request', { message: 'The request names two hosts.' });
  }
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  const isPacked = encoding !== 'identity' && encoding !== '';
  return isPacked ? new CodedError('media_type_unsupported', { message: PACKED }) : undefined;
}

const TOO_MANY = `A request has at most ${LIMITS.headersMax} headers.`;
const PACKED = 'Bodies are read as they are: send it without Content-Encoding.';

/**
 * Pages with forms, for people without a console. A form is read here and nowhere else, and what
 * is refused is told in words, by a page, not in JSON.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { LIMITS } from '#kernel/limits.ts';
import { toCodedError } from './http-server.ts';

export type SendFault = (error: unknown, request: FastifyRequest, reply: FastifyReply) => unknown;

/** `register` adds the routes of the pages; a fault of ours goes the way of all others. */
export function registerPages(
  server: FastifyInstance,
  sendFault: SendFault,
  register: (scope: FastifyInstance) => void,
): void {
  server.register((scope, _options, done) => {
    scope.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: LIMITS.formBytesMax },
      (_request, body, parsed) => parsed(null, parseForm(String(body))),
    );
    scope.setErrorHandler((error, request, reply) => {
      if (toCodedError(error, request.method).code === 'internal') throw error;
      return sendFault(error, request, reply);
    });
    register(scope);
    done();
  });
}

function parseForm(body: string): Readonly<Record<string, string>> {
  return Object.fromEntries(new URLSearchParams(body));
}

/**
 * `GET /api/v1/stream`: who may listen, to what, and from where on. What flows is
 * app/stream/streams.ts. Errors before the first byte have the shape of every other answer.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Credential } from '#access/authenticate.ts';
import { streamQuery } from '#contract/stream/stream.ts';
import { parseWire } from '#contract/wire.ts';
import { projectId } from '#kernel/id.ts';
import { LIMITS } from '#kernel/limits.ts';
import { openEventStream } from '#platform/http/event-stream.ts';
import { principalOf } from '#platform/http/http-server.ts';
import { accept, readableProjects } from '#platform/http/resource.ts';
import { parseCursor } from './stream-text.ts';
import type { Streams } from './streams.ts';

export function registerStreamRoutes(
  server: FastifyInstance,
  streams: Streams,
  readCredential: (request: FastifyRequest) => Credential | null,
): void {
  // The server waits for open answers when it closes.
  server.addHook('preClose', (done) => {
    streams.stop();
    done();
  });
  // A HEAD would stay open like a GET, and never be answered.
  const config = { config: { access: 'read' }, exposeHeadRoute: false } as const;
  server.get('/api/v1/stream', config, async (request, reply) => {
    const query = accept(parseWire(streamQuery, request.query));
    const principal = principalOf(request);
    readableProjects(principal, query.project_id);
    const listening = {
      principal,
      credential: readCredential(request),
      filter: {
        projectId: query.project_id === null ? null : projectId(query.project_id),
        severity: query.severity,
        deviceId: query.device_id,
        cameraId: query.camera_id,
      },
      cursorAt: parseCursor(readLastId(request) ?? query.cursor),
    };
    streams.open(listening, (onClose) => openEventStream(reply, onClose));
  });
}

/** What a client says it had last; a browser says it by itself when it comes again. */
function readLastId({ headers }: FastifyRequest): string | null {
  const given = [headers['last-event-id'] ?? []].flat().at(-1);
  return given === undefined || given.length > LIMITS.identifierCharsMax ? null : given;
}

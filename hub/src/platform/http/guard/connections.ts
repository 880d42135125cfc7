/**
 * How many connections are open at once. At the bound a new one is let in all the same, and one
 * goes that nobody known stands behind: the one that has been quiet for longest. So whoever opens
 * connections and says nothing shuts out only others of the kind, and an alarm still gets in.
 * Danger: a connection whose request has a principal is never closed here, not even a stream.
 * Emits: `onDropped` for each that had to go.
 */
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';

export type ConnectionBounds = {
  readonly connectionsMax: number;
  readonly onDropped: () => void;
};

/** Its requests under way: all of them, and those with a principal. */
type Traffic = { all: number; known: number };

export function boundConnections(server: FastifyInstance, bounds: ConnectionBounds): void {
  const open = new Map<Socket, Traffic>();
  /** Those without a principal, the quietest first. */
  const quiet = new Set<Socket>();

  const forget = (socket: Socket): void => {
    open.delete(socket);
    quiet.delete(socket);
  };

  server.server.on('connection', (socket: Socket) => {
    if (open.size >= bounds.connectionsMax) {
      const [quietest = socket] = quiet;
      forget(quietest);
      quietest.destroy();
      bounds.onDropped();
      if (quietest === socket) return;
    }
    open.set(socket, { all: 0, known: 0 });
    quiet.add(socket);
    socket.once('close', () => forget(socket));
  });

  const note = (socket: Socket, change: Traffic): void => {
    const traffic = open.get(socket);
    if (traffic === undefined) return;
    traffic.all += change.all;
    traffic.known += change.known;
    quiet.delete(socket);
    if (traffic.known === 0) quiet.add(socket);
  };

  const known = new WeakSet<FastifyRequest>();
  server.addHook('onRequest', (request, _reply, done) => {
    note(request.raw.socket, { all: 1, known: 0 });
    done();
  });
  // After the hooks that find out who it is, and before the body is read.
  server.addHook('preParsing', async (request) => {
    if (request.principal === null) return;
    known.add(request);
    note(request.raw.socket, { all: 0, known: 1 });
  });
  server.addHook('onResponse', (request, _reply, done) => {
    note(request.raw.socket, { all: -1, known: known.has(request) ? -1 : 0 });
    done();
  });
  // Whoever has not asked anything yet is not waited for: Node takes only those for idle that have.
  server.addHook('preClose', (done) => {
    for (const [socket, { all }] of open) if (all === 0) socket.destroy();
    done();
  });
}

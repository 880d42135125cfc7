/** The connection between a hub and its database, which a test can cut, mend and stall. */
import { once } from 'node:events';
import { connect, createServer, type NetConnectOpts, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import pg from 'pg';
import { type ConnectionSettings, toClientConfig } from '#platform/postgres/postgres.ts';
import { startTestHub, type TestHub } from '#test/support/hub.ts';

export type Wire = {
  readonly connectThrough: (connection: ConnectionSettings) => Promise<ConnectionSettings>;
  /** Breaks all connections; new ones are refused. */
  readonly cut: () => Promise<void>;
  readonly mend: () => Promise<void>;
  /** Nothing goes through any more, and nobody is told: a machine that has lost its network. */
  readonly stall: () => void;
};

/** A TCP port between the hub and its database. */
function createWire(t: TestContext): Wire {
  const sockets = new Set<Socket>();
  let behind: NetConnectOpts = { port: 0 };
  let port = 0;
  const server = createServer((near) => {
    const far = connect(behind);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far).pipe(near);
  });
  const listen = async (): Promise<void> => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (typeof address === 'object' && address !== null) port = address.port;
  };
  const cut = async (): Promise<void> => {
    server.close();
    for (const socket of sockets) socket.destroy();
    await once(server, 'close');
  };
  t.after(() => (server.listening ? cut() : undefined));
  const stall = (): void => {
    for (const socket of sockets) socket.unpipe().pause();
  };
  return {
    connectThrough: async (connection) => {
      const {
        host,
        port: behindPort,
        user,
        database,
        password,
      } = new pg.Client(toClientConfig(connection));
      const socketPath = `${host}/.s.PGSQL.${behindPort}`;
      behind = host.startsWith('/') ? { path: socketPath } : { host, port: behindPort };
      await listen();
      const near = { host: '127.0.0.1', port, user: user ?? '', database: database ?? '' };
      return typeof password === 'string' ? { ...near, password } : near;
    },
    cut,
    mend: listen,
    stall,
  };
}

/** A hub whose database a test can take away. */
export async function startOnWire(t: TestContext): Promise<{ hub: TestHub; wire: Wire }> {
  const wire = createWire(t);
  const hub = await startTestHub(t, { connectThrough: wire.connectThrough });
  return { hub, wire };
}

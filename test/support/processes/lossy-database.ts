/**
 * Stands between a hub and its database, and loses the answer to a commit when told to: what was
 * committed is committed, and the hub cannot know it.
 */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { assert } from '#kernel/decision.ts';
import type { ConnectionSettings } from '#platform/postgres/postgres.ts';

export type LossyDatabase = {
  readonly connection: ConnectionSettings;
  /** The next commit that follows these words on its connection loses its answer. */
  readonly loseCommitAfter: (words: string) => void;
  readonly lostCount: () => number;
  readonly stop: () => Promise<void>;
};

export async function startLossyDatabase(behind: ConnectionSettings): Promise<LossyDatabase> {
  assert(!('url' in behind), 'a test database is reached by host and port');
  let words: string | null = null;
  let lost = 0;
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = behind.host.startsWith('/')
      ? connect(join(behind.host, `.s.PGSQL.${behind.port}`))
      : connect(behind.port, behind.host);
    let isArmed = false;
    let isLosing = false;
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => {
        near.destroy();
        far.destroy();
      });
    }
    near.on('data', (part: Buffer) => {
      if (words !== null && part.includes(words)) isArmed = true;
      if (isArmed && part.includes('commit\0')) {
        words = null;
        isLosing = true;
      }
      far.write(part);
    });
    far.on('data', (part: Buffer) => {
      if (!isLosing) near.write(part);
      else if (part.includes('COMMIT\0')) {
        lost += 1;
        near.destroy();
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert(typeof address === 'object' && address !== null, 'it listens on a port');
  return {
    connection: { ...behind, host: '127.0.0.1', port: address.port },
    loseCommitAfter: (wanted) => {
      words = wanted;
    },
    lostCount: () => lost,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

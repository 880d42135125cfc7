/**
 * The target of the webhooks: counts what arrives, by the id that stays the same over retries,
 * and checks each signature with code of its own. `/held` keeps its next request open until it is
 * released or the sender is gone; that is how a kill lands inside a send.
 */
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text as readAll } from 'node:stream/consumers';

export type WebhookTarget = {
  readonly url: (path: '/quick' | '/held') => string;
  /** What the channels sign with, as the hub has said. */
  readonly trust: (secrets: readonly string[]) => void;
  /** How often each notification has arrived, whole and signed. */
  readonly counts: ReadonlyMap<string, number>;
  /** Requests whose signature did not fit. */
  readonly unsignedCount: () => number;
  /** From now on the next request to `/held` waits; resolves when it has arrived. */
  readonly holdNext: () => Promise<void>;
  readonly release: () => void;
  readonly close: () => Promise<void>;
};

export async function startWebhookTarget(): Promise<WebhookTarget> {
  const counts = new Map<string, number>();
  const held = new Set<ServerResponse>();
  let keys: readonly Buffer[] = [];
  let unsignedCount = 0;
  let onHeld: (() => void) | null = null;

  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = await readAll(request);
    const id = String(request.headers['webhook-id']);
    if (!isSigned(request, text, keys)) unsignedCount += 1;
    else counts.set(id, (counts.get(id) ?? 0) + 1);
    if (request.url !== '/held' || onHeld === null) {
      response.writeHead(204).end();
      return;
    }
    held.add(response);
    response.once('close', () => held.delete(response));
    onHeld();
    onHeld = null;
  }

  const server = createServer((request, response) => {
    take(request, response).catch(() => request.socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: (path) => `http://127.0.0.1:${port}${path}`,
    trust: (secrets) => {
      keys = secrets.map((secret) => Buffer.from(secret.slice('whsec_'.length), 'base64'));
    },
    counts,
    unsignedCount: () => unsignedCount,
    holdNext: () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      onHeld = resolve;
      return promise;
    },
    release: () => {
      onHeld = null;
      for (const response of held) response.writeHead(204).end();
      held.clear();
    },
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function isSigned(request: IncomingMessage, text: string, keys: readonly Buffer[]): boolean {
  const { headers } = request;
  const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${text}`;
  return keys.some((key) => {
    const mac = createHmac('sha256', key).update(signed).digest('base64');
    return headers['webhook-signature'] === `v1,${mac}`;
  });
}

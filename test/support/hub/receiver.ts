/**
 * The other end of a webhook channel: a real HTTP server on this machine that keeps what it gets
 * and answers as it is told. It checks signatures by itself, not with the product's code.
 * Danger: a held request keeps its connection open until `drop`, `release` or `close`.
 */
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { text as readAll } from 'node:stream/consumers';
import type { Instant } from '#kernel/instant.ts';
import { isJsonObject, type JsonObject, parseJson } from '#kernel/syntax/json.ts';
import type { Clock } from '#kernel/ports.ts';

/** What channels in tests are given, unless a test wants another. */
export const WEBHOOK_SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

export type Received = {
  readonly path: string;
  /** By the clock of the test. */
  readonly at: Instant;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly body: JsonObject;
  /** `data` of the body. */
  readonly data: JsonObject;
  readonly webhookId: string;
  readonly timestampS: number;
  readonly isSigned: boolean;
};

/** A status, or held without an answer, or the connection broken off after the request. */
export type Answering =
  | number
  | { readonly status: number; readonly headers: Readonly<Record<string, string>> }
  | 'hang'
  | 'reset';

export type Receiver = {
  readonly url: (path: string) => string;
  /** In the order of arrival; all paths, or one. */
  readonly received: (path?: string) => readonly Received[];
  /** For the next requests on that path, one each; then 200 again. */
  readonly answerNext: (path: string, ...answers: readonly Answering[]) => void;
  readonly answerAlways: (path: string, answer: Answering) => void;
  readonly heldCount: () => number;
  /** Breaks the connections of held requests. */
  readonly drop: () => void;
  /** Answers held requests with 200 after all; all paths, or one. */
  readonly release: (path?: string) => void;
  readonly close: () => Promise<void>;
};

export async function startReceiver(clock: Clock): Promise<Receiver> {
  const received: Received[] = [];
  const planned = new Map<string, Answering[]>();
  const standing = new Map<string, Answering>();
  const held = new Set<ServerResponse>();

  function takeAnswer(path: string): Answering {
    return planned.get(path)?.shift() ?? standing.get(path) ?? 200;
  }

  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = await readAll(request);
    const path = request.url ?? '/';
    received.push(parseReceived(text, { path, at: clock.now(), headers: request.headers }));
    const answer = takeAnswer(path);
    if (answer === 'reset') {
      request.socket.destroy();
    } else if (answer === 'hang') {
      held.add(response);
      response.once('close', () => held.delete(response));
    } else {
      const plan = typeof answer === 'number' ? { status: answer, headers: {} } : answer;
      response.writeHead(plan.status, plan.headers).end();
    }
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
    received: (path) => received.filter((one) => path === undefined || one.path === path),
    answerNext: (path, ...answers) => {
      planned.set(path, [...(planned.get(path) ?? []), ...answers]);
    },
    answerAlways: (path, answer) => standing.set(path, answer),
    heldCount: () => held.size,
    drop: () => {
      for (const response of held) response.socket?.destroy();
      held.clear();
    },
    release: (path) => {
      for (const response of held) {
        if (path !== undefined && response.req.url !== path) continue;
        held.delete(response);
        response.writeHead(200).end();
      }
    },
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

type Arrival = Pick<Received, 'path' | 'at' | 'headers'>;

function parseReceived(text: string, arrival: Arrival): Received {
  const { headers } = arrival;
  const reading = parseJson(text);
  const body = reading.ok && isJsonObject(reading.value) ? reading.value : {};
  const data = body['data'];
  const webhookId = String(headers['webhook-id']);
  const stamp = String(headers['webhook-timestamp']);
  const key = Buffer.from(WEBHOOK_SECRET.slice('whsec_'.length), 'base64');
  const mac = createHmac('sha256', key).update(`${webhookId}.${stamp}.${text}`).digest('base64');
  return {
    ...arrival,
    text,
    body,
    data: isJsonObject(data) ? data : {},
    webhookId,
    timestampS: Number(stamp),
    isSigned: headers['webhook-signature'] === `v1,${mac}`,
  };
}

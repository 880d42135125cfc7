/**
 * A client of the live stream for tests: a plain connection to a hub that listens, and the events
 * that have come over it. It does not come again by itself.
 * Danger: a hub ends its streams when it closes; a reader that was paused has to be ended before.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type ClientRequest, get, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { text as readAll } from 'node:stream/consumers';
import { isJsonObject, type JsonObject, parseJson } from '#kernel/syntax/json.ts';
import { until } from '#test/support/until.ts';
import { textOf } from '#test/support/hub/calls.ts';
import { ADMIN_KEY, type TestNode } from '#test/support/hub/nodes.ts';

export type StreamEvent = {
  readonly name: string;
  readonly id: string;
  readonly data: JsonObject;
};

export type StreamReader = {
  readonly headers: IncomingHttpHeaders;
  /** All that have come, or those of one name. */
  readonly events: (name?: string) => readonly StreamEvent[];
  /** `title STATUS v3` for each alert that was told. */
  readonly told: () => readonly string[];
  readonly lastId: () => string;
  /** Runs the node's beat until so many events of that name have come. */
  readonly waitFor: (name: string, count?: number) => Promise<StreamEvent>;
  /** Takes nothing from the connection any more. */
  readonly pause: () => void;
  readonly resume: () => void;
  readonly isEnded: () => boolean;
  readonly ended: () => Promise<void>;
  readonly close: () => void;
};

export type StreamOptions = {
  readonly key?: string | null;
  readonly lastId?: string;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
};

/** Where a node listens; it starts to when it does not. */
export async function listenOn({ hub }: TestNode): Promise<string> {
  if (!hub.server.server.listening) await hub.server.listen({ port: 0, host: '127.0.0.1' });
  const address = hub.server.server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return `http://127.0.0.1:${address.port}`;
}

export async function openStream(
  node: TestNode,
  options: StreamOptions = {},
): Promise<StreamReader> {
  const { request, response } = await ask(node, options);
  assert.equal(response.statusCode, 200);
  let rest = '';
  let isEnded = false;
  const events: StreamEvent[] = [];
  response.setEncoding('utf8');
  response.on('data', (chunk: string) => {
    const blocks = (rest + chunk).split('\n\n');
    rest = blocks.pop() ?? '';
    events.push(...blocks.flatMap(parseBlock));
  });
  response.on('error', () => undefined);
  response.once('close', () => {
    isEnded = true;
  });
  const named = (name?: string) => events.filter((one) => name === undefined || one.name === name);
  return {
    headers: response.headers,
    events: named,
    told: () => named('alert').map(({ data }) => renderTold(data)),
    lastId: () => events.at(-1)?.id ?? '',
    waitFor: async (name, count = 1) => {
      await node.hub.runStreamOnce();
      const what = `${count} of the event ${name} have come`;
      await until(() => named(name).length >= count, { what });
      return named(name)[count - 1] ?? assert.fail(what);
    },
    pause: () => response.pause(),
    resume: () => response.resume(),
    isEnded: () => isEnded,
    ended: async () => {
      if (!isEnded) await once(response, 'close');
    },
    close: () => request.destroy(),
  };
}

/** The answer to a stream that is refused. */
export async function refuseStream(node: TestNode, options: StreamOptions = {}) {
  const { response } = await ask(node, options);
  const reading = parseJson(await readAll(response));
  assert.ok(reading.ok && isJsonObject(reading.value));
  const { error } = reading.value;
  return { status: response.statusCode, code: isJsonObject(error) ? error['code'] : null };
}

type Asked = { readonly request: ClientRequest; readonly response: IncomingMessage };

async function ask(node: TestNode, options: StreamOptions): Promise<Asked> {
  const key = options.key === undefined ? ADMIN_KEY : options.key;
  const headers = {
    ...options.headers,
    ...(key === null ? {} : { authorization: `Bearer ${key}` }),
    ...(options.lastId === undefined ? {} : { 'last-event-id': options.lastId }),
  };
  const url = `${await listenOn(node)}/api/v1/stream${options.query ?? ''}`;
  const request = get(url, { headers, agent: false });
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve);
    request.once('error', reject);
  });
  request.on('error', () => undefined);
  return { request, response };
}

function parseBlock(block: string): readonly StreamEvent[] {
  const fields = new Map(
    block.split('\n').map((line) => {
      const colon = line.indexOf(': ');
      return [line.slice(0, colon), line.slice(colon + 2)] as const;
    }),
  );
  const name = fields.get('event');
  if (name === undefined) return [];
  const reading = parseJson(fields.get('data') ?? '');
  assert.ok(reading.ok && isJsonObject(reading.value), block);
  return [{ name, id: fields.get('id') ?? '', data: reading.value }];
}

function renderTold(alert: JsonObject): string {
  const { title, status, version } = alert;
  return `${textOf(title)} ${textOf(status)} v${Number(version)}`;
}

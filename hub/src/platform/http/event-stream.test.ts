/** One open answer, over a real connection of this machine. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { test, type TestContext } from 'node:test';
import Fastify from 'fastify';
import { LIMITS } from '#kernel/limits.ts';
import { until } from '#test/support/until.ts';
import { type EventStream, openEventStream } from './event-stream.ts';

type Opened = {
  readonly stream: EventStream;
  readonly response: IncomingMessage;
  readonly closedCount: () => number;
  readonly text: () => string;
  readonly closeServer: () => Promise<void>;
};

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const LARGE = bytes('x'.repeat(64 * 1024));

async function openOne(t: TestContext): Promise<Opened> {
  const server = Fastify();
  const opened = Promise.withResolvers<EventStream>();
  let closedCount = 0;
  server.addHook('onRequest', (_request, reply, done) => {
    reply.header('cache-control', 'no-store');
    done();
  });
  server.get('/stream', (_request, reply) => {
    const onClose = () => {
      closedCount += 1;
    };
    opened.resolve(openEventStream(reply, onClose));
  });
  const url = await server.listen({ port: 0, host: '127.0.0.1' });
  t.after(() => server.close());
  const request = get(`${url}/stream`, { agent: false });
  request.on('error', () => undefined);
  const stream = await opened.promise;
  const response = await new Promise<IncomingMessage>((resolve) => {
    request.once('response', resolve);
  });
  response.on('error', () => undefined);
  let text = '';
  response.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  return {
    stream,
    response,
    closedCount: () => closedCount,
    text: () => text,
    closeServer: () => server.close(),
  };
}

/** Until the pipes of both ends are full and our own buffer begins to fill. */
function fill(stream: EventStream): void {
  for (let count = 0; count < 1_000 && stream.waitingBytes() === 0; count += 1) {
    stream.send([LARGE]);
  }
  assert.ok(stream.waitingBytes() > 0, 'the reader takes nothing');
}

test('the headers go out before there is anything to say', async (t) => {
  const { response, stream } = await openOne(t);
  assert.equal(response.statusCode, 200);
  assert.equal(response.headers['content-type'], 'text/event-stream; charset=utf-8');
  assert.equal(response.headers['x-accel-buffering'], 'no');
  assert.equal(response.headers['cache-control'], 'no-store', 'those of every answer are there');
  stream.end();
});

test('frames arrive whole and in order, one by one and many at once', async (t) => {
  const { stream, text } = await openOne(t);
  assert.equal(stream.send([bytes('a\n\n')]), true);
  assert.equal(stream.send([bytes('b\n\n'), bytes('ü\n\n')]), true);
  await until(() => text() === 'a\n\nb\n\nü\n\n', { what: 'all frames have arrived' });
  stream.end();
});

test('what does not fit is not taken, not even in part', async (t) => {
  const { stream, response, text } = await openOne(t);
  const tooMuch = Array.from(
    { length: LIMITS.streamBufferBytesMax / LARGE.byteLength + 1 },
    () => LARGE,
  );
  assert.equal(stream.send(tooMuch), false);
  response.pause();
  fill(stream);
  while (stream.send([LARGE])) assert.ok(stream.waitingBytes() <= LIMITS.streamBufferBytesMax);
  const waiting = stream.waitingBytes();
  assert.equal(stream.send([LARGE]), false);
  assert.equal(stream.waitingBytes(), waiting);
  response.resume();
  await until(() => stream.waitingBytes() === 0, { what: 'the reader has taken it all' });
  assert.equal(stream.send([bytes('END')]), true);
  await until(() => text().endsWith('END'), { what: 'it goes on' });
  stream.end();
});

test('a reader that breaks off is told once, and takes nothing any more', async (t) => {
  const { stream, response, closedCount } = await openOne(t);
  response.destroy();
  await until(() => closedCount() > 0, { what: 'the end is noticed' });
  assert.equal(stream.send([bytes('late')]), false);
  stream.end();
  assert.equal(closedCount(), 1);
});

test('an end is the end of the connection, and of nothing else', async (t) => {
  const { stream, response, closedCount, text } = await openOne(t);
  stream.send([bytes('last\n\n')]);
  await until(() => text() === 'last\n\n', { what: 'the last frame has arrived' });
  stream.end();
  await once(response, 'close');
  assert.equal(response.complete, true, 'the answer is whole');
  await until(() => closedCount() === 1, { what: 'the end is told' });
  stream.end();
  assert.equal(stream.send([bytes('late')]), false);
});

test('a server closes although a reader stands still, once its stream is ended', async (t) => {
  const { stream, response, closeServer } = await openOne(t);
  response.pause();
  fill(stream);
  stream.end();
  await closeServer();
});

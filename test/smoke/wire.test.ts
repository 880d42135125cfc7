/** Real sockets: what is no HTTP, or only half of it, harms nobody. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text as readAll } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { LIMITS } from '#kernel/limits.ts';
import { startTestHub, type TestHub } from '#test/support/hub.ts';
import { ADMIN_KEY } from '#test/support/hub/nodes.ts';
import { until } from '#test/support/until.ts';

async function startListening(t: TestContext): Promise<{ hub: TestHub; port: number }> {
  const hub = await startTestHub(t);
  const url = await hub.node.hub.server.listen({ host: '127.0.0.1', port: 0 });
  return { hub, port: Number(new URL(url).port) };
}

/** Sends these bytes, and reads until the hub closes the connection. */
async function exchange(port: number, sent: string): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.write(sent);
  return readAll(socket);
}

function renderPost(body: string, headers: readonly string[] = []): string {
  const own = ['Host: tocsin', `Authorization: Bearer ${ADMIN_KEY}`, 'Connection: close'];
  const type = 'Content-Type: application/json';
  const length = headers.some((line) => /^(content-length|transfer)/i.test(line))
    ? []
    : [`Content-Length: ${Buffer.byteLength(body)}`];
  const lines = ['POST /api/v1/alerts HTTP/1.1', ...own, type, ...length, ...headers];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

const BODY = '{"title":"Fall"}';

test('a good request over a real socket is answered when it is stored', async (t) => {
  const { hub, port } = await startListening(t);
  const answer = await exchange(port, renderPost(BODY));
  assert.match(answer, /^HTTP\/1\.1 201 /);
  assert.match(answer, /\r\nx-content-type-options: nosniff\r\n/i);
  assert.equal(await hub.countRows('alert'), 1);
});

test('a chunked body is read like any other', async (t) => {
  const { hub, port } = await startListening(t);
  const chunks = `${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\n\r\n`;
  const answer = await exchange(port, renderPost(chunks, ['Transfer-Encoding: chunked']));
  assert.match(answer, /^HTTP\/1\.1 201 /);
  assert.equal(await hub.countRows('alert'), 1);
});

test('what is no HTTP is refused, and the next request works', async (t) => {
  const { hub, port } = await startListening(t);
  const smuggled = ['Content-Length: 16', 'Transfer-Encoding: chunked'];
  for (const [sent, status] of [
    ['\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', /^HTTP\/1\.1 400 /],
    ['GET / HTTP/9.9\r\n\r\n', /^HTTP\/1\.1 (400|505) /],
    [renderPost(BODY, smuggled), /^HTTP\/1\.1 400 /],
    [renderPost(BODY, ['Content-Length: -1']), /^HTTP\/1\.1 400 /],
    [renderPost(BODY, [`X-Long: ${'x'.repeat(LIMITS.headerBytesMax)}`]), /^HTTP\/1\.1 431 /],
  ] as const) {
    const answer = await exchange(port, sent);
    assert.match(answer, status);
    assert.doesNotMatch(answer, /node_modules|\.ts:|at async/);
  }
  assert.equal(await hub.countRows('event'), 0);
  assert.match(await exchange(port, renderPost(BODY)), /^HTTP\/1\.1 201 /);
});

test('a body that breaks off is never stored, though what came of it is good JSON', async (t) => {
  const { hub, port } = await startListening(t);
  const cut = connect({ port, host: '127.0.0.1' });
  cut.end(renderPost(BODY, ['Content-Length: 400']));
  assert.doesNotMatch(await readAll(cut), /^HTTP\/1\.1 2/);
  assert.match(await exchange(port, renderPost(BODY)), /^HTTP\/1\.1 201 /);
  assert.equal(await hub.countRows('event'), 1);
});

test('a body announced as too large is refused before it is sent', async (t) => {
  const { hub, port } = await startListening(t);
  const answer = await exchange(port, renderPost('', ['Content-Length: 4294967296']));
  assert.match(answer, /^HTTP\/1\.1 413 /);
  assert.match(answer, /"code":"body_too_large"/);
  assert.equal(await hub.countRows('event'), 0);
});

test('a sender that hangs up before its answer has still raised the alarm', async (t) => {
  const { hub, port } = await startListening(t);
  const socket = connect({ port, host: '127.0.0.1' });
  await once(socket, 'connect');
  socket.write(renderPost(BODY), () => socket.destroy());
  await until(async () => (await hub.countRows('alert')) === 1, { what: 'the alarm is stored' });
  await hub.settle();
  assert.equal(hub.receiver.received().length, 1);
});

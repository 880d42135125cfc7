/** Real sockets: bounds of a request, shapes of smuggling, and connections that say nothing. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, test, type TestContext } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { LIMITS } from '#kernel/limits.ts';
import type { Principal } from '#kernel/principal.ts';
import { createHttpServer, type HttpServerOptions } from '#platform/http/http-server.ts';
import { createRecordingLog } from '#test/support/log.ts';

const PRINCIPAL: Principal = {
  principalId: 'p',
  name: 'p',
  authMethod: 'api_key',
  role: 'viewer',
  projects: 'all',
  source: null,
};

function createServer(more: Partial<HttpServerOptions> = {}): FastifyInstance {
  const server = createHttpServer({
    log: createRecordingLog(),
    authenticate: async (request) =>
      request.headers.authorization === undefined ? null : PRINCIPAL,
    onAnswer: () => undefined,
    ...more,
  });
  server.get('/open', { config: { access: 'public' } }, () => ({ is: 'open' }));
  server.post('/open', { config: { access: 'public' } }, (request) => ({ got: request.body }));
  server.post('/things', { config: { access: 'operate' } }, () => ({}));
  server.delete('/hub', { config: { access: 'administer_hub' } }, () => ({}));
  return server;
}

async function listen(t: TestContext, server = createServer()): Promise<number> {
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  t.after(() => server.close());
  return Number(new URL(url).port);
}

async function exchange(port: number, sent: string): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' });
  const parts: Buffer[] = [];
  socket.on('data', (part) => parts.push(part));
  // Whoever is refused early cannot send the rest.
  socket.on('error', () => undefined);
  socket.write(sent);
  await new Promise((resolve) => socket.once('close', resolve));
  return Buffer.concat(parts).toString();
}

const HEAD = 'Host: tocsin\r\nConnection: close\r\n';
const get = (target: string, more = '') => `GET ${target} HTTP/1.1\r\n${HEAD}${more}\r\n`;

function post(body: string, headers: string): string {
  return `POST /open HTTP/1.1\r\n${HEAD}Content-Type: application/json\r\n${headers}\r\n${body}`;
}

const CLOSED_TO_BROWSERS = [
  /\r\ncontent-security-policy: default-src 'none';[^\r]* frame-ancestors 'none'\r\n/i,
  /\r\nx-content-type-options: nosniff\r\n/i,
  /\r\nreferrer-policy: no-referrer\r\n/i,
  /\r\ncross-origin-opener-policy: same-origin\r\n/i,
  /\r\ncross-origin-resource-policy: same-origin\r\n/i,
  /\r\npermissions-policy: camera=\(\)/i,
  /\r\ncache-control: no-store\r\n/i,
];

describe('every answer', () => {
  test('tells browsers to keep their hands off, and nobody what runs here', async (t) => {
    const port = await listen(t);
    for (const [sent, status] of [
      [get('/open'), 200],
      [get('/things'), 405],
      [get('/nowhere'), 404],
      [get('/%zz'), 400],
      [post('{', 'Content-Length: 1\r\n'), 400],
      ['nonsense\r\n\r\n', 400],
      [get('/open', `X: ${'x'.repeat(LIMITS.headerBytesMax)}\r\n`), 431],
    ] as const) {
      const answer = await exchange(port, sent);
      assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `), sent.slice(0, 40));
      for (const header of CLOSED_TO_BROWSERS) assert.match(answer, header, sent.slice(0, 40));
      assert.doesNotMatch(
        answer,
        /\r\n(server|x-powered-by|via):|node|fastify|tocsin\/|\d\.\d\.\d/i,
      );
    }
  });

  test('keeps browsers to https where that is the public address, and only there', async () => {
    for (const isHttps of [true, false]) {
      const server = createServer({ isHttps: () => isHttps });
      for (const url of ['/open', '/nowhere', '/%zz']) {
        const { headers } = await server.inject(url);
        const told = headers['strict-transport-security'];
        assert.equal(told, isHttps ? 'max-age=31536000' : undefined, url);
      }
    }
  });
});

describe('a method', () => {
  test('that a path does not take is refused with those that it takes', async (t) => {
    const port = await listen(t);
    for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND']) {
      const answer = await exchange(port, `${method} /open?x=1 HTTP/1.1\r\n${HEAD}\r\n`);
      assert.match(answer, /^HTTP\/1\.1 405 /, method);
      assert.match(answer, /\r\nallow: GET, HEAD, POST\r\n/i, method);
      assert.match(answer, /"code":"method_not_allowed"/, method);
      assert.match(answer, /"hint":"It takes GET, HEAD, POST\."/, method);
    }
  });

  test('that nobody knows, and a tunnel, get nothing', async (t) => {
    const port = await listen(t);
    assert.match(await exchange(port, `BREW /open HTTP/1.1\r\n${HEAD}\r\n`), /^HTTP\/1\.1 400 /);
    const tunnel = await exchange(port, `CONNECT evil.example:443 HTTP/1.1\r\n${HEAD}\r\n`);
    assert.doesNotMatch(tunnel, /^HTTP\/1\.1 2/);
  });

  test('of a stranger is refused before the body is read', async (t) => {
    const port = await listen(t);
    const sent = `PUT /open HTTP/1.1\r\n${HEAD}Content-Length: 4000000\r\n\r\n`;
    assert.match(await exchange(port, sent), /^HTTP\/1\.1 405 /);
  });
});

describe('bounds of a request', () => {
  const pad = (bytes: number) => 'x'.repeat(bytes);

  test('headers may be many and large, and not more than that', async (t) => {
    const port = await listen(t);
    const many = (count: number) => 'X-A: 1\r\n'.repeat(count);
    // Host and Connection are two of them.
    assert.match(
      await exchange(port, get('/open', many(LIMITS.headersMax - 2))),
      /^HTTP\/1\.1 200/,
    );
    const over = await exchange(port, get('/open', many(LIMITS.headersMax - 1)));
    assert.match(over, /^HTTP\/1\.1 431 .*"code":"headers_too_large"/s);
    const far = await exchange(port, get('/open', 'a:1\r\n'.repeat(2_500)));
    assert.match(far, /^HTTP\/1\.1 431 /);
    const large = await exchange(port, get('/open', `X: ${pad(LIMITS.headerBytesMax - 200)}\r\n`));
    assert.match(large, /^HTTP\/1\.1 200 /);
    const larger = await exchange(port, get('/open', `X: ${pad(LIMITS.headerBytesMax)}\r\n`));
    assert.match(larger, /^HTTP\/1\.1 431 .*"code":"headers_too_large"/s);
  });

  test('so may the address', async (t) => {
    const port = await listen(t);
    const long = await exchange(port, get(`/open?${pad(LIMITS.headerBytesMax - 200)}`));
    assert.match(long, /^HTTP\/1\.1 200 /);
    const longer = await exchange(port, get(`/open?${pad(LIMITS.headerBytesMax)}`));
    assert.match(longer, /^HTTP\/1\.1 431 /);
  });

  test('a body is read up to its bound, announced or in chunks', async (t) => {
    const port = await listen(t);
    const quoted = (bytes: number) => `"${pad(bytes - 2)}"`;
    const chunked = (body: string) => `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
    for (const [bytes, status] of [
      [LIMITS.bodyBytesMax, 200],
      [LIMITS.bodyBytesMax + 1, 413],
    ] as const) {
      const body = quoted(bytes);
      // What is announced as too large need not be sent.
      const sent = status === 200 ? body : '';
      const answer = await exchange(port, post(sent, `Content-Length: ${bytes}\r\n`));
      assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `));
      const parts = await exchange(port, post(chunked(body), 'Transfer-Encoding: chunked\r\n'));
      assert.match(parts, new RegExp(`^HTTP/1\\.1 ${status} `));
    }
  });

  test('a packed body is refused, whatever it is packed with', async (t) => {
    const port = await listen(t);
    for (const encoding of ['gzip', 'br', 'deflate', 'zstd', 'identity, gzip', 'x']) {
      const answer = await exchange(
        port,
        post('{}', `Content-Length: 2\r\nContent-Encoding: ${encoding}\r\n`),
      );
      assert.match(answer, /^HTTP\/1\.1 415 .*Content-Encoding/s, encoding);
    }
    const plain = await exchange(
      port,
      post('{}', 'Content-Length: 2\r\nContent-Encoding: identity\r\n'),
    );
    assert.match(plain, /^HTTP\/1\.1 200 /);
  });
});

describe('a request that means two things', () => {
  const chunks = '2\r\n{}\r\n0\r\n\r\n';

  for (const [what, sent] of [
    ['a length and chunks', post(chunks, 'Content-Length: 2\r\nTransfer-Encoding: chunked\r\n')],
    ['chunks and a length', post(chunks, 'Transfer-Encoding: chunked\r\nContent-Length: 2\r\n')],
    ['two lengths', post('{}', 'Content-Length: 2\r\nContent-Length: 3\r\n')],
    ['a list of lengths', post('{}', 'Content-Length: 2, 2\r\n')],
    ['a length with a sign', post('{}', 'Content-Length: +2\r\n')],
    ['a folded header', post('{}', 'Content-Length: 2\r\nX-A: 1\r\n 2\r\n')],
    ['a space before the colon', post('{}', 'Content-Length : 2\r\n')],
    ['chunks twice', post(chunks, 'Transfer-Encoding: chunked, chunked\r\n')],
    ['chunks under another name', post(chunks, 'Transfer-Encoding: xchunked\r\n')],
    ['chunks that are not the last', post(chunks, 'Transfer-Encoding: chunked, gzip\r\n')],
    ['a chunk of no number', post('z\r\n{}\r\n0\r\n\r\n', 'Transfer-Encoding: chunked\r\n')],
    ['no host', 'GET /open HTTP/1.1\r\nConnection: close\r\n\r\n'],
    ['two hosts', get('/open', 'Host: evil.example\r\n')],
    ['bare line feeds', 'GET /open HTTP/1.1\nHost: tocsin\n\nGET /open HTTP/1.1\r\n\r\n'],
    ['a zero byte', get('/open', 'X-A: a\0b\r\n')],
  ] as const) {
    test(`${what}: is refused, once, and the connection is closed`, async (t) => {
      const answer = await exchange(await listen(t), `${sent}${get('/open')}`);
      assert.match(answer, /^HTTP\/1\.1 400 /, answer);
      assert.equal(answer.match(/HTTP\/1\.1 /g)?.length, 1, answer);
    });
  }

  test('whatever host and whole address it names, it reaches this hub or nothing', async (t) => {
    const port = await listen(t);
    const other = await exchange(
      port,
      'GET /open HTTP/1.1\r\nHost: evil\r\nConnection: close\r\n\r\n',
    );
    assert.match(other, /^HTTP\/1\.1 200 /);
    assert.doesNotMatch(other, /evil/);
    const whole = await exchange(port, get('http://evil.example/open'));
    assert.match(whole, /^HTTP\/1\.1 (200|400|404) /);
    assert.doesNotMatch(whole, /evil/);
  });

  test('requests sent at once are answered in their order', async (t) => {
    const two = `GET /open HTTP/1.1\r\nHost: t\r\n\r\n`;
    const answer = await exchange(await listen(t), `${two}${two}${get('/nowhere')}`);
    assert.deepEqual(answer.match(/HTTP\/1\.1 \d+/g), [
      'HTTP/1.1 200',
      'HTTP/1.1 200',
      'HTTP/1.1 404',
    ]);
  });
});

describe('slow requests', () => {
  test('have an end, and it is looked for often', () => {
    const { server } = createServer();
    assert.equal(server.headersTimeout, LIMITS.requestReceiveMaxMs);
    assert.equal(server.requestTimeout, LIMITS.requestReceiveMaxMs);
    assert.ok(LIMITS.connectionsCheckMs <= LIMITS.requestReceiveMaxMs / 4);
  });
});

describe('connections', () => {
  async function open(port: number): Promise<{ socket: Socket; closed: Promise<unknown> }> {
    const socket = connect({ port, host: '127.0.0.1' });
    const closed = once(socket, 'close');
    socket.on('error', () => undefined).resume();
    await once(socket, 'connect');
    return { socket, closed };
  }

  test('at the bound the quietest stranger goes, and whoever is new is served', async (t) => {
    let dropped = 0;
    const server = createServer({
      openConnectionsMax: 3,
      onConnectionDropped: () => {
        dropped += 1;
      },
    });
    const port = await listen(t, server);
    const accepted = async () => {
      const next = once(server.server, 'connection');
      const opened = await open(port);
      await next;
      return opened;
    };
    const first = await accepted();
    const second = await accepted();
    await accepted();
    // It says something, so it is no longer the quietest.
    first.socket.write('GET /open HTTP/1.1\r\nHost: t\r\n\r\n');
    await once(first.socket, 'data');
    assert.match(await exchange(port, get('/open')), /^HTTP\/1\.1 200 /);
    await second.closed;
    assert.equal(first.socket.destroyed, false);
    assert.equal(dropped, 1);
  });

  test('with a request of a known sender stay, and the next one waits outside', async (t) => {
    const server = createServer({ openConnectionsMax: 1 });
    const arrived = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<string>();
    server.get('/long', { config: { access: 'read' } }, () => {
      arrived.resolve();
      return answer.promise;
    });
    const port = await listen(t, server);
    const known = exchange(port, get('/long', 'Authorization: Bearer key\r\n'));
    await arrived.promise;
    const { closed } = await open(port);
    await closed;
    answer.resolve('done');
    assert.match(await known, /^HTTP\/1\.1 200 .*done$/s);
    assert.match(await exchange(port, get('/open')), /^HTTP\/1\.1 200 /);
  });
});

describe('a refusal says what to do', () => {
  test('without a key: how to come by one', async () => {
    const { body } = await createServer().inject({ method: 'POST', url: '/things' });
    assert.match(body, /`tocsin key create`/);
  });

  test('with a key that may not: which role may', async () => {
    const headers = { authorization: 'Bearer key' };
    const server = createServer();
    const thing = await server.inject({ method: 'POST', url: '/things', headers });
    assert.equal(thing.statusCode, 403);
    assert.match(thing.body, /"hint":"It takes the role operator or admin\."/);
    const hub = await server.inject({ method: 'DELETE', url: '/hub', headers });
    assert.match(hub.body, /"hint":"It takes the role admin of all projects\."/);
  });
});

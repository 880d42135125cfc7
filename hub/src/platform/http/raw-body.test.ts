import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, test, type TestContext } from 'node:test';
import { LIMITS } from '#kernel/limits.ts';
import { createRecordingLog } from '#test/support/log.ts';
import { createHttpServer } from './http-server.ts';
import { rawRequestOf } from './raw-body.ts';

const LARGE = 2 * LIMITS.bodyBytesMax;
const BEGUN = LIMITS.bodyBytesMax + 1;

function createServer() {
  const server = createHttpServer({
    log: createRecordingLog(),
    authenticate: async () => null,
    onAnswer: () => undefined,
  });
  const access = 'public' as const;
  server.post('/json', { config: { access } }, () => 'taken');
  server.route({
    method: ['POST', 'OPTIONS'],
    url: '/raw',
    config: { access, rawBody: () => LIMITS.bodyBytesMax },
    handler: (request) => {
      const { method, headers, body } = rawRequestOf(request);
      return { method, headers, hex: Buffer.from(body).toString('hex') };
    },
  });
  return server;
}

type Seen = {
  readonly method: string;
  readonly hex: string;
  readonly headers: Readonly<Record<string, string>>;
};

function parseSeen(body: string): Seen {
  return JSON.parse(body) as Seen;
}

describe('a body that is wanted as its bytes came', () => {
  test('comes so, whatever it is and whatever its sender calls it', async () => {
    const payload = Buffer.from([0x7b, 0x00, 0xff, 0x0d, 0x0a, 0x7b]);
    for (const type of ['application/json', 'text/plain; charset=latin1', 'x', 'message/rfc822']) {
      const headers = { 'content-type': type };
      const ask = { method: 'POST', url: '/raw', headers, payload } as const;
      const answer = await createServer().inject(ask);
      assert.equal(answer.statusCode, 200, answer.body);
      const { hex, headers: seen } = parseSeen(answer.body);
      assert.deepEqual([hex, seen['content-type']], [payload.toString('hex'), type]);
    }
  });

  test('may be empty, or not there at all', async () => {
    for (const method of ['POST', 'OPTIONS'] as const) {
      const answer = await createServer().inject({ method, url: '/raw' });
      assert.equal(answer.statusCode, 200, answer.body);
      const seen = parseSeen(answer.body);
      assert.deepEqual([seen.method, seen.hex], [method, '']);
      assert.equal(seen.headers['content-type'], undefined);
    }
  });

  test('brings its headers with names in lower case, without credentials', async () => {
    const answer = await createServer().inject({
      method: 'POST',
      url: '/raw',
      headers: { 'X-Mark': 'a', authorization: 'Bearer CANARY', cookie: 'CANARY=1' },
      payload: 'x',
    });
    assert.equal(parseSeen(answer.body).headers['x-mark'], 'a');
    assert.doesNotMatch(answer.body, /CANARY/);
  });

  test('is refused when it has too many bytes', async () => {
    const ask = { method: 'POST', url: '/raw' } as const;
    const fits = await createServer().inject({
      ...ask,
      payload: Buffer.alloc(LIMITS.bodyBytesMax),
    });
    assert.equal(fits.statusCode, 200);
    const payload = Buffer.alloc(LIMITS.bodyBytesMax + 1);
    const over = await createServer().inject({ ...ask, payload });
    assert.deepEqual([over.statusCode, over.headers['connection']], [413, 'close']);
    assert.match(over.body, /larger than 4194304 bytes/);
  });

  test('is no way around the JSON of other routes', async () => {
    const headers = { 'content-type': 'application/x-tocsin-raw' };
    const ask = { method: 'POST', url: '/json', headers, payload: '{}' } as const;
    assert.equal((await createServer().inject(ask)).statusCode, 415);
  });
});

describe('large bodies', () => {
  /** Opens a request with a large body, and sends as much of it as makes it one. */
  function begin(t: TestContext, port: number): Socket {
    const socket = connect(port, '127.0.0.1');
    t.after(() => socket.destroy());
    socket.on('error', () => undefined);
    const head = `POST /large HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: ${LARGE}`;
    socket.write(`${head}\r\n\r\n`);
    socket.write(Buffer.alloc(BEGUN));
    return socket;
  }

  const finish = (socket: Socket) => {
    socket.write(Buffer.alloc(LARGE - BEGUN));
    return text(socket);
  };

  test('are few at once; one more comes again, when another has gone', async (t) => {
    const server = createServer();
    let isAdmitted = (_count: number): void => undefined;
    let admitted = 0;
    const config = { access: 'public', rawBody: () => LARGE } as const;
    server.addHook('onRequest', (request, _reply, done) => {
      const { admitLarge } = request;
      request.admitLarge = () => {
        const isIn = admitLarge?.() ?? false;
        if (isIn) isAdmitted((admitted += 1));
        return isIn;
      };
      done();
    });
    server.post('/large', { config }, (request) => String(rawRequestOf(request).body.length));
    t.after(() => server.close());
    const { port } = new URL(await server.listen({ port: 0, host: '127.0.0.1' }));
    const full = new Promise<void>((resolve) => {
      isAdmitted = (count) => count === LIMITS.largeBodiesMax && resolve();
    });
    const held = Array.from({ length: LIMITS.largeBodiesMax }, () => begin(t, Number(port)));
    await full;
    const refused = await text(begin(t, Number(port)));
    assert.match(refused, /^HTTP\/1\.1 503 /);
    assert.match(refused, /retry-after: 2/i);
    const [first] = held;
    assert.ok(first !== undefined);
    assert.match(await finish(first), new RegExp(`^HTTP/1\\.1 200 [\\s\\S]*${LARGE}$`));
    assert.match(await finish(begin(t, Number(port))), /^HTTP\/1\.1 200 /);
    for (const one of held) one.destroy();
  });
});

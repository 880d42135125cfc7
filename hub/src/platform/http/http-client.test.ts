import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { generateKeyPairSync, sign } from 'node:crypto';
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createTcpServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { LIMITS } from '#kernel/limits.ts';
import type { HttpOutcome, HttpRequest } from '#kernel/ports.ts';
import { parseCidrs } from './address-guard.ts';
import type { ResolveName } from './checked-addresses.ts';
import { createHttp } from './http-client.ts';
import type { HttpClientOptions } from './http-client.ts';

const FIXTURES = join(import.meta.dirname, '..', '..', '..', 'test', 'fixtures', 'ssrf');

const closers: (() => Promise<unknown>)[] = [];
after(async () => {
  for (const close of closers.toReversed()) await close();
});

/** A client that may reach this machine, unless the test says otherwise. */
function openHttp(options: Partial<HttpClientOptions> & { readonly cidrs?: string } = {}) {
  const reading = parseCidrs(options.cidrs ?? '127.0.0.0/8');
  assert.ok(reading.ok);
  const http = createHttp({ ...options, allowedCidrs: reading.cidrs });
  closers.push(http.close);
  return http;
}

async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  return address.port;
}

const serveHttp = (listener: RequestListener) => listen(createServer(listener));
const serveTcp = (listener: (socket: Socket) => void) => listen(createTcpServer(listener));

function post(port: number, more: Partial<HttpRequest> = {}): HttpRequest {
  return {
    method: 'POST',
    url: `http://127.0.0.1:${port}/hook-CANARY?token=CANARY`,
    headers: { authorization: 'Bearer CANARY' },
    body: '{"a":1}',
    timeoutMs: 10_000,
    answerBytesMax: 1_024,
    ...more,
  };
}

/** The outcome's kind and reason, once it is sure that the operator's text leaks nothing. */
function summarise(outcome: HttpOutcome): string {
  assert.ok(outcome.durationMs >= 0);
  if (outcome.kind === 'answered') return `answered ${outcome.status}`;
  assert.doesNotMatch(outcome.detail, /CANARY|127\.0\.0\.1|:\/\//);
  return `${outcome.kind} ${outcome.reason}`;
}

test('the request arrives whole, and the answer has header names in lower case', async () => {
  const port = await serveHttp((request, response) => {
    request.setEncoding('utf8');
    let body = '';
    request.on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      response.writeHead(201, { 'Retry-After': '7', 'X-Two': ['a', 'b'] });
      const { authorization } = request.headers;
      response.end(`${request.method} ${request.url} ${authorization} ${body} è`);
    });
  });
  const outcome = await openHttp().send(post(port));
  assert.ok(outcome.kind === 'answered');
  assert.equal(outcome.status, 201);
  assert.equal(outcome.headers['retry-after'], '7');
  assert.equal(outcome.headers['x-two'], 'a, b');
  assert.equal(outcome.body, 'POST /hook-CANARY?token=CANARY Bearer CANARY {"a":1} è');
});

test('a redirect is an answer and is never followed', async () => {
  let secondCount = 0;
  const second = await serveHttp((_request, response) => {
    secondCount += 1;
    response.end();
  });
  const port = await serveHttp((_request, response) => {
    response.writeHead(302, { location: `http://127.0.0.1:${second}/` });
    response.end();
  });
  assert.equal(summarise(await openHttp().send(post(port))), 'answered 302');
  assert.equal(secondCount, 0);
});

test('a target that never answers leaves the outcome unknown', async () => {
  const port = await serveHttp(() => {});
  const outcome = await openHttp().send(post(port, { timeoutMs: 100 }));
  assert.equal(summarise(outcome), 'unknown timeout');
});

test('a connection reset after the request was read leaves the outcome unknown', async () => {
  const port = await serveTcp((socket) => socket.once('data', () => socket.resetAndDestroy()));
  assert.equal(summarise(await openHttp().send(post(port))), 'unknown connection_lost');
});

test('an answer that breaks off within its headers leaves the outcome unknown', async () => {
  const port = await serveTcp((socket) => {
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-le'));
  });
  assert.equal(summarise(await openHttp().send(post(port))), 'unknown connection_lost');
});

test('an answer that is not HTTP leaves the outcome unknown', async () => {
  const port = await serveTcp((socket) => socket.once('data', () => socket.end('220 smtp\r\n')));
  assert.equal(summarise(await openHttp().send(post(port))), 'unknown connection_lost');
});

test('status and headers are an answer even if the body breaks off or never ends', async () => {
  const head = 'HTTP/1.1 503 No\r\ncontent-length: 100\r\n\r\n';
  const broken = await serveTcp((socket) => socket.once('data', () => socket.end(`${head}half`)));
  const stalled = await serveTcp((socket) => {
    socket.once('data', () => socket.write(`${head}half`));
  });
  for (const port of [broken, stalled]) {
    const outcome = await openHttp().send(post(port, { timeoutMs: 300 }));
    assert.equal(summarise(outcome), 'answered 503');
    assert.ok(outcome.kind === 'answered' && outcome.body === 'half');
  }
});

test('an informational answer is not taken for the answer', async () => {
  const hints = 'HTTP/1.1 103 Early Hints\r\n\r\n';
  const real = await serveTcp((socket) => {
    socket.once('data', () => socket.write(`${hints}HTTP/1.1 204 No Content\r\n\r\n`));
  });
  assert.equal(summarise(await openHttp().send(post(real))), 'answered 204');
  const silent = await serveTcp((socket) => socket.once('data', () => socket.write(hints)));
  const outcome = await openHttp().send(post(silent, { timeoutMs: 100 }));
  assert.equal(summarise(outcome), 'unknown timeout');
});

test('an answer that comes before the body was read is taken', async () => {
  const port = await serveTcp((socket) => {
    socket.once('data', () => socket.write('HTTP/1.1 413 No\r\ncontent-length: 0\r\n\r\n'));
  });
  const outcome = await openHttp().send(post(port, { body: 'x'.repeat(1_000_000) }));
  assert.equal(summarise(outcome), 'answered 413');
});

test('of a huge answer only the bytes within the bound are kept', async () => {
  const port = await serveHttp((_request, response) => {
    const sendMore = () => {
      while (response.write('é'.repeat(8_192)));
    };
    response.on('drain', sendMore);
    sendMore();
  });
  const outcome = await openHttp().send(post(port, { answerBytesMax: 999 }));
  assert.ok(outcome.kind === 'answered');
  assert.equal(outcome.body, 'é'.repeat(499), 'and a character cut in half is dropped');
});

test('an answer of exactly the bound is kept whole', async () => {
  const port = await serveHttp((_request, response) => response.end('x'.repeat(64)));
  const outcome = await openHttp().send(post(port, { answerBytesMax: 64 }));
  assert.ok(outcome.kind === 'answered' && outcome.body === 'x'.repeat(64));
});

test('a refused port means that nothing was sent', async () => {
  const server = createTcpServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  server.close();
  await once(server, 'close');
  assert.equal(summarise(await openHttp().send(post(address.port))), 'unsent connect_failed');
});

test('a TLS handshake that fails means that nothing was sent', async () => {
  const plain = await serveHttp((_request, response) => response.end());
  const rude = await serveTcp((socket) => socket.once('data', () => socket.resetAndDestroy()));
  const polite = await serveTcp((socket) => socket.once('data', () => socket.end()));
  for (const port of [plain, rude, polite]) {
    const outcome = await openHttp().send(post(port, { url: `https://127.0.0.1:${port}/CANARY` }));
    assert.equal(summarise(outcome), 'unsent tls_failed');
  }
});

/** One value of ASN.1 in DER, for lengths below 64 KiB. */
function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 128 ? [length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Uint8Array.of(tag, ...size), content]);
}

/** A certificate for `localhost` that nobody vouches for. */
function signOwnCertificate() {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const ed25519 = der(0x30, Buffer.from('06032b6570', 'hex'));
  const commonName = [Buffer.from('0603550403', 'hex'), der(0x0c, Buffer.from('localhost'))];
  const name = der(0x30, der(0x31, der(0x30, ...commonName)));
  const days = ['200101000000Z', '491231235959Z'].map((day) => der(0x17, Buffer.from(day)));
  const version = der(0xa0, der(0x02, Uint8Array.of(2)));
  const serial = der(0x02, Uint8Array.of(1));
  const key = publicKey.export({ type: 'spki', format: 'der' });
  const content = der(0x30, version, serial, ed25519, name, der(0x30, ...days), name, key);
  const signature = der(0x03, Uint8Array.of(0), sign(null, content, privateKey));
  const cert = der(0x30, content, ed25519, signature).toString('base64');
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    cert: `-----BEGIN CERTIFICATE-----\n${cert}\n-----END CERTIFICATE-----\n`,
  };
}

test('a certificate that nobody vouches for means that nothing was sent', async () => {
  let requestCount = 0;
  const server = createTlsServer(signOwnCertificate(), () => {
    requestCount += 1;
  });
  const port = await listen(server);
  const http = openHttp();
  const outcome = await http.send(post(port, { url: `https://127.0.0.1:${port}/CANARY` }));
  assert.equal(summarise(outcome), 'unsent tls_failed');
  assert.match(outcome.kind === 'unsent' ? outcome.detail : '', /SELF_SIGNED/);
  assert.equal(requestCount, 0);
});

test('a name that does not resolve means that nothing was sent', async () => {
  const fault = Object.assign(new Error('x'), { code: 'ENOTFOUND', syscall: 'getaddrinfo' });
  const missing = openHttp({ resolveName: (_name, done) => done(fault, []) });
  const empty = openHttp({ resolveName: (_name, done) => done(null, []) });
  for (const http of [missing, empty]) {
    const outcome = await http.send(post(1, { url: 'http://CANARY.example/' }));
    assert.equal(summarise(outcome), 'unsent dns_failed');
  }
});

test('a request given up during the look-up is not sent when the look-up ends late', async () => {
  let requestCount = 0;
  const { promise: closed, resolve: noteClosed } = Promise.withResolvers<number>();
  const server = createServer(() => {
    requestCount += 1;
  });
  server.on('connection', (socket: Socket) => {
    socket.on('close', () => noteClosed(socket.bytesRead));
  });
  const port = await listen(server);
  const pending: (() => void)[] = [];
  const http = openHttp({
    resolveName: (_name, done) => {
      pending.push(() => done(null, [{ address: '127.0.0.1', family: 4 }]));
    },
  });
  const url = `http://late.example:${port}/CANARY`;
  assert.equal(summarise(await http.send(post(port, { url, timeoutMs: 50 }))), 'unsent timeout');
  assert.equal(pending.length, 1);
  for (const finish of pending) finish();
  assert.equal(await closed, 0, 'no byte of it arrived');
  assert.equal(requestCount, 0);
});

test('a request that waits for a free connection past its deadline was not sent', async () => {
  const { promise: full, resolve: noteFull } = Promise.withResolvers<void>();
  const held: (() => void)[] = [];
  const port = await serveHttp((_request, response) => {
    held.push(() => response.end());
    if (held.length === LIMITS.httpConnectionsPerOriginMax) noteFull();
  });
  const http = openHttp();
  const slow = Array.from({ length: LIMITS.httpConnectionsPerOriginMax }, () =>
    http.send(post(port)),
  );
  await full;
  const late = await http.send(post(port, { timeoutMs: 50 }));
  assert.equal(summarise(late), 'unsent timeout');
  assert.equal(held.length, LIMITS.httpConnectionsPerOriginMax, 'it did not open one more');
  for (const release of held) release();
  for (const outcome of await Promise.all(slow)) assert.equal(summarise(outcome), 'answered 200');
});

test('over the bound of requests under way a request is refused unsent', async () => {
  const http = openHttp({ resolveName: () => {} });
  const request = post(1, { url: 'http://nowhere.example/', timeoutMs: 200 });
  const waiting = Array.from({ length: LIMITS.httpInFlightMax }, () => http.send(request));
  const refused = await http.send(request);
  assert.equal(summarise(refused), 'unsent connect_failed');
  assert.match(refused.kind === 'unsent' ? refused.detail : '', /too many/);
  for (const outcome of await Promise.all(waiting)) {
    assert.equal(summarise(outcome), 'unsent timeout');
  }
  assert.equal(summarise(await http.send(request)), 'unsent timeout', 'and there is room again');
});

test('connections are used again', async () => {
  let connectionCount = 0;
  const server = createServer((_request, response) => response.end());
  server.on('connection', () => {
    connectionCount += 1;
  });
  const port = await listen(server);
  const http = openHttp();
  for (let count = 0; count < 8; count += 1) {
    assert.equal(summarise(await http.send(post(port))), 'answered 200');
  }
  // The answer may be handed over a moment before its connection is free, so two may take turns.
  assert.ok(connectionCount <= 2, `${connectionCount} connections`);
});

test('a kept connection that dies under a request leaves it unknown, sent only once', async () => {
  let requestCount = 0;
  const port = await serveTcp((socket) => {
    socket.on('data', () => {
      requestCount += 1;
      if (requestCount === 1) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
      else socket.destroy();
    });
  });
  const http = openHttp();
  assert.equal(summarise(await http.send(post(port))), 'answered 200');
  assert.equal(summarise(await http.send(post(port))), 'unknown connection_lost');
  assert.equal(requestCount, 2);
});

test('names and literals that lead inside are refused before anything connects', async () => {
  let connectionCount = 0;
  const port = await serveTcp(() => {
    connectionCount += 1;
  });
  const names: Readonly<Record<string, readonly string[]>> = {
    'inside.example': ['127.0.0.1'],
    'mixed.example': ['93.184.215.14', '127.0.0.1'],
    'mapped.example': ['::ffff:127.0.0.1'],
    'metadata.example': ['169.254.169.254'],
  };
  const resolveName: ResolveName = (name, done) => {
    const addresses = names[name] ?? [];
    done(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
  const warnings: unknown[] = [];
  const silent = () => {};
  const log = {
    debug: silent,
    info: silent,
    error: silent,
    warn: (message: string, fields?: unknown) => warnings.push([message, fields]),
  };
  const http = openHttp({ cidrs: '', resolveName, log });
  const hosts = [...Object.keys(names), '127.0.0.1', '[::1]', '[::ffff:7f00:1]', '2130706433'];
  for (const host of hosts) {
    for (const protocol of ['http', 'https']) {
      const outcome = await http.send(post(port, { url: `${protocol}://${host}:${port}/CANARY` }));
      assert.equal(summarise(outcome), 'unsent address_refused', host);
    }
  }
  assert.equal(connectionCount, 0);
  assert.equal(warnings.length, hosts.length * 2);
  assert.doesNotMatch(JSON.stringify(warnings), /CANARY/);
});

test('every address of the table of tricks is refused', async () => {
  const table: unknown = JSON.parse(
    readFileSync(join(FIXTURES, 'url_canonical_hosts.json'), 'utf8'),
  );
  assert.ok(typeof table === 'object' && table !== null && 'rows' in table);
  assert.ok(Array.isArray(table.rows) && table.rows.length > 0);
  const inside: Readonly<Record<string, string>> = {
    'localhost.': '127.0.0.1',
    'metadata.google.internal': '169.254.169.254',
  };
  const http = openHttp({
    cidrs: '',
    resolveName: (name, done) => done(null, [{ address: inside[name] ?? '8.8.8.8', family: 4 }]),
  });
  const rows: readonly unknown[] = table.rows;
  for (const row of rows) {
    assert.ok(Array.isArray(row));
    const [url, hostname] = row.map(String);
    assert.ok(url !== undefined);
    assert.equal(new URL(url).hostname, hostname, 'names are canonicalised as the table says');
    const outcome = await http.send(post(1, { url, timeoutMs: 1_000 }));
    const expected = url.includes('@') ? 'unsent url_invalid' : 'unsent address_refused';
    assert.equal(summarise(outcome), expected, url);
  }
});

test('only http and https without user info are spoken', async () => {
  const http = openHttp();
  const bad = [
    'ftp://127.0.0.1/',
    'file:///etc/passwd',
    'http://',
    'CANARY',
    'http://u@127.0.0.1/',
  ];
  for (const url of [...bad, `http://127.0.0.1/${'a'.repeat(LIMITS.urlCharsMax)}`]) {
    assert.equal(summarise(await http.send(post(1, { url }))), 'unsent url_invalid', url);
  }
});

test('a header that would end the header is refused and nothing is sent', async () => {
  let requestCount = 0;
  const port = await serveHttp(() => {
    requestCount += 1;
  });
  const headers = { 'x-a': 'CANARY\r\nx-b: 1' };
  assert.equal(summarise(await openHttp().send(post(port, { headers }))), 'unsent url_invalid');
  assert.equal(requestCount, 0);
});

test('closing waits for the requests under way and refuses new ones', async () => {
  const { promise: arrived, resolve: noteArrived } = Promise.withResolvers<() => void>();
  const port = await serveHttp((_request, response) => noteArrived(() => response.end()));
  const http = openHttp();
  const sending = http.send(post(port));
  const release = await arrived;
  const closing = http.close();
  assert.equal(summarise(await http.send(post(port))), 'unsent connect_failed');
  release();
  assert.equal(summarise(await sending), 'answered 200');
  await closing;
});

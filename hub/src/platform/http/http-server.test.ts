import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FastifyRequest } from 'fastify';
import type { CodedError } from '#kernel/error-codes.ts';
import type { Principal } from '#kernel/principal.ts';
import { createRecordingLog } from '#test/support/log.ts';
import { createHttpServer, parseParam } from './http-server.ts';

function createServer() {
  const server = createHttpServer({
    log: createRecordingLog(),
    authenticate: async () => null,
    onAnswer: () => undefined,
  });
  const config = { access: 'public' } as const;
  for (const method of ['DELETE', 'POST'] as const) {
    server.route({
      method,
      url: '/thing',
      config,
      handler: (request) => ({ body: request.body ?? null }),
    });
  }
  return server;
}

const headers = { 'content-type': 'application/json' };

test('something is removed by a client that calls all it sends JSON, and sends none', async () => {
  const answer = await createServer().inject({ method: 'DELETE', url: '/thing', headers });
  assert.deepEqual([answer.statusCode, answer.json()], [200, { body: null }]);
});

test('a body that is there is read, and refused when it is no JSON', async () => {
  const ask = { method: 'DELETE', url: '/thing', headers } as const;
  const read = await createServer().inject({ ...ask, payload: '{"a":1}' });
  assert.deepEqual([read.statusCode, read.json()], [200, { body: { a: 1 } }]);
  const broken = await createServer().inject({ ...ask, payload: '{' });
  assert.equal(broken.statusCode, 400);
  assert.match(broken.body, /"code":"malformed_json"/);
});

test('no body where one is needed is no JSON', async () => {
  const answer = await createServer().inject({ method: 'POST', url: '/thing', headers });
  assert.equal(answer.statusCode, 400);
  assert.match(answer.body, /"code":"malformed_json"/);
});

test('a route with its credential in the path still needs a principal that may do it', async () => {
  const principals = new Map([
    ['in', INGEST],
    ['out', { ...INGEST, role: 'viewer' as const }],
  ]);
  const server = createHttpServer({
    log: createRecordingLog(),
    authenticate: async (request) => principals.get(parseParam(request, 'token')) ?? null,
    onAnswer: () => undefined,
  });
  const renderError = (error: CodedError, _id: string, request: FastifyRequest) =>
    `${parseParam(request, 'kind')} ${error.code}`;
  const config = { access: 'report', credential: 'path', renderError } as const;
  server.post('/ways/:kind/:token', { config }, () => 'taken');
  server.post('/nobody/:token', { config: { credential: 'path' } }, () => 'taken');
  const post = async (url: string, payload = '{}') => {
    const { statusCode, body } = await server.inject({ method: 'POST', url, headers, payload });
    return [statusCode, body];
  };
  assert.deepEqual(await post('/ways/box/in'), [200, 'taken']);
  assert.deepEqual(await post('/ways/box/in', '{'), [400, 'box malformed_json']);
  assert.deepEqual(await post('/ways/box/out'), [403, 'box not_allowed']);
  assert.deepEqual(await post('/ways/box/else', '{'), [401, 'box principal_missing']);
  // It says where its credential is, and not who may come: nobody may.
  assert.equal((await post('/nobody/in'))[0], 403);
});

const INGEST: Principal = {
  principalId: 'p',
  name: 'p',
  authMethod: 'source_token',
  role: 'ingest',
  projects: [],
  source: null,
};

function createGuarded() {
  const server = createHttpServer({
    log: createRecordingLog(),
    authenticate: async () => null,
    onAnswer: () => undefined,
  });
  const page = { access: 'read', isForBrowsers: true, errorType: 'text/html' } as const;
  const renderError = (error: CodedError) => `<p>${error.code}</p>`;
  server.get('/page', { config: { ...page, renderError } }, () => 'never');
  server.get('/data', { config: { access: 'read' } }, () => 'never');
  server.put('/nobody', () => 'never');
  return server;
}

test('a browser is asked for a password, and reads in words why; programs are not', async () => {
  const server = createGuarded();
  const page = await server.inject('/page');
  assert.deepEqual([page.statusCode, page.body], [401, '<p>principal_missing</p>']);
  assert.match(String(page.headers['content-type']), /^text\/html/);
  assert.match(String(page.headers['www-authenticate']), /^Basic realm=".*", charset="UTF-8"$/);
  const data = await server.inject('/data');
  assert.equal(data.headers['www-authenticate'], 'Bearer');
  assert.match(String(data.headers['content-type']), /^application\/json/);
});

test('a server knows its routes, with who may come; a HEAD comes with its GET', async () => {
  const server = createGuarded();
  await server.ready();
  assert.deepEqual(server.registeredRoutes, [
    { method: 'GET', path: '/page', access: 'read' },
    { method: 'GET', path: '/data', access: 'read' },
    { method: 'PUT', path: '/nobody', access: null },
  ]);
  assert.equal((await server.inject({ method: 'HEAD', url: '/data' })).statusCode, 401);
});

test('a route may read JSON under any name of its type, and only that route does', async () => {
  const server = createServer();
  const config = { access: 'public', isEveryTypeJson: true } as const;
  server.post('/lenient', { config }, (request) => ({ body: request.body }));
  const post = async (url: string, type: string | null, payload: string) => {
    const named = type === null ? {} : { 'content-type': type };
    return (await server.inject({ method: 'POST', url, headers: named, payload })).statusCode;
  };
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/x', '', null]) {
    assert.equal(await post('/lenient', type, '{"a":1}'), 200, String(type));
    assert.equal(await post('/lenient', type, 'a=1'), 400, String(type));
    assert.equal(await post('/thing', type, '{"a":1}'), 415, String(type));
  }
});

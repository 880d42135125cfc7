import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRecordingLog } from '#test/support/log.ts';
import { createHttpServer } from './http-server.ts';

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

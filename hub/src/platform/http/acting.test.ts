/** Who acts is known to whoever records; a write that recorded nothing is told. */
import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { test, type TestContext } from 'node:test';
import type { FastifyInstance } from 'fastify';
import type { Principal } from '#kernel/principal.ts';
import { createRecordingLog } from '#test/support/log.ts';
import { type Acting, currentActing, noteNothingWritten, type Unaudited } from './acting.ts';
import { createHttpServer } from './http-server.ts';

const ADA: Principal = {
  principalId: 'ada',
  name: 'Ada',
  authMethod: 'api_key',
  role: 'admin',
  projects: 'all',
  source: null,
};

const WRITE = { config: { access: 'administer' } } as const;

type Told = { readonly holes: Unaudited[]; readonly server: FastifyInstance };

function serve(t: TestContext, register: (server: FastifyInstance) => void): Told {
  const holes: Unaudited[] = [];
  const server = createHttpServer({
    log: createRecordingLog(),
    authenticate: async () => ADA,
    onAnswer: () => undefined,
    onUnaudited: (write) => holes.push(write),
  });
  register(server);
  t.after(() => server.close());
  return { holes, server };
}

/** Something that really takes a while. */
const nextTurn = () => stat('.');

/** As a store does that was given no principal. */
function record(seen: Acting[]): void {
  const acting = currentActing();
  assert.ok(acting !== null);
  acting.isAccounted = true;
  seen.push(acting);
}

test('a store learns who acts, by which route and request, however late it asks', async (t) => {
  const seen: Acting[] = [];
  const { holes, server } = serve(t, (made) => {
    made.post('/things/:id', WRITE, async () => {
      await nextTurn();
      record(seen);
      return {};
    });
  });
  const headers = { 'idempotency-key': 'k1' };
  await server.inject({ method: 'POST', url: '/things/secret-7', headers });
  const [acting] = seen;
  assert.equal(acting?.principal?.principalId, 'ada');
  assert.deepEqual([acting?.method, acting?.route], ['POST', '/things/:id']);
  assert.deepEqual([acting?.idempotencyKey, acting?.remoteAddress], ['k1', '127.0.0.1']);
  assert.deepEqual(holes, []);
});

test('two requests at once do not take each other for the other', async (t) => {
  const seen: Acting[] = [];
  const { server } = serve(t, (made) => {
    for (const name of ['one', 'two']) {
      made.post(`/${name}`, WRITE, async () => {
        for (let turn = 0; turn < 5; turn += 1) await nextTurn();
        record(seen);
        return {};
      });
    }
  });
  await Promise.all(['/one', '/two', '/one'].map((url) => server.inject({ method: 'POST', url })));
  assert.deepEqual(seen.map(({ route }) => route).toSorted(), ['/one', '/one', '/two']);
  assert.equal(new Set(seen.map(({ requestId }) => requestId)).size, 3);
});

test('a write that was answered with 2xx and recorded nothing is told', async (t) => {
  const { holes, server } = serve(t, (made) => {
    made.post('/forgotten', WRITE, async () => ({}));
    made.delete('/forgotten', WRITE, async (_request, reply) => reply.code(204).send());
    made.get('/forgotten', WRITE, async () => ({}));
    made.post('/refused', WRITE, async (_request, reply) => reply.code(409).send({}));
    made.post('/nothing', WRITE, async () => {
      noteNothingWritten();
      return {};
    });
    made.post('/dry', { config: { access: 'operate', unaudited: 'dry' } }, async () => ({}));
    made.post('/reports', { config: { access: 'report' } }, async () => ({}));
  });
  for (const url of ['/forgotten', '/refused', '/nothing', '/dry', '/reports']) {
    await server.inject({ method: 'POST', url });
  }
  await server.inject({ method: 'DELETE', url: '/forgotten' });
  await server.inject({ method: 'GET', url: '/forgotten' });
  assert.deepEqual(holes, [
    { method: 'POST', route: '/forgotten' },
    { method: 'DELETE', route: '/forgotten' },
  ]);
});

test('all routes that may write are known, and why some leave nothing', async (t) => {
  const { server } = serve(t, (made) => {
    made.post('/write', WRITE, async () => ({}));
    made.post('/dry', { config: { access: 'operate', unaudited: 'dry' } }, async () => ({}));
    made.get('/read', WRITE, async () => ({}));
    made.post('/public', { config: { access: 'public' } }, async () => ({}));
  });
  await server.ready();
  assert.deepEqual(server.writeRoutes, [
    { method: 'POST', path: '/write', access: 'administer', unaudited: null },
    { method: 'POST', path: '/dry', access: 'operate', unaudited: 'dry' },
  ]);
});

test('outside of a request nobody acts', () => {
  assert.equal(currentActing(), null);
  noteNothingWritten();
});

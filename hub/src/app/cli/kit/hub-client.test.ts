import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { LIMITS } from '#kernel/limits.ts';
import { type Config, parseConfig } from '#app/start/config.ts';
import { createHubClient, findHub, reasonOf } from './hub-client.ts';

function configOf(env: Readonly<Record<string, string>>): Config {
  const reading = parseConfig(env);
  assert.ok(reading.ok);
  return reading.config;
}

function find(env: Readonly<Record<string, string>>) {
  return findHub(configOf(env), env);
}

const KEY = 'k'.repeat(32);

describe('which hub the command line talks to', () => {
  test('is the one of TOCSIN_URL, with the key of TOCSIN_API_KEY', () => {
    const env = { TOCSIN_URL: 'https://hub.example/t/', TOCSIN_API_KEY: KEY };
    const address = { url: 'https://hub.example/t', key: KEY, keyFrom: 'TOCSIN_API_KEY' };
    assert.deepEqual(find(env), { ok: true, address });
  });

  test('is the one that would start here, with the key of its data dir', (t) => {
    const dir = mkdtempSync(join(tmpdir(), 'tocsin-cli-'));
    t.after(() => rmSync(dir, { recursive: true, force: true }));
    writeFileSync(join(dir, 'admin-key'), `${KEY}\n`);
    const urls = ['127.0.0.1', '0.0.0.0', '::', '::1', 'hub'].map((host) => {
      const found = find({ TOCSIN_DATA_DIR: dir, TOCSIN_HOST: host, TOCSIN_PORT: '99' });
      assert.ok(found.ok && found.address.key === KEY);
      assert.equal(found.address.keyFrom, join(dir, 'admin-key'));
      return found.address.url;
    });
    assert.deepEqual(urls, [
      'http://127.0.0.1:99',
      'http://127.0.0.1:99',
      'http://[::1]:99',
      'http://[::1]:99',
      'http://hub:99',
    ]);
    const given = find({ TOCSIN_ADMIN_KEY: 'a'.repeat(32) });
    assert.ok(given.ok && given.address.key.startsWith('aaa'));
  });

  test('is refused without a key, and when its address is none', () => {
    const lost = find({ TOCSIN_DATA_DIR: join(tmpdir(), 'tocsin-there-is-none') });
    assert.match(lost.ok ? '' : lost.sentence, /set TOCSIN_API_KEY/);
    const wrong = find({ TOCSIN_URL: 'hub.example', TOCSIN_API_KEY: KEY });
    assert.match(wrong.ok ? '' : wrong.sentence, /TOCSIN_URL must be/);
  });
});

type Reply = (request: IncomingMessage, response: ServerResponse) => void;

/** A hub that answers as it is told, each request the next; the last for all that follow. */
async function startHub(t: TestContext, ...replies: readonly Reply[]) {
  let count = 0;
  const server = createServer((request, response) => {
    const reply = replies[Math.min(count, replies.length - 1)];
    count += 1;
    request.resume().once('end', () => reply?.(request, response));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  t.after(() => server.closeAllConnections());
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  const waits: number[] = [];
  const client = createHubClient({
    address: { url: `http://127.0.0.1:${address.port}`, key: KEY },
    wait: (ms) => {
      waits.push(ms);
      return Promise.resolve();
    },
  });
  return { client, waits, requestCount: () => count };
}

const say =
  (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Reply =>
  (_request, response) => {
    response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));
  };

const BUSY = say(
  503,
  { error: { code: 'not_stored', message: 'Send it again.' } },
  { 'retry-after': '2' },
);

describe('a request to the hub', () => {
  test('is sent with the key, and answered with what the hub says', async (t) => {
    const hub = await startHub(t, (request, response) => {
      response.end(JSON.stringify({ key: request.headers.authorization, at: request.url }));
    });
    const answer = await hub.client.post('/api/v1/x', { a: 1 });
    assert.deepEqual(answer, { ok: true, body: { key: `Bearer ${KEY}`, at: '/api/v1/x' } });
  });

  test('is repeated while the hub cannot store, and when its answer got lost', async (t) => {
    const hub = await startHub(t, BUSY, (request) => request.socket.destroy(), say(200, { a: 1 }));
    assert.deepEqual(await hub.client.post('/x', {}), { ok: true, body: { a: 1 } });
    assert.deepEqual(hub.waits, [2_000, 2_000]);
  });

  test('is given up after a bounded number of tries', async (t) => {
    const hub = await startHub(t, BUSY);
    const answer = await hub.client.post('/x', {});
    assert.match(answer.ok ? '' : answer.sentence, /503: Send it again/);
    assert.equal(hub.requestCount(), LIMITS.importTriesMax);
  });

  test('that changes something is sent again with its key when its answer got lost', async (t) => {
    const keys: unknown[] = [];
    const lose: Reply = (request) => {
      keys.push(request.headers['idempotency-key']);
      request.socket.destroy();
    };
    const error = { code: 'idempotency_key_in_use', message: 'Still running.' };
    const hub = await startHub(t, lose, say(409, { error }), say(201, { a: 1 }), lose);
    const request = { method: 'POST', path: '/api/v1/policies', body: {} } as const;
    assert.deepEqual(await hub.client.send(request), { ok: true, body: { a: 1 } });
    const lost = await hub.client.send(request);
    assert.match(lost.ok ? '' : lost.sentence, /the connection broke off/);
    assert.equal(hub.requestCount(), 3 + LIMITS.lostTriesMax);
    assert.equal(new Set(keys).size, 2, 'the same in each try, another for the next');
    assert.ok(keys.every((key) => typeof key === 'string' && key.length === 36));
  });

  test('that reports something is sent once, without a key', async (t) => {
    const hub = await startHub(t, (request) => {
      assert.equal(request.headers['idempotency-key'], undefined);
      request.socket.destroy();
    });
    const request = { method: 'POST', path: '/api/v1/alerts', body: {} } as const;
    assert.equal((await hub.client.send(request)).ok, false);
    assert.equal(hub.requestCount(), 1);
  });

  test('that is answered without its secret was done, and says what to do', async (t) => {
    const hub = await startHub(
      t,
      (request) => request.socket.destroy(),
      say(201, { id: 'k7', key: null }, { 'idempotent-omitted': 'key' }),
    );
    const answer = await hub.client.send({ method: 'POST', path: '/api/v1/keys', body: {} });
    assert.match(
      answer.ok ? '' : answer.sentence,
      /was done.*\(key\).*remove what was made \(k7\)/,
    );
  });

  test('that is refused is not repeated, and says why', async (t) => {
    const error = {
      code: 'invalid',
      message: 'Wrong.',
      hint: 'Mend it.',
      details: [{ path: 'timezone', message: 'is none' }],
    };
    const hub = await startHub(t, say(422, { error }));
    assert.deepEqual(await hub.client.post('/x', {}), {
      ok: false,
      status: 422,
      sentence: 'the hub answered 422: Wrong. Mend it.',
      details: ['timezone: is none'],
    });
    assert.equal(hub.requestCount(), 1);
  });

  test('with a key that is unknown or may too little says what to do', async (t) => {
    const error = { code: 'x', message: 'No.' };
    const unknown = await (await startHub(t, say(401, { error }))).client.get('/x');
    assert.match(
      unknown.ok ? '' : unknown.sentence,
      /^the hub answered 401: No\. The key .*set TOC/,
    );
    const weak = await (await startHub(t, say(403, { error }))).client.get('/x');
    assert.match(weak.ok ? '' : weak.sentence, /403: No\. The key has too few rights: tocsin key/);
  });

  test('that nobody answers says which hub it was, and what to look at', async () => {
    const address = { url: 'http://127.0.0.1:1', key: KEY };
    const client = createHubClient({ address, wait: () => Promise.resolve() });
    const answer = await client.get('/x');
    const expected =
      /^http:\/\/127\.0\.0\.1:1 does not answer: [a-z ]+\. Is the hub running \(tocsin serve\)/;
    assert.match(answer.ok ? '' : answer.sentence, expected);
  });

  test('that breaks says how in our words, not in those of a library', async (t) => {
    const sentence = async (reply: Reply) => {
      const { client } = await startHub(t, reply);
      const answer = await client.get('/x');
      return answer.ok ? '' : answer.sentence;
    };
    const cut = await sentence((request) => request.socket.destroy());
    assert.match(cut, /does not answer: the connection broke off\. Is the hub/);
    const noise = await sentence((request) => request.socket.end('SSH-2.0-x\r\n'));
    assert.match(noise, /does not answer: its answer broke off in the middle, or is not HTTP/);
    const away = await sentence(say(302, '', { location: 'https://sso.example/' }));
    assert.match(away, /does not answer: it sends us elsewhere; give its own address\. /);
    assert.equal(reasonOf(new Error('bad port')), 'no client asks at that port');
    assert.equal(reasonOf(new Error('odd')), 'odd');
    assert.equal(reasonOf(new TypeError('fetch failed', { cause: new Error('') })), 'fetch failed');
    const several = new AggregateError([new Error('connect ECONNREFUSED ::1:1')]);
    assert.equal(reasonOf(new TypeError('x', { cause: several })), 'nothing listens there');
  });

  test('to something else than a hub says so', async (t) => {
    for (const reply of [say(404, '<html>'), say(200, 'hello'), say(200, [])]) {
      const hub = await startHub(t, reply);
      const answer = await hub.client.post('/x', {});
      assert.match(answer.ok ? '' : answer.sentence, /is TOCSIN_URL the address of a Tocsin hub\?/);
    }
  });
});

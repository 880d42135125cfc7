import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { parseCidrs } from '#platform/http/address-guard.ts';
import { createReach } from './reach.ts';

async function listen(t: TestContext): Promise<number> {
  const server = createServer((socket) => socket.on('error', () => undefined));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return address.port;
}

function reachFrom(allowed: string) {
  const cidrs = parseCidrs(allowed);
  assert.ok(cidrs.ok);
  return createReach({
    allowedCidrs: cidrs.cidrs,
    resolveName: (name, done) => {
      if (name === 'inside.example') done(null, [{ address: '127.0.0.1', family: 4 }]);
      else done(new Error('ENOTFOUND'), []);
    },
  });
}

const timeoutMs = 5_000;

test('a server that takes a connection is reached, and hears nothing', async (t) => {
  const port = await listen(t);
  const { probe } = reachFrom('127.0.0.0/8');
  for (const host of ['127.0.0.1', 'inside.example']) {
    assert.equal((await probe({ host, port, timeoutMs })).kind, 'reached', host);
  }
});

test('a private address is not tried unless it is allowed, by whatever name', async (t) => {
  const port = await listen(t);
  const { probe } = reachFrom('');
  for (const host of ['127.0.0.1', 'inside.example']) {
    const outcome = await probe({ host, port, timeoutMs });
    assert.equal(outcome.kind === 'failed' ? outcome.reason : '', 'address_refused', host);
  }
});

test('a name that there is not and a port that is closed are told apart', async (t) => {
  const { probe } = reachFrom('127.0.0.0/8');
  const lost = await probe({ host: 'gone.example', port: 443, timeoutMs });
  assert.equal(lost.kind === 'failed' ? lost.reason : '', 'dns_failed');
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  server.close();
  await once(server, 'close');
  const closed = await probe({ host: '127.0.0.1', port: address.port, timeoutMs });
  assert.equal(closed.kind === 'failed' ? closed.reason : '', 'connect_failed');
  assert.ok(!t.signal.aborted);
});

/** Who gets in, who may do what, and that projects never see one another. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestHub, type TestHub } from '#test/support/hub.ts';

async function makeKey(hub: TestHub, role: string, more = {}): Promise<string> {
  const name = `${role} ${JSON.stringify(more)}`;
  const answer = await hub.call('POST /api/v1/keys', { name, role, ...more });
  assert.equal(answer.status, 201, answer.text);
  return answer.textAt('key');
}

test('without a key, or with a wrong one: 401, whether there is something or not', async (t) => {
  const hub = await startTestHub(t);
  const id = await hub.raise();
  const wrong = [
    'tcs_wrong',
    'Basic bm9ib2R5Om5vdGhpbmc=',
    'Basic %%%',
    'Digest x',
    'x'.repeat(600),
  ];
  for (const key of [null, ...wrong]) {
    for (const what of [
      'GET /api/v1/alerts',
      `GET /api/v1/alerts/${id}`,
      'GET /api/v1/alerts/no-such-alert',
      'GET /metrics',
      'GET /api/v1/channels',
    ]) {
      const answer = await hub.call(what, undefined, { key });
      assert.deepEqual([answer.status, answer.at('error.code')], [401, 'principal_missing'], what);
      assert.equal(answer.headers['www-authenticate'], 'Bearer');
    }
    const raised = await hub.call('POST /api/v1/alerts', { title: 'Fall' }, { key });
    assert.equal(raised.status, 401);
  }
  assert.equal(await hub.countRows('alert'), 1);
});

test('a key works until it expires', async (t) => {
  const hub = await startTestHub(t);
  const key = await makeKey(hub, 'viewer', { expires_at: '2026-11-16T08:01:00Z' });
  const look = async () => (await hub.call('GET /api/v1/alerts', undefined, { key })).status;
  await hub.advance({ seconds: 59 });
  assert.equal(await look(), 200);
  await hub.advance({ seconds: 1 });
  assert.equal(await look(), 401);
});

async function makeLostKey(hub: TestHub) {
  const made = await hub.call('POST /api/v1/keys', { name: 'lost phone', role: 'responder' });
  const key = made.textAt('key');
  return {
    look: async (node = hub.node) =>
      (await hub.call('GET /api/v1/alerts', undefined, { key, node })).status,
    revoke: async () => {
      const { status } = await hub.call(`DELETE /api/v1/keys/${made.textAt('id')}`);
      assert.equal(status, 204);
    },
  };
}

test('a revoked key is refused at once', async (t) => {
  const hub = await startTestHub(t);
  const { look, revoke } = await makeLostKey(hub);
  assert.equal(await look(), 200);
  await revoke();
  assert.equal(await look(), 401);
});

test('a revoked key is refused by the other nodes within a second', async (t) => {
  const hub = await startTestHub(t);
  const node = await hub.addNode();
  const { look, revoke } = await makeLostKey(hub);
  assert.equal(await look(node), 200);
  await revoke();
  await hub.advance({ seconds: 1 });
  assert.equal(await look(node), 401);
});

test('roles may do what their name says, and no more', async (t) => {
  const hub = await startTestHub(t);
  const id = await hub.raise();
  const allowed = {
    viewer: ['read', 'count'],
    responder: ['read', 'count', 'answer'],
    operator: ['read', 'count', 'answer', 'report'],
    admin: ['read', 'count', 'answer', 'report', 'administer'],
    ingest: ['count', 'report'],
  };
  const tries = {
    read: ['GET /api/v1/alerts'],
    count: ['GET /api/v1/alerts/active-count'],
    answer: [`POST /api/v1/alerts/${id}/status`, { status: 'SEEN' }],
    report: ['POST /api/v1/alerts', { title: 'Fall' }],
    administer: ['POST /api/v1/sources', { name: 'new', kind: 'native' }],
    administerHub: ['POST /api/v1/projects', { project_id: 'new' }],
  } as const;
  for (const [role, may] of Object.entries(allowed)) {
    const key = await makeKey(hub, role);
    for (const [action, [what, body]] of Object.entries(tries)) {
      const answer = await hub.call(what, body, { key });
      const isRefused = answer.status === 403 && answer.at('error.code') === 'not_allowed';
      const isDone = answer.status >= 200 && answer.status < 300;
      const shown = `${role} ${action}: ${answer.status} ${answer.text}`;
      assert.ok(may.includes(action) ? isDone : isRefused, shown);
    }
  }
});

test("a source's token is of one kind; at the ways of another it is unknown", async (t) => {
  const hub = await startTestHub(t);
  const made = await hub.call('POST /api/v1/sources', { name: 'prom', kind: 'alertmanager' });
  const key = made.textAt('token');
  assert.match(key, /^[a-z0-9]{32}$/);
  const alerts = [{ labels: { alertname: 'Up' } }];
  assert.equal((await hub.postAlertmanager(alerts, key)).status, 200);
  for (const what of ['POST /api/v1/alerts', 'POST /api/v1/events']) {
    const answer = await hub.call(what, { title: 'Fall' }, { key });
    assert.deepEqual([answer.status, answer.at('error.code')], [404, 'not_found']);
  }
  assert.equal((await hub.call('GET /api/v1/alerts', undefined, { key })).status, 403);
  const native = await hub.call('POST /api/v1/sources', { name: 'box', kind: 'native' });
  const other = await hub.postAlertmanager(alerts, native.textAt('token'));
  assert.deepEqual([other.status, other.at('code')], [404, 404]);
  assert.equal(await hub.countRows('alert'), 1);
});

test('Basic auth takes the key as the password, whoever the user is', async (t) => {
  const hub = await startTestHub(t);
  const key = await makeKey(hub, 'viewer');
  const basic = Buffer.from(`anyone:${key}`).toString('base64');
  const answer = await hub.call('GET /api/v1/alerts', undefined, { key: `Basic ${basic}` });
  assert.equal(answer.status, 200);
});

test('nobody gives away more than they have: project admins make no hub admins', async (t) => {
  const hub = await startTestHub(t);
  const key = await makeKey(hub, 'admin');
  await hub.call('POST /api/v1/projects', { project_id: 'other' });
  const body = { project_id: 'other', name: 'spy', role: 'viewer' };
  assert.equal((await hub.call('POST /api/v1/keys', body, { key })).status, 404);
});

test('health is for everyone; reasons and metrics are for those with a key', async (t) => {
  const hub = await startTestHub(t);
  const stranger = { key: null };
  assert.deepEqual((await hub.call('GET /healthz', undefined, stranger)).body, { status: 'ok' });
  assert.deepEqual((await hub.call('GET /readyz', undefined, stranger)).body, { status: 'ready' });
  const told = await hub.call('GET /readyz');
  assert.deepEqual(told.body, { status: 'ready', reasons: [] });
  hub.node.hub.readiness.noteStopping();
  const stopping = await hub.call('GET /readyz', undefined, stranger);
  assert.deepEqual([stopping.status, stopping.body], [503, { status: 'not_ready' }]);
  const why = await hub.call('GET /readyz');
  assert.deepEqual([why.status, why.at('reasons.0.code')], [503, 'stopping']);
  const metrics = await hub.call('GET /metrics', undefined, { key: await makeKey(hub, 'viewer') });
  assert.equal(metrics.status, 200);
  assert.match(metrics.text, /^tocsin_alerts_total 0$/m);
  assert.equal((await hub.call('GET /metrics', undefined, stranger)).status, 401);
});

test('metrics name the route, never the URL', async (t) => {
  const hub = await startTestHub(t);
  const id = await hub.raise({ alert_id: 'a-secret-name' });
  await hub.alert(id);
  await hub.call('GET /no/such/token-in-a-path');
  const { text } = await hub.call('GET /metrics');
  assert.match(text, /route="\/api\/v1\/alerts\/:alert_id"/);
  assert.doesNotMatch(text, /a-secret-name|token-in-a-path/);
});

test('a stranger cannot make us read a body', async (t) => {
  const hub = await startTestHub(t);
  const raw = Buffer.alloc(5 * 1024 * 1024, 'x');
  const answer = await hub.call('POST /api/v1/alerts', undefined, {
    key: null,
    raw,
    headers: { 'content-type': 'application/json' },
  });
  assert.deepEqual([answer.status, answer.headers['connection']], [401, 'close']);
});

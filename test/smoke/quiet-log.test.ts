/**
 * What must never reach the log or the metrics, at any level: keys, tokens, secrets, passwords,
 * URLs with what they carry, and what senders and people wrote. Each is a marked value here, sent
 * through every way in and out; then everything that was written is searched for the mark.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startTestHub, type TestHub } from '#test/support/hub.ts';
import { ADMIN_KEY } from '#test/support/hub/nodes.ts';
import { openWayIn } from '#test/support/hub/ways-in.ts';

const MARK = 'canary7f3a';
/** As a source's token must look: 32 of [a-z0-9]. */
const TOKEN = `${MARK}${'0'.repeat(22)}`;

async function assertSilent(hub: TestHub, more: readonly string[] = []): Promise<void> {
  const log = JSON.stringify(hub.db.log.lines);
  const metrics = await hub.call('GET /metrics');
  assert.equal(metrics.status, 200);
  for (const secret of [MARK, ADMIN_KEY, ...more]) {
    assert.ok(!log.includes(secret), `the log holds ${secret}: ${log.slice(0, 2_000)}`);
    assert.ok(!metrics.text.includes(secret), `the metrics hold ${secret}`);
  }
}

test('credentials that are wrong, in a header, in Basic, in a path or in a query', async (t) => {
  const hub = await startTestHub(t);
  const basic = Buffer.from(`someone:${MARK}`).toString('base64');
  for (const key of [MARK, `Basic ${basic}`, `Digest ${MARK}`, TOKEN]) {
    assert.equal((await hub.call('GET /api/v1/alerts', undefined, { key })).status, 401);
    assert.equal((await hub.call('POST /api/v1/alerts', { title: 'x' }, { key })).status, 401);
  }
  const paths = [
    `POST /ingest/edge/${TOKEN}`,
    `POST /ingest/${MARK}/${TOKEN}`,
    `GET /a/${MARK}`,
    `POST /api/v1/receipts/${MARK}`,
    `GET /${MARK}`,
    `GET /api/v1/alerts/%${MARK}`,
    `GET /api/v1/alerts?key=${MARK}`,
    `GET /docs?token=${MARK}`,
  ];
  for (const what of paths) {
    const answer = await hub.call(what, what.startsWith('POST') ? {} : undefined, { key: null });
    assert.ok(answer.status >= 400 && answer.status < 500, `${what} ${answer.status}`);
  }
  await assertSilent(hub, [basic]);
});

test('credentials that are right: keys and tokens that the hub itself has made', async (t) => {
  const hub = await startTestHub(t);
  const made = await hub.call('POST /api/v1/keys', { name: 'ci', role: 'operator' });
  const key = made.textAt('key');
  assert.equal((await hub.call('GET /api/v1/alerts', undefined, { key })).status, 200);
  const { token, report } = await openWayIn(hub, 'edge');
  await report({ alarm_id: 'box-7-fall-1', alarm_type: 'fall' });
  const prom = await hub.call('POST /api/v1/sources', { name: 'prom', kind: 'alertmanager' });
  const alerts = [{ labels: { alertname: 'Up' } }];
  assert.equal((await hub.postAlertmanager(alerts, prom.textAt('token'))).status, 200);
  await assertSilent(hub, [key, token, prom.textAt('token')]);
});

test('secrets of channels, whether their messages arrive or not', async (t) => {
  const hub = await startTestHub(t);
  const secret = `whsec_${Buffer.from(MARK.repeat(4)).toString('base64')}`;
  const channel = { secrets: { webhook_secret: secret } };
  const path = `/hook-${MARK}`;
  await hub.tell(path, channel);
  await hub.tell(`/broken-${MARK}`, { name: 'broken', ...channel });
  const url = hub.receiver.url('/').replace('//', `//user:${MARK}@`);
  const config = { url: `${url}?key=${MARK}` };
  const withPassword = { name: 'with password', channel_type: 'webhook', config, ...channel };
  await hub.call('POST /api/v1/channels', withPassword);
  const nowhere = { url: `http://127.0.0.1:9/${MARK}?token=${MARK}` };
  await hub.tell('/nowhere', { config: nowhere, secrets: channel.secrets });
  hub.receiver.answerAlways(`/broken-${MARK}`, 500);
  hub.receiver.answerNext(path, 'reset');
  const id = await hub.raise();
  await hub.advance({ minutes: 10 });
  const sent = await hub.notifications(id);
  assert.ok(sent.includes('created sent'), sent.join());
  assert.ok(
    sent.some((line) => line.startsWith('created') && !line.endsWith('sent')),
    sent.join(),
  );
  await assertSilent(hub, [secret, 'user:']);
});

test('a secret in a body that is refused', async (t) => {
  const hub = await startTestHub(t);
  const bodies = [
    { name: 'a', channel_type: MARK, config: {}, secrets: { webhook_secret: MARK } },
    { name: 'b', channel_type: 'webhook', config: { url: MARK }, secrets: { [MARK]: MARK } },
    { name: 'c', channel_type: 'webhook', config: { [MARK]: 1 }, secrets: MARK },
  ];
  for (const body of bodies) {
    assert.equal((await hub.call('POST /api/v1/channels', body)).status, 422);
  }
  const raw = `{"secrets": {"webhook_secret": "${MARK}"`;
  assert.equal((await hub.call('POST /api/v1/channels', undefined, { raw })).status, 400);
  await assertSilent(hub);
});

test('what senders and people wrote: titles, labels, notes, names, mail addresses', async (t) => {
  const hub = await startTestHub(t);
  const address = `${MARK}@example.org`;
  const responder = { name: MARK, addresses: [{ channel_type: 'email', address }] };
  assert.equal((await hub.call('POST /api/v1/responders', responder)).status, 201);
  const id = await hub.raise({
    alert_id: MARK,
    title: MARK,
    labels: { [MARK]: MARK },
    content: MARK,
    image: `https://cams.example/${MARK}?sig=${MARK}`,
    payload: { [MARK]: MARK },
  });
  await hub.call(`POST /api/v1/alerts/${id}/note`, { detail: MARK });
  await hub.acknowledge(id, { detail: MARK });
  await hub.call(`GET /api/v1/alerts?q=${MARK}`);
  await assertSilent(hub, [address]);
});

test('a fault of ours is told with its route and request, and without what was sent', async (t) => {
  const hub = await startTestHub(t, { isErrorExpected: true });
  await hub.query('alter table rule rename to rule_away');
  const answer = await hub.call(`GET /api/v1/rules?cursor=&project_id=default`, undefined, {
    headers: { 'x-note': MARK },
  });
  const broken = answer.status === 500 ? answer : await hub.call('GET /api/v1/rules');
  assert.deepEqual([broken.status, broken.at('error.code')], [500, 'internal']);
  const line = hub.db.log.lines.find(({ message }) => message === 'a request failed');
  assert.equal(line?.fields['route'], '/api/v1/rules');
  assert.equal(line?.fields['request_id'], broken.textAt('error.request_id'));
  const body = { name: MARK, event_types: ['alert.created'], matchers: [`a="${MARK}"`] };
  const channel_id = '019ab2c3-0000-7000-8000-000000000001';
  await hub.call('POST /api/v1/rules', { ...body, channel_id });
  await hub.query('alter table rule_away rename to rule');
  await assertSilent(hub);
});

const LAUNCHER = join(
  dirname(fileURLToPath(import.meta.resolve('#test/smoke/quiet-log.test.ts'))),
  '../../bin/tocsin.mjs',
);

function run(env: Readonly<Record<string, string>>) {
  const { PATH = '' } = process.env;
  const ended = spawnSync(process.execPath, [LAUNCHER, 'migrate'], {
    env: { PATH, TOCSIN_LOG: 'debug', ...env },
    encoding: 'utf8',
  });
  return { code: ended.status, said: `${ended.stdout}${ended.stderr}` };
}

test('the password of a database that cannot be reached, or whose URL is wrong', () => {
  for (const url of [
    `postgres://tocsin:${MARK}@127.0.0.1:9/tocsin`,
    `postgres://tocsin:${MARK}@tocsin.invalid/tocsin?application_name=${MARK}`,
    `mysql://tocsin:${MARK}@127.0.0.1/tocsin`,
    `postgres://tocsin:${MARK}@[bad/tocsin`,
  ]) {
    const { code, said } = run({ DATABASE_URL: url });
    assert.ok(code === 1 || code === 2, said);
    assert.match(said, /DATABASE_URL/);
    assert.ok(!said.includes(MARK), said);
  }
});

test('keys in settings that are refused', () => {
  for (const [name, value] of [
    ['TOCSIN_MASTER_KEY', `k1:${MARK}`],
    ['TOCSIN_MASTER_KEY', MARK],
    ['TOCSIN_ADMIN_KEY', MARK],
  ] as const) {
    const { code, said } = run({ [name]: value });
    assert.equal(code, 2, said);
    assert.ok(said.includes(name), said);
    assert.ok(!said.includes(MARK), said);
  }
});

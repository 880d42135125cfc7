/** `POST /api/v1/doctor`: what is missing is said before an alarm finds out. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isJsonObject, type JsonObject } from '#kernel/syntax/json.ts';
import { textOf } from '#test/support/hub/calls.ts';
import { startTestHub, type TestHub } from '#test/support/hub.ts';

async function examine(hub: TestHub, key?: string): Promise<readonly JsonObject[]> {
  const answer = await hub.call('POST /api/v1/doctor', undefined, key === undefined ? {} : { key });
  assert.equal(answer.status, 200, answer.text);
  const checks = answer.at('checks');
  assert.ok(Array.isArray(checks));
  return checks.filter(isJsonObject);
}

const lineOf = (check: JsonObject) =>
  `${textOf(check['status'])} ${textOf(check['subject'])}: ${textOf(check['message'])}`;

async function linesOf(hub: TestHub): Promise<string> {
  return (await examine(hub)).map(lineOf).join('\n');
}

test('a hub that is set up well says so', async (t) => {
  const hub = await startTestHub(t);
  const lines = await linesOf(hub);
  // True: the server of the tests runs without fsync.
  assert.match(lines, /^fail database: PostgreSQL \d.* with fsync, .* off: a power cut would/m);
  assert.match(lines, /^pass clock: It agrees/m);
  assert.match(lines, /^pass work: Nothing is overdue/m);
  assert.match(lines, /^pass channel ops: 127\.0\.0\.1:\d+ takes a connection/m);
  assert.match(lines, /^pass calling: New alerts are told by/m);
  assert.match(lines, /^pass links: .*https:\/\/tocsin\.example/m);
});

test('a project in which nobody is called fails, and says what to do', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  const checks = await examine(hub);
  const calling = checks.find(({ subject, status }) => subject === 'calling' && status === 'fail');
  assert.match(textOf(calling?.['message']), /a new alert calls nobody/);
  assert.match(textOf(calling?.['action']), /Make a channel and a rule/);
});

test('a channel whose server does not answer, or may not be reached, fails', async (t) => {
  const hub = await startTestHub(t);
  const url = 'http://10.1.2.3/hook';
  await hub.create('/api/v1/channels', {
    name: 'inside',
    channel_type: 'webhook',
    config: { url },
  });
  const inactive = { name: 'off', channel_type: 'webhook', config: { url }, is_active: false };
  await hub.create('/api/v1/channels', inactive);
  const lines = await linesOf(hub);
  assert.match(lines, /^fail channel inside: Its server cannot be reached \(10\.1\.2\.3:80: /m);
  assert.match(lines, /^warn channel off: It is inactive/m);
});

test('a secret that does not open fails and names its channel, never the secret', async (t) => {
  const hub = await startTestHub(t);
  await hub.query(`update channel set secrets = '{"webhook_secret": "v1.k9.AAAA"}'`);
  await hub.query('update project set version = version + 1');
  await hub.advance({ seconds: 2 });
  const lines = await linesOf(hub);
  assert.match(
    lines,
    /^fail channel ops: It cannot send: the secret of channel ops does not open/m,
  );
});

test('the project of the demo is nothing to look at', async (t) => {
  const hub = await startTestHub(t);
  await hub.create('/api/v1/projects', { project_id: 'demo' });
  const checks = await examine(hub);
  assert.ok(!checks.some((check) => check['project_id'] === 'demo'));
});

test('a full disk fails before it is full', async (t) => {
  const disk = { freeBytes: 100_000_000, totalBytes: 50_000_000_000 };
  const hub = await startTestHub(t, { disk });
  assert.match(await linesOf(hub), /^fail disk: Only 0\.1 GB \(0 %\) are free/m);
});

test('the doctor is for operators, and looks into no other project', async (t) => {
  const hub = await startTestHub(t);
  const viewer = { name: 'v', role: 'viewer', project_id: 'default' };
  const made = await hub.call('POST /api/v1/keys', viewer);
  const refused = await hub.call('POST /api/v1/doctor', undefined, {
    key: textOf(made.at('key')),
  });
  assert.equal(refused.status, 403);
  await hub.create('/api/v1/projects', { project_id: 'other' });
  const operator = await hub.call('POST /api/v1/keys', {
    name: 'o',
    role: 'operator',
    project_id: 'other',
  });
  const checks = await examine(hub, textOf(operator.at('key')));
  const projects = new Set(checks.map((check) => check['project_id']));
  assert.deepEqual(projects, new Set([null, 'other']));
  assert.ok(!checks.some(({ subject }) => subject === 'channel ops'));
});

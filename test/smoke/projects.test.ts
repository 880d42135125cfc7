/** Two projects on one hub: neither can tell that the other is there. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '#kernel/syntax/json.ts';
import { startTestHub, type TestHub } from '#test/support/hub.ts';
import { listItems } from '#test/support/hub/calls.ts';

type Owned = {
  readonly project: string;
  readonly key: string;
  readonly alert: string;
  /** Path of each configured resource, by its kind. */
  readonly paths: readonly string[];
};

async function fill(hub: TestHub, project: string): Promise<Owned> {
  const made = await hub.call('POST /api/v1/projects', { project_id: project });
  assert.equal(made.status, 201, made.text);
  const admin = { project_id: project, name: 'admin', role: 'admin' };
  const key = (await hub.call('POST /api/v1/keys', admin)).textAt('key');
  const own = { key };
  const config = { url: hub.receiver.url(`/${project}`) };
  const add = (path: string, body: JsonObject) => hub.create(path, { name: 'mine', ...body }, own);
  const channel = await add('/api/v1/channels', { channel_type: 'webhook', config });
  const rule = { event_type: 'alert.created', channel_id: channel };
  const paths = [
    `/api/v1/channels/${channel}`,
    `/api/v1/rules/${await add('/api/v1/rules', rule)}`,
    `/api/v1/sources/${await add('/api/v1/sources', { kind: 'native' })}`,
    `/api/v1/policies/${await add('/api/v1/policies', { steps: [{ delay_s: 9 }] })}`,
    `/api/v1/keys/${await add('/api/v1/keys', { role: 'viewer' })}`,
    `/api/v1/projects/${project}`,
  ];
  const device = await hub.call('POST /api/v1/devices', { device_id: `box-of-${project}` }, own);
  assert.equal(device.status, 201, device.text);
  paths.push(`/api/v1/devices/box-of-${project}`);
  const alert = await hub.raise({ alert_id: `alarm-of-${project}`, labels: { project } }, own);
  return { project, key, alert, paths };
}

async function startTwo(t: Parameters<typeof startTestHub>[0]) {
  const hub = await startTestHub(t);
  const [mine, theirs] = [await fill(hub, 'mine'), await fill(hub, 'theirs')];
  return { hub, mine, theirs };
}

test('what is theirs is not found: every route, every method', async (t) => {
  const { hub, mine, theirs } = await startTwo(t);
  const own = { key: mine.key };
  const alert = `/api/v1/alerts/${theirs.alert}`;
  const calls: (readonly [string, JsonObject?])[] = [
    [`GET ${alert}`],
    [`GET ${alert}/timeline`],
    [`GET ${alert}/notifications`],
    [`POST ${alert}/status`, { status: 'ACKNOWLEDGED' }],
    ['GET /api/v1/alerts?project_id=theirs'],
    ['GET /api/v1/alerts/active-count?project_id=theirs'],
    ['POST /api/v1/alerts', { title: 'Fall', project_id: 'theirs' }],
    ['POST /api/v1/events', { title: 'Fall', project_id: 'theirs' }],
    ['POST /api/v1/keys', { name: 'spy', role: 'viewer', project_id: 'theirs' }],
    ['POST /api/v1/sources', { name: 'spy', kind: 'native', project_id: 'theirs' }],
  ];
  for (const path of theirs.paths) {
    const [, kind] = /^\/api\/v1\/(\w+)/.exec(path) ?? [];
    calls.push([`GET ${path}`], [`GET /api/v1/${kind}?project_id=theirs`]);
    if (kind !== 'keys') calls.push([`PATCH ${path}`, { name: 'stolen' }]);
    if (kind !== 'projects') calls.push([`DELETE ${path}`]);
  }
  const before = await hub.query('select * from project order by project_id');
  for (const [what, body] of calls) {
    const headers = { 'if-match': '1' };
    const answer = await hub.call(what, body, { ...own, headers });
    const isHidden = answer.status === 404 && answer.at('error.code') === 'not_found';
    // Projects have one list for all; there the other is left out.
    const isLeftOut = answer.status === 200 && !answer.text.includes('theirs');
    assert.ok(isHidden || isLeftOut, `${what}: ${answer.status} ${answer.text}`);
  }
  const after = await hub.query('select * from project order by project_id');
  assert.deepEqual(after, before, 'no version has moved');
  assert.equal((await hub.alert(theirs.alert))['status'], 'PENDING');
});

test('lists hold what is mine and not a word of theirs', async (t) => {
  const { hub, mine } = await startTwo(t);
  const own = { key: mine.key };
  for (const list of ['alerts', 'channels', 'rules', 'sources', 'policies', 'keys', 'projects']) {
    const answer = await hub.call(`GET /api/v1/${list}?limit=500`, undefined, own);
    assert.equal(answer.status, 200, `${list}: ${answer.text}`);
    assert.ok(listItems(answer).length > 0, list);
    assert.doesNotMatch(answer.text, /theirs/, list);
  }
  const count = await hub.call('GET /api/v1/alerts/active-count', undefined, own);
  assert.equal(count.at('total'), 1);
  const alertmanager = await hub.call('GET /api/v2/alerts', undefined, own);
  assert.deepEqual(alertmanager.body, []);
});

test('the same problem in both projects is two alerts, each told to its own', async (t) => {
  const { hub, mine, theirs } = await startTwo(t);
  const problem = [{ labels: { alertname: 'DiskFull' } }];
  await hub.postAlertmanager(problem, mine.key);
  await hub.postAlertmanager(problem, theirs.key);
  await hub.settle();
  for (const { project, key } of [mine, theirs]) {
    const seen = await hub.call('GET /api/v2/alerts', undefined, { key });
    assert.equal(Array.isArray(seen.body) ? seen.body.length : 0, 1);
    const told = hub.receiver.received(`/${project}`);
    assert.equal(told.length, 2);
    assert.ok(told.every(({ text }) => text.includes(`"project_id":"${project}"`)));
  }
});

test('a rule cannot reach into the other project, nor a policy, nor an alert', async (t) => {
  const { hub, mine, theirs } = await startTwo(t);
  const own = { key: mine.key };
  const idOf = (kind: string) =>
    theirs.paths
      .find((path) => path.includes(kind))
      ?.split('/')
      .at(-1) ?? '';
  const rule = { name: 'spy', event_type: 'alert.created', channel_id: idOf('channels') };
  const targets = [{ type: 'channel', channel_id: idOf('channels') }];
  for (const [path, body] of [
    ['/api/v1/rules', rule],
    ['/api/v1/policies', { name: 'spy', steps: [{ delay_s: 1, targets }] }],
    ['/api/v1/sources', { name: 'spy', kind: 'native', policy_id: idOf('policies') }],
    ['/api/v1/alerts', { title: 'Fall', policy_id: idOf('policies') }],
  ] as const) {
    const answer = await hub.call(`POST ${path}`, body, own);
    assert.deepEqual([answer.status, answer.at('error.code')], [422, 'invalid'], path);
  }
});

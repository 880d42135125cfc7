/** A drill says who would be called, to whom it may say it, and what is wrong with that. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { drillAnswer } from '#contract/escalation/drill.ts';
import { parseWire } from '#contract/wire.ts';
import type { JsonObject } from '#kernel/syntax/json.ts';
import { type Answer, type CallOptions, listItems, textOf } from '#test/support/hub/calls.ts';
import { typeCommand } from '#test/support/hub/command-line.ts';
import { drill, objectsAt } from '#test/support/hub/drill.ts';
import { shareTestHub } from '#test/support/hub/shared.ts';
import { addPolicy, patch } from '#test/support/hub/story.ts';

const warningsOf = (answer: Answer) =>
  objectsAt(answer, 'warnings').map(({ code }) => textOf(code));

describe('a drill', () => {
  const shared = shareTestHub({ isTelling: false });

  /** A project with its own channel, rule and keys. */
  async function addProject(project_id: string) {
    const hub = shared();
    await hub.create('/api/v1/projects', { project_id });
    const keyOf = async (role: string) => {
      const body = { project_id, name: role, role };
      return { key: (await hub.call('POST /api/v1/keys', body)).textAt('key') };
    };
    const channel = await hub.tell(`/${project_id}`, { project_id, rule: { project_id } });
    return { channel, keyOf };
  }

  test('leaves nothing behind: no row, no message, no id from the future', async () => {
    const hub = shared();
    await addProject('traceless');
    const dump = async () => {
      const tables = ['event', 'event_key', 'alert', 'alert_head', 'escalation', 'timeline'];
      const more = ['notification', 'attempt', 'policy_snapshot', 'project'];
      const all = [...tables, ...more];
      return Promise.all(all.map(async (table) => `${table} ${await hub.countRows(table)}`));
    };
    const before = await dump();
    const body = { project_id: 'traceless', alert_id: 'fall-1', severity: 'critical' };
    assert.ok(objectsAt(await drill(hub, body), 'steps').length > 10);
    await hub.settle();
    assert.deepEqual(await dump(), before);
    assert.deepEqual(hub.receiver.received('/traceless'), []);
    await hub.raise(body);
    const [row] = await hub.query(`select event_id::text as id from event order by event_id desc`);
    const idAtMs = Number.parseInt(textOf(row?.['id']).replace('-', '').slice(0, 12), 16);
    assert.equal(idAtMs, hub.clock.now());
  });

  test('says through which source and under which policy, and who chose it', async () => {
    const hub = shared();
    const slow = await addPolicy(hub, 'slow', { delays: [600] });
    const quick = await addPolicy(hub, 'quick', { delays: [5] });
    const lifts = { name: 'lifts', kind: 'native', policy_id: slow, severity_default: 'critical' };
    const source = (await hub.call('POST /api/v1/sources', lifts)).textAt('id');
    const told = async (body: JsonObject) => {
      const { at } = await drill(hub, body);
      return [at('source.name'), at('policy.name'), at('policy.chosen_by'), at('alert.severity')];
    };
    assert.deepEqual(await told({}), ['native', 'sentinel', 'project', 'medium']);
    assert.deepEqual(await told({ source: 'lifts' }), ['lifts', 'slow', 'source', 'critical']);
    const asked = { source, policy_id: quick, severity: 'warning' };
    assert.deepEqual(await told(asked), ['lifts', 'quick', 'alert', 'medium']);
  });

  test('warns of what hangs by one thread', async () => {
    const hub = shared();
    const { channel } = await addProject('thread');
    const warned = async (more: JsonObject = {}) => drill(hub, { project_id: 'thread', ...more });
    assert.deepEqual(warningsOf(await warned()), ['single_way']);
    assert.ok(warningsOf(await warned({ severity: 'dire' })).includes('severity_unknown'));
    const once = await addPolicy(hub, 'once', { project_id: 'thread', delays: [60] });
    const silent = await warned({ policy_id: once });
    assert.deepEqual(warningsOf(silent), ['single_way', 'long_silence']);
    assert.match(
      silent.text,
      /After Reminder 1 \(1 min\) nobody is called again until it expires at 2 h/,
    );
    await patch(hub, `/api/v1/channels/${channel}`, { is_active: false });
    const nobody = await warned({ policy_id: once });
    assert.deepEqual(
      new Set(warningsOf(nobody)),
      new Set(['nobody_called', 'no_administrators', 'channel_inactive', 'long_silence']),
    );
    assert.match(nobody.text, /Nobody is called at 1 min \(Reminder 1\): inactive: thread\./);
    assert.equal(nobody.at('steps.0.reaches_nobody'), true);
    assert.equal(nobody.at('steps.0.messages.0.problem'), 'channel is inactive');
    await hub.query(
      `update channel set is_active = true, secrets = '{"webhook_secret": "x"}'
        where channel_id = $1`,
      [channel],
    );
    await patch(hub, '/api/v1/projects/thread', { name: 'read anew' });
    const broken = await warned();
    assert.ok(warningsOf(broken).includes('channel_unusable'), broken.text);
    assert.match(broken.textAt('steps.0.messages.0.problem'), /does not open/);
  });

  test('warns of people who cannot be reached, and of what is open already', async () => {
    const hub = shared();
    await addProject('people');
    const project_id = 'people';
    const ben = await hub.create('/api/v1/responders', {
      project_id,
      name: 'Ben',
      is_active: false,
    });
    const targets = [{ type: 'responder', responder_id: ben }];
    const steps = [{ delay_s: 60, targets }];
    const policy_id = await addPolicy(hub, 'ben', { project_id, steps });
    const answer = await drill(hub, { project_id, policy_id });
    assert.deepEqual(answer.at('steps.1.not_reached'), ['Ben is off duty']);
    assert.match(answer.text, /Nobody is called at 1 min \(Reminder 1\): Ben is off duty\./);
    for (const name of [{ alert_id: 'door-1' }, { fingerprint: 'door-2' }]) {
      assert.ok(!warningsOf(await drill(hub, { project_id, ...name })).includes('already_raised'));
      await hub.raise({ project_id, ...name });
      assert.ok(warningsOf(await drill(hub, { project_id, ...name })).includes('already_raised'));
    }
  });

  test('is cut where a policy would go on for days', async () => {
    const hub = shared();
    const how = { delays: [1], repeat_every_s: 1, min_interval_s: 0, expire_after_s: 86_400 };
    const policy_id = await addPolicy(hub, 'endless', how);
    const answer = await drill(hub, { policy_id });
    assert.equal(answer.at('end'), null);
    assert.ok(warningsOf(answer).includes('cut'));
    assert.equal(objectsAt(answer, 'steps').length, 100);
  });

  test('shows addresses of people to administrators alone', async () => {
    const hub = shared();
    const { keyOf } = await addProject('private');
    const project_id = 'private';
    const mail = await hub.create('/api/v1/channels', {
      project_id,
      name: 'mail',
      channel_type: 'email',
      config: { smtp_host: 'mail.example', from_email: 't@x.example', to_email: 'ward@x.example' },
    });
    const anna = await hub.create('/api/v1/responders', {
      project_id,
      name: 'Anna',
      addresses: [
        { channel_type: 'email', address: 'anna@home.example' },
        { channel_type: 'webhook', address: 'https://hook.example/secret-of-anna' },
      ],
    });
    const targets = [
      { type: 'responder', responder_id: anna },
      { type: 'channel', channel_id: mail },
    ];
    const policy_id = await addPolicy(hub, 'anna', {
      project_id,
      steps: [{ delay_s: 9, targets }],
    });
    const asAdmin = await drill(hub, { policy_id }, await keyOf('admin'));
    const shown = (answer: Answer, field: string) =>
      [0, 1, 2].map((n) => answer.at(`steps.1.messages.${n}.${field}`));
    const hook = 'https://hook.example/secret-of-anna';
    assert.deepEqual(shown(asAdmin, 'address'), ['anna@home.example', hook, 'ward@x.example']);
    assert.deepEqual(shown(asAdmin, 'recipient'), [
      'Anna (anna@home.example)',
      'Anna (webhook hook.example)',
      'ward@x.example',
    ]);
    assert.deepEqual(shown(asAdmin, 'by'), ['responder', 'responder', 'policy']);
    for (const role of ['viewer', 'responder', 'operator']) {
      const answer = await drill(hub, { policy_id }, await keyOf(role));
      assert.deepEqual(
        shown(answer, 'address'),
        ['a…@home.example', 'https://hook.example/…', 'w…@x.example'],
        role,
      );
      assert.deepEqual(shown(answer, 'recipient'), [
        'Anna (a…@home.example)',
        'Anna (webhook hook.example)',
        'w…@x.example',
      ]);
      assert.doesNotMatch(answer.text, /anna@|ward@|secret-of-anna/);
    }
  });

  test('is of one project, for who may read', async () => {
    const hub = shared();
    const mine = await addProject('mine');
    await addProject('theirs');
    const reader = await mine.keyOf('viewer');
    const answer = await drill(hub, {}, reader);
    assert.equal(answer.at('project_id'), 'mine');
    assert.doesNotMatch(answer.text, /theirs/);
    const ask = (body: JsonObject, by: CallOptions) =>
      hub.call('POST /api/v1/drill', { title: 'Fall', ...body }, by);
    assert.equal((await ask({ project_id: 'theirs' }, reader)).status, 404);
    assert.equal((await ask({}, await mine.keyOf('ingest'))).status, 403);
    assert.equal((await ask({}, { key: null })).status, 401);
    const policies = listItems(await hub.call('GET /api/v1/policies?project_id=theirs'));
    for (const [body, path] of [
      [{ policy_id: textOf(policies[0]?.['id']) }, 'policy_id'],
      [{ source: 'nowhere' }, 'source'],
      [{ title: '' }, 'title'],
      [{ colour: 'red' }, 'colour'],
    ] as const) {
      const refused = await ask(body, reader);
      assert.deepEqual([refused.status, refused.at('error.details.0.path')], [422, path]);
    }
  });
});

describe('tocsin drill', () => {
  const shared = shareTestHub();

  test('prints who is called, when, and by what', async () => {
    const hub = shared();
    const typed = await typeCommand(hub, ['drill', 'Fall in room 12', '--severity', 'critical']);
    assert.equal(typed.code, 0, typed.err);
    assert.equal(
      typed.out,
      `Fall in room 12 (critical), through the source native.
Policy sentinel, the default of the project. Nothing is sent; if nobody answers:

AFTER   CALL                                   PRIORITY   WHO  CHANNEL        NAMED BY
0 s     created                                critical   ops  ops (webhook)  rule ops
2 min   Reminder 1                             high       ops  ops (webhook)  rule ops
5 min   Reminder 2                             critical   ops  ops (webhook)  rule ops
10 min  Reminder 3                             critical   ops  ops (webhook)  rule ops
20 min  URGENT reminder                        emergency  ops  ops (webhook)  rule ops
30 min  MAX ESCALATION                         emergency  ops  ops (webhook)  rule ops
40 min  MAX ESCALATION, 8 times, every 10 min  emergency  ops  ops (webhook)  rule ops
2 h     expired                                emergency  ops  ops (webhook)  rule ops

It is EXPIRED after 2 h.
Warnings:
- Every call goes out by one channel, to ops alone: while that one fails, nobody is called. \
A second channel of another kind would help.`,
    );
  });

  test('takes what an alert has, and prints JSON', async () => {
    const hub = shared();
    await addPolicy(hub, 'night', { delays: [90], expire_after_s: 120 });
    const words = ['drill', '--policy', 'night', '--label', 'site=north', '--label', 'a=b=c'];
    const typed = await typeCommand(hub, [
      ...words,
      '--device',
      'cam-1',
      '--source',
      'native',
      '--json',
    ]);
    assert.equal(typed.code, 0, typed.err);
    const reading = parseWire(drillAnswer, typed.json());
    assert.ok(reading.ok, typed.out);
    const { alert, policy, end } = reading.value;
    assert.deepEqual(alert.labels, { site: 'north', a: 'b=c' });
    assert.deepEqual([alert.title, alert.device_id], ['Drill', 'cam-1']);
    assert.deepEqual([policy.name, policy.chosen_by, end?.after_s], ['night', 'alert', 120]);
    const { out } = await typeCommand(hub, words);
    assert.match(out, /^1 min 30 s {2}Reminder 1/m);
  });

  test('says what is wrong', async () => {
    const hub = shared();
    const policy = await typeCommand(hub, ['drill', '--policy', 'sentinal']);
    assert.deepEqual(
      [policy.code, policy.err],
      [1, 'tocsin: there is no policy sentinal; did you mean sentinel?'],
    );
    const label = await typeCommand(hub, ['drill', '--label', 'north']);
    assert.deepEqual([label.code, label.err], [2, 'tocsin: --label north must be NAME=VALUE']);
    const source = await typeCommand(hub, ['drill', '--source', 'lifts']);
    assert.equal(source.code, 1);
    assert.match(source.err, /source: is no source of this project; there are native/);
  });
});

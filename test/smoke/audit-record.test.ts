/** Every write of a person leaves one row in the audit: who, from where, what, before and after. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isJsonObject, type JsonObject } from '#kernel/syntax/json.ts';
import { type Answer, type CallOptions, textOf } from '#test/support/hub/calls.ts';
import { WEBHOOK_SECRET } from '#test/support/hub/receiver.ts';
import { shareTestHub } from '#test/support/hub/shared.ts';
import { listReceived, pathOf } from '#test/support/hub/story.ts';
import type { TestHub } from '#test/support/hub.ts';

/** The rows that were written meanwhile, in order. */
async function recorded(hub: TestHub, act: () => Promise<unknown>): Promise<readonly JsonObject[]> {
  const known = new Set((await readAudit(hub)).map(({ audit_id }) => audit_id));
  await act();
  return (await readAudit(hub)).filter(({ audit_id }) => !known.has(audit_id));
}

const readAudit = (hub: TestHub) =>
  hub.query(`
    select *, round(extract(epoch from at) * 1000)::text as at_ms
      from audit order by at, audit_id`);

const linesOf = (rows: readonly JsonObject[]) =>
  rows.map((row) => `${textOf(row['project_id'])} ${textOf(row['action'])}`);

function sideOf(row: JsonObject | undefined, side: 'before' | 'after'): JsonObject {
  const value = row?.[side];
  assert.ok(isJsonObject(value), `${side} of ${JSON.stringify(row)}`);
  return value;
}

async function done(answering: Promise<Answer>): Promise<Answer> {
  const answer = await answering;
  assert.ok(answer.status < 300, `${answer.status} ${answer.text}`);
  return answer;
}

async function only(hub: TestHub, act: () => Promise<unknown>): Promise<JsonObject> {
  const [row, ...more] = await recorded(hub, act);
  assert.ok(row !== undefined, 'a row was written');
  assert.deepEqual(linesOf(more), [], 'and only one');
  return row;
}

/** Bodies of each kind of configured thing, and what a PATCH changes. */
const RESOURCES: readonly (readonly [string, string, JsonObject, JsonObject])[] = [
  ['policy', 'policies', { steps: [{ delay_s: 9 }] }, { expire_after_s: 3_600 }],
  ['responder', 'responders', { position: 1 }, { position: 2 }],
  ['source', 'sources', { kind: 'native' }, { severity_default: 'high' }],
];

describe('what a write of configuration leaves', () => {
  const shared = shareTestHub({ isTelling: false });

  for (const [kind, path, body, change] of RESOURCES) {
    test(`a ${kind}: made, changed, removed`, async () => {
      const hub = shared();
      const at = `/api/v1/${path}`;
      const name = `audited ${kind}`;
      const made = await only(hub, () => done(hub.call(`POST ${at}`, { name, ...body })));
      const id = textOf(made['object_id']);
      assert.deepEqual(linesOf([made]), [`default ${kind}.created`]);
      assert.deepEqual(
        [made['object_kind'], made['object_name'], made['before']],
        [kind, name, null],
      );
      const shown = (await hub.call(`GET ${at}/${id}`)).body;
      assert.deepEqual(sideOf(made, 'after'), shown, 'as the API shows it');
      const headers = { 'if-match': '1' };
      const changed = await only(hub, () =>
        done(hub.call(`PATCH ${at}/${id}`, change, { headers })),
      );
      assert.deepEqual(linesOf([changed]), [`default ${kind}.updated`]);
      assert.deepEqual(sideOf(changed, 'before'), shown);
      assert.deepEqual(sideOf(changed, 'after'), (await hub.call(`GET ${at}/${id}`)).body);
      const gone = await only(hub, () => done(hub.call(`DELETE ${at}/${id}`)));
      assert.deepEqual(linesOf([gone]), [`default ${kind}.deleted`]);
      assert.deepEqual([sideOf(gone, 'before')['id'], gone['after']], [id, null]);
    });
  }

  test('who, from where, and by which key of idempotency', async () => {
    const hub = shared();
    const key = (await hub.call('POST /api/v1/keys', { name: 'deploy', role: 'admin' })).textAt(
      'key',
    );
    const headers = { 'idempotency-key': 'once-1' };
    const body = { name: 'who', kind: 'native' };
    const row = await only(hub, () =>
      done(hub.call('POST /api/v1/sources', body, { key, headers })),
    );
    const { principal_name, auth_method, role, method, route, idempotency_key } = row;
    assert.deepEqual(
      { principal_name, auth_method, role, method, route, idempotency_key },
      {
        principal_name: 'deploy',
        auth_method: 'api_key',
        role: 'admin',
        method: 'POST',
        route: '/api/v1/sources',
        idempotency_key: 'once-1',
      },
    );
    assert.equal(row['remote_address'], '127.0.0.1');
    assert.match(textOf(row['request_id']), /^[0-9a-f-]{36}$/);
    assert.equal(row['at_ms'], String(hub.clock.now()));
    const path = `DELETE /api/v1/sources/${textOf(row['object_id'])}`;
    const gone = await only(hub, () => done(hub.call(path, undefined, { key })));
    assert.equal(gone['route'], '/api/v1/sources/:id', 'the pattern, never the URL');
  });

  test('a project is made in the chain of the hub, and changed in its own', async () => {
    const hub = shared();
    const rows = await recorded(hub, async () => {
      await done(hub.call('POST /api/v1/projects', { project_id: 'ward' }));
      const headers = { 'if-match': '1' };
      await done(hub.call('PATCH /api/v1/projects/ward', { name: 'Ward B' }, { headers }));
    });
    assert.deepEqual(linesOf(rows), ['- project.created', 'ward project.updated']);
    const [before, after] = [sideOf(rows[1], 'before'), sideOf(rows[1], 'after')];
    assert.deepEqual([before['name'], after['name']], ['ward', 'Ward B']);
    assert.deepEqual([before['version'], after['version']], [1, 2]);
  });

  test('a device, by its own name', async () => {
    const hub = shared();
    const rows = await recorded(hub, async () => {
      await done(hub.call('POST /api/v1/devices', { device_id: 'box-1' }));
      const headers = { 'if-match': '1' };
      await done(hub.call('PATCH /api/v1/devices/box-1', { name: 'Hall' }, { headers }));
      await done(hub.call('DELETE /api/v1/devices/box-1'));
    });
    const verbs = ['created', 'updated', 'deleted'].map((verb) => `default device.${verb}`);
    assert.deepEqual(linesOf(rows), verbs);
    assert.deepEqual(new Set(rows.map((row) => row['object_id'])), new Set(['box-1']));
  });

  test('a key: made and revoked, without itself; revoked again is no write', async () => {
    const hub = shared();
    let key = '';
    const made = await only(hub, async () => {
      key = (await hub.call('POST /api/v1/keys', { name: 'ci', role: 'operator' })).textAt('key');
    });
    const path = `DELETE /api/v1/keys/${textOf(made['object_id'])}`;
    const revoked = await only(hub, () => done(hub.call(path)));
    assert.deepEqual(linesOf([made, revoked]), ['default key.created', 'default key.revoked']);
    assert.equal(sideOf(revoked, 'before')['revoked_at'], null);
    assert.notEqual(sideOf(revoked, 'after')['revoked_at'], null);
    assert.equal(JSON.stringify([made, revoked]).includes(key), false);
    assert.deepEqual(await recorded(hub, () => done(hub.call(path))), []);
  });

  test('of a secret only that it is set, and that it is another one now', async () => {
    const hub = shared();
    const at = '/api/v1/channels';
    const secret = 'canary-of-the-audit';
    const rows = await recorded(hub, async () => {
      const id = await hub.create(at, {
        name: 'sealed',
        channel_type: 'email',
        config: { smtp_host: 'mail.example', from_email: 'a@b.example', to_email: 'c@d.example' },
        secrets: { smtp_password: secret },
      });
      const headers = { 'if-match': '1' };
      const secrets = { smtp_password: `${secret}-2` };
      await done(hub.call(`PATCH ${at}/${id}`, { secrets }, { headers }));
      const renamed = { headers: { 'if-match': '2' } };
      await done(hub.call(`PATCH ${at}/${id}`, { name: 'renamed' }, renamed));
      await done(hub.call(`DELETE ${at}/${id}`));
    });
    const verbs = ['created', 'updated', 'updated', 'deleted'];
    assert.deepEqual(
      linesOf(rows),
      verbs.map((verb) => `default channel.${verb}`),
    );
    const marks = rows.slice(0, 3).map((row) => {
      const { secrets } = sideOf(row, 'after');
      return isJsonObject(secrets) ? secrets['smtp_password'] : null;
    });
    assert.deepEqual(marks, [{ is_set: true }, { is_new: true, is_set: true }, { is_set: true }]);
    assert.equal(JSON.stringify(await readAudit(hub)).includes(secret), false);
  });

  test('the test of a channel, before it is sent', async () => {
    const hub = shared();
    const id = await hub.tell('/audited');
    const row = await only(hub, () => done(hub.call(`POST /api/v1/channels/${id}/test`)));
    assert.deepEqual([row['action'], row['object_id']], ['channel.tested', id]);
    const soon = await recorded(hub, () => hub.call(`POST /api/v1/channels/${id}/test`));
    assert.deepEqual(soon, [], 'one that was refused was not sent');
  });

  test('a write that was refused leaves nothing', async () => {
    const hub = shared();
    const viewer = await hub.call('POST /api/v1/keys', { name: 'viewer', role: 'viewer' });
    const source = await hub.create('/api/v1/sources', { name: 'kept', kind: 'native' });
    const other: CallOptions = { key: viewer.textAt('key') };
    const stale = { headers: { 'if-match': '7' } };
    const rows = await recorded(hub, async () => {
      const refusals = [
        hub.call('POST /api/v1/sources', { name: 'x', kind: 'native' }, other),
        hub.call('POST /api/v1/sources', { name: 'x', kind: 'native' }, { key: null }),
        hub.call('POST /api/v1/sources', { name: 'x', kind: 'nonsense' }),
        hub.call('POST /api/v1/sources', { name: 'kept', kind: 'native' }),
        hub.call(`PATCH /api/v1/sources/${source}`, { name: 'y' }, stale),
        hub.call('DELETE /api/v1/policies/00000000-0000-7000-8000-000000000000'),
        hub.call('POST /api/v1/projects', { project_id: 'default' }),
      ];
      const statuses = (await Promise.all(refusals)).map(({ status }) => status);
      assert.deepEqual(statuses, [403, 401, 422, 409, 409, 404, 409]);
    });
    assert.deepEqual(linesOf(rows), []);
  });

  test('a document leaves a row for each thing it changed; a plan leaves none', async () => {
    const hub = shared();
    const document = {
      version: 1,
      projects: [
        {
          project_id: 'home',
          sources: [{ name: 'boxes', kind: 'native', token: 'c4n4rytokenc4n4rytokenc4n4rytok0' }],
          channels: [
            {
              name: 'ops',
              channel_type: 'webhook',
              config: { url: 'https://ops.example/x' },
              secrets: { webhook_secret: WEBHOOK_SECRET },
              fallback_channel: null,
            },
          ],
          rules: [{ name: 'all', event_type: 'alert.created', channel: 'ops' }],
        },
      ],
    };
    const plan = () => done(hub.call('POST /api/v1/config/plan', document));
    const apply = () => done(hub.call('POST /api/v1/config/apply', document));
    assert.deepEqual(await recorded(hub, plan), []);
    const rows = await recorded(hub, apply);
    assert.deepEqual(linesOf(rows), [
      '- project.created',
      'home source.created',
      'home channel.created',
      'home rule.created',
    ]);
    assert.deepEqual(sideOf(rows[1], 'after')['token'], { is_set: true });
    assert.deepEqual(sideOf(rows[2], 'after')['secrets'], { webhook_secret: { is_set: true } });
    const ops = await hub.call('GET /api/v1/channels?project_id=home');
    assert.equal(rows[2]?.['object_id'], ops.at('items.0.id'));
    assert.doesNotMatch(JSON.stringify(rows), /c4n4ry|whsec_/);
    assert.deepEqual(await recorded(hub, apply), [], 'nothing is to change any more');
  });
});

describe('what an answer to an alert leaves', () => {
  const shared = shareTestHub();

  test('what each answer changed, and not what was said with it', async () => {
    const hub = shared();
    const id = await hub.raise();
    const rows = await recorded(hub, async () => {
      const answers: readonly (readonly [string, JsonObject])[] = [
        ['note', { detail: 'private words' }],
        ['assign', { assigned_to: 'Ada', detail: 'private words' }],
        ['escalate', { detail: 'private words' }],
        ['notifications', { label: 'Phoned', detail: 'private words' }],
        ['status', { status: 'SEEN' }],
        ['status', { status: 'ACKNOWLEDGED', detail: 'private words' }],
        ['status', { status: 'RESOLVED', outcome: 'fixed' }],
      ];
      for (const [name, body] of answers) {
        await done(hub.call(`POST /api/v1/alerts/${id}/${name}`, body));
      }
    });
    const verbs = ['noted', 'assigned', 'escalated', 'round_recorded', 'seen', 'acknowledged'];
    const wanted = [...verbs, 'resolved'].map((verb) => `default alert.${verb}`);
    assert.deepEqual(linesOf(rows), wanted);
    const [before, after] = [sideOf(rows[5], 'before'), sideOf(rows[5], 'after')];
    assert.deepEqual([before['status'], after['status']], ['SEEN', 'ACKNOWLEDGED']);
    assert.deepEqual([before['acknowledged_by'], after['acknowledged_by']], [null, 'admin key']);
    assert.deepEqual(new Set(rows.map((row) => row['object_id'])), new Set([id]));
    assert.doesNotMatch(JSON.stringify(rows), /private words|Fall in room/);
  });

  test('one row for each of many; none for those that refuse', async () => {
    const hub = shared();
    const [one, other] = [await hub.raise(), await hub.raise()];
    await done(hub.call(`POST /api/v1/alerts/${one}/status`, { status: 'RESOLVED' }));
    const body = { alert_ids: [one, other, 'nobody-knows-it'], status: 'SEEN' };
    const many = () => done(hub.call('POST /api/v1/alerts/bulk-status', body));
    const row = await only(hub, many);
    assert.deepEqual([row['action'], row['object_id']], ['alert.seen', other]);
    const none = { alert_ids: [one], status: 'SEEN' };
    const refused = () => done(hub.call('POST /api/v1/alerts/bulk-status', none));
    assert.deepEqual(await recorded(hub, refused), []);
  });

  test('whoever pressed the button in a message is known by the message', async () => {
    const hub = shared();
    const id = await hub.raise();
    await hub.settle();
    const page = pathOf(listReceived(hub, id)[0], 'action_url');
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const press = () =>
      done(hub.call(`POST ${page}`, undefined, { key: null, raw: 'action=seen', headers }));
    const row = await only(hub, press);
    assert.deepEqual([row['action'], row['auth_method']], ['alert.acknowledged', 'action_link']);
    assert.equal(row['route'], '/a/:token');
    assert.equal(JSON.stringify(row).includes(page.slice('/a/'.length)), false);
  });

  test('time, reports and the receipts of devices are no writes of a person', async () => {
    const hub = shared();
    const rows = await recorded(hub, async () => {
      const id = await hub.raise();
      await hub.settle();
      const receipt = pathOf(listReceived(hub, id)[0], 'receipt_url');
      await done(hub.call(`POST ${receipt}`, { status: 'read' }, { key: null }));
      await hub.advance({ minutes: 10 });
      await done(hub.call('POST /api/v1/events', { title: 'Fall', alert_id: id }));
    });
    assert.deepEqual(linesOf(rows), []);
  });

  test('an import leaves one row for what it brought in; a dry run none', async () => {
    const hub = shared();
    const alerts = [
      { alert_id: 'old-1', origin: 'active', fields: { status: 'pending', created_at: 1 } },
    ];
    const send = (more: JsonObject) => () =>
      done(hub.call('POST /api/v1/imports/sentinel', { timezone: 'UTC', alerts, ...more }));
    assert.deepEqual(await recorded(hub, send({ is_dry_run: true })), []);
    const row = await only(hub, send({}));
    assert.equal(row['action'], 'alerts.imported');
    assert.deepEqual(sideOf(row, 'after'), { alert_ids: ['old-1'], imported: 1 });
    assert.deepEqual(await recorded(hub, send({})), [], 'all of it is there already');
  });
});

/** Each with its reason, which stands beside the route. */
const UNAUDITED = ['POST /api/v1/audit/verify', 'POST /api/v1/config/plan', 'POST /api/v1/doctor'];

describe('the net under all writes', () => {
  const shared = shareTestHub({ isTelling: false, isErrorExpected: true });

  test('only these routes may write and leave nothing', async () => {
    const { server } = shared().node.hub;
    await server.ready();
    const silent = server.writeRoutes.filter(({ unaudited }) => unaudited !== null);
    assert.deepEqual(silent.map(({ method, path }) => `${method} ${path}`).toSorted(), UNAUDITED);
  });

  test('a row that the transaction took back is gone with it', async () => {
    const hub = shared();
    const count = await hub.countRows('audit');
    // Fails at the commit, after the row of the audit was written.
    await hub.query(`
      create function fail() returns trigger language plpgsql as
        $$ begin raise exception 'no room'; end $$`);
    await hub.query(`
      create constraint trigger fail after insert on source deferrable initially deferred
        for each row execute function fail()`);
    const answer = await hub.call('POST /api/v1/sources', { name: 'never', kind: 'native' });
    assert.ok(answer.status >= 500, answer.text);
    assert.equal(await hub.countRows('audit'), count);
  });
});

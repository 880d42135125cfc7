/**
 * The audit can be proven: what was written is sealed into a chain, and `tocsin audit verify` says
 * what somebody with all rights in the database did to it.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { auditAnswer, auditVerifyLine } from '#contract/access/audit.ts';
import { parseWire } from '#contract/wire.ts';
import { isJsonObject, type JsonObject, parseJson } from '#kernel/syntax/json.ts';
import { createAuditHeadsFile } from '#platform/audit-heads-file.ts';
import type { TestHub } from '#test/support/hub.ts';
import { listItems, textOf } from '#test/support/hub/calls.ts';
import { typeCommand } from '#test/support/hub/command-line.ts';
import { shareTestHub } from '#test/support/hub/shared.ts';
import { runOn } from '#test/support/server.ts';

const dir = mkdtempSync(join(tmpdir(), 'tocsin-audit-'));
after(() => rmSync(dir, { recursive: true, force: true }));

const seal = (hub: TestHub) => hub.node.hub.runSealOnce();

/** So many writes in the default project, each of a source of its own. */
async function write(hub: TestHub, count: number, project = 'default'): Promise<void> {
  for (let number = 0; number < count; number += 1) {
    hub.clock.advanceMs(1_000);
    const name = `s${hub.clock.now()}`;
    await hub.create('/api/v1/sources', { project_id: project, name, kind: 'native' });
  }
}

/** As the owner of the database, who can take the guard away, does it. */
async function tamper(hub: TestHub, ...texts: readonly string[]): Promise<void> {
  await runOn(hub.db.connection, async (client) => {
    const all = ['disable trigger user', ...texts, 'enable trigger user'];
    for (const text of all)
      await client.query(text.replace(/^(dis|en)able/, 'alter table audit $&'));
  });
}

async function verify(hub: TestHub, ...more: readonly string[]) {
  const typed = await typeCommand(hub, ['audit', 'verify', ...more]);
  return { code: typed.code, text: `${typed.out}\n${typed.err}` };
}

/** Everything of a chain is put aside, and put back. */
async function whileTampered(hub: TestHub, sql: string, look: () => Promise<void>): Promise<void> {
  await tamper(
    hub,
    'create table audit_kept as table audit',
    'create table audit_head_kept as table audit_head',
    sql,
  );
  try {
    await look();
  } finally {
    await tamper(
      hub,
      'delete from audit',
      `create unique index if not exists audit_seq_once on audit (project_id, seq)
        where seq is not null`,
      'insert into audit select * from audit_kept',
      'delete from audit_head',
      'insert into audit_head select * from audit_head_kept',
      'drop table audit_kept',
      'drop table audit_head_kept',
    );
  }
}

describe('what was written to the audit', () => {
  const shared = shareTestHub({ isTelling: false, auditHeads: createAuditHeadsFile(dir) });

  test('is sealed by the next beat, numbered without gaps, project by project', async () => {
    const hub = shared();
    await hub.call('POST /api/v1/projects', { project_id: 'ward' });
    await write(hub, 2);
    await write(hub, 1, 'ward');
    const before = listItems(await hub.call('GET /api/v1/audit'));
    assert.deepEqual(new Set(before.map((row) => row['seal'])), new Set([null]));
    assert.equal(await seal(hub), 4);
    assert.equal(await seal(hub), 0, 'once');
    await write(hub, 1);
    await seal(hub);
    const rows = listItems(await hub.call('GET /api/v1/audit'));
    const numbers = rows.toReversed().map((row) => {
      const found = isJsonObject(row['seal']) ? row['seal']['seq'] : null;
      return `${textOf(row['project_id'])} ${JSON.stringify(found)}`;
    });
    assert.deepEqual(numbers, ['- 1', 'default 1', 'default 2', 'ward 1', 'default 3']);
    for (const row of rows) {
      const reading = parseWire(auditAnswer, row);
      assert.ok(reading.ok, JSON.stringify(reading));
    }
  });

  test('a transaction that commits late is sealed late, and never passed over', async () => {
    const hub = shared();
    await runOn(hub.db.connection, async (slow) => {
      await slow.query('begin');
      await slow.query(`
        insert into audit (project_id, audit_id, at, principal_id, principal_name, auth_method,
          role, action, object_kind, object_id)
        values ('default', '00000000-0000-7000-8000-000000000001', '2020-01-01T00:00:00Z',
          'a', 'A', 'api_key', 'admin', 'x.y', 'x', 'y')`);
      await write(hub, 1);
      await seal(hub);
      await slow.query('commit');
    });
    assert.equal(await seal(hub), 1);
    const [row] = await hub.query(
      `select seq = (select max(seq) from audit where project_id = 'default') as is_last
         from audit where object_id = 'y'`,
    );
    assert.equal(row?.['is_last'], true);
    assert.equal((await verify(hub)).code, 0);
  });

  test('two nodes that seal at once give each row one number', async () => {
    const hub = shared();
    const other = await hub.addNode();
    await write(hub, 5);
    const beats = Array.from({ length: 6 }, (_, index) =>
      (index % 2 === 0 ? hub.node : other).hub.runSealOnce(),
    );
    const counts = await Promise.all(beats);
    assert.equal(counts.reduce((sum, count) => sum + count, 0) + (await seal(hub)), 5);
    await write(hub, 1);
    assert.equal(await other.hub.runSealOnce(), 1, 'whoever comes next goes on with the chain');
    const told = await verify(hub);
    assert.equal(told.code, 0, told.text);
    assert.match(told.text, /Intact: \d+ rows in 3 chains, each as the hub has sealed it\./);
  });

  test('how far each chain has got is in the log, and in a file of its owner alone', async () => {
    const hub = shared();
    await write(hub, 1);
    await seal(hub);
    const path = join(dir, 'audit-heads.log');
    assert.equal(statSync(path).mode & 0o777, 0o600);
    const [last] = readFileSync(path, 'utf8').trimEnd().split('\n').slice(-1);
    const line = parseJson(last ?? '');
    assert.ok(line.ok && isJsonObject(line.value));
    const [head] = await hub.query(
      `select project_id, seq::int as seq, encode(mac, 'hex') as mac
         from audit_head where project_id = 'default'`,
    );
    const { at, ...said } = line.value;
    assert.deepEqual(said, head);
    assert.equal(typeof at, 'string');
    const logged = hub.db.log.lines.findLast(({ message }) => message === 'audit head');
    assert.deepEqual(logged?.fields, head);
  });

  test('is never changed or removed by a session of the hub', async () => {
    const hub = shared();
    for (const sql of [
      `update audit set principal_name = 'Mallory'`,
      `update audit set seq = seq + 100 where seq is not null`,
      'delete from audit',
      'truncate audit',
    ]) {
      await assert.rejects(hub.query(sql), /the audit is only ever added to/, sql);
    }
    await write(hub, 1);
    const edit = `update audit set principal_name = 'Mallory' where seq is null`;
    await assert.rejects(hub.query(edit), /only ever added to/, 'also before it is sealed');
    await seal(hub);
  });

  test('rows that wait too long to be sealed are told by /readyz and the metrics', async () => {
    const hub = shared();
    await write(hub, 2);
    hub.clock.advanceMs(61_000);
    await hub.node.hub.nodeLease.runRenewalOnce();
    const ready = await hub.call('GET /readyz');
    assert.equal(ready.status, 200, 'nobody is called late for it');
    assert.match(ready.text, /Rows of the audit have waited 6\d s to be sealed/);
    await hub.node.hub.runSelfWatchOnce();
    const metrics = (await hub.call('GET /metrics')).text;
    assert.match(metrics, /^tocsin_audit_unsealed_rows 2$/m);
    assert.match(metrics, /^tocsin_audit_unsealed_seconds 6\d$/m);
    const told = await verify(hub);
    assert.match(told.text, /Not sealed yet: 2 rows, the oldest of /);
    await seal(hub);
    assert.doesNotMatch((await hub.call('GET /readyz')).text, /audit/);
    assert.match(
      (await hub.call('GET /metrics')).text,
      /^tocsin_audit_seal_wait_seconds_count \d+$/m,
    );
  });
});

/** What somebody does in SQL, and what is said of it. Row 5 is in the middle, row 8 the last. */
const ATTACKS: readonly (readonly [string, string, RegExp])[] = [
  [
    'an edited row',
    `update audit set principal_name = 'Mallory' where seq = 5`,
    /default +edited: row 5 is not as it was sealed; of 2\S+Z, [0-9a-f-]{36}/,
  ],
  [
    'a removed row',
    `delete from audit where seq = 5`,
    /removed: row 5 is gone; behind one of 2\S+Z/,
  ],
  [
    'rows that changed places',
    `drop index audit_seq_once; update audit set seq = 13 - seq where seq in (6, 7)`,
    /moved: row 6 was moved, and carries the number 7;.*\n.*moved: row 7 was moved/,
  ],
  [
    'a row put in behind the last',
    `insert into audit select 'default', '00000000-0000-7000-8000-00000000ffff', at, 'x', 'Mallory',
       auth_method, role, action, object_kind, object_id, object_name, before, after, request_id,
       remote_address, method, route, idempotency_key, sealed_at, 9, key_id, mac, prev_mac
     from audit where seq = 8`,
    /inserted: row 9 was put in; the hub has not sealed it/,
  ],
  ['a cut tail', `delete from audit where seq >= 7`, /cut: rows 7 to 8 are cut off the end/],
  [
    'a head that was set back',
    `update audit_head set seq = 4`,
    /head: the rows are there, but its head in the database has been set back to 4/,
  ],
  ['a head that was taken away', `delete from audit_head`, /its head is gone from the database/],
  [
    'all of it taken away',
    `delete from audit; delete from audit_head`,
    /cut: rows 1 to 8 are cut off the end/,
  ],
  [
    'a row that is taken back to be sealed again',
    `update audit set seq = null, mac = null, prev_mac = null, key_id = null, sealed_at = null
      where seq = 5`,
    /removed: row 5 is gone/,
  ],
];

describe('what somebody did to the chain is found', () => {
  const heads = mkdtempSync(join(tmpdir(), 'tocsin-audit-'));
  after(() => rmSync(heads, { recursive: true, force: true }));
  const file = createAuditHeadsFile(heads);
  // Errors in the log are part of it: a chain that has gone back is told at once.
  const shared = shareTestHub({ isTelling: false, isErrorExpected: true, auditHeads: file });

  test('nothing, while nobody does anything', async () => {
    const hub = shared();
    for (let beat = 0; beat < 4; beat += 1) {
      await write(hub, 2);
      await seal(hub);
    }
    const told = await verify(hub);
    assert.equal(told.code, 0, told.text);
    assert.match(told.text, /default +8 +4 +row 8 +2\S+Z +0/);
  });

  for (const [name, sql, says] of ATTACKS) {
    test(name, async () => {
      const hub = shared();
      await whileTampered(hub, sql, async () => {
        const told = await verify(hub);
        assert.equal(told.code, 1, told.text);
        assert.match(told.text, says);
        assert.match(told.text, /Not intact: 1 of 1 chain/);
      });
      assert.equal((await verify(hub)).code, 0);
    });
  }

  test('an edit of any column of any row', async () => {
    const hub = shared();
    const columns = await hub.query(
      `select column_name, data_type from information_schema.columns
        where table_name = 'audit' and table_schema = 'public' and column_name <> 'seq'`,
    );
    assert.ok(columns.length >= 22);
    for (const { column_name, data_type } of columns) {
      const column = textOf(column_name);
      const other = (OTHER[textOf(data_type)] ?? '').replaceAll('COLUMN', column);
      const sql = `update audit set ${column} = ${other} where seq = 5`;
      await whileTampered(hub, sql, async () => {
        const told = await verify(hub, '--project', 'default');
        assert.equal(told.code, 1, `${column}: ${told.text}`);
        assert.match(told.text, /edited: row 5|removed: row 5|rewritten/, column);
      });
    }
  });

  test('a tail that was cut with its head, by what was told outside', async () => {
    const hub = shared();
    const cut = `delete from audit where seq >= 7;
      update audit_head set seq = 6, mac = (select mac from audit where seq = 6)`;
    const kept = join(heads, 'kept elsewhere.log');
    writeFileSync(kept, readFileSync(join(heads, 'audit-heads.log')));
    await whileTampered(hub, cut, async () => {
      assert.match((await verify(hub)).text, /cut: rows 7 to 8 are cut off the end/);
      rmSync(join(heads, 'audit-heads.log'));
      const blind = await verify(hub);
      assert.equal(blind.code, 0, 'the attacker has the data directory too');
      assert.match(blind.text, /No head from outside was compared with/);
      const told = await verify(hub, '--heads', kept);
      assert.equal(told.code, 1);
      assert.match(told.text, /cut: rows 7 to 8 are cut off the end/);
    });
    writeFileSync(join(heads, 'audit-heads.log'), readFileSync(kept));
  });

  test('a tail that was cut, and the chain that went on over it', async () => {
    const hub = shared();
    const cut = `delete from audit where seq >= 7;
      update audit_head set seq = 6, mac = (select mac from audit where seq = 6)`;
    await whileTampered(hub, cut, async () => {
      await write(hub, 3);
      await seal(hub);
      const told = await verify(hub);
      assert.equal(told.code, 1);
      assert.match(told.text, /rewritten: row 8 is not the one that was there/);
      const { lines } = hub.db.log;
      assert.ok(lines.some(({ message }) => message.startsWith('an audit chain is not the one')));
    });
    // What was told of the other chain is as true as what is told of this one.
    writeFileSync(join(heads, 'audit-heads.log'), readFileSync(join(heads, 'kept elsewhere.log')));
  });

  test('with the words for a program', async () => {
    const hub = shared();
    await whileTampered(hub, 'delete from audit where seq = 5', async () => {
      const typed = await typeCommand(hub, ['audit', 'verify', '--json']);
      assert.equal(typed.code, 1);
      const answer = typed.json();
      assert.ok(isJsonObject(answer));
      assert.deepEqual([answer['is_intact'], answer['rows']], [false, 7]);
      assert.match(JSON.stringify(answer['chains']), /"intact_seq":4,.*"kind":"removed","seq":5/);
    });
  });

  test('a file without heads, and one that is not there, are refused', async () => {
    const hub = shared();
    const empty = join(heads, 'empty.log');
    writeFileSync(empty, 'nothing\n{"seq":1,"mac":"x"}\n');
    for (const [path, says] of [
      [empty, /holds no head/],
      [join(heads, 'none.log'), /cannot be read: ENOENT/],
    ] as const) {
      const told = await verify(hub, '--heads', path);
      assert.equal(told.code, 1);
      assert.match(told.text, says);
    }
  });

  test('each line of the answer is as it is documented', async () => {
    const answer = await shared().call('POST /api/v1/audit/verify');
    assert.equal(answer.status, 200);
    const lines = answer.text.trimEnd().split('\n');
    assert.equal(lines.length, 2);
    for (const line of lines) {
      const json = parseJson(line);
      assert.ok(json.ok);
      const reading = parseWire(auditVerifyLine, json.value);
      assert.ok(reading.ok, line);
    }
  });
});

/** Another value of each type. */
const OTHER: Readonly<Record<string, string>> = {
  text: `coalesce(COLUMN, '') || 'x'`,
  uuid: `'00000000-0000-7000-8000-00000000eeee'`,
  json: `case when COLUMN is null then '1'::json else (COLUMN::text || ' ')::json end`,
  'timestamp with time zone': `COLUMN + interval '1 microsecond'`,
  bytea: `set_byte(COLUMN, 0, 255 - get_byte(COLUMN, 0))`,
};

describe('the audit is read', () => {
  const shared = shareTestHub({ isTelling: false });
  const idsOf = (rows: readonly JsonObject[]) => rows.map((row) => textOf(row['action']));

  test('by who, what, on what and when; page after page', async () => {
    const hub = shared();
    const start = hub.clock.now();
    await hub.call('POST /api/v1/projects', { project_id: 'ward' });
    const made = await hub.call('POST /api/v1/keys', { name: 'Ada', role: 'admin' });
    const key = made.textAt('key');
    hub.clock.advanceMs(10_000);
    const middle = new Date(hub.clock.now()).toISOString();
    const own = { key };
    const policy = await hub.create(
      '/api/v1/policies',
      { name: 'p', steps: [{ delay_s: 9 }] },
      own,
    );
    await hub.call(`DELETE /api/v1/policies/${policy}`, undefined, own);
    const ask = async (query: string, options = {}) => {
      const answer = await hub.call(`GET /api/v1/audit?${query}`, undefined, options);
      assert.equal(answer.status, 200, answer.text);
      return listItems(answer);
    };
    const all = ['policy.deleted', 'policy.created', 'key.created', 'project.created'];
    assert.deepEqual(idsOf(await ask('')), all);
    assert.deepEqual(idsOf(await ask('', own)), all.slice(0, 3), 'not what is the hub’s');
    assert.deepEqual(idsOf(await ask('project_id=-')), ['project.created']);
    assert.deepEqual(idsOf(await ask('principal=Ada')), all.slice(0, 2));
    assert.deepEqual(idsOf(await ask('principal=admin')), all.slice(2));
    assert.deepEqual(idsOf(await ask('action=policy')), all.slice(0, 2));
    assert.deepEqual(idsOf(await ask('action=policy.created')), ['policy.created']);
    assert.deepEqual(idsOf(await ask('action=polic')), []);
    assert.deepEqual(idsOf(await ask(`object=${policy}`)), all.slice(0, 2));
    assert.deepEqual(idsOf(await ask('object=Ada')), ['key.created']);
    assert.deepEqual(idsOf(await ask(`since=${middle}`)), all.slice(0, 2));
    assert.deepEqual(idsOf(await ask(`until=${middle}`)), all.slice(2));
    assert.ok(start < hub.clock.now());
    const first = await hub.call('GET /api/v1/audit?limit=3');
    const next = await hub.call(`GET /api/v1/audit?limit=3&cursor=${first.textAt('next_cursor')}`);
    assert.deepEqual(idsOf([...listItems(first), ...listItems(next)]), all);
    assert.equal(next.at('next_cursor'), null);
    for (const query of ['project_id=other', 'project_id=-', 'project_id=ward']) {
      const answer = await hub.call(`GET /api/v1/audit?${query}`, undefined, own);
      assert.equal(answer.status, 404, `${query}: ${answer.text}`);
    }
  });

  test('by administrators alone', async () => {
    const hub = shared();
    for (const role of ['viewer', 'responder', 'operator']) {
      const key = (await hub.call('POST /api/v1/keys', { name: role, role })).textAt('key');
      for (const what of ['GET /api/v1/audit', 'GET /api/v1/audit/export']) {
        assert.equal((await hub.call(what, undefined, { key })).status, 403);
      }
      assert.equal((await hub.call('POST /api/v1/audit/verify', {}, { key })).status, 403);
    }
  });

  test('as lines of JSON and as a table, the oldest first, whole', async () => {
    const hub = shared();
    const name = '=HYPERLINK("https://evil.example","x")';
    await hub.create('/api/v1/sources', { name, kind: 'native' });
    const count = await hub.countRows('audit');
    const lines = (await hub.call('GET /api/v1/audit/export')).text.trimEnd().split('\n');
    assert.equal(lines.length, count);
    const parsed = lines.map((line) => {
      const json = parseJson(line);
      assert.ok(json.ok && isJsonObject(json.value));
      return json.value;
    });
    const listed = listItems(await hub.call('GET /api/v1/audit?limit=500'));
    assert.deepEqual(parsed, listed.toReversed());
    const table = await hub.call('GET /api/v1/audit/export?format=csv&object=nobody');
    assert.match(table.text, /^"at","project_id","principal_name",.*"mac"\r\n$/);
    assert.match(String(table.headers['content-disposition']), /filename="tocsin-audit\.csv"/);
    const cells = (await hub.call('GET /api/v1/audit/export?format=csv')).text;
    assert.match(cells, /,"'=HYPERLINK\(""https:\/\/evil\.example"",""x""\)",/);
    const typed = await typeCommand(hub, ['audit', 'export', '--action', 'source']);
    assert.equal(typed.code, 0, typed.err);
    assert.equal(typed.out.split('\n').length, 1);
    assert.match(typed.out, /"action":"source.created"/);
  });

  test('on a terminal, with the fields that changed', async () => {
    const hub = shared();
    const policy = await hub.create('/api/v1/policies', { name: 'shown', steps: [{ delay_s: 9 }] });
    const headers = { 'if-match': '1' };
    const change = { expire_after_s: 3_600, ack_timeout_s: 60 };
    await hub.call(`PATCH /api/v1/policies/${policy}`, change, { headers });
    const typed = await typeCommand(hub, ['audit', 'list', '--action', 'policy.updated']);
    assert.equal(typed.code, 0, typed.err);
    const [, row = ''] = typed.out.split('\n');
    assert.match(row, /admin key +admin_key +127\.0\.0\.1 +default +policy\.updated +shown +/);
    assert.match(row, /ack_timeout_s, expire_after_s$/);
    const none = await typeCommand(hub, ['audit', 'list', '--principal', 'nobody']);
    assert.equal(none.out, 'No entry.');
  });

  test('more of it than one page, from the database as it is asked for', async () => {
    const hub = shared();
    await tamper(
      hub,
      `insert into audit (project_id, audit_id, at, principal_id, principal_name, auth_method, role,
         action, object_kind, object_id)
       select 'many', gen_random_uuid(), '2020-01-01T00:00:00Z'::timestamptz + n * interval '1 ms',
         'a', 'A', 'api_key', 'admin', 'x.y', 'x', n::text
       from generate_series(1, 1234) n`,
    );
    const answer = await hub.call('GET /api/v1/audit/export?principal=A');
    const ids = answer.text
      .trimEnd()
      .split('\n')
      .map((line) => /"x","id":"(\d+)"/.exec(line)?.[1]);
    assert.deepEqual(
      ids,
      Array.from({ length: 1_234 }, (_, index) => String(index + 1)),
    );
    while ((await seal(hub)) > 0);
    const told = await verify(hub, '--project', 'many');
    assert.equal(told.code, 0, told.text);
    assert.match(told.text, /many +1234 +0 +row 1234 /);
  });
});

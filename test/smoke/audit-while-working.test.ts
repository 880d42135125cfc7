/** The audit while the hub works: long chains, reading and sealing at once, restarts, other keys. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isJsonObject, type JsonObject, parseJson } from '#kernel/syntax/json.ts';
import type { TestHub } from '#test/support/hub.ts';
import { listItems, textOf } from '#test/support/hub/calls.ts';
import { shareTestHub } from '#test/support/hub/shared.ts';
import { runOn } from '#test/support/server.ts';

/** Rows as a hub writes them, quicker than by so many requests. */
async function fill(hub: TestHub, project: string, count: number): Promise<void> {
  await runOn(hub.db.connection, (client) =>
    client.query(
      `insert into audit (project_id, audit_id, at, principal_id, principal_name, auth_method,
         role, action, object_kind, object_id)
       select $1, gen_random_uuid(), '2026-01-01T00:00:00Z'::timestamptz + n * interval '1 ms',
         'a', 'A', 'api_key', 'admin', 'x.y', 'x', n::text
       from generate_series(1, $2::int) n`,
      [project, count],
    ),
  );
}

async function sealAll(hub: TestHub): Promise<void> {
  while ((await hub.node.hub.runSealOnce()) > 0);
}

async function ownerDoes(hub: TestHub, sql: string): Promise<void> {
  await runOn(hub.db.connection, async (client) => {
    await client.query('alter table audit disable trigger user');
    await client.query(sql);
    await client.query('alter table audit enable trigger user');
  });
}

async function verify(hub: TestHub, body: JsonObject = {}): Promise<readonly JsonObject[]> {
  const answer = await hub.call('POST /api/v1/audit/verify', body);
  assert.equal(answer.status, 200, answer.text);
  return answer.text
    .trimEnd()
    .split('\n')
    .map((line) => {
      const json = parseJson(line);
      assert.ok(json.ok && isJsonObject(json.value), line);
      return json.value;
    });
}

const ofType = (lines: readonly JsonObject[], type: string) =>
  lines.filter((line) => line['type'] === type);

describe('a long chain', () => {
  const shared = shareTestHub({ isTelling: false });

  test('is verified page by page, and tells how far it has got', async () => {
    const hub = shared();
    await fill(hub, 'long', 1_050);
    await fill(hub, 'short', 3);
    await sealAll(hub);
    const lines = await verify(hub);
    const places = ofType(lines, 'progress').map((line) => [line['rows'], line['rows_all']]);
    assert.deepEqual(
      places,
      [200, 400, 600, 800, 1_000].map((rows) => [rows, rows]),
    );
    const chains = ofType(lines, 'chain').map((line) => [line['project_id'], line['rows']]);
    assert.deepEqual(chains, [
      ['long', 1_050],
      ['short', 3],
    ]);
    const [end] = ofType(lines, 'end');
    assert.deepEqual([end?.['is_intact'], end?.['rows'], end?.['chains']], [true, 1_053, 2]);
  });

  test('whatever is wrong on its last page is found, and what is before it is intact', async () => {
    const hub = shared();
    await ownerDoes(
      hub,
      `update audit set role = 'viewer' where project_id = 'long' and seq = 1033`,
    );
    const lines = await verify(hub);
    const [long, short] = ofType(lines, 'chain');
    assert.deepEqual([long?.['intact_seq'], short?.['is_intact']], [1_032, true]);
    assert.match(JSON.stringify(long?.['faults']), /"kind":"edited","seq":1033,/);
    assert.equal(ofType(lines, 'end')[0]?.['is_intact'], false);
    const only = await verify(hub, { project_id: 'default' });
    assert.equal(ofType(only, 'end')[0]?.['is_intact'], true, 'of another chain');
    await ownerDoes(hub, `update audit set role = 'admin' where project_id = 'long'`);
    assert.equal(ofType(await verify(hub), 'end')[0]?.['is_intact'], true, 'and put back');
  });

  test('many faults are counted, and the first of them told', async () => {
    const hub = shared();
    await ownerDoes(hub, `delete from audit where project_id = 'long' and seq % 2 = 0`);
    const [long] = ofType(await verify(hub), 'chain');
    const faults = long?.['faults'];
    assert.ok(Array.isArray(faults));
    assert.deepEqual([faults.length, long?.['fault_count']], [100, 525]);
    assert.match(JSON.stringify(faults[0]), /"kind":"removed","seq":2,/);
  });
});

describe('while the hub works', () => {
  const shared = shareTestHub({ isTelling: false });

  test('what is sealed in the middle of a verification is no fault', async () => {
    const hub = shared();
    for (let round = 0; round < 5; round += 1) {
      await fill(hub, 'default', 450);
      const [lines] = await Promise.all([verify(hub), sealAll(hub), fill(hub, 'default', 450)]);
      const [end] = ofType(lines, 'end');
      assert.equal(end?.['is_intact'], true, JSON.stringify(lines.at(-2)));
    }
    await sealAll(hub);
    const [end] = ofType(await verify(hub), 'end');
    assert.deepEqual([end?.['is_intact'], end?.['rows'], end?.['unsealed']], [true, 4_500, 0]);
  });

  test('writes at once from many hands are all there, each once, and sealed', async () => {
    const hub = shared();
    const names = Array.from({ length: 12 }, (_, index) => `at once ${index}`);
    const made = await Promise.all([
      ...names.map((name) => hub.call('POST /api/v1/sources', { name, kind: 'native' })),
      ...names.map((name) => hub.call('POST /api/v1/sources', { name, kind: 'native' })),
    ]);
    const statuses = made.map(({ status }) => status);
    assert.equal(statuses.filter((status) => status === 201).length, names.length);
    await sealAll(hub);
    const listed = listItems(await hub.call('GET /api/v1/audit?action=source.created&limit=500'));
    const told = listed.map((row) => (isJsonObject(row['object']) ? row['object']['name'] : null));
    assert.equal(told.length, names.length);
    assert.deepEqual(new Set(told), new Set(names));
    const numbers = listed.map((row) => (isJsonObject(row['seal']) ? row['seal']['seq'] : null));
    assert.equal(new Set(numbers).size, names.length);
  });

  test('a node that comes later goes on with the chain of the one that is gone', async () => {
    const hub = shared();
    const before = await hub.query(`select max(seq)::int as seq from audit where project_id = '-'`);
    assert.equal(before[0]?.['seq'], null);
    const other = await hub.addNode();
    const call = { node: other };
    for (const id of ['one', 'two']) {
      await hub.call('POST /api/v1/projects', { project_id: id }, call);
      await other.hub.runSealOnce();
    }
    await other.kill();
    await hub.call('POST /api/v1/projects', { project_id: 'three' });
    await sealAll(hub);
    const listed = listItems(await hub.call('GET /api/v1/audit?project_id=-'));
    const seals = listed.map((row) => (isJsonObject(row['seal']) ? row['seal'] : {}));
    assert.deepEqual(
      seals.map((seal) => [seal['seq'], seal['key_id']]),
      [
        [3, 'a1'],
        [2, 'a1'],
        [1, 'a1'],
      ],
    );
    assert.equal(new Set(seals.map((seal) => textOf(seal['mac']))).size, 3);
    assert.equal(ofType(await verify(hub, { project_id: '-' }), 'end')[0]?.['is_intact'], true);
  });

  test('heads that are none of ours are refused, and heads of others are no proof', async () => {
    const hub = shared();
    const head = { project_id: 'default', seq: 0, mac: 'ab'.repeat(32) };
    const refused = await hub.call('POST /api/v1/audit/verify', { heads: [head] });
    assert.equal(refused.status, 422, refused.text);
    const foreign = await verify(hub, { heads: [{ ...head, seq: 5 }] });
    const [chain] = ofType(foreign, 'chain').filter((line) => line['project_id'] === 'default');
    assert.match(JSON.stringify(chain?.['faults']), /"kind":"rewritten","seq":5,/);
    const unknown = await verify(hub, { heads: [{ ...head, project_id: 'gone', seq: 5 }] });
    const [gone] = ofType(unknown, 'chain').filter((line) => line['project_id'] === 'gone');
    assert.match(JSON.stringify(gone?.['faults']), /"kind":"cut","seq":1,"until_seq":5,/);
  });
});

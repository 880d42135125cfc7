/** What the commands of the audit ask for, print and refuse. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import type { HubClient, HubRequest } from '#app/cli/kit/hub-client.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { JsonObject, JsonValue } from '#kernel/syntax/json.ts';
import { runTestCommand } from '#test/support/cli.ts';
import { AUDIT_EXPORT } from './export.ts';
import { AUDIT_LIST } from './list.ts';
import { AUDIT_VERIFY } from './verify.ts';

const ENTRY: JsonObject = {
  id: '0190a000-0000-7000-8000-000000000001',
  project_id: 'default',
  at: '2026-01-31T08:00:00.000Z',
  principal: { id: 'k1', name: 'Ada', auth_method: 'session', role: 'admin' },
  action: 'rule.updated',
  object: { kind: 'rule', id: 'r1', name: 'night' },
  before: { name: 'night', matchers: [], version: 1 },
  after: { name: 'night', matchers: ['a="b"'], version: 2 },
  request: {
    id: 'q',
    remote_address: '10.0.0.7',
    method: 'PATCH',
    route: '/x',
    idempotency_key: null,
  },
  seal: null,
};

const CHAIN: JsonObject = {
  type: 'chain',
  project_id: 'default',
  is_intact: true,
  rows: 46,
  last_seq: 46,
  intact_seq: 46,
  intact_at: '2026-01-31T08:00:00.000Z',
  heads: 3,
  fault_count: 0,
  faults: [],
};

const END: JsonObject = {
  type: 'end',
  is_intact: true,
  chains: 1,
  rows: 46,
  unsealed: 0,
  unsealed_since: null,
};

const FAULT: JsonObject = {
  kind: 'edited',
  seq: 46,
  until_seq: 46,
  audit_id: '0190a000-0000-7000-8000-000000000001',
  at: '2026-01-31T08:00:00.000Z',
  message: 'row 46 is not as it was sealed',
};

type Opened = { readonly open: HubClient['open']; readonly asked: HubRequest[] };

/** A hub that answers with these pieces of a body. */
function opening(pieces: readonly (string | Error)[], status = 200): Opened {
  const asked: HubRequest[] = [];
  return {
    asked,
    open: async (request) => {
      asked.push(request);
      const left = [...pieces];
      const body = new ReadableStream<Uint8Array>({
        pull: (controller) => {
          const piece = left.shift();
          if (piece === undefined) controller.close();
          else if (piece instanceof Error) controller.error(piece);
          else controller.enqueue(new TextEncoder().encode(piece));
        },
      });
      return new Response(body, { status });
    },
  };
}

const linesOf = (...values: readonly JsonValue[]) =>
  values.map((value) => `${JSON.stringify(value)}\n`).join('');

const verify = (opened: Opened, ...words: readonly string[]) =>
  runTestCommand(AUDIT_VERIFY, words, { open: opened.open });

function makeFile(t: TestContext, text: string): string {
  const dir = mkdtempSync(join(tmpdir(), 'tocsin-heads-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const path = join(dir, 'heads.log');
  writeFileSync(path, text);
  return path;
}

describe('tocsin audit list', () => {
  const list = (items: readonly JsonObject[], ...words: readonly string[]) =>
    runTestCommand(AUDIT_LIST, words, {
      answer: () => ({ ok: true, body: { items, next_cursor: null } }),
    });

  test('one line each: when, who, from where, what, and which fields changed', async () => {
    const run = await list([ENTRY]);
    const [heads = '', row = ''] = run.printed.split('\n');
    assert.match(heads, /^AT +WHO +BY +FROM +PROJECT +ACTION +OBJECT +CHANGED$/);
    assert.equal(
      row.replaceAll(/ +/g, ' '),
      '2026-01-31 08:00:00Z Ada session 10.0.0.7 default rule.updated night matchers',
    );
  });

  test('what was made or removed has changed no field; the hub comes from nowhere', async () => {
    const made = {
      ...ENTRY,
      before: null,
      request: null,
      object: { kind: 'x', id: 'i', name: null },
    };
    const [, row = ''] = (await list([made])).printed.split('\n');
    assert.match(row, /session +- +default +rule\.updated +i +-$/);
  });

  test('passes on what it was asked for', async () => {
    const words = ['--project', '-', '--principal', 'Ada', '--action', 'key', '--object', 'ci'];
    const run = await list([], ...words, '--since', 'A', '--until', 'B', '--limit', '7');
    const [asked] = run.asked;
    const query = new URLSearchParams(asked?.path.split('?')[1]);
    assert.deepEqual(Object.fromEntries(query), {
      project_id: '-',
      principal: 'Ada',
      action: 'key',
      object: 'ci',
      since: 'A',
      until: 'B',
      limit: '8',
    });
    assert.equal(run.printed, 'No entry.');
  });

  test('says when there is more, and prints it whole as JSON', async () => {
    const run = await list([ENTRY, ENTRY, ENTRY], '--limit', '2', '--json');
    assert.deepEqual(JSON.parse(run.printed), [ENTRY, ENTRY]);
    assert.match(run.complaints, /more than 2/);
  });
});

describe('tocsin audit export', () => {
  test('prints the answer as it comes, line by line, however it is cut', async () => {
    const opened = opening(['a,"é', ' ü"\r\nb', ',c\r\n']);
    const run = await runTestCommand(AUDIT_EXPORT, ['--format', 'csv'], { open: opened.open });
    assert.equal(run.printed, 'a,"é ü"\r\nb,c\r');
    assert.equal(opened.asked[0]?.path, '/api/v1/audit/export?format=csv');
  });

  test('fails when the hub refuses, and when its answer breaks off', async () => {
    const refusal = linesOf({ error: { code: 'not_allowed', message: 'No.', request_id: 'q' } });
    const refused = opening([refusal], 403);
    const run = (opened: Opened) => runTestCommand(AUDIT_EXPORT, [], { open: opened.open });
    await assert.rejects(run(refused), /the hub answered 403: No\./);
    const broken = opening(['a\n', new Error('the connection broke')]);
    await assert.rejects(run(broken), /http:\/\/hub\.example does not answer: /);
  });
});

describe('tocsin audit verify', () => {
  test('an intact chain ends with 0', async () => {
    const progress = { rows: 9, rows_all: 9, chains_done: 0, chains_all: 1 };
    const first = { type: 'progress', project_id: 'default', ...progress };
    const opened = opening([linesOf(first, CHAIN), linesOf(END)]);
    const run = await verify(opened);
    assert.equal(run.code, 0);
    assert.match(run.printed, /^CHAIN +ROWS +HEADS COMPARED +INTACT UP TO +OF +FAULTS\n/);
    assert.match(run.printed, /\ndefault +46 +3 +row 46 +2026-01-31T08:00:00\.000Z +0\n/);
    assert.match(run.printed, /\nIntact: 46 rows in 1 chain, each as the hub has sealed it\.$/);
    assert.equal(run.complaints, '');
    assert.deepEqual(opened.asked[0]?.body, { project_id: null, heads: [] });
  });

  test('a fault ends with 1, and says which row and since when', async () => {
    const cut = { ...FAULT, kind: 'cut', seq: 47, until_seq: 49, audit_id: null };
    const message = 'rows 47 to 49 are cut off the end';
    const faults = [FAULT, { ...cut, message }];
    const bad = { ...CHAIN, is_intact: false, intact_seq: 45, fault_count: 5, faults };
    const run = await verify(opening([linesOf(bad, { ...END, is_intact: false })]));
    assert.equal(run.code, 1);
    assert.match(
      run.printed,
      /default {2}edited: row 46 is not as it was sealed; of 2026-01-31T08:00:00\.000Z, 0190a000-/,
    );
    assert.match(run.printed, /cut: rows 47 to 49 are cut off the end; behind one of 2026-/);
    assert.match(run.printed, /default {2}and 3 more/);
    assert.match(run.printed, /Not intact: 1 of 1 chain \(46 rows\)\./);
  });

  test('says what is not sealed, and when nothing from outside was compared with', async () => {
    const end = { ...END, unsealed: 2, unsealed_since: '2026-01-31T08:00:00.000Z' };
    const run = await verify(opening([linesOf({ ...CHAIN, heads: 0 }, end)]));
    assert.equal(run.code, 0);
    assert.match(run.printed, /Not sealed yet: 2 rows, the oldest of 2026-01-31T08:00:00\.000Z\./);
    assert.match(run.complaints, /No head from outside was compared with: .* --heads\./);
  });

  test('an answer without its last line proves nothing', async () => {
    await assert.rejects(verify(opening([linesOf(CHAIN)])), /broken off .*: nothing is proven/);
    await assert.rejects(verify(opening([])), /nothing is proven/);
    await assert.rejects(verify(opening(['{"type":"other"}\n'])), /does not understand/);
  });

  test('heads of a file go along, the last ones when there are too many', async (t) => {
    const headOf = (seq: number) => ({ project_id: 'default', seq, mac: 'ab'.repeat(32) });
    const few = makeFile(t, `noise\n${linesOf({ at: 'x', ...headOf(1) }, headOf(2))}`);
    const opened = opening([linesOf(CHAIN, END)]);
    await verify(opened, '--heads', few, '--project', 'default');
    const heads = [headOf(1), headOf(2)];
    assert.deepEqual(opened.asked[0]?.body, { project_id: 'default', heads });
    const many = Array.from({ length: LIMITS.auditWitnessesMax + 1 }, (_, at) => headOf(at + 1));
    const path = makeFile(t, linesOf(...many));
    const again = opening([linesOf(CHAIN, END)]);
    const run = await verify(again, '--heads', path);
    const body = again.asked[0]?.body;
    assert.deepEqual(body, { project_id: null, heads: many.slice(1) });
    assert.match(run.complaints, /holds 10001 heads; the last 10000 are compared/);
  });

  test('as JSON it is one value', async () => {
    const run = await verify(opening([linesOf(CHAIN, END)]), '--json');
    const { type: _chain, ...chain } = CHAIN;
    const { type: _end, ...end } = END;
    assert.deepEqual(JSON.parse(run.printed), { ...end, chains: [chain] });
  });
});

/** Moving over from the fall-alert manager: its alerts come along, and nobody is forgotten. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { importAnswer } from '#contract/import.ts';
import { parseWire } from '#contract/wire.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '#kernel/syntax/json.ts';
import { type Answer, type CallOptions, textOf } from '#test/support/hub/calls.ts';
import { ADMIN_KEY } from '#test/support/hub/nodes.ts';
import { startTestHub, type TestHub } from '#test/support/hub.ts';

const HERE = import.meta.resolve('#test/smoke/import.test.ts');
const fileAt = (path: string) => fileURLToPath(new URL(path, HERE));
const ACTIVE = fileAt('../fixtures/sentinel/alerts_active.json');
const HISTORY = fileAt('../fixtures/sentinel/alerts_history.json');
const BINARY = fileAt('../../bin/tocsin.mjs');

type Ran = { readonly code: number; readonly out: string; readonly err: string };

/** The real command line against the hub of the test, on a real socket. */
async function runCli(hub: TestHub, ...args: readonly string[]): Promise<Ran> {
  const { server } = hub.node.hub;
  const address = server.server.address();
  const url =
    address === null || typeof address === 'string'
      ? await server.listen({ host: '127.0.0.1', port: 0 })
      : `http://127.0.0.1:${address.port}`;
  const child = spawn(process.execPath, [BINARY, 'import', 'sentinel', ...args], {
    env: { ...process.env, TOCSIN_URL: url, TOCSIN_API_KEY: ADMIN_KEY },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err] = await Promise.all([
    readAll(child.stdout),
    readAll(child.stderr),
    once(child, 'exit'),
  ]);
  return { code: Number(child.exitCode), out, err };
}

const BOTH = [ACTIVE, HISTORY, '--timezone', 'Europe/Paris'] as const;

function readFixture(path: string): JsonValue {
  return parseText(readFileSync(path, 'utf8'));
}

function parseText(text: string): JsonValue {
  return JSON.parse(text) as JsonValue;
}

/** Alerts of the active file whose ids need no mending, as one request. */
function bodyOf(more: JsonObject = {}): JsonObject {
  const active = readFixture(ACTIVE);
  assert.ok(isJsonObject(active));
  const alerts = Object.entries(active)
    .filter(([id]) => !id.includes(' '))
    .map(([id, fields]) => ({ alert_id: id, origin: 'active', fields }));
  return { timezone: 'Europe/Paris', alerts, ...more };
}

const post = (hub: TestHub, body: JsonObject, options?: CallOptions): Promise<Answer> =>
  hub.call('POST /api/v1/imports/sentinel', body, options);

/** Whatever was imported: due while open, pointed to, and told whole. */
async function checkStored(hub: TestHub): Promise<void> {
  const broken = await hub.query(`
    select a.alert_id
      from alert a
      left join escalation e using (project_id, alert_id)
      left join alert_head h on h.project_id = a.project_id and h.alert_key = a.alert_key
     where e.alert_id is null
        or (e.due_at is not null) <> (a.status in ('PENDING', 'DELIVERED', 'SEEN', 'ACKNOWLEDGED'))
        or h.current_alert_id is distinct from a.alert_id
        or e.round_count <> e.round + 1
        or e.round <> (
          select count(*) from timeline t
           where t.project_id = a.project_id and t.alert_id = a.alert_id and t.kind = 'ESCALATED')
        or 1 <> (
          select count(*) from timeline t
           where t.project_id = a.project_id and t.alert_id = a.alert_id and t.kind = 'CREATED')`);
  assert.deepEqual(broken, []);
}

const statusesOf = async (hub: TestHub) =>
  Object.fromEntries(
    (await hub.query('select alert_id, status from alert order by alert_id')).map((row) => [
      textOf(row['alert_id']).replace('chute-', ''),
      textOf(row['status']),
    ]),
  );

test('all alerts of both files come along, with status and place on the board', async (t) => {
  const hub = await startTestHub(t);
  const ran = await runCli(hub, ...BOTH);
  assert.equal(ran.code, 0, ran.err);
  assert.deepEqual(await statusesOf(hub), {
    '20260329-015800': 'RESOLVED',
    '20260815-090000': 'EXPIRED',
    '20260901-140000': 'EXPIRED',
    '20261025-025000': 'RESOLVED',
    '20261114-100000': 'ACKNOWLEDGED',
    '20261115-220000': 'EXPIRED',
    '20261116-081000': 'ACKNOWLEDGED',
    '20261116-083000': 'SEEN',
    '20261116-085200': 'DELIVERED',
    '20261116-085800': 'PENDING',
    '20261116-085930': 'PENDING',
    'n-7-essai--6fb84730': 'ACKNOWLEDGED',
  });
  await checkStored(hub);
  const board = await hub.query(
    'select alert_id from alert where closed_at is null and status = $1',
    ['EXPIRED'],
  );
  assert.deepEqual(
    board.map((row) => row['alert_id']),
    ['chute-20261115-220000'],
  );
});

test('the command says what it will do before it does it, and what it did', async (t) => {
  const hub = await startTestHub(t);
  const ran = await runCli(hub, ...BOTH);
  assert.match(ran.err, /^12 alerts to import into project default, 0 are there already\.\n/);
  assert.match(
    ran.err,
    /7 are open and go on escalating under the project's default policy; 2 are due/,
  );
  assert.match(ran.out, /^Imported:\n {2}imported +12 {2}alerts with their timeline\n/);
  assert.match(ran.out, /already there +0 {2}left as they are/);
  assert.match(
    ran.out,
    /chute-20261116-085800: its status "BANANA" is no status; imported as PENDING/,
  );
});

test('importing the same files again changes nothing', async (t) => {
  const hub = await startTestHub(t);
  await runCli(hub, ...BOTH);
  await hub.acknowledge('chute-20261116-085930');
  const before = await hub.query('select * from timeline order by alert_id, entry_id');
  const again = await runCli(hub, ...BOTH, '--json');
  assert.equal(again.code, 0, again.err);
  const result = parseText(again.out);
  assert.ok(isJsonObject(result));
  assert.deepEqual([result['imported'], result['already_there']], [0, 12]);
  assert.equal((await statusesOf(hub))['20261116-085930'], 'ACKNOWLEDGED');
  assert.deepEqual(await hub.query('select * from timeline order by alert_id, entry_id'), before);
});

test('the night in which the clocks go back is told in the order in which it was', async (t) => {
  const hub = await startTestHub(t);
  await runCli(hub, ...BOTH);
  const lines = await hub.timeline('chute-20261025-025000');
  assert.deepEqual(lines.slice(0, -1), [
    '00:50:00 CREATED critical, raised by Sentinel (Sentinel)',
    '00:50:01 NOTIFICATION_SENT as the old program recorded it, without a receipt (Sentinel)',
    '00:55:05 STEP_SKIPPED Reminder 1 | level 1 | Sentinel did not send it (Sentinel)',
    '00:55:05 ESCALATED Reminder 2 | level 2, send #2 | sent by Sentinel, no receipt | \
Rappel 2 (level 1, send #2) (Sentinel)',
    '01:00:10 ESCALATED Reminder 3 | level 3, send #3 | sent by Sentinel, no receipt | \
Rappel 3 (level 2, send #3) (Sentinel)',
    '01:05:00 STATUS_CHANGED PENDING -> ACKNOWLEDGED | seen (Claire Aubert)',
    '02:20:00 STATUS_CHANGED ACKNOWLEDGED -> RESOLVED | unconfirmed | Auto-résolution (Sentinel)',
  ]);
  assert.match(
    lines.at(-1) ?? '',
    /^08:00:00 NOTE imported from the history alerts of Sentinel, local times of Europe\/Paris/,
  );
});

test('after the import reminders go on from the one that was really sent', async (t) => {
  const hub = await startTestHub(t);
  await runCli(hub, ...BOTH);
  const startedAt = hub.clock.now();
  await hub.advance({ minutes: 5 });
  const calls = hub.receiver
    .received('/ops')
    .filter(
      ({ data }) => isJsonObject(data['alert']) && data['alert']['camera_id'] === 'cam_chambre',
    )
    .map(({ at, data }) => `${(at - startedAt) / 1_000} s ${textOf(data['label'])}`);
  assert.deepEqual(calls, ['120 s Reminder 3']);
  const fresh = await hub.timeline('chute-20261116-085930');
  assert.deepEqual(
    fresh.filter((line) => line.includes(' ESCALATED ')).map((line) => line.slice(0, 29)),
    ['08:01:30 ESCALATED Reminder 1', '08:04:30 ESCALATED Reminder 2'],
  );
  await checkStored(hub);
});

test('a status that is no word of ours is called out like any open alert', async (t) => {
  const hub = await startTestHub(t);
  await runCli(hub, ...BOTH);
  await hub.settle();
  const lines = await hub.timeline('chute-20261116-085800');
  assert.ok(
    lines.some((line) => line.startsWith('08:00:00 ESCALATED Reminder 1 | level 1, send #2, high')),
    lines.join('\n'),
  );
});

test('with --dry-run nothing is stored, and the counts are those of the import', async (t) => {
  const hub = await startTestHub(t);
  const dry = await runCli(hub, ...BOTH, '--dry-run', '--json');
  assert.equal(dry.code, 0, dry.err);
  for (const table of ['alert', 'alert_head', 'escalation', 'timeline']) {
    assert.equal(await hub.countRows(table), 0, table);
  }
  const real = await runCli(hub, ...BOTH, '--json');
  const strip = (text: string) => text.replace(/"is_dry_run": \w+/, '');
  assert.equal(strip(dry.out), strip(real.out));
});

test('with --quiet nobody is called for what was due before, only for what comes', async (t) => {
  const hub = await startTestHub(t);
  const ran = await runCli(hub, ...BOTH, '--quiet');
  assert.match(ran.err, /Nobody is called for what was due before now/);
  await hub.settle();
  assert.deepEqual(hub.receiver.received(), []);
  const overdue = await hub.timeline('chute-20261116-085800');
  assert.match(overdue.at(-1) ?? '', /STEP_SKIPPED Reminder 1 \| level 1 \| imported quietly/);
  const forgotten = await hub.alert('chute-20261114-100000');
  assert.deepEqual([forgotten['status'], forgotten['outcome']], ['RESOLVED', 'unconfirmed']);
  await hub.advance({ minutes: 10 });
  assert.ok(hub.receiver.received().length > 0);
  await checkStored(hub);
});

test('two imports at one moment, on two nodes: each alert once', async (t) => {
  const hub = await startTestHub(t);
  const other = await hub.addNode();
  const reversed = bodyOf();
  const alerts = reversed['alerts'];
  assert.ok(Array.isArray(alerts));
  const backwards = { ...reversed, alerts: alerts.toReversed() };
  const answers = await Promise.all([
    post(hub, bodyOf()),
    post(hub, backwards, { node: other }),
    post(hub, bodyOf(), { node: other }),
    post(hub, backwards),
  ]);
  for (const answer of answers) assert.equal(answer.status, 200, answer.text);
  const sum = (name: string) => answers.reduce((all, one) => all + Number(one.at(name)), 0);
  assert.deepEqual([sum('imported'), sum('already_there')], [7, 21]);
  assert.equal(await hub.countRows('alert'), 7);
  await checkStored(hub);
});

test('an alert that is here already stays, and one that comes again later is found', async (t) => {
  const hub = await startTestHub(t);
  await hub.raise({ alert_id: 'chute-20261116-085930', title: 'Ours' });
  const answer = await post(hub, bodyOf());
  assert.ok(parseWire(importAnswer, answer.body).ok, answer.text);
  assert.deepEqual([answer.at('imported'), answer.at('already_there')], [6, 1]);
  assert.equal((await hub.alert('chute-20261116-085930'))['title'], 'Ours');
  const body = { alert_id: 'chute-20261116-085200', title: 'Again' };
  const again = await hub.call('POST /api/v1/alerts', body);
  assert.deepEqual([again.status, again.at('status')], [200, 'DELIVERED']);
  await checkStored(hub);
});

test('the timeline names who imported it, and the old program for what came before', async (t) => {
  const hub = await startTestHub(t);
  const key = await hub.call('POST /api/v1/keys', { name: 'mover', role: 'admin' });
  await post(hub, bodyOf(), { key: key.textAt('key') });
  const lines = await hub.timeline('chute-20261116-081000');
  assert.match(lines[2] ?? '', /ACKNOWLEDGED \| seen \| j'appelle \(Mme Lefèvre\)$/);
  assert.match(lines.at(-1) ?? '', /NOTE imported from the active alerts.*\(mover\)$/);
});

test('one that cannot be understood refuses all, unless it may be left out', async (t) => {
  const hub = await startTestHub(t);
  const { alerts } = bodyOf();
  assert.ok(Array.isArray(alerts));
  const lost = { alert_id: 'lost', origin: 'active', fields: { status: 'PENDING' } };
  const body = bodyOf({ alerts: [alerts[0] ?? null, lost] });
  const refused = await post(hub, body);
  assert.equal(refused.status, 422);
  assert.deepEqual(refused.at('error.details.0.path'), 'alerts[1]');
  assert.equal(await hub.countRows('alert'), 0);
  const taken = await post(hub, { ...body, is_skipping_invalid: true });
  assert.deepEqual([taken.status, taken.at('imported')], [200, 1]);
  assert.equal(taken.at('invalid.0.alert_id'), 'lost');
});

test('only an admin of the project imports, and only a body that is one', async (t) => {
  const hub = await startTestHub(t);
  const key = await hub.call('POST /api/v1/keys', { name: 'op', role: 'operator' });
  assert.equal((await post(hub, bodyOf(), { key: key.textAt('key') })).status, 403);
  const faults: readonly (readonly [JsonObject, string])[] = [
    [{ timezone: 'Paris' }, 'timezone'],
    [{ alerts: [{ alert_id: 'a b', origin: 'active', fields: {} }] }, 'alerts[0].alert_id'],
    [{ alerts: [{ alert_id: 'a', origin: 'old', fields: {} }] }, 'alerts[0].origin'],
    [{ alerts: [{ alert_id: 'a', origin: 'active', fields: [] }] }, 'alerts[0].fields'],
    [{ quiet: true }, 'quiet'],
  ];
  for (const [more, path] of faults) {
    const answer = await post(hub, bodyOf(more));
    assert.deepEqual([answer.status, answer.at('error.details.0.path')], [422, path]);
  }
  assert.equal((await post(hub, bodyOf({ project_id: 'other' }))).status, 404);
  assert.equal(await hub.countRows('alert'), 0);
});

function plant(t: TestContext, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-import-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'alerts_active.json');
  writeFileSync(path, text);
  return path;
}

test('a file that was cut off is refused whole, with its line', async (t) => {
  const hub = await startTestHub(t);
  const text = readFileSync(ACTIVE, 'utf8');
  const path = plant(t, text.slice(0, text.length / 2));
  const ran = await runCli(hub, path, '--timezone', 'Europe/Paris');
  assert.equal(ran.code, 1);
  assert.match(ran.err, /alerts_active\.json: line \d+, column \d+: .*Nothing was imported\./);
  assert.equal(await hub.countRows('alert'), 0);
});

test('what cannot be understood is listed by the command before anything is sent', async (t) => {
  const hub = await startTestHub(t);
  const path = plant(
    t,
    '{"a": {"status": "PENDING", "created_at": "2026-11-16T08:59:00"}, "b": 7, "c": {"type": "x"}}',
  );
  const ran = await runCli(hub, path, '--timezone', 'Europe/Paris');
  assert.equal(ran.code, 1);
  assert.match(ran.err, /"b" is no alert: it has no fields\n {2}c says at no place when it was/);
  assert.match(ran.err, /2 alerts cannot be understood.*--skip-invalid/);
  assert.equal(await hub.countRows('alert'), 0);
  const rest = await runCli(hub, path, '--timezone', 'Europe/Paris', '--skip-invalid');
  assert.equal(rest.code, 0, rest.err);
  assert.match(rest.out, /left out +2 {2}could not be understood/);
  assert.equal(await hub.countRows('alert'), 1);
});

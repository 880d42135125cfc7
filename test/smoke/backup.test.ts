/** A hub is backed up while it works, its machine is gone, and another takes over from the backup. */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { isJsonObject, type JsonObject, parseJson } from '#kernel/syntax/json.ts';
import { runCommand } from '#test/support/processes/command.ts';
import { type HubProcess, startHubProcess } from '#test/support/processes/hub-process.ts';

const tocsin = (dataDir: string, ...words: readonly string[]) =>
  runCommand(words, { TOCSIN_DATA_DIR: dataDir });

type Call = (what: string, body?: JsonObject) => Promise<JsonObject>;

function callWith(hub: HubProcess, key: string): Call {
  return async (what, body) => {
    const [method = '', path = ''] = what.split(' ');
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(`${hub.url}${path}`, { method, headers, ...sent });
    const reading = parseJson(await response.text());
    assert.ok(response.ok && reading.ok && isJsonObject(reading.value), `${what} is answered`);
    return reading.value;
  };
}

const keyOf = (dataDir: string) => readFileSync(join(dataDir, 'admin-key'), 'utf8').trim();

function makeRoot(t: TestContext): string {
  const root = mkdtempSync(join(tmpdir(), 'tocsin-backup-'));
  // The database's user has to pass through it.
  chmodSync(root, 0o755);
  t.after(() => rmSync(root, { recursive: true, force: true }));
  return root;
}

/** What does not change by itself from one second to the next. */
function listLasting(list: JsonObject): readonly JsonObject[] {
  const { items } = list;
  assert.ok(Array.isArray(items));
  return items.filter(isJsonObject).map((alert) => {
    const { age_seconds: _age, next_due_at: _due, next_step: _step, ...rest } = alert;
    return rest;
  });
}

test('a hub goes on from its backup on another machine', async (t) => {
  const root = makeRoot(t);
  const old = await startHubProcess({ root, name: 'old', env: {} });
  t.after(() => old.kill());
  const callOld = callWith(old, keyOf(join(root, 'old')));
  await callOld('POST /api/v1/channels', {
    name: 'ops',
    channel_type: 'webhook',
    config: { url: 'https://ops.example/hook' },
    secrets: { webhook_secret: 'whsec_dG9jc2luIHRlc3Qgc2VjcmV0IDI0IGJ5dGVz' },
  });
  for (const id of ['fall-1', 'fall-2']) {
    await callOld('POST /api/v1/alerts', { alert_id: id, title: `Fall ${id} 房间` });
  }
  await callOld('POST /api/v1/alerts/fall-1/status', { status: 'ACKNOWLEDGED' });

  const dir = join(root, 'backup');
  const backedUp = await tocsin(join(root, 'old'), 'backup', dir, '--with-keys', '--json');
  assert.equal(backedUp.code, 0, backedUp.err);
  assert.equal(statSync(dir).mode & 0o077, 0);
  const before = await callOld('GET /api/v1/alerts');
  await old.kill();

  const restored = await tocsin(join(root, 'new'), 'restore', dir);
  assert.equal(restored.code, 0, restored.err);
  assert.match(restored.out, /^Restored \d+ rows of \d+ tables.*Every row was compared/);
  const fresh = await startHubProcess({ root, name: 'new', env: {} });
  t.after(() => fresh.kill());
  // The admin key came along.
  const callFresh = callWith(fresh, keyOf(join(root, 'old')));
  const after = await callFresh('GET /api/v1/alerts');
  assert.deepEqual(listLasting(after), listLasting(before));
  const timeline = await callFresh('GET /api/v1/alerts/fall-1/timeline');
  assert.match(JSON.stringify(timeline), /ACKNOWLEDGED/);

  // The chain goes on where the backup has it: what it held is proven, what comes is sealed.
  await callFresh('POST /api/v1/alerts/fall-2/note', { detail: 'restored' });
  const at = { TOCSIN_URL: fresh.url, TOCSIN_API_KEY: keyOf(join(root, 'old')) };
  const verified = await runCommand(['audit', 'verify', '--json'], at);
  assert.equal(verified.code, 0, verified.err);
  const told = parseJson(verified.out);
  assert.ok(told.ok && isJsonObject(told.value));
  assert.equal(Number(told.value['rows']) + Number(told.value['unsealed']), 3);
  assert.equal(await fresh.stop(), 0);
});

test('a restore without the master key says which one it needs, and makes nothing', async (t) => {
  const root = makeRoot(t);
  const old = await startHubProcess({ root, name: 'old', env: {} });
  t.after(() => old.kill());
  const dir = join(root, 'backup');
  const backedUp = await tocsin(join(root, 'old'), 'backup', dir);
  assert.match(backedUp.out, /The master key is not in it/);
  assert.equal(existsSync(join(dir, 'keys')), false);
  const restored = await tocsin(join(root, 'new'), 'restore', dir);
  assert.equal(restored.code, 1);
  assert.match(restored.err, /there is no master key: put the one of the hub/);
  assert.equal(existsSync(join(root, 'new', 'postgres')), false);
  const told = await tocsin(join(root, 'new'), 'restore', dir, '--dry-run');
  assert.match(told.out, /holds \d+ rows of \d+ tables/);
});

test('a backup says when there is nothing to back up, and never mixes two', async (t) => {
  const root = makeRoot(t);
  const nothing = await tocsin(join(root, 'none'), 'backup', join(root, 'backup'));
  assert.equal(nothing.code, 1);
  assert.match(nothing.err, /There is no database in/);
  const missing = await tocsin(join(root, 'none'), 'backup');
  assert.equal(missing.code, 2);
});

/** `tocsin demo`: what a new user sees first is what a fall really goes through. */
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { runCommand } from '#test/support/processes/command.ts';
import { type HubProcess, startHubProcess } from '#test/support/processes/hub-process.ts';

type Playing = { readonly hub: HubProcess; readonly env: Readonly<Record<string, string>> };

async function startHub(t: TestContext, allowed: string): Promise<Playing> {
  const root = mkdtempSync(join(tmpdir(), 'tocsin-demo-'));
  // The database's user has to pass through it.
  chmodSync(root, 0o755);
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const settings = { TOCSIN_ALLOW_PRIVATE_TARGETS: allowed };
  const hub = await startHubProcess({ root, name: 'hub', env: settings });
  t.after(() => hub.kill());
  return { hub, env: { TOCSIN_DATA_DIR: join(root, 'hub'), TOCSIN_URL: hub.url } };
}

test('the demo rings until somebody answers, and leaves nothing that calls anybody', async (t) => {
  const { env } = await startHub(t, '127.0.0.0/8');
  const demo = await runCommand(['demo', '--reminders', '1'], env);
  assert.equal(demo.code, 0, demo.err);
  const lines = demo.out.split('\n').map((line) => line.slice('00:00:00  '.length));
  const story = [
    'A camera box sees somebody fall',
    'Stored as alert demo-fall-',
    '  [telephone] RING! critical: Fall detected',
    '  [telephone] RING! high: Reminder 1',
    'Somebody answers: on my way.',
    'It is over: nobody is called any more.',
  ];
  const places = story.map((part) => lines.findIndex((line) => line.startsWith(part)));
  assert.deepEqual(
    places,
    places.toSorted((one, other) => one - other),
    demo.out,
  );
  assert.ok(!places.includes(-1), demo.out);
  for (const list of ['channel list', 'rule list']) {
    const { out } = await runCommand([...list.split(' '), '--json'], env);
    assert.equal(out.trim(), '[]', list);
  }
  const open = await runCommand(['alert', 'list', '--json'], env);
  assert.equal(open.out.trim(), '[]');
});

test('a telephone that may not be called does not stop the demo, which says why', async (t) => {
  const { env } = await startHub(t, '');
  const demo = await runCommand(['demo', '--reminders', '0'], env);
  assert.equal(demo.code, 0, demo.err);
  assert.match(demo.out, /The telephone will be silent: the hub may not call this machine/);
  assert.match(demo.out, /PENDING -> ACKNOWLEDGED \| calling \| on my way/);
});

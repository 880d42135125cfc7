/** A file of configuration in the hands of an operator: from a terminal, and at every start. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createTestDatabase } from '#test/support/database.ts';
import { toUrl } from '#test/support/processes/database-url.ts';
import { type HubProcess, startHubProcess } from '#test/support/processes/hub-process.ts';

const LAUNCHER = fileURLToPath(new URL('../../bin/tocsin.mjs', import.meta.url));
const EXAMPLE = fileURLToPath(new URL('../../examples/care-home.yaml', import.meta.url));
const ADMIN_KEY = 'the-admin-key-of-the-config-tests-01';
const CANARY = 'canary-4f1e0d9c7b6a5948';
const SECRETS = {
  CAMERA_TOKEN: 'c4n4rytokenc4n4rytokenc4n4rytok0',
  OPS_WEBHOOK_SECRET: `whsec_${Buffer.from(`${CANARY}-and-more-of-it`).toString('base64')}`,
  SMTP_PASSWORD: CANARY,
};

type Env = Readonly<Record<string, string>>;
type Ended = { readonly code: number; readonly out: string; readonly err: string };

type Place = {
  readonly root: string;
  readonly env: Env;
  readonly start: (name: string, more?: Env) => Promise<HubProcess>;
  /** The command line, as a second terminal has it; `input` is piped into it. */
  readonly tocsin: (words: readonly string[], more?: Env, input?: string) => Promise<Ended>;
};

async function makePlace(t: TestContext): Promise<Place> {
  const root = mkdtempSync(join(tmpdir(), 'tocsin-config-'));
  const db = await createTestDatabase();
  const hubs: HubProcess[] = [];
  t.after(async () => {
    await Promise.all(hubs.map((hub) => hub.kill()));
    await db.drop();
    rmSync(root, { recursive: true, force: true });
  });
  const env = {
    DATABASE_URL: toUrl(db.connection),
    TOCSIN_ADMIN_KEY: ADMIN_KEY,
    TOCSIN_MASTER_KEY: `k1:${Buffer.alloc(32, 7).toString('base64')}`,
  };
  const place: Place = {
    root,
    env,
    start: async (name, more = {}) => {
      const hub = await startHubProcess({ root, name, env: { ...env, ...more } });
      hubs.push(hub);
      return hub;
    },
    tocsin: (words, more = {}, input = '') => {
      const data = { PATH: process.env['PATH'] ?? '', TOCSIN_DATA_DIR: join(root, 'cli') };
      const all = { ...data, ...env, ...more };
      return new Promise((resolve) => {
        const child = execFile(
          process.execPath,
          [LAUNCHER, ...words],
          { env: all },
          (error, out, err) => {
            const code = typeof error?.code === 'number' ? error.code : error === null ? 0 : 1;
            resolve({ code, out, err });
          },
        );
        child.stdin?.end(input);
      });
    },
  };
  return place;
}

test('the example of the guide is applied, shown, exported, and applied again', async (t) => {
  const place = await makePlace(t);
  const hub = await place.start('hub');
  const at = { TOCSIN_URL: hub.url, ...SECRETS };

  const unready = await place.tocsin(['apply', EXAMPLE], { TOCSIN_URL: hub.url });
  assert.equal(unready.code, 1);
  assert.match(unready.err, /care-home\.yaml:\d+:\d+ channels\[0\]\.secrets\.webhook_secret: the /);

  const dry = await place.tocsin(['apply', EXAMPLE, '--dry-run'], at);
  assert.equal(dry.code, 0, dry.err);
  assert.match(dry.out, /\+ channel nurses\n/);
  const applied = await place.tocsin(['apply', EXAMPLE], at);
  assert.equal(applied.code, 0, applied.err);
  assert.ok(applied.out.startsWith(dry.out.trimEnd()), 'what was shown is what was done');
  assert.ok(applied.out.endsWith('\nApplied.\n'), applied.out);
  assert.equal((await place.tocsin(['apply', EXAMPLE], at)).out, 'nothing to change\n');

  const exported = await place.tocsin(['export'], at);
  assert.match(exported.out, /# secrets\.smtp_password is set; it stays as it is/);
  const again = await place.tocsin(['apply', '-', '--prune'], at, exported.out);
  assert.equal(again.out, 'nothing to change\n', again.err);
  const json = await place.tocsin(['export', '--json', '--project', 'care-home'], at);
  assert.equal((await place.tocsin(['apply', '-'], at, json.out)).out, 'nothing to change\n');

  const said = [unready, dry, applied, exported, again, json].map(({ out, err }) => out + err);
  assert.doesNotMatch([...said, hub.readLog()].join('\n'), /canary|c4n4ry|Y2FuYXJ5/);
});

test('a file that the hub refuses changes nothing, and every fault has its line', async (t) => {
  const place = await makePlace(t);
  const hub = await place.start('hub');
  const file = join(place.root, 'home.yaml');
  const lines = [
    'version: 1',
    'project_id: home',
    'channels:',
    '  - name: ops',
    '    channel_type: webhook',
    '    config: { url: "ftp://x.example" }',
    'rules:',
    '  - name: falls',
    '    event_type: alert.created',
    '    channel: oops',
  ];
  writeFileSync(file, lines.join('\n'));
  const refused = await place.tocsin(['apply', file], { TOCSIN_URL: hub.url });
  assert.equal(refused.code, 1);
  const [first = '', second = '', ...rest] = refused.err.trimEnd().split('\n');
  assert.ok(first.startsWith(`${file}:6:15 channels[0].config.url: `), first);
  assert.ok(second.startsWith(`${file}:10:5 rules[0].channel: the project has no`), second);
  assert.deepEqual(rest, ['tocsin: nothing was changed']);
  const exported = await place.tocsin(['export'], { TOCSIN_URL: hub.url });
  assert.doesNotMatch(exported.out, /home/);
});

test('TOCSIN_CONFIG is true before the hub listens, on every node, and written once', async (t) => {
  const place = await makePlace(t);
  const env = { TOCSIN_CONFIG: EXAMPLE, ...SECRETS };
  const hubs = await Promise.all(['one', 'two', 'three'].map((name) => place.start(name, env)));
  const [hub] = hubs;
  const headers = { authorization: `Bearer ${ADMIN_KEY}` };
  const answer = await fetch(`${hub?.url}/api/v1/projects/care-home`, { headers });
  const text1 = await answer.text();
  assert.equal(answer.status, 200);
  const logs = hubs.map((one) => one.readLog()).join('\n');
  assert.equal(logs.match(/configuration applied/g)?.length, 1, logs);
  const late = await place.start('four', env);
  const after = await fetch(`${late.url}/api/v1/projects/care-home`, { headers });
  assert.equal(await after.text(), text1, 'not written again');
  assert.doesNotMatch(logs + late.readLog(), /canary|c4n4ry|Y2FuYXJ5/);
});

test('a fault in the file of TOCSIN_CONFIG stops the start, and says where', async (t) => {
  const place = await makePlace(t);
  const env = { TOCSIN_CONFIG: EXAMPLE, TOCSIN_PORT: '0' };
  const unread = await place.tocsin(['serve'], env);
  assert.equal(unread.code, 1);
  assert.match(
    unread.err,
    /^\S+care-home\.yaml:\d+:\d+ channels\[0\]\.secrets\.webhook_secret: the/m,
  );
  const file = join(place.root, 'care-home.yaml');
  const text = readFileSync(EXAMPLE, 'utf8').replace('    token: { from_env: CAMERA_TOKEN }\n', '');
  writeFileSync(file, text);
  const refused = await place.tocsin(['serve'], { ...env, ...SECRETS, TOCSIN_CONFIG: file });
  assert.equal(refused.code, 1);
  assert.match(
    refused.err,
    /^\S+care-home\.yaml:\d+:\d+ sources\[0\]\.token: is required: nobody/m,
  );
  assert.match(refused.err, /TOCSIN_CONFIG cannot be applied; nothing was changed/);
  assert.equal(refused.out, '', 'it never listened');
});

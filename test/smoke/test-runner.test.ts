/** `npm test` itself, in a planted project: a runner that cannot fail would prove nothing. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(import.meta.resolve('#test/smoke/test-runner.test.ts'));
const root = join(dirname(here), '..', '..');
const IMPORTS = "import assert from 'node:assert/strict';\nimport { test } from 'node:test';\n";
const PASSING = `${IMPORTS}test('holds', () => assert.equal(1, 1));\n`;
const FAILING = `${IMPORTS}test('breaks', () => assert.equal(1, 2));\n`;
/** The planted tests need no database, so the planted project has a server that is none. */
const NO_SERVER = {
  'test/support/server.ts': `export async function startTestServer() {
  return { stop: async () => {} };
}
`,
};
const LEAKING = `${PASSING}setInterval(() => {}, 60_000);\n`;

function plantProject(t: TestContext, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-runner-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(join(root, 'scripts'), join(folder, 'scripts'), {
    recursive: true,
    filter: (path) => !path.endsWith('.test.ts'),
  });
  const imports = { '#test/*': './test/*' };
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module', imports }));
  for (const [path, text] of Object.entries({ ...files, ...NO_SERVER })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

type Outcome = { readonly status: number | null; readonly text: string; readonly last: string };

function runTests(folder: string, ...groups: readonly string[]): Outcome {
  const argv = [join(folder, 'scripts/run-tests.ts'), ...groups];
  const { stdout, status } = spawnSync(process.execPath, argv, { cwd: folder, encoding: 'utf8' });
  return { status, text: stdout, last: stdout.trimEnd().split('\n').at(-1) ?? '' };
}

test('passes of all groups add up in the last line', (t) => {
  const folder = plantProject(t, {
    'hub/src/alert/alert.test.ts': PASSING,
    'hub/src/alert/store.db.test.ts': PASSING,
    'test/smoke/ack.test.ts': PASSING + PASSING.split('\n').at(-2),
  });
  const { status, text, last } = runTests(folder, 'pure', 'database', 'smoke', 'sim');
  assert.equal(last, '4 passed, 0 failed');
  assert.match(text, /^pure +1 passed, 0 failed \(/m);
  assert.match(text, /^sim +no tests yet$/m);
  assert.equal(status, 0);
});

test('a failure is shown with its place and reason, and the other groups still run', (t) => {
  const folder = plantProject(t, {
    'hub/src/alert/alert.test.ts': FAILING,
    'test/smoke/ack.test.ts': PASSING,
  });
  const { status, text, last } = runTests(folder, 'pure', 'smoke');
  assert.match(text, /FAILED breaks\n {2}at .*alert\.test\.ts:3\n[^]*1 !== 2/);
  assert.equal(last, '1 passed, 1 failed');
  assert.equal(status, 1);
});

test('files without a test and files that cannot be loaded are failures', (t) => {
  for (const text of ['export {};\n', "throw new Error('unloadable');\n"]) {
    const folder = plantProject(t, { 'hub/src/alert/alert.test.ts': text });
    const { status, last } = runTests(folder, 'pure');
    assert.equal(last, '0 passed, 1 failed');
    assert.equal(status, 1);
  }
});

test('a group that does not end is ended, and counts as failed', (t) => {
  const folder = plantProject(t, { 'hub/src/alert/alert.test.ts': LEAKING });
  for (const [name, from, to] of [
    ['run-tests', 'KILL_AFTER_MS = 5_000', 'KILL_AFTER_MS = 500'],
    ['test-groups', 'PURE_TEST_MS_MAX = 60_000', 'PURE_TEST_MS_MAX = 1_500'],
  ] as const) {
    const path = join(folder, `scripts/${name}.ts`);
    const text = readFileSync(path, 'utf8');
    assert.ok(text.includes(from), `${name} has no ${from}`);
    writeFileSync(path, text.replace(from, to));
  }
  const { status, text, last } = runTests(folder, 'pure');
  assert.match(text, /FAILED pure: the group did not end: a test left a timer/);
  assert.equal(last, '1 passed, 1 failed');
  assert.equal(status, 1);
});

test('an unknown group is refused with the list of groups', (t) => {
  const { status, text } = runTests(plantProject(t, {}), 'smok');
  assert.match(text, /^no group smok; there are types, /);
  assert.equal(status, 2);
});

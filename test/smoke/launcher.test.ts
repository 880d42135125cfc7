/**
 * bin/tocsin.mjs in a planted project: its hub is a few lines, its pinned Node a script that says
 * it is another version and then runs the real one.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const LAUNCHER = join(
  dirname(fileURLToPath(import.meta.resolve('#test/smoke/launcher.test.ts'))),
  '../../bin/tocsin.mjs',
);

/** Says who it is, then does what the first argument says. */
const PLANTED_MAIN = `
export function main(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve) => {
    const timer = setInterval(() => {}, 60_000);
    const end = (code: number) => { clearInterval(timer); resolve(code); };
    if (argv[0] === 'exit') end(Number(argv[1]));
    if (argv[0] === 'serve') process.once('SIGTERM', () => { console.log('stopped'); end(7); });
    const { pid, title } = process;
    console.log(JSON.stringify({ pid, title, argv, mark: env['PLANTED_MARK'] ?? null }));
  });
}
`;

type Pinned = 'pinned' | 'broken' | 'none';

function plantProject(t: TestContext, pinned: Pinned): string {
  const root = mkdtempSync(join(tmpdir(), 'tocsin-launcher-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  for (const folder of ['bin', 'hub/src/app']) mkdirSync(join(root, folder), { recursive: true });
  copyFileSync(LAUNCHER, join(root, 'bin/tocsin.mjs'));
  writeFileSync(join(root, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(root, 'hub/src/app/main.ts'), PLANTED_MAIN);
  if (pinned === 'none') return root;
  const home = join(root, `node_modules/node-${process.platform}-${process.arch}`);
  mkdirSync(join(home, 'bin'), { recursive: true });
  writeFileSync(join(home, 'package.json'), '{}');
  const run = pinned === 'broken' ? 'exit 127' : `exec '${process.execPath}' "$@"`;
  const version = pinned === 'broken' ? 'exit 127' : 'echo v24.999.0';
  writeFileSync(
    join(home, 'bin/node'),
    `#!/bin/sh\nif [ "$1" = --version ]; then ${version}; else ${run}; fi\n`,
  );
  chmodSync(join(home, 'bin/node'), 0o755);
  return root;
}

type Launch = {
  readonly child: ChildProcess;
  readonly said: AsyncIterator<string>;
  readonly isEnded: Promise<unknown[]>;
};

/** `old` hides what makes a Node able to replace itself, and its real version. */
function launch(t: TestContext, root: string, options: readonly string[]): Launch {
  const child = spawn(process.execPath, [...options], {
    cwd: root,
    env: { ...process.env, PLANTED_MARK: 'yes' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  const said = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return { child, said, isEnded: once(child, 'exit') };
}

const NO_EXECVE = ['--import', 'data:text/javascript,process.execve=undefined'];
const OLD_NODE = [
  '--import',
  `data:text/javascript,Object.defineProperty(process,'versions',{value:{node:'20.1.0'}})`,
];
const SCRIPT = 'bin/tocsin.mjs';

type Greeting = {
  readonly pid: number;
  readonly title: string;
  readonly argv: readonly string[];
  readonly mark: string | null;
};

async function parseGreeting(said: AsyncIterator<string>): Promise<Greeting> {
  const line = await said.next();
  return JSON.parse(String(line.value)) as Greeting;
}

test('without a pinned Node the hub runs in this process and sets the exit code', async (t) => {
  const root = plantProject(t, 'none');
  const { child, said, isEnded } = launch(t, root, [SCRIPT, 'exit', '3']);
  const greeting = await parseGreeting(said);
  assert.equal(greeting.pid, child.pid);
  assert.deepEqual(greeting.argv, ['exit', '3']);
  assert.deepEqual(await isEnded, [3, null]);
});

test('a Node that can replace itself becomes the pinned one, with the same pid', async (t) => {
  const { child, said, isEnded } = launch(t, plantProject(t, 'pinned'), [SCRIPT, 'exit', '4']);
  const greeting = await parseGreeting(said);
  assert.deepEqual(greeting, { pid: child.pid, title: 'tocsin', argv: ['exit', '4'], mark: 'yes' });
  assert.deepEqual(await isEnded, [4, null]);
});

test('a pinned Node that cannot run here is passed over', async (t) => {
  const { child, said, isEnded } = launch(t, plantProject(t, 'broken'), [SCRIPT, 'exit', '0']);
  assert.equal((await parseGreeting(said)).pid, child.pid);
  assert.deepEqual(await isEnded, [0, null]);
});

test('an old Node without a pinned one says what to do', async (t) => {
  const root = plantProject(t, 'none');
  const child = spawn(process.execPath, [...OLD_NODE, SCRIPT], { cwd: root, stdio: 'pipe' });
  t.after(() => child.kill('SIGKILL'));
  const sentences = createInterface({ input: child.stderr });
  const lines = await once(sentences, 'line');
  assert.match(String(lines[0]), /^tocsin needs Node 24 or later .* Run "npm ci"/);
});

test('an old Node starts the pinned one as a child and passes SIGTERM on', async (t) => {
  const root = plantProject(t, 'pinned');
  const { child, said, isEnded } = launch(t, root, [...NO_EXECVE, SCRIPT, 'serve']);
  const greeting = await parseGreeting(said);
  assert.notEqual(greeting.pid, child.pid);
  assert.equal(greeting.title, 'tocsin');
  child.kill('SIGTERM');
  assert.equal((await said.next()).value, 'stopped');
  assert.deepEqual(await isEnded, [7, null]);
});

test('SIGHUP and SIGINT reach the child, and death by a signal is mirrored', async (t) => {
  for (const signal of ['SIGHUP', 'SIGINT'] as const) {
    const root = plantProject(t, 'pinned');
    const { child, said, isEnded } = launch(t, root, [...NO_EXECVE, SCRIPT, 'stubborn']);
    await parseGreeting(said);
    child.kill(signal);
    assert.deepEqual(await isEnded, [null, signal]);
    assert.equal((await said.next()).done, true, 'the child has closed its end of the pipe');
  }
});

test('kill -9 of the parent stops the child too', async (t) => {
  const root = plantProject(t, 'pinned');
  const { child, said, isEnded } = launch(t, root, [...NO_EXECVE, SCRIPT, 'serve']);
  await parseGreeting(said);
  child.kill('SIGKILL');
  assert.deepEqual(await isEnded, [null, 'SIGKILL']);
  assert.equal((await said.next()).value, 'stopped');
  assert.equal((await said.next()).done, true, 'the child has closed its end of the pipe');
});

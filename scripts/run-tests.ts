/**
 * Runs everything that proves the product: `npm test`, or `npm test -- smoke sim` for some groups.
 * Groups run one after the other, each in a process of its own; a group goes on after failures.
 *
 * Prints one line per group and a block per failure; the last line is `N passed, N failed`, a
 * static check counts as one. Exit code 1 when anything failed, when a group has files but ran no
 * test, or when a process ended badly without saying why. Exit code 2 for an unknown group.
 *
 * Danger: a test that leaves a timer, a socket or a child behind keeps its process from ending. A
 * group that reports nothing for longer than any test may take is ended and counted as failed.
 */
import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startTestServer } from '#test/support/server.ts';
import { UNCHECKED_CODE } from './audit/audit-answer.ts';
import { type Group, selectGroups } from './test-groups.ts';
import { TALLY_MARK } from './test-reporter.ts';
import { addTallies, EMPTY_TALLY, renderTally, renderTotal, type Tally } from './test-tally.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
/** What one process has compiled the next need not: most of the start of a test file. */
const COMPILE_CACHE = join(root, 'node_modules/.cache/tocsin');
const KILL_AFTER_MS = 5_000;
/** A static check that says nothing for this long hangs. */
const CHECK_QUIET_MS_MAX = 300_000;
const TEST_FILES = ['{hub,contract,console}/src/**/*.test.ts', '{test,scripts,bench}/**/*.test.ts'];
/** Crash tests start their own: this one runs without fsync. */
const DATABASE_GROUPS = ['database', 'smoke', 'conformance', 'sim', 'browser'];

type Run = {
  readonly code: number | null;
  readonly tally: Tally | null;
  /** Ended by us: it did not report any more. */
  readonly isStuck: boolean;
};

/** One database server for the groups that need one; every test clones a database on it. */
async function runWithDatabase(groups: readonly Group[]): Promise<number> {
  const isNeeded = groups.some(({ name }) => DATABASE_GROUPS.includes(name));
  if (!isNeeded || process.env['TOCSIN_TEST_SERVER']) return runGroups(groups);
  const server = await startTestServer();
  process.env['TOCSIN_TEST_SERVER'] = JSON.stringify(server.connection);
  try {
    return await runGroups(groups);
  } finally {
    await server.stop();
  }
}

async function runGroups(groups: readonly Group[]): Promise<number> {
  const files = TEST_FILES.flatMap((pattern) => globSync(pattern, { cwd: root })).toSorted();
  let total = EMPTY_TALLY;
  for (const group of groups) {
    const owned = group.kind === 'tests' ? files.filter((path) => group.owns(unixPath(path))) : [];
    if (group.kind === 'tests' && owned.length === 0) {
      print(`${group.name.padEnd(12)} no tests yet\n`);
      continue;
    }
    const startedAt = performance.now();
    const tally = await runGroup(group, owned);
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
    print(`${group.name.padEnd(12)} ${renderTally(tally)} (${seconds} s)\n`);
    total = addTallies(total, tally);
  }
  print(`${renderTotal(total)}\n`);
  return total.failed > 0 ? 1 : 0;
}

async function runGroup(group: Group, files: readonly string[]): Promise<Tally> {
  if (group.kind === 'check') {
    const [script, ...argv] = group.command;
    const path = script.startsWith('./') ? script : join('node_modules', script);
    const { code } = await run([join(root, path), ...argv], CHECK_QUIET_MS_MAX);
    if (code === UNCHECKED_CODE) return EMPTY_TALLY;
    return code === 0 ? { ...EMPTY_TALLY, passed: 1 } : { ...EMPTY_TALLY, failed: 1 };
  }
  const reporter = [`--test-reporter=${join(root, 'scripts/test-reporter.ts')}`];
  const argv = ['--test', `--test-timeout=${group.testMsMax}`, ...reporter, ...group.options];
  return judgeRun(group.name, await run([...argv, ...files], group.testMsMax + KILL_AFTER_MS));
}

/** A run that counted no failure has failed all the same when it ended badly or ran nothing. */
function judgeRun(name: string, { code, tally, isStuck }: Run): Tally {
  const counted = tally ?? EMPTY_TALLY;
  const ranCount = counted.passed + counted.failed;
  const isTold = counted.failed > 0 || (code === 0 && ranCount > 0);
  if (isTold && !isStuck) return counted;
  print(`\nFAILED ${name}: the group ${explainRun(code, isStuck)}\n`);
  return { ...counted, failed: counted.failed + 1 };
}

function explainRun(code: number | null, isStuck: boolean): string {
  if (isStuck) return 'did not end: a test left a timer, a socket or a child process behind';
  return code === 0 ? 'ran no test' : `ended with code ${code} and reported no failure`;
}

/** Runs this same Node, passing its output on as it comes, but for the line of the tally. */
async function run(argv: readonly string[], quietMsMax: number): Promise<Run> {
  // Tools find their own commands and the pinned Node there when npm has not started us.
  const path = [join(root, 'node_modules/.bin'), process.env['PATH'] ?? ''].join(delimiter);
  // A reporter or a test runner above us would otherwise change how the one below us reports.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const child = spawn(process.execPath, argv, {
    cwd: root,
    env: { NODE_COMPILE_CACHE: COMPILE_CACHE, ...env, PATH: path },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let tally: Tally | null = null;
  let rest = '';
  let isStuck = false;
  const watch = setTimeout(() => {
    isStuck = true;
    // First in a way that lets the runner end the processes of its files.
    child.kill('SIGTERM');
    setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS).unref();
  }, quietMsMax);
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    watch.refresh();
    for (const line of lines) {
      if (line.startsWith(TALLY_MARK)) tally = parseTally(line.slice(TALLY_MARK.length));
      else print(`${line}\n`);
    }
  });
  child.once('exit', () => {
    // A process that a test left behind may hold the pipe open for ever.
    setTimeout(() => child.stdout.destroy(), KILL_AFTER_MS).unref();
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  clearTimeout(watch);
  print(rest);
  return { code, tally, isStuck };
}

function parseTally(text: string): Tally {
  return JSON.parse(text) as Tally;
}

function unixPath(path: string): string {
  return path.replaceAll('\\', '/');
}

function print(text: string): void {
  process.stdout.write(text);
}

const selection = selectGroups(process.argv.slice(2));
if (selection.ok) process.exitCode = await runWithDatabase(selection.groups);
else {
  print(`${selection.sentence}\n`);
  process.exitCode = 2;
}

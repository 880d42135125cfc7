#!/usr/bin/env node
/**
 * Starts Tocsin on the right Node, whatever Node this machine has.
 *
 * npm installs the pinned Node 24 as a package; `npm start` puts it first on the PATH, so normally
 * this file already runs on it and starts the hub in this very process. Called in another way, it
 * replaces itself by the pinned Node. Where the running Node cannot replace itself, a child does
 * the work: signals are passed on, its end is mirrored, and it stops when this process is gone.
 *
 * Plain JavaScript that Node 18 can read: on an old Node this is what explains what to do.
 */
import { spawn, spawnSync } from 'node:child_process';
import { realpathSync } from 'node:fs';
import module, { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NODE_MAJOR_MIN = 24;
/** Marks the second start, so that a pinned Node of an odd version cannot start a third. */
const RESTART_FLAG = '--title=tocsin';
const FORWARDED_SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'];

const script = fileURLToPath(import.meta.url);

await start();

async function start() {
  const isRecent = Number.parseInt(process.versions.node, 10) >= NODE_MAJOR_MIN;
  const pinned = process.execArgv.includes(RESTART_FLAG) ? null : findPinnedNode();
  if (pinned !== null) restartOn(pinned);
  else if (isRecent) await runHub();
  else {
    process.stderr.write(
      `tocsin needs Node ${NODE_MAJOR_MIN} or later and runs on ${process.version}, and there is \
no pinned Node for ${process.platform} ${process.arch} in node_modules. Run "npm ci" in the \
folder of Tocsin (with optional dependencies), or install Node ${NODE_MAJOR_MIN}.\n`,
    );
    process.exitCode = 1;
  }
}

/** The pinned Node when it can run here and is not what runs already, else null. */
function findPinnedNode() {
  const system = process.platform === 'win32' ? 'win' : process.platform;
  const executable = process.platform === 'win32' ? 'node.exe' : 'node';
  let path;
  try {
    const home = createRequire(script).resolve(`node-${system}-${process.arch}/package.json`);
    path = realpathSync(join(dirname(home), 'bin', executable));
  } catch {
    return null;
  }
  if (path === realpathSync(process.execPath)) return null;
  // It may be there and still not run: a glibc build on a system with musl.
  const probe = spawnSync(path, ['--version'], { encoding: 'utf8' });
  return probe.status === 0 && probe.stdout.trim() !== process.version ? path : null;
}

function restartOn(node) {
  const argv = [...process.execArgv, RESTART_FLAG, script, ...process.argv.slice(2)];
  // From Node 22.15 on, not on Windows: this process becomes the hub, with its pid and terminal.
  if (process.platform !== 'win32' && typeof process.execve === 'function') {
    process.execve(node, [node, ...argv], process.env);
  }
  // The fourth channel carries no messages: its end tells the child that this process is gone.
  const child = spawn(node, argv, { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
  for (const signal of FORWARDED_SIGNALS) {
    process.on(signal, () => {
      // Ctrl-C on a terminal has reached the child already; twice would look like impatience.
      const isFromTerminal = signal === 'SIGINT' && process.stdin.isTTY;
      if (!isFromTerminal) child.kill(signal);
    });
  }
  child.on('error', (error) => {
    process.stderr.write(`tocsin could not start ${node}: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => mirrorExit(code, signal));
}

/** Ends as the child ended, so that a supervisor sees the same as without this process. */
function mirrorExit(code, signal) {
  if (signal === null) {
    process.exit(code ?? 1);
  }
  for (const forwarded of FORWARDED_SIGNALS) process.removeAllListeners(forwarded);
  process.exitCode = 128 + (constants.signals[signal] ?? 0);
  process.kill(process.pid, signal);
}

async function runHub() {
  if (process.connected) {
    process.channel?.unref();
    process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  }
  // A command starts in half the time. Nobody but its owner can write there; where the folder is
  // read-only there is no cache, and nothing else changes.
  module.enableCompileCache?.(join(dirname(script), '../node_modules/.cache/tocsin'));
  const { main } = await import('../hub/src/app/main.ts');
  process.exitCode = await main(process.argv.slice(2), process.env);
}

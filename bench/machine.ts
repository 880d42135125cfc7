/** What this machine says of itself and of a process on it. Reads /proc, which only Linux has. */
import { execFileSync } from 'node:child_process';
import { closeSync, fdatasyncSync, openSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { writeSync } from 'node:fs';
import { availableParallelism, loadavg, release, tmpdir, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { percentile } from './statistics.ts';

/** The same clock in all processes of the machine (Linux), so that their times can be compared. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

const FILE_SYSTEMS: Readonly<Record<number, string>> = {
  0xef53: 'ext4',
  0x58465342: 'xfs',
  0x9123683e: 'btrfs',
  0x794c7630: 'overlay',
  0x2fc12fc1: 'zfs',
  0x01021994: 'tmpfs',
};

export function readFileSystem(dir: string): string {
  const magic = statfsSync(dir).type;
  return FILE_SYSTEMS[magic] ?? `0x${magic.toString(16)}`;
}

/** Where data directories go: fsync means nothing in memory. */
export function chooseBase(instead: string): string {
  return readFileSystem(tmpdir()) === 'tmpfs' ? instead : tmpdir();
}

const SYNC_PROBES = 100;
const PAGE_BYTES = 8_192;

/** How long one page takes to the disk: what a commit cannot be faster than. */
export function measureSyncMs(dir: string): number {
  const path = join(dir, 'sync-probe');
  const file = openSync(path, 'w');
  const page = Buffer.alloc(PAGE_BYTES, 1);
  const samples = Array.from({ length: SYNC_PROBES }, () => {
    const startedAt = monotonicMs();
    writeSync(file, page);
    fdatasyncSync(file);
    return monotonicMs() - startedAt;
  });
  closeSync(file);
  rmSync(path);
  return percentile(samples, 0.5);
}

/** The first line that a program says, or null when it is not there. */
export function askProgram(command: string, args: readonly string[]): string | null {
  try {
    const text = execFileSync(command, args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return text.split('\n')[0]?.trim() ?? '';
  } catch {
    return null;
  }
}

export type Machine = Readonly<Record<string, string>>;

export function readMachine(options: {
  readonly root: string;
  readonly dir: string;
  readonly alertmanager: string | null;
  readonly generator: string;
}): Machine {
  const git = (...args: string[]) => askProgram('git', ['-C', options.root, ...args]);
  const isChanged = (git('status', '--porcelain') ?? '') !== '';
  const commit = git('rev-parse', '--short=12', 'HEAD') ?? 'unknown';
  const kernel = /^\d+(\.\d+)*/.exec(release())?.[0] ?? 'unknown';
  const alertmanager = /version ([\w.~+-]+)/.exec(options.alertmanager ?? '')?.[1];
  return {
    Cores: String(availableParallelism()),
    Memory: `${(totalmem() / 1024 ** 3).toFixed(1)} GiB`,
    Kernel: `${type()} ${kernel}`,
    Node: process.version,
    Alertmanager: alertmanager ?? 'not installed',
    'Load generator': options.generator,
    Commit: isChanged ? `${commit} with changes` : commit,
    'File system of the data': readFileSystem(options.dir),
    'Write and fdatasync of 8 KiB, median': `${measureSyncMs(options.dir).toFixed(2)} ms`,
    'Load average at the start': loadavg()[0]?.toFixed(2) ?? 'unknown',
  };
}

/** Resident memory now, and the most there ever was. */
export function readMemory(pid: number): { readonly nowMiB: number; readonly peakMiB: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const read = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024;
  return { nowMiB: read('VmRSS'), peakMiB: read('VmHWM') };
}

const MS_PER_TICK = 10;

/** Processor time of a process so far. */
export function readProcessorMs(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field is a name in brackets and may hold spaces.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
}

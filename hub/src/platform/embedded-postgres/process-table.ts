/**
 * Which processes belong to a cluster, read from /proc.
 *
 * Process ids lie: they are reused, they stay behind as zombies, and postmaster.pid outlives its
 * postmaster. What does not lie is the working directory, which every PostgreSQL process keeps in
 * its cluster. It is compared by device and inode, not by name: a moved cluster is still found,
 * and an equal path in another container is not mistaken for ours.
 *
 * Danger: what is listed here gets signals. Only programs called postgres or initdb are listed,
 * so that a person's shell standing in the directory is left alone. Root without CAP_SYS_PTRACE
 * (the default in containers) may not look at a foreign working directory; then the cluster's own
 * mark in the command line decides (see `clusterMark`).
 */
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { systemCodeOf } from './fault.ts';

export type ClusterProcess = {
  readonly pid: number;
  /** A child of the postmaster calls itself "postgres: ...". */
  readonly isBackend: boolean;
};

const PROGRAMS: ReadonlySet<string> = new Set(['postgres', 'initdb']);

/** The server carries it as cluster_name, so that every process of it shows it in its title. */
export function clusterMark(directory: string): string {
  const { dev, ino } = statSync(directory);
  return `tocsin-${dev}-${ino}`;
}

/** Living processes of the cluster in `directory`; none when it does not exist and never did. */
export function listClusterProcesses(directory: string): readonly ClusterProcess[] {
  const place = statSync(directory, { throwIfNoEntry: false });
  const mark = place === undefined ? null : `tocsin-${place.dev}-${place.ino}`;
  const found: ClusterProcess[] = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const pid = Number(name);
    if (!PROGRAMS.has(readProc(pid, 'comm').trim()) || !isProcessAlive(pid)) continue;
    const title = readProc(pid, 'cmdline').replaceAll('\0', ' ');
    if (isIn(pid, directory, place) ?? hasMark(title, mark, directory)) {
      found.push({ pid, isBackend: title.startsWith('postgres: ') });
    }
  }
  return found;
}

/** A zombie counts as dead: it holds nothing, it only waits to be noticed by its parent. */
export function isProcessAlive(pid: number): boolean {
  const stat = readProc(pid, 'stat');
  // The state follows the program's name, which stands in parentheses and may hold some itself.
  const state = stat.charAt(stat.lastIndexOf(')') + 2);
  return stat !== '' && state !== 'Z' && state !== 'X';
}

/** A process that is gone, or that we may not signal, is left to the caller's own look. */
export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    const code = systemCodeOf(error);
    if (code !== 'ESRCH' && code !== 'EPERM') throw error;
  }
}

/** Null when the kernel does not let us look. */
function isIn(
  pid: number,
  directory: string,
  place: { readonly dev: number; readonly ino: number } | undefined,
): boolean | null {
  const link = `/proc/${pid}/cwd`;
  try {
    const cwd = statSync(link);
    if (place !== undefined && cwd.dev === place.dev && cwd.ino === place.ino) return true;
    // Somebody removed the directory under a running server. Once that server notices, it
    // deletes its socket by path, and that would be the new server's socket.
    return readlinkSync(link) === `${directory} (deleted)`;
  } catch (error) {
    const code = systemCodeOf(error);
    return code === 'EACCES' || code === 'EPERM' ? null : false;
  }
}

function hasMark(title: string, mark: string | null, directory: string): boolean {
  const words = title.split(/[ =:]/);
  // initdb carries no cluster_name; it is told the directory.
  return (mark !== null && words.includes(mark)) || title.includes(`--pgdata=${directory} `);
}

/** Empty when the process is gone or hidden. */
function readProc(pid: number, file: 'comm' | 'cmdline' | 'stat'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

/**
 * The folder of Tocsin as its reader has it, without what the reader before has left in it: the
 * project's files are linked, `data` and everything else that a page makes is new.
 */
import { chmodSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const PROJECT = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** What a page would find or make by itself. */
const NOT_LINKED: readonly string[] = ['.git', 'data', 'restored'];

export type Workspace = {
  readonly home: string;
  readonly remove: () => void;
};

export function makeWorkspace(): Workspace {
  const home = mkdtempSync(join(tmpdir(), 'tocsin-guide-'));
  // The database's user has to pass through it.
  chmodSync(home, 0o755);
  for (const name of readdirSync(PROJECT)) {
    if (!NOT_LINKED.includes(name)) symlinkSync(join(PROJECT, name), join(home, name));
  }
  return { home, remove: () => rmSync(home, { recursive: true, force: true }) };
}

/** Pages name ports; another hub may have them here. */
export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return address.port;
}

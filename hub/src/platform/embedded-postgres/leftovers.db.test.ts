import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, describe, it } from 'node:test';
import pg from 'pg';
import { prepareDataDir, prepareSocketDir } from './data-dir.ts';
import type { EmbeddedPostgres } from './embedded-postgres.ts';
import { clearLeftovers } from './leftovers.ts';
import { clusterMark, isProcessAlive, listClusterProcesses } from './process-table.ts';
import {
  borrowDataDir,
  cleanUp,
  createDataDir,
  createDir,
  createLogBook,
  findAccount,
  isRoot,
  query,
  silent,
  skipUnlessRoot,
  start,
  startApp,
  startedPid,
  until,
} from '#test/support/postgres-trial/bench.ts';

const children: ChildProcess[] = [];

after(async () => {
  for (const child of children) child.kill('SIGKILL');
  await cleanUp();
});

/** As the user of the database: PostgreSQL ignores processes of others. */
function startProgram(script: string, cwd = '/'): ChildProcess & { readonly pid: number } {
  const { uid, gid } = findAccount();
  const ids = isRoot ? { uid, gid } : {};
  const child = spawn('/bin/sh', ['-c', script], {
    ...ids,
    cwd,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  children.push(child);
  assert.ok(child.pid !== undefined);
  return Object.assign(child, { pid: child.pid });
}

/** A process that ended, with a parent that never asks how: pid 1 of many containers. */
async function createZombie(): Promise<number> {
  const parent = startProgram('tail -f /dev/null & echo $!; exec tail -f /dev/null');
  assert.ok(parent.stdout);
  const words: readonly unknown[] = await once(createInterface({ input: parent.stdout }), 'line');
  const pid = Number(words[0]);
  // A shell would ask; it has to be replaced before its child ends.
  const commOf = (one: number): string => readFileSync(`/proc/${one}/comm`, 'utf8').trim();
  await until(() => [pid, parent.pid].every((one) => commOf(one) === 'tail'), 'two programs');
  process.kill(pid, 'SIGKILL');
  const isZombie = (): boolean => /\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  await until(isZombie, 'a zombie');
  return pid;
}

/** A backend in a loop: it does not notice that its postmaster died. */
async function startBusyBackend(database: EmbeddedPostgres): Promise<number> {
  const client = new pg.Client(database.connection);
  client.on('error', () => undefined);
  await client.connect();
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  void client.query('do $$ begin loop end loop; end $$').catch(() => undefined);
  const pid = Number(rows[0]?.pid);
  const isRunning = (): boolean => /\) R /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  await until(isRunning, 'a busy backend');
  return pid;
}

async function assertStarts(dataDir: string): Promise<void> {
  const database = await start(dataDir);
  assert.deepEqual(await query(database, 'select 1'), [1]);
  await database.stop();
}

/** Files as a killed server leaves them, in the name of another process. */
async function forgeClaims(dataDir: string, pid: number): Promise<void> {
  const database = await start(dataDir);
  const files = [
    join(dataDir, 'postgres', 'postmaster.pid'),
    join(database.connection.host, '.s.PGSQL.5432.lock'),
  ];
  const texts = files.map((file) => readFileSync(file, 'utf8'));
  await database.stop();
  texts.forEach((text, at) => {
    writeFileSync(files[at] ?? '', text.replace(/^\d+/, String(pid)));
  });
  writeFileSync(join(database.connection.host, '.s.PGSQL.5432'), '');
}

describe('what a killed hub leaves behind', () => {
  it('an orphaned postmaster is replaced; committed rows are there', async () => {
    const dataDir = await borrowDataDir();
    const app = startApp(dataDir);
    const orphan = await startedPid(app);
    await app.kill('SIGKILL');
    assert.ok(isProcessAlive(orphan), 'the database outlives its hub');
    const database = await start(dataDir);
    assert.ok(!isProcessAlive(orphan));
    assert.notEqual(database.postmasterPid, orphan);
    await database.stop();
  });

  it('acknowledged rows survive the kill of the hub and of its database', async () => {
    const dataDir = await borrowDataDir();
    const first = await start(dataDir);
    await query(first, 'create table acked as select 7 as seven');
    process.kill(first.postmasterPid, 'SIGKILL');
    await first.stop();
    const app = startApp(dataDir);
    await startedPid(app);
    await app.kill('SIGKILL');
    const last = await start(dataDir);
    assert.deepEqual(await query(last, 'select seven from acked'), [7]);
    await last.stop();
  });

  const dropped = '--bounding-set=-sys_ptrace';
  it('an orphan is found without the right to look into it', { skip: skipUnlessRoot }, async () => {
    const dataDir = await borrowDataDir();
    const first = startApp(dataDir);
    const orphan = await startedPid(first);
    await first.kill('SIGKILL');
    const second = startApp(dataDir, { wrapper: ['setpriv', dropped, '--inh-caps=-all', '--'] });
    const fresh = await startedPid(second);
    assert.ok(!isProcessAlive(orphan));
    assert.ok(isProcessAlive(fresh));
    await second.kill('SIGKILL');
  });

  it('the orphan of a removed data directory cannot take the new socket with it', async () => {
    const dataDir = await createDataDir();
    const app = startApp(dataDir);
    const orphan = await startedPid(app);
    await app.kill('SIGKILL');
    rmSync(dataDir, { recursive: true, force: true });
    const database = await start(dataDir);
    assert.ok(!isProcessAlive(orphan));
    assert.deepEqual(await query(database, 'select 1'), [1]);
    await database.stop();
  });
});

describe('what a killed postmaster leaves behind', () => {
  it('a busy backend is ended, and the next start succeeds', async () => {
    const dataDir = await borrowDataDir();
    const database = await start(dataDir);
    const stray = await startBusyBackend(database);
    process.kill(database.postmasterPid, 'SIGKILL');
    await database.stop();
    assert.ok(isProcessAlive(stray), 'nobody told it');
    await assertStarts(dataDir);
    assert.ok(!isProcessAlive(stray));
  });

  it('a backend that does not listen is killed', async () => {
    const dataDir = await borrowDataDir();
    const database = await start(dataDir);
    const stray = await startBusyBackend(database);
    process.kill(stray, 'SIGSTOP');
    process.kill(database.postmasterPid, 'SIGKILL');
    await database.stop();
    await assertStarts(dataDir);
    assert.ok(!isProcessAlive(stray));
  });

  it('claims in the name of a process id that is used again do not block', async () => {
    const dataDir = await borrowDataDir();
    const other = startProgram('exec tail -f /dev/null');
    await forgeClaims(dataDir, other.pid);
    await assertStarts(dataDir);
    assert.ok(isProcessAlive(other.pid), 'and the innocent process lives');
  });

  it('claims in the name of a zombie do not block', async () => {
    const dataDir = await borrowDataDir();
    await forgeClaims(dataDir, await createZombie());
    await assertStarts(dataDir);
  });

  it('claims that are cut short do not block', async () => {
    const dataDir = await borrowDataDir();
    writeFileSync(join(dataDir, 'postgres', 'postmaster.pid'), '');
    await assertStarts(dataDir);
  });

  it('a temporary socket directory of the run before is removed', async () => {
    const dataDir = await borrowDataDir();
    const account = findAccount();
    const layout = { ...(await prepareDataDir(dataDir)), sockets: `/${'x'.repeat(100)}` };
    const old = await prepareSocketDir(layout, account);
    const claim = `1\n${layout.cluster}\n0\n5432\n${old}\n`;
    writeFileSync(join(layout.cluster, 'postmaster.pid'), claim);
    await clearLeftovers({ cluster: layout.cluster, socketDir: '/none', log: silent });
    assert.ok(!existsSync(old));
  });
});

describe('whom the clearing leaves alone', () => {
  it('a person whose shell stands in the cluster', async () => {
    const dataDir = await borrowDataDir();
    const shell = startProgram('exec tail -f /dev/null', join(dataDir, 'postgres'));
    await assertStarts(dataDir);
    assert.ok(isProcessAlive(shell.pid));
  });

  it('the server of another data directory', async () => {
    const other = await start(await borrowDataDir());
    const pid = other.postmasterPid;
    const book = createLogBook();
    const database = await start(await createDataDir(), { log: book.log });
    assert.ok(isProcessAlive(pid));
    assert.ok(!book.lines.some((line) => line.includes('earlier run')));
    await database.stop();
    await other.stop();
  });

  it('zombies are not listed, and each cluster has a mark of its own', async () => {
    const [one, two] = [createDir(), createDir()];
    assert.notEqual(clusterMark(one), clusterMark(two));
    assert.ok(!isProcessAlive(await createZombie()));
    assert.deepEqual(listClusterProcesses(one), []);
  });
});

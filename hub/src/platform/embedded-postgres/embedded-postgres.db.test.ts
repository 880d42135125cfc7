import assert from 'node:assert/strict';
import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import pg from 'pg';
import { LIMITS } from '#kernel/limits.ts';
import { decideRestartDelayMs } from './embedded-postgres.ts';
import { isProcessAlive, listClusterProcesses } from './process-table.ts';
import {
  borrowDataDir,
  cleanUp,
  createDataDir,
  createDir,
  createLogBook,
  modeOf,
  query,
  silent,
  start,
  startApp,
  startedPid,
  until,
} from '#test/support/postgres-trial/bench.ts';

after(cleanUp);

describe('the embedded database', () => {
  it('is made at the first start, in a directory that did not exist', async () => {
    const dataDir = join(createDir(), 'below', 'data with space, comma and "quote"');
    const database = await start(dataDir);
    assert.deepEqual(await query(database, 'select current_database()'), ['tocsin']);
    assert.deepEqual(readdirSync(dataDir).toSorted(), [
      'instance.lock',
      'instance.pid',
      'postgres',
      'postgres.secret',
      'sockets',
    ]);
    for (const name of ['postgres', 'sockets']) assert.equal(modeOf(join(dataDir, name)), '700');
    for (const name of ['postgres.secret', 'instance.lock', 'instance.pid']) {
      assert.equal(modeOf(join(dataDir, name)), '600', name);
    }
    await database.stop();
  });

  it('keeps what was written over a stop and a start', async () => {
    const dataDir = await borrowDataDir();
    const first = await start(dataDir);
    await query(first, 'create table kept_1 as select 7 as seven');
    await first.stop();
    const second = await start(dataDir);
    assert.deepEqual(await query(second, 'select seven from kept_1'), [7]);
    await second.stop();
  });

  it('runs with the settings that safety and size need, and with those of the caller', async () => {
    const database = await start(await borrowDataDir(), { settings: { work_mem: '5MB' } });
    const wanted: Readonly<Record<string, string>> = {
      TimeZone: 'UTC',
      data_checksums: 'on',
      fsync: 'on',
      idle_in_transaction_session_timeout: '1min',
      jit: 'off',
      listen_addresses: '',
      log_min_messages: 'log',
      max_connections: '60',
      max_wal_size: '512MB',
      min_wal_size: '128MB',
      server_encoding: 'UTF8',
      shared_buffers: '128MB',
      synchronous_commit: 'on',
      unix_socket_permissions: '0700',
      wal_compression: 'pglz',
      work_mem: '5MB',
    };
    for (const [name, value] of Object.entries(wanted)) {
      assert.deepEqual(await query(database, `show ${name}`), [value], name);
    }
    await database.stop();
  });

  it('lets nobody in without the password, and nobody at all as its owner', async () => {
    const database = await start(await borrowDataDir());
    const connection = database.connection;
    for (const wrong of [{ password: 'guessed' }, { user: 'postgres' }]) {
      await assert.rejects(query({ connection: { ...connection, ...wrong } }, 'select 1'), {
        code: '28P01',
      });
    }
    assert.deepEqual(await query(database, 'select usesuper from pg_user where usename = user'), [
      false,
    ]);
    await database.stop();
  });

  it('keeps values of people out of its log', async () => {
    const book = createLogBook();
    const database = await start(await borrowDataDir(), { log: book.log });
    await query(database, 'create table only_once (value text primary key)');
    const insert = `insert into only_once values ('the-secret-value')`;
    await query(database, insert);
    await assert.rejects(query(database, insert), { code: '23505' });
    await database.stop();
    assert.ok(book.lines.some((line) => line.includes('ready to accept connections')));
    assert.deepEqual(
      book.lines.filter((line) => /secret-value|only_once/.test(line)),
      [],
    );
  });

  it('stops cleanly with sessions open, leaves nothing behind, also twice', async () => {
    const dataDir = await borrowDataDir();
    const book = createLogBook();
    const database = await start(dataDir, { log: book.log });
    const client = new pg.Client(database.connection);
    client.on('error', () => undefined);
    await client.connect();
    await client.query('begin');
    await Promise.all([database.stop(), database.stop()]);
    await database.stop();
    assert.ok(book.lines.some((line) => line.endsWith('database system is shut down')));
    assert.deepEqual(listClusterProcesses(join(dataDir, 'postgres')), []);
    assert.deepEqual(readdirSync(join(dataDir, 'sockets')), []);
    assert.ok(!existsSync(join(dataDir, 'postgres', 'postmaster.pid')));
    await start(dataDir, { log: book.log }).then((next) => next.stop());
    assert.ok(!book.lines.some((line) => line.includes('not properly shut down')));
  });

  it('uses a private temporary directory where the path is too long for a socket', async () => {
    const dataDir = join(createDir(), 'long'.repeat(25));
    renameSync(await createDataDir(), dataDir);
    const database = await start(dataDir);
    const host = database.connection.host;
    assert.ok(!host.startsWith(dataDir));
    assert.equal(modeOf(host), '700');
    assert.deepEqual(await query(database, 'select 1'), [1]);
    await database.stop();
    assert.ok(!existsSync(host), 'the temporary directory is gone');
  });

  it('says why when the server cannot start, and lets go of the directory', async () => {
    const dataDir = await borrowDataDir();
    await assert.rejects(start(dataDir, { settings: { shared_buffers: '1' } }), (error) => {
      assert.ok(error instanceof Error && 'code' in error);
      assert.equal(error.code, 'start_failed');
      assert.match(error.message, /shared_buffers/);
      return true;
    });
    await start(dataDir).then((next) => next.stop());
  });
});

describe('a database that dies', () => {
  it('is started again under supervision; pools reconnect by themselves', async () => {
    const database = await start(await borrowDataDir(), { supervise: true });
    const pool = new pg.Pool(database.connection);
    pool.on('error', () => undefined);
    await pool.query('create table kept_2 as select 7 as seven');
    const exits: unknown[] = [];
    database.onExit((exit) => exits.push(exit));
    for (const round of [1, 2]) {
      const before = database.postmasterPid;
      process.kill(before, 'SIGKILL');
      await until(() => database.postmasterPid !== before, 'another postmaster');
      assert.equal(exits.length, round);
      assert.deepEqual((await pool.query('select seven from kept_2')).rows, [{ seven: 7 }]);
    }
    assert.deepEqual(exits[0], { code: null, signal: 'SIGKILL' });
    await pool.end();
    await database.stop();
    assert.equal(exits.length, 2, 'a stop is no unexpected exit');
  });

  it('is reported and stays down without supervision; stop still works', async () => {
    const dataDir = await borrowDataDir();
    const database = await start(dataDir);
    const exit = new Promise((resolve) => database.onExit(resolve));
    process.kill(database.postmasterPid, 'SIGKILL');
    assert.deepEqual(await exit, { code: null, signal: 'SIGKILL' });
    await database.stop();
    await start(dataDir).then((next) => next.stop());
  });

  it('stays down when it is stopped in the middle of a restart', async () => {
    const dataDir = await borrowDataDir();
    const database = await start(dataDir, { supervise: true });
    const exit = new Promise((resolve) => database.onExit(resolve));
    process.kill(database.postmasterPid, 'SIGKILL');
    await exit;
    await database.stop();
    const cluster = join(dataDir, 'postgres');
    await until(() => listClusterProcesses(cluster).length === 0, 'no process of the cluster');
    await start(dataDir).then((next) => next.stop());
  });

  it('stays down when the data directory was taken away under it', async () => {
    const dataDir = await createDataDir();
    const book = createLogBook();
    const old = await start(dataDir, { supervise: true, log: book.log });
    rmSync(dataDir, { recursive: true, force: true });
    const fresh = await start(dataDir);
    const pid = fresh.postmasterPid;
    await until(() => book.lines.some((line) => /stays down/.test(line)), 'the old one gives up');
    assert.equal(fresh.postmasterPid, pid);
    assert.deepEqual(await query(fresh, 'select 1'), [1]);
    await old.stop();
    assert.deepEqual(await query(fresh, 'select 1'), [1]);
    await fresh.stop();
  });

  it('is restarted at once at first, then less and less often, up to a bound', () => {
    const delays = [0, 1, 2, 50].map(decideRestartDelayMs);
    assert.deepEqual(delays, [100, 200, 400, LIMITS.databaseRestartDelayMaxMs]);
  });
});

describe('a hub that ends', () => {
  it('drains with the database still up when Ctrl-C reaches its whole process group', async () => {
    const dataDir = await borrowDataDir();
    const app = startApp(dataDir, { detached: true });
    const postmaster = await startedPid(app);
    process.kill(-app.pid, 'SIGINT');
    assert.equal(await app.nextLine(), 'drained');
    await until(() => !isProcessAlive(postmaster), 'the postmaster is gone');
    const next = await start(dataDir);
    assert.deepEqual(await query(next, 'select count(*)::int from drained_by_ctrl_c'), [0]);
    await next.stop();
  });

  it('takes the database along when it exits without stopping it', async () => {
    const app = startApp(await borrowDataDir());
    const postmaster = await startedPid(app);
    app.child.stdin?.write('exit\n');
    await until(() => !isProcessAlive(postmaster), 'the postmaster is gone');
  });
});

describe('two hubs on one data directory', () => {
  it('the second is refused by the pid of the first, whose database runs on', async () => {
    const dataDir = await borrowDataDir();
    const first = startApp(dataDir);
    const postmaster = await startedPid(first);
    await assert.rejects(start(dataDir), (error) => {
      assert.ok(error instanceof Error && 'code' in error);
      assert.equal(error.code, 'data_dir_in_use');
      assert.match(error.message, new RegExp(`process ${first.pid}.*kill ${first.pid}`));
      assert.match(error.message, /TOCSIN_DATA_DIR/);
      return true;
    });
    assert.ok(isProcessAlive(postmaster));
    await first.kill('SIGKILL');
  });

  it('the same process is refused as well', async () => {
    const dataDir = await borrowDataDir();
    const first = await start(dataDir);
    await assert.rejects(start(dataDir, { log: silent }), { code: 'data_dir_in_use' });
    const again = startApp(dataDir);
    assert.match(await again.nextLine(), /^refused data_dir_in_use/, 'still locked for others');
    assert.deepEqual(await query(first, 'select 1'), [1]);
    await first.stop();
  });

  it('exactly one of three starters at the same moment gets it', async () => {
    const dataDir = await borrowDataDir();
    const apps = [1, 2, 3].map(() => startApp(dataDir));
    const lines = await Promise.all(apps.map((app) => app.nextLine()));
    const words = lines.map((line) => line.split(' ').slice(0, 2).join(' ')).toSorted();
    assert.deepEqual(words.slice(0, 2), ['refused data_dir_in_use', 'refused data_dir_in_use']);
    assert.match(words[2] ?? '', /^started/);
    for (const app of apps) await app.kill('SIGKILL');
  });
});

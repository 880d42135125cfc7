import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { isProcessAlive } from './process-table.ts';
import {
  borrowDataDir,
  cleanUp,
  createDataDir,
  createDir,
  findAccount,
  modeOf,
  query,
  skipUnlessRoot,
  start,
  startApp,
  startedPid,
  until,
} from '#test/support/postgres-trial/bench.ts';

after(cleanUp);

describe('a first start', () => {
  it('that was killed half-way is begun anew', async () => {
    const dataDir = join(createDir(), 'data');
    const app = startApp(dataDir);
    const unfinished = join(dataDir, 'postgres.new');
    await until(() => existsSync(join(unfinished, 'base', '1')), 'initdb in the middle of it');
    await app.kill('SIGKILL');
    assert.ok(!existsSync(join(dataDir, 'postgres')));
    const database = await start(dataDir);
    assert.deepEqual(await query(database, 'select 1'), [1]);
    assert.ok(!existsSync(unfinished));
    await database.stop();
  });

  it('accepts an empty directory as the place, and makes a password of its own', async () => {
    const other = await borrowDataDir();
    const dataDir = join(createDir(), 'data');
    mkdirSync(join(dataDir, 'postgres'), { recursive: true });
    await start(dataDir).then((database) => database.stop());
    const secrets = [dataDir, other].map((dir) =>
      readFileSync(join(dir, 'postgres.secret'), 'utf8'),
    );
    for (const secret of secrets) assert.match(secret, /^[\w-]{32}\n$/, '24 random bytes');
    assert.notEqual(secrets[0], secrets[1]);
  });

  it('refuses a directory that holds something else, and leaves it as it was', async () => {
    const dataDir = join(createDir(), 'data');
    mkdirSync(join(dataDir, 'postgres'), { recursive: true });
    writeFileSync(join(dataDir, 'postgres', 'thesis.txt'), 'mine');
    await assert.rejects(start(dataDir), { code: 'cluster_unrecognised' });
    assert.deepEqual(readdirSync(join(dataDir, 'postgres')), ['thesis.txt']);
  });

  it('refuses a data directory that is a file', async () => {
    const dataDir = join(createDir(), 'data');
    writeFileSync(dataDir, '');
    await assert.rejects(start(dataDir), { code: 'data_dir_unusable' });
  });
});

describe('a later start', () => {
  it('refuses a cluster of another major version, and changes nothing', async () => {
    const dataDir = await borrowDataDir();
    const version = join(dataDir, 'postgres', 'PG_VERSION');
    writeFileSync(version, '17\n');
    await assert.rejects(start(dataDir), (error) => {
      assert.ok(error instanceof Error && 'code' in error);
      assert.equal(error.code, 'cluster_version_mismatch');
      assert.match(error.message, /PostgreSQL 17.*brings 18/);
      return true;
    });
    writeFileSync(version, '18\n');
    await start(dataDir).then((database) => database.stop());
  });

  it('sets a new password when the file with it was lost', async () => {
    const dataDir = await borrowDataDir();
    const file = join(dataDir, 'postgres.secret');
    const old = readFileSync(file, 'utf8');
    rmSync(file);
    const database = await start(dataDir);
    assert.deepEqual(await query(database, 'select 1'), [1]);
    assert.notEqual(readFileSync(file, 'utf8'), old);
    assert.equal(modeOf(file), '600');
    await database.stop();
  });
});

describe('root', { skip: skipUnlessRoot }, () => {
  it('hands the cluster and the sockets to another user, and nothing else', async () => {
    const dataDir = await borrowDataDir();
    const { uid } = findAccount();
    const database = await start(dataDir);
    const owners = readdirSync(dataDir).map((name) => [name, statSync(join(dataDir, name)).uid]);
    const given = owners.filter(([, owner]) => owner !== 0);
    assert.deepEqual(given, [
      ['postgres', uid],
      ['sockets', uid],
    ]);
    assert.equal(statSync(`/proc/${database.postmasterPid}`).uid, uid);
    await database.stop();
  });

  it('takes back a cluster that was restored as root', async () => {
    const dataDir = await borrowDataDir();
    execFileSync('chown', ['-R', '0:0', join(dataDir, 'postgres')]);
    await start(dataDir).then((database) => database.stop());
    assert.equal(statSync(join(dataDir, 'postgres', 'PG_VERSION')).uid, findAccount().uid);
  });

  it('runs a cluster as the user it belongs to', async () => {
    const dataDir = await createDataDir();
    execFileSync('chown', ['-R', '54321:54321', join(dataDir, 'postgres')]);
    const database = await start(dataDir);
    assert.equal(statSync(`/proc/${database.postmasterPid}`).uid, 54_321);
    await database.stop();
  });

  it('may have its data directory below its own closed home', async () => {
    const home = createDir();
    chmodSync(home, 0o700);
    const dataDir = join(home, 'project', 'data');
    const first = await start(dataDir);
    assert.notEqual(statSync(`/proc/${first.postmasterPid}`).uid, 0);
    assert.deepEqual(await query(first, 'select 1'), [1]);
    await first.stop();
    const app = startApp(dataDir);
    const orphan = await startedPid(app);
    await app.kill('SIGKILL');
    const last = await start(dataDir);
    assert.ok(!isProcessAlive(orphan));
    await last.stop();
    assert.equal(modeOf(home), '700');
  });

  it('may give the hub to a user without a name', async () => {
    const home = createDir();
    chownSync(home, 54_321, 54_321);
    const drop = ['setpriv', '--reuid=54321', '--regid=54321', '--clear-groups'];
    const map = ['unshare', '--user', '--map-user=65534', '--map-group=65534', 'true'];
    const canMap = spawnSync('setpriv', [...drop.slice(1), ...map]).status === 0;
    const app = startApp(join(home, 'data'), { wrapper: drop });
    const line = await app.nextLine();
    // Where the kernel forbids user namespaces there is no way, and the sentence says so.
    assert.match(line, canMap ? /^started \d+$/ : /^refused account_unusable .*\/etc\/passwd/);
    await app.kill('SIGKILL');
  });
});

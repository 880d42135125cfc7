import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { after, describe, it } from 'node:test';
import { type Account, commandAs } from './account.ts';
import { findPackageDir, prepareBinaries } from './binaries.ts';
import {
  cleanUp,
  createDir,
  createLogBook,
  findAccount,
  isRoot,
  silent,
  skipUnlessRoot,
  start,
} from '#test/support/postgres-trial/bench.ts';

after(cleanUp);

const installed = findPackageDir(`${process.platform}-${process.arch}`);
const account = findAccount();
const LIBRARY = join('native', 'lib', 'libicui18n.so.60');

/** As npm leaves it when install scripts are blocked. */
function createPackage(): string {
  const packageDir = join(createDir(), 'package');
  // Hard links where they are allowed: nothing here writes into a file.
  const { status } = spawnSync('cp', ['-al', installed, packageDir]);
  if (status !== 0) {
    rmSync(packageDir, { recursive: true, force: true });
    execFileSync('cp', ['-a', installed, packageDir]);
  }
  const list = readFileSync(join(packageDir, 'native', 'pg-symlinks.json'), 'utf8');
  for (const [, target] of list.matchAll(/"target":"([^"]+)"/g)) {
    rmSync(join(packageDir, target ?? ''), { force: true });
  }
  assert.ok(!existsSync(join(packageDir, LIBRARY)));
  return packageDir;
}

/** Its server only says that it is out of order. */
function createFakePackage(links: string): string {
  const packageDir = join(createDir(), 'package');
  for (const name of ['bin', 'lib'])
    mkdirSync(join(packageDir, 'native', name), { recursive: true });
  writeFileSync(join(packageDir, 'package.json'), '{"version":"1.0.0"}');
  writeFileSync(join(packageDir, 'native', 'pg-symlinks.json'), links);
  const program = '#!/bin/sh\necho out of order\nexit 3\n';
  writeFileSync(join(packageDir, 'native', 'bin', 'postgres'), program, { mode: 0o755 });
  return packageDir;
}

describe('the database programs', () => {
  it('are used where npm put them', async () => {
    const copiesDir = join(createDir(), 'copies');
    const binaries = await prepareBinaries({
      packageDir: installed,
      copiesDir,
      account,
      log: silent,
    });
    assert.equal(binaries.postgres, join(installed, 'native', 'bin', 'postgres'));
    assert.equal(binaries.major, 18);
    assert.ok(!existsSync(copiesDir));
  });

  it('get their missing links when npm ran no install script', async () => {
    const packageDir = createPackage();
    const copiesDir = join(packageDir, 'copies');
    const binaries = await prepareBinaries({ packageDir, copiesDir, account, log: silent });
    assert.equal(dirname(dirname(binaries.postgres)), join(packageDir, 'native'));
    assert.ok(existsSync(join(packageDir, LIBRARY)));
    assert.ok(!existsSync(copiesDir));
  });

  it('are copied when the links cannot be made, once per version', async (t) => {
    const packageDir = createPackage();
    // Nothing can be made where something is; closing the directory would not stop root.
    symlinkSync('nowhere', join(packageDir, LIBRARY));
    const lib = join(packageDir, 'native', 'lib');
    if (!isRoot) chmodSync(lib, 0o555);
    t.after(() => chmodSync(lib, 0o755));
    const dataDir = join(createDir(), 'data');
    mkdirSync(join(dataDir, 'postgres-programs', '17.0.0-old'), { recursive: true });
    const book = createLogBook();
    for (const _ of [1, 2]) {
      const database = await start(dataDir, { packageDir, log: book.log });
      await database.stop();
    }
    assert.equal(book.lines.filter((line) => line.startsWith('copying')).length, 1);
    assert.ok(!existsSync(join(dataDir, 'postgres-programs', '17.0.0-old')));
  });

  it('are copied out of a closed home', { skip: skipUnlessRoot }, async () => {
    const packageDir = createPackage();
    chmodSync(dirname(packageDir), 0o700);
    const copiesDir = join(createDir(), 'copies');
    const binaries = await prepareBinaries({ packageDir, copiesDir, account, log: silent });
    assert.ok(binaries.postgres.startsWith(copiesDir));
    assert.equal(statSync(binaries.postgres).uid, 0, 'the database cannot change its programs');
  });

  it('set up a cluster within a closed home', { skip: skipUnlessRoot }, async () => {
    const packageDir = createPackage();
    const home = dirname(packageDir);
    chmodSync(home, 0o700);
    const lent: Account = { ...account, via: 'setpriv' };
    const copiesDir = join(home, 'copies');
    const { initdb } = await prepareBinaries({ packageDir, copiesDir, account: lent, log: silent });
    const wanted = ['-D', join(home, 'cluster'), '-A', 'scram-sha-256', '--no-sync'];
    const password = join(home, 'password');
    writeFileSync(password, 'secret');
    const { file, args } = commandAs(lent, initdb, [...wanted, `--pwfile=${password}`]);
    const { status, stderr } = spawnSync(file, [...args], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    assert.equal(statSync(join(home, 'cluster')).uid, lent.uid);
  });

  it('that do not run are an error that points to DATABASE_URL', async () => {
    const packageDir = createFakePackage('[]');
    const copiesDir = join(createDir(), 'copies');
    await assert.rejects(prepareBinaries({ packageDir, copiesDir, account, log: silent }), {
      code: 'binaries_unusable',
      message: /exit code 3: out of order.*DATABASE_URL/,
    });
  });

  it('never follow a link list out of their own directory', async () => {
    const link = { source: 'native/lib/libpq.so', target: 'native/lib/../../escaped' };
    const packageDir = createFakePackage(JSON.stringify([link]));
    const copiesDir = join(createDir(), 'copies');
    await assert.rejects(prepareBinaries({ packageDir, copiesDir, account, log: silent }));
    assert.throws(() => lstatSync(join(packageDir, 'escaped')), { code: 'ENOENT' });
  });

  it('are missing on other systems, and the sentence asks for DATABASE_URL', () => {
    for (const platform of ['darwin-arm64', 'win32-x64', 'linux-s390x']) {
      assert.throws(() => findPackageDir(platform), {
        code: 'platform_not_supported',
        message: new RegExp(`${platform}.*DATABASE_URL`),
      });
    }
  });

  it('may not be installed, and the sentence says how to get them', () => {
    const resolve = (): never => {
      throw new Error('Cannot find module');
    };
    assert.throws(() => findPackageDir('linux-x64', resolve), {
      code: 'platform_not_supported',
      message: /npm ci/,
    });
  });
});

import assert from 'node:assert/strict';
import { readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { LIMITS } from '#kernel/limits.ts';
import { fitsSocket, prepareDataDir, readSecret, writeSecret } from './data-dir.ts';
import { cleanUp, createDir, modeOf } from '#test/support/postgres-trial/bench.ts';

after(cleanUp);

describe('the data directory', () => {
  it('is made private, while the directories above it stay open', async () => {
    const parent = join(createDir(), 'one');
    const layout = await prepareDataDir(join(parent, 'two'));
    assert.equal(modeOf(layout.dataDir), '700');
    assert.notEqual(modeOf(parent), '700');
  });

  it('has one name, by whatever link it is reached', async () => {
    const dir = createDir();
    const real = await prepareDataDir(join(dir, 'real'));
    symlinkSync('real', join(dir, 'link'));
    assert.deepEqual(await prepareDataDir(join(dir, 'link')), real);
  });
});

describe('the place of the socket', () => {
  it('fits up to the last byte that the kernel takes, in bytes and not in characters', () => {
    const longest = `/${'x'.repeat(LIMITS.socketPathBytesMax - '//.s.PGSQL.5432'.length)}`;
    assert.ok(fitsSocket(longest));
    assert.ok(!fitsSocket(`${longest}x`));
    assert.ok(!fitsSocket(longest.replace('x', 'é')));
  });
});

describe('the password file', () => {
  it('is read back as written, private, with nothing unfinished beside it', async () => {
    const dir = createDir();
    const file = join(dir, 'secret');
    assert.equal(await readSecret(file), null);
    const secret = 'a_-Z'.repeat(8);
    // An older file with open rights does not hand them on.
    writeFileSync(`${file}.new`, '', { mode: 0o666 });
    await writeSecret(file, secret);
    assert.equal(await readSecret(file), secret);
    assert.equal(modeOf(file), '600');
    assert.deepEqual(readdirSync(dir), ['secret']);
  });

  it('that is damaged counts as missing', async () => {
    const file = join(createDir(), 'secret');
    for (const text of ['', 'short\n', `${"'".repeat(32)}\n`]) {
      writeFileSync(file, text);
      assert.equal(await readSecret(file), null);
    }
  });
});

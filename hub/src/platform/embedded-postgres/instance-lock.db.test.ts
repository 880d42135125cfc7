import assert from 'node:assert/strict';
import { chmodSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { acquireInstanceLock } from './instance-lock.ts';
import { cleanUp, createDir, isRoot, modeOf } from '#test/support/postgres-trial/bench.ts';

after(cleanUp);

describe('the instance lock', () => {
  it('is refused while held, and free again after its release', () => {
    const dir = createDir();
    const lock = acquireInstanceLock(dir);
    assert.throws(() => acquireInstanceLock(dir), {
      code: 'data_dir_in_use',
      message: new RegExp(`process ${process.pid}`),
    });
    lock.release();
    lock.release();
    const next = acquireInstanceLock(dir);
    assert.ok(next.isHeld());
    assert.ok(!lock.isHeld());
    next.release();
  });

  it('is not fooled by files left behind, whoever has their process id now', () => {
    const dir = createDir();
    for (const pid of [process.pid, process.ppid, 1, 4_000_000]) {
      writeFileSync(join(dir, 'instance.lock'), '');
      writeFileSync(join(dir, 'instance.pid'), `${pid} ${hostname()}\n`);
      acquireInstanceLock(dir).release();
    }
  });

  it('names only a process that lives, and the host when it is another one', () => {
    const dir = createDir();
    const lock = acquireInstanceLock(dir);
    const note = join(dir, 'instance.pid');
    const refusalOf = (text: string): string => {
      writeFileSync(note, text);
      try {
        acquireInstanceLock(dir);
      } catch (error) {
        return String(error);
      }
      return 'not refused';
    };
    assert.match(refusalOf('7 other-host\n'), /process 7 on other-host/);
    for (const text of ['', 'garbage\n', `4000000 ${hostname()}\n`]) {
      assert.match(refusalOf(text), /Another Tocsin is running/);
    }
    rmSync(note);
    assert.match(refusalOf(`1 ${hostname()}\n`), /process 1\)/);
    lock.release();
  });

  it('is lost when its file is replaced, which the holder can see', () => {
    const dir = createDir();
    const lock = acquireInstanceLock(dir);
    assert.ok(lock.isHeld());
    renameSync(join(dir, 'instance.lock'), join(dir, 'elsewhere'));
    assert.ok(!lock.isHeld());
    writeFileSync(join(dir, 'instance.lock'), '');
    assert.ok(!lock.isHeld());
    lock.release();
  });

  it('is readable by nobody else', () => {
    const dir = createDir();
    const lock = acquireInstanceLock(dir);
    assert.equal(modeOf(join(dir, 'instance.lock')), '600');
    assert.equal(modeOf(join(dir, 'instance.pid')), '600');
    lock.release();
  });

  const skip = isRoot ? 'root may write everywhere: run as an ordinary user' : false;
  it('needs a directory that may be written to', { skip }, () => {
    const dir = createDir();
    chmodSync(dir, 0o555);
    assert.throws(() => acquireInstanceLock(dir), { code: 'data_dir_unusable' });
    chmodSync(dir, 0o755);
  });
});

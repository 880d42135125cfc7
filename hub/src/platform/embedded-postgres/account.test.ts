import assert from 'node:assert/strict';
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import {
  type Account,
  chooseForRoot,
  commandAs,
  explainFailedTool,
  isReachable,
  namedCommandAs,
} from './account.ts';
import { cleanUp, createDir } from '#test/support/postgres-trial/bench.ts';

after(cleanUp);

const PASSWD = [
  'root:x:0:0:root:/root:/bin/sh',
  'nobody:x:65534:65533::/:/bin/false',
  'deploy:x:1000:1000::/home/deploy:/bin/sh',
  '# a comment',
].join('\n');
const POSTGRES = 'postgres:x:101:104::/var/lib/postgresql:/bin/sh';

describe('the user that root hands the database to', () => {
  it('is postgres, else nobody, else a number without a name', () => {
    assert.equal(chooseForRoot(`${PASSWD}\n${POSTGRES}\n`, null).uid, 101);
    assert.deepEqual(chooseForRoot(PASSWD, null), { name: 'nobody', uid: 65_534, gid: 65_533 });
    assert.deepEqual(chooseForRoot('', null), { name: null, uid: 65_534, gid: 65_534 });
  });

  it('is the owner of an existing cluster, so that an installed postgres changes nothing', () => {
    const owner = { uid: 1000, gid: 1000 };
    assert.deepEqual(chooseForRoot(`${PASSWD}\n${POSTGRES}`, owner), { ...owner, name: 'deploy' });
    assert.equal(chooseForRoot(PASSWD, { uid: 777, gid: 777 }).name, null);
  });

  it('is never root, whoever owns the cluster and whatever the name', () => {
    assert.equal(chooseForRoot(`${PASSWD}\n${POSTGRES}`, { uid: 0, gid: 0 }).uid, 101);
    assert.equal(chooseForRoot('postgres:x:0:0::/:/bin/sh', null).uid, 65_534);
  });
});

describe('a command', () => {
  const account: Account = { uid: 5, gid: 6, name: 'five', via: 'uid' };

  it('runs as ourselves, under a number, or through setpriv with one capability', () => {
    assert.deepEqual(commandAs({ ...account, via: 'self' }, 'p', ['a']), {
      file: 'p',
      args: ['a'],
    });
    const dropped = { file: 'p', args: ['a'], uid: 5, gid: 6 };
    assert.deepEqual(commandAs(account, 'p', ['a']), dropped);
    const { file, args, ...ids } = commandAs({ ...account, via: 'setpriv' }, 'p', ['a']);
    assert.equal(file, 'setpriv');
    assert.deepEqual(ids, {});
    assert.ok(args.includes('--reuid=5') && args.includes('--bounding-set=-all,+dac_override'));
    assert.deepEqual(args.slice(-3), ['--', 'p', 'a']);
  });

  it('that asks for its user name gets one in a namespace when there is none', () => {
    assert.deepEqual(namedCommandAs(account, 'p', []), commandAs(account, 'p', []));
    assert.equal(namedCommandAs({ ...account, name: null, via: 'self' }, 'p', []).file, 'unshare');
  });

  it('whose tool is missing is explained with a way out', () => {
    for (const tool of ['setpriv', 'unshare']) {
      const error = explainFailedTool(account, tool);
      assert.equal(error.code, 'account_unusable');
      assert.match(error.message, /DATABASE_URL/);
    }
  });
});

describe('the way to a directory', () => {
  it('is open only when every directory on it is, for the bits that apply', () => {
    const closed = join(createDir(), 'closed');
    const inner = join(closed, 'inner');
    mkdirSync(inner, { recursive: true });
    const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
    const owner = { uid, gid: 4_242 };
    const group = { uid: 4_242, gid };
    const other = { uid: 4_242, gid: 4_242 };
    for (const [mode, expected] of [
      [0o711, [true, true, true]],
      [0o710, [true, true, false]],
      [0o701, [true, false, true]],
      [0o700, [true, false, false]],
    ] as const) {
      chmodSync(closed, mode);
      const seen = [owner, group, other].map((ids) => isReachable(inner, ids));
      assert.deepEqual(seen, expected, mode.toString(8));
    }
    assert.equal(isReachable(join(closed, 'missing'), owner), false);
  });
});

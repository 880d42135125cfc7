/** Operators from the command line: made, listed, reset. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isJsonObject } from '#kernel/syntax/json.ts';
import { HUB_URL, openBrowser, setUp } from '#test/support/access/log-in.ts';
import { typeCommand } from '#test/support/hub/command-line.ts';
import { shareTestHub } from '#test/support/hub/shared.ts';

const LINK = /^https:\/\/tocsin\.example\/setup\/[\w-]{43}$/;

describe('tocsin operator', () => {
  const hub = shareTestHub({ isTelling: false });
  const type = (...argv: readonly string[]) => typeCommand(hub(), ['operator', ...argv]);

  test('create prints the link alone, to be passed on, and the rest beside', async () => {
    const made = await type(
      'create',
      'Anna Rossi',
      '--login',
      'Anna@X.example',
      '--role',
      'viewer',
    );
    assert.equal(made.code, 0, made.err);
    assert.match(made.out, LINK);
    assert.match(made.err, /Anna Rossi logs in as anna@x\.example, once.*works once, until 2026-/);
    const anna = await setUp(hub(), made.out, { id: '', login: 'anna@x.example' });
    const me = await anna.call('GET /api/v1/me');
    assert.deepEqual(me.at('roles'), [{ project_id: 'default', role: 'viewer' }]);
  });

  test('create makes an operator of the default project unless told otherwise', async () => {
    await hub().create('/api/v1/projects', { project_id: 'north' });
    const plain = (await type('create', 'plain', '--json')).json();
    assert.ok(isJsonObject(plain));
    assert.deepEqual(plain['roles'], [{ project_id: 'default', role: 'operator' }]);
    const north = (
      await type('create', 'nora', '--project', 'north', '--role', 'admin', '--json')
    ).json();
    assert.ok(isJsonObject(north));
    assert.deepEqual(north['roles'], [{ project_id: 'north', role: 'admin' }]);
    const boss = (await type('create', 'boss', '--hub-admin', '--json')).json();
    assert.ok(isJsonObject(boss));
    assert.deepEqual([boss['is_hub_admin'], boss['roles']], [true, []]);
  });

  test('create says what is wrong', async () => {
    const twice = await type('create', 'PLAIN');
    assert.deepEqual([twice.code, twice.out], [1, '']);
    assert.match(twice.err, /409/);
    const words = await type('create', 'Two Words');
    assert.equal(words.code, 1);
    assert.match(words.err, /login: must be one word, or a mail address/);
    assert.equal((await type('create', 'x', '--role', 'ingest')).code, 2);
    assert.equal((await type('create')).code, 2);
    const nowhere = await type('create', 'x', '--project', 'nowhere');
    assert.match(nowhere.err, /there is no such project/);
  });

  test('list shows who they are, and who has set up the login', async () => {
    const { out } = await type('list');
    assert.match(out, /^NAME +LOGIN +ROLES +STATE +LAST LOGIN +ID\n/);
    assert.match(
      out,
      /\nAnna Rossi +anna@x\.example +default:viewer +set up +2026-11-16T\S+ +[0-9a-f-]{36}/,
    );
    assert.match(out, /\nboss +boss +hub admin +not set up /);
    assert.match((await type('list', '--project', 'north')).out, /nora +nora +north:admin/);
    assert.doesNotMatch((await type('list', '--json')).out, /setup|password|totp/);
  });

  test('reset takes the name to log in with, the name or the id, and ends what was', async () => {
    for (const wanted of ['ANNA@x.example', 'anna rossi']) {
      const reset = await type('reset', wanted);
      assert.equal(reset.code, 0, reset.err);
      assert.match(reset.out, LINK);
      assert.match(reset.err, /Every session of Anna Rossi has ended/);
    }
    const [first, second] = [await type('reset', 'nora'), await type('reset', 'nora', '--json')];
    assert.equal((await openBrowser(hub()).get(first.out.replace(HUB_URL, ''))).status, 410);
    const { set_up_url: url } = parseReset(second.json());
    assert.equal((await openBrowser(hub()).get(url.replace(HUB_URL, ''))).status, 200);
  });

  test('reset knows nobody of that name, and says who may be meant', async () => {
    const unknown = await type('reset', 'norah');
    assert.equal(unknown.code, 1);
    assert.match(unknown.err, /there is no operator norah; did you mean nora\?/);
  });
});

function parseReset(value: unknown): { readonly set_up_url: string } {
  return value as { readonly set_up_url: string };
}

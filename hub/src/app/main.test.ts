import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { main } from './main.ts';

async function run(t: TestContext, argv: readonly string[]) {
  const said: string[] = [];
  const take = (text: string | Uint8Array) => said.push(String(text)) > 0;
  t.mock.method(process.stderr, 'write', take);
  const code = await main(argv, {});
  t.mock.restoreAll();
  return { code, first: said.join('').split('\n')[0] };
}

test('a command that does not exist is named, with or without arguments', async (t) => {
  for (const argv of [['pager'], ['pager', 'list']]) {
    const sentence = 'tocsin: there is no command pager';
    assert.deepEqual(await run(t, argv), { code: 2, first: sentence });
  }
});

test('a command that takes no arguments says which it was given', async (t) => {
  const unknown = 'tocsin: there is no option --port';
  assert.deepEqual(await run(t, ['serve', '--port', '1']), { code: 2, first: unknown });
  const extra = 'tocsin: serve does not take here';
  assert.deepEqual(await run(t, ['serve', 'here']), { code: 2, first: extra });
});

test('a misspelt command gets a suggestion', async (t) => {
  const sentence = 'tocsin: there is no command serv; did you mean serve?';
  assert.deepEqual(await run(t, ['serv']), { code: 2, first: sentence });
});

test('import says what can be imported', async (t) => {
  const bare = 'tocsin: import takes one of sentinel';
  assert.deepEqual(await run(t, ['import']), { code: 2, first: bare });
  const wrong = 'tocsin: there is no import pager; import takes one of sentinel';
  assert.deepEqual(await run(t, ['import', 'pager']), { code: 2, first: wrong });
});

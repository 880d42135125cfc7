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
  for (const argv of [['alert'], ['alert', 'list']]) {
    const sentence = 'tocsin: there is no command alert';
    assert.deepEqual(await run(t, argv), { code: 2, first: sentence });
  }
});

test('a command that takes no arguments says which it was given', async (t) => {
  const sentence = 'tocsin: serve takes no arguments, not --port 1';
  assert.deepEqual(await run(t, ['serve', '--port', '1']), { code: 2, first: sentence });
});

test('import says what can be imported', async (t) => {
  const sentence = 'tocsin: import takes the name of the other program: sentinel';
  for (const argv of [['import'], ['import', 'pager']]) {
    assert.deepEqual(await run(t, argv), { code: 2, first: sentence });
  }
});

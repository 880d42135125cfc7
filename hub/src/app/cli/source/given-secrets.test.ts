import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { encodeUtf8 } from '#kernel/crypto.ts';
import { CliFailure } from '#app/cli/kit/command.ts';
import { readGivenSecrets } from './given-secrets.ts';

describe('secrets of a source, as they are typed', () => {
  const dir = mkdtempSync(join(tmpdir(), 'tocsin-secret-'));
  after(() => rmSync(dir, { recursive: true, force: true }));
  const file = join(dir, 'secret');
  writeFileSync(file, 'in a file\n');

  const read = (typed: readonly string[], piped = 'on stdin\n') =>
    readGivenSecrets(typed, {
      env: { HOOK_SECRET: 'in the environment' },
      readInput: async () => encodeUtf8(piped),
    });

  const failureOf = async (typed: readonly string[], piped?: string): Promise<string> => {
    try {
      await read(typed, piped);
    } catch (error) {
      assert.ok(error instanceof CliFailure, String(error));
      return `${error.exitCode} ${error.message}`;
    }
    return assert.fail('it is refused');
  };

  test('come from stdin, from a file or from the environment', async () => {
    assert.deepEqual(await read(['a=-', `b=file:${file}`, 'c=env:HOOK_SECRET', 'd=none']), {
      a: 'on stdin',
      b: 'in a file',
      c: 'in the environment',
      d: null,
    });
    assert.deepEqual(await read([]), {});
  });

  test('are never typed themselves, and never repeated', async () => {
    for (const typed of ['CANARY', 'client_secret=CANARY', '=CANARY', 'client_secret=']) {
      const failure = await failureOf([typed]);
      assert.match(failure, /^2 .*NAME=-, NAME=env:VARIABLE or NAME=file:PATH/);
      assert.doesNotMatch(failure, /CANARY/);
    }
  });

  test('are there, and each once', async () => {
    assert.match(await failureOf(['a=-'], '\n'), /^1 a: there is nothing/);
    assert.match(await failureOf(['a=env:NO_SUCH']), /^1 a: there is nothing/);
    assert.match(await failureOf([`a=file:${file}.gone`]), /^1 a: .*: /);
    assert.match(await failureOf(['a=-', 'b=-']), /^2 only one secret can come on stdin/);
    assert.match(await failureOf(['a=none', 'a=none']), /^2 a was given twice/);
  });
});

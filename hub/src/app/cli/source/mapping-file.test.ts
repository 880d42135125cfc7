import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { LIMITS } from '#kernel/limits.ts';
import { CliFailure } from '#app/cli/kit/command.ts';
import { readMappingFile } from './mapping-file.ts';

describe('a mapping in a file', () => {
  const dir = mkdtempSync(join(tmpdir(), 'tocsin-mapping-'));
  after(() => rmSync(dir, { recursive: true, force: true }));
  const path = join(dir, 'mapping.yaml');
  const read = (text: string) => {
    writeFileSync(path, text);
    return readMappingFile(path);
  };
  const sentenceOf = async (text: string): Promise<string> => {
    try {
      await read(text);
    } catch (error) {
      assert.ok(error instanceof CliFailure, String(error));
      return error.message.replace(path, 'FILE');
    }
    return assert.fail('it is refused');
  };

  test('is YAML, where numbers may be names', async () => {
    const text = `
title: '{{ host }} is down'
severity:
  from: /level
  words: { 5: critical, 4: high }
state: { from: /status, resolved: [ok, 1, false] }
`;
    assert.deepEqual(await read(text), {
      title: '{{ host }} is down',
      severity: { from: '/level', words: { '5': 'critical', '4': 'high' } },
      state: { from: '/status', resolved: ['ok', 1, false] },
    });
  });

  test('is JSON too, and may stand below its name', async () => {
    assert.deepEqual(await read('{"title": "/name"}'), { title: '/name' });
    assert.deepEqual(await read('mapping:\n  title: /name\n'), { title: '/name' });
  });

  test('that does not read is refused with its place', async () => {
    assert.match(await sentenceOf('title: a\n  b: c'), /^FILE: .*line \d, column \d+/);
    assert.match(await sentenceOf('title: a\ntitle: b\n'), /^FILE: Map keys must be unique/);
    assert.match(await sentenceOf('title: "a'), /^FILE: Missing closing "quote/);
  });

  test('with a template that lacks its quotes is told to have them', async () => {
    for (const text of ['title: {{ host }}\n', 'labels:\n  a: {{ b.c }}\n']) {
      assert.match(await sentenceOf(text), /^FILE: a template needs quotes in YAML/);
    }
    assert.deepEqual(await read("title: 'a: {{ b }}'"), { title: 'a: {{ b }}' });
  });

  test('is an object, and not larger than a mapping may be', async () => {
    for (const text of ['', 'title', '[1]', '5']) {
      assert.match(await sentenceOf(text), /a mapping is an object, such as/);
    }
    assert.match(await sentenceOf('x'.repeat(LIMITS.payloadCharsMax + 1)), /larger than/);
    assert.match(await sentenceOf('"a": "\\0"'), /U\+0000/);
  });

  test('has no aliases, by which a small file would be a large mapping', async () => {
    assert.match(await sentenceOf('a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n'), /alias/i);
  });

  test('that is not there is said to be not there', async () => {
    await assert.rejects(readMappingFile(join(dir, 'none.yaml')), /no such file/);
  });
});

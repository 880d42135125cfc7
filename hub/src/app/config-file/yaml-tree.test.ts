import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { LIMITS } from '#kernel/limits.ts';
import type { JsonValue } from '#kernel/syntax/json.ts';
import { readYaml } from './yaml-tree.ts';

function valueOf(text: string): JsonValue {
  const reading = readYaml(text);
  assert.ok(reading.ok, reading.ok ? '' : JSON.stringify(reading.faults));
  return reading.value;
}

function faultsOf(text: string): readonly string[] {
  const reading = readYaml(text);
  if (reading.ok) return [];
  return reading.faults.map(
    ({ position, path, message }) => `${position.line}:${position.column} ${path}|${message}`,
  );
}

describe('YAML', () => {
  test('is read as what JSON can say', () => {
    const text = 'a: 1\nb: [x, "2", true, ~, 1.5]\nc:\n  d: >-\n    two\n    words\n';
    assert.deepEqual(valueOf(text), {
      a: 1,
      b: ['x', '2', true, null, 1.5],
      c: { d: 'two words' },
    });
    assert.deepEqual(valueOf('yes: no\non: off'), { yes: 'no', on: 'off' }, 'words are words');
    assert.deepEqual(valueOf('{"a": [1, {"b": null}]}'), { a: [1, { b: null }] }, 'JSON is YAML');
    assert.equal(valueOf(''), null);
  });

  test('comes back as it was written', () => {
    const json = fc.jsonValue({ maxDepth: 4 }).map((value) => JSON.stringify(value));
    fc.assert(
      fc.property(json, (text) => {
        // U+0000 is not for us.
        if (text.includes('\\u0000') || /\\ud[89a-f]/.test(text)) return;
        const again = valueOf(stringify(JSON.parse(text), { schema: 'core' }));
        assert.equal(JSON.stringify(again), JSON.stringify(JSON.parse(text)));
      }),
    );
  });

  test('knows where each part stands', () => {
    const reading = readYaml(
      'version: 1\nprojects:\n  - project_id: a\n    rules:\n      - x: 1\n',
    );
    assert.ok(reading.ok);
    assert.deepEqual(
      Object.fromEntries(
        [...reading.places].map(([path, { line, column }]) => [path, `${line}:${column}`]),
      ),
      {
        '': '1:1',
        version: '1:1',
        projects: '2:1',
        'projects[0]': '3:5',
        'projects[0].project_id': '3:5',
        'projects[0].rules': '4:5',
        'projects[0].rules[0]': '5:9',
        'projects[0].rules[0].x': '5:9',
      },
    );
  });

  test('says at which line and column it is broken', () => {
    assert.match(faultsOf('a:\n  - b\n c: d\n')[0] ?? '', /^[23]:\d+ \|/);
    assert.match(faultsOf('a: "open\n')[0] ?? '', /^\d:\d+ \|.*quote/i);
    assert.match(faultsOf('a: 1\n\tb: 2')[0] ?? '', /^2:\d+ \|/);
    assert.deepEqual(faultsOf('a: 1\n---\nb: 2'), [
      '2:1 |one document a file: a second one begins here',
    ]);
  });

  test('names a field once', () => {
    assert.deepEqual(faultsOf('a:\n  b: 1\n  c: 2\n  b: 3\n'), ['4:3 a.b|is there twice']);
    assert.deepEqual(valueOf('"__proto__": 1\na: 2'), JSON.parse('{"__proto__": 1, "a": 2}'));
  });

  test('has no aliases, no tags, no names but texts, no numbers without end', () => {
    const alias = 'aliases (*name) are not read here; write the value out';
    assert.deepEqual(faultsOf('a: &x 1\nb: *x'), [`2:4 b|${alias}`]);
    assert.deepEqual(faultsOf('a: !ruby/object 1'), ['1:4 |tags (!name) are not read here']);
    assert.match(faultsOf('a: !!binary aGk=')[0] ?? '', /^1:13 a\|must be text/);
    assert.deepEqual(faultsOf('1: a'), ['1:1 |a name must be text; put it in quotes']);
    assert.deepEqual(faultsOf('? [a]\n: 1'), ['1:3 |a name must be text; put it in quotes']);
    for (const odd of ['.inf', '.nan', '"\\0"', '"\\ud800"']) {
      assert.match(faultsOf(`a: ${odd}`)[0] ?? '', /^1:4 a\|must be text/, odd);
    }
    assert.deepEqual(valueOf('"<<": {a: 1}'), { '<<': { a: 1 } });
  });

  test('that unfolds into gigabytes is refused', () => {
    const levels = Array.from({ length: 9 }, (_, index) => {
      const [one, before] = [`l${index + 1}`, `*l${index}`];
      return `${one}: &${one} [${Array.from({ length: 9 }, () => before).join(', ')}]`;
    });
    const faults = faultsOf(['l0: &l0 lol', ...levels].join('\n'));
    assert.match(faults[0] ?? '', /aliases/);
  });

  test('is no deeper and no longer than its bounds', () => {
    const deep = LIMITS.configDepthMax;
    const nest = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
    assert.deepEqual(faultsOf(nest(deep)), []);
    assert.match(faultsOf(nest(deep + 1))[0] ?? '', /nested too deeply/);
    for (const text of ['['.repeat(100_000), '- '.repeat(50_000), '{a: '.repeat(50_000)]) {
      assert.match(faultsOf(text)[0] ?? '', /nested too deeply/);
    }
    const fits = `[${'1,'.repeat(LIMITS.configValuesMax - 2)}]`;
    assert.deepEqual(faultsOf(fits), []);
    const [fault, ...more] = faultsOf(`[${'1,'.repeat(LIMITS.configValuesMax + 9)}]`);
    assert.match(fault ?? '', /too many values/);
    assert.deepEqual(more, []);
  });
});

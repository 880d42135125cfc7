import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findBroken, findBrokenIn } from './planted.fixture.ts';
import { SIZE_RULES } from './rules-size.ts';
import { createSource } from './source.ts';

const PATH = 'hub/src/alert/alert.ts';
const repeat = (line: string, count: number): string[] => Array.from({ length: count }, () => line);

test('a line of 100 columns passes, one of 101 does not, in SQL too', () => {
  const line = (columns: number): string => `const a = '${'x'.repeat(columns - 13)}';`;
  assert.deepEqual(findBrokenIn(PATH, line(100)), []);
  assert.deepEqual(findBrokenIn(PATH, line(101)), [
    'hub/src/alert/alert.ts:1 [house 7] 101 columns; break the line at 100',
  ]);
  const sql = `-- ${'x'.repeat(100)}`;
  assert.match(findBrokenIn('hub/db/migrations/0001-a.sql', sql).join(), /103 columns/);
});

test('a function of 70 lines passes, one of 71 does not', () => {
  const body = (count: number): string[] => ['const a = (): void => {', ...repeat('  b();', count)];
  assert.deepEqual(findBrokenIn(PATH, ...body(68), '};'), []);
  assert.deepEqual(findBrokenIn(PATH, '', ...body(69), '};'), [
    'hub/src/alert/alert.ts:2 [house 7] a has 71 lines; keep the flow here and name its leaves',
  ]);
});

test('a describe block may be as long as its tests need', () => {
  const inside = repeat("  test('b', () => {});", 80);
  const path = 'hub/src/alert/alert.test.ts';
  assert.deepEqual(findBrokenIn(path, "describe('a', () => {", ...inside, '});'), []);
  assert.match(
    findBrokenIn(path, "test('a', () => {", ...inside, '});').join(),
    /the callback has/,
  );
});

test('three parameters pass, four do not', () => {
  assert.deepEqual(findBrokenIn(PATH, 'function a(b: C, d: E, f: G) {}'), []);
  assert.deepEqual(findBrokenIn(PATH, 'function a(b: C, d: E, f: G, h: I) {}'), [
    'hub/src/alert/alert.ts:1 [house 7] a takes 4 parameters; take one object of named options',
  ]);
});

test('a file of 500 lines passes, one of 501 does not', () => {
  assert.deepEqual(findBrokenIn(PATH, ...repeat('a();', 500), ''), []);
  assert.deepEqual(findBrokenIn(PATH, ...repeat('a();', 501), ''), [
    'hub/src/alert/alert.ts:501 [house 7] 501 lines; split it by noun',
  ]);
});

test('a folder of 12 files passes, one of 13 does not; lists and tests are not counted', () => {
  const name = (index: number): string => `hub/src/intake/sources/kind${index}.ts`;
  const folder = (count: number): Record<string, string> =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [name(index), 'a();']));
  const exempt = { 'hub/src/intake/sources/kind0.test.ts': 'a();' };
  assert.deepEqual(findBroken({ ...folder(12), ...exempt }), []);
  assert.deepEqual(findBroken(folder(13)), [
    'hub/src/intake/sources:0 [house 7] 13 files; split the folder by noun',
  ]);
});

test('folders and files that collect anything are refused', () => {
  for (const path of [
    'hub/src/utils/a.ts',
    'console/src/ui/helpers/a.ts',
    'hub/src/alert/types.ts',
  ]) {
    assert.match(findBrokenIn(path, 'a();').join(), /3.8\] "\w+" collects anything/);
  }
});

test('.tsx is refused in the hub and welcome in the console', () => {
  assert.match(findBrokenIn('hub/src/delivery/answer.page.tsx', 'a();').join(), /house 3.9\] Node/);
  assert.deepEqual(findBrokenIn('console/src/app/board.page.tsx', 'a();'), []);
});

test('`as` is refused outside parsers, with line and advice', () => {
  const fault = /alert.ts:2 \[house 7\] `as` hides a mistake; narrow with a check/;
  for (const text of [
    'const a = b as Alert;',
    'return b() as unknown;',
    "const a = [] as readonly string[], c = 'd' as 'e';",
    'const a = ({}) as { b: string };',
  ]) {
    assert.match(findBrokenIn(PATH, '', text).join(), fault);
  }
});

test('`as` is allowed in parsers and constructors, and as const everywhere', () => {
  assert.deepEqual(
    findBrokenIn(
      PATH,
      'function parseAlert(text: string): Alert { return list.map((a) => a as Alert); }',
      'const parseBody = (text: string): Body => JSON.parse(text) as Body;',
      'function alertFromRow(row: Row): Alert { return row.alert as Alert; }',
      'const a = { b: 1 } as const;',
    ),
    [],
  );
  const brand = 'export const a = 1 as Instant;';
  assert.deepEqual(findBrokenIn('hub/src/kernel/instant.ts', brand), []);
  assert.deepEqual(findBrokenIn('hub/src/kernel/id.ts', brand), []);
});

test('renamed imports, mapped types and words in text are no assertions', () => {
  assert.deepEqual(
    findBrokenIn(
      PATH,
      "import { type a as b, c as d } from './e.ts';",
      "import * as f from './g.ts';",
      'type H = { [K in keyof I as Lowercase<K>]: I[K] };',
      "const j = 'b as c'; // as it was",
      'export { d as k };',
    ),
    [],
  );
});

test('marks for later are refused in comments only', () => {
  const mark = ['TO', 'DO'].join('');
  assert.match(findBrokenIn(PATH, `// ${mark}: x`).join(), /alert.ts:1 \[house 7\] .* do it now/);
  assert.deepEqual(findBrokenIn(PATH, `const a = '${mark}';`), []);
});

test('tests that are skipped or run alone are refused', () => {
  const text = ['test', "only('a', () => {});"].join('.');
  assert.match(findBrokenIn('hub/src/alert/alert.test.ts', text).join(), /proves nothing/);
});

test('too few lines of tests are refused', () => {
  const rule = SIZE_RULES.find(({ promise }) => /lines of tests/.test(promise));
  const check = (testLines: number): number => {
    const code = createSource(PATH, repeat('a();', 10).join('\n'));
    const tests = createSource('test/smoke/a.test.ts', repeat('a();', testLines).join('\n'));
    return rule?.check([code, tests]).length ?? -1;
  };
  assert.equal(check(12), 0);
  assert.equal(check(11), 1);
});

test('tables without a branch are no code that needs lines of tests', () => {
  const rule = SIZE_RULES.find(({ promise }) => /lines of tests/.test(promise));
  const check = (path: string) => {
    const code = createSource(path, repeat('a: 1,', 10).join('\n'));
    return rule?.check([code]).length ?? -1;
  };
  assert.equal(check('contract/src/api/operations/alert.ts'), 0);
  assert.equal(check('contract/src/api/words.ts'), 0);
  assert.equal(check('hub/src/access/page/phrases/fr.ts'), 0);
  assert.equal(check('hub/src/access/page/phrases/phrases.ts'), 1);
  assert.equal(check('contract/src/api/json-schema.ts'), 1);
});

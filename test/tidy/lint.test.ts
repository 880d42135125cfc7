/** A rule that is configured and never fires is worse than none: each is seen to fire here. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

/** Rule -> the least code that breaks it. */
const PLANTED: Readonly<Record<string, string>> = {
  'typescript/no-floating-promises': 'const f = async () => 1;\nf();',
  'typescript/no-misused-promises': 'const f = async () => true;\nif (f()) throw new Error();',
  'typescript/await-thenable': 'const a = 1;\nawait a;',
  'typescript/return-await':
    'const f = async () => 1;\nasync function g() { try { return f(); } catch { return 2; } }',
  'typescript/only-throw-error': "throw 'text';",
  'typescript/prefer-promise-reject-errors': "export const a = Promise.reject('text');",
  'typescript/switch-exhaustiveness-check':
    "export function f(a: 'b' | 'c'): void {\n  switch (a) {\n    case 'b':\n      break;\n  }\n}",
  'typescript/no-explicit-any': 'export const a: any = 1;',
  'typescript/no-non-null-assertion': 'export const f = (a: string | null) => a!.length;',
  'typescript/ban-ts-comment': '// @ts-ignore\nexport const a: string = 1;',
  'typescript/no-unsafe-assignment': "export const a: string = JSON.parse('1');",
  'typescript/no-unsafe-argument': "export const a = Number.parseInt(JSON.parse('1'));",
  'typescript/no-unsafe-call': "JSON.parse('1')();",
  'typescript/no-unsafe-member-access': "export const a = String(JSON.parse('1').b);",
  'typescript/no-unsafe-return': "export const f = (): string => JSON.parse('1');",
  'typescript/no-unnecessary-type-assertion':
    "const a = 'b';\nexport const c = a as string as 'b';",
  'typescript/consistent-type-definitions': 'export interface A { readonly b: string }',
  'typescript/consistent-type-imports':
    "import { type Stats, Dir } from 'node:fs';\nexport type A = Dir | Stats;",
  'typescript/consistent-type-assertions': 'export const f = (a: unknown) => <string>a;',
  eqeqeq: 'export const f = (a: number) => a == 1;',
  'no-var': 'export var a = 1;',
  'prefer-const': 'let a = 1;\nexport const b = a;',
  'no-eval': "eval('1');",
  'no-new-func': "export const f = new Function('return 1');",
  'no-param-reassign': 'export function f(a: number): number {\n  a = 2;\n  return a;\n}',
  'no-sequences': 'export const f = (a: number) => (a > 1 ? (f(a), 1) : 2);',
  'default-case-last':
    "export function f(a: string) { switch (a) { default: return 1; case 'b': return 2; } }",
  'import/no-cycle': "import { b } from './cycle-end.ts';\nexport const a = () => b;",
  'import/no-default-export': 'export default 1;',
};
const CYCLE_END = "import { a } from './import-no-cycle.ts';\nexport const b = () => a;";

const root = join(dirname(fileURLToPath(import.meta.resolve('#test/tidy/rules.ts'))), '..', '..');
const oxlint = join(
  dirname(createRequire(import.meta.url).resolve('oxlint/package.json')),
  'bin/oxlint',
);
const nameOf = (rule: string): string => `${rule.replaceAll('/', '-')}.ts`;

describe('lint', () => {
  let folder = '';
  let reports: readonly string[] = [];

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'tocsin-lint-'));
    const options = { target: 'es2024', module: 'nodenext', strict: true, noEmit: true };
    const compilerOptions = { ...options, allowImportingTsExtensions: true, types: ['node'] };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'dir');
    writeFileSync(join(folder, 'cycle-end.ts'), CYCLE_END);
    writeFileSync(join(folder, 'clean.ts'), 'export const a = 1;\n');
    writeFileSync(
      join(folder, 'clean.test.ts'),
      "import { test } from 'node:test';\ntest('a', () => undefined);\n",
    );
    for (const [rule, text] of Object.entries(PLANTED)) {
      writeFileSync(join(folder, nameOf(rule)), `${text}\n`);
    }
    const files = [...Object.keys(PLANTED).map(nameOf), 'clean.ts', 'clean.test.ts'];
    const config = join(root, '.oxlintrc.json');
    const argv = [oxlint, '--config', config, '--format', 'unix', ...files];
    const { stdout, status } = spawnSync(process.execPath, argv, { cwd: folder, encoding: 'utf8' });
    assert.equal(status, 1, 'planted violations make oxlint fail');
    reports = stdout.split('\n');
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  for (const rule of Object.keys(PLANTED)) {
    test(`${rule} fires`, () => {
      // Reports read `path:line:column: sentence [Error/plugin(rule)]`.
      const own = reports.filter((line) => line.startsWith(`${nameOf(rule)}:`));
      const name = `(${rule.replace(/^.*\//, '')})]`;
      assert.ok(
        own.some((line) => line.endsWith(name)),
        `not among: ${own.join('\n')}`,
      );
    });
  }

  test('a clean file and the promises of node:test pass', () => {
    assert.deepEqual(
      reports.filter((line) => line.startsWith('clean.')),
      [],
    );
  });

  test('every rule of the configuration is planted here; one that is off says why', () => {
    const lines = readFileSync(join(root, '.oxlintrc.json'), 'utf8').split('\n');
    const isRule = (line: string): boolean => /^ {4}"[\w/-]+": (?:"|\[)/.test(line);
    const on: string[] = [];
    for (const [index, line] of lines.entries()) {
      if (!isRule(line) || !lines.slice(0, index).includes('  "rules": {')) continue;
      if (!line.includes('"off"')) on.push(line.split('"')[1] ?? '');
      else assert.match(lines[index - 1] ?? '', /^ +\/\/ .+\.$/, line);
    }
    assert.deepEqual(on.toSorted(), Object.keys(PLANTED).toSorted());
  });
});

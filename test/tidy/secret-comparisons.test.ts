/**
 * Secrets and their hashes are compared in a time that does not tell where they differ
 * (`isSameHash`, `equalsConstantTime`). A comparison with a word, null or a length tells nothing.
 */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const WORDS = 'secret|token|hash|mac|signature|digest|password|hmac';
const NAME = String.raw`[\w.?[\]]*(?:${WORDS})s?(?:Hex)?`;
const NEXT = String.raw`(?<other>[\w'"\`.?([-]+)`;
const BEFORE = String.raw`(?<other>[\w'"\`.?)\]-]+)`;
const LEFT = new RegExp(String.raw`\b${NAME}\s*[!=]==\s*${NEXT}`, 'gi');
const RIGHT = new RegExp(String.raw`${BEFORE}\s*[!=]==\s*${NAME}\b(?!\.length|\()`, 'gi');
const HARMLESS = /^(null|undefined|true|false|typeof|-?\d.*|['"`].*|.*['"`])$/;

type Exception = { readonly path: string; readonly text: string; readonly why: string };

const EXCEPTIONS: readonly Exception[] = [
  {
    path: 'hub/src/access/operator/set-up.runner.ts',
    text: 'chosen.password === normalisePassword(chosen.repeat)',
    why: 'both were typed into the same form a moment ago',
  },
  {
    path: 'hub/src/access/operator/login.runner.ts',
    text: 'known?.credentials?.passwordHash === stored',
    why: 'both were read from the database: has the password been changed meanwhile?',
  },
];

/** Without comments and types, line by line. */
function findComparisons(source: string): readonly string[] {
  return source.split('\n').flatMap((line) => {
    const code = line.replace(/^\s*(\*|\/\/|\/\*).*/, '').replace(/\s\/\/ .*/, '');
    return [LEFT, RIGHT]
      .flatMap((pattern) => [...code.matchAll(pattern)])
      .filter(({ groups }) => !HARMLESS.test(groups?.['other'] ?? ''))
      .map(() => code.trim());
  });
}

test('no secret is compared by ===', () => {
  const found = globSync('hub/src/**/*.ts')
    .filter((path) => !/\.test\.ts$|\.fixture\.ts$/.test(path))
    .flatMap((path) => {
      const lines = findComparisons(readFileSync(path, 'utf8'));
      return [...new Set(lines)].map((line) => ({ path: path.replaceAll('\\', '/'), line }));
    })
    .filter(
      ({ path, line }) =>
        !EXCEPTIONS.some((known) => known.path === path && line.includes(known.text)),
    );
  assert.deepEqual(found, [], 'use isSameHash or equalsConstantTime of kernel/crypto.ts');
});

test('every exception is still needed', () => {
  for (const { path, text } of EXCEPTIONS) {
    assert.ok(readFileSync(path, 'utf8').includes(text), `${path}: ${text}`);
  }
});

test('the rule sees what it should, and nothing else', () => {
  for (const bad of [
    'if (token === given) return;',
    'return wanted !== this.secret;',
    'const isRight = tokenHash === row.tokenHash;',
    'if (request.signature === expected(body)) {',
    'if (left.mac !== right.mac) throw fault;',
  ]) {
    assert.equal(findComparisons(bad).length > 0, true, bad);
  }
  for (const good of [
    'if (token === null) return;',
    'if (secret === undefined || secret === "") return;',
    "if (typeof hash !== 'string') return;",
    'if (hash.length !== other.length) return;',
    "if (kind === 'signature') return;",
    '// token === given',
    ' * a hash === another',
    'if (isSameHash(hash, given)) return;',
  ]) {
    assert.deepEqual(findComparisons(good), [], good);
  }
});

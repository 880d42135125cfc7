/** docs/operating/security.md keeps its word: each threat is proved by tests that there are. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';

const PAGE = 'docs/operating/security.md';

type Threat = { readonly name: string; readonly proofs: readonly Proof[] };
type Proof = { readonly line: string; readonly path: string; readonly title: string };

function readThreats(text: string): readonly Threat[] {
  const [, threats = ''] = text.split('\n## Threats\n');
  return threats
    .split('\n### ')
    .slice(1)
    .map((section) => {
      const [name = '', ...lines] = section.split('\n');
      const from = lines.indexOf('Proved by:');
      const listed = from === -1 ? [] : lines.slice(from + 1).filter((line) => line !== '');
      return { name, proofs: listed.map(readProof) };
    });
}

function readProof(line: string): Proof {
  const [, path = '', title = ''] = /^- `([^`]+)`: (.+)$/.exec(line) ?? [];
  return { line, path, title };
}

/** What is wrong with a threat; nothing when it is proved. */
function listFaults({ name, proofs }: Threat, readTest: (path: string) => string | null) {
  if (proofs.length === 0) return [`${name}: name a test under "Proved by:"`];
  return proofs.flatMap(({ line, path, title }) => {
    if (!path.endsWith('.test.ts') || title === '') return [`${name}: no test: ${line}`];
    const text = readTest(path);
    if (text === null) return [`${name}: there is no ${path}`];
    return isTitleIn(text, title) ? [] : [`${name}: no test "${title}" in ${path}`];
  });
}

function isTitleIn(text: string, title: string): boolean {
  const quoted = [`'${title}'`, `"${title}"`, `\`${title}\``];
  return quoted.some((one) =>
    ['test(', 'it(', 'describe('].some((call) =>
      text.replaceAll(/\(\s+/g, '(').includes(call + one),
    ),
  );
}

const readTest = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : null);

describe(PAGE, () => {
  const threats = readThreats(readFileSync(PAGE, 'utf8'));

  test('names threats', () => {
    assert.ok(threats.length >= 15, `${threats.length} were found`);
  });

  test('proves each of them by tests that there are', () => {
    assert.deepEqual(
      threats.flatMap((threat) => listFaults(threat, readTest)),
      [],
    );
  });

  test('says of each what is left', () => {
    const [, text = ''] = readFileSync(PAGE, 'utf8').split('\n## Threats\n');
    const sections = text.split('\n### ').slice(1);
    const silent = sections.filter((section) => !/\*Left\*:\s\S/.test(section));
    assert.deepEqual(silent, []);
  });

  test('a proof that is gone is found, and one that never was', () => {
    const page = (proof: string) => `x\n## Threats\n\n### Fire\n\nWater.\n\n${proof}\n`;
    const faultsOf = (proof: string) =>
      readThreats(page(proof)).flatMap((threat) =>
        listFaults(threat, (path) => (path === 'a.test.ts' ? "test('it burns', x)" : null)),
      );
    assert.deepEqual(faultsOf('Proved by:\n- `a.test.ts`: it burns'), []);
    assert.deepEqual(faultsOf('Proved by:\n- `a.test.ts`: it'), [
      'Fire: no test "it" in a.test.ts',
    ]);
    assert.deepEqual(faultsOf('Proved by:\n- `b.test.ts`: it burns'), [
      'Fire: there is no b.test.ts',
    ]);
    assert.deepEqual(faultsOf('Proved by:\n- surely'), ['Fire: no test: - surely']);
    assert.deepEqual(faultsOf(''), ['Fire: name a test under "Proved by:"']);
  });
});

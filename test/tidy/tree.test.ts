/** The real tree against every rule. A message names file, line and what to write instead. */
import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { MAY_IMPORT } from './may-import.ts';
import { RULES } from './rules.ts';
import { readTree, renderViolation } from './source.ts';

const root = join(dirname(fileURLToPath(import.meta.resolve('#test/tidy/rules.ts'))), '..', '..');
const tree = readTree(root);

test('the tree was read', () => {
  // A rule that looks at nothing would always pass.
  for (const path of ['hub/src/kernel/instant.ts', 'test/tidy/rules.ts']) {
    assert.ok(
      tree.some((source) => source.path === path),
      `${path} was not read`,
    );
  }
});

for (const rule of RULES) {
  test(`house ${rule.id}: ${rule.promise}`, () => {
    const shown = rule.check(tree).map((violation) => renderViolation(rule, violation));
    assert.equal(shown.length, 0, `\n${shown.join('\n')}\n`);
  });
}

test('MAY_IMPORT points upstream only', () => {
  const seen = new Set<string>();
  for (const [stage, allowed] of Object.entries(MAY_IMPORT)) {
    for (const name of allowed) assert.ok(name === '*' || seen.has(name), `${stage} -> ${name}`);
    seen.add(stage);
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GROUPS, selectGroups } from './test-groups.ts';

function ownersOf(path: string): readonly string[] {
  return GROUPS.flatMap((group) =>
    group.kind === 'tests' && group.owns(path) ? [group.name] : [],
  );
}

test('every test file belongs to exactly one group', () => {
  assert.deepEqual(ownersOf('hub/src/alert/alert.test.ts'), ['pure']);
  assert.deepEqual(ownersOf('contract/src/alert.test.ts'), ['pure']);
  assert.deepEqual(ownersOf('scripts/test-groups.test.ts'), ['pure']);
  assert.deepEqual(ownersOf('hub/src/alert/store.db.test.ts'), ['database']);
  assert.deepEqual(ownersOf('test/support/template.db.test.ts'), ['database']);
  for (const name of ['tidy', 'smoke', 'conformance', 'sim', 'crash']) {
    assert.deepEqual(ownersOf(`test/${name}/a.test.ts`), [name]);
    assert.deepEqual(ownersOf(`test/${name}/deep/a.db.test.ts`), [name]);
  }
});

test('groups are selected by name and run in their own order', () => {
  const names = (...wanted: readonly string[]): readonly string[] => {
    const selection = selectGroups(wanted);
    return selection.ok ? selection.groups.map(({ name }) => name) : [selection.sentence];
  };
  assert.deepEqual(names('sim', 'pure'), ['pure', 'sim']);
  assert.deepEqual(names('check'), [
    'types',
    'page-types',
    'lint',
    'format',
    'unused',
    'pure',
    'tidy',
  ]);
  assert.equal(names().length, GROUPS.length);
  assert.match(
    names('smok')[0] ?? '',
    /^no group smok; there are types, page-types, .*browser, check$/,
  );
});
